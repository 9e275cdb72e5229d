"""Spreadsheets that are brought: a template to fill in, what is wrong by cell, and then the drafts."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from starlette.responses import Response

from bot.domain.colleagues import may
from bot.domain.desk import Desk, digest_of
from bot.domain.imports import Intake, Looked, Mistake, Taking, Upload, UploadStore
from bot.domain.reviewers import Reviewer, reviewer_at_desk
from bot.domain.revisions import Hand
from bot.sheets import MAX_BYTES, XLSX_TYPE, Line, Unusable, read, xlsx
from bot.web.desk.doors import Door, Visit, see
from bot.web.desk.exports import SHEETS

# Mistakes that are shown at once; whoever has mended those sees the next.
MISTAKES_SHOWN = 200
GOOD_SHOWN = 50
_UNFIT = 422
_FORM_BYTES = 16 * 1024  # what stands in the form around the file


class ImportsRoom:
    """`store` keeps what was looked through until somebody says that it shall be drafts."""

    def __init__(
        self,
        intakes: Mapping[str, Intake],
        store: UploadStore,
        desk: Desk,
        reviewers: tuple[Reviewer, ...],
        clock: Callable[[], datetime],
    ) -> None:
        self._intakes = intakes
        self._store = store
        self._desk = desk
        self._reviewers = reviewers
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()  # each may unpack to many times its size

    def doors(self) -> list[Door]:
        """A template, a place to bring it to, and a form to go on with, for each kind."""
        return [door for intake in self._intakes.values() for door in self._doors_of(intake)]

    def _doors_of(self, intake: Intake) -> list[Door]:
        def of(enter: Callable[[Visit, Intake], Awaitable[Response]]) -> Callable[[Visit], Awaitable[Response]]:
            return lambda visit: enter(visit, intake)

        path, needs = f"{SHEETS}/{intake.kind}", intake.needs
        return [
            Door("GET", f"{path}/template.xlsx", needs, of(self._template)),
            Door("POST", path, needs, of(self._look), most=MAX_BYTES + _FORM_BYTES, takes_file=True),
            Door("POST", f"{path}/drafts", needs, of(self._keep)),
        ]

    def open_to(self, visit: Visit) -> list[Intake]:
        return [intake for intake in self._intakes.values() if may(visit.who, intake.needs)]

    async def _template(self, visit: Visit, intake: Intake) -> Response:
        name = f'attachment; filename="{intake.kind}.xlsx"'
        headings = [*_headings(visit, intake)]
        return Response(xlsx(headings), media_type=XLSX_TYPE, headers={"Content-Disposition": name})

    async def _look(self, visit: Visit, intake: Intake) -> Response:
        """A dry run: nothing changes but that the good rows are kept for an hour."""
        headings = _headings(visit, intake)
        try:
            async with self._one_at_a_time:
                letters, lines = await asyncio.to_thread(read, visit.file, list(headings), intake.most)
        except Unusable as fault:
            return visit.page(
                "desk-import.html",
                _UNFIT,
                intake=intake,
                refused=f"desk.sheets.unusable.{fault.code}",
                missing="、".join(fault.columns),
                most_rows=intake.most,
                most_megabytes=MAX_BYTES // 1024 // 1024,
            )
        places = {name: (letters[heading], heading) for heading, name in headings.items()}
        looked = await intake.look([(line.number, _by_name(line, headings)) for line in lines if not line.faulty])
        order = {name: place for place, name in enumerate(intake.fields)}
        found = (*_formulas(lines, headings), *looked.mistakes)
        mistakes = sorted(found, key=lambda one: (one.row, order[one.field]))
        return await self._looked(visit, intake, looked, mistakes, places)

    async def _looked(
        self,
        visit: Visit,
        intake: Intake,
        looked: Looked,
        mistakes: list[Mistake],
        places: Mapping[str, tuple[str, str]],
    ) -> Response:
        token = self._desk.new_token()
        if looked.good:
            await self._store.keep(Upload(digest_of(token), intake.kind, visit.actor, looked.good, self._clock()))
        return visit.page(
            "desk-import.html",
            _UNFIT if mistakes else 200,
            intake=intake,
            refused="",
            token=token,
            good=looked.good[:GOOD_SHOWN],
            good_rows=len(looked.good),
            mistakes=[(one, *places[one.field]) for one in mistakes[:MISTAKES_SHOWN]],
            wrong_rows=len({one.row for one in mistakes}),
            more=max(len(mistakes) - MISTAKES_SHOWN, 0),
        )

    async def _keep(self, visit: Visit, intake: Intake) -> Response:
        digest = digest_of(visit.form.get("upload", ""))
        taken = await self._store.take(Taking(digest, intake.kind, intake.needs, visit.actor, self._clock()))
        if not taken:
            return see(f"{SHEETS}?told=gone")
        hand = Hand(visit.actor, reviewer_at_desk(self._reviewers, visit.who.account))
        count = await intake.keep(taken, hand)
        return see(f"{SHEETS}?told=drafts&count={count}")


def _headings(visit: Visit, intake: Intake) -> dict[str, str]:
    """The names of the columns by what stands above them."""
    return {visit.pages.say(visit.request, f"desk.{intake.kind}.field.{name}"): name for name in intake.fields}


def _by_name(line: Line, headings: Mapping[str, str]) -> dict[str, str]:
    return {name: line.cells[heading] for heading, name in headings.items()}


def _formulas(lines: list[Line], headings: Mapping[str, str]) -> list[Mistake]:
    return [Mistake(line.number, headings[heading], "formula") for line in lines for heading in sorted(line.faulty)]
