"""A small conversation with real effects, behind the real web routes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count

from starlette.applications import Starlette

from bot.context import Operator, Unavailable
from bot.domain.broadcasts import Confirmed, Ordered
from bot.domain.charts import Chart, Point, curve_of
from bot.domain.desk import Actor, MachineOrder
from bot.domain.holds import Ruling
from bot.domain.knowledge import KnowledgeBase
from bot.domain.ledger import ChannelCount
from bot.domain.library import Library, Shelf
from bot.domain.notes import Checkpoint
from bot.domain.photos import Developed
from bot.domain.polls import Option, Poll, Standing
from bot.domain.stories import Decision, Story
from bot.domain.switch import Turned
from bot.domain.tips import Tips
from bot.messages import Address, Button, Message, Picture, Reply
from bot.pictures import Darkroom, Gallery, find_typeface
from bot.web import Metrics, Uploads, Web
from tests.shipped import shipped

POLL = Poll(
    "nanyue-stories",
    "【演示】你最想让更多人知道哪件事？",
    (
        Option("zijing", 1, "紫荆云陪伴", english="Zijing Cloud Company"),
        Option("e-growth", 2, "E成长计划"),
        Option("rumours", 4, "辟谣特工队 <script>alert(1)</script>"),
    ),
    demo=True,
    english="[Demo] Which deed should more people know?",
)
HOME = (
    (Button("问活动", "/ask"), Button("今日一招", "/tip"), Button("好网民投票", "/stories")),
    (Button("更多", "/more"),),
)
CANDIDATES = tuple((Button(f"投 {o.number} 号", f"/vote {POLL.id} {o.number}"),) for o in POLL.options)


SIZES = {"大字": Reply("好了。", type_size="large"), "标准": Reply("好了。", type_size="standard")}


class StandIn:
    """Answers, counts ballots and keeps an inbox, in memory; a message id that was seen gets its first answer."""

    def __init__(self) -> None:
        self.broadcasts: list[Confirmed] = []
        self.orders: list[tuple[Ordered, Actor]] = []
        self.machine_orders: list[MachineOrder] = []
        self.turns: list[Turned] = []
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.poll = POLL
        self.down = False
        self.sealed: Checkpoint | None = None
        self.heard: list[Message] = []
        self.opened_at = self.now
        self.hidden = False
        self.photographing = False
        self.photos: dict[str, bytes] = {}
        self.history: list[Point] = []
        self.ballots: dict[str, int] = {}
        self.held = 0
        self.channels: dict[str, ChannelCount] = {}
        self.letters: dict[str, list[tuple[str, Reply, datetime]]] = {}
        self.stories: list[Story] = []
        self.decisions: list[Decision] = []
        self.rulings: list[Ruling] = []
        self.states = {"database": "ready", "content": "ready", "telegram": "ready"}
        self.shelf = Shelf(Library(KnowledgeBase(()), Tips(), {POLL.id: POLL}, shipped().phrases))
        self._answered: dict[str, Reply] = {}
        self._ids = count(1)

    async def answer(self, message: Message) -> Reply:
        self.heard.append(message)
        if self.down:
            raise Unavailable
        if message.id not in self._answered:
            self._answered[message.id] = self._reply(message)
        return self._answered[message.id]

    def _reply(self, message: Message) -> Reply:
        text = message.text
        if message.photo or text == "投稿":
            return self._ask_for_photo(message)
        if text.startswith("/start"):
            return Reply("你好，我是好网民小助手。\n问问广东的网络文明活动，或者点下面的按钮。", HOME)
        if text.startswith(f"/vote {POLL.id} "):
            self.ballots[message.sender.person] = int(text.split()[-1])
            return Reply(f"投好了：{text.split()[-1]} 号。这是演示，不是正式投票。", HOME)
        if text in ("/stories", "好网民投票"):
            lines = "\n".join(f"{o.number} 号 {o.title}" for o in POLL.options)
            return Reply(f"{POLL.title}\n{lines}", CANDIDATES, poll=POLL.id)
        if text == "/chart":
            picture = Picture(f"/polls/{POLL.id}.png", POLL.title)
            return Reply("1 号　紫荆云陪伴 1 票", HOME, picture=picture)
        if text.startswith("订阅"):
            change = (Button("改时间", "/subscribe"), Button("退订", "/unsubscribe"))
            return Reply("好的，每天 08:00 给你一招。", (change,))
        if text.startswith("/forget yes") or text == "确定删除":
            return Reply("已经删好了。")
        if text.startswith("删除我的资料"):
            return Reply("要删除吗？", ((Button("确定删除", f"/forget yes{text.removeprefix('删除我的资料')}"),),))
        if "紫荆" in text:
            return Reply("紫荆云陪伴是华南师范大学志愿服务团队的云支教，累计辅导超5000小时。")
        return SIZES.get(text) or Reply("这个我没有资料，不想乱说。")

    def _ask_for_photo(self, message: Message) -> Reply:
        self.photographing = not message.photo
        if message.photo:
            return Reply("照片收到了。")
        return Reply("要配一张照片吗？", ((Button("跳过", "/skip"),),), takes_photo=True)

    async def unread(self, address: Address) -> Sequence[tuple[str, Reply, datetime]]:
        return self.letters.get(address.person, [])

    async def mark_seen(self, address: Address, ids: Sequence[str], at: datetime) -> None:
        kept = [letter for letter in self.letters.get(address.person, []) if letter[0] not in ids]
        self.letters[address.person] = kept

    async def standing(self, poll_id: str) -> Standing | None:
        if poll_id != self.poll.id:
            return None
        votes = {o.number: sum(n == o.number for n in self.ballots.values()) for o in self.poll.options}
        voted = len(self.ballots)
        counts = (voted + self.held, voted + self.held, self.held, None if self.hidden else votes)
        state = self.poll.state(self.now)
        return Standing(self.poll, state, self.opened_at, self.poll.closes_at, *counts, channels=self.channels)

    async def chart(self, poll_id: str) -> Chart | None:
        standing = await self.standing(poll_id)
        return Chart(standing, self.now, curve_of(standing, self.history, self.now)) if standing else None

    async def checkpoint(self, poll: str) -> Checkpoint | None:
        return self.sealed if poll == self.poll.id else None

    def vkey(self, poll: str) -> str:
        return f"haowangmin/0a1b2c3d/{poll}+5e6f7a8b+AQ=="

    async def public(self, number: int) -> Story | None:
        return next((story for story in self.stories if story.id == number), None)

    async def published(self, start: int, limit: int, words: str = "") -> list[Story]:
        return [story for story in self.stories if words in story.title][start : start + limit]

    async def jpeg(self, key: str) -> bytes | None:
        return self.photos.get(key)

    async def takes_photo(self, author: Address, key: str) -> bool:
        return self.photographing or key in self.photos

    async def bring(self, photo: Developed, channel: str) -> None:
        self.photos[photo.key] = photo.jpeg

    async def decide(self, decision: Decision) -> str:
        self.decisions.append(decision)
        return "approved"

    async def rule(self, ruling: Ruling) -> str:
        self.rulings.append(ruling)
        return "second"

    async def broadcast(self, confirmed: Confirmed) -> str:
        self.broadcasts.append(confirmed)
        return "7"

    async def order(self, ordered: Ordered, by: Actor) -> str:
        self.orders.append((ordered, by))
        return "paused"

    async def obey(self, order: MachineOrder) -> str:
        self.machine_orders.append(order)
        return "invited"

    async def turn(self, turned: Turned) -> str:
        self.turns.append(turned)
        return "done"

    async def health(self) -> dict[str, str]:
        return self.states

    def clock(self) -> datetime:
        return self.now

    def new_person_id(self) -> str:
        return f"person-{next(self._ids)}"


def application(
    stand_in: StandIn,
    operator: Operator | None = None,
    *,
    secure: bool = False,
    key: bytes = b"k" * 32,
    drawn: bool = True,
) -> Starlette:
    """The real web routes over the stand-in."""
    metrics, typeface = Metrics(), find_typeface()
    web = Web(
        answer=metrics.watch(stand_in.answer),
        shelf=stand_in.shelf,
        operator=operator or Operator("网络素养小助手（开源版）", "hello@example.org"),
        clock=stand_in.clock,
        cookie_key=key,
        secure_cookies=secure,
        new_person_id=stand_in.new_person_id,
        standings=stand_in,
        gallery=Gallery(typeface if drawn else None, stand_in.jpeg),
        uploads=Uploads(stand_in.takes_photo, Darkroom(), stand_in.bring, stand_in.clock),
        evidence=stand_in,
        stories=stand_in,
        decide=stand_in.decide,
        rule=stand_in.rule,
        broadcast=stand_in.broadcast,
        order=stand_in.order,
        obey=stand_in.obey,
        turn=stand_in.turn,
        review_key=b"r" * 32,
        inbox=stand_in,
        health=stand_in.health,
        metrics=metrics,
    )
    return Starlette(routes=web.routes())
