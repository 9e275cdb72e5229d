"""The pages of tips."""

from html import unescape

import httpx
import pytest

from tests.shipped import shipped
from tests.web.stand_in import StandIn

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


@pytest.mark.parametrize("name", ["no-such-tip", "<script>", "12"])
async def test_a_tip_that_is_not_there(client: httpx.AsyncClient, name: str) -> None:
    response = await client.get(f"/tips/{name}")

    assert response.status_code == 404
    assert "没有这一招" in response.text
    assert "<script>" not in response.text
