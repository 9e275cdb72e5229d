"""The gold questions: what people may ask, with the entries that answer it."""

from pathlib import Path

import msgspec
from msgspec import Struct

FOLDER = Path(__file__).with_name("gold")


class Gold(Struct, frozen=True):
    """A question with the entries that answer it; none where it is out of scope."""

    q: str
    kind: str
    entry: str | None
    split: str
    also: tuple[str, ...] = ()

    @property
    def right(self) -> frozenset[str]:
        return frozenset(filter(None, (self.entry, *self.also)))


def gold(name: str) -> list[Gold]:
    """The questions of `in_scope` or `out_of_scope`."""
    return [msgspec.json.decode(line, type=Gold) for line in (FOLDER / f"{name}.jsonl").read_bytes().splitlines()]


def gold_of(split: str) -> list[Gold]:
    """All questions of `dev` or `held-out`."""
    return [question for question in gold("in_scope") + gold("out_of_scope") if question.split == split]
