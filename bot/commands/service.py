"""`run`: everything that is configured."""

import argparse
import asyncio
import logging
import signal
import socket

from bot.app import build
from bot.commands.ends import CANNOT_BEGIN, IN_USE, OK, cannot_begin, with_loop
from bot.commands.logs import Record
from bot.config import Settings
from bot.edition import settle_memory
from bot.storage.lock import InUse, exclusive
from bot.web.server import Server, announce, bind


def run(settings: Settings, options: argparse.Namespace) -> int:
    try:
        with exclusive(settings.database):
            return _listen(settings, options.host, options.port or settings.port)
    except InUse:
        return cannot_begin(IN_USE)


def _listen(settings: Settings, host: str, port: int) -> int:
    try:
        listener = bind(host, port)
    except (OSError, OverflowError) as fault:
        return cannot_begin(
            f"{host}:{port} 用不了，换一个端口，比如 / cannot listen there, try another port ({fault}):",
            f"haowangmin run --port {_another(port)}",
        )
    with listener:
        return with_loop(_serve(settings, host, listener))


async def _serve(settings: Settings, host: str, listener: socket.socket) -> int:
    logging.setLogRecordFactory(Record)
    app = build(settings)
    settle_memory()
    logging.getLogger().addHandler(app.metrics.error_counter())
    server = Server(app.asgi, lambda: announce(host, listener.getsockname()[1]))
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, server.handle_exit, sign, None)
    async with app.running():
        await server.serve([listener])
    return OK if server.started else CANNOT_BEGIN


def _another(port: int) -> int:
    return port + 1 if port < 65535 else 8080
