import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat.payloads import to_message
from bot.channels.wechat.refusals import Malformed
from bot.channels.wechat.render import printable
from bot.messages import Address
from tests.channels.wechat import payloads_recorded as recorded
from tests.channels.wechat.official_account import NOW, OPENID

SAID = [
    (recorded.TEXT, "wx:24840911220367145", "紫荆云陪伴是什么？"),
    (recorded.MENU_TEXT, "wx:24840911220367146", "投票 3"),
    (recorded.FACE, "wx:24840911220367147", "::)"),
    (recorded.VOICE_HEARD, "wx:24840911220367150", "今日一招。"),
]
WORDLESS = [
    (recorded.EMPTY_TEXT, "wx:24840911220367148"),
    (recorded.VOICE_UNHEARD, "wx:24840911220367151"),
    (recorded.IMAGE, "wx:24840911220367152"),
    (recorded.VIDEO, "wx:24840911220367153"),
    (recorded.SHORT_VIDEO, "wx:24840911220367154"),
    (recorded.LOCATION, "wx:24840911220367155"),
    (recorded.LINK, "wx:24840911220367156"),
    (recorded.FILE, "wx:24840911220367157"),
]
EVENTS = [
    (recorded.SUBSCRIBE, "/follow"),
    (recorded.SUBSCRIBE_BY_SCENE, "/follow library-2026"),
    (recorded.SUBSCRIBE_BY_BARCODE, "/follow"),
    (recorded.SCAN, "/start library-2026"),
    (recorded.UNSUBSCRIBE, "/left"),
    (recorded.CLICK_COMMAND, "/tip"),
    (recorded.CLICK_WORDS, "好网民投票"),
]
UNANSWERED = [
    recorded.VIEW,
    recorded.LOCATION_REPORT,
    recorded.SUBSCRIBE_MESSAGE_POPUP,
    recorded.SUBSCRIBE_MESSAGE_SENT,
    recorded.MASS_SENT,
    recorded.PHOTO_MENU,
    recorded.SUBSCRIBE.replace("[subscribe]", "[something_new_of_2027]"),
    recorded.CLICK_COMMAND.replace("[/tip]", "[]"),
]


@pytest.mark.parametrize(("xml", "message_id", "text"), SAID)
def test_what_is_said_becomes_text(xml: str, message_id: str, text: str) -> None:
    incoming = to_message(xml, NOW)
    assert incoming
    message = incoming.message
    assert (message.id, message.text, message.wordless) == (message_id, text, False)
    assert (message.sender, message.at) == (Address("wechat", OPENID, OPENID), NOW)
    assert (message.anonymous, message.tapped) == (False, False)
    assert incoming.account == "gh_7f083739789a"


def test_recognised_speech_is_marked() -> None:
    incoming = [to_message(xml, NOW) for xml in (recorded.VOICE_HEARD, recorded.VOICE_UNHEARD, recorded.TEXT)]
    assert [one and one.message.spoken for one in incoming] == [True, False, False]


@pytest.mark.parametrize(("xml", "message_id"), WORDLESS)
def test_what_has_no_words_is_marked(xml: str, message_id: str) -> None:
    incoming = to_message(xml, NOW)
    assert incoming
    assert (incoming.message.id, incoming.message.text, incoming.message.wordless) == (message_id, "", True)


def test_the_medium_is_named() -> None:
    incoming = [to_message(xml, NOW) for xml, _ in WORDLESS]
    assert [one and one.message.medium for one in incoming] == [
        *("", "voice", "photo", "video", "video", "location", "", "document"),
    ]


@pytest.mark.parametrize(("xml", "text"), EVENTS)
def test_events_become_commands(xml: str, text: str) -> None:
    incoming = to_message(xml, NOW)
    assert incoming
    assert (incoming.message.text, incoming.message.wordless) == (text, False)


@pytest.mark.parametrize("xml", UNANSWERED)
def test_events_that_nobody_waits_for_are_left_alone(xml: str) -> None:
    assert to_message(xml, NOW) is None


def test_what_only_the_platform_reports_cannot_be_typed() -> None:
    typed = to_message(recorded.TEXT.replace("紫荆云陪伴是什么？", "/left"), NOW)
    reported = to_message(recorded.UNSUBSCRIBE, NOW)
    assert typed
    assert reported
    assert (typed.message.event, reported.message.event) == (False, True)


def test_an_event_is_known_by_who_when_and_what() -> None:
    parts = f"{OPENID}\n1795350635\nCLICK\n/tip"
    expected = "wx:" + hashlib.sha256(parts.encode()).hexdigest()[:32]
    assert _id(recorded.CLICK_COMMAND) == _id(recorded.CLICK_COMMAND) == expected


def test_other_events_have_other_ids() -> None:
    other_person = recorded.CLICK_COMMAND.replace("45bk", "46bk")
    later = recorded.CLICK_COMMAND.replace("1795350635", "1795350636")
    xmls = [other_person, later, *(xml for xml, _ in EVENTS)]
    assert len({_id(xml) for xml in xmls}) == len(xmls)


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "   ",
        "not xml",
        "<xml>",
        "<xml/>",
        "<other><MsgType>text</MsgType></other>",
        "<xml>words</xml>",
        "<xml><MsgType>text</MsgType></xml>",
        "<xml><MsgType><a>1</a></MsgType></xml>",
        '{"xml": {"MsgType": "text"}}',
        recorded.TEXT.replace("<MsgId>24840911220367145</MsgId>", ""),
        recorded.TEXT.replace("24840911220367145", "-1"),
        recorded.TEXT.replace("24840911220367145", "1e5"),
        recorded.TEXT.replace("24840911220367145", "9" * 5000),
        recorded.TEXT.replace("24840911220367145", "٣"),
        recorded.TEXT.replace("FromUserName", "SomeUserName"),
        recorded.TEXT.replace("<![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]>", "<a>1</a>"),
        recorded.TEXT.replace("ToUserName", "SomeName"),
        recorded.TEXT.replace("</xml>", "<a/>" * 1000 + "</xml>"),
        recorded.SUBSCRIBE.replace("<![CDATA[subscribe]]>", "<a>1</a>"),
    ],
)
def test_junk_is_malformed(xml: str) -> None:
    with pytest.raises(Malformed):
        to_message(xml, NOW)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE xml [<!ENTITY a "好"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE xml [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>',
    ],
)
def test_entities_are_refused(doctype: str) -> None:
    with pytest.raises(Malformed):
        to_message(doctype + recorded.TEXT.replace("<![CDATA[紫荆云陪伴是什么？]]>", "&a;"), NOW)


def _id(xml: str) -> str:
    incoming = to_message(xml, NOW)
    assert incoming
    return incoming.message.id


@given(st.text(max_size=60), st.text("<>&]![CDATA[/Content\n ", max_size=20))
def test_a_text_is_read_as_the_xml_reader_reads_it(words: str, junk: str) -> None:
    """The short way for texts, and the long way that all else goes: a comment makes no difference but for that."""
    said = printable(f"{words}{junk}").replace("]]>", "")
    xml = recorded.TEXT.replace("紫荆云陪伴是什么？", said)
    assert to_message(xml, NOW) == to_message(xml.replace("</xml>", "<!-- --></xml>"), NOW)
