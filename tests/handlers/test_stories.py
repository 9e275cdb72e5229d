import pytest
from sqlalchemy import select

from bot.app import App
from bot.config import Settings
from bot.domain.library import Library
from bot.domain.stories import MAX_OBJECTIONS
from bot.storage.tables import decisions, metadata, objections, stories, story_terms
from tests.conftest import Clock
from tests.handlers.conftest import Line, Talk, TalkOn, hold, labels

TITLE = "楼下的手机课"
TEXT = "王阿姨每个周六在楼下教邻居用手机，教大家认出诈骗短信，已经坚持了两年。"
OTHER_TEXT = "李叔叔在群里看到谣言就去查，查清楚了再告诉大家，从来不骂人。"

BEGUN: tuple[Line, ...] = (("投稿", "你满14岁了吗", "[满14岁了]", "[还没满]"), ("> 满14岁了", "题目"))
WRITTEN: tuple[Line, ...] = (
    *BEGUN,
    (TITLE, "讲讲这个故事", "[上一步]", "[稍后再写]", "[取消投稿]"),
    (TEXT, "要配一张照片吗", "[跳过]"),
    ("> 跳过", "写到的是谁", "[别的大人]"),
    ("> 别的大人", "都同意你讲出来吗"),
    ("> 都同意了", "作者写什么", "[匿名]"),
    ("阿明", TITLE, TEXT, "—— 阿明", "别的大人", "[同意，交上去]"),
)
SENT: tuple[Line, ...] = (*WRITTEN, ("> 同意，交上去", "收到，谢谢你", "审过才公开", "[我的投稿]"))

CONVERSATIONS: dict[str, tuple[Line, ...]] = {
    "step by step": (*SENT, ("我的投稿", "1 号《楼下的手机课》：等着审", "[1 号 楼下的手机课]")),
    "typed all the way": (
        ("我要投稿", "你满14岁了吗"),
        ("是的", "题目"),
        (TITLE, "讲讲"),
        (TEXT, "照片"),
        ("跳过", "写到的是谁"),
        ("我自己", "作者写什么", "! 都同意你讲出来吗"),
        ("匿名", "—— 匿名"),
        ("同意", "收到，谢谢你"),
    ),
    "by number": (
        *(("投稿",), ("1", "题目"), (TITLE,), (TEXT,)),
        *(("1", "写到的是谁"), ("2", "都同意你讲出来吗"), ("1", "作者写什么")),
    ),
    "under 14": (
        ("投稿",),
        ("> 还没满", "监护人", "什么都没有存"),
        ("我的投稿", "还没有投过稿"),
        ("投稿", "你满14岁了吗"),
    ),
    "asked for the age once": (*SENT, ("投稿", "题目", "! 14岁")),
    "nothing is public before it is approved": (
        *SENT,
        ("看故事", "还没有公开的故事"),
        ("看故事 1", "没有公开的故事"),
        ("/start story_1", "没有公开的故事"),
        ("搜故事 手机", "没找到"),
    ),
    "kind words for what does not fit": (
        *BEGUN,
        ("题" * 41, "缩到 40 个字以内", "给故事起个题目"),
        ("题" * 40, "讲讲这个故事"),
        ("太短了", "至少 20 个字", "讲讲这个故事"),
        ("长" * 2001, "最多收 2000 个字", "讲讲这个故事"),
        (TEXT,),
        ("先看看", "请发一张照片；没有就回复“跳过”", "要配一张照片吗"),
        ("跳过",),
        ("不知道算什么", "没看懂", "写到的是谁"),
        ("> 别的大人",),
        ("> 还没都同意", "先等等", "都同意你讲出来吗"),
        ("> 都同意了",),
        ("名" * 17, "缩到 16 个字以内"),
        ("> 匿名",),
        ("不同意", "没有交上去", "[同意，交上去]"),
    ),
    "left for later and resumed": (
        *BEGUN,
        (TITLE,),
        ("> 稍后再写", "稿子替你留着"),
        ("今日一招", "! 讲讲这个故事"),
        ("我的投稿", "《楼下的手机课》：还在写"),
        ("投稿", "讲讲这个故事"),
        (TEXT, "要配一张照片吗"),
    ),
    "cancelled": (
        *BEGUN,
        (TITLE,),
        ("取消投稿", "草稿会删掉", "[删掉草稿]", "[接着写]"),
        ("> 接着写", "讲讲这个故事"),
        ("> 取消投稿",),
        ("> 删掉草稿", "草稿删掉了"),
        ("我的投稿", "还没有投过稿"),
    ),
    "corrected": (
        *WRITTEN,
        ("> 改题目", "给故事起个题目"),
        ("周六的手机课", "《周六的手机课》", "—— 阿明", "[同意，交上去]"),
        ("> 上一步", "作者写什么"),
        ("> 匿名", "—— 匿名"),
        ("> 改正文", "讲讲"),
        (OTHER_TEXT, "都同意你讲出来吗"),  # others are named now
        ("> 都同意了", OTHER_TEXT, "[同意，交上去]"),
    ),
    "a raised digit stays where it was": (
        *BEGUN,
        ("/story 18 m² 的小花园", "讲讲"),
        *(("王阿姨把楼下 18 m² 的空地种成花园，教邻居用手机认花。",), ("跳过",), ("我自己",)),
        ("匿名", "《18 m² 的小花园》", "楼下 18 m² 的空地"),
    ),
    "an old button changes nothing": (
        *WRITTEN,
        ("/story-set about minor", "[同意，交上去]", "别的大人"),
        ("/story-edit about", "写到的是谁"),
    ),
    "a command is the command": (
        *BEGUN,
        ("今日一招", "[接着刚才的]", "[订阅每天一招]"),
        ("> 接着刚才的", "给故事起个题目"),
        ("投票 3", "投好了", "[接着刚才的]"),
        ("接着刚才的", "给故事起个题目"),
    ),
    "a question is answered": (
        *BEGUN,
        ("紫荆云陪伴是什么？", "华南师范大学", "稿子还留着", "标题：", "[接着写]"),
        ("> 接着写", "给故事起个题目"),
        ("标题：紫荆云陪伴是什么？", "讲讲这个故事"),
        ("投稿",),
        ("> 上一步", "给故事起个题目"),
        ("半夜里是谁敲门呢？", "讲讲这个故事"),  # asks, but not for anything that the files hold
    ),
    "what is said after something else is no part of the story": (
        *BEGUN,
        ("今日一招",),
        ("紫荆云陪伴是什么", "华南师范大学", "! 讲讲"),
        ("投稿", "给故事起个题目"),
    ),
    "urgent words at the first question": (("投稿", "你满14岁了吗"), ("我不想活了", "12356", "! 稿子还留着")),
    "urgent words come first": (
        *BEGUN,
        ("我不想活了", "! 讲讲这个故事"),
        (TITLE, "讲讲这个故事"),  # what was asked before still is
    ),
    "paragraphs stay, what cannot be seen goes": (
        *BEGUN,
        (TITLE,),
        ("第一段，王阿姨教邻居用手机。\r\n\r\n\r\n第二段\u202e，“已经”坚持了两年！", "要配一张照片吗"),
        ("跳过",),
        ("> 我自己（满18岁）",),
        ("> 匿名", "第一段，王阿姨教邻居用手机。\n\n第二段，“已经”坚持了两年！"),
    ),
    "withdrawn": (
        *SENT,
        ("我的投稿",),
        ("> 1 号 楼下的手机课", TEXT, "[修改]", "[撤回]"),
        ("> 撤回", "要撤回这一篇吗", "[确定撤回]"),
        ("> 确定撤回", "撤回了"),
        ("我的投稿", "《楼下的手机课》：撤回了"),
        ("/withdraw 1 yes", "动不了"),
    ),
    "changed before it was reviewed": (
        *SENT,
        ("/mine 1",),
        ("> 修改", TEXT, "[改题目]"),
        ("我的投稿", "还在写"),
        ("投稿", "[同意，交上去]"),
        ("> 同意，交上去", "收到"),
    ),
    "no more than three": (
        *SENT,
        *(("投稿",), (TITLE,), (OTHER_TEXT,), ("跳过",), ("> 我自己（满18岁）",), ("> 匿名",), ("> 同意，交上去",)) * 2,
        ("投稿", "已经有 3 篇"),
        ("/withdraw 2 yes",),
        ("投稿", "给故事起个题目"),
    ),
    "one draft at a time": (*SENT, ("投稿",), ("/revise 1", "还有一篇没写完", "[接着写]")),
    "nobody else's": (("/mine 1", "还没有投过稿"), ("/withdraw 1 yes", "动不了"), ("/revise 1", "动不了")),
    "no draft": (("/story-edit", "没有在写的稿子"), ("/story-cancel yes", "没有在写的稿子")),
    "in English": (
        ("send a story", "14 or older", "[Not yet]"),
        ("> Yes, 14 or older", "title of your story"),
        ("Phone lessons", "tell the story"),
        ("too short", "a little more"),
        ("Every Saturday Aunt Wang teaches her neighbours.", "add a photo", "[Skip]"),
        ("no photo", "Who is the story about"),
        ("> Another adult", "agreed"),
        ("yes", "pen name"),
        ("> Anonymous", "Phone lessons", "Every Saturday", "anonymous"),
        ("> I agree, send it in", "thank you"),
        ("my stories", "“Phone lessons”: waiting for review"),
    ),
    "what is stored": (
        *SENT,
        ("我的", "投稿：1 篇"),
        ("删除我的资料", "投稿"),
        ("确定删除", "已经删好了", "! 接着刚才的"),
        ("我的投稿", "还没有投过稿"),
    ),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_conversation(talk: Talk, name: str) -> None:
    await hold(talk, *CONVERSATIONS[name])


async def test_what_has_no_words_is_no_answer(talk: Talk) -> None:
    await hold(talk, *BEGUN)
    reply = await talk.says("", wordless=True)
    assert "这个我收不了" in reply.text
    assert "给故事起个题目" in reply.text
    await hold(talk, (TITLE, "讲讲这个故事"))


async def test_a_draft_survives_a_restart(settings: Settings, library: Library, clock: Clock) -> None:
    async with App(settings, library, clock).running() as app:
        await hold(Talk(app), *BEGUN, (TITLE, "讲讲"))
    async with App(settings, library, clock).running() as app:
        await hold(Talk(app), (TEXT, "要配一张照片吗"), ("投稿", "要配一张照片吗"))


MISSED = "去年我被骗了三千块钱，觉得不想活了，是王阿姨陪着我去报的案，一直陪到天亮。"


async def test_a_story_with_words_that_cannot_wait(talk: Talk) -> None:
    """Help comes first and nothing is kept; marked as a part of the story it is, and help comes all the same."""
    await hold(talk, ("投稿",), ("满14岁了",), (TITLE, "讲讲"))
    await hold(talk, (MISSED, "12356", "前面加“正文：”", "稿子还留着"))
    assert labels(talk.reply) == []
    assert "三千块" not in str(await everything(talk))
    await hold(
        talk, (f"正文：{MISSED}", "12356", "照片", "[上一步]"), ("跳过",), ("我自己（满18岁）",), ("匿名", MISSED)
    )
    await hold(talk, ("同意，交上去", "收到"), (MISSED, "12356", "! 正文：", "! 稿子"))
    assert labels(talk.reply) == []


async def test_who_has_no_draft_dictates_nothing(talk: Talk) -> None:
    await hold(talk, (f"正文：{MISSED}", "12356"), ("投稿",), (f"正文：{MISSED}", "12356"))
    assert labels(talk.reply) == []
    assert "三千块" not in str(await everything(talk))


@pytest.mark.parametrize("command", ["/story", "/mine", "/takedown 1 yes", "/withdraw 1 yes", "/review"])
async def test_not_in_groups_and_not_for_the_anonymous(talk_on: TalkOn, command: str) -> None:
    talk = talk_on("telegram")
    for reply in (await talk.says(command, chat="-100123"), await talk.says(command, anonymous=True)):
        assert "私下" in reply.text


async def test_under_14_nothing_is_stored(talk: Talk) -> None:
    await hold(talk, ("投稿",), ("> 还没满",))
    assert await rows(talk, "stories") == 0


async def rows(talk: Talk, table: str) -> int:
    async with talk.app.database.reading() as connection:
        found = await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")
        return int(found.scalar_one())


async def everything(talk: Talk) -> list[object]:
    """All that is stored of anybody's words."""
    async with talk.app.database.reading() as connection:
        return [list(await connection.execute(select(table))) for table in metadata.sorted_tables]


# What leads there, what comes again, what is said meanwhile, and what must be so at the end.
TWICE = {
    "beginning": (("投稿",), "满14岁了", (TITLE,), ("投稿", "讲讲这个故事")),
    "a title": (BEGUN, TITLE, (TEXT,), ("投稿", "要配一张照片吗")),
    "a title, at once": (BEGUN, TITLE, (), ("投稿", "讲讲这个故事")),
    "a text that is redelivered as a name": ((*BEGUN, (TITLE,)), TEXT, ("跳过", "我自己"), ("投稿", "作者写什么")),
    "a yes": (WRITTEN, "同意", ("我的投稿",), ("我的投稿", "等着审")),
    "sent in twice": (WRITTEN, "同意", ("投稿", OTHER_TEXT[:9]), ("投稿", "讲讲这个故事")),
    "a word that does not fit": ((*BEGUN, (TITLE,)), "太短", (TEXT,), ("投稿", "要配一张照片吗")),
    "a discarded draft": (BEGUN, "/story-cancel yes", ("投稿",), ("投稿", "满14岁了吗")),
    "a new one": (SENT, "投稿", (TITLE, TEXT), ("投稿", "要配一张照片吗")),
    "a withdrawal": (SENT, "/withdraw 1 yes", ("投稿",), ("我的投稿", "撤回了")),
    "too young": ((("投稿",),), "还没满", ("投稿", "满14岁了"), ("投稿", "题目")),
}


@pytest.mark.parametrize("name", TWICE)
async def test_a_message_that_comes_again_changes_nothing_and_gets_the_same_answer(talk: Talk, name: str) -> None:
    before, said, between, (asked, *expected) = TWICE[name]
    await hold(talk, *(line if isinstance(line, tuple) else (line,) for line in before))
    first = await talk.says(said, message_id="platform:17")
    await hold(talk, *((line,) for line in between))
    again = await talk.says(said, message_id="platform:17")
    assert again.text == first.text
    await hold(talk, (asked, *expected))
    assert await rows(talk, "stories") <= 2


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"operator_accounts": "telegram:100+web:editor, wechat:oOperator"})


@pytest.fixture
def second(app: App) -> Talk:
    return Talk(app, "wechat", "oOperator")


async def send(author: Talk, about: str = "别的大人", text: str = TEXT, title: str = TITLE) -> None:
    begun = (("投稿",), ("满14岁了",)) if not await rows(author, "stories") else (("投稿",),)
    agreed = () if about == "我自己（满18岁）" else (("都同意了",),)
    await hold(author, *begun, (title,), (text,), ("跳过",), (about,), *agreed, ("匿名",), ("同意，交上去", "收到"))


async def decide(reviewer: Talk, verdict: str, number: int = 1) -> str:
    await hold(reviewer, (f"/review {number}", "校验码"), (f"> {verdict}",))
    return reviewer.reply.text


class TestReview:
    async def test_approved_it_is_public(self, author: Talk, reader: Talk, reviewer: Talk) -> None:
        await send(author)
        await hold(reviewer, ("审稿", "1 号《楼下的手机课》等着审", "还要 1 人", "[看 1 号]"))
        await hold(reviewer, ("> 看 1 号", TEXT, "没有找到要留意的", "[通过]", "[退回修改]", "[不通过]"))
        await hold(reviewer, ("> 通过", "已经公开"), ("审稿", "没有要审的"))
        await hold(
            reader,
            ("看故事", "[1 号 楼下的手机课]"),
            ("> 1 号 楼下的手机课", TEXT, "—— 匿名，2026-11-23"),
            ("/start story_1", TEXT),
            ("故事 1", TEXT),
            ("搜故事 诈骗短信", "[1 号 楼下的手机课]"),
            ("搜故事 诈骗电话", "没找到"),
            ("搜故事 我", "没找到"),
            ("read 1", TEXT),
        )
        assert reader.reply.link is not None
        assert (reader.reply.link.kind, reader.reply.link.id) == ("story", "1")
        letters = await author.app.outbox.unread(author.sender)
        assert "好消息" in letters[0][1].text

    async def test_two_accounts_of_one_person_are_one_reviewer(self, app: App, reviewer: Talk) -> None:
        editor, author = Talk(app, "web", "editor"), Talk(app, "telegram", "100")
        await send(author, "机关、单位")
        assert "自己的稿子" in await decide(editor, "通过")
        author = Talk(app, "web", "author")
        await hold(author, ("投稿",), ("满14岁了",))
        await send(author, "机关、单位")
        assert "另一位" in await decide(reviewer, "通过", 2)
        assert "已经同意过" in await decide(editor, "通过", 2)

    async def test_who_stops_the_tips_is_told_of_the_story_all_the_same(self, author: Talk, reviewer: Talk) -> None:
        await hold(author, ("订阅 8点",))
        await send(author)
        await decide(reviewer, "通过")
        await hold(author, ("退订", "已经退订"))
        assert "好消息" in (await author.app.outbox.unread(author.sender))[0][1].text

    async def test_sent_back_with_a_reason(self, author: Talk, reader: Talk, reviewer: Talk) -> None:
        await send(author)
        assert "为什么" in await decide(reviewer, "退回修改")
        await hold(reviewer, ("请把王阿姨的全名去掉", "退回给作者了"))
        await hold(
            author,
            ("我的投稿", "请你改一改"),
            ("/mine 1", "审稿人说：请把王阿姨的全名去掉", "[修改]"),
            ("> 修改", "审稿人说", "[改正文]"),
            ("> 改正文", "讲讲"),
            (OTHER_TEXT,),
            ("都同意了",),
            ("同意，交上去", "收到"),
        )
        assert "已经公开" in await decide(reviewer, "通过")
        await hold(reader, ("看故事 1", OTHER_TEXT))
        letters = [letter.text for _, letter, _ in await author.app.outbox.unread(author.sender)]
        assert any("请把王阿姨的全名去掉" in letter for letter in letters)

    async def test_rejected(self, author: Talk, reader: Talk, reviewer: Talk) -> None:
        await send(author)
        await decide(reviewer, "不通过")
        await hold(reviewer, ("这是广告", "没有通过"))
        await hold(author, ("我的投稿", "没有通过"), ("/revise 1", "动不了"))
        await hold(reader, ("看故事 1", "没有公开"))

    async def test_a_reason_can_be_left_for_later(self, author: Talk, reviewer: Talk) -> None:
        await send(author)
        await decide(reviewer, "退回修改")
        await hold(reviewer, ("今日一招", "[接着刚才的]"), ("> 接着刚才的", "为什么"), ("太短", "退回给作者了"))

    @pytest.mark.parametrize("about", ["有未成年人（也算我自己）", "机关、单位"])
    async def test_two_reviewers(self, author: Talk, reader: Talk, reviewer: Talk, second: Talk, about: str) -> None:
        await send(author, about)
        assert "还要另一位" in await decide(reviewer, "通过")
        await hold(reader, ("看故事 1", "没有公开"))
        assert "已经同意过" in await decide(reviewer, "通过")
        await hold(second, ("/review 1", "还要 1 人", "已经有 1 人同意"), ("> 通过", "已经公开"))
        await hold(reader, ("看故事 1", TEXT))

    async def test_two_reviewers_of_the_same_text(self, author: Talk, reviewer: Talk, second: Talk) -> None:
        await send(author, "机关、单位")
        await decide(reviewer, "通过")
        await hold(author, ("/revise 1",), ("> 改正文",), (OTHER_TEXT,), ("都同意了",), ("同意，交上去", "收到"))
        assert "还要另一位" in await decide(second, "通过")

    async def test_only_exactly_the_text_that_was_shown(self, author: Talk, reader: Talk, reviewer: Talk) -> None:
        await send(author)
        await hold(reviewer, ("/review 1",))
        approve = reviewer.button("通过").command
        await hold(author, ("/revise 1",), ("> 改正文",), (OTHER_TEXT,), ("都同意了",), ("同意，交上去", "收到"))
        await hold(reviewer, (approve, "校验码对不上"), ("/review approve 1", "校验码对不上"))
        await hold(reader, ("看故事 1", "没有公开"))

    async def test_changed_after_approval_it_goes_down_and_to_review(
        self, author: Talk, reader: Talk, reviewer: Talk
    ) -> None:
        await send(author)
        await decide(reviewer, "通过")
        await hold(author, ("/mine 1", "[修改]"), ("> 修改", "先看不到"), ("> 先收回来改", "[改正文]"))
        await hold(reader, ("看故事 1", "没有公开"), ("搜故事 诈骗", "没找到"))
        await hold(author, ("改正文",), (OTHER_TEXT,), ("都同意了",), ("同意，交上去", "收到"))
        await hold(reader, ("看故事 1", "没有公开"))
        await decide(reviewer, "通过")
        await hold(reader, ("看故事 1", OTHER_TEXT), ("搜故事 谣言", "[1 号 楼下的手机课]"), ("搜故事 短信", "没找到"))

    async def test_not_one_s_own(self, app: App, reviewer: Talk, second: Talk) -> None:
        await send(reviewer)
        assert "自己的稿子" in await decide(reviewer, "通过")
        assert "已经公开" in await decide(second, "通过")

    async def test_a_long_one_is_read_to_its_end_first(self, author: Talk, reader: Talk, reviewer: Talk) -> None:
        await send(author, text="这是很长的一段话。" * 120)
        await hold(reviewer, ("/review 1", "[往下看（2/3）]", "! 通过"), ("> 往下看（2/3）", "! 通过"))
        on = reviewer.button("往下看（3/3）").command
        await hold(reviewer, (on, "校验码", "[通过]"))
        await hold(
            author, ("/revise 1",), ("> 改正文",), ("换了一段话。" * 200,), ("都同意了",), ("同意，交上去", "收到")
        )
        await hold(reviewer, (on, "校验码对不上"))
        await hold(reviewer, ("/review 1",), ("> 往下看（2/3）",), ("> 往下看（3/3）",), ("> 通过", "已经公开"))
        await hold(
            reader, ("看故事 1", "换了一段话"), ("> 往下看（2/3）", "换了一段话"), ("> 往下看（3/3）", "—— 匿名")
        )

    async def test_a_reason_is_told_as_it_was_typed(self, author: Talk, reviewer: Talk) -> None:
        await send(author)
        await decide(reviewer, "退回修改")
        await hold(reviewer, ("请写写：谁，在哪里！", "退回"))
        await hold(author, ("/mine 1", "请写写：谁，在哪里！"))

    async def test_flags_are_shown(self, author: Talk, reviewer: Talk) -> None:
        await send(author, text=f"{TEXT}有事打１３８ 0013 8000，或者加wei信。他在第一小学三年级2班。")
        await hold(reviewer, ("/review 1", "电话号码：138 0013 8000", "像广告：加微信", "学校加班级", "[通过]"))

    async def test_nobody_else_can(self, author: Talk, reader: Talk, reviewer: Talk) -> None:
        await send(author)
        await hold(reviewer, ("/review 1",))
        await hold(
            reader,
            ("/review", "不认识这个命令"),
            ("/review 1", "不认识这个命令"),
            (reviewer.button("通过").command, "不认识这个命令"),
        )
        await hold(author, ("我的投稿", "等着审"))

    async def test_a_decision_that_comes_again(self, author: Talk, reviewer: Talk) -> None:
        await send(author)
        await hold(reviewer, ("/review 1",))
        command = reviewer.button("通过").command
        first = await reviewer.says(command, message_id="tg:1")
        again = await reviewer.says(command, message_id="tg:1")
        assert again.text == first.text
        assert len(await author.app.outbox.unread(author.sender)) == 1
        await hold(reviewer, (command, "没有在等审"))

    async def test_on_wechat_nothing_waits_in_the_outbox(self, app: App, reviewer: Talk) -> None:
        author = Talk(app, "wechat", "oAuthor")
        await send(author)
        await decide(reviewer, "通过")
        assert await rows(author, "outbox") == 0
        await hold(author, ("我的投稿", "已经公开"))


@pytest.fixture
async def public(author: Talk, reviewer: Talk) -> Talk:
    """The author of a public story."""
    await send(author)
    await decide(reviewer, "通过")
    return author


class TestTakingDown:
    async def test_down_first(self, public: Talk, reader: Talk, reviewer: Talk) -> None:
        await hold(
            reader,
            ("看故事 1", "[请撤下这篇]"),
            ("> 请撤下这篇", "马上撤下", "《楼下的手机课》"),
            ("> 请马上撤下", "已经撤下了", "为什么"),
            ("王阿姨没有同意", "记下了"),
            ("看故事 1", "没有公开"),
            ("撤下 1", "没有公开的故事"),
        )
        await hold(public, ("我的投稿", "有人请求撤下"))
        await hold(reviewer, ("审稿", "有人请求撤下"), ("/review 1", "有 1 人", "王阿姨没有同意", "[通过]"))

    async def test_put_back_and_protected_against_the_same_account(
        self, app: App, public: Talk, reader: Talk, reviewer: Talk
    ) -> None:
        await hold(reader, ("/takedown 1 yes", "已经撤下了"))
        assert "已经公开" in await decide(reviewer, "通过")
        await hold(reader, ("看故事 1", TEXT), ("/takedown 1 yes", "真人看过了"), ("看故事 1", TEXT))

    async def test_what_was_put_back_goes_down_when_several_ask(
        self, app: App, public: Talk, reader: Talk, reviewer: Talk, clock: Clock
    ) -> None:
        await hold(reader, ("/takedown 1 yes", "已经撤下了"))
        clock.passes(minutes=1)
        assert "已经公开" in await decide(reviewer, "通过")
        clock.passes(minutes=1)
        first, second, third, fourth = (Talk(app, "telegram", str(n)) for n in range(8, 12))
        await hold(first, ("/takedown 1 yes", "真人看过，决定公开", "有 3 个人请求"), ("我是当事人", "记下了"))
        await hold(first, ("/takedown 1 yes", "真人看过了"), ("看故事 1", TEXT))
        await hold(second, ("/takedown 1 yes #en", "once 3 people have asked"), ("看故事 1", TEXT))
        await hold(third, ("/takedown 1 yes", "已经撤下了"), ("看故事 1", "没有公开"))
        await hold(reviewer, ("/review 1", "有 4 人", "我是当事人"))
        clock.passes(minutes=1)
        await decide(reviewer, "通过")
        clock.passes(minutes=1)
        await hold(fourth, ("/takedown 1 yes", "有 3 个人请求"), ("看故事 1", TEXT))

    async def test_kept_down(self, public: Talk, reader: Talk, reviewer: Talk) -> None:
        await hold(reader, ("/takedown 1 yes",))
        await decide(reviewer, "不通过")
        await hold(reviewer, ("本人没有同意", "没有通过"))
        await hold(reader, ("看故事 1", "没有公开"))
        await hold(public, ("我的投稿", "没有通过"))

    async def test_the_author_cannot_slip_away_from_a_decision_by_changing_it(self, public: Talk, reader: Talk) -> None:
        await hold(reader, ("/takedown 1 yes",))
        await hold(public, ("/revise 1", "动不了"), ("/withdraw 1 yes", "撤回了"))

    async def test_not_without_end(self, author: Talk, reader: Talk, reviewer: Talk, clock: Clock) -> None:
        for number in range(1, MAX_OBJECTIONS + 2):
            await send(author, "我自己（满18岁）", title=f"第{number}篇故事的题目")
            await decide(reviewer, "通过", number)
        for number in range(1, MAX_OBJECTIONS + 1):
            await hold(reader, (f"/takedown {number} yes", "已经撤下了"))
        await hold(reader, (f"/takedown {MAX_OBJECTIONS + 1} yes", f"最多能请求撤下 {MAX_OBJECTIONS} 篇"))
        clock.passes(days=1, seconds=1)
        await hold(reader, (f"/takedown {MAX_OBJECTIONS + 1} yes", "已经撤下了"))

    async def test_a_request_that_comes_again(self, public: Talk, reader: Talk, reviewer: Talk) -> None:
        first = await reader.says("/takedown 1 yes", message_id="tg:1")
        await decide(reviewer, "通过")
        again = await reader.says("/takedown 1 yes", message_id="tg:1")
        assert again.text == first.text
        await hold(reader, ("看故事 1", TEXT))


class TestReading:
    async def test_in_pages(self, author: Talk, reader: Talk, reviewer: Talk) -> None:
        for number in range(1, 8):
            await send(author, "我自己（满18岁）", title=f"第{number}篇")
            await decide(reviewer, "通过", number)
        await hold(
            reader,
            ("看故事", "[7 号 第7篇]", "[3 号 第3篇]", "! 2 号 第2篇", "[下一页]"),
            ("> 下一页", "[2 号 第2篇]", "[1 号 第1篇]", "[上一页]", "! 下一页"),
            ("搜故事 手机", "[7 号 第7篇]", "[下一页]"),
            ("下一页", "[1 号 第1篇]", "写到“手机”"),
        )

    async def test_in_a_group(self, public: Talk, reader: Talk) -> None:
        assert TEXT in (await reader.says("/read 1", chat="-100123")).text

    async def test_a_link_opens_nothing_but_what_is_meant_for_it(self, reader: Talk) -> None:
        for payload in ("forget_yes", "story_", "vote_3", "story_x"):
            assert "已经删好了" not in (await reader.says(f"/start {payload}")).text


async def test_who_is_forgotten_leaves_no_story(public: Talk, reader: Talk) -> None:
    await hold(reader, ("/takedown 1 yes",))
    await hold(public, ("/forget yes", "已经删好了"))
    for table in (stories, decisions, objections, story_terms):
        assert await rows(public, table.name) == 0, table.name
    await hold(reader, ("看故事 1", "没有公开"))
    await send(public, title="又一篇故事")
    await hold(public, ("我的投稿", "2 号"))  # a number is never used again: links lead to it
