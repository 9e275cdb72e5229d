"""Ten thousand honest lines go from a keyboard through the review to every screen, and none loses a stroke."""

from collections.abc import Iterator
from itertools import islice
from xml.etree import ElementTree

import pytest

from bot.domain.stories import MAX_NAME, MAX_TITLE
from tests.hostile.house import House
from tests.hostile.samples import honest
from tests.hostile.writing import on_page, on_telegram, on_web, on_wechat, published

LINES = 10_000
LONGEST_STORY = 1_900
# A page of the talk has 500 characters; WeChat's 2048 bytes hold them in any script but for a few of four bytes each.
ON_ONE_PAGE = 350


def as_stories(lines: Iterator[str]) -> Iterator[list[str]]:
    """So many lines as a story holds."""
    story: list[str] = []
    for line in lines:
        if sum(map(len, story)) + len(story) + len(line) > LONGEST_STORY:
            yield story
            story = []
        story.append(line)
    yield story


@pytest.mark.timeout(600)  # a quarter of a minute; more where there is other work
async def test_on_the_page(home: House) -> None:
    seen = 0
    names = (f"笔{line}" for line in honest(LINES, seed=2) if len(line) < MAX_NAME and "：" not in line)
    titles = (line for line in honest(LINES, seed=3) if MAX_NAME < len(line) <= MAX_TITLE)
    for place, lines in enumerate(as_stories(honest(LINES))):
        title, name = next(titles), next(names)
        number = await published(home, title, "\n".join(lines), name, place)
        page = await on_page(home, f"/stories/{number}")
        assert [text for text in page.texts if text.strip() in set(lines)] == lines
        assert title in page.texts
        assert name in page.texts
        seen += len(lines)
    assert seen == LINES
    assert home.errors.said == []


async def test_in_the_talk(home: House) -> None:
    """A few of all kinds, on Telegram, WeChat and the web."""
    lines = honest(400, seed=4)
    for place in range(12):
        story = list(islice(lines, 14))
        while sum(map(len, story)) > ON_ONE_PAGE:
            story.pop()
        number = await published(home, story[0], "\n".join(story), "阿明", place)
        xml = ElementTree.fromstring(await on_wechat(home, f"看故事 {number}", 10**12 + place))
        shown = (
            str((await on_telegram(home, f"看故事 {number}", 10**6 + place))["text"]),
            xml.findtext("Content", ""),
            str((await on_web(home, f"看故事 {number}"))["text"]),
        )
        for text in shown:
            assert set(story) <= set(text.split("\n")), text
