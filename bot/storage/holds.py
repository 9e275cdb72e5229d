"""Ballots that are held: decisions on voters go into the ledger, in one commit with the counters that they move."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, tuple_, update
from sqlalchemy import Row as Found

from bot.domain.audit import Entry
from bot.domain.desk import Actor
from bot.domain.holds import (
    DONE,
    HELD_FOR,
    OPERATORS_NEEDED,
    RELEASE_LASTS,
    Appeal,
    Case,
    Ruling,
    Suspicion,
    Tell,
)
from bot.domain.ledger import Act, Hold, Row, hold_after
from bot.messages import Address
from bot.storage.audit import append
from bot.storage.database import Database
from bot.storage.desk import is_allowed, logged
from bot.storage.instants import instant, milliseconds
from bot.storage.outbox import outbox_row
from bot.storage.tables import appeals, ballots, cases, holds, outbox, polls, rulings
from bot.storage.upsert import upsert
from bot.storage.votes import add_to_ledger, change_tallies, keep_the_hour
from bot.storage.writer import Kind

VOTERS_AT_A_TIME = 1000
_WAITING = tuple(int(act) for act in HELD_FOR.values())

Key = TypeVar("Key")
VoterOf = Callable[[str, Address], bytes]


class Sitting(Struct, frozen=True):
    """A ruling with what is needed to carry it out."""

    ruling: Ruling
    tell: Tell
    voter_of: VoterOf

    def operator_as_voters(self, poll: str) -> frozenset[bytes]:
        """The voters that the operator's accounts would be in a poll; a name in the terminal is nobody's."""
        named = (account.partition(":") for account in self.ruling.operator.accounts)
        return frozenset(self.voter_of(poll, Address(channel, user, user)) for channel, _, user in named)


class Bench(Struct, frozen=True):
    """A ruling at the desk, and which colleague makes it."""

    sitting: Sitting
    by: Actor


class HoldRecords:
    """Satisfies bot.domain.holds.HoldStore. `voter_of` says which voter of a poll an account is."""

    def __init__(self, database: Database, voter_of: VoterOf) -> None:
        self._database = database
        self._voter_of = voter_of

    async def hold(self, suspicion: Suspicion) -> int:
        return await self._database.writer.write(_HOLD, suspicion)

    async def rule(self, ruling: Ruling, tell: Tell, message_id: str) -> str:
        return await self._database.writer.write(_RULE, Sitting(ruling, tell, self._voter_of), message_id)

    async def appeal(self, appeal: Appeal, message_id: str) -> str:
        voter = self._voter_of(appeal.poll, appeal.sender)
        return await self._database.writer.write(_APPEAL, (appeal, voter), message_id)

    async def appeals_of(self, sender: Address) -> list[Appeal]:
        query = select(appeals, polls.c.name).join(polls, polls.c.id == appeals.c.poll).order_by(appeals.c.id)
        mine = (appeals.c.channel == sender.channel) & (appeals.c.user == sender.user)
        async with self._database.reading() as connection:
            return [_appeal_from(row, row.name) for row in await connection.execute(query.where(mine))]

    async def cases(self, limit: int, start: int = 0) -> list[Case]:
        async with self._database.reading() as connection:
            asked = await connection.run_sync(_appeals_by_case, self._voter_of)
            found = _CASES.where(_is_open(asked)).order_by(cases.c.id).offset(start).limit(limit)
            rows = await connection.execute(found)
            return [await connection.run_sync(_case, row, asked) for row in rows.all()]

    async def open_cases(self) -> int:
        async with self._database.reading() as connection:
            asked = await connection.run_sync(_appeals_by_case, self._voter_of)
            return await connection.scalar(select(func.count()).select_from(cases).where(_is_open(asked))) or 0

    async def case(self, number: int) -> Case | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_CASES.where(cases.c.id == number))).one_or_none()
            if not row:
                return None
            asked = await connection.run_sync(_appeals_by_case, self._voter_of, row.name)
            return await connection.run_sync(_case, row, asked)


class DeskHolds(HoldRecords):
    """Held ballots as a colleague rules on them, each ruling with its row of the log; `key` is the log's."""

    def __init__(self, database: Database, voter_of: VoterOf, key: bytes, by: Actor) -> None:
        super().__init__(database, voter_of)
        self._kind = Kind("desk-rule", str, logged(_rule_at_desk, key))
        self._by = by

    async def rule(self, ruling: Ruling, tell: Tell, _message_id: str) -> str:
        sitting = Sitting(ruling, tell, self._voter_of)
        return await self._database.writer.write(self._kind, Bench(sitting, self._by))


_CASES = select(cases, polls.c.name).join(polls, polls.c.id == cases.c.poll)


def _case(connection: Connection, row: Found[Any], appeals_by_case: Mapping[int, Sequence[Appeal]]) -> Case:
    waiting = _how_many_wait(connection, row.id)
    return Case(
        id=row.id,
        poll=row.name,
        detector=row.detector,
        option=row.option,
        numbers=msgspec.json.decode(row.numbers, type=dict[str, float]),
        voters=row.voters,
        waiting=waiting,
        state=row.state,
        at=instant(row.at),
        rulings=dict(Counter(_verdicts(connection, row.id, None, waiting).values())),
        appeals=tuple(appeals_by_case.get(row.id, ())),
    )


def holds_of(connection: Connection, poll: int) -> tuple[Counter[Hold], list[Case]]:
    """How many accounts of a poll wait, are released and are excluded; and all its cases."""
    counted = select(holds.c.act, func.count().label("accounts")).where(holds.c.poll == poll).group_by(holds.c.act)
    accounts: Counter[Hold] = Counter()
    for row in connection.execute(counted):
        accounts[hold_after(row.act)] += row.accounts
    rows = connection.execute(_CASES.where(cases.c.poll == poll).order_by(cases.c.id)).all()
    return accounts, [_case(connection, row, {}) for row in rows]


def _appeals_by_case(connection: Connection, voter_of: VoterOf, poll: str = "") -> dict[int, list[Appeal]]:
    """The appeals that wait, of one poll or of all."""
    query = select(appeals, polls.c.name).join(polls, polls.c.id == appeals.c.poll).where(appeals.c.answer == "")
    rows = connection.execute(query.where(polls.c.name == poll) if poll else query).all()
    asked = {(row.poll, voter_of(row.name, Address(row.channel, row.user, row.user))): row for row in rows}
    found: dict[int, list[Appeal]] = {}
    of_these = tuple_(holds.c.poll, holds.c.voter)
    for group in _groups(asked):
        held = select(holds.c.case, holds.c.poll, holds.c.voter).where(of_these.in_(group))
        for case, number, voter in connection.execute(held):
            row = asked[number, voter]
            found.setdefault(case, []).append(_appeal_from(row, row.name))
    return {case: sorted(of_it, key=lambda appeal: appeal.id) for case, of_it in found.items()}


def _is_open(asked: Iterable[int]) -> ColumnElement[bool]:
    """Whether a case waits, or an appeal on it."""
    return or_(cases.c.state == "waiting", cases.c.id.in_(asked))


def _appeal_from(row: Found[Any], poll: str) -> Appeal:
    sender = Address(row.channel, row.user, row.user)
    return Appeal(poll, sender, row.language, row.text, instant(row.at), row.id, row.answer)


def _groups(voters: Iterable[Key]) -> Iterable[list[Key]]:
    """Not more than a statement takes."""
    left = iter(voters)
    while group := list(islice(left, VOTERS_AT_A_TIME)):
        yield group


def _how_many_wait(connection: Connection, case: int) -> int:
    count = select(func.count()).where(holds.c.case == case, holds.c.act.in_(_WAITING))
    return connection.scalar(count) or 0


def _locked(connection: Connection, poll: int) -> Found[Any]:
    """The poll's row, so that votes and other decisions wait."""
    return connection.execute(select(polls).where(polls.c.id == poll).with_for_update()).one()


def _decide(connection: Connection, poll: Found[Any], voters: Sequence[bytes], act: Act, at: datetime) -> None:
    """Write a decision on these voters into the ledger, and move their ballots to where they count now."""
    if not voters:
        return
    keep_the_hour(connection, poll, at)
    rows = [Row(seq, voter, 0, None, at, act=act) for seq, voter in enumerate(voters, poll.last_seq + 1)]
    add_to_ledger(connection, poll.id, rows)
    way = {Act.RELEASED: -1, Act.EXCLUDED: 0}.get(act, 1)  # into what is held, or out of it; who is excluded was in it
    moved = _ballots_of(connection, poll.id, voters) if way else Counter[int]()
    if moved:
        held = {option: way * count for option, count in moved.items()}
        change_tallies(connection, poll.id, {option: -count for option, count in held.items()}, held)
    last_at = milliseconds(at)
    connection.execute(
        update(polls)
        .where(polls.c.id == poll.id)
        .values(
            last_seq=poll.last_seq + len(rows),
            last_at=max(last_at, poll.last_at or last_at),
            held=polls.c.held + way * moved.total(),
            holds=polls.c.holds + way * len(voters),
        )
    )


def _ballots_of(connection: Connection, poll: int, voters: Sequence[bytes]) -> Counter[int]:
    """How many ballots of theirs each candidate has."""
    found: Counter[int] = Counter()
    for group in _groups(voters):
        counted = (
            select(ballots.c.option, func.count().label("ballots"))
            .where(ballots.c.poll == poll, ballots.c.voter.in_(group))
            .group_by(ballots.c.option)
        )
        found.update({row.option: row.ballots for row in connection.execute(counted)})
    return found


def _hold(connection: Connection, items: Sequence[Suspicion]) -> list[int]:
    return [_hold_one(connection, item) for item in items]


def _hold_one(connection: Connection, item: Suspicion) -> int:
    poll = connection.execute(select(polls).where(polls.c.name == item.poll).with_for_update()).one()
    known = select(holds.c.voter).where(holds.c.poll == poll.id)
    decided = {
        voter for group in _groups(item.voters) for voter in connection.scalars(known.where(holds.c.voter.in_(group)))
    }
    voters = sorted(item.voters - decided)
    if not voters or _was_released(connection, poll.id, item):
        return 0
    case, act = _case_for(connection, poll.id, item, len(voters)), HELD_FOR[item.detector]
    connection.execute(
        insert(holds), [{"poll": poll.id, "voter": voter, "case": case, "act": int(act)} for voter in voters]
    )
    _decide(connection, poll, voters, act, item.at)
    return len(voters)


def _was_released(connection: Connection, poll: int, item: Suspicion) -> bool:
    """Whether operators have lately found that what looks so at this candidate is honest."""
    since = milliseconds(item.at - RELEASE_LASTS)
    lately = (
        select(rulings.c.id)
        .join(cases, cases.c.id == rulings.c.case)
        .where(cases.c.poll == poll, cases.c.detector == item.detector, cases.c.option == item.option)
        .where(cases.c.state == "released", rulings.c.at > since)
        .limit(1)
    )
    return connection.scalar(lately) is not None


def _case_for(connection: Connection, poll: int, item: Suspicion, more: int) -> int:
    """The case of the same kind that no operator has ruled on yet, grown by so many voters; or else a new one."""
    ruled = select(1).where(rulings.c.case == cases.c.id).exists()
    known = connection.scalar(
        select(func.max(cases.c.id)).where(
            cases.c.poll == poll,
            cases.c.detector == item.detector,
            cases.c.option == item.option,
            cases.c.state == "waiting",
            ~ruled,
        )
    )
    numbers = msgspec.json.encode(item.numbers).decode()
    if known:
        grown = {"voters": cases.c.voters + more, "numbers": numbers}
        connection.execute(update(cases).where(cases.c.id == known).values(grown))
        return int(known)
    new = insert(cases).values(
        poll=poll,
        detector=item.detector,
        option=item.option,
        numbers=numbers,
        voters=more,
        state="waiting",
        at=milliseconds(item.at),
    )
    key = connection.execute(new).inserted_primary_key
    assert key
    return int(key[0])


def _rule(connection: Connection, items: Sequence[Sitting]) -> list[str]:
    return [_rule_one(connection, item) for item in items]


def _rule_at_desk(connection: Connection, key: bytes, bench: Bench) -> str:
    ruling, by = bench.sitting.ruling, bench.by
    code = _rule_one(connection, bench.sitting) if is_allowed(connection, by, "polls.publish") else "not-allowed"
    subject = f"#{ruling.case}" + (f" @{ruling.appeal}" if ruling.appeal else "")
    append(connection, key, Entry(ruling.at, by.name, f"held-{ruling.verdict}", subject, code))
    return code


def _rule_one(connection: Connection, sitting: Sitting) -> str:
    number = connection.scalar(select(cases.c.poll).where(cases.c.id == sitting.ruling.case))
    if number is None:
        return "unknown"
    poll = _locked(connection, number)
    case = connection.execute(select(cases).where(cases.c.id == sitting.ruling.case)).one()
    return (_rule_on_appeal if sitting.ruling.appeal else _rule_on)(connection, poll, case, sitting)


def _rule_on(connection: Connection, poll: Found[Any], case: Found[Any], sitting: Sitting) -> str:
    """On all of a case who wait; who of them has appealed is answered with it."""
    if case.state != "waiting":
        return "settled"
    waiting = sorted(
        connection.scalars(select(holds.c.voter).where(holds.c.case == case.id, holds.c.act.in_(_WAITING)))
    )
    if len(waiting) != sitting.ruling.seen:
        return "changed"
    if not sitting.operator_as_voters(poll.name).isdisjoint(waiting):
        return "own"
    outcome = _noted(connection, sitting.ruling, len(waiting))
    if outcome == DONE[sitting.ruling.verdict]:
        asked = _appeals_by_case(connection, sitting.voter_of, poll.name).get(case.id, ())
        _carry_out(connection, poll, waiting, sitting.ruling)
        connection.execute(update(cases).where(cases.c.id == case.id).values(state=outcome))
        decided = set(waiting)
        for appeal in asked:
            if sitting.voter_of(poll.name, appeal.sender) in decided:
                _answer(connection, appeal, outcome, sitting)
    return outcome


def _rule_on_appeal(connection: Connection, poll: Found[Any], case: Found[Any], sitting: Sitting) -> str:
    """On one voter alone, also on one who was excluded."""
    ruling = sitting.ruling
    found = select(appeals).where(appeals.c.id == ruling.appeal, appeals.c.poll == poll.id)
    row = connection.execute(found).one_or_none()
    if not row or row.answer:
        return "settled" if row else "unknown"
    appeal = _appeal_from(row, poll.name)
    if appeal.sender.person in ruling.operator.accounts:
        return "own"
    voter = sitting.voter_of(poll.name, appeal.sender)
    act = connection.scalar(
        select(holds.c.act).where(holds.c.poll == poll.id, holds.c.voter == voter, holds.c.case == case.id)
    )
    if not hold_after(act):
        return "unknown"
    outcome = _noted(connection, ruling, 1)
    if outcome == DONE[ruling.verdict]:
        if hold_after(act) != outcome:
            _carry_out(connection, poll, [voter], ruling)
        _answer(connection, appeal, outcome, sitting)
        if case.state == "waiting" and not _how_many_wait(connection, case.id):
            connection.execute(update(cases).where(cases.c.id == case.id).values(state="settled"))
    return outcome


def _noted(connection: Connection, ruling: Ruling, voters: int) -> str:
    """Write the ruling down; what it comes to with those of the others: `second` while one more is needed."""
    verdicts = _verdicts(connection, ruling.case, ruling.appeal or None, voters)
    others = [verdict for account, verdict in verdicts.items() if not ruling.operator.has(account)]
    mine = [verdict for account, verdict in verdicts.items() if ruling.operator.has(account)]
    if ruling.verdict in mine:
        return "again"
    connection.execute(
        insert(rulings).values(
            case=ruling.case,
            appeal=ruling.appeal or None,
            operator=ruling.operator.name,
            verdict=ruling.verdict,
            voters=voters,
            at=milliseconds(ruling.at),
        )
    )
    alike = 1 + others.count(ruling.verdict)
    return DONE[ruling.verdict] if alike >= OPERATORS_NEEDED else "second"


def _verdicts(connection: Connection, case: int, appeal: int | None, voters: int) -> dict[str, str]:
    """The last verdict of each operator on just these voters: that of a smaller or larger case counts no more."""
    found = connection.execute(
        select(rulings.c.operator, rulings.c.verdict)
        .where(rulings.c.case == case, rulings.c.appeal.is_not_distinct_from(appeal), rulings.c.voters == voters)
        .order_by(rulings.c.id)
    )
    return {row.operator: row.verdict for row in found}


def _carry_out(connection: Connection, poll: Found[Any], voters: Sequence[bytes], ruling: Ruling) -> None:
    act = Act.RELEASED if ruling.verdict == "release" else Act.EXCLUDED
    for group in _groups(voters):
        connection.execute(update(holds).where(holds.c.poll == poll.id, holds.c.voter.in_(group)).values(act=int(act)))
    _decide(connection, poll, voters, act, ruling.at)


def _answer(connection: Connection, appeal: Appeal, outcome: str, sitting: Sitting) -> None:
    connection.execute(update(appeals).where(appeals.c.id == appeal.id).values(answer=outcome))
    at = sitting.ruling.at
    letter = sitting.tell(appeal, outcome, at)
    if letter:
        connection.execute(insert(outbox).values(outbox_row(appeal.sender, letter.reply, at, letter.expires_at)))


def _appeal(connection: Connection, items: Sequence[tuple[Appeal, bytes]]) -> list[str]:
    return [_appeal_one(connection, appeal, voter) for appeal, voter in items]


def _appeal_one(connection: Connection, appeal: Appeal, voter: bytes) -> str:
    poll = connection.scalar(select(polls.c.id).where(polls.c.name == appeal.poll))
    act = connection.scalar(select(holds.c.act).where(holds.c.poll == poll, holds.c.voter == voter))
    if not hold_after(act):
        return "not-held"
    noted = connection.execute(
        upsert(connection, appeals).on_conflict_do_nothing(index_elements=["poll", "channel", "user"]),
        {
            "poll": poll,
            "channel": appeal.sender.channel,
            "user": appeal.sender.user,
            "language": appeal.language,
            "text": appeal.text,
            "answer": "",
            "at": milliseconds(appeal.at),
        },
    )
    return "noted" if noted.rowcount else "again"


_HOLD: Kind[Suspicion, int] = Kind("hold", int, _hold)
_RULE: Kind[Sitting, str] = Kind("rule", str, _rule)
_APPEAL: Kind[tuple[Appeal, bytes], str] = Kind("appeal", str, _appeal)
