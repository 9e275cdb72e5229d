"""The shipped content, and what becomes of authored files that are right."""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content import ContentErrors, Mistake, fingerprint, load
from bot.domain.library import Library
from tests.content_samples import CAMPAIGN, GOOD, PHRASE, POLL, TIP, write

SHIPPED = Path(__file__).parents[1] / "content"
KINDS = ("campaigns", "phrases", "polls", "tips")


def shipped_copy(folder: Path) -> Path:
    """The shipped content as far as it is there, with a phrase where no phrase file is."""
    for kind in KINDS:
        if (SHIPPED / kind).is_dir():
            shutil.copytree(SHIPPED / kind, folder / kind)
    return folder if any(folder.glob("phrases/*.toml")) else write(folder, {"phrases/a.toml": PHRASE})


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return load(shipped_copy(tmp_path_factory.mktemp("content")))


def test_shipped_tips_are_thirty_short_ones_in_both_languages(shipped: Library) -> None:
    assert len(shipped.tips) >= 30
    assert all(len(tip.text) <= 120 and tip.english for tip in shipped.tips)


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
        )
    )
    entry = library.knowledge.entries["zijing-what"]
    assert (entry.topic, entry.questions) == ("zijing", ("紫荆云是什么", "介绍紫荆云"))
    assert entry.source is not None
    assert entry.source.date == date(2021, 4, 27)
    assert [topic.title for topic in library.topics] == ["紫荆云陪伴"]
    assert library.polls["demo"].opens_at == datetime(2026, 12, 1, 1, tzinfo=UTC)
    assert library.phrases.say("en", "home.hello", name="Li") == "Hello, Li"


def test_tips_of_different_files_take_turns(tmp_path: Path) -> None:
    more = TIP.replace("lock", "b1") + TIP.replace("lock", "b2")
    library = load(write(tmp_path, GOOD | {"tips/b.toml": more, "tips/c.toml": TIP.replace("lock", "c1")}))
    assert [tip.id for tip in library.tips] == ["lock", "b1", "c1", "b2"]


def test_files_for_people_and_editors_are_ignored(tmp_path: Path) -> None:
    junk = {"README.md": "#", "tips/_draft.toml": "?", "tips/.a.toml.swp": "?", "tips/a.toml~": "?", ".git/x": "?"}
    assert load(write(tmp_path, GOOD | junk)).tips


def test_a_windows_editors_file_is_read(tmp_path: Path) -> None:
    windows = TIP.replace("\n", "\r\n").encode("utf-8-sig")
    assert load(write(tmp_path, GOOD | {"tips/a.toml": windows})).tips[0].id == "lock"


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
            file.write(f"\n{block}")
    library = load(folder)
    assert {"example-2027", "nanyue-stories"} <= set(library.polls)
    assert "lock-the-screen" in {tip.id for tip in library.tips}


def _spliced(good: str, start: int, length: int, piece: bytes) -> bytes:
    data = good.encode()
    return data[:start] + piece + data[start + length :]


_TEXTS = [TIP, PHRASE, CAMPAIGN, POLL]


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
    lines = {name: content.count(b"\n") + 1 for name, content in files.items()}
    assert all(1 <= mistake.line <= lines[mistake.file] for mistake in told)


def _mistakes_of(folder: Path) -> tuple[Mistake, ...]:
    try:
        load(folder)
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
