"""What people asked in vain: groups of questions, each one step from a new answer or a new phrasing."""

import asyncio

from starlette.responses import Response

from bot.domain.answers import Layer
from bot.domain.colleagues import may
from bot.domain.editing import Editing
from bot.domain.entries import Match
from bot.domain.library import Library
from bot.domain.questions import Concern, Group, Inquiries
from bot.domain.times import HOME_ZONE
from bot.web.desk.doors import Visit, see
from bot.web.stories import number_in

QUESTIONS = "/desk/questions"
GROUPS_ON_A_PAGE = 20
WORDINGS_SHOWN = 3
NEAR_SHOWN = 5
TOLD = frozenset({"done", "not-allowed", "gone"})
CONCERNS: tuple[str, ...] = tuple(Concern)
_CODE_CHARACTERS = 16


class QuestionsRoom:
    def __init__(self, questions: Inquiries, editing: Editing) -> None:
        self._questions = questions
        self._editing = editing

    async def list(self, visit: Visit) -> Response:
        handled, concern = visit.asked("handled", 1) == "1", visit.asked("concern", 16)
        concern = concern if concern in CONCERNS else ""
        number = max(number_in(visit.request.query_params.get("page", "")), 1)
        found = await self._questions.sorted(handled=handled)
        groups = [group for group in found.groups if concern in ("", group.concern)] if found else []
        start = (number - 1) * GROUPS_ON_A_PAGE
        return visit.page(
            "desk-questions.html",
            groups=[(group, _title(self._editing.layer, group)) for group in groups[start : start + GROUPS_ON_A_PAGE]],
            count=len(groups),
            at=f"{found.at.astimezone(HOME_ZONE):%H:%M}" if found else "",
            concern=concern,
            concerns=CONCERNS,
            handled=handled,
            number=number,
            more=len(groups) > start + GROUPS_ON_A_PAGE,
            shown=WORDINGS_SHOWN,
            told=visit.told(TOLD),
        )

    async def group(self, visit: Visit) -> Response:
        """One group with the entries near it: to write a new one, or to add these words to one that is there."""
        group = await self._questions.group(visit.request.path_params["group"][:_CODE_CHARACTERS])
        if not group:
            return visit.page("desk-told.html", 404, sentence="desk.questions.moved")
        layer = self._editing.layer
        near = await asyncio.to_thread(_near, layer.library, group)
        handled = await self._questions.sorted(handled=True)
        return visit.page(
            "desk-group.html",
            group=group,
            title=_title(layer, group),
            near=near,
            handled=handled is not None and handled.group(group.code) is not None,
            can_write=may(visit.who, "answers.write"),
        )

    async def settle(self, visit: Visit) -> Response:
        group = await self._questions.group(visit.request.path_params["group"][:_CODE_CHARACTERS])
        if not group:
            return see(f"{QUESTIONS}?told=gone")
        code = await self._questions.settle(group, visit.actor, is_handled=visit.form.get("act") != "reopen")
        return see(f"{QUESTIONS}?told={code}")


def _title(layer: Layer, group: Group) -> str:
    entry = layer.entry(group.entry) if group.entry else None
    return entry.title if entry else group.entry


def _near(library: Library, group: Group) -> list[Match]:
    """The entries that the words may mean, the likeliest first; that which is disliked or was chosen before them."""
    found: dict[str, Match] = {}
    own = library.knowledge.entries.get(group.entry)
    if own:
        found[own.id] = Match(own, 1.0, own.title)
    for text in group.texts[:WORDINGS_SHOWN]:
        for match in library.knowledge.explain(text).matches:
            found.setdefault(match.entry.id, match)
    return [*found.values()][:NEAR_SHOWN]
