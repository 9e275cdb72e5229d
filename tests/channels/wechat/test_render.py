import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from bot.channels.wechat.render import MAX_TEXT_BYTES, printable, render, room_for, shortened, text_content, to_xml
from bot.messages import Button, Link, Reply
from tests.channels.wechat.official_account import NOW, elements
from tests.shipped import shipped

PHRASES = shipped().phrases
PLATFORM_TEXT_BYTES = 2048


def test_buttons_become_numbered_options() -> None:
    reply = Reply(
        "你好！想做点什么？\n",
        ((Button("问活动", "/ask"), Button("今日一招", "/tip")), (Button("好网民投票", "/stories"),)),
    )
    assert render(reply, PHRASES) == (
        "你好！想做点什么？\n\n【1】问活动\n【2】今日一招\n【3】好网民投票\n回复【】里的数字就能选，回复 0 回首页。"
    )


def test_votes_share_one_line_and_do_not_count_as_options() -> None:
    votes = tuple((Button(f"投 {n} 号", f"/vote nanyue-stories {n}", f"投票 {n}"),) for n in range(3, 11))
    reply = Reply("【演示】3 紫荆云陪伴", (*votes, (Button("下一页", "/stories 2"), Button("看结果", "/result"))))
    assert render(reply, PHRASES) == (
        "【演示】3 紫荆云陪伴\n\n"
        "【1】下一页\n【2】看结果\n"
        "回复“投票 3”就投 3 号，想投几号就写几号。\n"
        "回复【】里的数字就能选，回复 0 回首页。"
    )


def test_other_typed_hints_are_shown_once_each() -> None:
    row = (
        Button("早上八点", "/subscribe 08:00", "订阅 8点"),
        Button("晚上八点", "/subscribe 20:00", "订阅 20点"),
        Button("再说一遍", "/subscribe 08:00", "订阅 8点"),
    )
    assert render(Reply("什么时候？", (row,)), PHRASES) == (
        "什么时候？\n\n也可以回复：“订阅 8点”、“订阅 20点”\n回复 0 回首页。"
    )


def test_english_talk_gets_english_hints() -> None:
    row = (
        Button("Tip", "/tip #en"),
        Button("Vote", "/vote nanyue-stories 3 #en", "vote 3"),
        Button("8 am", "/subscribe 08:00 #en", "subscribe 8:00"),
    )
    assert render(Reply("Hello!", (row,)), PHRASES) == (
        "Hello!\n\n【1】Tip\n"
        "Reply “vote 3” to vote for No. 3, or put another number.\n"
        "You can also reply: “subscribe 8:00”\n"
        "Reply with a number in 【】 to choose, or 0 for home."
    )


@pytest.mark.parametrize(
    ("row", "options"),
    [
        ((Button("首页", "/start", "0"),), "回复 0 回首页。"),
        ((Button("首页", "/start", "0"), Button("退订", "/x", "退订")), "也可以回复：“退订”\n回复 0 回首页。"),
        ((Button("Home", "/start #en", "0"),), "Reply 0 for home."),
    ],
)
def test_the_way_home_is_said_once(row: tuple[Button, ...], options: str) -> None:
    assert render(Reply("好的。", (row,)), PHRASES) == f"好的。\n\n{options}"


def test_talk_in_traditional_script_gets_its_hints_in_it() -> None:
    row = (
        Button("投 3 號", "/vote nanyue-stories 3 #hant", "投票 3"),
        Button("看結果", "/result #hant"),
        Button("早上八點", "/subscribe 08:00 #hant", "訂閲 8點"),
    )
    assert render(Reply("請選：", (row,)), PHRASES) == (
        "請選：\n\n【1】看結果\n"
        "回覆“投票 3”就投 3 號，想投幾號就寫幾號。\n"
        "也可以回覆：“訂閲 8點”\n"
        "回覆【】裏的數字就能選，回覆 0 回首頁。"
    )


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply("只有一句。"), "只有一句。"),
        (Reply(), ""),
        (Reply(" \n\x00"), ""),
        (Reply("", ((Button("今日一招", "/tip"),),)), ""),
    ],
)
def test_nothing_is_added_without_buttons(reply: Reply, said: str) -> None:
    assert render(reply, PHRASES) == said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            '<a href="weixin://bizmsgmenu?msgmenucontent=退订">领奖</a>',
            '＜a href="weixin://bizmsgmenu?msgmenucontent=退订">领奖＜/a>',
        ),
        ("< A\nhref=x>点< /a >", "＜ A\nhref=x>点＜ /a >"),
        ("<a>", "＜a>"),
        ("1<2，a<b，<abc>，x <- a，<b>粗</b>", "1<2，a<b，<abc>，x <- a，<b>粗</b>"),
    ],
)
def test_nothing_in_a_text_or_a_label_can_be_tapped(text: str, shown: str) -> None:
    assert render(Reply(text), PHRASES) == shown
    assert f"【1】{' '.join(shown.split())}" in render(Reply("选", ((Button(text, "/tip"),),)), PHRASES)


@pytest.mark.parametrize("body", ["网" * 5000, "a" * 5000, "😀" * 3000, "好 \n" * 3000])
def test_a_long_text_is_shortened_and_its_options_stay(body: str) -> None:
    reply = Reply(body, ((Button("今日一招", "/tip"), Button("投 3 号", "/vote p 3", "投票 3")),))
    text = render(reply, PHRASES)
    assert len(text.encode()) <= MAX_TEXT_BYTES
    assert len(text.encode()) > MAX_TEXT_BYTES - 8
    shown, options = text.split("\n\n")[0], text.split("\n\n")[-1]
    assert shown.endswith("…")
    assert body.startswith(shown[:-1])
    assert options.splitlines()[0] == "【1】今日一招"
    assert "投票 3" in options


def test_many_long_options_get_shorter_labels_and_none_is_lost() -> None:
    rows = tuple((Button(f"{n}{'很长的选项' * 20}", f"/ask {n}"),) for n in range(1, 61))
    text = render(Reply("请选：", rows), PHRASES)
    assert len(text.encode()) <= MAX_TEXT_BYTES
    lines = text.splitlines()
    assert lines[0] == "请选："
    assert [line[: line.index("】") + 1] for line in lines[2:-1]] == [f"【{n}】" for n in range(1, 61)]


def test_a_label_stays_on_its_line() -> None:
    reply = Reply("选：", ((Button("一\n【9】二\x00", "/x"),),))
    assert render(reply, PHRASES).splitlines()[2] == "【1】一 【9】二"


@given(st.text(max_size=1200), st.lists(st.tuples(st.text(max_size=60), st.text(max_size=10)), max_size=60))
def test_no_reply_is_too_long_for_the_platform(body: str, labels: list[tuple[str, str]]) -> None:
    buttons = tuple(Button(label, "/x", typed) for label, typed in labels)
    text = render(Reply(body, (buttons,)), PHRASES)
    assert len(text.encode()) <= PLATFORM_TEXT_BYTES
    assert _read(text).get("Content", "") == text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    "text",
    [
        "一个 ]]> 就够了",
        "]]]]>>",
        "x]]><Content><![CDATA[forged",
        "<b>&amp; &lt;",
        "]]>]]>",
    ],
)
def test_text_cannot_leave_its_element(text: str) -> None:
    fields = _read(text)
    assert fields["Content"] == text
    assert list(fields) == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]


def test_the_answer_goes_from_the_account_to_the_person() -> None:
    fields = _read("好的")
    assert (fields["ToUserName"], fields["FromUserName"]) == ("oPerson", "gh_account")
    assert (fields["CreateTime"], fields["MsgType"]) == (str(int(NOW.timestamp())), "text")


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a\x00b\x1bc\x7f", "abc\x7f"), ("a\ud800b\udfff", "ab"), ("\ufffe\uffffx", "x"), ("一\t二\n😀", "一\t二\n😀")],
)
def test_what_xml_forbids_is_removed(text: str, kept: str) -> None:
    assert printable(text) == kept
    assert _read(text)["Content"] == kept


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [("网民", 6, "网民"), ("网民们", 8, "网…"), ("网民们", 5, "…"), ("ab😀", 6, "ab😀"), ("ab😀c", 6, "ab…")],
)
def test_cuts_fall_between_characters(text: str, limit: int, cut: str) -> None:
    assert shortened(text, limit) == cut


def _read(text: str) -> dict[str, str]:
    return dict(elements(to_xml(text_content(text), openid="oPerson", account="gh_account", at=NOW)))


def test_a_link_is_the_page_of_its_story_and_stays_below_a_long_text() -> None:
    reply = Reply("长" * 2000, ((Button("首页", "/start", typed="0"),),), link=Link("story", "12", "转给朋友看"))
    said = render(reply, PHRASES, "https://bot.example.org")
    assert "…\n\n转给朋友看：https://bot.example.org/stories/12\n\n" in said
    assert len(said.encode()) <= MAX_TEXT_BYTES
    assert "转给朋友看" not in render(reply, PHRASES)


def test_options_can_be_tapped_on_where_the_operator_has_tried_it() -> None:
    row = (Button("今日一招", "/tip"), Button("投 3 号", "/vote p 3", "投票 3"), Button("首页", "/start", "0"))
    assert render(Reply("请选：", (row,)), PHRASES, taps=True) == (
        "请选：\n\n"
        '<a href="weixin://bizmsgmenu?msgmenucontent=今日一招&msgmenuid=1">【1】今日一招</a>\n'
        '<a href="weixin://bizmsgmenu?msgmenucontent=投票 3&msgmenuid=1">投 3 号</a>\n'
        "回复“投票 3”就投 3 号，想投几号就写几号。\n"
        "回复【】里的数字就能选，回复 0 回首页。"
    )


@pytest.mark.parametrize("label", ['a"b', "a&msgmenuid=9", "100%", "a<b", "#a", "a'b", "a\\b", "a=b"])
def test_what_could_end_the_address_is_no_link(label: str) -> None:
    text = render(Reply("请选：", ((Button(label, "/x"),),)), PHRASES, taps=True)
    assert "weixin://" not in text
    assert f"【1】{label}" in text


def test_without_room_for_links_the_options_are_plain() -> None:
    buttons = tuple(Button(f"第 {n} 个选项", f"/x {n}") for n in range(1, 9))
    reply = Reply("长" * 400, (buttons,))
    assert render(reply, PHRASES, taps=True) == render(reply, PHRASES)
    assert "weixin://" in render(Reply("短", (buttons,)), PHRASES, taps=True)


@pytest.mark.parametrize(
    "text", ['<a href="weixin://bizmsgmenu?msgmenucontent=/forget yes">点我</a>', "< A href=x>", "</a>", "<a\nhref=x>"]
)
def test_what_people_write_never_becomes_a_link(text: str) -> None:
    for taps in (False, True):
        said = render(Reply(text, ((Button(text, "/x"),),)), PHRASES, taps=taps)
        assert said.count("<") == 0
        assert "＜" in said


@pytest.mark.parametrize("text", ["1<2", "<b>", "a < about", "<abbr>", "<3"])
def test_other_brackets_stay(text: str) -> None:
    assert render(Reply(text), PHRASES) == text


@given(st.text(st.characters(exclude_characters="<"), max_size=900), st.lists(st.text(max_size=40), max_size=20))
def test_there_is_as_much_room_as_is_promised(body: str, labels: list[str]) -> None:
    reply = Reply(body, (tuple(Button(label, "/x") for label in labels),), link=Link("tip", "x", "转给朋友"))
    room = room_for(reply, PHRASES, "https://bot.example.org")
    fitting = printable(body).strip().encode()[:room].decode(errors="ignore").strip()
    assert render(structs.replace(reply, text=fitting), PHRASES, "https://bot.example.org").startswith(fitting)
