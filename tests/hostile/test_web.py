"""Whatever is sent to the pages and to the web chat: no fault of ours comes of it."""

import json
import os
import random
from collections import Counter
from urllib.parse import quote_from_bytes

import pytest

from bot.web.people import COOKIE
from tests.conftest import Clock
from tests.hostile.house import Heard, House
from tests.hostile.mangled import Chance
from tests.hostile.samples import HOSTILE

BODIES = {
    "/api/chat": json.dumps({"text": "今日一招", "id": "a1"}).encode(),
    "/api/inbox": json.dumps({"seen": ["17", "18"]}).encode(),
    "/api/review": json.dumps(
        {"story": 1, "verdict": "approve", "code": "0" * 8, "reviewer": {"accounts": ["a"]}}
    ).encode(),
    "/api/photo": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01",
}
PAGES = (
    "/",
    "/stories",
    "/stories/{}",
    "/stories/{}.jpg",
    "/polls/{}",
    "/polls/{}.png",
    "/tips/{}",
    "/api/polls/{}",
    "/static/{}",
)
COUNT = 4_000


@pytest.fixture
def chance() -> Chance:
    """HOSTILE_SEED repeats an earlier run."""
    return Chance(int(os.environ.get("HOSTILE_SEED", int.from_bytes(os.urandom(4)))))


async def cookie_of(home: House) -> bytes:
    heard = await home.call("GET", "/api/inbox", b"", (), b"")
    return heard.headers["set-cookie"].partition(";")[0].encode()


def check(home: House, heard: Heard, about: object) -> None:
    assert heard.status < 500, about
    assert home.errors.said == [], about


@pytest.mark.timeout(600)
async def test_bodies(home: House, clock: Clock, chance: Chance) -> None:
    cookie, told = await cookie_of(home), Counter[int]()
    for _ in range(COUNT):
        path = chance.random.choice(list(BODIES))
        body = chance.broken(BODIES[path])
        kind = chance.random.choice(
            (b"application/json", b"application/json; charset=gbk", b"text/plain", b"image/jpeg", b"\xff")
        )
        heard = await home.call("POST", path, b"lang=en", ((b"content-type", kind), (b"cookie", cookie)), body)
        check(home, heard, (path, kind, body[:2000]))
        told[heard.status] += 1
        clock.passes(milliseconds=50)
    assert {200, 400, 403, 415} <= set(told)


@pytest.mark.timeout(600)
async def test_addresses_and_headers(home: House, clock: Clock, chance: Chance) -> None:
    cookie, words = await cookie_of(home), [text.encode("utf-8", "replace") for text in HOSTILE.values()]
    told = Counter[int]()
    for _ in range(COUNT):
        word = chance.random.choice(words)[: chance.random.choice((5, 40, 400))]
        path = chance.random.choice(PAGES).format(word.decode("utf-8", "replace"))
        headers = (
            (b"cookie", chance.random.choice((cookie[:-3], f"{COOKIE}=".encode() + word, word, cookie + b"x"))),
            (b"accept-language", word),
            (chance.random.choice((b"x-forwarded-for", b"if-none-match", b"range", b"origin")), word),
        )
        heard = await home.call(
            chance.random.choice(("GET", "HEAD", "OPTIONS", "PUT")), path, _query(chance.random, word), headers, b""
        )
        check(home, heard, (path, word))
        told[heard.status] += 1
        clock.passes(seconds=6)  # newcomers of one address are counted
    assert {200, 404, 405} <= set(told)


def _query(chance: random.Random, word: bytes) -> bytes:
    """In ASCII: uvicorn lets nothing else through."""
    name, value = chance.choice((b"q", b"lang", b"page", b"id", b"%ff", b"")), quote_from_bytes(word).encode()
    pair = b"%s=%s" % (name, value)
    return chance.choice((pair, b"%s&%s" % (pair, pair), value, b"%zz%" + value[1:], b"page=" + b"9" * 400, b"&&&=="))
