"""What was published at the desk, written back as files: the same library, and `check` accepts them."""

import argparse
from datetime import date
from pathlib import Path

import pytest
from msgspec import structs

from bot.commands.overlay import export_answers
from bot.config import PROJECT, Settings
from bot.content import load
from bot.content.export import Exported, export, written
from bot.content.written import faults_of
from bot.domain.answers import Answer, Layer, laid_over
from bot.domain.entries import Entry, Source
from bot.domain.revisions import Revision
from handlers import COMMANDS
from tests.content_samples import TODAY
from tests.domain.test_answers import published
from tests.shipped import shipped

FILES = shipped()
ENTRIES = FILES.knowledge.entries
HOURS, WHAT, QR = ENTRIES["zijing-hours"], ENTRIES["zijing-what"], ENTRIES["link-qr"]
NOTICE = Source("通知", "学生会", date(2026, 11, 20))
ODD = '“引号”"、\\\\、换行\n\n和 \t、\x7f、😀、\\u0041。'
NEW = Entry("zijing-n1", "zijing", "新的一条？", ("新的一条怎么问",), ODD, source=NOTICE)
NOW = Entry(
    "zijing-n2", "zijing", "现在怎么报名？", ("现在怎么报名云陪伴",), "打电话。", source=NOTICE, valid_until=TODAY
)


def layer(*revisions: Revision) -> Layer:
    return laid_over(FILES, revisions, faults_of, Layer(FILES, FILES, TODAY), 0)


def exported(over: Layer, folder: Path) -> Exported:
    """Its files say the same as the layer, in their order; what is on now goes by its file's name."""
    outcome = export(over, PROJECT / "content", folder)
    again = load(folder, TODAY, COMMANDS)
    assert again.knowledge.entries == over.library.knowledge.entries
    assert again.topics == over.library.topics
    for topic in (*again.topics, *again.guides):
        both = [
            [entry for entry in one.knowledge.all_of(topic.id) if not entry.valid_until]
            for one in (again, over.library)
        ]
        assert both[0] == both[1]
    return outcome


def test_nothing_published_is_a_copy(tmp_path: Path) -> None:
    assert exported(layer(), tmp_path / "new") == Exported((), (), (), ())
    for file in (PROJECT / "content").rglob("*"):
        copied = tmp_path / "new" / file.relative_to(PROJECT / "content")
        assert file.is_dir() or copied.read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("entry", "filed", "files"),
    [
        (structs.replace(HOURS, answer=ODD, title='题"目'), HOURS, ("campaigns/zijing.toml",)),
        (structs.replace(HOURS, source=NOTICE, period="", unsaid=True), HOURS, ("campaigns/zijing.toml",)),
        (structs.replace(QR, questions=(*QR.questions, "问\\法")), QR, ("guides/links.toml",)),
        (NEW, None, ("campaigns/zijing.toml",)),
        (NOW, None, ("local/desk-zijing-n2.toml",)),
        (structs.replace(HOURS, valid_until=TODAY), HOURS, ("campaigns/zijing.toml", "local/desk-zijing-hours.toml")),
    ],
)
def test_what_is_published_is_written_back(
    entry: Entry, filed: Entry | None, files: tuple[str, ...], tmp_path: Path
) -> None:
    over = layer(published(Answer(entry), filed))
    assert over.laid[entry.id].standing == "live"
    assert exported(over, tmp_path / "new") == Exported(files, (), (), ())


def test_all_of_it_at_once_and_what_is_retired_is_gone(tmp_path: Path) -> None:
    retired = [
        published(Answer(one, retired=True), one, 10 + number)
        for number, one in enumerate(FILES.knowledge.all_of("passwords"))
    ]
    over = layer(
        published(Answer(structs.replace(HOURS, answer="新。")), HOURS),
        published(Answer(structs.replace(WHAT, valid_until=TODAY)), WHAT, 2),
        published(Answer(NEW), None, 3),
        published(Answer(NOW), None, 4),
        *retired,
    )
    outcome = exported(over, tmp_path / "new")
    assert outcome.removed == ("guides/passwords.toml",)
    assert not (tmp_path / "new" / "guides" / "passwords.toml").exists()
    text = (tmp_path / "new" / "local" / "desk-zijing-n2.toml").read_text(encoding="utf-8")
    assert 'drafted_by = "lan"\nreviewed_by = "bo"\nreviewed_on = 2026-04-01' in text
    reviews = {review.file: review for review in load(tmp_path / "new", TODAY).reviews}
    assert reviews["local/desk-zijing-n2.toml"].reviewed_by == "bo"


def test_put_in_place_the_files_settle_what_was_published(tmp_path: Path) -> None:
    revisions = (published(Answer(structs.replace(HOURS, answer="新。")), HOURS), published(Answer(NEW), None, 2))
    export(layer(*revisions), PROJECT / "content", tmp_path / "new")
    files = load(tmp_path / "new", TODAY)
    over = laid_over(files, revisions, faults_of, Layer(files, files, TODAY), 0)
    assert over.library is files, "nothing lies over it any more"
    assert {laid.standing for laid in over.laid.values()} == {"live"}


def test_conflicts_and_broken_rows_leave_the_file_as_it_is(tmp_path: Path) -> None:
    changed = structs.replace(HOURS, answer="文件以前写的。")
    over = layer(
        published(Answer(structs.replace(HOURS, answer="新。")), changed),
        published(Answer(QR), QR, 2, body=b"?"),
    )
    outcome = export(over, PROJECT / "content", tmp_path / "new")
    assert outcome == Exported((), (), ("zijing-hours",), ("link-qr",))
    assert load(tmp_path / "new", TODAY).knowledge.entries == ENTRIES


def test_any_text_comes_back_as_it_was() -> None:
    import tomllib

    texts = [chr(code) for code in range(0x20, 0x800)] + ["\n", "\t", "\r", "\b", "\f", "\x00", "\x1f", "\u2028", "😀"]
    table = {"a": "".join(texts), "b": [True, 3, date(2026, 1, 1)], "c": {"d": "x", "e": [{"f": "g"}, {"f": "h"}]}}
    assert tomllib.loads(written(table)) == table


def test_the_command_without_a_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(data_dir=tmp_path / "none")
    assert export_answers(settings, argparse.Namespace(folder=tmp_path / "new")) == 2
    assert "还没有数据库" in capsys.readouterr().err
