"""Characters of like shape are read as the words that were meant."""

import pytest

from bot.domain.lookalikes import Lookalikes

WORDS = Lookalikes(
    {"网民": 3, "网络": 3, "投票": 2, "文明": 4, "采风": 1, "二维码": 2, "贫困村": 1, "教材": 2, "家": 5}
)


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("好罔民", "好网民"),
        ("怎么投栗", "怎么投票"),
        ("网络文朋行动", "网络文明行动"),
        ("主题釆凤", "主题采风"),
        ("二维玛", "二维码"),
        ("贫因村", "贫困村"),
        ("教村有几版", "教材有几版"),
        ("多少冢", "多少家"),
    ],
)
def test_a_word_is_read_for_what_is_none(seen: str, meant: str) -> None:
    assert WORDS.mended(seen) == meant


@pytest.mark.parametrize("text", ["网民", "人口", "投了几票", "的是", "朋友去了村里", "abc", "", "卖药", "系咩嚟㗎"])
def test_what_can_be_meant_stays(text: str) -> None:
    assert WORDS.mended(text) == text
