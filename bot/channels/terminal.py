"""The terminal: the same talk as everywhere else, for a person at this machine."""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import httpx

from bot.domain.text import visible
from bot.messages import Address, Button, Message, Reply

CHANNEL = "terminal"
SENDER = Address(CHANNEL, "local", "local")
ANSWER_SECONDS = 30.0

Say = Callable[[str], Awaitable[str]]


def in_process(answer: Callable[[Message], Awaitable[Reply]], clock: Callable[[], datetime]) -> Say:
    """Talk with the app in this process."""

    async def say(text: str) -> str:
        message = Message(f"{CHANNEL}:{secrets.token_hex(8)}", SENDER, text, clock())
        reply = await answer(message)
        return render(reply.text, reply.flat_buttons())

    return say


def over_http(base_url: str) -> Say:
    """Talk with the service that runs on this machine, through its web chat."""
    client = httpx.AsyncClient(base_url=base_url, timeout=ANSWER_SECONDS)

    async def say(text: str) -> str:
        response = await client.post("/api/chat", json={"text": text})
        body = response.json()
        buttons = [Button(button["label"], button["command"]) for button in body.get("buttons", [])]
        return render(body["text"], buttons)

    return say


async def talk(say: Say) -> None:
    """Read lines until the end of the input, and print the answers."""
    _print(await say("/start"))
    while line := await asyncio.to_thread(_read):
        if text := line.strip():
            _print(await say(text))


def render(text: str, buttons: Sequence[Button]) -> str:
    """The reply with its buttons below: those with a number are chosen by it, the others by what is typed."""
    numbered = [button for button in buttons if not button.typed]
    lines = [f"  {number}. {button.label}" for number, button in enumerate(numbered, 1)]
    lines += [f"  [{button.typed}] {button.label}" for button in buttons if button.typed]
    return visible("\n".join([text, *lines]))


def _read() -> str:
    if sys.stdin.isatty():
        sys.stdout.write("\n> ")
        sys.stdout.flush()
    return sys.stdin.readline()


def _print(text: str) -> None:
    sys.stdout.write(f"\n{text}\n")
    sys.stdout.flush()
