"""Voters: the updates that Telegram would send for them, and what they were told."""

import asyncio
import random
import re
from dataclasses import dataclass

OPTIONS = 8
FIRST_UPDATE = 875_300_000
FIRST_ACCOUNT = 500_000_000

_RECEIPT = re.compile(r"[A-Z2-7]{4}-[A-Z2-7]{4}")
_TAP = """{{"update_id":{update},"callback_query":{{"id":"{query}","from":{{"id":{account},"is_bot":false,\
"first_name":"阿珍","username":"u{account}","language_code":"zh-hans"}},"message":{{"message_id":48,"from":{{"id":\
7000000001,"is_bot":true,"first_name":"好网民","username":"haowangmin_test_bot"}},"chat":{{"id":{account},\
"first_name":"阿珍","username":"u{account}","type":"private"}},"date":1795332016,"text":"【演示】你最想让更多人知道哪件事？"\
}},"chat_instance":"-8130745290321472114","data":"/vote nanyue-stories {option}"}}}}"""
_TEXT = """{{"update_id":{update},"message":{{"message_id":41,"from":{{"id":{account},"is_bot":false,\
"first_name":"阿珍","username":"u{account}","language_code":"zh-hans"}},"chat":{{"id":{account},"first_name":"阿珍",\
"username":"u{account}","type":"private"}},"date":1795332001,"text":"{words}"}}}}"""
_WORDS = ("投票 {}", "投 {} 号", "我投{}", "/vote nanyue-stories {}")


@dataclass(frozen=True, slots=True)
class Cast:
    """A vote as Telegram delivers it, once or often."""

    update: int
    account: int
    option: int
    body: str


class Electorate:
    """All votes that were sent, in each account's order, and the first receipt that each of them got."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.casts: list[Cast] = []
        self.receipts: dict[int, str] = {}
        self.acknowledged: set[int] = set()  # ids of updates
        self.faults: list[str] = []
        self._accounts = 0
        self._awaited = (0, asyncio.Event())

    def newcomer(self) -> int:
        """An account that has not voted before."""
        self._accounts += 1
        return FIRST_ACCOUNT + self._accounts

    def vote(self, account: int, taps: float = 0.5) -> Cast:
        """This account's next vote, for whatever it likes now; `taps` is the chance that it is tapped, not typed."""
        update, option = FIRST_UPDATE + len(self.casts), self.chance.randint(1, OPTIONS)
        if self.chance.random() < taps:
            body = _TAP.format(update=update, query=9_000_000_000 + update, account=account, option=option)
        else:
            words = self.chance.choice(_WORDS).format(option)
            body = _TEXT.format(update=update, account=account, words=words)
        cast = Cast(update, account, option, body)
        self.casts.append(cast)
        return cast

    async def hear(self, answers: int) -> None:
        """Return when so many more deliveries have been answered."""
        self._awaited = (answers, asyncio.Event())
        await self._awaited[1].wait()

    def told(self, cast: Cast, status: int, answer: str) -> None:
        """Note the answer to a delivery. An acknowledgement carries a receipt, always the same."""
        self._count_down()
        receipt = _RECEIPT.search(answer)
        if status != 200 or not receipt:
            self.faults.append(f"update {cast.update} got no receipt but {status}: {answer[:80]}")
        elif self.receipts.setdefault(cast.update, receipt.group()) != receipt.group():
            self.faults.append(f"update {cast.update} got another receipt than before")
        else:
            self.acknowledged.add(cast.update)

    def _count_down(self) -> None:
        left, reached = self._awaited
        self._awaited = (left - 1, reached)
        if left <= 1:
            reached.set()

    def by_account(self) -> dict[int, list[Cast]]:
        grouped: dict[int, list[Cast]] = {}
        for cast in self.casts:
            grouped.setdefault(cast.account, []).append(cast)
        return grouped
