"""The pages as they leave the server: what they say, and what their headers forbid."""

import re
from datetime import timedelta

import httpx
import pytest
from msgspec import structs

from bot.context import Operator
from bot.domain.notes import Checkpoint
from tests.web.conftest import client_of
from tests.web.stand_in import POLL, StandIn, application

IDENTITY = "我是开源的自动问答程序，不是政府部门或报社的官方账号，也不是真人。"
PATHS = [
    "/",
    "/?lang=en",
    "/polls/nanyue-stories",
    "/polls/nanyue-stories?lang=en",
    "/polls/unknown",
    "/polls/nanyue-stories/checkpoint",
    "/stories",
    "/stories/12",
    "/stories/x",
    "/api/inbox",
    "/api/polls/nanyue-stories",
    "/static/chat.js",
    "/static/style.css",
    "/livez",
    "/readyz",
    "/metrics",
]


# Telegram's clients open them inside.
SHOWING = {
    "/polls/nanyue-stories",
    "/polls/nanyue-stories?lang=en",
    "/polls/unknown",
    "/stories",
    "/stories/12",
    "/stories/x",
}


@pytest.mark.parametrize("path", PATHS)
async def test_security_headers_are_everywhere(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    within = policy.rpartition("frame-ancestors ")[2]
    assert within == ("https://web.telegram.org" if path in SHOWING else "'none'")
    assert ("x-frame-options" in headers) == (path not in SHOWING)
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] in ("no-store", "no-cache")


@pytest.mark.parametrize("path", ["/", "/polls/nanyue-stories", "/polls/unknown", "/stories", "/stories/12"])
async def test_pages_say_who_they_are_and_load_nothing_from_elsewhere(client: httpx.AsyncClient, path: str) -> None:
    html = (await client.get(path)).text
    assert IDENTITY in html
    assert "网络素养小助手（开源版）" in html
    assert 'href="mailto:hello@example.org"' in html
    assert '<html lang="zh-Hans">' in html
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', html) == []
    assert re.findall(r"<style|style=|<script>| on[a-z]+=", html) == []


async def test_every_file_of_a_page_is_served(client: httpx.AsyncClient) -> None:
    html = (await client.get("/")).text
    files = [*re.findall(r'(?:src|href)="(/static/[^"]+)"', html), "/static/api.js", "/static/view.js"]
    for file in files:
        assert (await client.get(file)).status_code == 200, file


async def test_static_files_are_not_sent_twice(client: httpx.AsyncClient) -> None:
    etag = (await client.get("/static/chat.js")).headers["etag"]
    assert (await client.get("/static/chat.js", headers={"If-None-Match": etag})).status_code == 304


async def test_official_operator_and_icp_number(stand_in: StandIn) -> None:
    operator = Operator("某某 <网信办>", "https://example.org/me", official=True, icp_number="粤ICP备1号")
    async with client_of(application(stand_in, operator)) as client:
        html = (await client.get("/")).text
    assert IDENTITY not in html
    assert "由某某 &lt;网信办&gt;运行" in html
    assert '<a href="https://beian.miit.gov.cn/" rel="noopener">粤ICP备1号</a>' in html
    assert '<a href="https://example.org/me">' in html


async def test_page_in_english(client: httpx.AsyncClient) -> None:
    html = (await client.get("/?lang=en")).text
    assert '<html lang="en">' in html
    assert "not an official account" in html
    assert "/start #en" in html


async def test_scripts_hold_no_sentences(client: httpx.AsyncClient) -> None:
    for name in ("chat", "view", "history", "api", "size"):
        script = (await client.get(f"/static/{name}.js")).text
        assert not re.search("[\u4e00-\u9fff]", script.replace(r"[\u3400-\u9fff]", ""))


async def test_poll_page_shows_a_demonstration_with_numbers(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    stand_in.ballots = {"a": 1, "b": 1, "c": 1, "d": 4}
    html = (await client.get("/polls/nanyue-stories")).text
    assert POLL.title in html
    assert "不是正式投票" in html
    assert "账号数" in html
    assert "<script>alert" not in html
    rows = re.findall(r'<td class="number">(\d+)</td>.*?<td class="votes">(\d+)</td>', html, re.DOTALL)
    assert rows == [("1", "3"), ("2", "0"), ("4", "1")]
    widths = re.findall(r'class="bar-fill" width="([\d.]+)%"', html)
    assert widths == ["100.0", "33.3"]
    assert "正在投票" in html
    assert "2026-11-22 20:00（北京时间）" in html
    assert "没有截止时间" in html


async def test_poll_page_of_a_closed_real_poll(client: httpx.AsyncClient, stand_in: StandIn) -> None:
    stand_in.poll = structs.replace(POLL, demo=False, closes_at=stand_in.now - timedelta(hours=1))
    html = (await client.get("/polls/nanyue-stories")).text
    assert "已经结束" in html
    assert "2026-11-22 19:00（北京时间）" in html
    assert "不是正式投票" not in html


async def test_poll_page_in_english(client: httpx.AsyncClient) -> None:
    html = (await client.get("/polls/nanyue-stories?lang=en")).text
    assert "[Demo] Which deed should more people know?" in html
    assert "Zijing Cloud Company" in html
    assert "no official vote" in html


async def test_unknown_poll(client: httpx.AsyncClient) -> None:
    page = await client.get("/polls/%3Cscript%3E")
    assert page.status_code == 404
    assert "没有找到这个投票" in page.text
    assert "<script>" not in page.text


async def test_a_poll_shows_its_newest_seal_and_the_key_that_verifies_it(
    client: httpx.AsyncClient, stand_in: StandIn
) -> None:
    unsealed = await client.get("/polls/nanyue-stories/checkpoint")
    assert (unsealed.status_code, "还没有封条" in unsealed.text) == (404, True)
    assert "还没有封条" in (await client.get("/polls/nanyue-stories")).text

    stand_in.sealed = Checkpoint(12, "origin\n12\nroot\n\n— origin sig\n", stand_in.now)
    note = await client.get("/polls/nanyue-stories/checkpoint")
    page = (await client.get("/polls/nanyue-stories")).text

    assert (note.text, note.headers["content-type"]) == (stand_in.sealed.note, "text/plain; charset=utf-8")
    assert "最新封条：前 12 行，2026-11-22 20:00" in page
    assert 'href="/polls/nanyue-stories/checkpoint"' in page
    assert stand_in.vkey("nanyue-stories").replace("+", "&#43;") in page.replace("+", "&#43;")
    assert (await client.get("/polls/unknown/checkpoint")).status_code == 404
