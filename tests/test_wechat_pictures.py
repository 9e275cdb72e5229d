"""Results and tips as pictures on an account that may upload them, through the app; words wherever that fails."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App
from bot.channels.wechat import pictures
from tests.channels.wechat.official_account import decrypted, elements
from tests.conftest import Clock
from tests.fakes.wechat import DROP, HANG, MEDIA_UPLOAD, FakeWeChat, Fault, listening
from tests.pictures.samples import opened, typeface
from tests.shipped import shipped
from tests.test_app_wechat import settings_of
from tests.test_wechat_events import post
from tests.test_wechat_reading import message

_IMAGE = re.compile(
    r"<xml>.*<MsgType><!\[CDATA\[image\]\]></MsgType><Image><MediaId><!\[CDATA\[(\w+)\]\]></MediaId></Image></xml>"
)


@pytest.fixture
def fake(clock: Clock) -> FakeWeChat:
    typeface()
    return FakeWeChat(clock)


@pytest.fixture
async def app(fake: FakeWeChat, tmp_path: Path, clock: Clock) -> AsyncIterator[App]:
    async with listening(fake) as base, App(settings_of(tmp_path, base), shipped(), clock).running() as app:
        yield app
        fake.close()


async def answer(app: App, text: str, number: int) -> str:
    """The whole answer, decrypted."""
    said = await post(app, message(text, number))
    return decrypted(elements(said.text)["Encrypt"])


def shown(xml: str) -> str:
    found = _IMAGE.fullmatch(xml)
    assert found, xml
    return found[1]


async def test_a_result_is_a_picture_uploaded_once(app: App, fake: FakeWeChat, clock: Clock) -> None:
    assert "看图" in await answer(app, "看结果", 1)
    first = shown(await answer(app, "看图", 2))
    assert opened(fake.media[first]).format == "PNG"
    assert shown(await answer(app, "看图", 3)) == first
    assert shown(await answer(app, "9", 4)) == first
    assert len(fake.media) == 1


async def test_a_tip_is_a_card_and_uploaded_anew_before_it_is_gone(app: App, fake: FakeWeChat, clock: Clock) -> None:
    tip = next(iter(shipped().tips)).id
    first = shown(await answer(app, f"/card {tip}", 1))
    clock.passes(days=2, hours=21)
    assert shown(await answer(app, f"/card {tip}", 2)) == first
    clock.passes(hours=2)  # 71 hours after it: the platform forgets it within the next
    assert shown(await answer(app, f"/card {tip}", 3)) != first


@pytest.mark.parametrize("fault", [Fault(errcode=48001), Fault(errcode=45009), Fault(status=502, page="<h1>"), DROP])
async def test_what_is_refused_is_told_in_words(app: App, fake: FakeWeChat, fault: Fault) -> None:
    fake.fail(MEDIA_UPLOAD, fault)
    words = await answer(app, "看图", 1)
    assert "演示投票" in words
    assert "<MsgType><![CDATA[text]]></MsgType>" in words
    shown(await answer(app, "看图", 2))


async def test_a_platform_that_hangs_costs_a_picture_and_no_answer(
    app: App, fake: FakeWeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "UPLOAD_SECONDS", 0.5)
    fake.fail(MEDIA_UPLOAD, HANG)
    assert "演示投票" in await answer(app, "看图", 1)


async def test_words_that_matter_are_never_replaced(app: App, fake: FakeWeChat) -> None:
    """Of a message that holds words or a picture, only what was asked for as a picture is one."""
    for number, said in enumerate(("看结果", "今日一招", "好网民投票", "投票 3"), start=1):
        assert "<MsgType><![CDATA[text]]></MsgType>" in await answer(app, said, number)
    assert fake.media == {}


def test_uploads_and_answers_fit_into_what_the_platform_waits() -> None:
    assert pictures.UPLOAD_SECONDS < 4
    assert pictures.MEDIA_LASTS.total_seconds() < 3 * 24 * 3600
