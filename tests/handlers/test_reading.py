"""How answers are read: little at a time, in large type, the last one again."""

import pytest
from msgspec import structs

from bot.domain.parts import PLAIN_CHOICES
from bot.domain.people import Conversation
from bot.messages import Address, Reply
from tests.handlers.conftest import Line, Talk, TalkOn, hold, labels

CONVERSATIONS: dict[str, tuple[Line, ...]] = {
    "little at a time, until it is enough": (
        ("简单", "最多给三个选择", "[标准]", "[首页]"),
        ("我的", "你选了“简单”"),
        ("好网民投票", "演示投票", "还没说完", "[更多]", "! 投 10 号"),
        ("更多", "[更多]"),
        ("我的", "刚才没说完的那条回答"),
        ("标准", "改回标准"),
        ("我的", "! 你选了“简单”"),
        ("好网民投票", "[投 3 号]", "[下一页]", "[看结果]", "! 还没说完"),
    ),
    "in English": (
        ("plain", "at most three choices", "[Standard]"),
        ("standard", "back to the standard way"),
        ("large", "larger now", "[Plain]"),
    ),
    "in traditional script": (("簡單", "最多給三個選擇", "[標準]"), ("> 標準", "改回標準")),
    "by buttons": (("大字", "字变大了", "[简单]"), ("> 简单", "[标准]"), ("> 标准", "改回标准")),
    "a question is still a question": (("简单说说紫荆云陪伴是什么", "紫荆云", "! 最多给三个选择"),),
    "more leads to more where nothing is left": (("开始",), ("更多", "[订阅]"), ("简单",), ("更多", "[订阅]")),
    "again": (
        ("今日一招", "今日一招："),
        ("9", "上一条回答就在上面"),
        ("再说一遍", "就在上面"),
        ("again", "scroll up"),
    ),
    "9 after an answer is again": (("好网民投票",), ("帮助",), ("9", "上一条回答就在上面")),
    "nobody votes for another": (("好网民投票", "一个账号一票", "请不要代投"),),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_conversation(talk: Talk, name: str) -> None:
    await hold(talk, *CONVERSATIONS[name])


async def test_nine_is_a_candidate_where_one_was_just_offered(talk: Talk) -> None:
    shelf = talk.app.shelf
    poll = shelf.library.polls["nanyue-stories"]
    ninth = structs.replace(poll.options[0], id="ninth", number=9)
    shelf.library = structs.replace(
        shelf.library, polls={poll.id: structs.replace(poll, options=(*poll.options, ninth))}
    )
    await hold(talk, ("好网民投票",), ("9", "想投 9 号"), ("帮助",), ("9", "上一条回答就在上面"))


async def test_never_more_than_three_choices_and_all_are_reached(talk: Talk) -> None:
    whole = labels(await talk.says("好网民投票"))
    await talk.says("简单")
    seen = list[str]()
    reply = await talk.says("好网民投票")
    for _ in range(10):
        choices = [label for label in labels(reply) if label not in ("更多", "首页")]
        assert len(choices) <= PLAIN_CHOICES
        seen += choices
        if "更多" not in labels(reply):
            break
        reply = await talk.says("更多")
    assert seen == [label for label in whole if label not in ("更多", "首页")]


async def test_a_number_means_what_is_shown_now(talk: Talk) -> None:
    await talk.says("简单")
    await talk.says("活动")
    first = labels(talk.reply)
    assert "更多" in first
    await talk.says("更多")
    chosen = talk.reply.flat_buttons()[0].label
    answer = await talk.says("1")
    assert chosen not in first
    assert answer.text


async def test_the_next_part_by_a_redelivered_message_is_the_same(talk: Talk) -> None:
    await talk.says("简单")
    await talk.says("好网民投票")
    second = await talk.says("更多", message_id="test:again")
    third = await talk.says("更多")
    assert second == await talk.says("更多", message_id="test:again")
    assert second.text != third.text


async def test_after_ten_minutes_the_rest_is_gone(talk: Talk) -> None:
    await hold(talk, ("简单",), ("好网民投票", "还没说完"))
    talk.app.clock.passes(minutes=11)  # type: ignore[attr-defined]
    await hold(talk, ("更多", "过了十分钟", "[问活动]"))


async def test_what_is_kept_goes_by_itself_and_with_the_person(talk: Talk) -> None:
    people, now = talk.app.people, talk.app.clock()
    await hold(talk, ("简单",), ("好网民投票", "还没说完"))
    assert await people.kept(talk.sender, now)
    await talk.says("/forget yes")
    assert await people.kept(talk.sender, now) is None
    assert not (await people.conversation(talk.sender)).plain


@pytest.mark.parametrize(
    ("channel", "told", "size"),
    [
        ("web", "字变大了", "large"),
        ("wechat", "关怀模式", ""),
        ("telegram", "聊天设置", ""),
        ("terminal", "这个窗口", ""),
    ],
)
async def test_large_type_is_ours_on_our_page_alone(talk_on: TalkOn, channel: str, told: str, size: str) -> None:
    person = talk_on(channel)
    reply = await person.says("大字")
    assert (told in reply.text, reply.type_size) == (True, size)
    assert (await person.says("标准")).type_size == "standard"


async def test_what_is_private_stays_out_of_groups(talk: Talk) -> None:
    assert "私下" in (await talk.says("简单", chat="group")).text or talk.reply == Reply()
    assert not (await talk.app.people.conversation(talk.sender)).plain


async def test_a_vote_costs_no_look_at_how_one_reads(talk_on: TalkOn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typed words need what was shown before, once; a tap needs nothing; neither keeps an answer."""
    person = talk_on("telegram")
    people, looked = person.app.people, list[str]()
    conversation = people.conversation

    async def counted(sender: Address) -> Conversation:
        looked.append("conversation")
        return await conversation(sender)

    async def kept(*_: object) -> None:
        looked.append("keep")

    monkeypatch.setattr(people, "conversation", counted)
    monkeypatch.setattr(people, "keep", kept)
    assert "投好了" in (await person.says("投票 3")).text
    assert looked == ["conversation"]
    await person.says("/vote nanyue-stories 4", tapped=True)
    assert looked == ["conversation"]
