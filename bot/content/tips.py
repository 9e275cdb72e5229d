"""Tip files: tricks for one day each."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from bot.content.files import Document
from bot.content.lines import Lines, Path
from bot.content.mistakes import Mistake, shown
from bot.content.overlay import laid_over
from bot.content.review import take_review
from bot.content.shapes import Check, Name, Shape, Table, Text, tables
from bot.content.wording import did_you_mean
from bot.domain.likeness import Twins
from bot.domain.overlay import Authored, Checked, Fault, Fitted, Laid
from bot.domain.seasons import Season, Span, is_day_of_year, season_names
from bot.domain.tips import ALWAYS, MAX_TIP_CHARACTERS, Audience, Quiz, Subject, Tip, Tips, Wording

HOW_MANY_ANSWERS = (2, 3)


# On WeChat all of a tip has to fit into 2000 bytes.
_Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TIP_CHARACTERS)]
_Why = Annotated[str, StringConstraints(min_length=1, max_length=80)]
_EnglishWhy = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Question = Annotated[str, StringConstraints(min_length=1, max_length=60)]
_EnglishQuestion = Annotated[str, StringConstraints(min_length=1, max_length=120)]
_Answer = Annotated[str, StringConstraints(min_length=1, max_length=20)]
_EnglishAnswer = Annotated[str, StringConstraints(min_length=1, max_length=40)]
_Source = Annotated[str, StringConstraints(min_length=1, max_length=60)]

# What may be said only with where it is from: public numbers, but no price, and laws.
_FACT = re.compile(
    r"(?<!\d)(?:110|119|120|122|12\d{3}|96110)(?![\d,.]*\s*[\d元块年个])|piyao\.org\.cn|法律|法规|条例|《[^》]*(?:法|办法|通知)》"
)
_UNSOURCED = "这里说到了“{fact}”，请加一行 source，写明名称和日期。 A public number or law needs a source."
_TWIN = "这一招和 {where} 的几乎一样，请换个说法，或者删掉一条。 Nearly the same as another tip; change or remove one."
_NO_SEASON = (
    'season 要写成第一天和最后一天，例如 season = ["09-01", "09-10"]，或者写节日的名字。'
    " Write season as two days, or as the name of a festival."
)
_TOGETHER = (
    "有 question 就要有 answers、right 和 because，四样都写或者都不写；缺少 {key}。"
    " question, answers, right and because go together; {key} is missing."
)
_NO_ENGLISH = "写了 english，就把 {key} 也写上。 With english, write {key} as well."
_NOT_AS_MANY = "english_answers 要和 answers 一样多。 As many English answers as Chinese ones."
_HOW_MANY = "answers 要写 2 到 3 个。 Write two or three answers."
_NO_SUCH_ANSWER = "right 是第几个答案对，要在 1 到 {count} 之间。 right is the number of the right answer."
_SAME_ANSWER = "两个答案写得一样，请改一个。 Two answers are the same."
_NO_SKIP = (
    'skip 要写成 true（一直不发），或者第一天和最后一天，例如 skip = ["2027-01-10", "2027-01-20"]。'
    " Write skip as true, or as the first and the last day."
)
_NO_SUCH_TIP = "没有小贴士“{id}”，换不了位置。 No such tip to change places with."
_NO_SWAP = (
    "只有写给同一群人、都不分季节的两条小贴士才能换位置。"
    " Only two tips for the same audience, and of no season, can change places."
)
_SWAPPED = "“{id}”已经和别的小贴士换过位置了。 That tip has changed places with another one."
_NONE_LEFT = "至少要留一条全年都发的小贴士。 Leave at least one tip that goes out all the year."
_QUIZ = ("question", "answers", "right", "because")


# Where a tip stands, the id under which it is laid over a file, and what it says.
_Place = tuple[str, str, str]


class TipShape(Shape):
    id: Name
    audience: Audience = "everyone"
    topic: Subject | None = None
    text: _Text
    english: _Text = ""
    why: _Why = ""
    english_why: _EnglishWhy = ""
    question: _Question = ""
    english_question: _EnglishQuestion = ""
    answers: list[_Answer] = Field(default_factory=list)
    english_answers: list[_EnglishAnswer] = Field(default_factory=list)
    right: int = 0
    because: _Why = ""
    english_because: _EnglishWhy = ""
    source: _Source = ""
    season: Any = None
    skip: Any = None
    swap: Text = ""


class TipsShape(Shape):
    tip: list[Table] = Field(min_length=1)


class TipReader:
    """Reads the files one after the other, and knows what was in those before."""

    def __init__(self) -> None:
        self._twins = Twins[_Place]()
        self._read: dict[str, tuple[Tip, Document, Path]] = {}

    def read(self, document: Document, check: Check) -> tuple[Tip, ...]:
        """The good tips of the file, in its order, after adding every mistake."""
        check.shape(document, (), document.table, TipsShape)
        tips = []
        for path, table in tables(document, "tip"):
            before = len(check.mistakes)
            check.once_in(document, path, table, "id", "tip")
            shape = check.shape(document, path, table, TipShape)
            if shape and len(check.mistakes) == before:
                _check_together(document, path, shape, check)
                _check_quiz(document, path, shape, check)
                _check_source(document, path, shape, check)
                _check_twin(document, path, shape, check, self._twins)
                tip = _tip(shape, _season(document, path, shape, check), _skipped(document, path, shape, check))
                self._read[tip.id] = tip, document, path
                tips.append(tip)
        return tuple(tips)

    def check_all(self, check: Check) -> None:
        """What only all tips together can tell: who changes places with whom, and that something is left."""
        taken: set[str] = set()
        for tip, document, path in self._read.values():
            if tip.swap:
                self._check_swap(tip, document, path, taken, check)
                taken |= {tip.id, tip.swap}
        skipped = [one for one in self._read.values() if one[0].skipped == ALWAYS]
        if skipped and not any(not tip.season and tip.skipped != ALWAYS for tip, _, _ in self._read.values()):
            for _, document, path in skipped:
                check.add(document, (*path, "skip"), _NONE_LEFT, fault=Fault("skip", "none-left"))

    def _check_swap(self, tip: Tip, document: Document, path: Path, taken: set[str], check: Check) -> None:
        path = (*path, "swap")
        if tip.swap not in self._read:
            check.add(document, path, _NO_SUCH_TIP.format(id=shown(tip.swap)), fault=Fault("swap", "no-such-tip"))
            return
        other = self._read[tip.swap][0]
        if other is tip or other.audience != tip.audience or other.season or tip.season:
            check.add(document, path, _NO_SWAP, fault=Fault("swap", "no-swap"))
        elif tip.id in taken or tip.swap in taken:
            name = tip.swap if tip.swap in taken else tip.id
            check.add(document, path, _SWAPPED.format(id=shown(name)), fault=Fault("swap", "swapped"))


def in_turn(by_file: Iterable[Sequence[Tip]]) -> Tips:
    """All tips, the files' taking turns."""
    return Tips(tip for row in zip_longest(*by_file) for tip in row if tip)


def fitted(authored: Mapping[str, Authored], laid: Sequence[Laid]) -> Fitted:
    """The tips of the files with what the desk has published over them, by the same rules.

    What does not fit is left out one after the other, and the files hold. Takes a tenth of a second: not in the loop.
    """
    misfits: dict[str, str] = {}
    while True:
        tips, mistakes = _read_together(authored, laid)
        named = {mistake.laid: mistake.text for mistake in reversed(mistakes) if mistake.laid}
        if not named:
            return Fitted(tips, misfits)
        misfits |= named
        laid = [one for one in laid if one.subject not in named]


class _Noting(Check):
    """Notes the key of what is wrong with one of the tables that are laid over the files."""

    def __init__(self, name: str) -> None:
        super().__init__([], date.max)
        self._name = name
        self.found: list[Fault] = []

    def add(self, document: Document, path: Path, text: str, other: str = "", fault: Fault | None = None) -> None:
        super().add(document, path, text, other)
        if self.mistakes[-1].laid == self._name:
            self.found.append(fault or Fault(next((part for part in reversed(path) if isinstance(part, str)), "")))


def checked(authored: Mapping[str, Authored], laid: Sequence[Laid], one: Laid) -> Checked:
    """A tip over the files and among all others that are published. Takes two tenths of a second: not in the loop."""
    check = _Noting(one.subject)
    tips, _ = _read_together(authored, [*(other for other in laid if other.subject != one.subject), one], check)
    return Checked(tips.by_id.get(one.subject) if one.written.table else None, tuple(check.found))


def _read_together(
    authored: Mapping[str, Authored], laid: Sequence[Laid], check: Check | None = None
) -> tuple[Tips, list[Mistake]]:
    files = defaultdict[str, list[Table]](list)
    for one in authored.values():
        files[one.file].append(one.table)
    check, reader = check or Check([], date.max), TipReader()
    documents = [Document(file, {"tip": several}, Lines("")) for file, several in files.items()]
    covered = laid_over(documents, laid)
    for document in covered:
        take_review(document, check)
    tips = in_turn([reader.read(document, check) for document in covered])
    reader.check_all(check)
    return tips, check.mistakes


def _check_together(document: Document, path: Path, shape: TipShape, check: Check) -> None:
    """All of the question is there or nothing of it, and all that is there is in both languages."""
    written = [key for key in _QUIZ if getattr(shape, key)]
    for key in _QUIZ:
        if written and key not in written:
            check.add(document, (*path, written[0]), _TOGETHER.format(key=key), fault=Fault(key, "together"))
    for key in ("why", "question", "answers", "because"):
        if shape.english and getattr(shape, key) and not getattr(shape, f"english_{key}"):
            english = f"english_{key}"
            check.add(document, (*path, key), _NO_ENGLISH.format(key=english), fault=Fault(english, "no-english"))


def _check_quiz(document: Document, path: Path, shape: TipShape, check: Check) -> None:
    answers = shape.answers
    if answers and len(answers) not in HOW_MANY_ANSWERS:
        check.add(document, (*path, "answers"), _HOW_MANY, fault=Fault("answers", "how-many"))
    if shape.english_answers and len(shape.english_answers) != len(answers):
        check.add(document, (*path, "english_answers"), _NOT_AS_MANY, fault=Fault("english_answers", "as-many"))
    for key, written in (("answers", answers), ("english_answers", shape.english_answers)):
        if len(set(written)) < len(written):
            check.add(document, (*path, key), _SAME_ANSWER, fault=Fault(key, "same-answer"))
    if answers and shape.right and not 1 <= shape.right <= len(answers):
        fault = Fault("right", "no-such-answer", {"count": str(len(answers))})
        check.add(document, (*path, "right"), _NO_SUCH_ANSWER.format(count=len(answers)), fault=fault)


def _check_source(document: Document, path: Path, shape: TipShape, check: Check) -> None:
    for key in ("text", "why", "because"):
        fact = _FACT.search(getattr(shape, key))
        if fact and not shape.source:
            said = shown(fact.group())
            fault = Fault("source", "unsourced", {"fact": said})
            check.add(document, (*path, key), _UNSOURCED.format(fact=said), fault=fault)


def _check_twin(document: Document, path: Path, shape: TipShape, check: Check, twins: Twins[_Place]) -> None:
    where = f"{document.file}:{document.lines.of((*path, 'text'))}（{shape.id}）"
    twin = twins.add(shape.text, (where, document.laid_at(path), shape.text))
    if twin:
        fault = Fault("text", "twin", {"text": shown(twin[2])})
        check.add(document, (*path, "text"), _TWIN.format(where=twin[0]), twin[1], fault)


def _season(document: Document, path: Path, shape: TipShape, check: Check) -> Season:
    """The season as the domain writes it; empty for all the year, and after adding a mistake."""
    written = shape.season
    if written is None:
        return ""
    if isinstance(written, str):
        if written not in season_names():
            text = f"不认识“{shown(written)}”。{did_you_mean(written, season_names())} {_NO_SEASON}"
            check.add(document, (*path, "season"), text, fault=Fault("season", "season"))
            return ""
        return written
    if isinstance(written, list) and len(written) == 2 and all(is_day_of_year(str(day)) for day in written):
        return "..".join(written)
    check.add(document, (*path, "season"), _NO_SEASON, fault=Fault("season", "season"))
    return ""


def _skipped(document: Document, path: Path, shape: TipShape, check: Check) -> Span | None:
    """The days on which it goes out to nobody; None for none, and after adding a mistake."""
    written = shape.skip
    if written is True:
        return ALWAYS
    days = [_day(one) for one in written] if isinstance(written, list) else []
    if len(days) == 2 and days[0] and days[1] and days[0] <= days[1]:
        return Span(days[0], days[1])
    if written not in (None, False):
        check.add(document, (*path, "skip"), _NO_SKIP, fault=Fault("skip", "skip"))
    return None


def _day(written: object) -> date | None:
    try:
        return date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None


def _tip(shape: TipShape, season: Season, skipped: Span | None) -> Tip:
    chinese = Wording(shape.text, shape.why, _quiz(shape.question, shape.answers, shape.because))
    english = Wording(
        shape.english, shape.english_why, _quiz(shape.english_question, shape.english_answers, shape.english_because)
    )
    return Tip(
        id=shape.id,
        chinese=chinese,
        english=english if shape.english else None,
        audience=shape.audience,
        topic=shape.topic,
        right=shape.right,
        source=shape.source,
        season=season,
        skipped=skipped,
        swap=shape.swap,
    )


def _quiz(question: str, answers: list[str], because: str) -> Quiz | None:
    return Quiz(question, tuple(answers), because) if question else None
