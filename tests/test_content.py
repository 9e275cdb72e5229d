"""The shipped content, and what becomes of authored files that are right."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content import ContentErrors, Mistake, fingerprint, load
from bot.domain.kinds import Choose, Daily, Kind, Single
from bot.domain.library import Library
from bot.domain.polls import Poll, rules_of
from bot.domain.tips import Audience, Quiz, Subject, Tip, Wording
from handlers import COMMANDS
from tests.content_samples import CAMPAIGN, GOOD, LOCAL, LOCAL_ENTRY, PHRASE, POLL, SOURCE, TIP, TODAY, tip, write

SHIPPED = Path(__file__).parents[1] / "content"
# What is counted; 十大 and 九大 are names.
FIGURE = re.compile("[0-9百]多?[万亿]?多?(?:元|人|家|个|场|部|条|所|名|组)|五家")
KINDS = ("campaigns", "local", "phrases", "polls", "tips")


def shipped_copy(folder: Path) -> Path:
    """The shipped content as far as it is there, with a phrase where no phrase file is."""
    for kind in KINDS:
        if (SHIPPED / kind).is_dir():
            shutil.copytree(SHIPPED / kind, folder / kind)
    return folder if any(folder.glob("phrases/*.toml")) else write(folder, {"phrases/a.toml": PHRASE})


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return load(shipped_copy(tmp_path_factory.mktemp("content")), TODAY)


def test_shipped_tips_are_enough_for_a_year_and_whole_in_both_languages(shipped: Library) -> None:
    assert len(shipped.tips) >= 366
    for one in shipped.tips:
        for wording in (one.chinese, one.english):
            assert wording, one.id
            assert wording.why, one.id
            assert wording.quiz, one.id
            assert len(wording.quiz.answers) == 3, one.id
        assert one.topic, one.id


def test_a_figure_of_a_period_is_told_with_it(shipped: Library) -> None:
    for entry in shipped.knowledge.entries.values():
        if entry.period in ("", "报道未写") or not FIGURE.search(entry.answer):
            continue
        periods = entry.period.removeprefix("行动").partition("（")[0].split("，")
        assert any(period in entry.answer for period in periods), entry.id


def test_shipped_tips_are_balanced(shipped: Library) -> None:
    topics = Counter(one.topic for one in shipped.tips)
    audiences = Counter(one.audience for one in shipped.tips)
    right = Counter(one.right for one in shipped.tips)

    assert set(topics) == set(get_args(Subject))
    assert set(audiences) == set(get_args(Audience))
    assert max(topics.values()) < 3 * min(topics.values())
    assert max(right.values()) < 1.1 * min(right.values())


def test_shipped_poll_is_the_demonstration(shipped: Library) -> None:
    poll = shipped.polls["nanyue-stories"]
    assert poll.demo
    assert poll.title == "【演示】你最想让更多人知道哪件事？"
    assert poll.channels == {"telegram", "wechat", "web", "terminal"}
    assert poll.state(datetime(2026, 11, 22, tzinfo=UTC)) == "open"
    assert [(option.number, option.title) for option in poll.options] == [
        (1, "紫荆云陪伴"),
        (2, "E成长计划"),
        (3, "我为驻点村代言"),
        (4, "辟谣特工队"),
        (5, "云游博物馆"),
        (6, "南粤大爱 网结同心"),
        (7, "红色文化网上活化"),
        (8, "百千万教师培训"),
    ]


@pytest.mark.parametrize(
    ("option", "figures"),
    [
        (1, ["超5000小时", "1万人次"]),
        (2, ["2016年", "5年来", "10多万人"]),
        (3, ["江门", "10名"]),
        (5, ["五家"]),
        (6, ["两年来", "232组"]),
        (8, ["近2万所", "近3万名"]),
    ],
)
def test_candidates_keep_the_reports_figures(shipped: Library, option: int, figures: list[str]) -> None:
    summary = shipped.polls["nanyue-stories"].option(str(option)).summary
    assert all(figure in summary for figure in figures)


def test_what_is_written_is_what_is_loaded(tmp_path: Path) -> None:
    source = '[source]\npublisher = "南方日报"\ntitle = "报道"\ndate = 2021-04-27\n'
    opens = "opens_at = 2026-12-01T09:00:00+08:00\n"
    library = load(
        write(
            tmp_path,
            GOOD
            | {
                "campaigns/a.toml": CAMPAIGN.replace("[[entry]]", f"{source}[[entry]]"),
                "polls/a.toml": POLL.replace("[[option]]", f"{opens}[[option]]"),
            },
        ),
        TODAY,
    )
    entry = library.knowledge.entries["zijing-what"]
    assert (entry.topic, entry.questions) == ("zijing", ("紫荆云是什么", "介绍紫荆云"))
    assert entry.source is not None
    assert entry.source.date == date(2021, 4, 27)
    assert [topic.title for topic in library.topics] == ["紫荆云陪伴"]
    assert library.polls["demo"].opens_at == datetime(2026, 12, 1, 1, tzinfo=UTC)
    assert library.phrases.say("en", "home.hello", name="Li") == "Hello, Li"


REAL = 'organiser = "a"\ncontact = "b"\nrules = "c"\neligibility = "d"\n'
CLOSES = "closes_at = 2026-12-02T09:00:30+08:00\n"


def poll_of(folder: Path, lines: str) -> Poll:
    return load(write(folder, GOOD | {"polls/a.toml": POLL.replace("demo = true\n", lines)}), TODAY).polls["demo"]


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ("", Single()),
        ("revote = false\n", Single(revote=False)),
        ('kind = "choose"\nchoose = 1\n', Choose(1)),
        ('kind = "choose"\nchoose = 1\nrevote = false\n', Choose(1, revote=False)),
        ('kind = "daily"\nper_day = 5\n', Daily(5, 5)),
        ('kind = "daily"\nper_day = 5\nper_option_per_day = 2\n', Daily(5, 2)),
    ],
)
def test_the_kinds_of_polls(tmp_path: Path, lines: str, kind: Kind) -> None:
    assert poll_of(tmp_path, f"demo = true\n{lines}").kind == kind


@pytest.mark.parametrize(
    ("lines", "results", "joined"),
    [
        ("demo = true\n", "live", "any"),
        (f"demo = true\n{CLOSES}", "live", "any"),
        (REAL, "live", "before-opening"),
        (f"{REAL}{CLOSES}", "hidden", "before-opening"),
        (f'{REAL}{CLOSES}results = "delayed"\njoined = "any"\n', "delayed", "any"),
        (f'demo = true\n{CLOSES}results = "hidden"\njoined = "before-opening"\n', "hidden", "before-opening"),
    ],
)
def test_a_real_poll_is_careful_unless_it_says_otherwise(tmp_path: Path, lines: str, results: str, joined: str) -> None:
    poll = poll_of(tmp_path, lines)
    assert (poll.results, poll.joined, poll.zone) == (results, joined, "Asia/Shanghai")


@pytest.mark.parametrize(
    ("lines", "watched"), [(REAL, True), (f"{REAL}holds = false\n", False), ("demo = true\n", False)]
)
def test_suspicious_votes_of_a_real_poll_are_held_unless_it_says_otherwise(
    tmp_path: Path, lines: str, watched: bool
) -> None:
    assert poll_of(tmp_path, lines).is_watched == watched


def test_the_rules_of_a_poll_as_they_are_published(tmp_path: Path) -> None:
    lines = 'kind = "daily"\nper_day = 5\nper_option_per_day = 2\n' + CLOSES
    poll = poll_of(tmp_path, f"{REAL}{lines}opens_at = 2026-12-01T09:00:00+08:00\n")
    assert rules_of(poll) == {
        "poll": "demo",
        "title": "演示",
        "kind": "daily",
        "choose": None,
        "per_day": 5,
        "per_option_per_day": 2,
        "revote": False,
        "results": "hidden",
        "opens_at": "2026-12-01T09:00:00+08:00",
        "closes_at": "2026-12-02T09:00:30+08:00",
        "zone": "Asia/Shanghai",
        "channels": ["telegram", "wechat"],
        "joined": "before-opening",
        "holds": True,
        "options": [{"id": "a", "number": 1, "title": "甲", "category": "", "withdrawn": False}],
    }


def test_the_rules_of_the_shipped_poll_as_they_are_published(shipped: Library) -> None:
    opening = datetime(2026, 11, 23, tzinfo=UTC)
    rules = rules_of(shipped.polls["nanyue-stories"], opening)
    expected = ("single", None, None, None, True, "live", "2026-11-23T00:00:00+00:00", None, "any")
    keys = ("kind", "choose", "per_day", "per_option_per_day", "revote", "results", "opens_at", "closes_at", "joined")
    assert tuple(rules[key] for key in keys) == expected
    assert json.loads(json.dumps(rules)) == rules


def test_what_is_on_now_comes_first_and_may_be_asked_in_the_words_of_what_was(tmp_path: Path) -> None:
    asked = LOCAL.replace("紫荆云怎么报名", "紫荆云是什么")
    new = f'id = "class"\ntitle = "手机课"\nvalid_until = {TODAY}\n{SOURCE}{LOCAL_ENTRY}'
    new = new.replace("zijing-now", "class-what").replace("紫荆云", "手机课")
    library = load(write(tmp_path, GOOD | {"local/a.toml": asked, "local/b.toml": new}), TODAY)
    assert list(library.knowledge.entries) == ["zijing-now", "class-what", "zijing-what"]
    entry = library.knowledge.entries["zijing-now"]
    assert (entry.topic, entry.valid_until) == ("zijing", date(2026, 11, 30))
    assert [topic.title for topic in library.topics] == ["手机课", "紫荆云陪伴"]
    found = library.knowledge.search("紫荆云是什么").answer
    assert found is not None
    assert found.entry is entry
    assert {review.file for review in library.unreviewed(TODAY)} == set(GOOD) | {"local/b.toml"}


def test_what_has_expired_is_left_out_whatever_is_in_it(tmp_path: Path) -> None:
    """A file of last year neither stands in the way of this year's nor has to be put right."""
    old = LOCAL.replace("2026", "2025")
    files = GOOD | {"local/old.toml": old, "local/odd.toml": f"{old}[[entry]]\nanswer = 7\n"}
    library = load(write(tmp_path, files), TODAY)
    assert list(library.knowledge.entries) == ["zijing-now", "zijing-what"]
    assert {review.file for review in library.reviews} == set(files)
    assert {review.file for review in library.unreviewed(TODAY)} == set(GOOD)


@pytest.mark.parametrize(("day", "is_said"), [(date(2026, 11, 30), True), (date(2026, 12, 1), False)])
def test_the_last_day_still_counts(tmp_path: Path, day: date, is_said: bool) -> None:
    write(tmp_path, GOOD)
    assert ("zijing-now" in load(tmp_path, day).knowledge.entries) is is_said
    later = load(tmp_path, TODAY)
    assert later.has_expired(day) is not is_said
    assert ("zijing-now" in later.as_of(day).knowledge.entries) is is_said


def test_a_new_topic_goes_with_its_last_entry(tmp_path: Path) -> None:
    new = LOCAL.replace('topic = "zijing"', 'id = "class"\ntitle = "手机课"')
    library = load(write(tmp_path, GOOD | {"local/a.toml": new}), TODAY)
    assert [topic.id for topic in library.topics] == ["class", "zijing"]
    assert [topic.id for topic in library.as_of(date(2026, 12, 1)).topics] == ["zijing"]


def filled_in(example: str) -> str:
    """The example with real words in the place of what it leaves open."""
    return example.replace("某某", "文明").translate(str.maketrans("（）", "。。")).replace("(", "").replace(")", "")


def test_the_shipped_example_is_not_loaded_and_can_be_copied(shipped: Library, tmp_path: Path) -> None:
    assert shipped.knowledge.current == ()
    example = (SHIPPED / "local" / "_example.toml").read_text()
    folder = write(shipped_copy(tmp_path), {"local/copied.toml": example})
    assert load(folder, TODAY).knowledge.current == (), "nothing is said before its author has set the last day"
    day = date(2026, 1, 31)
    with pytest.raises(ContentErrors, match=r"local/copied.toml") as unfilled:
        load(folder, day)
    assert len(unfilled.value.mistakes) > 10, "nor before its words are real ones"
    write(folder, {"local/copied.toml": filled_in(example)})
    assert [entry.topic for entry in load(folder, day).knowledge.current] == ["zijing"]


def test_tips_of_different_files_take_turns(tmp_path: Path) -> None:
    more = tip("b1", "先问再转账。") + tip("b2", "睡前放下手机。")
    library = load(write(tmp_path, GOOD | {"tips/b.toml": more, "tips/c.toml": tip("c1", "谢谢一位网友。")}), TODAY)
    assert [one.id for one in library.tips] == ["lock", "b1", "c1", "b2"]


WHOLE = """[[tip]]
id = "ask-first"
audience = "elders"
topic = "scams"
text = "拿不准，先打 96110 问一问。"
english = "Not sure? Ring 96110 and ask."
why = "多问一句，不急着转账。"
english_why = "One more question slows the money down."
question = "拿不准的时候，先做什么？"
english_question = "Not sure: what comes first?"
answers = ["问一问", "转了再说"]
english_answers = ["Ask", "Pay, then see"]
right = 1
because = "问一问不花钱。"
english_because = "Asking costs nothing."
source = "反诈预警劝阻专线 96110（公安部）"
season = ["09-01", "09-10"]
"""


def test_all_of_a_tip_is_loaded(tmp_path: Path) -> None:
    (found,) = load(write(tmp_path, GOOD | {"tips/a.toml": WHOLE}), TODAY).tips
    assert found == Tip(
        id="ask-first",
        chinese=Wording(
            "拿不准，先打 96110 问一问。",
            "多问一句，不急着转账。",
            Quiz("拿不准的时候，先做什么？", ("问一问", "转了再说"), "问一问不花钱。"),
        ),
        english=Wording(
            "Not sure? Ring 96110 and ask.",
            "One more question slows the money down.",
            Quiz("Not sure: what comes first?", ("Ask", "Pay, then see"), "Asking costs nothing."),
        ),
        audience="elders",
        topic="scams",
        right=1,
        source="反诈预警劝阻专线 96110（公安部）",
        season="09-01..09-10",
    )


def test_files_for_people_and_editors_are_ignored(tmp_path: Path) -> None:
    junk = {"README.md": "#", "tips/_draft.toml": "?", "tips/.a.toml.swp": "?", "tips/a.toml~": "?", ".git/x": "?"}
    assert load(write(tmp_path, GOOD | junk), TODAY).tips


def test_a_windows_editors_file_is_read(tmp_path: Path) -> None:
    windows = TIP.replace("\n", "\r\n").encode("utf-8-sig")
    assert load(write(tmp_path, GOOD | {"tips/a.toml": windows}), TODAY).tips[0].id == "lock"


def test_the_fingerprint_changes_with_the_authored_files_alone(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    before = fingerprint(tmp_path)
    assert hash(before) == hash(fingerprint(tmp_path))
    write(tmp_path, {"tips/_draft.toml": "?", "tips/a.toml~": "?"})
    assert fingerprint(tmp_path) == before
    os.utime(tmp_path / "tips/a.toml", ns=(1, 1))
    touched = fingerprint(tmp_path)
    assert touched != before
    write(tmp_path, {"tips/b.toml": TIP})
    assert fingerprint(tmp_path) not in (before, touched)
    (tmp_path / "tips/b.toml").unlink()
    assert fingerprint(tmp_path) == touched
    assert fingerprint(tmp_path / "nowhere") == ()


def test_the_authors_guide_can_be_copied(tmp_path: Path) -> None:
    guide = (SHIPPED / "README.md").read_text()
    blocks = re.findall(r"```toml\n(# (\S+)\n.*?)```", guide, re.DOTALL)
    assert sorted(name.split("/")[0] for _, name in blocks) == list(KINDS)
    folder = shipped_copy(tmp_path)
    for block, name in blocks:
        with (folder / name).open("a") as file:
            file.write(f"\n{filled_in(block) if name.startswith('local/') else block}")
    library = load(folder, TODAY)
    assert {"example-2027", "nanyue-stories"} <= set(library.polls)
    assert "example-tip" in {one.id for one in library.tips}


def _spliced(good: str, start: int, length: int, piece: bytes) -> bytes:
    data = good.encode()
    return data[:start] + piece + data[start + length :]


_TEXTS = [TIP, PHRASE, CAMPAIGN, LOCAL, POLL]


_pieces = st.one_of(
    st.binary(max_size=20),
    st.text(max_size=20).map(str.encode),
    st.sampled_from(list("[]{}=\"'.,#\\\n\r\x00\u2028\ufeff1好")).map(str.encode),
    st.sampled_from([*_TEXTS, "true", "2021-04-27", "T09:00:00+08:00", '"""', "a.b.c", "{x:{y}}"]).map(str.encode),
)
_contents = st.one_of(
    st.binary(max_size=200),
    st.builds(_spliced, st.sampled_from(_TEXTS), st.integers(0, 150), st.integers(0, 30), _pieces),
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(GOOD)), _contents, min_size=1))
def test_whatever_a_file_holds_only_content_errors_come_out(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as folder:
        write(Path(folder), GOOD | files)
        told = _mistakes_of(Path(folder))
        lines = {name: (Path(folder) / name).read_bytes().count(b"\n") + 1 for name in GOOD}
    assert all(1 <= mistake.line <= lines[mistake.file] for mistake in told)


def _mistakes_of(folder: Path) -> tuple[Mistake, ...]:
    try:
        load(folder, TODAY)
    except ContentErrors as errors:
        return errors.mistakes
    return ()


def test_keys_nested_deeper_than_the_stack_are_no_crash(tmp_path: Path) -> None:
    deep = ".".join(["a"] * 3_000)
    told = _mistakes_of(write(tmp_path, dict.fromkeys(GOOD, f"[{deep}]\nzh = 1\n")))
    assert {mistake.file for mistake in told} == set(GOOD)


def test_content_knows_neither_handlers_nor_channels() -> None:
    code = "import sys, bot.content; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    outside = ("handlers", "bot.channels", "bot.storage", "bot.app", "telegram", "sqlalchemy", "starlette")
    assert not [name for name in loaded if name.startswith(outside)]


def test_the_shipped_menu_has_what_most_people_come_for() -> None:
    menu = load(SHIPPED, TODAY, COMMANDS).menus["wechat"]
    commands = {item.command for button in menu.items for item in (button, *button.items)}
    assert {"/ask", "/tip", "/subscribe", "/stories", "/results", "/story", "/help"} <= commands
