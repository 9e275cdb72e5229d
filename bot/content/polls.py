"""Poll files: who may vote for what, from when until when."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from bot.content.files import Document
from bot.content.lines import Path
from bot.content.shapes import Check, Name, PollName, Shape, Table, Text, tables
from bot.domain.kinds import Choose, Daily, Kind, Single
from bot.domain.pollrules import MAX_CATEGORIES, MAX_CHOSEN, MAX_NUMBER, NEEDED_FOR_REAL, Fault, faults_of
from bot.domain.polls import Option, Poll

# A key that only some kinds of polls have, and those that must have it.
_KINDS_WITH = {
    "choose": ("choose",),
    "per_day": ("daily",),
    "per_option_per_day": ("daily",),
    "revote": ("single", "choose"),
}
_NEEDED = {"choose": "choose", "daily": "per_day"}
# What the rules of polls find, said to who writes files; all else is said where the tables are read.
_SENTENCES = {
    "order": "截止时间要晚于开始时间。 closes_at must be after opens_at.",
    "zone": '不认识这个时区，北京时间请写 zone = "Asia/Shanghai"。 Unknown time zone.',
    "never-shown": (
        "没有截止时间的投票，结果藏起来就永远看不到了：请写 closes_at，或者改 results。 Hidden results need closes_at."
    ),
    "per-option": "per_option_per_day 不能比 per_day 大。 per_option_per_day cannot be more than per_day.",
    "too-many": "一共只有 {options} 个候选，choose 不能更大。 choose is more than there are candidates.",
    "categories": f"分类有 {{categories}} 种，最多 {MAX_CATEGORIES} 种，聊天里才好选。 Too many categories.",
}

Category = Annotated[str, StringConstraints(min_length=1, max_length=20)]


class OptionShape(Shape):
    id: Name
    number: int = Field(ge=1, le=MAX_NUMBER)
    title: Text
    summary: Text = ""
    english: Text = ""
    category: Category = ""
    withdrawn: bool = False


class PollShape(Shape):
    id: PollName
    title: Text
    english: Text = ""
    demo: bool = False
    channels: list[Literal["telegram", "wechat", "web", "terminal"]] = Field(
        default=["telegram", "wechat"], min_length=1
    )
    joined: Literal["before-opening", "any"] | None = None
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    zone: Text = "Asia/Shanghai"
    kind: Literal["single", "choose", "daily"] = "single"
    choose: int | None = Field(default=None, ge=1, le=MAX_CHOSEN)
    per_day: int | None = Field(default=None, ge=1, le=MAX_CHOSEN)
    per_option_per_day: int | None = Field(default=None, ge=1, le=MAX_CHOSEN)
    revote: bool | None = None
    results: Literal["live", "delayed", "hidden"] | None = None
    holds: bool | None = None
    organiser: Text = ""
    contact: Text = ""
    rules: Text = ""
    eligibility: Text = ""
    option: list[Table] = Field(min_length=1)


def read_poll(document: Document, check: Check) -> Poll | None:
    """The poll; None after adding every mistake of the file."""
    shape = check.shape(document, (), document.table, PollShape)
    check.once_in(document, (), document.table, "id", "poll")
    _check_organiser(document, check)
    options = [_read_option(document, path, table, check) for path, table in tables(document, "option")]
    if not shape:
        return None
    _check_kind(document, shape, check)
    poll = _poll(shape, tuple(option for option in options if option))
    for fault in faults_of(poll):
        _tell(document, poll, fault, check)
    return poll


def _check_organiser(document: Document, check: Check) -> None:
    if document.table.get("demo") is True:
        return
    for key in NEEDED_FOR_REAL:
        if key not in document.table:
            text = f"正式投票要写明 {key}；只是演示就写 demo = true。 A poll that is no demo needs {key}."
            check.add(document, (), text)


def _tell(document: Document, poll: Poll, fault: Fault, check: Check) -> None:
    sentence = _SENTENCES.get(fault.code)
    if sentence:
        text = sentence.format(options=len(poll.options), categories=len(poll.categories))
        place = next((p for p, table in tables(document, "option") if table.get("number") == fault.option), ())
        check.add(document, (*place, fault.field), text)


def _check_kind(document: Document, shape: PollShape, check: Check) -> None:
    for key, kinds in _KINDS_WITH.items():
        if getattr(shape, key) is not None and shape.kind not in kinds:
            text = f'只有 kind = "{kinds[-1]}" 的投票才写 {key}，请删掉这一行或改 kind。'
            check.add(document, (key,), f"{text} {key} does not belong to this kind of poll.")
    needed = _NEEDED.get(shape.kind)
    if needed and getattr(shape, needed) is None:
        text = f'kind = "{shape.kind}" 的投票要写明 {needed}，例如 {needed} = 5。 This kind of poll needs {needed}.'
        check.add(document, ("kind",), text)
    if shape.demo and shape.holds:
        text = "演示投票从不扣票，请删掉 holds。 A demonstration holds no votes."
        check.add(document, ("holds",), text)


def _read_option(document: Document, path: Path, table: Table, check: Check) -> Option | None:
    scope = f"option of {document.file}"
    check.once_in(document, path, table, "id", scope)
    check.once_in(document, path, table, "number", scope)
    name, number = table.get("id"), table.get("number")
    if isinstance(name, str) and name.strip().isdecimal() and name.strip() != str(number):
        text = "只有数字的 id 必须和 number 一样，不然“投票 3”会说不清。"
        text += " An id of digits must equal the number."
        check.add(document, (*path, "id"), text)
    shape = check.shape(document, path, table, OptionShape)
    return Option(**shape.model_dump()) if shape else None


def _kind(shape: PollShape) -> Kind:
    revote = shape.revote is not False
    if shape.choose:
        return Choose(shape.choose, revote)
    if shape.per_day:
        return Daily(shape.per_day, shape.per_option_per_day or shape.per_day)
    return Single(revote)


def _poll(shape: PollShape, options: tuple[Option, ...]) -> Poll:
    return Poll(
        id=shape.id,
        title=shape.title,
        options=options,
        demo=shape.demo,
        english=shape.english,
        kind=_kind(shape),
        results=shape.results or ("hidden" if shape.closes_at and not shape.demo else "live"),
        channels=frozenset(shape.channels),
        joined=shape.joined or ("any" if shape.demo else "before-opening"),
        opens_at=shape.opens_at,
        closes_at=shape.closes_at,
        zone=shape.zone,
        holds=shape.holds is not False,
        organiser=shape.organiser,
        contact=shape.contact,
        rules=shape.rules,
        eligibility=shape.eligibility,
    )
