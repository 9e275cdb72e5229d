"""What a payload opens and closes."""

from datetime import UTC, datetime

import pytest

from bot.channels.wechat.contacts import Consent, to_contact
from tests.channels.wechat import payloads_recorded as recorded
from tests.channels.wechat.official_account import OPENID

ACCEPTED = "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc"
TURNED_OFF = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350640</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe_msg_change_event]]></Event>
<SubscribeMsgChangeEvent>
<List><TemplateId><![CDATA[VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc]]></TemplateId>
<SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString></List>
</SubscribeMsgChangeEvent>
</xml>"""


@pytest.mark.parametrize(
    ("xml", "kind"),
    [
        (recorded.TEXT, "message"),
        (recorded.VOICE_HEARD, "message"),
        (recorded.IMAGE, "message"),
        (recorded.LOCATION, "message"),
        (recorded.LINK, "message"),
        (recorded.MENU_TEXT, "tap"),
        (recorded.SUBSCRIBE, "tap"),
        (recorded.SUBSCRIBE_BY_SCENE, "tap"),
        (recorded.SCAN, "tap"),
        (recorded.CLICK_COMMAND, "tap"),
        (recorded.UNSUBSCRIBE, "left"),
        (recorded.SUBSCRIBE_MESSAGE_POPUP, "consent"),
    ],
)
def test_what_it_is(xml: str, kind: str) -> None:
    contact = to_contact(xml)
    assert contact
    assert (contact.user, contact.kind) == (OPENID, kind)
    assert contact.at >= datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "xml",
    [
        recorded.VIEW,
        recorded.LOCATION_REPORT,
        recorded.MASS_SENT,
        recorded.PHOTO_MENU,
        recorded.SUBSCRIBE_MESSAGE_SENT,
        recorded.TEXT.replace("1795350600", "soon"),
        recorded.TEXT.replace("1795350600", ""),
        recorded.TEXT.replace("1795350600", "999999999999"),
        TURNED_OFF.replace("<![CDATA[VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc]]>", "<a>1</a>"),
        TURNED_OFF.replace("<List>", "<List>x</List><List>").replace("reject", ""),
        TURNED_OFF.replace("reject", "accept"),
        TURNED_OFF.replace("SubscribeMsgChangeEvent", "SomethingElse"),
        recorded.SUBSCRIBE_MESSAGE_POPUP.replace("accept", "reject"),
    ],
)
def test_what_opens_and_closes_nothing(xml: str) -> None:
    assert to_contact(xml) is None


def test_consents_are_read_by_template() -> None:
    popup, change = to_contact(recorded.SUBSCRIBE_MESSAGE_POPUP), to_contact(TURNED_OFF)
    assert popup
    assert popup.consents == (Consent(ACCEPTED, given=True),)
    assert change
    assert change.consents == (Consent(ACCEPTED, given=False),)


def test_other_templates_are_nobody_s_business() -> None:
    popup = to_contact(recorded.SUBSCRIBE_MESSAGE_POPUP)
    message = to_contact(recorded.TEXT)
    assert popup
    assert message
    assert (popup.about("another"), popup.about(""), popup.about(ACCEPTED)) == (None, None, popup)
    assert message.about("") == message


def test_a_notice_that_a_person_blocked_ends_the_consents() -> None:
    blocked = recorded.SUBSCRIBE_MESSAGE_SENT.replace("success", "failed:user block")
    assert blocked != recorded.SUBSCRIBE_MESSAGE_SENT
    contact = to_contact(blocked)
    assert contact
    assert [consent.given for consent in contact.consents] == [False]
