from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from bot.channels.telegram.payloads import Origin
from bot.channels.telegram.render import (
    Answer,
    Call,
    cut,
    split,
    to_answer,
    to_http,
    to_messages,
    to_results,
    with_link,
)
from bot.messages import Button, Link, Offer, Offers, Reply

NO_PREVIEW = {"is_disabled": True}
CHAT = Origin(42)
TAP = Origin(42, tap="77", editable=9)
STOP = Call("answerCallbackQuery", {"callback_query_id": "77"})
VOTE = Button("投 3 号", "/vote nanyue-stories 3")


def message(text: str, **more: object) -> Call:
    return Call("sendMessage", {"chat_id": 42, "text": text, "link_preview_options": NO_PREVIEW, **more})


def edit(text: str, **more: object) -> Call:
    return Call("editMessageText", {**message(text).params, "message_id": 9, **more})


def alert(text: str) -> Call:
    return Call("answerCallbackQuery", {"callback_query_id": "77", "text": text, "show_alert": True})


def keyboard(*rows: list[dict[str, str]]) -> dict[str, object]:
    return {"reply_markup": {"inline_keyboard": list(rows)}}


KEY = {"text": "投 3 号", "callback_data": "/vote nanyue-stories 3"}

ANSWERS = [
    ("a sentence", Reply("你好"), CHAT, Answer(main=message("你好"))),
    ("markup stays as typed", Reply("<b>1 * 2_3</b>"), CHAT, Answer(main=message("<b>1 * 2_3</b>"))),
    ("in a topic", Reply("好"), Origin(42, 7), Answer(main=message("好", message_thread_id=7))),
    ("buttons", Reply("选", ((VOTE,),)), CHAT, Answer(main=message("选", **keyboard([KEY])))),
    ("nothing", Reply(), CHAT, Answer()),
    ("only spaces", Reply(" \n"), CHAT, Answer()),
    ("a notice typed for", Reply("票已记下", notice="已记下"), CHAT, Answer(main=message("票已记下"))),
    ("a tap", Reply("好"), TAP, Answer(main=message("好"), after=STOP)),
    ("a tap that only notes", Reply("票已记下", notice="已记下"), TAP, Answer(main=alert("已记下"))),
    ("a tap with nothing to say", Reply(), TAP, Answer(main=STOP)),
    (
        "the next page",
        Reply("二", ((VOTE,),), replaces=True),
        TAP,
        Answer(main=edit("二", **keyboard([KEY])), after=STOP),
    ),
    ("the next page, typed for", Reply("二", replaces=True), CHAT, Answer(main=message("二"))),
    (
        "the next page of an old one",
        Reply("二", replaces=True),
        Origin(42, tap="77"),
        Answer(main=message("二"), after=STOP),
    ),
    (
        "the next page in a topic",
        Reply("二", replaces=True),
        Origin(42, 7, "77", 9),
        Answer(main=edit("二"), after=STOP),
    ),
    ("a tap on an inline message", Reply("好"), Origin(tap="77"), Answer(main=STOP)),
    ("we were thrown out", Reply("再见"), Origin(), Answer()),
    (
        "a long text",
        Reply("长" * 4000 + "\n" + "尾" * 200, ((VOTE,),)),
        CHAT,
        Answer(before=(message("长" * 4000),), main=message("尾" * 200, **keyboard([KEY]))),
    ),
]


@pytest.mark.parametrize(("reply", "origin", "answer"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_answers(reply: Reply, origin: Origin, answer: Answer) -> None:
    assert to_answer(reply, origin) == answer


def test_the_response_of_a_webhook_names_the_method() -> None:
    assert json.decode(to_http(alert("已记下"))) == {
        "method": "answerCallbackQuery",
        "callback_query_id": "77",
        "text": "已记下",
        "show_alert": True,
    }


def test_a_notice_is_cut_at_200_utf16_units() -> None:
    main = to_answer(Reply("x", notice="👍" * 150), TAP).main
    assert main is not None
    assert main.params["text"] == "👍" * 99 + "…"


def test_a_ninth_button_goes_to_the_next_row() -> None:
    row = tuple(Button(str(number), f"/vote p {number}") for number in range(9))
    markup = to_messages(Reply("选", (row,)), 42)[0].params["reply_markup"]
    assert isinstance(markup, dict)
    assert [len(keys) for keys in markup["inline_keyboard"]] == [8, 1]


def test_more_than_100_buttons_are_refused() -> None:
    rows = tuple((Button(str(number), f"/vote p {number}"),) for number in range(101))
    assert to_messages(Reply("选", rows[:100]), 42)
    with pytest.raises(ValueError, match="100 buttons"):
        to_messages(Reply("选", rows), 42)


def test_a_command_of_65_bytes_is_refused() -> None:
    longest = "/vote " + "票" * 19 + "x"
    assert len(longest.encode()) == 64
    assert to_messages(Reply("选", ((Button("好", longest),),)), 42)
    with pytest.raises(ValueError, match="64 bytes"):
        to_messages(Reply("选", ((Button("好", longest + "y"),),)), 42)


SPLITS = [
    ("", ()),
    ("短", ("短",)),
    ("一二三四五六七八九十", ("一二三四五六七八九十",)),
    ("一二三四五六七八九十百", ("一二三四五六七八九十", "百")),
    ("一二三四五六。八九十百", ("一二三四五六。", "八九十百")),
    ("一二三四五\n六。八九十百", ("一二三四五", "六。八九十百")),
    ("👍👍👍👍👍👍", ("👍👍👍👍👍", "👍")),
    ("123456👩‍👩‍👧尾", ("123456", "👩‍👩‍👧尾")),
    ("123456789e\u0301尾", ("123456789", "e\u0301尾")),
]


@pytest.mark.parametrize(("text", "parts"), SPLITS)
def test_split_at_ten_units(text: str, parts: tuple[str, ...]) -> None:
    assert split(text, 10) == parts


@given(st.text(st.characters(codec="utf-8")), st.integers(min_value=4, max_value=40))
def test_no_part_is_too_long_and_nothing_is_lost(text: str, units: int) -> None:
    parts = split(text, units)
    assert all(0 < len(part.encode("utf-16-le")) // 2 <= units for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert len(cut(text, units).encode("utf-16-le")) // 2 <= units


def test_a_link_opens_the_talk_with_this_bot() -> None:
    reply = Reply("好故事", link=Link("story", "12", "转给朋友看"))
    assert with_link(reply, "our_bot").text == "好故事\n\n转给朋友看：https://t.me/our_bot?start=story_12"
    assert with_link(reply, "").text == "好故事"
    assert with_link(Reply("没有"), "our_bot").text == "没有"


@pytest.mark.parametrize("text", ["长" * 5000, "👨‍👩‍👧" * 2000, "短"])
def test_what_is_sent_on_is_cut_and_keeps_its_link(text: str) -> None:
    offer = Offer(text, text, text, Link("entry", "some", "想多问，点这里"))
    (article,) = cast(list[dict[str, Any]], to_results(Offers((offer,)), "7", "our_bot").params["results"])
    shared = article["input_message_content"]["message_text"]
    assert shared.endswith("\n\n想多问，点这里：https://t.me/our_bot?start=entry_some")
    assert shared.startswith(text[:5])
    assert len(shared.encode("utf-16-le")) // 2 <= 4096
    assert len(article["title"].encode("utf-16-le")) // 2 <= 128


def test_without_our_name_there_is_no_link() -> None:
    offer = Offer("题", "", "文", Link("tip", "some", "看"))
    (article,) = cast(list[dict[str, Any]], to_results(Offers((offer,)), "7", "").params["results"])
    assert article["input_message_content"]["message_text"] == "文"


def test_no_more_results_than_the_api_takes() -> None:
    params = to_results(Offers((Offer("题", "", "文"),) * 60), "7", "our_bot").params
    results = cast(list[dict[str, Any]], params["results"])
    assert [result["id"] for result in results] == [str(number) for number in range(1, 51)]
    assert "button" not in params
