"""Voters: what Telegram and WeChat would deliver for them, and what they were told."""

import asyncio
import random
import re
from dataclasses import dataclass
from itertools import cycle

from bot.messages import Address

OPTIONS = 8
FIRST_UPDATE = 875_300_000
FIRST_ACCOUNT = 500_000_000
FIRST_WECHAT_MESSAGE = 24_840_911_220_000_000

_RECEIPT = re.compile(r"[A-Z2-7]{4}-[A-Z2-7]{4}")
_TAP = """{{"update_id":{update},"callback_query":{{"id":"{query}","from":{{"id":{account},"is_bot":false,\
"first_name":"阿珍","username":"u{account}","language_code":"zh-hans"}},"message":{{"message_id":48,"from":{{"id":\
7000000001,"is_bot":true,"first_name":"好网民","username":"haowangmin_test_bot"}},"chat":{{"id":{account},\
"first_name":"阿珍","username":"u{account}","type":"private"}},"date":1795332016,"text":"【演示】你最想让更多人知道哪件事？"\
}},"chat_instance":"-8130745290321472114","data":"/vote nanyue-stories {option}"}}}}"""
TELEGRAM_TEXT = """{{"update_id":{update},"message":{{"message_id":41,"from":{{"id":{account},"is_bot":false,\
"first_name":"阿珍","username":"u{account}","language_code":"zh-hans"}},"chat":{{"id":{account},"first_name":"阿珍",\
"username":"u{account}","type":"private"}},"date":1795332001,"text":"{words}"}}}}"""
_WECHAT = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>\
<FromUserName><![CDATA[{account}]]></FromUserName><CreateTime>1795332001</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{words}]]></Content>\
<MsgId>{message}</MsgId></xml>"""
_WORDS = ("投票 {}", "投 {} 号", "我投{}", "/vote nanyue-stories {}")


@dataclass(frozen=True, slots=True)
class Cast:
    """A vote as its platform delivers it, once or often: `body` is an update in JSON, or a message in XML."""

    number: int
    voter: Address
    option: int
    body: str


class Electorate:
    """All votes that were sent, in each account's order, and the first receipt that each of them got."""

    def __init__(self, chance: random.Random, *channels: str) -> None:
        self.chance = chance
        self._channels = cycle(channels or ("telegram",))
        self.casts: list[Cast] = []
        self.receipts: dict[int, str] = {}
        self.acknowledged: set[int] = set()  # numbers of casts
        self.answers = 0
        self.faults: list[str] = []
        self._accounts = 0
        self._awaited = (0, asyncio.Event())

    def newcomer(self) -> Address:
        """An account that has not voted before; each platform in its turn."""
        self._accounts += 1
        channel = next(self._channels)
        user = f"oDF3iY9P32sK_5GgYiR{self._accounts:09}" if channel == "wechat" else str(FIRST_ACCOUNT + self._accounts)
        return Address(channel, user, user)

    def vote(self, voter: Address, taps: float = 0.5) -> Cast:
        """This voter's next vote, for whatever it likes now; `taps` is the chance on Telegram that it is tapped."""
        number, option = len(self.casts), self.chance.randint(1, OPTIONS)
        words = self.chance.choice(_WORDS).format(option)
        if voter.channel == "wechat":
            body = _WECHAT.format(message=FIRST_WECHAT_MESSAGE + number, account=voter.user, words=words)
        elif self.chance.random() < taps:
            update = FIRST_UPDATE + number
            body = _TAP.format(update=update, query=9_000_000_000 + update, account=voter.user, option=option)
        else:
            body = TELEGRAM_TEXT.format(update=FIRST_UPDATE + number, account=voter.user, words=words)
        cast = Cast(number, voter, option, body)
        self.casts.append(cast)
        return cast

    async def hear(self, answers: int) -> None:
        """Return when so many more deliveries have been answered."""
        self._awaited = (answers, asyncio.Event())
        await self._awaited[1].wait()

    def told(self, cast: Cast, status: int, answer: str) -> None:
        """Note the answer to a delivery. An acknowledgement carries a receipt, always the same."""
        self.answers += 1
        self._count_down()
        receipt = _RECEIPT.search(answer)
        if status != 200 or not receipt:
            self.faults.append(f"vote {cast.number} got no receipt but {status}: {answer[:80]}")
        elif self.receipts.setdefault(cast.number, receipt.group()) != receipt.group():
            self.faults.append(f"vote {cast.number} got another receipt than before")
        else:
            self.acknowledged.add(cast.number)

    def _count_down(self) -> None:
        left, reached = self._awaited
        self._awaited = (left - 1, reached)
        if left <= 1:
            reached.set()

    def by_voter(self) -> dict[Address, list[Cast]]:
        grouped: dict[Address, list[Cast]] = {}
        for cast in self.casts:
            grouped.setdefault(cast.voter, []).append(cast)
        return grouped
