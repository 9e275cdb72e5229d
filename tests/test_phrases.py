"""Every fixed sentence that the code says is in the phrase files, with the blanks that it fills, and none is idle."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest
from msgspec import Struct

from bot.channels.telegram.profile import COMMANDS
from bot.content.files import KINDS as CONTENT_KINDS
from bot.content.written import FLAWS
from bot.domain.answers import Fault, Standing
from bot.domain.audiences import AUDIENCES
from bot.domain.broadcasts import AFTER, Audited
from bot.domain.broadcasts import State as BroadcastState
from bot.domain.colleagues import ROLES, Permission
from bot.domain.figures import LEVELS, TIP_ENDS
from bot.domain.holds import CaseState, Detector, Verdict
from bot.domain.imports import CandidatesIntake, ImportKind, StoriesIntake, TipsIntake
from bot.domain.launch import ITEMS, LIST
from bot.domain.ledger import Hold
from bot.domain.lexicon import word_list
from bot.domain.pollforms import JOINED, RESULTS
from bot.domain.pollforms import KINDS as POLL_KINDS
from bot.domain.polls import State as PollState
from bot.domain.questions import Became, Concern
from bot.domain.refusals import REFUSALS
from bot.domain.reports import REASONS
from bot.domain.revisions import ACTS, KINDS, OUTCOMES, STATES
from bot.domain.seasons import season_names
from bot.domain.smalltalk import SmallTalk
from bot.domain.stories import ON_WAITING, STEPS, About
from bot.domain.stories import State as StoryState
from bot.domain.stories import Verdict as StoryVerdict
from bot.domain.subscriptions import State
from bot.domain.switch import Turn
from bot.domain.tipdesk import Condition
from bot.domain.tips import Subject
from bot.domain.urgent import Matter
from bot.messages import Medium
from bot.web.chat import PAGE_WORDS
from bot.web.desk import answers, questions
from bot.web.desk import polls as polls_room
from bot.web.desk.broadcasts import TOLD as NOTICE_TOLD
from bot.web.desk.people import CHANGES
from bot.web.desk.tips import KEYS
from bot.web.desk.votes import NO_BUNDLE, STOP_ACTS, STOP_ENDS
from handlers.stories import _CORRECTIONS
from handlers.subscriptions import _DAYS, _PARTS_OF_DAY

PROJECT = Path(__file__).parents[1]
SOURCES = sorted([*(PROJECT / "bot").rglob("*.py"), *(PROJECT / "handlers").rglob("*.py")])
TEMPLATES = sorted((PROJECT / "bot" / "web" / "templates").glob("*.html"))
POLL_STATES = get_args(PollState)
CHANNELS = ("telegram", "wechat", "web", "terminal", "unknown")
PUSHED = ("telegram", "wechat", "web")
STYLES = ("single", "final", "choose", "choose-final", "daily")
VOTE_OUTCOMES = (
    *("single-counted", "single-changed", "single-unchanged", "final-counted", "final-unchanged"),
    *("choose-counted", "choose-unchanged", "choose-taken-back", "daily-counted"),
)
UNFIT = (
    *("title-empty", "title-long", "text-short", "text-long", "name-long", "people-no", "consent-no", "unclear"),
    *("no-photo", "photo-not-now"),
)
STORY_OUTCOMES = (*("under-14", "discarded", "submitted", "too-many", "no-draft", "has-draft", "not-now", "withdrawn"),)
DECISIONS = (
    *("approved", "second", "returned", "rejected", "not-waiting", "changed", "own", "again", "no-reason"),
    *("photo-awaited", "unseen", "taken-down", "not-public", "not-allowed"),
)
DESK_ENDS = (
    *("done", "refused", "invited", "taken", "bad-name", "unknown", "unchanged", "not-now", "last", "not-allowed"),
    *(code for code in DECISIONS if code != "unseen"),
    *OUTCOMES,
    *AFTER.values(),
    *polls_room.REFUSED,
    *("stopped", "goes-on", "not-stopped", "closed", "released", "excluded"),
)
DESK_ACTS = (
    *("sign-in", "sign-out", "accept", "invite", "door", "export", "import"),
    *("sign-in", "sign-out", "accept", "password", "invite", "door"),
    *("sign-in", "sign-out", "accept", "invite", "door", "export", "import", "bring-stories"),
    *(change for change in CHANGES if change != "role"),
    *(f"role-{role}" for role in ROLES),
    *get_args(StoryVerdict),
    *(f"{kind}-{act}" for kind in KINDS for act in ACTS),
    *("questions-handle", "questions-reopen"),
    *get_args(Turn),
    *(f"broadcast-{order}" for order in AFTER),
    *("tick", "untick"),
    *(f"poll-{act}" for act in STOP_ACTS),
    *(f"held-{verdict}" for verdict in get_args(Verdict)),
)
ANSWER_FIELDS = (
    *("topic", "title", "answer", "questions", "source", "publisher", "source_title", "date", "valid_until"),
    *("english_title", "english", "period", "unsaid", "id"),
)
TABLES = ("active", "joined", "subscribed", "left", "asked", "tips", "refused", "votes")
RULINGS = (*("second", "released", "excluded", "again", "own", "changed", "settled", "unknown", "not-allowed"),)
FLAGS = (*word_list("flags")["words"], "phone", "id", "mail", "account", "school")
TIP_FAULTS = (
    *("longer", "choice", "together", "no-english", "how-many", "as-many", "same-answer", "no-such-answer"),
    *("unsourced", "twin", "season", "skip", "no-such-tip", "no-swap", "swapped", "none-left"),
)
POLL_FAULTS = (
    *("needed", "long", "id", "id-taken", "time", "order", "past", "zone", "count", "per-option", "too-many"),
    *("never-shown", "fixed", "kept", "no-candidates", "twice", "digits", "categories", "full", "place", "story-twice"),
)
POLL_TEXTS = ("title", "english", "organiser", "contact", "rules", "eligibility")
POLL_HINTS = (
    *(*POLL_TEXTS, "id", "opens_at", "closes_at", "zone", "choose", "per_day", "per_option_per_day"),
    *("revote", "results", "joined", "channels", "holds"),
)
POLL_FIELDS = (*POLL_HINTS, "kind", "when", "demo", "options")
LIVE_STATES = tuple(state for state in get_args(State) if state != "stopped")  # a stopped one is none
# The keys that are put together in the code, with all that may stand in the gap.
COMPOSED = {
    "rate.{}": ("up", "down", "gone"),
    "votes.refused.{}": tuple(REFUSALS),
    "votes.{}": VOTE_OUTCOMES,
    "votes.rule.{}": STYLES,
    "votes.left.{}": ("choose", "daily"),
    "votes.state.{}": POLL_STATES,
    "votes.channel.{}": CHANNELS,
    "tips.state.{}": LIVE_STATES,
    "tips.audience.{}": AUDIENCES,
    "tips.topic.{}": get_args(Subject),
    "times.days.{}": tuple(_DAYS.values()),
    "times.weekday.{}": tuple("1234567"),
    "times.month.{}": tuple(str(month) for month in range(1, 13)),
    "me.subscription.{}": LIVE_STATES,
    "me.channel.{}": CHANNELS[:4],
    "large.{}": CHANNELS[:4],
    "story.ask.{}": ("age", *STEPS),
    "story.age.{}": ("yes", "no"),
    "story.about.{}": get_args(About),
    "story.unfit.{}": UNFIT,
    "story.{}": STORY_OUTCOMES,
    "story.correct.{}": _CORRECTIONS,
    "story.state.{}": get_args(StoryState),
    "story.objected.{}": ("taken-down", "noted", "down-already", "not-public", "looked-at", "put-back", "too-often"),
    "story.letter.{}": ("approved", "returned", "rejected", "taken-down", "looked-at", "photo-lost"),
    "held.vote.{}": get_args(Hold)[1:],
    "held.mine.{}": get_args(Hold)[1:],
    "held.appealed.{}": ("noted", "again", "not-held"),
    "held.letter.{}": ("released", "excluded"),
    "held.state.{}": get_args(CaseState),
    "held.reason.{}": (*get_args(Detector), "hands"),
    "held.ruled.{}": get_args(Verdict),
    "held.button.{}": get_args(Verdict),
    "held.outcome.{}": RULINGS,
    "broadcast.unfit.{}": ("empty", "long", "channels"),
    "launch.{}": tuple(ITEMS),
    "desk.launch.section.{}": tuple(LIST),
    "desk.launch.now.{}": ("as", "persons", "files"),
    "desk.service.part.{}": ("database", "content", "queue", "sending", "clock", "telegram", "wechat"),
    "desk.service.trouble.{}": ("database", "content", "queue", "sending", "clock", "telegram", "wechat"),
    "desk.service.kind.{}": ("subscription", "service"),
    "desk.notice.told.{}": tuple(NOTICE_TOLD),
    "desk.notice.figure.{}": (*Audited.__struct_fields__, "waiting"),
    "desk.notice.order.{}": tuple(AFTER),
    "broadcast.channel.{}": PUSHED,
    "broadcast.way.{}": PUSHED,
    "broadcast.end.{}": ("refused", "unknown", "expired"),
    "broadcast.why.{}": (*REASONS, "other"),
    "broadcast.state.{}": get_args(BroadcastState),
    "broadcast.outcome.{}": (*AFTER.values(), "not-now", "unknown"),
    "desk.switched.{}": (*get_args(Turn), "unchanged", "not-allowed"),
    "review.button.{}": ON_WAITING,
    "review.outcome.{}": DECISIONS,
    "review.flag.{}": FLAGS,
    "desk.role.{}": ROLES,
    "desk.may.{}": ROLES,
    "desk.state.{}": ("invited", "active", "locked"),
    "desk.people.change.{}": CHANGES,
    "desk.unfit.{}": ("short", "long", "plain", "again", "code", "gone", "wrong", "wait"),
    "desk.act.{}": DESK_ACTS,
    "desk.end.{}": DESK_ENDS,
    "desk.home.{}": KINDS,
    "desk.revision.told.{}": (*OUTCOMES, "flawed", "unchanged"),
    "desk.answers.standing.{}": (*get_args(Standing), "draft", "proposed", "returned"),
    "desk.answers.fault.{}": get_args(Fault),
    "desk.answers.turn.{}": answers.TURNS,
    "desk.answers.script.{}": tuple(answers.SCRIPTS),
    "desk.answers.channel.{}": PUSHED,
    "desk.answers.field.{}": ANSWER_FIELDS,
    "desk.answers.became.{}": tuple(Became),
    "desk.flaw.{}": (*FLAWS, "clash", "formula", "row", "short", "disagrees", "no-draft", *TIP_FAULTS),
    "desk.doubt.{}": (*answers.DOUBTS, "matter", "none"),
    "desk.concern.{}": tuple(Concern),
    "desk.questions.told.{}": tuple(questions.TOLD),
    "desk.polls.told.{}": tuple(polls_room.TOLD),
    "desk.polls.end.{}": (*STOP_ENDS, *NO_BUNDLE),
    "desk.polls.stop.{}": STOP_ACTS,
    "desk.polls.fault.{}": POLL_FAULTS,
    "desk.polls.field.{}": POLL_FIELDS,
    "desk.polls.hint.{}": POLL_HINTS,
    "desk.polls.kind.{}": POLL_KINDS,
    "desk.polls.results.{}": RESULTS,
    "desk.polls.joined.{}": JOINED,
    "desk.polls.holding.{}": ("yes", "no", "demo"),
    "desk.polls.candidate.{}": ("title", "summary", "category", "english"),
    "desk.polls.candidate.do.{}": ("place", "withdraw", "restore", "take-out"),
    "desk.revision.state.{}": STATES,
    "desk.revision.act.{}": ACTS,
    "desk.statistics.{}": (*TABLES, "less", "kept"),
    "desk.statistics.first.{}": TABLES,
    "desk.statistics.fact.{}": ("joined", "subscribed", "left", "asked", "tips"),
    "desk.statistics.level.{}": LEVELS,
    "desk.sheets.unusable.{}": ("size", "kind", "rows", "empty", "heading"),
    "desk.sheets.kind.{}": get_args(ImportKind),
    "desk.sheets.how.{}": get_args(ImportKind),
    "desk.stories.field.{}": StoriesIntake.fields,
    "desk.candidates.field.{}": CandidatesIntake.fields,
    "desk.tips.field.{}": TipsIntake.fields,
    "desk.sheets.column.{}": (*("day", "chart", "part", "figure", "language", "became", "entry", "rating", "text"),),
    "desk.left.{}": ("stopped", "unreachable", "forgotten"),
    "desk.asked.{}": tuple(Became),
    "desk.tips_ended.{}": (*TIP_ENDS, "waiting"),
    "desk.tips.key.{}": tuple(sorted(KEYS)),
    "desk.tips.state.{}": get_args(Condition)[1:],
    "desk.tips.told.{}": ("flawed", "unchanged"),
    "desk.tips.season.{}": (*season_names(), "days"),
    "desk.tips.channel.{}": ("telegram", "wechat", "web"),
    "desk.review.kind.{}": (*CONTENT_KINDS, "desk"),
    "times.{}": tuple(part for _, part in _PARTS_OF_DAY),
    "talk.{}": tuple(said.value for said in SmallTalk),
    "urgent.{}": tuple(matter.value for matter in Matter),
    "telegram.commands.{}": COMMANDS,
    "medium.{}": get_args(Medium)[1:],
    "web.{}": PAGE_WORDS,
    "web.poll.state.{}": POLL_STATES,
}
# Said with blanks that one of the sentences to choose from does not use.
SPARING = {"identity.unofficial"}


class Said(Struct, frozen=True):
    place: str
    key: str
    blanks: frozenset[str]


def _sentences(table: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, inner in table.items():
        if not isinstance(inner, dict):
            continue  # who drafted and reviewed the file
        key = f"{path}.{name}".lstrip(".")
        if "zh" in inner:
            yield key, inner["zh"]
        else:
            yield from _sentences(inner, key)


def _phrases() -> dict[str, str]:
    files = sorted((PROJECT / "content" / "phrases").glob("*.toml"))
    return {key: text for file in files for key, text in _sentences(tomllib.loads(file.read_text("utf-8")))}


PHRASES = _phrases()
TOPICS = {key.partition(".")[0] for key in PHRASES}


@cache
def _nodes() -> list[tuple[str, ast.AST]]:
    return [
        (f"{source.relative_to(PROJECT)}:{getattr(node, 'lineno', 0)}", node)
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
    ]


def _constants() -> Iterator[tuple[str, str]]:
    """String constants that look like keys."""
    for place, node in _nodes():
        key = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if re.fullmatch(r"[a-z_]+(\.[a-z_-]+)+", key) and key.partition(".")[0] in TOPICS:
            yield place, key


def _said() -> Iterator[Said]:
    """The calls of say with a literal key, in Python and in the templates."""
    for place, node in _nodes():
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say":
            blanks = frozenset(word.arg for word in node.keywords if word.arg)
            keys = [key for argument in node.args[:2] for key in ast.walk(argument) if isinstance(key, ast.Constant)]
            for key in keys:
                if isinstance(key.value, str) and "." in key.value and not key.value.endswith("."):
                    yield Said(place, key.value, blanks)
    for template in TEMPLATES:
        for key, blanks in re.findall(r"say\('([a-z_.]+[a-z_])'(.*?)\)", template.read_text("utf-8")):
            yield Said(template.name, key, frozenset(re.findall(r"(\w+)=", blanks)))


def _composed() -> Iterator[tuple[str, str]]:
    """The f-strings that look like keys, with {} for what is filled in."""
    for place, node in _nodes():
        if isinstance(node, ast.JoinedStr):
            key = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            if re.fullmatch(r"[a-z_.-]+\.\{\}", key) and key.partition(".")[0] in TOPICS:
                yield place, key


@pytest.mark.parametrize("said", [pytest.param(said, id=f"{said.place} {said.key}") for said in _said()])
def test_what_is_said_is_written_with_the_blanks_that_are_filled(said: Said) -> None:
    assert said.key in PHRASES
    wanted = {name for _, name, _, _ in Formatter().parse(PHRASES[said.key]) if name}
    assert wanted <= said.blanks
    assert wanted == said.blanks or said.key in SPARING


def test_every_key_that_is_named_is_written() -> None:
    permissions = get_args(Permission)  # they look like keys
    assert [(place, key) for place, key in _constants() if key not in PHRASES and key not in permissions] == []


def test_composed_keys_are_all_known_and_written() -> None:
    assert [(place, key) for place, key in _composed() if key not in COMPOSED] == []
    keys = [pattern.format(part) for pattern, parts in COMPOSED.items() for part in parts]
    assert [key for key in keys if key not in PHRASES] == []


def test_no_sentence_is_idle() -> None:
    used = {key for _, key in _constants()} | {said.key for said in _said()}
    used |= {pattern.format(part) for pattern, parts in COMPOSED.items() for part in parts}
    assert sorted(PHRASES.keys() - used) == []
