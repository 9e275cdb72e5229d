"""Every mistake in authored files is told with file and line, and what to do about it."""

import re
from pathlib import Path

import pytest

from bot.content import ContentErrors, Mistake, load
from handlers import COMMANDS
from tests.content_samples import (
    CAMPAIGN,
    ENTRY,
    GOOD,
    LOCAL,
    LOCAL_ENTRY,
    OPTION,
    PHRASE,
    POLL,
    SOURCE,
    TIP,
    TODAY,
    mistakes,
    tip,
    write,
)

OTHER_OPTION = OPTION.replace('"a"', '"b"')
MANY_CATEGORIES = "".join(
    f'[[option]]\nid = "o-{n}"\nnumber = {n}\ntitle = "甲"\ncategory = "{n} 类"\n' for n in range(1, 14)
)


def poll_with(lines: str) -> str:
    """The rules come after line 3."""
    return POLL.replace("demo = true\n", f"demo = true\n{lines}\n")


def quiz(answers: str = '["锁", "不锁"]', right: str = "1", because: str = "稳当。") -> str:
    """A tip whose answers stand on line 5."""
    return f'{TIP}question = "锁不锁？"\nanswers = {answers}\nright = {right}\nbecause = "{because}"\n'


BUTTON = '[[button]]\nname = "学一招"\n'
ITEMS = "".join(f'[[button.item]]\nname = "第 {n} 个"\ncommand = "/tip"\n' for n in range(1, 7))
OTHER_TIP = tip("b", "出门前想一想今天要带的东西。")
LONG_TEXT = TIP.replace("锁上手机。", "长" * 121)
BROKEN = [
    # file, content, line, words in the sentence
    ("menus/wechat.toml", "", 1, ["[[button]]"]),
    ("menus/qq.toml", f'{BUTTON}command = "/tip"\n', 1, ["wechat.toml"]),
    ("menus/wechat.toml", f'{BUTTON}command = "/tip"\n' * 4, 1, ["button", "4", "3"]),
    ("menus/wechat.toml", f"{BUTTON}{ITEMS}", 1, ["item", "6", "5"]),
    ("menus/wechat.toml", BUTTON, 1, ["command、page、url"]),
    ("menus/wechat.toml", f'{BUTTON}command = "/tip"\nurl = "https://a.example"\n', 4, ["其中一个"]),
    ("menus/wechat.toml", f'{BUTTON}command = "/tip"\n{ITEMS[:48]}', 3, ["[[button.item]]", "command"]),
    ("menus/wechat.toml", '[[button]]\nname = "好网民们好"\ncommand = "/tip"\n', 2, ["4 个汉字"]),
    ("menus/wechat.toml", '[[button]]\nname = "abcdefgh\U0001f600"\ncommand = "/tip"\n', 2, ["16 个字节"]),
    ("menus/wechat.toml", f'{BUTTON}[[button.item]]\nname = "一二三四五六七八"\ncommand = "/tip"\n', 4, ["7 个汉字"]),
    ("menus/wechat.toml", f'{BUTTON}command = "今日一招"\n', 3, ["斜杠"]),
    ("menus/wechat.toml", f'{BUTTON}command = "/stories {"长" * 40}"\n', 3, ["129", "128"]),
    ("menus/wechat.toml", f'{BUTTON}url = "mp.weixin.qq.com"\n', 3, ["https://"]),
    ("menus/wechat.toml", f'{BUTTON}url = "https://{"a" * 1020}"\n', 3, ["1028", "1024"]),
    ("menus/wechat.toml", f'{BUTTON}page = "polls"\n', 3, ["网页", "slash"]),
    ("menus/wechat.toml", f'{BUTTON}comand = "/tip"\n', 3, ["“comand”", "“command”"]),
    ("tips/a.toml", b"# \xe5\xa5\xbd\n\xff\xfe", 2, ["UTF-8"]),
    ("tips/a.toml", '[[tip]]\nid = "a"\ntext = “你好”\n', 3, ["引号", "Broken TOML"]),
    ("tips/a.toml", f'{TIP}text = "again"\n', 4, ["写过了", "Broken TOML"]),
    ("tips/a.toml", '[[tip]]\nid = "a"\ntext = """abc\n', 3, ["Broken TOML"]),
    ("tips/a.toml", f"x = {'[' * 100_000}", 1, ["Broken TOML"]),
    ("tips/a.toml", f"x = {'9' * 5_000}", 1, ["Broken TOML"]),
    ("tips/a.toml", "", 1, ["[[tip]]"]),
    ("tips/a.toml", 'tip = "x"', 1, ["[[tip]]"]),
    ("tips/a.toml", TIP.replace("[[tip]]", "[[tips]]"), 1, ["“tips”", "“tip”"]),
    ("tips/a.toml", f"\n{TIP}{TIP}", 6, ["“lock”", "tips/a.toml:3"]),
    ("tips/a.toml", LONG_TEXT, 3, ["121", "120"]),
    ("tips/a.toml", f'{TIP}english = "{"a" * 121}"\n', 4, ["english", "121", "120"]),
    ("tips/a.toml", TIP.replace("lock", "Lock it"), 2, ["小写", "a-z"]),
    ("tips/a.toml", TIP.replace("text", "txet"), 3, ["“txet”", "“text”"]),
    ("tips/a.toml", TIP.replace('"lock"', "7"), 2, ["引号"]),
    ("tips/a.toml", f'{TIP}english = " "\n', 4, ["english", "空"]),
    ("tips/a.toml", f"{TIP}skip = 3\n", 4, ["skip", "true"]),
    ("tips/a.toml", f'{TIP}skip = ["2027-01-10"]\n', 4, ["skip", "2027-01-20"]),
    ("tips/a.toml", f'{TIP}skip = ["2027-01-10", "2027-01-09"]\n', 4, ["skip"]),
    ("tips/a.toml", f'{TIP}skip = ["2027-01-10", "2027-02-30"]\n', 4, ["skip"]),
    ("tips/a.toml", f"{TIP}skip = true\n", 4, ["至少要留一条"]),
    ("tips/a.toml", f'{TIP}swap = "nobody"\n', 4, ["“nobody”", "换不了"]),
    ("tips/a.toml", f'{TIP}swap = "lock"\n', 4, ["同一群人"]),
    ("tips/a.toml", f'{TIP}swap = "b"\n{OTHER_TIP}audience = "elders"\n', 4, ["同一群人"]),
    ("tips/a.toml", f'{TIP}swap = "b"\n{OTHER_TIP}season = "spring-festival"\n', 4, ["不分季节"]),
    ("tips/a.toml", f'{TIP}swap = "b"\n{OTHER_TIP}swap = "lock"\n', 8, ["换过位置"]),
    ("tips/b.toml", f"# more\n{TIP}", 3, ["“lock”", "tips/a.toml:2"]),
    ("tips/a.toml", f'{TIP}audience = "grandmas"\n', 4, ["elders", "children"]),
    ("tips/a.toml", f'{TIP}topic = "football"\n', 4, ["scams", "passwords"]),
    ("tips/a.toml", f'{TIP}why = "{"长" * 81}"\n', 4, ["81", "80"]),
    ("tips/a.toml", f'{TIP}question = "{"长" * 61}"\n', 4, ["61", "60"]),
    ("tips/a.toml", f'{TIP}source = "{"长" * 61}"\n', 4, ["61", "60"]),
    ("tips/a.toml", f'{TIP}english = "Lock it."\nwhy = "好。"\n', 5, ["english_why"]),
    ("tips/a.toml", f'{TIP}question = "锁不锁？"\nanswers = ["锁", "不锁"]\nright = 1\n', 4, ["because"]),
    ("tips/a.toml", quiz(because=""), 7, ["because", "空"]),
    ("tips/a.toml", quiz(answers='["锁"]'), 5, ["2 到 3 个"]),
    ("tips/a.toml", quiz(answers='["锁", "不锁", "看看", "等等"]'), 5, ["2 到 3 个"]),
    ("tips/a.toml", quiz(answers='["锁", "锁"]'), 5, ["一样"]),
    ("tips/a.toml", quiz(answers=f'["锁", "{"长" * 21}"]'), 5, ["21", "20"]),
    ("tips/a.toml", quiz(right="3"), 6, ["right", "1 到 2"]),
    ("tips/a.toml", quiz(right="-1"), 6, ["right", "1 到 2"]),
    ("tips/a.toml", f'{quiz()}english_answers = ["Yes", "No", "Maybe"]\n', 8, ["一样多"]),
    ("tips/a.toml", TIP.replace("锁上手机。", "有事打 12377。"), 3, ["12377", "source"]),
    ("tips/a.toml", f'{TIP}why = "《反电信网络诈骗法》这样说。"\n', 4, ["反电信", "source"]),
    ("tips/a.toml", f'{TIP}season = "summer"\n', 4, ["“summer”", "spring-festival"]),
    ("tips/a.toml", f'{TIP}season = ["02-30", "03-01"]\n', 4, ["09-01"]),
    ("tips/a.toml", f'{TIP}season = ["09-01"]\n', 4, ["09-01"]),
    ("tips/a.toml", f"{TIP}season = 9\n", 4, ["09-01"]),
    (
        "tips/b.toml",
        tip("keep", "睡前收起平板吧。") + tip("too", "睡前收起平板。"),
        6,
        ["几乎一样", "tips/b.toml:3"],
    ),
    ("phrases/a.toml", 'hello = "你好"\n', 1, ["[home.welcome]"]),
    ("phrases/a.toml", '[a]\nen = "x"\n', 1, ["zh", "缺少"]),
    ("phrases/a.toml", f'{PHRASE}fr = "Salut"\n', 4, ["“fr”"]),
    ("phrases/a.toml", PHRASE.replace("Hello, {name}", "Hello"), 3, ["{name}"]),
    ("phrases/a.toml", PHRASE.replace("，{name}", "，{name"), 2, ["成对"]),
    ("phrases/a.toml", PHRASE.replace("，{name}", "，{}"), 2, ["名字"]),
    ("phrases/a.toml", PHRASE.replace("，{name}", "，{name.x}"), 2, ["名字"]),
    ("phrases/a.toml", PHRASE.replace("，{name}", "，{name:>9}"), 2, ["名字"]),
    ("phrases/a.toml", '["a b"]\nzh = "x"\n', 1, ["[home.welcome]"]),
    ("phrases/b.toml", f"\n{PHRASE}", 2, ["home.hello", "phrases/a.toml:1"]),
    ("phrases/b.toml", '[home]\nhello.zh = "又"\n', 2, ["home.hello", "phrases/a.toml:1"]),
    ("campaigns/a.toml", 'id = "a"\ntitle = "甲"\n', 1, ["[[entry]]"]),
    ("campaigns/a.toml", CAMPAIGN.replace("answer", "anwser"), 7, ["“anwser”", "“answer”"]),
    ("campaigns/a.toml", CAMPAIGN.replace("title = ", "titel = ", 1), 2, ["“titel”", "“title”"]),
    ("campaigns/a.toml", CAMPAIGN.replace('["紫荆云是什么", "介绍紫荆云"]', "[]"), 6, ["questions", "至少"]),
    ("campaigns/a.toml", CAMPAIGN.replace("介绍紫荆云", ""), 6, ["questions", "空"]),
    ("campaigns/a.toml", CAMPAIGN.replace("介绍紫荆云", "\u200b"), 6, ["看得见"]),
    ("campaigns/a.toml", CAMPAIGN.replace("介绍紫荆云", " 紫荊雲是甚麼").replace("什么", "甚么"), 6, ["用过"]),
    (
        "campaigns/a.toml",
        CAMPAIGN.replace('", "', '",\n  # "一", \n  "紫荆云是什么",\n\n  "'),
        8,
        ["campaigns/a.toml:6"],
    ),
    ("campaigns/a.toml", f'{CAMPAIGN}[source]\ntitle = "报道"\ndate = 2021-04-27\n', 8, ["publisher"]),
    ("campaigns/b.toml", CAMPAIGN.replace("zijing-what", "b").replace("紫荆", "红棉"), 1, ["“zijing”"]),
    ("campaigns/b.toml", CAMPAIGN.replace('"zijing"', '"b"').replace("紫荆", "红棉"), 4, ["“zijing-what”"]),
    ("campaigns/a.toml", f"valid_until = 2026-11-30\n{CAMPAIGN}", 1, ["“valid_until”"]),
    ("local/a.toml", LOCAL.replace("valid_until = 2026-11-30\n", ""), 1, ["缺少 valid_until"]),
    ("local/a.toml", LOCAL.replace("valid_until", "valid_utnil"), 1, ["“valid_utnil”", "“valid_until”"]),
    ("local/a.toml", LOCAL.replace("2026-11-30", '"2026-11-30"'), 1, ["valid_until", "不带引号的日期"]),
    ("local/a.toml", LOCAL.replace("2026-11-30", "2026-11-30T18:00:00+08:00"), 1, ["valid_until", "日期"]),
    ("local/a.toml", LOCAL.replace("2026-11-30", "2026-11-31"), 1, ["没有这个日期", "Broken TOML"]),
    ("local/a.toml", LOCAL.replace('"zijing"', '"zijng"'), 2, ["“zijng”", "“zijing”"]),
    ("local/a.toml", LOCAL.replace('"zijing"', '"紫荆云陪伴"'), 2, ["“紫荆云陪伴”", "“zijing”"]),
    ("local/a.toml", LOCAL.replace('"zijing"', '"zijing"\nid = "b"'), 2, ["topic", "id"]),
    ("local/a.toml", LOCAL.replace('topic = "zijing"', 'id = "b"'), 1, ["topic", "title"]),
    ("local/a.toml", LOCAL.replace('topic = "zijing"', ""), 1, ["topic", "id"]),
    ("local/a.toml", LOCAL.replace("topic =", 'title = "紫荆"\nid ='), 3, ["“zijing”", "campaigns/a.toml:1"]),
    ("local/a.toml", LOCAL.replace(SOURCE, ""), 1, ["[source]", "publisher"]),
    ("local/a.toml", LOCAL.replace("date = 2026-11-20\n", ""), 3, ["date"]),
    ("local/a.toml", LOCAL.replace("zijing-now", "zijing-what"), 8, ["“zijing-what”", "campaigns/a.toml:4"]),
    ("local/a.toml", LOCAL.replace(LOCAL_ENTRY, ""), 1, ["[[entry]]"]),
    ("local/a.toml", LOCAL.replace("2026-11-20", "2026-11-24"), 6, ["还没有到", "future"]),
    ("local/a.toml", LOCAL.replace("学生会", "某某单位"), 4, ["某某", "example"]),
    ("local/a.toml", LOCAL.replace("11月30日前报名。", "（问谁，电话多少。）"), 11, ["圆括号", "example"]),
    ("local/a.toml", LOCAL + 'english = "(From when to when.)"\n', 12, ["brackets"]),
    ("local/a.toml", LOCAL.replace('["紫荆云怎么报名"]', '["紫荆云怎么报名", "(How can I join?)"]'), 10, ["brackets"]),
    ("local/a.toml", LOCAL + "unsaid = true\n", 12, ["unsaid"]),
    ("campaigns/a.toml", CAMPAIGN.replace(ENTRY, SOURCE.replace("2026-11-20", "2031-01-01") + ENTRY), 6, ["future"]),
    ("local/b.toml", LOCAL.replace("zijing-now", "b"), 10, ["紫荆云怎么报名", "local/a.toml:10"]),
    (
        "polls/a.toml",
        POLL.replace("demo = true\n", 'organiser = "a"\ncontact = "b"\nrules = "c"\n'),
        1,
        ["eligibility"],
    ),
    ("polls/a.toml", POLL.replace('"demo"', f'"{"a" * 25}"'), 1, ["25", "24"]),
    ("polls/a.toml", POLL.replace("demo = true", "demo = true\nopens_at = 2026-12-01T09:00:00"), 4, ["+08:00"]),
    ("polls/a.toml", POLL.replace("demo = true", "demo = true\nholds = true"), 4, ["holds"]),
    ("polls/a.toml", POLL.replace("demo = true", "demo = true\nopens_at = 2026-12-01"), 4, ["时间"]),
    ("polls/a.toml", POLL.replace("demo = true", 'demo = true\nchannels = ["telgram"]'), 4, ["telegram"]),
    ("polls/a.toml", POLL.replace("demo = true", "demo = true\nchannels = []"), 4, ["至少"]),
    (
        "polls/a.toml",
        POLL.replace("= true", "= true\nopens_at = 2026-12-01T09:00:00+08:00\ncloses_at = 2026-12-01T01:00:00Z"),
        5,
        ["截止"],
    ),
    ("polls/a.toml", poll_with('kind = "chose"'), 4, ["kind", "choose"]),
    ("polls/a.toml", poll_with('kind = "choose"'), 4, ["choose", "choose = 5"]),
    ("polls/a.toml", poll_with('kind = "daily"\nrevote = true\nper_day = 3'), 5, ["revote", "删掉"]),
    ("polls/a.toml", poll_with('kind = "daily"'), 4, ["per_day"]),
    ("polls/a.toml", poll_with('kind = "daily"\nper_day = 0'), 5, ["per_day", "1"]),
    ("polls/a.toml", poll_with('kind = "daily"\nper_day = 3\nper_option_per_day = 4'), 6, ["per_option_per_day"]),
    ("polls/a.toml", poll_with('kind = "choose"\nchoose = 2'), 5, ["choose", "1 个候选"]),
    ("polls/a.toml", poll_with("choose = 1"), 4, ['kind = "choose"']),
    ("polls/a.toml", poll_with("per_day = 1"), 4, ['kind = "daily"']),
    ("polls/a.toml", poll_with("per_option_per_day = 1"), 4, ['kind = "daily"']),
    ("polls/a.toml", poll_with('kind = "choose"\nchoose = "2"'), 5, ["choose", "整数"]),
    ("polls/a.toml", poll_with("revote = 0"), 4, ["revote", "true"]),
    ("polls/a.toml", poll_with('results = "later"'), 4, ["results", "delayed"]),
    ("polls/a.toml", poll_with('results = "hidden"'), 4, ["closes_at"]),
    ("polls/a.toml", poll_with('joined = "yesterday"'), 4, ["joined", "before-opening"]),
    ("polls/a.toml", poll_with('zone = "Beijing"'), 4, ["Asia/Shanghai"]),
    ("polls/a.toml", f"{POLL}withdrawn = 1\n", 8, ["withdrawn", "true"]),
    ("polls/a.toml", f'{POLL}category = "{"长" * 21}"\n', 8, ["category", "21", "20"]),
    ("polls/a.toml", POLL.replace(OPTION, MANY_CATEGORIES), 68, ["13", "12"]),
    ("polls/a.toml", f"{POLL}{OPTION.replace('1', '2')}", 9, ["“a”", "polls/a.toml:5"]),
    ("polls/a.toml", f"{POLL}{OTHER_OPTION}", 10, ["“1”", "polls/a.toml:6"]),
    ("polls/a.toml", POLL.replace('"a"', '"3"'), 5, ["number"]),
    ("polls/a.toml", POLL.replace("number = 1", "number = 0"), 6, ["1"]),
    ("polls/a.toml", POLL.replace("number = 1", 'number = "1"'), 6, ["整数"]),
    ("polls/a.toml", POLL.replace("[[option]]", "[option]"), 4, ["[[option]]"]),
    ("tip/a.toml", TIP, 1, ["“tip”", "“tips”"]),
    ("more.toml", TIP, 1, ["tips"]),
    ("tips/a.tml", TIP, 1, [".toml"]),
    ("tips/more/a.toml", TIP, 1, [".toml"]),
]


@pytest.mark.parametrize(("file", "content", "line", "words"), BROKEN)
def test_a_mistake_is_told_with_file_line_and_what_to_do(
    tmp_path: Path, file: str, content: str | bytes, line: int, words: list[str]
) -> None:
    (mistake,) = mistakes(write(tmp_path, GOOD | {file: content}))
    reported = "tip" if file == "tip/a.toml" else "tips/more" if "more/" in file else file
    assert (mistake.file, mistake.line) == (reported, line)
    assert all(word in mistake.text for word in words), mistake.text
    assert re.search(r"[一-鿿].*[A-Za-z]{3,}.*\.", mistake.text), "Chinese first, then English"


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    files = GOOD | {
        "tips/a.toml": TIP.replace("text", "txet") + LONG_TEXT,
        "tips/b.toml": b"\xff",
        "phrases/a.toml": PHRASE.replace("zh", "zn") + "[bye]\nzh = '{'\n",
        "campaigns/a.toml": CAMPAIGN.replace('id = "zijing"\n', "") + ENTRY,
        "local/a.toml": LOCAL.replace("answer", "anwser").replace("2026-11-30", '"soon"'),
        "polls/a.toml": f"{POLL}{OPTION}".replace("demo = true", "demo = 1"),
        "stories/a.toml": "",
    }
    found = {(mistake.file, mistake.line) for mistake in mistakes(write(tmp_path, files))}
    assert found == {
        ("tips/a.toml", 3),
        ("tips/a.toml", 5),
        ("tips/a.toml", 6),
        ("tips/b.toml", 1),
        ("phrases/a.toml", 1),
        ("phrases/a.toml", 2),
        ("phrases/a.toml", 5),
        ("campaigns/a.toml", 1),
        ("campaigns/a.toml", 8),
        ("campaigns/a.toml", 10),
        ("local/a.toml", 1),
        ("local/a.toml", 11),
        ("polls/a.toml", 1),
        ("polls/a.toml", 3),
        ("polls/a.toml", 9),
        ("polls/a.toml", 10),
        ("stories", 1),
    }


def test_a_topic_is_not_called_unknown_while_campaigns_cannot_be_read(tmp_path: Path) -> None:
    (mistake,) = mistakes(write(tmp_path, GOOD | {"campaigns/a.toml": CAMPAIGN.replace("id =", "id ")}))
    assert mistake.file == "campaigns/a.toml"


def test_lines_are_not_misled_by_long_texts(tmp_path: Path) -> None:
    answer = '"""\n[[entry]]\nid = "no" # no\n"""'
    first = CAMPAIGN.replace('"云支教。"', answer).replace("zijing-what", "zijing-first")
    first = first.replace("介绍紫荆云", "讲讲紫荆云").replace("紫荆云是什么", "紫荆云")
    text = f"{first}# [[entry]]\n{ENTRY.replace('answer', 'anwser')}"
    (mistake,) = mistakes(write(tmp_path, GOOD | {"campaigns/a.toml": text}))
    assert text.split("\n")[mistake.line - 1].startswith("anwser")


def test_no_tips_and_no_phrases_are_mistakes(tmp_path: Path) -> None:
    assert {mistake.file for mistake in mistakes(tmp_path)} == {"tips", "phrases"}


def test_a_missing_folder_is_one_mistake(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path / "nowhere")
    assert "CONTENT_DIR" in mistake.text


def test_a_link_to_nowhere_is_a_mistake(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "tips" / "b.toml").symlink_to(tmp_path / "gone.toml")
    (mistake,) = mistakes(tmp_path)
    assert (mistake.file, mistake.line) == ("tips/b.toml", 1)


def test_the_error_prints_a_mistake_per_line() -> None:
    error = ContentErrors([Mistake("b", 2, "two"), Mistake("a", 10, "ten"), Mistake("a", 9, "nine")])
    assert str(error) == "a:9: nine\na:10: ten\nb:2: two"


def test_a_button_of_a_menu_says_a_command_that_exists(tmp_path: Path) -> None:
    buttons = f'{BUTTON}command = "/tipp"\n{BUTTON}[[button.item]]\nname = "走了"\ncommand = "/left"\n'
    folder = write(tmp_path, GOOD | {"menus/wechat.toml": buttons})
    with pytest.raises(ContentErrors) as caught:
        load(folder, TODAY, COMMANDS)
    first, second = caught.value.mistakes
    assert (first.file, first.line, "“tip”" in first.text) == ("menus/wechat.toml", 3, True)
    assert (second.line, "/left" in second.text) == (8, True)
