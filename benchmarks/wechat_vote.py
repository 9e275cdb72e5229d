"""wechat-vote: a durable vote through our callback in AES mode, against wechatpy and Starlette that only repeat.

Both servers have the same single core, the load generator has the other; rounds alternate. Every answer of ours is
opened and must carry its receipt; at the end the recount of the poll must know every vote that was answered.
"""

import itertools
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from benchmarks.courses import ROUNDS, Course, Recount, recount
from benchmarks.processes import free_port, on_disk, running
from benchmarks.telegram_vote import LOAD_CORE, SERVER_CORE
from tests.channels.wechat.official_account import AES_KEY, APP_ID, TOKEN, decrypted, encrypted, signed_call

_TEXT = (
    "<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><FromUserName><![CDATA[oDF3iY9P32sK_5Gg{id}]]>"
    "</FromUserName><CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[投票 3]]></Content><MsgId>23{id}</MsgId></xml>"
)
_SEALED = re.compile(rb"<Encrypt><!\[CDATA\[([^\]]+)\]\]></Encrypt>")
_RECEIPT = re.compile(r"[A-Z2-7]{4}-[A-Z2-7]{4}")


def requests_of(ids: Iterator[int]) -> Iterator[bytes]:
    """投票 3, sealed and signed as the platform does it, from one new account after the other."""
    for number in ids:
        at = str(int(time.time()))
        made = signed_call(encrypted(_TEXT.format(id=number, at=at).encode()), timestamp=at)
        yield (
            f"POST /wechat/callback?{urlencode(made.query)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"
            f"Content-Length: {len(made.body)}\r\n\r\n"
        ).encode() + made.body


def is_receipt(answer: bytes) -> bool:
    sealed = _SEALED.search(answer)
    return bool(sealed and _RECEIPT.search(decrypted(sealed[1].decode())))


def main() -> int:
    """Print the table and the JSON line; 1 when a vote is missing or the recount does not match."""
    os.sched_setaffinity(0, {LOAD_CORE})
    with on_disk() as folder, ExitStack() as stack:
        return measure(folder, stack)


def measure(folder: Path, stack: ExitStack) -> int:
    mine, theirs = free_port(), free_port()
    run = ["bot", "run", "--port", str(mine)]
    echo = ["benchmarks.peers.wechatpy_echo", str(theirs), APP_ID, TOKEN, AES_KEY]
    log = folder / "log"
    server = stack.enter_context(running(run, settings(folder), port=mine, core=SERVER_CORE, log=log))
    peer = stack.enter_context(running(echo, {}, port=theirs, core=SERVER_CORE, log=log))
    ours = Course("ours", server, requests_of, is_receipt)
    other = Course("wechatpy + Starlette", peer, requests_of, _SEALED.search)
    ids = itertools.count(100_000_000_000)
    votes = ours.warm_up(ids)
    other.warm_up(ids)
    for _ in range(ROUNDS):
        votes += ours.run(ids)
        other.run(ids)
    print(ours.line(), other.line(), sep="\n")
    return report(ours, other, votes, recount(folder))


def settings(folder: Path) -> dict[str, str]:
    return {
        "DATA_DIR": str(folder / "data"),
        "WECHAT_APP_ID": APP_ID,
        "WECHAT_APP_SECRET": "0" * 32,
        "WECHAT_TOKEN": TOKEN,
        "WECHAT_ENCODING_AES_KEY": AES_KEY,
    }


def report(ours: Course, other: Course, votes: int, counted: Recount) -> int:
    ratio = ours.rate / other.rate
    print(f"{ratio:.2f} x wechatpy + Starlette, which store nothing; by CPU {other.cpu_us / ours.cpu_us:.2f} x")
    print(f"{votes} votes answered with a receipt, {counted.ballots} ballots, recount matches: {counted.match}")
    line = {
        "benchmark": "wechat-vote",
        "ratio": round(ratio, 2),
        "against": "wechatpy + Starlette",
        "figures": {
            "per_s": round(ours.rate),
            "peer_per_s": round(other.rate),
            "cpu_us": {"ours": ours.cpu_us, "peer": other.cpu_us},
            "votes": votes,
            "ballots": counted.ballots,
            "match": counted.match,
        },
    }
    print(msgspec.json.encode(line).decode())
    return 0 if counted.match and counted.ballots == votes else 1
