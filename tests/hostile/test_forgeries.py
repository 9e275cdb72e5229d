"""What does not come from the platform changes nothing and is told nothing, however near it comes."""

import logging
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from bot.storage.tables import metadata
from tests.channels.telegram import recorded as telegram
from tests.channels.wechat import payloads_recorded as wechat
from tests.channels.wechat.official_account import (
    NEXT_AES_KEY,
    Call,
    call,
    elements,
    encrypted,
    signature,
)
from tests.conftest import Clock
from tests.hostile.house import SECRET, SECRET_HEADER, TELEGRAM, WECHAT, Heard, House

log = logging.getLogger(__name__)

VOTE = wechat.MENU_TEXT.replace("投票 3", "投票 5")
TAP = telegram.body("tap")
# The clock's own: what it signs and counts by the hour.
BY_THE_CLOCK = {"checkpoints", "snapshots", "watches"}

amounts = pytest.mark.parametrize(
    "count",
    [
        pytest.param(2_500, marks=pytest.mark.timeout(600)),
        pytest.param(50_000, marks=[pytest.mark.torture, pytest.mark.timeout(3600)]),
    ],
)


async def stored(home: House) -> dict[str, Any]:
    """All that the database holds of people."""
    async with home.app.database.reading() as connection:
        return {
            name: sorted(map(repr, await connection.execute(select(table))))
            for name, table in metadata.tables.items()
            if name not in BY_THE_CLOCK
        }


Headers = list[tuple[bytes, bytes]]
NAME, WORD = SECRET_HEADER


def _near(chance: random.Random) -> bytes:
    """The secret but for a little."""
    at = chance.randrange(len(WORD))
    return chance.choice(
        (
            *(
                WORD[:at],
                WORD[at + 1 :],
                WORD[:at] + b"x" + WORD[at:],
                WORD[:at] + bytes([WORD[at] ^ 1]) + WORD[at + 1 :],
            ),
            *(
                WORD.upper(),
                WORD.swapcase(),
                WORD[::-1],
                WORD * 2,
                WORD + b"\0",
                b" " + WORD,
                WORD + b"\n",
                WORD + b"\xcc\x81",
            ),
            *(
                b'"' + WORD + b'"',
                SECRET.replace("s", "ѕ").encode(),
                SECRET.encode("utf-16"),
                WORD + b"," + WORD,
                b"*",
                b"%s",
            ),
        )
    )


def _wrong(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((0, 1, len(WORD), len(WORD), 256, 4096)))


TELEGRAM_FORGERIES: dict[str, Callable[[random.Random], Headers]] = {
    "wrong": lambda chance: [(NAME, _wrong(chance))],
    "near": lambda chance: [(NAME, _near(chance))],
    "missing": lambda chance: [],
    "in another header": lambda chance: [
        (chance.choice((b"authorization", b"x-telegram-bot-api-secret", b"cookie")), WORD)
    ],
    "twice, the right one first": lambda chance: [(NAME, WORD), (NAME, _near(chance))],
    "twice, the right one last": lambda chance: [(NAME, _wrong(chance)), (NAME, WORD)],
}


@amounts
async def test_telegram(home: House, seed: int, count: int) -> None:
    chance, told, kinds = random.Random(seed), Counter[tuple[str, int]](), list(TELEGRAM_FORGERIES)
    before = await stored(home)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        query = urlencode({"secret_token": SECRET}).encode()
        body = chance.choice((TAP, telegram.body(chance.choice(telegram.NAMES))))
        heard = await home.call("POST", TELEGRAM, query, TELEGRAM_FORGERIES[kind](chance), body)
        assert heard.body == b"", f"HOSTILE_SEED={seed}: {kind}"
        told[kind, heard.status] += 1
    log.warning("%s", dict(told))
    assert {status for _, status in told} == {403}
    assert await stored(home) == before
    assert (await home.post_telegram(TAP)).status == 200
    assert await stored(home) != before, "the true one counts, so the forged ones were worth the while"


class Forger:
    """Has overheard one call, and knows all but the token and the key; `stamp` is the platform's time now."""

    def __init__(self, overheard: Call, chance: random.Random, stamp: int) -> None:
        self.overheard = overheard
        self.chance = chance
        self.stamp = stamp
        self._sealed = elements(overheard.body.decode())["Encrypt"]

    def stale(self) -> Call:
        return call(VOTE, timestamp=str(self.stamp - self.chance.randint(301, 10**8)))

    def future(self) -> Call:
        return call(VOTE, timestamp=str(self.stamp + self.chance.randint(301, 10**8)))

    def restamped(self) -> Call:
        return self._with({"timestamp": str(self.stamp + self.chance.randint(1, 300) * self.chance.choice((1, -1)))})

    def another_nonce(self) -> Call:
        return self._with({"nonce": str(self.chance.getrandbits(32))})

    def another_body(self) -> Call:
        """Another sealed text under the signature of this one."""
        xml = self.chance.choice((wechat.TEXT, wechat.CLICK_COMMAND, wechat.UNSUBSCRIBE, VOTE))
        return Call(self.overheard.query, self._envelope(encrypted(xml.encode())))

    def changed_body(self) -> Call:
        at = self.chance.randrange(len(self._sealed) - 2)
        letter = self.chance.choice("ABCDEFabcdef0123456789+/".replace(self._sealed[at], ""))
        return Call(self.overheard.query, self._envelope(self._sealed[:at] + letter + self._sealed[at + 1 :]))

    def plaintext(self) -> Call:
        """No key is needed for it; in 明文模式 no signature would cover it."""
        stamp, nonce = str(self.stamp), str(self.chance.getrandbits(32))
        query = {"signature": signature(stamp, nonce), "timestamp": stamp, "nonce": nonce, "openid": "o1"}
        more: dict[str, str] = self.chance.choice(
            (
                {},
                {"msg_signature": signature(stamp, nonce)},
                {"encrypt_type": "raw"},
                {"msg_signature": query["signature"]},
            )
        )
        return Call(query | more, VOTE.encode())

    def plain_signature(self) -> Call:
        """The signature of an address alone, whose nonce is divided into another one and a sealed part."""
        stamp, sealed = str(self.stamp), self.chance.choice(("", "2", self._sealed[:20]))
        query = {"timestamp": stamp, "nonce": "n", "msg_signature": signature(stamp, f"n{sealed}")}
        return Call(query, self._envelope(sealed))

    def foreign(self) -> Call:
        """Of another account whose token and key are the same."""
        app = "wx" + self.chance.randbytes(8).hex()
        return call(
            VOTE,
            app_id=self.chance.choice((app, "", "wx", "WX5823BF96D3BD56C7", "wx5823bf96d3bd56c7 ")),
            timestamp=str(self.stamp),
        )

    def another_key(self) -> Call:
        return call(VOTE, aes_key=NEXT_AES_KEY, timestamp=str(self.stamp))

    def another_token(self) -> Call:
        made = call(VOTE, timestamp=str(self.stamp))
        sealed = elements(made.body.decode())["Encrypt"]
        token = self.chance.choice(("", "token", "spamtest-qdg6ek", "spamtest-QDG6e"))
        signed = signature(made.query["timestamp"], made.query["nonce"], sealed, token=token)
        return Call(made.query | {"msg_signature": signed}, made.body)

    def near_signature(self) -> Call:
        right = call(VOTE, timestamp=str(self.stamp))
        signed = right.query["msg_signature"]
        at = self.chance.randrange(len(signed))
        wrong = self.chance.choice(
            (
                signed[:at],
                signed[:at] + "g" + signed[at + 1 :],
                signed.upper() + "G",
                signed + "0",
                f" {signed}",
                "é" * 40,
                "",
            )
        )
        return Call(right.query | {"msg_signature": wrong}, right.body)

    def sealed_twice(self) -> Call:
        """The signed text and another one, which a reader might take instead."""
        made = call(VOTE, timestamp=str(self.stamp))
        other = f"<Encrypt><![CDATA[{encrypted(wechat.CLICK_COMMAND.encode())}]]></Encrypt>"
        at = self.chance.choice(("<Encrypt>", "</xml>"))
        return Call(made.query, made.body.decode().replace(at, f"{other}{at}", 1).encode())

    def doubled(self) -> tuple[bytes, bytes]:
        """A parameter twice, the right one first or last."""
        made = call(VOTE, timestamp=str(self.stamp))
        name = self.chance.choice(("timestamp", "nonce", "msg_signature"))
        other = (name, self.chance.choice((made.query[name], "0", str(self.stamp), "")))
        pairs = list(made.query.items())
        pairs.insert(self.chance.choice((0, len(pairs))), other)
        return urlencode(pairs).encode(), made.body

    def _with(self, changes: dict[str, str]) -> Call:
        return Call(self.overheard.query | changes, self.overheard.body)

    def _envelope(self, sealed: str) -> bytes:
        to = "<ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>"
        return f"<xml>{to}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()


KINDS = [
    *("stale", "future", "restamped", "another_nonce", "another_body", "changed_body", "plaintext", "plain_signature"),
    *("foreign", "another_key", "another_token", "near_signature", "sealed_twice", "doubled"),
]


async def say(home: House, made: Call | tuple[bytes, bytes]) -> Heard:
    query, body = (urlencode(made.query).encode(), made.body) if isinstance(made, Call) else made
    return await home.call("POST", WECHAT, query, (), body)


@amounts
async def test_wechat(home: House, clock: Clock, seed: int, count: int) -> None:
    chance, told = random.Random(seed), Counter[tuple[str, int]]()
    overheard = call(wechat.TEXT, timestamp=str(int(clock.now.timestamp())))
    assert (await say(home, overheard)).status == 200
    before = await stored(home)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        made = getattr(Forger(overheard, chance, int(clock.now.timestamp())), kind)()
        heard = await say(home, made)
        assert heard.body == b"", f"HOSTILE_SEED={seed}: {kind}: {made}"
        told[kind, heard.status] += 1
    log.warning("%s", dict(told))
    assert {status for _, status in told} <= {400, 403}, f"HOSTILE_SEED={seed}: {told}"
    assert await stored(home) == before
    assert (await say(home, call(VOTE, timestamp=str(int(clock.now.timestamp()))))).status == 200
    assert await stored(home) != before, "the true one counts, so the forged ones were worth the while"


@pytest.mark.parametrize("xml", [VOTE, wechat.TEXT, wechat.CLICK_COMMAND, wechat.SUBSCRIBE, wechat.VOICE_HEARD])
async def test_a_call_that_is_replayed_has_no_second_effect(home: House, clock: Clock, xml: str) -> None:
    """Nor when the first answer has long left the memory; and after five minutes it is not even heard."""
    overheard = call(xml, timestamp=str(int(clock.now.timestamp())))
    assert (await say(home, overheard)).status == 200
    clock.passes(seconds=1)
    before = await stored(home)
    for _ in range(4):
        assert (await say(home, overheard)).status == 200
        clock.passes(seconds=70)
    now = await stored(home)
    changed = {name for name in now if now[name] != before[name]}
    assert changed == set()
    clock.passes(seconds=60)
    assert (await say(home, overheard)).status == 403


async def test_words_beside_the_seal_are_not_read(home: House, clock: Clock) -> None:
    """兼容模式 sends both; who has overheard a call writes what they like beside the sealed part."""
    overheard = call(wechat.TEXT, timestamp=str(int(clock.now.timestamp())))
    await say(home, overheard)
    before = await stored(home)
    sealed = elements(overheard.body.decode())["Encrypt"]
    body = VOTE.replace("</xml>", f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>").encode()
    assert (await say(home, Call(overheard.query, body))).status == 200
    assert await stored(home) == before


@pytest.mark.parametrize(
    "later",
    [timedelta(seconds=301), timedelta(seconds=-301), timedelta(days=3650)],
)
async def test_an_old_address_check_is_told_nothing(home: House, clock: Clock, later: timedelta) -> None:
    stamp = str(int((clock.now - later).timestamp()))
    query = {"signature": signature(stamp, "n"), "timestamp": stamp, "nonce": "n", "echostr": "<script>"}
    heard = await home.call("GET", WECHAT, urlencode(query).encode(), (), b"")
    assert (heard.status, heard.body) == (403, b"")
