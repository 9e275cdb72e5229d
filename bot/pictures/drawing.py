"""From a description to a PNG: one column, 1080 pixels wide, to be read on a phone."""

import io
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.messages import Bar, Picture
from bot.pictures.fonts import Typeface

WIDTH = 1080
MAX_HEIGHT = 5000  # Bot API, sendPhoto: width and height together at most 10000
MARGIN = 64
COLUMN = WIDTH - 2 * MARGIN
# On a phone the picture is about 390 points wide: 40 pixels are 14 points.
TITLE, MARK, TEXT, SMALL = 54, 42, 42, 34
LARGE, LARGE_LEADING, LARGE_LINES = 72, 1.5, 14
LEADING = 1.4
FIGURE_WIDTH = 380
BAR_HEIGHT = 30
LABEL_LINES, TITLE_LINES, TEXT_LINES = 2, 3, 12
COLOURS = 64

# The colours of the web pages by day (bot/web/static/style.css).
PAPER, INK, SOFT, LINE, LEAF = "#f6f1e7", "#2b2823", "#665f54", "#e2d9c8", "#1c6b5b"
PETAL, PETAL_INK = "#fbe9dd", "#7a3416"

# A Latin word or a character, with the marks that may not end a line before it, those that may not begin one and the
# space after it.
_PIECES = re.compile(r"[（「『《【“‘]*(?:[!-~\u00a1-\u024f]+|\S)[，。、！？；：）」』》】”’…—％]* ?| ")
# Emoji and what cannot be seen: the font has no shape for them.
_SHAPELESS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_LAST_OF_THE_FIRST_PLANE = "\uffff"
_HAN = re.compile("[\u3400-\u9fff]")
# A Chinese font has these as wide as a Chinese character.
_LATIN_QUOTES = str.maketrans("“”‘’", "\"\"''")

Font = ImageFont.FreeTypeFont


def draw(picture: Picture, typeface: Typeface) -> bytes:
    """The picture as a PNG, the same bytes for the same description. Raises OSError when the font cannot be used."""
    sheet = _Sheet(typeface)
    if picture.large:
        sheet.card(picture.title, picture.large)
    else:
        sheet.write(picture.title, TITLE, bold=True, lines=TITLE_LINES)
    if picture.mark:
        sheet.stamp(picture.mark)
    for paragraph in picture.text:
        sheet.space(0.4)
        sheet.write(paragraph, TEXT)
    for bar in picture.bars:
        sheet.bar(bar)
    sheet.space(0.8)
    for note in picture.notes:
        sheet.write(note, TEXT)
    sheet.rule()
    for line in picture.foot:
        sheet.write(line, SMALL, SOFT)
    return sheet.png()


def has_chinese(typeface: Typeface) -> bool:
    """Whether the font can be used and has shapes for Chinese characters."""
    try:
        font = _font(typeface.regular, TEXT)
    except OSError:
        return False
    return bytes(font.getmask("网")) != bytes(font.getmask(_LAST_OF_THE_FIRST_PLANE))


class _Sheet:
    """A column that is filled from top to bottom."""

    def __init__(self, typeface: Typeface) -> None:
        self._typeface = typeface
        self._image = Image.new("RGB", (WIDTH, MAX_HEIGHT), PAPER)
        self._pen = ImageDraw.Draw(self._image)
        self._y = float(MARGIN)

    def write(
        self,
        text: str,
        size: int,
        colour: str = INK,
        *,
        bold: bool = False,
        lines: int = TEXT_LINES,
        leading: float = LEADING,
    ) -> None:
        font = self._font(size, bold)
        for line in balanced(text, font, COLUMN, lines):
            self._pen.text((MARGIN, self._y), line, colour, font)
            self._y += size * leading

    def card(self, title: str, text: str) -> None:
        """What the picture is there to say, below a small title."""
        self._y += MARGIN / 2
        self._pen.rectangle((MARGIN, self._y, MARGIN + LARGE, self._y + 8), LEAF)
        self._y += MARGIN * 0.6
        self.write(title, TEXT, LEAF, bold=True, lines=1)
        self._y += MARGIN / 2
        self.write(text, LARGE, bold=True, lines=LARGE_LINES, leading=LARGE_LEADING)
        self._y += MARGIN / 4

    def stamp(self, text: str) -> None:
        """Words in a box of another colour, so that nobody overlooks them."""
        self.space(0.3)
        font = self._font(MARK, bold=True)
        lines = wrapped(text, font, COLUMN - MARGIN, LABEL_LINES)
        bottom = self._y + len(lines) * MARK * LEADING + MARGIN / 2
        self._pen.rounded_rectangle((MARGIN, self._y, WIDTH - MARGIN, bottom), 20, PETAL)
        self._y += MARGIN / 4
        for line in lines:
            self._pen.text((1.5 * MARGIN, self._y), line, PETAL_INK, font)
            self._y += MARK * LEADING
        self._y = bottom

    def bar(self, bar: Bar) -> None:
        self.space(0.7)
        self.write(bar.label, TEXT, lines=LABEL_LINES)
        top, right = self._y + 6, WIDTH - MARGIN - FIGURE_WIDTH
        self._strip(top, right, LINE)
        if bar.length > 0:
            self._strip(top, MARGIN + BAR_HEIGHT + (right - MARGIN - BAR_HEIGHT) * min(bar.length, 1.0), LEAF)
        font = self._font(TEXT, bold=True)
        middle = (WIDTH - MARGIN, top + BAR_HEIGHT / 2)
        self._pen.text(middle, " ".join(wrapped(bar.figure, font, FIGURE_WIDTH - 20, 1)), INK, font, anchor="rm")
        self._y = top + BAR_HEIGHT

    def rule(self) -> None:
        self.space(0.6)
        self._pen.line((MARGIN, self._y, WIDTH - MARGIN, self._y), LINE, 3)
        self.space(0.4)

    def space(self, lines: float) -> None:
        self._y += lines * TEXT

    def png(self) -> bytes:
        height = min(round(self._y) + MARGIN // 2, MAX_HEIGHT)
        drawn = self._image.crop((0, 0, WIDTH, height)).quantize(COLOURS, Image.Quantize.FASTOCTREE)
        written = io.BytesIO()
        drawn.save(written, "PNG")
        return written.getvalue()

    def _strip(self, top: float, right: float, colour: str) -> None:
        self._pen.rounded_rectangle((MARGIN, top, right, top + BAR_HEIGHT), BAR_HEIGHT // 2, colour)

    def _font(self, size: int, bold: bool = False) -> Font:
        return _font(self._typeface.bold if bold else self._typeface.regular, size)


def wrapped(text: str, font: Font, width: float, most: int) -> list[str]:
    """The text in at most so many lines, each within the width; … stands for what is left out."""
    lines, line = list[str](), ""
    for piece in _pieces(text, font, width):
        if line and font.getlength((line + piece).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
        if len(lines) > most:
            break
    lines += [line.rstrip()] if line.strip() else []
    return lines if len(lines) <= most else [*lines[: most - 1], _ellipsed(lines[most - 1], font, width)]


def balanced(text: str, font: Font, width: float, most: int) -> list[str]:
    """As many lines as `wrapped` makes, of about the same length: no word is left alone on the last."""
    lines = wrapped(text, font, width, most)
    while 1 < len(lines) < most:
        width -= font.size
        narrower = wrapped(text, font, width, most)
        if len(narrower) != len(lines):
            break
        lines = narrower
    return lines


def _pieces(text: str, font: Font, width: float) -> list[str]:
    """What a line may end after; a word that is wider than a line is taken character by character."""
    pieces = list[str]()
    for piece in _PIECES.findall(_drawable(text)):
        pieces += [piece] if font.getlength(piece) <= width else list(piece)
    return pieces


def _ellipsed(line: str, font: Font, width: float) -> str:
    while line and font.getlength(f"{line}…") > width:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _drawable(text: str) -> str:
    spaced = unicodedata.normalize("NFC", " ".join(text.split()))
    if not _HAN.search(spaced):
        spaced = spaced.translate(_LATIN_QUOTES)
    return "".join(c for c in spaced if unicodedata.category(c) not in _SHAPELESS and not _is_emoji(c))


def _is_emoji(character: str) -> bool:
    return character > _LAST_OF_THE_FIRST_PLANE and unicodedata.category(character) in {"So", "Sk"}


@lru_cache(16)
def _font(file: Path, size: int) -> Font:
    """The simplified-Chinese face of a collection, the only one of a single font."""
    for face in range(10):
        try:
            font = ImageFont.truetype(file, size, face, layout_engine=ImageFont.Layout.BASIC)
        except OSError:
            break
        if "SC" in str(font.getname()[0]):
            return font
    return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
