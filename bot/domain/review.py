"""Who wrote a piece of content, and which person has read it."""

from datetime import date

from msgspec import Struct


class Review(Struct, frozen=True):
    """The four lines at the top of an authored file. Empty means that nobody has signed."""

    file: str
    drafted_by: str = ""
    reviewed_by: str = ""
    reviewed_on: date | None = None
    review_due: date | None = None

    def holds(self, day: date) -> bool:
        """Whether a person has approved the file, and need not look at it again yet."""
        is_due = self.review_due is not None and self.review_due <= day
        return bool(self.reviewed_by) and self.reviewed_on is not None and not is_due
