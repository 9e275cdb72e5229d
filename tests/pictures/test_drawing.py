import asyncio
from pathlib import Path

import pytest
from msgspec import structs
from PIL import Image, ImageColor

from bot.messages import Bar, Photo, Picture
from bot.pictures import Gallery, Typeface, find_typeface, gallery
from bot.pictures.drawing import LEAF, MAX_HEIGHT, PETAL_INK, WIDTH, _font, balanced, draw, has_chinese, wrapped
from tests.pictures.samples import opened, typeface

SHORT = Picture("/polls/x.png", "你最想让更多人知道哪件事？")
BARS = (
    Bar("1 号　紫荆云陪伴", "30 票 · 75%", 1.0),
    Bar("2 号　E成长计划", "10 票 · 25%", 1 / 3),
    Bar("3 号　辟谣特工队", "0 票", 0),
)
RESULT = structs.replace(
    SHORT,
    mark="【演示】不是正式投票",
    bars=BARS,
    notes=("一共 40 个账号投了票",),
    foot=("运行者：某某", "我是开源的自动问答程序。"),
)


def drawn(picture: Picture) -> Image.Image:
    return opened(draw(picture, typeface())).convert("RGB")


def close_to(image: Image.Image, colour: str) -> list[tuple[int, int]]:
    """Where the picture has about this colour; the palette rounds."""
    wanted = ImageColor.getrgb(colour)
    found = []
    for y in range(0, image.height, 5):
        for x in range(0, image.width, 5):
            pixel = image.getpixel((x, y))
            assert isinstance(pixel, tuple)
            if all(abs(a - b) <= 12 for a, b in zip(pixel, wanted, strict=True)):
                found.append((x, y))
    return found


def test_a_picture_is_as_wide_as_a_phone_wants_it_and_as_tall_as_its_words() -> None:
    short, long = drawn(SHORT), drawn(RESULT)
    assert short.width == long.width == WIDTH
    assert short.height < long.height < MAX_HEIGHT
    assert len(draw(RESULT, typeface())) < 100_000


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    leaf = close_to(drawn(RESULT), LEAF)
    lengths = {y: max(x for x, at in leaf if at == y) - min(x for x, at in leaf if at == y) for _, y in leaf}
    longest, half = max(lengths.values()), sorted(lengths.values())[0]
    assert longest > 450
    assert 0.3 <= half / longest <= 0.4
    assert close_to(drawn(structs.replace(RESULT, bars=BARS[2:])), LEAF) == []


def test_the_mark_of_a_demonstration_stands_in_a_box() -> None:
    assert close_to(drawn(RESULT), PETAL_INK)
    assert close_to(drawn(structs.replace(RESULT, mark="")), PETAL_INK) == []


def test_the_same_description_is_the_same_picture_and_another_is_not() -> None:
    assert draw(RESULT, typeface()) == draw(RESULT, typeface())
    assert draw(RESULT, typeface()) != draw(structs.replace(RESULT, title="别的题目"), typeface())


NASTY = [
    *("", " ", "字" * 5000, "w" * 5000, "a b " * 2000, "👨‍👩‍👧🎉", "\x00\u200f\ufffe\ud800"),
    *("行\n行\r\n行", "（（（（" * 300, "。" * 900),
]


@pytest.mark.parametrize("words", NASTY, ids=[repr(words[:6]) for words in NASTY])
def test_whatever_is_written_stays_within_the_picture(words: str) -> None:
    bar = Bar(words, words, 7.0)
    picture = Picture("/x.png", words, words, (words,), (bar,) * 12, (words,), (words, words))
    for image in (drawn(picture), drawn(structs.replace(picture, large=words, bars=()))):
        assert image.height <= MAX_HEIGHT
        edge = image.crop((WIDTH - 30, 0, WIDTH, image.height))
        assert len(edge.getcolors() or []) == 1


def test_lines_break_where_a_reader_expects_it() -> None:
    font = _font(typeface().regular, 40)
    assert wrapped("网" * 10 + "，" + "好" * 3, font, 400, 3) == ["网" * 9, "网，好好好"]
    assert wrapped("good netizens tell stories", font, 300, 3) == ["good netizens", "tell stories"]
    (only,) = wrapped("字" * 100, font, 400, 1)
    assert only.endswith("…")
    assert font.getlength(only) <= 400


def test_no_mark_begins_a_line_and_none_that_opens_ends_one() -> None:
    font = _font(typeface().regular, 40)
    for text in ("有急事打 110，别等。" * 4, "看到“军事禁区”、《规定》（节选）的牌子：“不拍！”" * 3):
        for width in range(200, 600, 40):
            lines = wrapped(text, font, width, 40)
            assert not [line for line in lines if line[0] in "，。、！：”》）"]
            assert not [line for line in lines if line[-1] in "“《（"]


def test_lines_are_about_as_long_as_each_other_where_all_fits() -> None:
    font = _font(typeface().regular, 40)
    assert balanced("网" * 11, font, 400, 3) == ["网" * 6, "网" * 5]
    assert balanced("网" * 100, font, 400, 3) == wrapped("网" * 100, font, 400, 3)
    assert balanced("", font, 400, 3) == []


def test_a_card_has_its_words_larger_than_all_others() -> None:
    words = "收到“中奖”短信，先不点链接，问问家里人。"
    card = Picture("/tips/x.png", "今日一招", large=words, foot=("编号：x",))
    assert close_to(drawn(card), LEAF), "the title is in the colour of a leaf"
    assert drawn(card).height > drawn(structs.replace(card, large="", text=(words,))).height
    assert draw(card, typeface()) != draw(structs.replace(card, large="别的"), typeface())


async def test_a_gallery_draws_a_picture_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawings = []

    def count(picture: Picture, _typeface: Typeface) -> bytes:
        drawings.append(picture)
        return picture.title.encode()

    monkeypatch.setattr("bot.pictures.drawing.draw", count)
    pictures = Gallery(Typeface(Path("x"), Path("x")), stored)
    assert set(await asyncio.gather(*(pictures.image(SHORT) for _ in range(20)))) == {SHORT.title.encode()}
    assert len(drawings) == 1
    for number in range(gallery.KEPT):
        await pictures.image(structs.replace(SHORT, title=str(number)))
    await pictures.image(SHORT)
    assert drawings.count(SHORT) == 2


async def stored(key: str) -> bytes | None:
    return b"a jpeg" if key == "here" else None


async def test_a_gallery_has_photos_and_says_what_it_cannot_show() -> None:
    pictures = Gallery(None, stored)
    assert await pictures.image(Photo("here", "ab", "手机课")) == b"a jpeg"
    for shown in (Photo("gone", "ab", "手机课"), SHORT):
        with pytest.raises(OSError, match=r"no font|gone"):
            await pictures.image(shown)


def test_a_font_is_found_by_its_name_and_the_better_one_first(tmp_path: Path) -> None:
    assert find_typeface(None, [tmp_path, tmp_path / "none"]) is None
    (tmp_path / "deep").mkdir()
    poor, good = tmp_path / "wqy-microhei.ttc", tmp_path / "deep" / "NotoSansCJK-Regular.ttc"
    (tmp_path / "Comic.ttf").touch()
    poor.touch()
    assert find_typeface(None, [tmp_path]) == Typeface(poor, poor)
    good.touch()
    assert find_typeface(None, [tmp_path]) == Typeface(good, good)
    bold = good.with_name("NotoSansCJK-Bold.ttc")
    bold.touch()
    assert find_typeface(None, [tmp_path]) == Typeface(good, bold)
    assert find_typeface(poor, [tmp_path]) == Typeface(poor, poor)


def test_a_font_without_chinese_is_told(tmp_path: Path) -> None:
    latin = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    assert has_chinese(typeface())
    assert not has_chinese(Typeface(broken, broken))
    assert latin is None or not has_chinese(Typeface(latin, latin))
