"""The channel that writes to people first: callbacks come in, messages go out over HTTP, on both engines."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import httpx
import pytest
from msgspec import structs

from bot.channels.wechat import client as client_module
from bot.channels.wechat.accounts import abilities
from bot.channels.wechat.client import WeChatClient
from bot.channels.wechat.clock import PlatformClock
from bot.channels.wechat.ledger import Ledger
from bot.channels.wechat.pushing import CHECK_AGAIN_SECONDS, CHECK_SECONDS, PushingWeChatChannel, Template
from bot.channels.wechat.records import InMemory, Rule
from bot.context import Unavailable
from bot.domain.knowledge import KnowledgeBase
from bot.domain.library import Library, Shelf
from bot.domain.tips import Tips
from bot.messages import Address, Button, Outcome, Reply
from bot.storage.channels import ChannelRecords
from bot.storage.database import Database
from tests.channels.wechat import payloads_recorded as recorded
from tests.channels.wechat.official_account import NOW, OPENID, STAMP, call
from tests.channels.wechat.served import Counter, channel_of, client_of, post
from tests.conftest import Clock
from tests.fakes.wechat import (
    APP_ID,
    BIZSEND,
    CUSTOM_SEND,
    HANG,
    MASS_SEND,
    QUOTA,
    SECRET,
    TOKEN,
    FakeWeChat,
    Fault,
)
from tests.shipped import shipped

TEMPLATE = "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc"
ANA = Address("wechat", OPENID, OPENID)
TIP = Reply("今日一招：陌生人发来的二维码，先别扫，问问家里人。", ((Button("暂停", "/pause"),),))
TELLS = "48 小时"


class Service:
    """One process of the service, with its fake platform and what the test does as the person."""

    def __init__(self, fake: FakeWeChat, base: str, records: ChannelRecords | InMemory, clock: Clock) -> None:
        self.fake, self.clock = fake, clock
        self.started = clock.now
        self.platform = PlatformClock(lambda: (clock.now - self.started).total_seconds())
        self.waits: list[float] = []
        self.waited_thrice = asyncio.Event()
        ledger = Ledger(records, self.platform, TEMPLATE)
        client = WeChatClient(
            app_id=APP_ID,
            secret=SECRET,
            api_base=base,
            records=records,
            key=b"k" * 32,
            clock=clock,
            platform=self.platform,
        )
        self.counter = Counter()
        self.listed: list[tuple[Address, list[str]]] = []
        self.is_down = False
        self.channel = PushingWeChatChannel(
            channel_of(self.counter, notice=ledger.notice, clock=clock),
            client,
            ledger,
            self.platform,
            abilities=abilities("service", True),
            template=Template(TEMPLATE),
            public_url="https://bot.example.org/",
            command_of=lambda text: "/pause" if text in ("暂停", "暫停", "Pause") else "",
            listed=self.list_buttons,
            shelf=Shelf(Library(KnowledgeBase(()), Tips(), {}, shipped().phrases)),
            monotonic=lambda: clock.now.timestamp(),
            sleep=self.sleep,
        )

    async def list_buttons(self, address: Address, buttons: Sequence[Button]) -> None:
        if self.is_down:
            raise Unavailable("for a moment")
        self.listed.append((address, [button.command for button in buttons]))

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        if len(self.waits) == 3:
            self.waited_thrice.set()
        self.clock.passes(seconds=seconds)
        await asyncio.sleep(0)

    async def says(self, xml: str, done: Callable[[str], None] | None = None) -> httpx.Response:
        """The person does something, which the platform knows and posts."""
        if done:
            done(OPENID)
        stamp = str(int(self.clock.now.timestamp()))
        for then in (STAMP, "1795350638"):
            xml = xml.replace(then, stamp)
        xml = xml.replace("24840911220367145", f"2484{stamp}")
        async with client_of(self.channel) as http:
            return await post(http, call(xml, timestamp=stamp))

    async def writes(self) -> httpx.Response:
        return await self.says(recorded.TEXT, self.fake.said)

    async def consents(self) -> httpx.Response:
        return await self.says(recorded.SUBSCRIBE_MESSAGE_POPUP, lambda openid: self.fake.consented(openid, TEMPLATE))

    async def send(self, reply: Reply = TIP) -> tuple[Outcome, str]:
        sent = await self.channel.send(ANA, reply)
        return sent.outcome, sent.reason


@pytest.fixture
async def fake() -> FakeWeChat:
    fake = FakeWeChat(Clock(NOW))
    fake.consented(OPENID, "another")  # the platform knows the person
    return fake


@pytest.fixture
async def service(fake: FakeWeChat, base: str, database: Database) -> AsyncIterator[Service]:
    assert isinstance(fake.clock, Clock)
    service = Service(fake, base, ChannelRecords(database, "wechat"), fake.clock)
    yield service
    await service.channel.close()


SENT = (Outcome.SENT, "")
CLOSED = (Outcome.REFUSED, "window-closed")


async def test_who_wrote_gets_three_tips_and_two_messages_stay_for_answers(service: Service) -> None:
    answer = await service.writes()
    assert answer.status_code == 200
    assert [await service.send() for _ in range(4)] == [SENT] * 3 + [(Outcome.REFUSED, "window-spent")]
    assert [path for path, _, _ in service.fake.sent] == [CUSTOM_SEND] * 3
    service.clock.passes(hours=1)
    await service.writes()
    assert await service.send() == SENT
    service.clock.passes(hours=48)
    assert await service.send() == CLOSED
    assert service.fake.refused == []


async def test_who_never_wrote_is_not_tried(service: Service) -> None:
    await service.channel._examine()
    before = len(service.fake.calls)
    assert await service.send() == CLOSED
    assert len(service.fake.calls) == before


async def test_how_to_keep_them_coming_is_said_once_a_week(service: Service) -> None:
    for _ in range(10):
        await service.writes()
        assert await service.send() == SENT
        service.clock.passes(days=1)
    told = [TELLS in text for _, _, text in service.fake.sent]
    assert told == [True, False, False, False, False, False, False, True, False, False]


QUIZ = Reply("Today's tip: ask first.", ((Button("Ask", "/answer 7 a"), Button("Pay", "/answer 7 b")),))


@pytest.mark.parametrize("is_down", [False, True])
async def test_buttons_become_words_to_type_or_get_a_number(service: Service, is_down: bool) -> None:
    """What cannot be noted has been sent all the same, once."""
    service.is_down = is_down
    await service.writes()
    assert await service.send(structs.replace(QUIZ, buttons=(*QUIZ.buttons, (Button("Pause", "/pause"),)))) == SENT
    ((_, _, text),) = service.fake.sent
    assert "【1】Ask\n【2】Pay\nYou can also reply: “Pause”" in text
    assert service.listed == ([] if is_down else [(ANA, ["/answer 7 a #en", "/answer 7 b #en"])])


async def test_a_card_shows_no_buttons(service: Service) -> None:
    await service.consents()
    assert await service.send(QUIZ) == SENT
    assert service.listed == []


@pytest.mark.parametrize(
    ("text", "button", "hint"),
    [
        ("The class moves.", Button("Pause", "/pause #en"), "You can also reply: “Pause”"),
        ("課改到二樓。", Button("暫停", "/pause #hant"), "也可以回覆：“暫停”"),
        ("The class moves.", Button("A", "/answer 7 a #en"), "【1】A"),
    ],
)
async def test_nobody_reads_the_mark_of_a_button(service: Service, text: str, button: Button, hint: str) -> None:
    options = service.channel.shown(Reply(text, ((button,),))).removeprefix(f"{text}\n\n")
    assert options.splitlines()[0] == hint


async def test_a_banked_consent_carries_a_tip_when_no_window_is_open(service: Service) -> None:
    assert (await service.consents()).text == "success"
    assert await service.send() == SENT
    assert service.fake.sent == [(BIZSEND, OPENID, "今日一招：陌生人发来的二维码，先别扫，…")]
    assert service.fake.calls[-1].body["page"] == "https://bot.example.org"
    assert await service.send() == CLOSED


async def test_a_notice_goes_by_the_window_and_never_by_a_consent(service: Service) -> None:
    """A consent was given for tips: the notice is refused, the consent stays, and the next tip goes by it."""
    notice = Reply("手机课改到二楼。", ((Button("暂停", "/pause"),),))
    people, stranger = [ANA], Address("wechat", "oStranger", "oStranger")
    await service.channel._examine()
    await service.consents()
    assert await service.channel.reachable([*people, stranger], service.clock.now) == 0
    sent = await service.channel.send(ANA, notice, is_tip=False)
    assert (sent.outcome, sent.reason) == CLOSED
    await service.writes()
    assert await service.channel.reachable([*people, stranger], service.clock.now) == 1
    assert (await service.channel.send(ANA, notice, is_tip=False)).outcome is Outcome.SENT
    (_, _, text) = service.fake.sent[0]
    assert text.startswith("手机课改到二楼。")
    assert TELLS in text
    assert service.channel.shown(notice).startswith("手机课改到二楼。")
    assert "“暂停”" in service.channel.shown(notice)
    service.clock.passes(hours=48)
    assert await service.channel.reachable(people, service.clock.now) == 0
    assert await service.send() == SENT
    assert service.fake.sent[-1][0] == BIZSEND


async def test_a_notice_of_the_greatest_length_is_not_cut(service: Service) -> None:
    for text in ("字" * 500, "x" * 500, "😀" * 375):
        await service.writes()
        notice = Reply(text, ((Button("退订", "/unsubscribe"),),))
        assert text in service.channel.shown(notice)
        await service.channel.send(ANA, notice, is_tip=False)
        assert text in service.fake.sent[-1][2]
        service.clock.passes(days=8)  # the line about the window is told again


async def test_the_window_goes_before_the_consent(service: Service) -> None:
    await service.consents()
    await service.writes()
    assert [await service.send() for _ in range(5)] == [SENT] * 4 + [(Outcome.REFUSED, "window-spent")]
    assert [path for path, _, _ in service.fake.sent] == [CUSTOM_SEND] * 3 + [BIZSEND]


async def test_who_left_has_no_open_way(service: Service) -> None:
    await service.writes()
    await service.consents()
    service.clock.passes(seconds=5)
    await service.says(recorded.UNSUBSCRIBE, service.fake.left)
    assert await service.send() == CLOSED


async def test_a_refused_way_is_closed_and_the_next_one_taken(service: Service) -> None:
    await service.writes()
    await service.consents()
    service.fake.fail(CUSTOM_SEND, Fault(45015))
    assert await service.send() == SENT
    assert [path for path, _, _ in service.fake.sent] == [BIZSEND]
    assert await service.send() == CLOSED

    await service.consents()
    service.fake.fail(BIZSEND, Fault(43101))
    assert await service.send() == CLOSED


async def test_what_was_certainly_not_sent_is_not_counted(service: Service) -> None:
    await service.writes()
    for errcode in (-1, 45011, 40003, 47003, -1):
        service.fake.fail(CUSTOM_SEND, Fault(errcode))
        assert (await service.send())[0] in (Outcome.RETRY, Outcome.UNREACHABLE, Outcome.REFUSED)
        service.clock.passes(minutes=5)
    assert [await service.send() for _ in range(4)] == [SENT] * 3 + [(Outcome.REFUSED, "window-spent")]


async def test_what_may_have_arrived_is_counted(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    await service.writes()
    await service.send()
    monkeypatch.setattr(client_module, "ANSWER_SECONDS", 0.1)
    service.fake.fail(CUSTOM_SEND, HANG)
    assert await service.send() == (Outcome.UNKNOWN, "timeout")
    assert [await service.send() for _ in range(2)] == [SENT, (Outcome.REFUSED, "window-spent")]


async def test_a_quota_holds_everybody_back(service: Service) -> None:
    await service.writes()
    service.fake.fail(CUSTOM_SEND, Fault(45009))
    assert await service.send() == (Outcome.RETRY, "api-quota")
    assert "quota" in service.channel.state
    await service.channel.turn(ANA)
    assert service.waits == [3600.0]
    await service.channel.turn(ANA)
    assert service.waits == [3600.0]


async def test_nothing_leaves_before_the_platform_has_told_the_time(service: Service) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(service.channel.turn(ANA), 0.02)
    await service.channel._examine()
    await service.channel.turn(ANA)


async def test_the_settings_are_compared_with_the_account(service: Service) -> None:
    assert service.channel.state.startswith("WeChat's API has not been reached yet")
    service.fake.fail(TOKEN, Fault(40164))
    service.fake.unauthorised = {BIZSEND}
    states = []
    for _ in range(3):
        await service.channel._examine()
        states.append(service.channel.state)
        service.fake.unauthorised = set() if len(states) == 2 else service.fake.unauthorised
    assert "IP whitelist" in states[0]
    assert BIZSEND in states[1]
    assert "WECHAT_VERIFIED" in states[1]
    assert states[2] == "ready"
    asked = {call.body["cgi_path"] for call in service.fake.calls if call.path == QUOTA}
    assert asked == {CUSTOM_SEND, BIZSEND, MASS_SEND}


async def test_an_account_that_may_not_send_says_so(service: Service) -> None:
    await service.writes()
    service.fake.unauthorised = {CUSTOM_SEND}
    assert await service.send() == (Outcome.REFUSED, "not-authorised")
    assert CUSTOM_SEND in service.channel.state


async def test_the_check_is_made_again_and_again(service: Service) -> None:
    service.fake.fail(TOKEN, Fault(-1))
    running = asyncio.create_task(service.channel.run())
    await asyncio.wait_for(service.waited_thrice.wait(), 5)
    running.cancel()
    assert service.waits[:3] == [CHECK_AGAIN_SECONDS, CHECK_SECONDS, CHECK_SECONDS]


async def test_a_platform_that_is_down_stops_no_answer(fake: FakeWeChat, database: Database) -> None:
    assert isinstance(fake.clock, Clock)
    service = Service(fake, "http://127.0.0.1:1", ChannelRecords(database, "wechat"), fake.clock)
    await service.channel._examine()
    assert "not connected" in service.channel.state
    assert (await service.writes()).status_code == 200
    assert await service.send() == (Outcome.RETRY, "not connected")
    await service.channel.close()


class Refusing(InMemory):
    async def change(self, user: str, rule: Rule, message_id: str = "") -> str:
        raise Unavailable("no disk")


async def test_without_a_database_a_message_is_answered_and_a_consent_asked_for_again(
    fake: FakeWeChat, base: str
) -> None:
    assert isinstance(fake.clock, Clock)
    service = Service(fake, base, Refusing(), fake.clock)
    assert (await service.writes()).status_code == 200
    assert (await service.consents()).status_code == 503
    assert await service.send() == (Outcome.RETRY, "database")
    await service.channel.close()


async def test_a_restarted_service_knows_the_windows(service: Service, database: Database, base: str) -> None:
    await service.writes()
    await service.send()
    again = Service(service.fake, base, ChannelRecords(database, "wechat"), service.clock)
    await again.channel._examine()
    assert [await again.send() for _ in range(3)] == [SENT, SENT, (Outcome.REFUSED, "window-spent")]
    await again.channel.close()


async def test_the_machine_s_clock_may_jump(fake: FakeWeChat, base: str, database: Database) -> None:
    """Our wall clock is set back a day and forward two: the windows close by the platform's."""
    assert isinstance(fake.clock, Clock)
    platform = fake.clock
    service = Service(fake, base, ChannelRecords(database, "wechat"), platform)
    await service.writes()
    wall = Clock(platform.now)
    service.channel._client._clock = wall
    for jump in (-24, 48, -1):
        wall.passes(hours=jump)
        assert await service.send() == SENT
    await service.writes()
    platform.passes(hours=47, minutes=51)
    wall.passes(hours=-100)
    assert await service.send() == CLOSED
    assert fake.refused == []
    await service.channel.close()
