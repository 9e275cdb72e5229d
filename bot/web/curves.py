"""The curve of votes over time, as a template draws it."""

from collections.abc import Sequence

from msgspec import Struct

from bot.domain.charts import Point

# The inside of the drawing, in its own units; the labels stand around it in HTML, so that they grow with the text.
CURVE_WIDTH, CURVE_HEIGHT = 600, 200
ROWS = 12
FOOT = 4  # of a column without a figure


class Curve(Struct, frozen=True):
    """`line` are the points of a polyline, `rows` some of the points to be read, first and last included."""

    line: str
    most: int
    rows: tuple[Point, ...]


def curve_of(points: Sequence[Point]) -> Curve | None:
    """None where there is nothing to draw: before the opening and before the first vote."""
    most = max((point.ballots for point in points), default=0)
    if not most:
        return None
    begin, span = points[0].at, (points[-1].at - points[0].at).total_seconds()
    line = " ".join(
        f"{CURVE_WIDTH * (point.at - begin).total_seconds() / span:.1f},{CURVE_HEIGHT * (1 - point.ballots / most):.1f}"
        for point in points
    )
    rows = min(ROWS, len(points))
    return Curve(line, most, tuple(points[row * (len(points) - 1) // (rows - 1)] for row in range(rows)))


class Column(Struct, frozen=True):
    """A day in the drawing; one without a figure has a foot alone."""

    x: float
    y: float
    width: float
    height: float
    is_shown: bool


def columns_of(figures: Sequence[int | None]) -> tuple[Column, ...]:
    """Figures beside each other, as high as they are large; a tenth of the place stays between two."""
    most = max((figure for figure in figures if figure is not None), default=0) or 1
    step = CURVE_WIDTH / max(len(figures), 1)
    heights = [FOOT if figure is None else CURVE_HEIGHT * figure / most for figure in figures]
    return tuple(
        Column(
            round(step * (place + 0.05), 2),
            round(CURVE_HEIGHT - height, 2),
            round(step * 0.9, 2),
            round(height, 2),
            figure is not None,
        )
        for place, (figure, height) in enumerate(zip(figures, heights, strict=True))
    )
