"""Tip files: tricks for one day each."""

import re
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from bot.content.files import Document
from bot.content.lines import Path
from bot.content.mistakes import shown
from bot.content.shapes import Check, Name, Shape, Table, tables
from bot.content.wording import did_you_mean
from bot.domain.likeness import Twins
from bot.domain.seasons import Season, is_day_of_year, season_names
from bot.domain.tips import MAX_TIP_CHARACTERS, Audience, Quiz, Subject, Tip, Wording

HOW_MANY_ANSWERS = (2, 3)


# On WeChat all of a tip has to fit into 2000 bytes.
_Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TIP_CHARACTERS)]
_EnglishText = Annotated[str, StringConstraints(min_length=1, max_length=300)]
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
_QUIZ = ("question", "answers", "right", "because")


class TipShape(Shape):
    id: Name
    audience: Audience = "everyone"
    topic: Subject | None = None
    text: _Text
    english: _EnglishText = ""
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


class TipsShape(Shape):
    tip: list[Table] = Field(min_length=1)


def read_tips(document: Document, check: Check, twins: Twins) -> tuple[Tip, ...]:
    """The good tips of the file, in its order, after adding every mistake. `twins` holds those of the files before."""
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
            _check_twin(document, path, shape, check, twins)
            tips.append(_tip(shape, _season(document, path, shape, check)))
    return tuple(tips)


def _check_together(document: Document, path: Path, shape: TipShape, check: Check) -> None:
    """All of the question is there or nothing of it, and all that is there is in both languages."""
    written = [key for key in _QUIZ if getattr(shape, key)]
    for key in _QUIZ:
        if written and key not in written:
            check.add(document, (*path, written[0]), _TOGETHER.format(key=key))
    for key in ("why", "question", "answers", "because"):
        if shape.english and getattr(shape, key) and not getattr(shape, f"english_{key}"):
            check.add(document, (*path, key), _NO_ENGLISH.format(key=f"english_{key}"))


def _check_quiz(document: Document, path: Path, shape: TipShape, check: Check) -> None:
    answers = shape.answers
    if answers and len(answers) not in HOW_MANY_ANSWERS:
        check.add(document, (*path, "answers"), _HOW_MANY)
    if shape.english_answers and len(shape.english_answers) != len(answers):
        check.add(document, (*path, "english_answers"), _NOT_AS_MANY)
    for key, written in (("answers", answers), ("english_answers", shape.english_answers)):
        if len(set(written)) < len(written):
            check.add(document, (*path, key), _SAME_ANSWER)
    if answers and shape.right and not 1 <= shape.right <= len(answers):
        check.add(document, (*path, "right"), _NO_SUCH_ANSWER.format(count=len(answers)))


def _check_source(document: Document, path: Path, shape: TipShape, check: Check) -> None:
    for key in ("text", "why", "because"):
        fact = _FACT.search(getattr(shape, key))
        if fact and not shape.source:
            check.add(document, (*path, key), _UNSOURCED.format(fact=shown(fact.group())))


def _check_twin(document: Document, path: Path, shape: TipShape, check: Check, twins: Twins) -> None:
    where = f"{document.file}:{document.lines.of((*path, 'text'))}"
    twin = twins.add(shape.text, where)
    if twin:
        check.add(document, (*path, "text"), _TWIN.format(where=twin))


def _season(document: Document, path: Path, shape: TipShape, check: Check) -> Season:
    """The season as the domain writes it; empty for all the year, and after adding a mistake."""
    written = shape.season
    if written is None:
        return ""
    if isinstance(written, str):
        if written not in season_names():
            text = f"不认识“{shown(written)}”。{did_you_mean(written, season_names())} {_NO_SEASON}"
            check.add(document, (*path, "season"), text)
            return ""
        return written
    if isinstance(written, list) and len(written) == 2 and all(is_day_of_year(str(day)) for day in written):
        return "..".join(written)
    check.add(document, (*path, "season"), _NO_SEASON)
    return ""


def _tip(shape: TipShape, season: Season) -> Tip:
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
    )


def _quiz(question: str, answers: list[str], because: str) -> Quiz | None:
    return Quiz(question, tuple(answers), because) if question else None
