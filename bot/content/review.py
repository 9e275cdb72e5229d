"""The lines at the top of an authored file: who drafted it, who reviewed it and when, and its last day."""

from datetime import date

from bot.content.files import Document
from bot.content.shapes import Check, Shape, Text
from bot.domain.review import Review


class ReviewShape(Shape):
    drafted_by: Text = ""
    reviewed_by: Text = ""
    reviewed_on: date | None = None
    review_due: date | None = None


def take_review(document: Document, check: Check) -> Review:
    """The review of a file; its four lines are taken out of the table, the rest is for the reader of its kind."""
    keys = [key for key in ReviewShape.model_fields if key in document.table]
    shape = check.shape(document, (), {key: document.table.pop(key) for key in keys}, ReviewShape)
    return Review(document.file, **shape.model_dump() if shape else {}, valid_until=_last_day(document))


def _last_day(document: Document) -> date | None:
    """The last day of a local file, as far as it is one: the reader of that kind tells what is wrong."""
    day = document.table.get("valid_until") if document.kind == "local" else None
    return day if type(day) is date else None
