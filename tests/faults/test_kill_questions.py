"""kill -9 while questions are asked: each that was answered is kept once, and asked again it is answered alike."""

import asyncio
import json
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.fakes.telegram import FakeTelegram, serving
from tests.faults.electorate import FIRST_ACCOUNT, FIRST_UPDATE
from tests.faults.service import SECRET, Service

ROUNDS = 2
AT_ONCE = 20
MOST_ANSWERS = 150
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
# The same for all, so that only the ticket of its buttons tells one from the other.
ANSWERED = "紫荆云陪伴辅导了多少小时"


class Crowd:
    """People who ask one question each, and what they were told first."""

    def __init__(self, service: Service, chance: random.Random) -> None:
        self.chance = chance
        self.asked: list[str] = []
        self.told: dict[int, bytes] = {}
        self.faults: list[str] = []
        self._url = f"http://127.0.0.1:{service.port}/telegram/webhook"

    async def ask_until_killed(self, service: Service) -> None:
        begun, enough = len(self.told), self.chance.randint(1, MOST_ANSWERS)

        async def work(client: httpx.AsyncClient) -> None:
            while await self._deliver(client, self._new()):
                if len(self.told) - begun >= enough:
                    await service.kill()

        async with httpx.AsyncClient(headers=HEADERS) as client:
            await asyncio.gather(*(work(client) for _ in range(AT_ONCE)))

    async def ask_all_again(self) -> None:
        waiting = iter(self.chance.sample(range(len(self.asked)), len(self.asked)))

        async def work(client: httpx.AsyncClient) -> None:
            for number in waiting:
                assert await self._deliver(client, number)

        async with httpx.AsyncClient(headers=HEADERS) as client:
            await asyncio.gather(*(work(client) for _ in range(AT_ONCE)))

    def _new(self) -> int:
        number = len(self.asked)
        self.asked.append(self.chance.choice([ANSWERED, f"红烧肉第{number}种怎么做"]))
        return number

    async def _deliver(self, client: httpx.AsyncClient, number: int) -> bool:
        """Whether there was an answer."""
        account = FIRST_ACCOUNT + number
        person = {"id": account, "is_bot": False, "first_name": "阿珍"}
        chat = {"id": account, "first_name": "阿珍", "type": "private"}
        message = {"message_id": 41, "from": person, "chat": chat, "date": 1795332001, "text": self.asked[number]}
        try:
            response = await client.post(self._url, json={"update_id": FIRST_UPDATE + number, "message": message})
        except httpx.TransportError:
            return False
        if response.status_code != 200 or self.told.setdefault(number, response.content) != response.content:
            self.faults.append(f"{number}: {response.status_code} {response.text[:200]}")
        return True


def kept(data: Path) -> Counter[str]:
    with closing(sqlite3.connect(f"file:{data / 'haowangmin.db'}?mode=ro", uri=True)) as database:
        return Counter(text for (text,) in database.execute("SELECT text FROM questions"))


@pytest.mark.timeout(300)  # it takes 10 s; more when the machine has other work
async def test_what_was_asked_is_kept_once(tmp_path: Path, seed: int) -> None:
    async with serving(FakeTelegram()) as api_base:
        service = Service(tmp_path, api_base, "webhook", content="all")
        await service.start()
        try:
            crowd = Crowd(service, random.Random(seed))
            for _ in range(ROUNDS):
                await crowd.ask_until_killed(service)
                await service.start()
                answered = Counter(crowd.asked[number] for number in crowd.told)
                assert answered <= kept(service.data) <= Counter(crowd.asked), f"KILL_SEED={seed}"
            await crowd.ask_all_again()
            assert kept(service.data) == Counter(crowd.asked), f"KILL_SEED={seed}"
            assert crowd.faults == [], f"KILL_SEED={seed}"
            tickets = {answer["reply_markup"]["inline_keyboard"][-2][0]["callback_data"] for answer in answers(crowd)}
            assert len(tickets) == crowd.asked.count(ANSWERED)
            assert "Traceback" not in service.log()
        finally:
            await service.close()


def answers(crowd: Crowd) -> list[dict[str, dict[str, list[list[dict[str, str]]]]]]:
    return [json.loads(told) for number, told in crowd.told.items() if crowd.asked[number] == ANSWERED]
