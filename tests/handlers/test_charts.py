import pytest

import bot.app as app_module
from bot.app import App
from bot.config import Settings
from bot.domain.library import Library
from bot.messages import Picture
from tests.conftest import Clock
from tests.handlers.conftest import Talk, TalkOn, hold
from tests.pictures.samples import opened, typeface

IDENTITY = "我是开源的自动问答程序，不是政府部门或报社的官方账号，也不是真人。"


def shown(talk: Talk) -> Picture:
    assert isinstance(talk.reply.picture, Picture)
    return talk.reply.picture


async def test_the_results_lead_to_a_picture_of_them(talk: Talk) -> None:
    typeface()
    await hold(
        talk,
        ("投票 3", "投好了"),
        ("看结果", "一共 1 个账号", "[看图]"),
        (
            "看图",
            "3 号　我为驻点村代言\n██████████ 1 票",
            "账号数，不等于人数",
            "截至 2026-11-23 09:00",
            "[看候选]",
            "演示",
        ),
    )
    picture = shown(talk)
    assert picture.mark == "【演示】不是正式投票"
    assert picture.foot == ("运行者：网络素养小助手（开源版）", IDENTITY)
    assert picture.bars[2].figure == "1 票 · 100%"
    png = await talk.app.gallery.image(picture)
    assert opened(png).format == "PNG"


async def test_every_way_to_say_it(talk: Talk) -> None:
    typeface()
    for words in ("图", "看图", "结果图", "/chart", "/chart nanyue-stories", "看圖"):
        await talk.says(words)
        assert shown(talk).path == "/polls/nanyue-stories.png"
    await talk.says("results")
    await talk.says("picture")
    assert shown(talk).path == "/polls/nanyue-stories.png?lang=en"
    assert shown(talk).title.startswith("[Demonstration]")


async def test_a_picture_and_its_text_say_the_same_for_a_minute(talk: Talk, clock: Clock) -> None:
    typeface()
    before = await talk.says("图")
    await talk.says("投票 3")
    assert "一共 0 个账号" in before.text
    assert (await talk.says("图")) == before
    clock.passes(minutes=1)
    assert "一共 1 个账号" in (await talk.says("图")).text
    assert shown(talk).bars[2].figure == "1 票 · 100%"


async def test_where_no_picture_can_be_shown_there_are_words(talk_on: TalkOn) -> None:
    wechat = talk_on("wechat")
    await hold(wechat, ("看结果", "一共 0 个账号", "! 看图"), ("图", "1 号　紫荆云陪伴", "正在投票"))
    assert wechat.reply.picture is None


async def test_without_a_font_no_picture_is_offered(
    settings: Settings, library: Library, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "find_typeface", lambda _wanted: None)
    async with App(settings, library, clock).running() as app:
        talk = Talk(app)
        await hold(talk, ("看结果", "一共 0 个账号", "! 看图"), ("看图", "正在投票"))
        assert talk.reply.picture is None
        assert not app.gallery.draws
