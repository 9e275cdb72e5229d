import pytest

from bot.app import App
from bot.channels.telegram.profile import COMMANDS, GROUP_COMMANDS
from bot.config import Settings
from bot.domain.library import Library
from bot.messages import Medium
from tests.conftest import Clock
from tests.handlers.conftest import Line, Talk, hold, labels

MENU = ("[问活动]", "[今日一招]", "[好网民投票]", "[更多]")

TRADITIONAL_MENU = ("[問活動]", "[今日一招]", "[好網民投票]", "[更多]")

CONVERSATIONS: dict[str, tuple[Line, ...]] = {
    "welcome": (
        (
            "/start",
            "网络素养小助手（开源版）",
            "我是开源的自动问答程序，不是政府部门或报社的官方账号，也不是真人。",
            *MENU,
        ),
    ),
    "welcome by a word": (("开始", *MENU), ("0", *MENU), ("菜单", *MENU), ("返回", *MENU), ("您好！", *MENU)),
    "welcome in traditional script": (("開始", *TRADITIONAL_MENU), ("主頁", *TRADITIONAL_MENU), ("0", "[問活動]")),
    "more": (
        ("/start",),
        ("> 更多", "[订阅]", "[我的]", "[关于]", "[帮助]"),
        ("> 关于", "不是政府部门", "运行者：网络素养小助手（开源版）", "2021年4月27日", "[我的]", "[首页]"),
        ("> 首页", *MENU),
    ),
    "more by numbers": (
        ("/start",),
        ("4", "[关于]"),
        ("３", "运行者"),
        ("关于", "运行者"),
        ("0", *MENU),
    ),
    "traditional words": (
        ("訂閱", "每天幾點", "[早上 7:30]"),
        ("關於", "運行者"),
        ("幫助", "直接打字問我就行"),
        ("我嘅", "我存着"),
        ("好網民投票", "演示投票", "[下一頁]"),
        ("> 下一頁", "8 號", "[上一頁]"),
        ("投票 3", "投好了", "[看結果]"),
        ("订阅", "每天几点", "[首页]"),
    ),
    "help": (("怎么用", "订阅 8点", "0 —— 回首页", *MENU), ("?", "直接打字问我就行"), ("/help", "直接打字")),
    "manners": (
        ("谢谢！", "不客气", *MENU),
        ("唔該晒", "不客氣"),
        ("再见", "再见"),
        ("在吗", "我在呢", *MENU),
        ("早上好", "我在呢"),
        ("我好累", "我在呢"),
    ),
    "a way out": (("取消", "什么都没有改", *MENU), ("退出", "什么都没有改"), ("算了", "什么都没有改")),
    "unknown command": (("/abracadabra", "不认识这个命令", *MENU), ("/", "不认识这个命令"), ("//x y", "不认识")),
    "too long": (("问" * 20_000, "太长", "2000", *MENU), ("a" * 20_000, "too long", "2000")),
    "only emoji": (("😀😀👍", "我在呢", *MENU), ("👨‍👩‍👧", "我在呢"), ("❤️", "我在呢")),
    "controls": (("\x00\x07\x1b", "我只看得懂文字", *MENU), ("\u200b\u202e", "我只看得懂文字"), ("   ", "文字")),
    "marks": (("……", "我在呢"), ("？？", "我在呢"), ("。", "我在呢")),
    "numbers that mean nothing": (("999", "我不知道这个数字", *MENU), ("2147483648999", *MENU)),
    "english": (
        ("hello", "Hello!", "not a person", "[Ask]", "[Today's tip]", "[Vote]", "[More]"),
        ("> More", "You can also", "[Subscribe]"),
        ("> About", "Run by"),
        ("0", "Hello!"),
        ("2", "Today's tip:"),
        ("/tip", "Today's tip:"),
        ("😀", "I am here!"),
        ("12345678", "not sure what this number means"),
        ("你好", "你好！", *MENU),
        ("2", "今日一招："),
    ),
    "english manners": (("thanks", "You are welcome"), ("cancel", "nothing was changed"), ("bye", "Goodbye")),
    "english goes on with a sticker": (("help", "subscribe 7:30"), ("\u200b", "I can only read words")),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_conversation(talk: Talk, name: str) -> None:
    await hold(talk, *CONVERSATIONS[name])


async def test_the_welcome_is_two_sentences(talk: Talk) -> None:
    reply = await talk.says("/start")
    assert reply.text.count("。") == 2
    assert len(reply.text.splitlines()) == 2
    assert labels(reply) == ["问活动", "今日一招", "好网民投票", "更多"]


MEDIA: dict[Medium, tuple[str, str]] = {
    "": ("我只看得懂文字", "I can only read words"),
    "voice": ("语音我还听不懂", "voice messages"),
    "sticker": ("表情收到啦", "Nice one"),
    "photo": ("发“投稿”", "send “story”"),
    "location": ("没有记下来", "have not kept it"),
    "video": ("视频我看不了", "watch videos"),
    "document": ("先别点开", "do not open a file"),
}


@pytest.mark.parametrize("medium", MEDIA)
async def test_what_has_no_words_gets_a_helpful_sentence(talk: Talk, medium: Medium) -> None:
    chinese, english = MEDIA[medium]
    reply = await talk.says("", wordless=True, medium=medium)
    assert chinese in reply.text
    assert "问活动" in labels(reply)
    await talk.says("hello")
    assert english in (await talk.says("", wordless=True, medium=medium)).text


@pytest.mark.parametrize("before", [(), (("投稿",),)])
async def test_words_that_cannot_wait_are_heard_below_a_picture(talk: Talk, before: tuple[Line, ...]) -> None:
    await hold(talk, *before)
    reply = await talk.says("我不想活了", photo="AgAC", medium="photo")
    assert "12356" in reply.text
    assert reply.buttons == ()


async def test_who_runs_it_is_told(settings: Settings, library: Library, clock: Clock) -> None:
    told = {
        "operator_name": "某某文明办",
        "operator_official": True,
        "operator_contact": "020-12345678",
        "icp_number": "粤ICP备1号",
    }
    async with App(settings.model_copy(update=told), library, clock).running() as app:
        talk = Talk(app)
        await hold(
            talk,
            ("/start", "某某文明办", "不是真人", "! 不是政府部门"),
            ("关于", "某某文明办", "020-12345678", "粤ICP备1号"),
        )


@pytest.mark.parametrize("name", GROUP_COMMANDS)
async def test_what_a_group_is_offered_works_there(reader: Talk, name: str) -> None:
    reply = await reader.says(f"/{name}", chat="-1001789012345")
    assert reply.text
    assert "和我单独聊" not in reply.text


@pytest.mark.parametrize("name", COMMANDS)
async def test_what_a_private_chat_is_offered_is_known(reader: Talk, name: str) -> None:
    assert "不认识这个命令" not in (await reader.says(f"/{name}")).text
