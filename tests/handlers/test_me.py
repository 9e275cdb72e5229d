import pytest

from tests.conftest import Clock
from tests.handlers.conftest import Line, Talk, TalkOn, hold

CONVERSATIONS: dict[str, tuple[Line, ...]] = {
    "before": (("我的", "什么都没有", "[删除我的资料]", "[首页]"),),
    "after": (
        ("订阅 8点",),
        ("投票 3",),
        (
            "我的",
            "这个网页 的账号编号",
            "2026-11-23",
            "每天早上 8:00 一招",
            "你投的是 3 号「我为驻点村代言」",
            "不写你的账号",
        ),
        ("暂停",),
        ("我的", "暂停着"),
        ("退订",),
        ("我的", "! 每天早上"),
    ),
    "what was asked about last": (
        ("紫荆云陪伴辅导了多少小时", "超5000小时"),
        ("我的", "最近问到的是「紫荆云陪伴」（2026-11-23 "),
        ("my data", "what you asked about last"),
        ("/forget yes",),
        ("我的", "! 最近问到的"),
    ),
    "a tip is nothing that was asked about": (
        ("紫荆云陪伴辅导了多少小时", "超5000小时"),
        ("今日一招", "今日一招："),
        ("我的", "账号编号", "! 最近问到的"),
        ("订阅 8点", "订好了"),
        ("我的", "! 最近问到的"),
    ),
    "privacy": (("关于", "答好的一个多小时就删", "让你挑过的"),),
    "delete": (
        ("订阅 8点",),
        ("我的",),
        ("> 删除我的资料", "删了不能恢复", "[确定删除]", "[首页]"),
        ("> 首页", "[问活动]"),
        ("我的", "每天早上 8:00"),
        ("删除我的资料", "删了不能恢复"),
        ("> 确定删除", "已经删好了", "[首页]"),
        ("我的", "什么都没有", "! 每天早上"),
        ("订阅", "每天几点"),
    ),
    "delete by typing": (
        ("订阅 8点",),
        ("我的",),
        ("1", "删了不能恢复"),
        ("取消", "什么都没有改"),
        ("我的", "每天早上 8:00"),
        ("删除我的资料",),
        ("确定删除", "已经删好了"),
        ("我的", "什么都没有"),
    ),
    "sure is nothing without the question": (("确定删除", "! 已经删好了"), ("/forget no", "删了不能恢复")),
    "a vote stays and can be changed": (
        ("投票 3",),
        ("/forget yes", "已经删好了"),
        ("我的", "你投的是 3 号"),
        ("投票 4", "改好了"),
        ("看结果", "一共 1 个账号"),
    ),
    "english": (
        ("me", "stored about you", "nothing", "[Delete my data]"),
        ("subscribe 8 pm",),
        ("vote 2",),
        (
            "my data",
            "this web page",
            "a tip every day at 8:00 pm, for everyone",
            "number 2, “E-Growth Plan",
            "a vote: [Demonstration]",
        ),
        ("> Delete my data", "cannot be undone"),
        ("> Yes, delete", "Deleted.", "[Home]"),
        ("me", "stored about you"),
    ),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_conversation(talk: Talk, name: str) -> None:
    await hold(talk, *CONVERSATIONS[name])


@pytest.mark.parametrize(
    ("channel", "name"), [("telegram", "Telegram"), ("wechat", "微信公众号"), ("web", "网页"), ("terminal", "终端")]
)
async def test_each_channel_has_its_name(talk_on: TalkOn, channel: str, name: str) -> None:
    await hold(talk_on(channel), ("/start",), ("我的", f"{name}"))


async def test_nobody_sees_or_deletes_what_is_another_s(talk_on: TalkOn, clock: Clock) -> None:
    one, other = talk_on("web"), talk_on("web")
    await hold(one, ("订阅 8点", "订好了"), ("投票 3", "投好了"))
    await hold(other, ("我的", "什么都没有"), ("/forget yes", "已经删好了"))
    await hold(one, ("我的", "每天早上 8:00", "3 号"))


async def test_deletion_leaves_no_row_with_the_person_s_id(talk: Talk) -> None:
    await hold(talk, ("订阅 8点",), ("投票 3",), ("今日一招",), ("/forget yes", "已经删好了"))
    async with talk.app.database.reading() as connection:
        for table in ("people", "subscriptions", "deliveries", "outbox"):
            rows = await connection.exec_driver_sql(f"SELECT * FROM {table}")
            assert rows.all() == [], table
