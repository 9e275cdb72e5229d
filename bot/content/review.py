"""The four lines that any authored file may begin with: who drafted it, who reviewed it, and when."""

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
    """The review of a file; its lines are taken out of the table, the rest is for the reader of its kind."""
    keys = [key for key in ReviewShape.model_fields if key in document.table]
    shape = check.shape(document, (), {key: document.table.pop(key) for key in keys}, ReviewShape)
    return Review(document.file, **shape.model_dump()) if shape else Review(document.file)
