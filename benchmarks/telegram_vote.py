"""telegram-vote: a durable vote through our webhook, against python-telegram-bot's webhook that stores nothing.

Both servers have the same single core, the load generator has the other; rounds alternate. Every answer of ours must
carry its receipt; at the end the recount of the poll must know every vote that was answered.
"""

import itertools
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import msgspec

from benchmarks.courses import ROUNDS, Course, Recount, recount
from benchmarks.processes import Process, free_port, on_disk, running

TOKEN = "7000000001:AAFakeTokenForTestsOnly_0123456789abc"
SECRET = "s3cret_for-benchmarks"
SERVER_CORE, LOAD_CORE = 0, 1

_TAP = """{"update_id":%(id)d,"callback_query":{"id":"20740843%(id)d","from":{"id":%(id)d,"is_bot":false,\
"first_name":"阿珍","language_code":"zh-hans"},"message":{"message_id":48,"from":{"id":7000000001,"is_bot":true,\
"first_name":"好网民","username":"haowangmin_test_bot"},"chat":{"id":%(id)d,"first_name":"阿珍","type":"private"},\
"date":1795332016,"text":"【演示】你最想让更多人知道哪件事？"},"chat_instance":"-8130745290321472114",\
"data":"/vote nanyue-stories 3"}}"""
_TEXT = """{"update_id":%(id)d,"message":{"message_id":41,"from":{"id":%(id)d,"is_bot":false,"first_name":"阿珍",\
"last_name":"广州","username":"azhen_%(id)d","language_code":"zh-hans"},"chat":{"id":%(id)d,"first_name":"阿珍",\
"last_name":"广州","username":"azhen_%(id)d","type":"private"},"date":1795332001,"text":"投票 3"}}"""
_TAP_RECEIPT = re.compile(rb'"method":"answerCallbackQuery".*"text":"[^"]*[A-Z2-7]{4}-[A-Z2-7]{4}')
_TEXT_RECEIPT = re.compile(rb'"method":"sendMessage".*"text":"[^"]*[A-Z2-7]{4}-[A-Z2-7]{4}')


def requests_of(template: str, ids: Iterator[int]) -> Iterator[bytes]:
    """One request for each new account; ids have the same number of digits, so the head is always the same."""
    length = len((template % {"id": 1_000_000_000}).encode())
    head = (
        "POST /telegram/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: {length}\r\n\r\n"
    )
    whole = (head + template.replace("%(id)d", "%(id)s")).encode()
    for number in ids:
        yield whole % {b"id": b"%d" % number}


def main() -> int:
    """Print the table and the JSON line; 1 when a vote is missing or the recount does not match."""
    os.sched_setaffinity(0, {LOAD_CORE})
    with on_disk() as folder, ExitStack() as stack:
        return measure(folder, stack)


def measure(folder: Path, stack: ExitStack) -> int:
    ids = itertools.count(1_000_000_000)
    ours, peer, trivial = start_servers(folder, stack)
    tap, text = partial(requests_of, _TAP), partial(requests_of, _TEXT)
    taps = Course("ours, taps", ours, tap, _TAP_RECEIPT.search)
    texts = Course("ours, texts", ours, text, _TEXT_RECEIPT.search)
    peer_taps = Course("python-telegram-bot, taps", peer, tap, bool)
    peer_texts = Course("python-telegram-bot, texts", peer, text, bool)
    ceiling = Course("load generator's own ceiling", trivial, tap, _TAP_RECEIPT.search)
    courses = (taps, texts, peer_taps, peer_texts)
    votes = sum(course.warm_up(ids) * (course in (taps, texts)) for course in courses)
    ceiling.run(ids)
    for _ in range(ROUNDS):
        votes += sum(course.run(ids) * (course in (taps, texts)) for course in courses)
    print(*(course.line() for course in (*courses, ceiling)), sep="\n")
    return report(taps, texts, peer_taps, peer_texts, ceiling, votes, recount(folder))


def start_servers(folder: Path, stack: ExitStack) -> tuple[Process, Process, Process]:
    """Ours, python-telegram-bot's and the trivial one, all on SERVER_CORE; and a Bot API for the first two."""

    def start(core: int, *arguments: str, port: int, **environment: str) -> Process:
        return stack.enter_context(running(list(arguments), environment, port=port, core=core, log=folder / "log"))

    api, mine, theirs, trivial = (free_port() for _ in range(4))
    api_base = f"http://127.0.0.1:{api}/bot"
    start(LOAD_CORE, "tests.fakes.telegram", "--port", str(api), port=api)
    ours = start(SERVER_CORE, "bot", "run", "--port", str(mine), port=mine, **settings(folder, api_base, mine))
    peer = start(SERVER_CORE, "benchmarks.peers.ptb_webhook", str(theirs), api_base, TOKEN, SECRET, port=theirs)
    return ours, peer, start(SERVER_CORE, "benchmarks.peers.trivial", str(trivial), port=trivial)


def settings(folder: Path, api_base: str, port: int) -> dict[str, str]:
    return {
        "DATA_DIR": str(folder / "data"),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TELEGRAM_API_BASE": api_base,
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_MODE": "webhook",
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
    }


def report(
    taps: Course, texts: Course, peer_taps: Course, peer_texts: Course, ceiling: Course, votes: int, counted: Recount
) -> int:
    ratio, ratio_texts = taps.rate / peer_taps.rate, texts.rate / peer_texts.rate
    right = counted.match and counted.ballots == votes
    print(f"taps {ratio:.2f} x, texts {ratio_texts:.2f} x python-telegram-bot, which stores nothing")
    print(f"{votes} votes answered with a receipt, {counted.ballots} ballots, recount matches: {counted.match}")
    figures = {
        "taps_per_s": round(taps.rate),
        "texts_per_s": round(texts.rate),
        "peer_taps_per_s": round(peer_taps.rate),
        "peer_texts_per_s": round(peer_texts.rate),
        "ratio_texts": round(ratio_texts, 2),
        "cpu_us": {course.name: course.cpu_us for course in (taps, texts, peer_taps, peer_texts)},
        "load_ceiling_per_s": round(ceiling.rate),
        "votes": votes,
        "ballots": counted.ballots,
        "match": counted.match,
    }
    line = {
        "benchmark": "telegram-vote",
        "ratio": round(ratio, 2),
        "against": "python-telegram-bot run_webhook",
        "figures": figures,
    }
    print(msgspec.json.encode(line).decode())
    return 0 if right else 1
