import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App
from bot.config import Settings
from bot.context import Context, Unavailable
from bot.messages import Address, Button, Message, Offer, Offers, Reply
from bot.router import ENGLISH_MARK, MAX_TEXT_CHARACTERS, Dispatcher, Router
from tests.conftest import Clock
from tests.shipped import shipped

SENDER = Address("web", "ayi", "ayi")
SECRET = "我的电话是13800000000"

router = Router()


@router.command("vote", "投票", "投", "vote", takes=r"\d+|[a-z]+-[a-z]+")
async def vote(context: Context) -> Reply:
    return Reply(f"vote({context.args})")


@router.command("stories", "投票", "候选")
async def stories(context: Context) -> Reply:
    rows = (
        (Button("投 1 号", "/vote poll 1", typed="投票 1"),),
        (Button("看结果", "/menu"), Button("下一页", "/more 2")),
    )
    return Reply("stories()", buttons=rows)


@router.command("number", "", takes=r"\d+")
async def number(context: Context) -> Reply:
    return Reply(f"number({context.args})")


@router.command("more")
async def more(context: Context) -> Reply:
    return Reply(f"more({context.args})", buttons=((Button("下一页", f"/more {int(context.args) + 1}"),),))


@router.command("menu", "菜单", "menu")
async def menu(context: Context) -> Reply:
    return Reply(f"menu in {context.language}", buttons=((Button("A", "/more 1"), Button("B", "/vote b-b")),))


@router.command("name", "起名", private=True, link="name")
async def name(context: Context) -> Reply:
    if context.args:
        return Reply(f"named({context.args}) in {context.language}")
    return Reply("name?", buttons=((Button("算了", "/name-never"),),), asks="/name")


@router.command("name-never")
async def name_never(context: Context) -> Reply:
    return Reply("never")


@router.command("start")
async def start(context: Context) -> Reply:
    return Reply(f"start({context.args})")


@router.command("gone", "删掉")
async def gone(context: Context) -> Reply:
    return Reply("gone", unremembered=True)


@router.command("break", "坏了")
async def break_down(context: Context) -> Reply:
    raise RuntimeError("the handler broke down")


@router.command("full", "满了")
async def refuse(context: Context) -> Reply:
    raise Unavailable


async def fallback(context: Context) -> Reply:
    return Reply(f"question({context.args})")


async def urgent(context: Context) -> Reply:
    return Reply(f"urgent({context.args})")


async def unknown(context: Context) -> Reply:
    return Reply(f"unknown({context.args})")


async def unreadable(context: Context) -> Reply:
    return Reply(f"unreadable({len(context.args)}) in {context.language}")


async def share(context: Context) -> Offers:
    if not context.args:
        raise RuntimeError("broken")
    return Offers((Offer(f"{context.args} in {context.language}", "", "网络"),))


def dispatcher_of(app: App, *routers: Router) -> Dispatcher:
    return Dispatcher(
        routers,
        app.services,
        urgent=urgent,
        fallback=fallback,
        unknown=unknown,
        unreadable=unreadable,
        share=share,
    )


class Talk:
    def __init__(self, dispatcher: Dispatcher) -> None:
        self.dispatcher = dispatcher
        self.messages = 0

    async def says(self, text: str, *, tapped: bool = False, wordless: bool = False) -> Reply:
        self.messages += 1
        message = Message(f"m{self.messages}", SENDER, text, Clock().now, tapped=tapped, wordless=wordless)
        return await self.dispatcher.answer(message)

    async def hears(self, text: str) -> str:
        return (await self.says(text)).text


@pytest.fixture
async def app(tmp_path: Path, clock: Clock) -> AsyncIterator[App]:
    async with App(Settings(data_dir=tmp_path), shipped(), clock).running() as app:
        yield app


@pytest.fixture
def talk(app: App) -> Talk:
    return Talk(dispatcher_of(app, router))


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("投票 3", "vote(3)"),
        ("投票3", "vote(3)"),
        ("投票　３", "vote(3)"),
        ("投票：3", "vote(3)"),
        ("投三", "vote(3)"),
        ("投十二", "vote(12)"),
        ("投票 AB-cd", "vote(ab-cd)"),
        ("VOTE 3!", "vote(3)"),
        ("投票。", "vote()"),
        ("候選", "stories()"),
        ("候选？", "stories()"),
        ("投票怎么改", "question(投票怎么改)"),
        ("投票 3 有用吗", "question(投票 3 有用吗)"),
        ("3", "number(3)"),
        ("三", "number(3)"),
        ("/vote poll 3", "vote(poll 3)"),
        ("/VOTE@some_bot 3", "vote(3)"),
        ("/投票", "unknown(/投票)"),
        ("/", "unknown(/)"),
        ("/nothing at all", "unknown(/nothing at all)"),
        ("a\x00b\u200b c", "question(ab c)"),
        ("\x00\u200b", "unreadable(0) in zh"),
        ("长" * (MAX_TEXT_CHARACTERS + 1), f"unreadable({MAX_TEXT_CHARACTERS}) in zh"),
        ("我不想活了。" + "长" * MAX_TEXT_CHARACTERS, "urgent(despair)"),
        ("长" * MAX_TEXT_CHARACTERS, f"question({'长' * MAX_TEXT_CHARACTERS})"),
        ("word " * MAX_TEXT_CHARACTERS, f"unreadable({MAX_TEXT_CHARACTERS}) in en"),
    ],
)
async def test_who_answers(talk: Talk, said: str, answered: str) -> None:
    assert await talk.hears(said) == answered


async def test_a_label_or_number_means_the_button_last_shown(talk: Talk) -> None:
    assert await talk.hears("A") == "question(A)"
    await talk.says("菜单")
    assert await talk.hears("Ａ") == "more(1)"
    await talk.says("菜单")
    assert await talk.hears("2") == "vote(b-b)"
    assert await talk.hears("3") == "number(3)"


@pytest.mark.parametrize(
    ("said", "answered"), [("0002", "vote(b-b)"), ("00011", "number(00011)"), ("0" * 50, "number(")]
)
async def test_a_number_is_what_it_counts_whatever_its_zeros(talk: Talk, said: str, answered: str) -> None:
    await talk.says("菜单")
    assert (await talk.hears(said)).startswith(answered)


async def test_numbers_count_the_buttons_that_are_not_typed_otherwise(talk: Talk) -> None:
    await talk.says("候选")
    assert await talk.hears("投 1 号") == "vote(poll 1)"
    assert await talk.hears("2") == "more(2)"
    assert await talk.hears("下一页") == "more(3)"
    assert await talk.hears("1") == "more(4)"


async def test_a_reply_without_buttons_keeps_the_last_ones(talk: Talk) -> None:
    await talk.says("菜单")
    await talk.says("什么？")
    assert await talk.hears("b") == "vote(b-b)"


async def test_english_goes_on_until_chinese_is_written(talk: Talk) -> None:
    reply = await talk.says("menu")
    assert reply.text == "menu in en"
    assert all(button.command.endswith(f" {ENGLISH_MARK}") for button in reply.flat_buttons())
    assert await talk.hears("/menu") == "menu in en"
    assert (await talk.says("", wordless=True)).text == "unreadable(0) in en"
    assert await talk.hears("1") == "more(1)"
    assert await talk.hears("菜单") == "menu in zh"
    assert await talk.hears("/menu") == "menu in zh"


async def test_a_tap_speaks_the_language_of_its_button(talk: Talk) -> None:
    await talk.says("menu")
    assert (await talk.says("/menu", tapped=True)).text == "menu in zh"
    assert (await talk.says("/menu #en", tapped=True)).text == "menu in en"


@pytest.mark.parametrize(
    ("said", "sorry"),
    [("坏了", "哎呀"), ("/break", "哎呀"), (f"/break {SECRET}", "哎呀"), ("/break #en", "went wrong")],
)
async def test_a_fault_becomes_an_apology_and_a_traceback_without_what_was_said(
    talk: Talk, caplog: pytest.LogCaptureFixture, said: str, sorry: str
) -> None:
    assert sorry in await talk.hears(said)
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "the handler broke down" in caplog.text
    assert record.exc_info
    assert SECRET not in caplog.text


async def test_unavailable_gets_out(talk: Talk) -> None:
    with pytest.raises(Unavailable):
        await talk.says("满了")


async def test_a_database_that_takes_nothing_is_no_apology(app: App, talk: Talk) -> None:
    """What could not be remembered is not acknowledged, so that the platform brings it again."""
    await on_the_writing_connection(app, "PRAGMA query_only = ON")
    with pytest.raises(Unavailable):
        await talk.says("/menu", tapped=True)
    app.database._writing.sync_engine.dispose()  # and with it the order to write nothing
    assert await talk.hears("/menu") == "menu in zh"


async def test_a_fault_of_a_statement_is_logged_without_person_or_text(
    app: App, talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    await on_the_writing_connection(app, "DROP TABLE people")
    assert "哎呀" in (await talk.says("/menu", tapped=True)).text
    assert "no such table" in caplog.text
    assert SENDER.user not in caplog.text
    assert "/more 1" not in caplog.text


async def on_the_writing_connection(app: App, statement: str) -> None:
    await app.database._writing.transact(lambda connection: connection.exec_driver_sql(statement) and None)


async def test_command_of_tells_what_stands_for_itself(talk: Talk) -> None:
    command_of = talk.dispatcher.command_of
    assert command_of("投票 3") == "/vote 3"
    assert command_of("候选") == "/stories"
    assert command_of("投票怎么改") == ""


WAY_BACK = "接着刚才的"


async def test_a_sentence_completes_what_was_asked_for_once(talk: Talk) -> None:
    await talk.hears("起名")
    assert await talk.hears("小 明") == "named(小 明) in zh"
    assert await talk.hears("小明") == "question(小明)"


async def test_a_command_stays_one_and_shows_the_way_back(talk: Talk) -> None:
    await talk.hears("起名")
    reply = await talk.says("候选")
    assert reply.text == "stories()"
    assert reply.buttons[0] == (Button(WAY_BACK, "/name"),)
    assert await talk.hears("小明") == "question(小明)"
    await talk.hears("起名")
    await talk.hears("候选")
    assert await talk.hears(WAY_BACK) == "name?"
    assert await talk.hears("小明") == "named(小明) in zh"


@pytest.mark.parametrize("said", ["小明", "算了", "/name-never"])
async def test_no_way_back_from_what_belongs_to_the_question(talk: Talk, said: str) -> None:
    await talk.hears("起名")
    assert WAY_BACK not in str((await talk.says(said)).buttons)


async def test_who_is_not_remembered_is_not_led_back(talk: Talk) -> None:
    await talk.hears("起名")
    assert await talk.says("删掉") == Reply("gone", unremembered=True)


async def test_what_was_asked_for_is_heard_in_whatever_form(talk: Talk) -> None:
    await talk.hears("起名")
    assert await talk.hears("长" * (MAX_TEXT_CHARACTERS + 1)) == f"named({'长' * (MAX_TEXT_CHARACTERS + 1)}) in zh"
    await talk.hears("起名")
    assert (await talk.says("", wordless=True)).text == "name?"
    await talk.hears("起名")
    assert await talk.hears("Ming") == "named(Ming) in zh"  # a name in another language does not change the talk


async def test_what_was_asked_is_asked_in_the_language_of_the_talk(talk: Talk) -> None:
    await talk.hears(f"/name {ENGLISH_MARK}")
    reply = await talk.says("候选")
    assert reply.buttons[0] == (Button(WAY_BACK, "/name"),)
    await talk.hears(f"/name {ENGLISH_MARK}")
    assert await talk.hears("Ming") == "named(Ming) in en"


async def test_the_same_sentence_again_completes_the_same(talk: Talk) -> None:
    await talk.hears("起名")
    message = Message("again", SENDER, "小明", Clock().now)
    first = await talk.dispatcher.answer(message)
    await talk.hears("候选")
    assert await talk.dispatcher.answer(message) == first


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("/start name_x", "named(x) in zh"),
        ("/start name_", "start(name_)"),
        ("/start vote_3", "start(vote_3)"),
        ("/start gone_", "start(gone_)"),
    ],
)
async def test_a_link_leads_only_where_it_may(talk: Talk, said: str, answered: str) -> None:
    assert await talk.hears(said) == answered


def test_two_handlers_of_one_name_are_refused(app: App) -> None:
    twice = Router()
    twice.command("start")(start)

    with pytest.raises(ValueError, match="/start"):
        dispatcher_of(app, router, twice)


async def test_what_is_offered_is_in_the_language_and_script_of_the_words(talk: Talk) -> None:
    for words, offered in {"网络": ("网络 in zh", "网络"), "網絡": ("網絡 in zh-Hant", "網絡")}.items():
        found = await talk.dispatcher.offers(Message("q", SENDER, words, Clock().now))
        assert [(offer.title, offer.text) for offer in found.offers] == [offered]


async def test_a_fault_offers_an_apology(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    found = await talk.dispatcher.offers(Message("q", SENDER, "", Clock().now))
    assert (found.offers, "出了点问题" in found.invitation) == ((), True)
    assert "nothing could be offered" in caplog.text
