"""The composition root: the one module that knows all the others. Tests build through it too."""

import asyncio
import gc
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from starlette.applications import Starlette
from starlette.types import ASGIApp

import handlers
from bot.clock import Comparison, utc_now
from bot.config import Settings
from bot.content import ContentErrors, fingerprint, load
from bot.context import Operator, Services, Unavailable
from bot.delivery.broadcasts import Announcer, Broadcasts
from bot.delivery.notary import Notary
from bot.delivery.outbox import Courier
from bot.delivery.photos import Collector
from bot.delivery.schedule import Schedule
from bot.delivery.ticks import Every, keep_ticking
from bot.delivery.watchman import Watchman
from bot.domain.charts import Chart, Charts
from bot.domain.desk import Actor, Desk, DeskKeys
from bot.domain.holds import Holds
from bot.domain.knowledge import Chooser
from bot.domain.library import Library, Shelf
from bot.domain.parts import REST_LASTS
from bot.domain.people import TOPIC_LASTS
from bot.domain.photos import ADRIFT_LASTS
from bot.domain.polls import Poll, Polls, Standing, pseudonym
from bot.domain.questions import Questions
from bot.domain.reviewers import Reviewer
from bot.domain.stories import Decision, Stories
from bot.domain.subscriptions import Subscriptions
from bot.domain.text import traditional
from bot.domain.times import home_date
from bot.domain.urgent import recognise
from bot.messages import Address, Reply, Sent
from bot.pictures import Darkroom, Gallery, find_typeface
from bot.router import Dispatcher
from bot.storage.audit import AuditLog
from bot.storage.broadcasts import BroadcastRecords
from bot.storage.channels import ChannelRecords
from bot.storage.checkpoints import Checkpoints
from bot.storage.database import Database
from bot.storage.desk import DeskRecords, DeskStories
from bot.storage.holds import HoldRecords
from bot.storage.keys import CHECKPOINTS, DESK_LOG, Keys, poll_key
from bot.storage.outbox import OutboxRecords
from bot.storage.people import PeopleStore
from bot.storage.photos import PhotoRecords
from bot.storage.questions import QuestionRecords
from bot.storage.revisions import RevisionRecords
from bot.storage.stories import StoryRecords
from bot.storage.subscriptions import SubscriptionRecords
from bot.storage.votes import Conflict, Votes
from bot.storage.watches import Watches
from bot.turns import Turns
from bot.web import Letterbox, Metrics, Uploads, Web
from bot.web.desk import Office
from bot.web.front import Front
from bot.web.guard import ONLY_HTTPS

if TYPE_CHECKING:
    from bot.channels.wechat import WeChatChannel
    from bot.channels.wechat.client import WeChatClient
    from bot.channels.wechat.clock import PlatformClock
    from bot.channels.wechat.pictures import Pictures
    from bot.channels.wechat.records import Records

log = logging.getLogger(__name__)

TICK = timedelta(seconds=5)
BROADCAST_TICK = timedelta(seconds=2)
PHOTO_TICK = timedelta(seconds=2)
CONTENT_CHECK = timedelta(seconds=2)
EXPIRY_CHECK = timedelta(minutes=1)
PRUNING = timedelta(hours=1)
# A vote is under a signed checkpoint a minute after it was cast, also when one tick comes late.
SEALING = timedelta(seconds=30)
WATCHING = timedelta(minutes=1)
# Telegram repeats an update for 24 h; outcomes are kept long enough for twice that, and a margin.
OUTCOMES_KEPT = timedelta(hours=72)
RESTART_PAUSE_SECONDS = 5.0
# A message makes hundreds of objects and hardly a cycle: with Python's own 700 the collector runs for nothing.
OBJECTS_BETWEEN_COLLECTIONS = 20_000
# Whoever can read this key may decide on stories through the running service: the command line on this machine.
REVIEW_KEY = "review"
WECHAT_HALF_SET = "WECHAT_VERIFIED is true, but without WECHAT_APP_SECRET tips come on asking only"

Clock = Callable[[], datetime]


class Channel(Protocol):
    """A platform: its endpoints by path, its work in the background, and what it says of its own health."""

    name: str

    @property
    def endpoints(self) -> Mapping[str, ASGIApp]: ...

    @property
    def state(self) -> str: ...

    async def run(self) -> None: ...

    async def close(self) -> None: ...


@runtime_checkable
class PushingChannel(Channel, Protocol):
    """A platform on which we can write first."""

    async def turn(self, address: Address) -> None: ...

    async def send(self, address: Address, reply: Reply, *, is_tip: bool = True) -> Sent: ...

    async def reachable(self, people: Sequence[Address], now: datetime) -> int: ...

    def seconds_for(self, messages: int) -> float: ...

    def shown(self, reply: Reply) -> str: ...


@runtime_checkable
class PhotographingChannel(Channel, Protocol):
    """A platform that gives us the photos that people send."""

    async def fetch(self, source: str) -> bytes: ...


class App:
    """Everything that is configured, wired together. `running()` starts and stops it; `asgi` serves it."""

    def __init__(
        self, settings: Settings, library: Library, clock: Clock = utc_now, chooser: Chooser | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.shelf = Shelf(library)
        self.keys = Keys(settings.keys, settings.secret_key)
        self.database = Database(settings.database, clock)
        self.people = PeopleStore(self.database)
        self.votes = Votes(self.database)
        self.outbox = OutboxRecords(self.database)
        self.subscriptions = SubscriptionRecords(self.database)
        self.questions = QuestionRecords(self.database)
        self.wechat_records = ChannelRecords(self.database, "wechat")
        self.notary = Notary(Checkpoints(self.database), self.shelf, self.keys.key(CHECKPOINTS))
        self.holds = HoldRecords(self.database, self._voter)
        self.watchman = Watchman(Watches(self.database), self.holds.hold, self.shelf)
        self.stories = StoryRecords(self.database)
        self.desk_records = DeskRecords(self.database, self.keys.key(DESK_LOG))
        self.desk = Desk(self.desk_records, self.desk_records, _desk_keys(self.keys), clock, secrets.token_bytes)
        self.revisions = RevisionRecords(self.database, self.keys.key(DESK_LOG), {})
        self.photos = PhotoRecords(self.database)
        self.darkroom = Darkroom()
        self.gallery = _gallery(settings, self.photos)
        self.metrics = Metrics()
        self.comparison = Comparison(clock)
        self.services = self._services(chooser)
        dispatcher = self._dispatcher()
        self.turns = Turns(dispatcher.answer, dispatcher.slow_down)
        self.answer = self.metrics.watch(self.turns.answer)
        self._show_queues()
        self.offers = dispatcher.offers
        self.command_of = dispatcher.command_of
        self.edition = Edition(settings.content_dir, self.shelf, self.install_polls, clock)
        late = timedelta(minutes=settings.tip_late_minutes)
        self.schedule = Schedule(self.subscriptions, self.shelf, late, self.services.drawing)
        self._jobs: set[asyncio.Task[None]] = set()
        self.channels = self._channels()
        broadcasts = BroadcastRecords(self.database)
        self.announcer = Announcer(broadcasts)
        self.broadcasts = Broadcasts(broadcasts, [*self._pushing(), Letterbox()], self.shelf)
        self.collector = self._collector()
        called = {path: endpoint for channel in self.channels for path, endpoint in channel.endpoints.items()}
        pages = Starlette(routes=self._web().routes(), middleware=[ONLY_HTTPS] if settings.is_https else [])
        self.asgi = Front(called, pages)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["App"]:
        """Migrate, set up the polls, start the channels and the clock; on leaving, finish what is under way.

        Raises DatabaseUnusable, and Conflict for a poll that contradicts what was counted before.
        """
        _read_ahead()
        try:
            await self.database.migrate()
            await self.install_polls(self.shelf.library)
            if self.settings.wechat_app_id:  # the account may have been verified since the last start
                await self.subscriptions.settle("wechat", self.settings.wechat_pushes, self.clock())
            async with self._working():
                yield self
        finally:
            await self.database.close()

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        scheduler = self._scheduler()
        background = [*self._background(), lambda: keep_ticking(scheduler, utc_now)]
        tasks = [asyncio.create_task(_kept_running(work)) for work in background]
        try:
            yield
        finally:
            scheduler.pause()  # a job that is handed out now would be cancelled before it begins, and logged as a fault
            await asyncio.sleep(0)  # those that were handed out begin, and are waited for
            scheduler.shutdown(wait=False)
            await asyncio.gather(*self._jobs)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for channel in self.channels:
                await channel.close()

    async def install_polls(self, library: Library) -> None:
        """Write down new polls; Conflict for a file that contradicts what was counted before."""
        now = self.clock()
        for poll in library.polls.values():
            if poll.state(now) != "closed" or not self.keys.is_destroyed(poll_key(poll.id)):
                await self.votes.install(poll, self.keys.check(poll_key(poll.id)), now)

    async def health(self) -> dict[str, str]:
        """`ready`, or a sentence, by component."""
        return {
            "database": await self._database_state(),
            "content": self.edition.state,
            "queue": self.turns.state,
            **({"clock": self._clock_state()} if self.comparison.has_heard else {}),
            **{channel.name: channel.state for channel in self.channels},
        }

    def _show_queues(self) -> None:
        writer, show = self.database.writer, self.metrics.show
        show("haowangmin_messages_present", "Messages that wait or are being answered", lambda: self.turns.present)
        show("haowangmin_writes_waiting", "Writes that wait for the next commit", lambda: writer.waiting)

    @property
    def _told(self) -> frozenset[str]:
        """The channels on which an author hears what became of a story."""
        return frozenset({"web"}) | ({"telegram"} if self.settings.telegram_bot_token else frozenset())

    def _services(self, chooser: Chooser | None) -> Services:
        told = self._told
        pushing = told | ({"wechat"} if self.settings.wechat_pushes else frozenset())
        polls = Polls(self.votes, lambda poll: self.keys.key(poll_key(poll)), self.people.joined_at)
        return Services(
            shelf=self.shelf,
            people=self.people,
            polls=polls,
            charts=Charts(polls, self.votes),
            subscriptions=Subscriptions(self.subscriptions, pushing),
            questions=Questions(self.questions, self.keys.key("questions")),
            stories=Stories(self.stories, self.stories, self.shelf, told),
            holds=Holds(self.holds, self.shelf, told),
            operator=Operator(
                name=self.settings.operator_name,
                contact=self.settings.operator_contact,
                official=self.settings.operator_official,
                icp_number=self.settings.icp_number,
                reviewers=reviewers_of(self.settings),
                site=self.settings.public_url.rstrip("/"),
            ),
            chooser=chooser,
            picturing=frozenset({"web", "telegram"}),
            shows_alone=frozenset({"wechat"}) if self.settings.wechat_pushes else frozenset(),
            draws=self.gallery.draws,
            photographing=frozenset({"web", "telegram", "wechat"}),
            room=self._room(),
        )

    def _room(self) -> Mapping[str, Callable[[Reply], int]]:
        """Of the platforms that show only so much at a time, the bytes of text that they leave to a reply."""
        if not self.settings.wechat_app_id:
            return {}
        from bot.channels.wechat.render import room_for

        return {"wechat": lambda reply: room_for(reply, self.shelf.library.phrases, self.settings.public_url)}

    def _voter(self, poll: str, account: Address) -> bytes:
        return pseudonym(self.keys.key(poll_key(poll)), account)

    def _dispatcher(self) -> Dispatcher:
        return Dispatcher(
            handlers.ROUTERS,
            self.services,
            urgent=handlers.URGENT,
            fallback=handlers.FALLBACK,
            unknown=handlers.UNKNOWN,
            unreadable=handlers.UNREADABLE,
            share=handlers.SHARE,
        )

    def _channels(self) -> list[Channel]:
        settings, channels = self.settings, list[Channel]()
        if settings.telegram_bot_token:
            channels.append(self._telegram())
        if settings.wechat_app_id:
            channels.append(self._pushing_wechat() if settings.wechat_pushes else self._wechat())
        return channels

    def _wechat(
        self, notice: Callable[[str], Awaitable[bool]] | None = None, pictures: "Pictures | None" = None
    ) -> "WeChatChannel":
        from bot.channels.wechat import WeChatChannel  # a platform's library loads only where it is used

        settings = self.settings
        return WeChatChannel(
            app_id=settings.wechat_app_id,
            token=settings.wechat_token,
            aes_key=settings.wechat_encoding_aes_key,
            previous_aes_key=settings.wechat_previous_aes_key,
            answer=self.answer,
            public_url=settings.public_url,
            shelf=self.shelf,
            clock=self.clock,
            notice=notice,
            has_room=self.turns.has_room,
            message_menus=settings.wechat_message_menus,
            pictures=pictures,
            state=WECHAT_HALF_SET if settings.wechat_verified and not settings.wechat_pushes else "ready",
        )

    def _pushing_wechat(self) -> PushingChannel:
        from bot.channels.wechat.accounts import abilities
        from bot.channels.wechat.clock import PlatformClock
        from bot.channels.wechat.ledger import Ledger
        from bot.channels.wechat.pictures import Pictures
        from bot.channels.wechat.pushing import PushingWeChatChannel, Template

        settings, platform = self.settings, PlatformClock(heard=partial(self.comparison.hear, "WeChat"))
        ledger = Ledger(self.wechat_records, platform, settings.wechat_tip_template)
        client = wechat_client(settings, self.wechat_records, self.keys.key("wechat-token"), self.clock, platform)
        pictures = Pictures(client, self.gallery, self.clock) if self.gallery.draws else None
        return PushingWeChatChannel(
            self._wechat(ledger.notice, pictures),
            client,
            ledger,
            platform,
            abilities=abilities(settings.wechat_account, settings.wechat_verified),
            template=Template(settings.wechat_tip_template, settings.wechat_tip_field),
            public_url=settings.public_url,
            command_of=self.command_of,
            listed=self.people.show_buttons,
            shelf=self.shelf,
        )

    def _telegram(self) -> PushingChannel:
        from bot.channels.telegram import TelegramChannel

        settings = self.settings
        return TelegramChannel(
            token=settings.telegram_bot_token,
            api_base=settings.telegram_api_base,
            mode=settings.telegram_mode,
            bulk_per_second=settings.telegram_bulk_per_second,
            public_url=settings.public_url,
            webhook_secret=settings.telegram_webhook_secret or self.keys.key("telegram-webhook").hex(),
            answer=self.answer,
            offers=self.offers,
            shelf=self.shelf,
            operator=self.services.operator,
            clock=self.clock,
            gallery=self.gallery,
            heard=partial(self.comparison.hear, "Telegram"),
        )

    def _collector(self) -> Collector:
        cameras = {
            channel.name: channel.fetch for channel in self.channels if isinstance(channel, PhotographingChannel)
        }
        return Collector(self.photos, cameras, self.darkroom, self.services.stories.lose_photo)

    def _web(self) -> Web:
        stories = self.services.stories
        return Web(
            answer=self.answer,
            shelf=self.shelf,
            operator=self.services.operator,
            clock=self.clock,
            cookie_key=self.keys.key("cookies"),
            secure_cookies=self.settings.is_https,
            new_person_id=lambda: secrets.token_urlsafe(16),
            standings=self,
            gallery=self.gallery,
            uploads=Uploads(stories.takes_photo, self.darkroom, self.photos.bring, self.clock),
            evidence=self.notary,
            stories=stories,
            decide=stories.decide,
            rule=self.services.holds.rule,
            broadcast=self.broadcasts.start,
            order=self.broadcasts.order,
            obey=self.desk.obey,
            review_key=self.keys.key(REVIEW_KEY),
            inbox=self.outbox,
            health=self.health,
            office=self._office(),
            metrics=self.metrics,
        )

    def _office(self) -> Office:
        return Office(
            desk=self.desk,
            stories=self.services.stories,
            decide=self._decide_at_desk,
            reviewers=self.services.operator.reviewers,
            log=AuditLog(self.database),
            gallery=self.gallery,
            clock=self.clock,
            site=self.settings.public_url,
            key=self.keys.key("desk-forms"),
        )

    async def _decide_at_desk(self, decision: Decision, by: Actor) -> str:
        """In one commit with its row of the log."""
        store = DeskStories(self.database, self.desk_records, by)
        return await Stories(store, self.stories, self.shelf, self._told).decide(decision)

    async def standing(self, poll_id: str) -> Standing | None:
        """How a poll stands now; None for one that does not exist."""
        poll: Poll | None = self.shelf.library.polls.get(poll_id)
        return await self.services.polls.standing(poll, self.clock()) if poll else None

    async def chart(self, poll_id: str) -> Chart | None:
        """How a poll stood within the last minute, to be drawn; None for one that does not exist."""
        poll: Poll | None = self.shelf.library.polls.get(poll_id)
        return await self.services.charts.chart(poll, self.clock()) if poll else None

    def _pushing(self) -> list[PushingChannel]:
        return [channel for channel in self.channels if isinstance(channel, PushingChannel)]

    def _background(self) -> list[Callable[[], Awaitable[None]]]:
        couriers = [Courier(self.outbox, channel, self.clock) for channel in self._pushing()]
        return [*(channel.run for channel in self.channels), *(courier.run for courier in couriers)]

    def _scheduler(self) -> AsyncIOScheduler:
        """One job each, run late rather than never, and never twice for one delay."""
        scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        jobs: list[tuple[Callable[[], Awaitable[None]], timedelta]] = [
            (lambda: self.schedule.tick(self.clock()), TICK),
            (lambda: self.announcer.tick(self.clock()), BROADCAST_TICK),
            (lambda: self.collector.tick(self.clock()), PHOTO_TICK),
            (lambda: self.photos.drop_adrift(self.clock() - ADRIFT_LASTS), EXPIRY_CHECK),
            (lambda: self.outbox.expire(self.clock()), EXPIRY_CHECK),
            (lambda: self.outbox.prune(self.clock()), PRUNING),
            (lambda: self.database.forget_outcomes(self.clock() - OUTCOMES_KEPT), EXPIRY_CHECK),
            (lambda: self.questions.expire(self.clock()), EXPIRY_CHECK),
            (lambda: self.people.forget_topics(self.clock() - TOPIC_LASTS), EXPIRY_CHECK),
            (lambda: self.people.forget_answers(self.clock() - REST_LASTS), EXPIRY_CHECK),
            (lambda: self.notary.tick(self.clock()), SEALING),
            (lambda: self.watchman.tick(self.clock()), WATCHING),
            (self.edition.refresh, CONTENT_CHECK),
        ]
        for work, every in jobs:
            scheduler.add_job(self._job(work), Every(every), next_run_time=utc_now())
        scheduler.start()
        return scheduler

    def _job(self, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """A job that the end of the service waits for: one that is cut short leaves its connection behind."""

        async def run() -> None:
            job = asyncio.create_task(_logged(work))
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)
            with suppress(asyncio.CancelledError):  # the service stops; APScheduler would log it as a fault
                await asyncio.shield(job)

        return run

    async def _database_state(self) -> str:
        try:
            await self.database.check()
        except Unavailable as fault:
            return f"the database cannot be used: {fault}"
        except Exception as fault:
            return f"the database cannot be used: {type(fault).__name__}"
        return "ready"

    def _clock_state(self) -> str:
        for platform, seconds in self.comparison.off.items():
            way = "ahead of" if seconds > 0 else "behind"
            return f"this machine's clock is {abs(seconds)} s {way} {platform}'s: set it (NTP)"
        return "ready"


class Edition:
    """The content folder in force: a good edit replaces it within seconds, a broken one changes nothing.

    What has expired goes by itself, also while the folder cannot be used.
    """

    def __init__(self, folder: Path, shelf: Shelf, install: Callable[[Library], Awaitable[None]], clock: Clock) -> None:
        self._folder = folder
        self._shelf = shelf
        self._install = install
        self._clock = clock
        self._seen = fingerprint(folder)
        self._one_at_a_time = asyncio.Lock()  # a slow look that began before midnight must not bring back what expired
        self.state = "ready"

    async def refresh(self) -> None:
        """Drop what has expired, and load the files anew if one has changed."""
        async with self._one_at_a_time:
            await self._refresh()

    async def _refresh(self) -> None:
        today = home_date(self._clock())
        if self._shelf.library.has_expired(today):
            self._shelf.library = await asyncio.to_thread(self._shelf.library.as_of, today)
            log.info("what was valid until yesterday is said no more")
        now = await asyncio.to_thread(fingerprint, self._folder)
        if now == self._seen:
            return
        try:
            library = await asyncio.to_thread(load, self._folder, today, handlers.COMMANDS)
            await self._install(library)
        except Unavailable:
            self.state = "the edited content has a poll that is not stored yet; it is tried again"
            return
        except Conflict as fault:
            self.state = f"the edited content is refused, the edition before stays; {fault}"
            log.error("%s", self.state)
        except ContentErrors as fault:
            self.state = "the edited content has mistakes, the edition before stays; run: haowangmin check"
            log.error("%s\n%s", self.state, fault)
        else:
            self._shelf.library = library
            await asyncio.to_thread(settle_memory)
            self.state = "ready"
            log.info("content loaded anew")
        self._seen = now


def reviewers_of(settings: Settings) -> tuple[Reviewer, ...]:
    return tuple(map(Reviewer, settings.operators))


def settle_memory() -> None:
    """Take what is loaded out of later collections: the search is 300,000 objects, 0.1 s to walk, and stays anyway."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


def _desk_keys(keys: Keys) -> DeskKeys:
    return DeskKeys(*(keys.key(f"desk-{name}") for name in ("passwords", "codes", "attempts")))


def _gallery(settings: Settings, photos: PhotoRecords) -> Gallery:
    """Without a font for Chinese nothing is drawn, and everything said in words alone."""
    typeface = find_typeface(settings.picture_font)
    if not typeface:
        log.warning("no font with Chinese characters was found, so nothing is drawn: haowangmin doctor")
    return Gallery(typeface, photos.jpeg)


def build(settings: Settings, clock: Clock = utc_now) -> App:
    """The app for these settings. Raises ContentErrors."""
    return App(settings, load(settings.content_dir, home_date(clock()), handlers.COMMANDS), clock)


def _read_ahead() -> None:
    """Reads now the word lists that the first message would wait for, half a second."""
    recognise("我不想活了")
    traditional("广东")


def wechat_client(
    settings: Settings, records: "Records", key: bytes, clock: Clock, platform: "PlatformClock"
) -> "WeChatClient":
    """The Official Account's API, for the service and for `doctor`; `key` seals the token in the records."""
    from bot.channels.wechat.client import WeChatClient

    return WeChatClient(
        app_id=settings.wechat_app_id,
        secret=settings.wechat_app_secret,
        api_base=settings.wechat_api_base,
        records=records,
        key=key,
        clock=clock,
        platform=platform,
    )


async def _kept_running(work: Callable[[], Awaitable[None]]) -> None:
    """Background work that a fault ends is begun again: one channel's trouble stays its own."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("background work failed; it begins again in %.0f s", RESTART_PAUSE_SECONDS)
        await asyncio.sleep(RESTART_PAUSE_SECONDS)


async def _logged(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except Exception:
        log.exception("a job of the clock failed; it runs again at its next time")
