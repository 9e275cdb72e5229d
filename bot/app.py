"""The composition root: the one module that knows all the others. Tests build through it too."""

import asyncio
import logging
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, time, timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import IO, TYPE_CHECKING, Protocol, get_args, runtime_checkable

import msgspec
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from msgspec import structs
from starlette.applications import Starlette
from starlette.types import ASGIApp

import handlers
from bot.bundle import WrongKey, export_zip, may_be_published
from bot.bundle.verify import HEADER, LEAST_VOTERS
from bot.clock import Comparison, utc_now
from bot.config import Settings
from bot.content import load
from bot.content.overlay import exported
from bot.content.tips import checked
from bot.content.written import faults_of
from bot.context import Context, Operator, Services, Unavailable
from bot.delivery.broadcasts import Announcer, Broadcasts, Prospects, Road
from bot.delivery.notary import Notary
from bot.delivery.outbox import Courier
from bot.delivery.photos import Collector
from bot.delivery.schedule import Schedule, message_of
from bot.delivery.ticks import Every, keep_ticking
from bot.delivery.watchman import Watchman
from bot.domain.audiences import AUDIENCES
from bot.domain.charts import Chart, Charts
from bot.domain.desk import Actor, Desk, DeskKeys
from bot.domain.editing import Editing
from bot.domain.entries import Entry
from bot.domain.figures import Statistics
from bot.domain.holds import Holds, Ruling
from bot.domain.imports import AnswersIntake, CandidatesIntake, Intake, StoriesIntake, TipsIntake
from bot.domain.knowledge import Chooser
from bot.domain.library import Library, Shelf
from bot.domain.outlook import Outlooks
from bot.domain.parts import REST_LASTS
from bot.domain.people import TOPIC_LASTS
from bot.domain.photos import ADRIFT_LASTS
from bot.domain.polldrafts import PollDrafts
from bot.domain.pollforms import VOTING_CHANNELS
from bot.domain.pollroll import PollRoll
from bot.domain.polls import Poll, Polls, Standing, pseudonym
from bot.domain.questions import Inquiries, Questions
from bot.domain.reviewers import Reviewer
from bot.domain.revisions import Kind as RevisionKind
from bot.domain.seasons import season_names
from bot.domain.service import Configured, Facts, Queues, due_soon, persons_who_may
from bot.domain.stops import StopOrder
from bot.domain.stories import Decision, Stories
from bot.domain.subscriptions import Daily, Subscription, Subscriptions
from bot.domain.text import traditional
from bot.domain.times import home_date
from bot.domain.tipdesk import TipDesk
from bot.domain.tips import Subject, Tip
from bot.domain.urgent import recognise
from bot.edition import Edition
from bot.messages import Address, Message, Reply, Sent
from bot.pictures import Darkroom, Gallery, find_typeface
from bot.router import Dispatcher, in_language, in_parts
from bot.storage.audit import AuditLog
from bot.storage.backup import last as last_backup
from bot.storage.broadcasts import BroadcastRecords
from bot.storage.certificates import holds_until
from bot.storage.channels import ChannelRecords
from bot.storage.checkpoints import Checkpoints
from bot.storage.database import Database
from bot.storage.desk import DeskRecords, DeskStories
from bot.storage.exports import ExportRecords
from bot.storage.figures import FigureRecords
from bot.storage.holds import DeskHolds, HoldRecords
from bot.storage.keys import CHECKPOINTS, DESK_LOG, Keys, poll_key
from bot.storage.launch import LaunchRecords
from bot.storage.notices import NoticeOrders, unconfirmed
from bot.storage.outbox import OutboxRecords
from bot.storage.people import PeopleStore
from bot.storage.photos import PhotoRecords
from bot.storage.questions import DeskQuestions, QuestionRecords
from bot.storage.revisions import Effect, RevisionRecords
from bot.storage.stops import StopRecords
from bot.storage.stories import StoryRecords
from bot.storage.subscriptions import SubscriptionRecords
from bot.storage.switch import SwitchRecords
from bot.storage.tips import take_back
from bot.storage.uploads import UploadRecords
from bot.storage.votes import Votes, install_published
from bot.storage.watches import Watches
from bot.turns import READY, Turns
from bot.web import Letterbox, Metrics, Uploads, Web
from bot.web.desk import Ledgers, Notices, Office, PollTools, VoteTools
from bot.web.desk.tips import TipTools
from bot.web.front import Front
from bot.web.guard import ONLY_HTTPS
from handlers.candidates import show_candidates
from handlers.questions import as_answered

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
# Whoever can read this key may decide on stories through the running service: the command line on this machine.
REVIEW_KEY = "review"
HALTED = "all sending was halted at {:%Y-%m-%d %H:%M} UTC; answers are given nevertheless; haowangmin switch go-on"
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
class ShowingChannel(Protocol):
    """What can tell how an answer looks there."""

    name: str

    def answered(self, reply: Reply) -> str: ...


@runtime_checkable
class TokenChannel(Channel, Protocol):
    """A platform whose token ends and is replaced."""

    @property
    def token_until(self) -> datetime | None: ...


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
        self.launch = LaunchRecords(self.database, self.keys.key(DESK_LOG))
        self.began_at: datetime | None = None
        self.switch = SwitchRecords(self.database, self.keys.key(DESK_LOG))
        self.desk = Desk(self.desk_records, self.desk_records, _desk_keys(self.keys), clock, secrets.token_bytes)
        effects: dict[RevisionKind, Effect] = {
            "broadcast": unconfirmed,
            "tip": take_back,
            "poll": install_published(lambda poll: self.keys.check(poll_key(poll))),
        }
        self.revisions = RevisionRecords(self.database, self.keys.key(DESK_LOG), effects)
        self.stops = StopRecords(self.database, self.keys.key(DESK_LOG))
        self.roll = PollRoll(self.shelf, self.revisions, self.stops, self.stories.public_among)
        self._bundling = asyncio.Lock()
        self.figures = FigureRecords(self.database)
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
        self.edition = Edition(settings.content_dir, self.shelf, self.install_polls, self.revisions, clock)
        self.outlooks = self._outlooks()
        late = timedelta(minutes=settings.tip_late_minutes)
        self.schedule = Schedule(self.subscriptions, self.shelf, late, self.services.drawing)
        self._jobs: set[asyncio.Task[None]] = set()
        self.channels = self._channels()
        self.broadcast_records = BroadcastRecords(self.database)
        self.announcer = Announcer(self.broadcast_records)
        self.broadcasts = Broadcasts(self.broadcast_records, [*self._pushing(), Letterbox()], self.shelf)
        self.notices = NoticeOrders(self.database, self.keys.key(DESK_LOG), self.broadcasts.notice)
        self.prospects = Prospects(self.broadcasts, clock)
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
            await self.roll.refresh()
            await self.install_polls(self.shelf.authored)
            await self.edition.refresh()
            if self.settings.wechat_app_id:  # the account may have been verified since the last start
                await self.subscriptions.settle("wechat", self.settings.wechat_pushes, self.clock())
            self.began_at = self.clock()
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
            await self.prospects.close()
            await asyncio.gather(*self._jobs)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.outlooks.close()
            for channel in self.channels:
                await channel.close()

    async def install_polls(self, library: Library) -> None:
        """Write down new polls; Conflict for a file that contradicts what was counted before."""
        now = self.clock()
        for poll in self.shelf.covered(library).polls.values():
            if poll.state(now) != "closed" or not self.keys.is_destroyed(poll_key(poll.id)):
                await self.votes.install(poll, self.keys.check(poll_key(poll.id)), now)

    async def health(self) -> dict[str, str]:
        """`ready`, or a sentence, by component."""
        database = await self._database_state()
        return {
            "database": database,
            "content": self.edition.state,
            "queue": self.turns.state,
            "sending": await self._sending_state() if database == READY else READY,
            **({"clock": self._clock_state()} if self.comparison.has_heard else {}),
            **{channel.name: channel.state for channel in self.channels},
        }

    async def facts(self) -> Facts:
        """What the service knows of itself now."""
        now, settings, library = self.clock(), self.settings, self.shelf.library
        today, everybody = home_date(now), await self.desk.everybody()
        reviewers = self.services.operator.reviewers
        waiting = await self.launch.waiting([channel.name for channel in self._pushing()], now)
        disk = await asyncio.to_thread(shutil.disk_usage, settings.data_dir)
        certificate = settings.tls_certificate
        return Facts(
            at=now,
            version=_version(),
            began_at=self.began_at,
            configured=self._configured(),
            health=await self.health(),
            queues=Queues(
                messages=self.turns.present, writes=self.database.writer.waiting, **msgspec.structs.asdict(waiting)
            ),
            backup=await asyncio.to_thread(last_backup, settings.database),
            free=disk.free,
            total=disk.total,
            certificate_until=await asyncio.to_thread(holds_until, certificate) if certificate else None,
            token_until=next((one.token_until for one in self.channels if isinstance(one, TokenChannel)), None),
            unreviewed=tuple(review.file for review in library.unreviewed(today)),
            due=due_soon(library.reviews, today),
            administrators=persons_who_may("people", everybody, reviewers),
            publishers=persons_who_may("broadcasts.publish", everybody, reviewers),
            reviewers=persons_who_may("stories.decide", everybody, reviewers, also=True),
        )

    def _configured(self) -> Configured:
        settings, default = self.settings, Settings.model_fields["operator_name"].default
        return Configured(
            engine="postgresql" if settings.database.startswith("postgres") else "sqlite",
            site=settings.public_url,
            operator=settings.operator_name,
            is_named=settings.operator_name != default,
            contact=settings.operator_contact,
            official=settings.operator_official,
            icp=settings.icp_number,
            telegram=settings.telegram_mode if settings.telegram_bot_token else "",
            wechat=settings.wechat_account if settings.wechat_app_id else "",
            wechat_verified=settings.wechat_verified,
            wechat_pushes=settings.wechat_pushes,
            keys="derived" if settings.secret_key else "files",
            draws=self.gallery.draws,
        )

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
            webhook_secret=webhook_secret(settings, self.keys),
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
            broadcast=self.notices.begin,
            order=self.notices.order,
            obey=self.desk.obey,
            turn=self.switch.turn,
            review_key=self.keys.key(REVIEW_KEY),
            inbox=self.outbox,
            health=self.health,
            office=self._office(),
            metrics=self.metrics,
        )

    def _office(self) -> Office:
        editing = Editing(self.revisions, self.revisions, self.edition, faults_of, self.clock)
        return Office(
            desk=self.desk,
            stories=self.services.stories,
            decide=self._decide_at_desk,
            revisions=self.revisions,
            editing=editing,
            inquiries=Inquiries(self.questions, DeskQuestions(self.database, self.keys.key(DESK_LOG)), self.clock),
            preview=self._preview,
            published=self._look_again,
            reviewers=self.services.operator.reviewers,
            notices=Notices(
                revisions=self.revisions,
                records=self.broadcast_records,
                orders=self.notices,
                prospects=self.prospects,
                new_subject=lambda: f"notice-{secrets.token_hex(4)}",
            ),
            switch=self.switch,
            facts=self.facts,
            ticks=self.launch,
            polls=self._poll_tools(),
            votes=self._vote_tools(),
            tips=TipTools(
                desk=self._tip_desk(),
                outlooks=self.outlooks,
                shown=self._tip_shown,
                exported=partial(exported, self.settings.content_dir),
                published=self._look_again,
            ),
            log=AuditLog(self.database),
            statistics=Statistics(self.figures, lambda: self.shelf.library.polls, self.clock),
            exported=ExportRecords(self.database),
            ledgers=Ledgers(may_be_published, LEAST_VOTERS, HEADER.decode().strip()),
            intakes={intake.kind: intake for intake in self._intakes(editing)},
            uploads=UploadRecords(self.database, self.keys.key(DESK_LOG)),
            gallery=self.gallery,
            clock=self.clock,
            site=self.settings.public_url,
            key=self.keys.key("desk-forms"),
        )

    def _look_again(self) -> None:
        """What was just published is in force as soon as it is built, not at the next tick."""
        self._begin(self.edition.refresh)

    def _preview(self, library: Library, entry: Entry, language: str) -> dict[str, list[str]]:
        """By channel the messages in which people see an entry who ask for it in this language."""
        reply = as_answered(library, self.services, entry, language, self.clock())
        showing = [channel for channel in (*self.channels, Letterbox()) if isinstance(channel, ShowingChannel)]
        return {
            channel.name: [channel.answered(part) for part in self._parts(reply, channel.name, language)]
            for channel in showing
        }

    def _parts(self, reply: Reply, channel: str, language: str) -> list[Reply]:
        """The messages that a reply takes there, in the person's script."""
        room, say = self.services.room.get(channel), partial(self.shelf.library.phrases.say, language)
        parts = in_parts(reply, room(reply), say) if room else [reply]
        return [in_language(part, language) for part in parts]

    def _tip_desk(self) -> TipDesk:
        revisions, library = self.revisions, lambda: self.shelf.library
        return TipDesk(revisions, revisions, self.edition, library, checked, self.clock, secrets.token_bytes)

    def _outlooks(self) -> Outlooks:
        return Outlooks(
            self.subscriptions,
            lambda: self.shelf.library,
            self.clock,
            lambda: self.edition.layer.publications,
            secrets.randbelow,
        )

    def _tip_shown(self, tip: Tip, language: str) -> dict[str, str]:
        """A tip as it goes out, by channel; where it comes on asking only, as it is answered."""
        roads: list[Road] = [*self._pushing(), Letterbox()]
        shows = {channel.name: channel.answered for channel in self.channels if isinstance(channel, ShowingChannel)}
        shown = {}
        for name, show in {**shows, **{road.name: road.shown for road in roads}}.items():
            person = Subscription(Address(name, "", ""), time(), language, audience=tip.audience)
            shown[name] = show(message_of(Daily(tip), person, self.shelf.library, name in self.services.drawing))
        return shown

    def _intakes(self, editing: Editing) -> tuple[Intake, ...]:
        return (
            AnswersIntake(editing),
            TipsIntake(self._tip_desk(), self._tip_words),
            StoriesIntake(self.desk_records, self.clock),
            CandidatesIntake(self._drafts(), self.clock),
        )

    def _tip_words(self) -> dict[str, str]:
        """What audiences, topics and seasons are called, with the words of the files."""
        say = partial(self.shelf.library.phrases.say, "zh")
        return {
            **{say(f"tips.audience.{one}"): one for one in AUDIENCES},
            **{say(f"tips.topic.{one}"): one for one in get_args(Subject)},
            **{say(f"desk.tips.season.{one}"): one for one in season_names()},
        }

    async def _decide_at_desk(self, decision: Decision, by: Actor) -> str:
        """In one commit with its row of the log."""
        store = DeskStories(self.database, self.desk_records, by)
        return await Stories(store, self.stories, self.shelf, self._told).decide(decision)

    def _poll_tools(self) -> PollTools:
        return PollTools(drafts=self._drafts(), polls=lambda: self.shelf.library.polls, preview=self._preview_poll)

    def _drafts(self) -> PollDrafts:
        return PollDrafts(self.revisions, self.shelf, self.votes.numbers, self.roll.refresh, self.clock)

    def _vote_tools(self) -> VoteTools:
        return VoteTools(
            drafts=self._drafts(),
            polls=lambda: self.shelf.library.polls,
            standing=self.standing,
            chart=self.chart,
            stops=self.stops,
            order=self._order_stop,
            bundle=self._bundle,
            cases=self.services.holds,
            rule=self._rule_at_desk,
        )

    async def _order_stop(self, order: StopOrder) -> str:
        code = await self.stops.order(order)
        await self.roll.refresh()
        return code

    async def _rule_at_desk(self, ruling: Ruling, by: Actor) -> str:
        """In one commit with its row of the log."""
        store = DeskHolds(self.database, self._voter, self.keys.key(DESK_LOG), by)
        return await Holds(store, self.shelf, self._told).rule(ruling)

    async def _preview_poll(self, poll: Poll) -> dict[str, list[str]]:
        """By channel the first page of its candidates, in as many messages as it takes, once the poll is open.

        A channel that is not configured shows what the web does.
        """
        library = self.shelf.library
        library = structs.replace(library, polls={**library.polls, poll.id: poll})
        at = max(filter(None, (self.clock(), poll.opens_at)))
        showing = {channel.name: channel for channel in self.channels if isinstance(channel, ShowingChannel)}
        shown = {}
        for name in VOTING_CHANNELS:
            if name in poll.channels:
                nobody = Address(name, "preview", "preview of a poll")  # as in a group: no votes of anybody are shown
                context = Context(Message("", nobody, "", at), poll.id, "zh", library, self.services)
                answered = showing.get(name, Letterbox()).answered
                shown[name] = [answered(part) for part in self._parts(await show_candidates(context), name, "zh")]
        return shown

    async def _bundle(self, poll: Poll) -> IO[bytes] | str:
        """One at a time, beside the service: it may take a minute."""
        now = self.clock()
        if not may_be_published(poll, now):
            return "not-closed"
        file = tempfile.TemporaryFile(dir=self.settings.data_dir)  # noqa: SIM115  # its reader closes it
        async with self._bundling:
            try:
                known = await asyncio.to_thread(export_zip, self.settings.database, poll, self.keys, now, file)
            except BaseException as fault:
                file.close()
                if isinstance(fault, WrongKey):
                    return "wrong-key"
                raise
        return file if known else "nothing"

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
            (lambda: self.figures.look(self.clock()), PRUNING),
            (lambda: self.database.forget_outcomes(self.clock() - OUTCOMES_KEPT), EXPIRY_CHECK),
            (lambda: self.questions.expire(self.clock()), EXPIRY_CHECK),
            (lambda: self.people.forget_topics(self.clock() - TOPIC_LASTS), EXPIRY_CHECK),
            (lambda: self.people.forget_answers(self.clock() - REST_LASTS), EXPIRY_CHECK),
            (lambda: self.notary.tick(self.clock()), SEALING),
            (lambda: self.watchman.tick(self.clock()), WATCHING),
            (self.edition.refresh, CONTENT_CHECK),
            (self.roll.refresh, CONTENT_CHECK),
        ]
        for work, every in jobs:
            scheduler.add_job(self._job(work), Every(every), next_run_time=utc_now())
        scheduler.start()
        return scheduler

    def _job(self, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """A job that the end of the service waits for: one that is cut short leaves its connection behind."""

        async def run() -> None:
            with suppress(asyncio.CancelledError):  # the service stops; APScheduler would log it as a fault
                await asyncio.shield(self._begin(work))

        return run

    def _begin(self, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        job = asyncio.create_task(_logged(work))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return job

    async def _database_state(self) -> str:
        try:
            await self.database.check()
        except Unavailable as fault:
            return f"the database cannot be used: {fault}"
        except Exception as fault:
            return f"the database cannot be used: {type(fault).__name__}"
        return READY

    async def _sending_state(self) -> str:
        try:
            halt = await self.switch.halt()
        except Unavailable:  # as the database says itself the next time
            return READY
        return HALTED.format(halt.at) if halt else READY

    def _clock_state(self) -> str:
        for platform, seconds in self.comparison.off.items():
            way = "ahead of" if seconds > 0 else "behind"
            return f"this machine's clock is {abs(seconds)} s {way} {platform}'s: set it (NTP)"
        return "ready"


def _version() -> str:
    try:
        return version("haowangmin-bot")
    except PackageNotFoundError:  # run from a folder that was never installed
        return ""


def reviewers_of(settings: Settings) -> tuple[Reviewer, ...]:
    return tuple(map(Reviewer, settings.operators))


def webhook_secret(settings: Settings, keys: Keys) -> str:
    """By which we know Telegram."""
    return settings.telegram_webhook_secret or keys.key("telegram-webhook").hex()


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
