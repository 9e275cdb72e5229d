"""The desk's doors: invitations, signing in and out, who is there, and who changes what about whom."""

import asyncio
import hashlib
import hmac
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, Protocol

from cryptography.exceptions import InvalidTag
from msgspec import Struct

from bot.domain import codes, passwords
from bot.domain.audit import Entry
from bot.domain.colleagues import Change, Colleague, Role, Session, is_name

TOKEN_BYTES = 32
_NONCE_BYTES = 12
_ATTEMPT_BYTES = 16
# Each holds MEMORY_KIB; more than a few at once only make all of them slower.
HASHING_AT_ONCE = 2
HASHING_WAITING = 40
BUSY_WAIT = timedelta(seconds=5)
# A page is written down as seen at most so often.
SEEN_EVERY = timedelta(minutes=1)
AT_MACHINE = 0
# The longest subject of a row of the log.
MAX_SUBJECT = 64


class Actor(Struct, frozen=True):
    """Who does something, as it is logged; `id` is AT_MACHINE for whoever sits at the machine and may do all."""

    name: str
    id: int = AT_MACHINE


class Invitation(Struct, frozen=True):
    """`digest` is that of the token in the link."""

    name: str
    role: Role
    digest: bytes
    by: Actor
    at: datetime


class Amendment(Struct, frozen=True):
    """A change of the colleague with this number; `digest` is that of the token of a new invitation."""

    number: int
    change: Change
    by: Actor
    at: datetime
    role: Role | None = None
    digest: bytes = b""


class MachineOrder(Struct, frozen=True):
    """What somebody at the machine does about the colleague of this name; `digest` is that of a link's token."""

    act: Literal["invite", "invite-again", "lock"]
    name: str
    by: str
    role: Role | None = None
    digest: bytes = b""


class Attempt(Struct, frozen=True):
    """Somebody tries to sign in. `keys` stand for the account and for the address that it comes from."""

    keys: tuple[bytes, bytes]
    at: datetime


class Credentials(Struct, frozen=True):
    """What an active colleague signs in with: the PHC string, the sealed secret, the last time step that was used."""

    colleague: Colleague
    password: str
    box: bytes
    last_step: int


class Entrance(Struct, frozen=True):
    """A password and a code were right; `session` is the digest of the token that the browser gets."""

    colleague: int
    step: int
    session: bytes
    attempt: Attempt


class Rekeying(Struct, frozen=True):
    """Somebody has shown the old password, which was kept as `before`, and a code, and chosen a new password.

    `session` is the digest of the token that the browser gets.
    """

    colleague: int
    before: str
    password: str
    step: int
    session: bytes
    attempt: Attempt


class Acceptance(Struct, frozen=True):
    """An invited person has chosen a password and shown a code."""

    digest: bytes
    password: str
    box: bytes
    step: int
    session: bytes
    at: datetime


class DeskStore(Protocol):
    """What is written is in the log in the same commit."""

    async def attempt(self, attempt: Attempt) -> timedelta:
        """Count it as failed, unless one has to wait first: for how long."""
        ...

    async def enter(self, entrance: Entrance) -> bool:
        """Begin a session and take the failure back; False when the step was used or the colleague may not enter."""
        ...

    async def accept(self, acceptance: Acceptance) -> bool: ...

    async def rekey(self, rekeying: Rekeying) -> bool:
        """Keep the new password, end all their sessions and begin one; False as with `enter`, or if it has changed."""
        ...

    async def invite(self, invitation: Invitation) -> str: ...

    async def amend(self, amendment: Amendment) -> str: ...

    async def see(self, session: bytes, at: datetime) -> None: ...

    async def leave(self, session: bytes, entry: Entry) -> None: ...

    async def note(self, entry: Entry) -> None: ...


class DeskReader(Protocol):
    async def credentials(self, name: str) -> Credentials | None: ...

    async def is_known(self, name: str) -> bool: ...

    async def invited(self, digest: bytes, at: datetime) -> Colleague | None:
        """Whose invitation it is, while it holds."""
        ...

    async def session(self, digest: bytes) -> tuple[Session, Colleague] | None: ...

    async def everybody(self) -> list[Colleague]:
        """All who have not been removed."""
        ...


class DeskKeys(Struct, frozen=True):
    """Secret keys, none of which is in the database."""

    passwords: bytes
    codes: bytes
    attempts: bytes


class Entered(Struct, frozen=True):
    """Somebody is in: `token` is the browser's. Without one: why not, as a code, and how long to wait."""

    token: str = ""
    refused: str = ""
    wait: timedelta = timedelta(0)


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def name_of(text: str) -> str:
    """A name as it is kept, however it was typed."""
    return unicodedata.normalize("NFKC", text).strip()


class Desk:
    """`new_bytes` gives so many that nobody can guess."""

    def __init__(
        self,
        store: DeskStore,
        reader: DeskReader,
        keys: DeskKeys,
        clock: Callable[[], datetime],
        new_bytes: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._reader = reader
        self._keys = keys
        self._clock = clock
        self._new_bytes = new_bytes
        self._hashing = asyncio.Semaphore(HASHING_AT_ONCE)
        self._waiting = 0
        self._nobodys = ""

    async def visitor(self, token: str, *, is_active: bool = True) -> Colleague | None:
        """Whose session it is, while it lasts and they may be here; only what `is_active` makes it last."""
        digest, now = digest_of(token), self._clock()
        found = await self._reader.session(digest) if token else None
        if not found or found[0].is_over(now) or found[1].state != "active":
            return None
        if is_active and now - found[0].seen_at >= SEEN_EVERY:
            await self._store.see(digest, now)
        return found[1]

    async def sign_in(self, name: str, password: str, code: str, address: str) -> Entered:
        """Whatever is wrong is called so, and takes as long."""
        if self._waiting >= HASHING_WAITING:
            return Entered(refused="wait", wait=BUSY_WAIT)
        name = name_of(name)
        attempt = self._attempted(name, address)
        now = attempt.at
        if wait := await self._store.attempt(attempt):
            return Entered(refused="wait", wait=wait)
        found = await self._reader.credentials(name) if is_name(name) else None
        is_right = await self._check(password, found)
        step = self._step(found, code, now) if found and is_right else None
        token = self.new_token()
        if (
            found
            and step is not None
            and await self._store.enter(Entrance(found.colleague.id, step, digest_of(token), attempt))
        ):
            return Entered(token)
        if is_name(name) and await self._reader.is_known(name):  # never what else was typed: it may be a password
            await self._store.note(Entry(now, name, "sign-in", name, "refused"))
        else:
            await self._store.see(digest_of(token), now)  # nobody's: it only takes as long
        return Entered(refused="wrong")

    async def change_password(self, who: Colleague, old: str, code: str, new: str, address: str) -> Entered:
        """With the old one and a code, which count as attempts; all sessions end, and one begins for who did it."""
        if unfit := passwords.unfit(new, who.name):
            return Entered(refused=unfit)
        if self._waiting >= HASHING_WAITING:
            return Entered(refused="wait", wait=BUSY_WAIT)
        attempt = self._attempted(who.name, address)
        if wait := await self._store.attempt(attempt):
            return Entered(refused="wait", wait=wait)
        found = await self._reader.credentials(who.name)
        is_right = await self._check(old, found)
        step = self._step(found, code, attempt.at) if found and is_right else None
        if found and step is not None:
            token, kept = self.new_token(), await self._kept(new)
            rekeying = Rekeying(who.id, found.password, kept, step, digest_of(token), attempt)
            if await self._store.rekey(rekeying):
                return Entered(token)
        await self._store.note(Entry(attempt.at, who.name, "password", who.name, "refused"))
        return Entered(refused="wrong")

    async def sign_out(self, token: str, colleague: Colleague) -> None:
        entry = Entry(self._clock(), colleague.name, "sign-out", colleague.name, "done")
        await self._store.leave(digest_of(token), entry)

    async def invited(self, token: str) -> Colleague | None:
        return await self._reader.invited(digest_of(token), self._clock())

    def secret_for(self, token: str) -> bytes:
        """What the authenticator of whoever has this invitation is given."""
        return hmac.digest(self._keys.codes, b"invitation" + digest_of(token), "sha256")[: codes.SECRET_BYTES]

    async def accept(self, token: str, password: str, code: str) -> Entered:
        """Choose a password, show that the authenticator works, and be in."""
        now, colleague = self._clock(), await self.invited(token)
        if not colleague:
            return Entered(refused="gone")
        if unfit := passwords.unfit(password, colleague.name):
            return Entered(refused=unfit)
        secret = self.secret_for(token)
        step = codes.matching_step(secret, code, now, last=-1)
        if step is None:
            return Entered(refused="code")
        box = codes.sealed(secret, self._keys.codes, self._new_bytes(_NONCE_BYTES), colleague.name)
        kept = await self._kept(password)
        session = self.new_token()
        accepted = await self._store.accept(Acceptance(digest_of(token), kept, box, step, digest_of(session), now))
        return Entered(session) if accepted else Entered(refused="gone")

    async def invite(self, name: str, role: Role, by: Actor) -> tuple[str, str]:
        """The outcome's code, and the token of the link."""
        token, name = self.new_token(), name_of(name)
        if not is_name(name):
            return "bad-name", ""
        code = await self._store.invite(Invitation(name, role, digest_of(token), by, self._clock()))
        return code, token if code == "invited" else ""

    async def amend(self, number: int, change: Change, by: Actor, role: Role | None = None) -> tuple[str, str]:
        """The outcome's code, and the token of a new link where there is one."""
        token = self.new_token() if change == "invite-again" else ""
        digest = digest_of(token) if token else b""
        code = await self._store.amend(Amendment(number, change, by, self._clock(), role, digest))
        return code, token if code == "done" else ""

    async def obey(self, order: MachineOrder) -> str:
        """The outcome's code. The token stays at the machine: only its digest comes here."""
        name, by, now = name_of(order.name), Actor(order.by), self._clock()
        if order.act == "invite":
            invitation = Invitation(name, order.role or "reviewer", order.digest, by, now)
            return await self._store.invite(invitation) if is_name(name) else "bad-name"
        number = next((one.id for one in await self._reader.everybody() if one.name == name), 0)
        return await self._store.amend(Amendment(number, order.act, by, now, None, order.digest))

    async def refuse(self, colleague: Colleague, door: str) -> None:
        """Write down that somebody wanted what is not theirs to do."""
        await self._store.note(Entry(self._clock(), colleague.name, "door", door, "refused"))

    async def note_export(self, colleague: Colleague, what: str) -> None:
        """Write down that somebody takes a table away."""
        await self._store.note(Entry(self._clock(), colleague.name, "export", what[:MAX_SUBJECT], "done"))

    async def everybody(self) -> list[Colleague]:
        return await self._reader.everybody()

    def new_token(self) -> str:
        return self._new_bytes(TOKEN_BYTES).hex()

    def _attempted(self, name: str, address: str) -> Attempt:
        return Attempt((self._attempt_key("account", name), self._attempt_key("address", address)), self._clock())

    async def _kept(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(passwords.kept, password, self._keys.passwords)

    async def _check(self, password: str, found: Credentials | None) -> bool:
        self._waiting += 1
        try:
            async with self._hashing:
                return await asyncio.to_thread(self._fits, password, found)
        finally:
            self._waiting -= 1

    def _fits(self, password: str, found: Credentials | None) -> bool:
        """Whoever asks for nobody waits as long as for somebody."""
        pepper = self._keys.passwords
        if not found:
            self._nobodys = self._nobodys or passwords.kept(self.new_token(), pepper)
        return passwords.fits(password, found.password if found else self._nobodys, pepper) and bool(found)

    def _step(self, found: Credentials, code: str, now: datetime) -> int | None:
        try:
            secret = codes.opened(found.box, self._keys.codes, found.colleague.name)
        except InvalidTag:  # sealed with a key that is gone: only a new invitation helps
            return None
        return codes.matching_step(secret, code, now, found.last_step)

    def _attempt_key(self, kind: str, of: str) -> bytes:
        return hmac.digest(self._keys.attempts, f"{kind}:{of}".encode(), "sha256")[:_ATTEMPT_BYTES]
