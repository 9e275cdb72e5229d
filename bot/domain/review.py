"""Who wrote a piece of content, which person has read it, and how long it is said."""

from datetime import date

from msgspec import Struct


class Review(Struct, frozen=True):
    """The lines at the top of an authored file. Empty means that nobody has signed, or that it is said for good."""

    file: str
    drafted_by: str = ""
    reviewed_by: str = ""
    reviewed_on: date | None = None
    review_due: date | None = None
    valid_until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether a person has approved the file, and need not look at it again yet."""
        is_due = self.review_due is not None and self.review_due <= day
        return bool(self.reviewed_by) and self.reviewed_on is not None and not is_due

    def is_over(self, day: date) -> bool:
        """Whether the file has expired: its last day is gone."""
        return self.valid_until is not None and self.valid_until < day
