"""When the platform lets us write to a person first: its windows and consents, reckoned never more than it does."""

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct, structs

# 客服消息: after a message 5 within 48 h; after following, a menu click or a scan 3 within a minute.
MESSAGE_LASTS, MESSAGE_SENDS = timedelta(hours=48), 5
TAP_LASTS, TAP_SENDS = timedelta(minutes=1), 3
# A send that begins so shortly before the end may arrive after it.
MESSAGE_MARGIN, TAP_MARGIN = timedelta(minutes=10), timedelta(seconds=20)
# What is sent while a message of the person is on its way to us may count against that message's window.
IN_FLIGHT = timedelta(minutes=1)
# Of an open window's messages, those that tips leave to answers.
KEPT_FOR_ANSWERS = 2
TOLD_EVERY = timedelta(days=7)
# The platform tries for 15 s to deliver an event; later than this none comes after its successor.
DISORDER = timedelta(hours=1)


class Reach(Struct, frozen=True, omit_defaults=True):
    """How a person can be written to. Instants are the platform's.

    `messaged_at` and `tapped_at` opened the windows, `sends` are what we have sent in them, `consents` the banked
    订阅通知 by template; `told_at` is when the person was last told how to keep tips coming. Events come in any order:
    what is older than `left_at`, or for consents `withdrawn_at`, opens nothing any more.
    """

    messaged_at: datetime | None = None
    tapped_at: datetime | None = None
    sends: tuple[datetime, ...] = ()
    consents: dict[str, int] = {}
    told_at: datetime | None = None
    left_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def left(self, now: datetime) -> int:
        """How many messages may go now. Each send counts against both windows: nobody says which one it uses."""
        return max(
            self._left(self.messaged_at, MESSAGE_LASTS - MESSAGE_MARGIN, MESSAGE_SENDS, now),
            self._left(self.tapped_at, TAP_LASTS - TAP_MARGIN, TAP_SENDS, now),
        )

    def after_message(self, at: datetime) -> "Reach":
        """The person has written."""
        if _is_over(self.left_at, at):
            return self
        return structs.replace(self, messaged_at=_later(self.messaged_at, at))._pruned()

    def after_tap(self, at: datetime) -> "Reach":
        """The person has followed us, clicked in the menu or scanned our code."""
        if _is_over(self.left_at, at):
            return self
        return structs.replace(self, tapped_at=_later(self.tapped_at, at))._pruned()

    def after_leaving(self, at: datetime) -> "Reach":
        """The person follows us no more: nothing is left but that."""
        return Reach(left_at=_later(self.left_at, at))

    def after_consent(self, template: str, at: datetime) -> "Reach":
        """The person has agreed to one notice of the template."""
        if _is_over(self.left_at, at) or _is_over(self.withdrawn_at, at):
            return self
        return self.with_consents(template, 1)

    def after_withdrawal(self, template: str, at: datetime) -> "Reach":
        """The person wants no more notices of the template."""
        return structs.replace(self.without_consents(template), withdrawn_at=_later(self.withdrawn_at, at))

    def after_send(self, at: datetime) -> "Reach":
        return structs.replace(self, sends=(*self.sends, at))._pruned()

    def without_send(self, at: datetime) -> "Reach":
        """What began at that instant has certainly not been sent."""
        sends = list(self.sends)
        if at in sends:
            sends.remove(at)
        return structs.replace(self, sends=tuple(sends))

    def shut(self) -> "Reach":
        """The platform says that no window is open."""
        return structs.replace(self, messaged_at=None, tapped_at=None, sends=())

    def with_consents(self, template: str, change: int) -> "Reach":
        """One more consent, or one less; a template without any is left out."""
        count = self.consents.get(template, 0) + change
        others = {name: kept for name, kept in self.consents.items() if name != template}
        return structs.replace(self, consents=others | {template: count} if count > 0 else others)

    def without_consents(self, template: str) -> "Reach":
        return structs.replace(self, consents={k: v for k, v in self.consents.items() if k != template})

    def should_be_told(self, now: datetime) -> bool:
        return self.told_at is None or now - self.told_at >= TOLD_EVERY

    def until(self) -> datetime | None:
        """After this it says nothing any more; None for what has no end."""
        if self.consents:
            return None
        ends = [
            start + lasts
            for start, lasts in (
                (self.messaged_at, MESSAGE_LASTS),
                (self.tapped_at, TAP_LASTS),
                (self.told_at, TOLD_EVERY),
                (self.left_at, DISORDER),
                (self.withdrawn_at, DISORDER),
            )
            if start
        ]
        return max(ends, default=None)

    def _left(self, since: datetime | None, lasts: timedelta, sends: int, now: datetime) -> int:
        if since is None or now >= since + lasts:
            return 0
        return sends - sum(send >= since - IN_FLIGHT for send in self.sends)

    def _pruned(self) -> "Reach":
        """Without the sends that count against no window."""
        since = min((start for start in (self.messaged_at, self.tapped_at) if start), default=None)
        if since is None:
            return structs.replace(self, sends=())
        return structs.replace(self, sends=tuple(send for send in self.sends if send >= since - IN_FLIGHT))


NOTHING = Reach()


def read(state: bytes) -> Reach:
    return msgspec.json.decode(state, type=Reach) if state else NOTHING


def written(reach: Reach) -> tuple[bytes, datetime | None]:
    """The state for storage, with until when it is worth keeping."""
    return (b"" if reach == NOTHING else msgspec.json.encode(reach)), reach.until()


def _is_over(closed_at: datetime | None, at: datetime) -> bool:
    """Instants are whole seconds: what happened in the same one counts as before."""
    return closed_at is not None and at <= closed_at


def _later(before: datetime | None, at: datetime) -> datetime:
    return max(before, at) if before else at
