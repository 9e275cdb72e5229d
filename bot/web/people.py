"""Who is at the other end of the web chat: a signed cookie, and a limit on new people."""

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from itsdangerous import BadSignature, TimestampSigner
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from bot.messages import Address

COOKIE = "haowangmin_person"
COOKIE_LIFE = timedelta(days=180)
COOKIE_RENEWAL = timedelta(days=1)
# A whole school may sit behind one address: a few classes can arrive within minutes, a flood of voters cannot.
NEWCOMERS_PER_ADDRESS = 120
NEWCOMERS_WINDOW = timedelta(minutes=10)
IPV6_SITE_PREFIX = 64


class TooManyNewcomers(Exception):
    """One client address brought its share of new people; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class Visit(Struct, frozen=True):
    """A person at the web chat; `stale` when the browser has no cookie yet, or one to be renewed."""

    person: str
    stale: bool

    @property
    def address(self) -> Address:
        return Address("web", self.person, self.person)


class Newcomers:
    """Counts new people per client address in windows of ten minutes."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._since = clock()
        self._counts: Counter[str] = Counter()

    def count(self, client: str) -> None:
        """Raises TooManyNewcomers when the address has used up its window."""
        now = self._clock()
        if now - self._since >= NEWCOMERS_WINDOW:
            self._since = now
            self._counts.clear()
        site = site_of(client)
        if self._counts[site] >= NEWCOMERS_PER_ADDRESS:
            left = self._since + NEWCOMERS_WINDOW - now
            raise TooManyNewcomers(max(1, round(left.total_seconds())))
        self._counts[site] += 1


class Visitors:
    """Knows people by their cookie and gives new ones theirs."""

    def __init__(
        self, key: bytes, secure: bool, clock: Callable[[], datetime], new_person_id: Callable[[], str]
    ) -> None:
        self._signer = _Signer(key, clock)
        self._secure = secure
        self._clock = clock
        self._new_person_id = new_person_id
        self._newcomers = Newcomers(clock)

    def known(self, request: Request) -> Visit | None:
        """The person of the cookie; None without one, or with one that is forged or too old."""
        try:
            person, signed_at = self._signer.unsign(
                request.cookies.get(COOKIE, ""),
                max_age=int(COOKIE_LIFE.total_seconds()),
                return_timestamp=True,
            )
        except BadSignature:
            return None
        return Visit(person.decode(), stale=self._clock() - signed_at >= COOKIE_RENEWAL)

    def welcome(self, request: Request) -> Visit:
        """The person of the cookie, or a new one. Raises TooManyNewcomers."""
        known = self.known(request)
        if known:
            return known
        self._newcomers.count(request.client.host if request.client else "")
        return Visit(self._new_person_id(), stale=True)

    def remember(self, response: Response, visit: Visit) -> Response:
        """The response, with the cookie where the browser needs one."""
        if visit.stale:
            response.set_cookie(
                COOKIE,
                self._signer.sign(visit.person).decode(),
                max_age=int(COOKIE_LIFE.total_seconds()),
                httponly=True,
                samesite="lax",
                secure=self._secure,
            )
        return response


class _Signer(TimestampSigner):
    """Signs with our clock instead of the machine's."""

    def __init__(self, key: bytes, clock: Callable[[], datetime]) -> None:
        super().__init__(key, salt="web-person", digest_method=hashlib.sha256, key_derivation="hmac")
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock().timestamp())


def site_of(client: str) -> str:
    """The address, or the network that one IPv6 subscriber has to draw addresses from."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if not isinstance(address, IPv6Address):
        return client
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), IPV6_SITE_PREFIX), strict=False).network_address)
