"""What the desk has published lies over the files, under the same checks, and goes back into files."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.config import PROJECT
from bot.content import load
from bot.content.overlay import exported
from bot.content.tips import fitted
from bot.domain.overlay import Fitted, Laid, Written
from tests.content_samples import GOOD, TIP, TODAY, tip, write

TEXT = "出门前想一想今天要带的东西。"


def laid_tip(name: str = "lock", text: str = TEXT, file: str = "tips/a.toml", **more: Any) -> Laid:
    return Laid(name, Written({"id": name, "text": text, **more}, file))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "content", GOOD)


def over(folder: Path, *laid: Laid) -> Fitted:
    return fitted(load(folder, TODAY).filed_tips, laid)


def texts(found: Fitted) -> dict[str, str]:
    return {one.id: one.chinese.text for one in found.tips}


def test_what_is_published_has_the_word(folder: Path) -> None:
    found = over(folder, laid_tip())
    assert (texts(found), found.misfits) == ({"lock": TEXT}, {})
    assert texts(over(folder, Laid("lock", Written({}, "tips/a.toml")))) == {"lock": "锁上手机。"}
    assert load(folder, TODAY).filed_tips["lock"].file == "tips/a.toml"


def test_without_anything_they_are_the_files_in_their_order() -> None:
    library = load(PROJECT / "content", TODAY)
    assert fitted(library.filed_tips, []) == Fitted(library.tips)


def test_new_ones_and_those_whose_file_is_gone(folder: Path) -> None:
    added = laid_tip("desk-1", TEXT, "tips/desk.toml")
    gone = laid_tip("was-there", "睡觉前把手机放到客厅去充电吧。", "tips/gone.toml")
    found = over(folder, added, gone)
    assert texts(found) == {"lock": "锁上手机。", "desk-1": TEXT, "was-there": "睡觉前把手机放到客厅去充电吧。"}


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (laid_tip(text="长" * 121), "120"),
        (laid_tip(english="a" * 121), "120"),
        (laid_tip(text="被骗了马上打96110。"), "source"),
        (laid_tip(swap="nobody"), "换不了"),
        (laid_tip(skip=True), "至少要留一条"),
        (laid_tip("b", "锁上手机吧。", "tips/desk.toml"), "几乎一样"),
        (laid_tip(extra="x"), "extra"),
    ],
)
def test_what_does_not_fit_is_told_and_the_files_hold(folder: Path, one: Laid, words: str) -> None:
    other = laid_tip("c", "把不认识的人拉你进的群退掉。", "tips/desk.toml", season=["01-01", "01-02"])
    found = over(folder, one, other)
    assert list(found.misfits) == [one.subject]
    assert words in found.misfits[one.subject]
    assert texts(found) == {"lock": "锁上手机。", "c": "把不认识的人拉你进的群退掉。"}


def test_a_file_that_says_it_now_has_the_word(folder: Path) -> None:
    """The desk's tip lies in the first file, the author's new one in a later: the desk's is the one to go."""
    write(folder, {"tips/b.toml": tip("author", TEXT)})
    found = over(folder, laid_tip())
    assert "（lock）" in found.misfits["lock"]
    assert texts(found) == {"lock": "锁上手机。", "author": TEXT}


def test_exported_files_say_the_same(folder: Path) -> None:
    commented = f"# 开头\n{TIP}# 锁\n\n# 第二条\n{tip('b', '睡觉前把手机放到客厅去充电吧。')}"
    write(folder, {"tips/a.toml": commented})
    laid = [
        laid_tip(why='引号 " 和 \\ 还有\n换行', question="问？", answers=["甲", "乙"], right=2, because="因为。"),
        laid_tip("desk-1", "把不认识的人拉你进的群退掉。", "tips/desk.toml", season=["09-01", "09-10"]),
        laid_tip("desk-2", "今天给家里的长辈打一个电话。", "tips/desk.toml", skip=["2027-01-01", "2027-01-02"]),
    ]
    files = exported(folder, laid)
    there = over(folder, *laid)
    assert set(files) == {"tips/a.toml", "tips/desk.toml"}
    assert "# 开头" in files["tips/a.toml"]
    assert "# 第二条" in files["tips/a.toml"]
    write(folder, dict(files))
    back = load(folder, TODAY)
    assert (back.tips, there.misfits) == (there.tips, {})


def test_every_shipped_tip_goes_there_and_back(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    shutil.copytree(PROJECT / "content", folder)
    before = load(folder, TODAY)
    laid = [Laid(name, Written(one.table, one.file)) for name, one in before.filed_tips.items()]
    assert len(laid) > 360
    write(folder, dict(exported(folder, laid)))
    after = load(folder, TODAY)
    assert after.tips == before.tips
    assert after.filed_tips == before.filed_tips
