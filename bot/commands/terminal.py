"""`chat`: the talk in the terminal, with this process or with the service that runs."""

import argparse

import httpx

from bot.app import build
from bot.channels.terminal import in_process, over_http, talk
from bot.commands.ends import OK, cannot_begin, with_loop
from bot.config import Settings
from bot.storage.lock import InUse, exclusive


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
