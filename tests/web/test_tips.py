"""The pages of tips."""

from html import unescape

import httpx
import pytest

from bot.context import Operator
from tests.pictures.samples import opened, typeface
from tests.shipped import shipped
from tests.web.conftest import client_of
from tests.web.stand_in import StandIn, application

TIP = next(tip for tip in shipped().tips if tip.source)


@pytest.fixture(autouse=True)
def tips(stand_in: StandIn) -> None:
    stand_in.shelf.library = shipped()


@pytest.mark.parametrize(("language", "tail"), [("zh", ""), ("en", "?lang=en")])
async def test_a_tip_has_its_page_in_both_languages(client: httpx.AsyncClient, language: str, tail: str) -> None:
    response = await client.get(f"/tips/{TIP.id}{tail}")
    wording = TIP.wording(language)

    assert response.status_code == 200
    assert wording.quiz
    parts = (wording.text, wording.why, TIP.source, wording.quiz.question, *wording.quiz.answers, wording.quiz.because)
    assert [part for part in parts if part not in unescape(response.text)] == []


async def test_a_tip_has_a_card_to_pass_on(client: httpx.AsyncClient) -> None:
    typeface()
    answer = await client.get(f"/tips/{TIP.id}.png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert opened(answer.content).width == 1080
    again = await client.get(f"/tips/{TIP.id}.png", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.get(f"/tips/{TIP.id}.png?lang=en")).content != answer.content
    assert (await client.get("/tips/no-such-tip.png")).status_code == 404


@pytest.mark.parametrize(("language", "tail"), [("zh", ""), ("en", "?lang=en")])
async def test_a_page_says_what_is_shown_where_its_link_is_passed_on(
    client: httpx.AsyncClient, language: str, tail: str
) -> None:
    typeface()
    html = unescape((await client.get(f"/tips/{TIP.id}{tail}")).text)
    assert f'<meta property="og:description" content="{TIP.wording(language).text}">' in html
    assert f'<meta property="og:image" content="http://bot.test/tips/{TIP.id}.png{tail}">' in html
    assert f'<img src="/tips/{TIP.id}.png{tail}" alt=' in html


async def test_the_operator_says_where_the_pages_are(stand_in: StandIn) -> None:
    typeface()
    operator = Operator("某某", site="https://example.org/bot")
    async with client_of(application(stand_in, operator)) as client:
        html = (await client.get(f"/tips/{TIP.id}", headers={"Host": "evil.example"})).text
    assert f'content="https://example.org/bot/tips/{TIP.id}.png"' in html
    assert "evil" not in html


async def test_without_a_font_there_is_no_card(stand_in: StandIn) -> None:
    async with client_of(application(stand_in, drawn=False)) as client:
        assert (await client.get(f"/tips/{TIP.id}.png")).status_code == 404
        html = (await client.get(f"/tips/{TIP.id}")).text
    assert "og:description" in html
    assert ".png" not in html


@pytest.mark.parametrize("name", ["no-such-tip", "<script>", "12"])
async def test_a_tip_that_is_not_there(client: httpx.AsyncClient, name: str) -> None:
    response = await client.get(f"/tips/{name}")

    assert response.status_code == 404
    assert "没有这一招" in response.text
    assert "<script>" not in response.text
