"""python-telegram-bot's own webhook with an empty handler. Arguments: PORT API_BASE TOKEN SECRET."""

import sys
from typing import Any

import uvloop
from telegram import Update
from telegram.ext import Application, TypeHandler


async def nothing(_update: Update, _context: Any) -> None:
    """The cheapest handler that there is."""


def main() -> None:
    port, api_base, token, secret = sys.argv[1:]
    uvloop.install()
    application = Application.builder().token(token).base_url(api_base).concurrent_updates(True).build()
    application.add_handler(TypeHandler(Update, nothing))
    application.run_webhook(
        listen="127.0.0.1",
        port=int(port),
        url_path="telegram/webhook",
        webhook_url=f"http://127.0.0.1:{port}/telegram/webhook",
        secret_token=secret,
    )


if __name__ == "__main__":
    main()
