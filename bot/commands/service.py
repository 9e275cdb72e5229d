"""`run` and `chat`: the talk itself, for everybody or in the terminal."""

import argparse
import asyncio
import logging
import signal
import socket

import httpx

from bot.app import build
from bot.channels.terminal import in_process, over_http, talk
from bot.commands.ends import CANNOT_BEGIN, IN_USE, OK, cannot_begin, with_loop
from bot.config import Settings
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
    app = build(settings)
    logging.getLogger().addHandler(app.metrics.error_counter())
    server = Server(app.asgi, lambda: announce(host, listener.getsockname()[1]))
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, server.handle_exit, sign, None)
    async with app.running():
        await server.serve([listener])
    return OK if server.started else CANNOT_BEGIN


def chat(settings: Settings, _options: argparse.Namespace) -> int:
    try:
        with exclusive(settings.database):
            return with_loop(_chat_here(settings))
    except InUse:
        return with_loop(_chat_there(f"http://127.0.0.1:{settings.port}"))


async def _chat_here(settings: Settings) -> int:
    app = build(settings.model_copy(update={"telegram_bot_token": "", "wechat_app_id": ""}))
    async with app.running():
        await talk(in_process(app.answer, app.clock))
    return OK


async def _chat_there(address: str) -> int:
    print(f"服务正在运行，这里和它说话 / the service is running; talking with it: {address}")
    try:
        await talk(over_http(address))
    except (httpx.HTTPError, ValueError) as fault:  # ValueError: something else answers there
        return cannot_begin(f"{address} 没有回应，请看 PORT / does not answer, look at PORT ({type(fault).__name__})")
    return OK


def _another(port: int) -> int:
    return port + 1 if port < 65535 else 8080
