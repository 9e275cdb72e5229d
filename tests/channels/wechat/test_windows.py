"""The rules of the window ledger, and that it never thinks open what the platform has closed."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.wechat.clock import PlatformClock
from bot.channels.wechat.ledger import Ledger
from bot.channels.wechat.records import InMemory
from bot.channels.wechat.windows import KEPT_FOR_ANSWERS, NOTHING, Reach, read, written
from tests.fakes.wechat import BIZSEND, CUSTOM_SEND, FakeWeChat, Semantics

AT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
TEMPLATE = "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc"
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def sent(reach: Reach, *instants: datetime) -> Reach:
    for instant in instants:
        reach = reach.after_send(instant)
    return reach


@pytest.mark.parametrize(
    ("reach", "after", "left"),
    [
        (NOTHING, 0 * SECOND, 0),
        (NOTHING.after_message(AT), 0 * SECOND, 5),
        (NOTHING.after_message(AT), 47 * HOUR, 5),
        (NOTHING.after_message(AT), 48 * HOUR - 10 * MINUTE, 0),
        (NOTHING.after_tap(AT), 39 * SECOND, 3),
        (NOTHING.after_tap(AT), 40 * SECOND, 0),
        (sent(NOTHING.after_message(AT), AT + HOUR, AT + 2 * HOUR), 3 * HOUR, 3),
        (sent(NOTHING.after_message(AT), *[AT + HOUR] * 5), 3 * HOUR, 0),
        (sent(NOTHING.after_message(AT), *[AT + HOUR] * 5).after_message(AT + 2 * HOUR), 3 * HOUR, 5),
        (sent(NOTHING.after_message(AT), AT + HOUR).after_message(AT + HOUR + 30 * SECOND), 3 * HOUR, 4),
        (sent(NOTHING.after_message(AT), AT + HOUR).after_message(AT), 3 * HOUR, 4),
        (sent(NOTHING.after_message(AT), *[AT + HOUR] * 5).after_tap(AT + 2 * HOUR), 2 * HOUR, 3),
        (sent(NOTHING.after_message(AT).after_tap(AT), AT + SECOND), 2 * SECOND, 4),
        (NOTHING.after_message(AT).shut(), SECOND, 0),
    ],
)
def test_how_many_are_left(reach: Reach, after: timedelta, left: int) -> None:
    assert reach.left(AT + after) == left


def test_what_is_certainly_not_sent_counts_no_more() -> None:
    reach = sent(NOTHING.after_message(AT), AT + SECOND, AT + SECOND)
    assert reach.without_send(AT + SECOND).left(AT + HOUR) == 4
    assert reach.without_send(AT + 2 * SECOND).left(AT + HOUR) == 3


def test_a_state_survives_storage_and_ends_when_it_says_nothing() -> None:
    reach = sent(NOTHING.after_message(AT).after_tap(AT + HOUR), AT + HOUR)
    state, until = written(reach)
    assert read(state) == reach
    assert until == AT + 48 * HOUR
    assert written(NOTHING) == (b"", None)
    consented = reach.with_consents(TEMPLATE, 1)
    assert written(consented)[1] is None, "a consent has no end"
    assert consented.with_consents(TEMPLATE, -1) == reach


ODDS = {
    "says": 20,
    "taps": 12,
    "consents": 8,
    "withdraws": 4,
    "leaves": 2,
    "send": 40,
    "sends": 5,
    "time": 20,
    "restart": 2,
    "forget": 5,
}


class World:
    """A platform, its people, and the service, whose clocks agree on nothing but the length of a second."""

    def __init__(self, semantics: Semantics, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = AT
        self.fake = FakeWeChat(lambda: self.now, semantics)
        self.records = InMemory()
        self.people = [f"o{number}" for number in range(5)]
        self.underway: list[tuple[datetime, str]] = []
        self.ways: dict[str, int] = {"window": 0, "consent": 0, "": 0}
        self._ids = itertools.count(10**9)
        self.restart()

    def restart(self) -> None:
        """A new process: its monotonic clock begins anywhere; the check at the start has told it the time."""
        start = self.now - timedelta(seconds=self.random.uniform(0, 10**6))
        self.clock = PlatformClock(lambda: (self.now - start).total_seconds())
        self.clock.hear(self.now.replace(microsecond=0))
        self.ledger = Ledger(self.records, self.clock, TEMPLATE)

    async def step(self) -> None:
        user = self.random.choice(self.people)
        match self.random.choices(list(ODDS), list(ODDS.values()))[0]:
            case "send":
                await self.send(user)
            case "sends":
                for _ in range(7):
                    await self.send(user, kept=0)
            case "time":
                hours = self.random.choice([0, 0, 0, 1, 24, 47.8, 47.99, 48])
                await self.pass_time(self.random.uniform(0, 90) + hours * 3600)
            case "restart":
                self.restart()
            case "forget":
                await self.ledger.forget_expired()
            case event:
                self.happens(event, user)
                await self.pass_time(self.random.choice([0, 0.2, 3]))

    def happens(self, event: str, user: str) -> None:
        """The platform knows it at once; we hear of it up to 14 s later, sometimes twice, in any order.

        Of what closes a way we hear at once: nobody can know before.
        """
        xml = self._xml(event, user, int(self.now.timestamp()))
        delays = [0.0] if event in {"leaves", "withdraws"} else [0.0, 0.3, 5.0, 14.0]
        for _ in range(self.random.choice([1, 1, 1, 2])):
            self.underway.append((self.now + timedelta(seconds=self.random.choice(delays)), xml))

    async def pass_time(self, seconds: float) -> None:
        end = self.now + timedelta(seconds=seconds)
        while due := [item for item in self.underway if item[0] <= end]:
            item = min(due)
            self.underway.remove(item)
            self.now = max(self.now, item[0])
            assert await self.ledger.notice(item[1])
        self.now = end

    async def send(self, user: str, kept: int = KEPT_FOR_ANSWERS) -> None:
        """A message takes up to 10 s to the platform; meanwhile the person may do something."""
        await self.pass_time(0)
        claim = await self.ledger.claim(user, kept)
        self.ways[claim.way] += 1
        if not claim.way:
            return
        for seconds in self.random.choice([(0.0, 0.1), (1.0, 1.0), (4.0, 6.0)]):
            await self.pass_time(seconds)
            if self.random.random() < 0.2:
                self.happens(self.random.choice(["says", "taps"]), user)
        if self.random.random() < 0.1:
            await self.ledger.give_back(user, claim)  # no connection: it never left us
            return
        path = CUSTOM_SEND if claim.way == "window" else BIZSEND
        text: dict[str, Any] = {"msgtype": "text", "text": {"content": "一招"}}
        notice: dict[str, Any] = {"template_id": TEMPLATE, "data": {"thing1": {"value": "一招"}}}
        assert self.fake.take(path, {"touser": user, **(text if claim.way == "window" else notice)}) == 0

    def _xml(self, event: str, user: str, stamp: int) -> str:
        head = f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{user}</FromUserName><CreateTime>{stamp}</CreateTime>"
        if event == "says":
            self.fake.said(user)
            return f"{head}<MsgType>text</MsgType><Content>好</Content><MsgId>{next(self._ids)}</MsgId></xml>"
        if event == "taps":
            self.fake.tapped(user)
            tap = self.random.choice(
                [
                    "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>/tip</EventKey>",
                    "<MsgType>event</MsgType><Event>SCAN</Event><EventKey>1</EventKey><Ticket>t</Ticket>",
                    "<MsgType>event</MsgType><Event>subscribe</Event>",
                    "<MsgType>text</MsgType><Content>1</Content><MsgId>1</MsgId><bizmsgmenuid>1</bizmsgmenuid>",
                ]
            )
            return f"{head}{tap}</xml>"
        if event == "leaves":
            self.fake.left(user)
            return f"{head}<MsgType>event</MsgType><Event>unsubscribe</Event></xml>"
        kind, status = ("Popup", "accept") if event == "consents" else ("Change", "reject")
        if event == "consents":
            self.fake.consented(user, TEMPLATE)
        else:
            self.fake.withdrew(user, TEMPLATE)
        return (
            f"{head}<MsgType>event</MsgType><Event>subscribe_msg_{kind.lower()}_event</Event><SubscribeMsg{kind}Event>"
            f"<List><TemplateId>{TEMPLATE}</TemplateId><SubscribeStatusString>{status}</SubscribeStatusString></List>"
            f"</SubscribeMsg{kind}Event></xml>"
        )


async def live(semantics: Semantics, events: int) -> None:
    world = World(semantics, seed=events)
    for _ in range(events):
        await world.step()
    tries = sum(world.ways.values())
    assert world.ways["window"] > tries * 0.2, "the ledger is not shut all the time"
    assert world.ways["consent"] > tries * 0.05


@pytest.mark.parametrize("semantics", ["both", "shorter first", "longer first"])
async def test_nothing_is_refused_for_a_window_that_the_ledger_thinks_open(semantics: Semantics) -> None:
    await live(semantics, 7_000)


@pytest.mark.torture
@pytest.mark.timeout(600)
@pytest.mark.parametrize("semantics", ["both", "shorter first", "longer first"])
async def test_nothing_is_refused_in_a_hundred_thousand_events(semantics: Semantics) -> None:
    await live(semantics, 100_000)
