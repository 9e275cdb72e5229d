"""The command line: haowangmin, or python -m bot."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec

from bot.app import build, utc_now
from bot.channels.terminal import in_process, over_http, talk
from bot.config import PROJECT, BadSettings, Settings, load_settings
from bot.content import ContentErrors, load
from bot.domain.ledger import Recount
from bot.storage.database import Database, DatabaseMissing
from bot.storage.lock import InUse, exclusive
from bot.storage.votes import Conflict, Votes
from bot.web.server import Server, announce
from handlers.questions import explain

OK, FAILED, CANNOT_BEGIN = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. The exit code is 0 when all is well, 1 when a check failed, 2 when it could not begin."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings()
    except BadSettings as fault:
        if options.command is _check:
            return _check_with_bad_settings(fault)
        return _cannot_begin("设置有误，请改好再启动 / please correct these settings:", *fault.problems)
    _log_to_stderr(settings.log_level)
    try:
        return int(options.command(settings, options))
    except ContentErrors as fault:
        return _cannot_begin("内容文件有误，请改好再启动 / please correct the content:", str(fault))
    except Conflict as fault:
        return _cannot_begin("投票和已有的记录对不上 / a poll contradicts its records:", str(fault))
    except KeyboardInterrupt:
        return OK


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "apscheduler"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="haowangmin", description="好网民 bot")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="everything that is configured; with no token: web chat and public pages")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    run.add_argument("--port", type=int, help="port (default: $PORT, else 8080)")
    run.set_defaults(command=_run)

    chat = commands.add_parser("chat", help="talk to the bot here in the terminal")
    chat.set_defaults(command=_chat)

    check = commands.add_parser("check", help="all mistakes in content and settings")
    check.set_defaults(command=_check)

    ask = commands.add_parser("ask", help="what would be answered; nothing is stored or done")
    ask.add_argument("question", nargs="?")
    ask.add_argument("--file", type=Path, help="a question per line")
    ask.add_argument("--json", action="store_true", help="one JSON object per question")
    ask.set_defaults(command=_ask)

    recount = commands.add_parser("recount", help="count a poll again from its ledger and compare")
    recount.add_argument("poll")
    recount.add_argument("--json", action="store_true")
    recount.set_defaults(command=_recount)

    migrate = commands.add_parser("migrate", help="bring the database's schema up to date")
    migrate.set_defaults(command=_migrate)
    return parser


def _run(settings: Settings, options: argparse.Namespace) -> int:
    port = options.port or settings.port
    try:
        with exclusive(settings.database):
            return _with_loop(_serve(settings, options.host, port))
    except InUse:
        return _cannot_begin("已有服务在用这个数据库，请先停掉它 / another process writes to this database; stop it")


async def _serve(settings: Settings, host: str, port: int) -> int:
    app = build(settings)
    logging.getLogger().addHandler(app.metrics.error_counter())
    async with app.running():
        server = Server(app.asgi, host, port, lambda: announce(host, port))
        await server.serve()
    return OK if server.started else CANNOT_BEGIN


def _chat(settings: Settings, _options: argparse.Namespace) -> int:
    try:
        with exclusive(settings.database):
            return _with_loop(_chat_here(settings))
    except InUse:
        return _with_loop(_chat_there(f"http://127.0.0.1:{settings.port}"))


async def _chat_here(settings: Settings) -> int:
    app = build(settings.model_copy(update={"telegram_bot_token": "", "wechat_app_id": ""}))
    async with app.running():
        await talk(in_process(app.answer, app.clock))
    return OK


async def _chat_there(address: str) -> int:
    print(f"服务正在运行，这里和它说话 / the service is running; talking with it: {address}")
    try:
        await talk(over_http(address))
    except httpx.HTTPError as fault:
        return _cannot_begin(f"{address} 没有回应，请看 PORT / does not answer, look at PORT ({type(fault).__name__})")
    return OK


def _check(settings: Settings, _options: argparse.Namespace) -> int:
    try:
        library = load(settings.content_dir)
    except ContentErrors as fault:
        print(fault)
        return FAILED
    entries, tips, polls = len(library.knowledge.entries), len(library.tips), len(library.polls)
    print(f"都没问题 / all well: {entries} 条问答 answers, {tips} 条小贴士 tips, {polls} 个投票 polls")
    return OK


def _check_with_bad_settings(fault: BadSettings) -> int:
    """`check` lists the mistakes of content too when the settings are wrong."""
    print(*fault.problems, sep="\n")
    try:
        load(Path(os.environ.get("CONTENT_DIR") or PROJECT / "content"))
    except ContentErrors as mistakes:
        print(mistakes)
    return FAILED


def _ask(settings: Settings, options: argparse.Namespace) -> int:
    try:
        questions = _questions(options)
    except OSError as fault:
        return _cannot_begin(f"读不了这个文件 / cannot read the file: {fault.filename}: {fault.strerror}")
    library = load(settings.content_dir)
    for question in questions:
        explanation = explain(library, question)
        print(msgspec.json.encode(explanation).decode() if options.json else explanation.text)
    return OK


def _questions(options: argparse.Namespace) -> Iterable[str]:
    if options.file:
        return Path(options.file).read_text(encoding="utf-8").splitlines()
    return sys.stdin.read().splitlines() if options.question is None else [options.question]


def _recount(settings: Settings, options: argparse.Namespace) -> int:
    return _with_loop(_recount_poll(settings, options))


async def _recount_poll(settings: Settings, options: argparse.Namespace) -> int:
    database = Database(settings.database, utc_now)
    try:
        recount = await Votes(database).recount(options.poll)
    except DatabaseMissing:
        return _cannot_begin("还没有数据库，请先启动一次服务 / there is no database yet; run the service once")
    finally:
        await database.close()
    if not recount:
        return _cannot_begin(f"没有这个投票 / no such poll: {options.poll}")
    print(msgspec.json.encode(recount).decode() if options.json else _in_words(recount))
    return OK if recount.match else FAILED


def _in_words(recount: Recount) -> str:
    verdict = "一致 / they match" if recount.match else "不一致！ / THEY DO NOT MATCH"
    lines = [f"{option}: {votes} ({recount.counters[option]})" for option, votes in recount.tally.items()]
    head = f"{recount.poll}: {recount.ballots} 张选票 ballots, {recount.voters} 个账号 accounts"
    return "\n".join(
        [head, *lines, f"从流水重算（计数器）/ from the ledger (counters): {verdict}", f"root {recount.root}"]
    )


def _migrate(settings: Settings, _options: argparse.Namespace) -> int:
    try:
        with exclusive(settings.database):
            return _with_loop(_migrate_now(settings))
    except InUse:
        print("服务在运行，启动时已经更新过了 / the service is running, and did this at its start")
        return OK


async def _migrate_now(settings: Settings) -> int:
    database = Database(settings.database, utc_now)
    await database.migrate()
    await database.close()
    print("数据库结构是最新的 / the schema is up to date")
    return OK


def _with_loop(work: Coroutine[Any, Any, int]) -> int:
    """Run to the end, on uvloop where there is one."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


def _cannot_begin(*lines: str) -> int:
    print(*lines, sep="\n", file=sys.stderr)
    return CANNOT_BEGIN


if __name__ == "__main__":
    sys.exit(main())
