"""How alike two short texts are, letter by letter in their order."""

from collections import defaultdict


class Letters:
    """A text to compare others with."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._length = len(text)
        self._where: dict[str, int] = defaultdict(int)
        for at, letter in enumerate(text):
            self._where[letter] |= 1 << at

    def likeness(self, other: str) -> float:
        """Twice the longest common subsequence over both lengths (0 to 1).

        A bit of `open` is set while the letter at its place has no partner (Hyyrö, Bit-parallel LCS-length
        computation revisited, 2004).
        """
        if not self._length and not other:
            return 1.0
        everything = (1 << self._length) - 1
        open_ = everything
        for places in filter(None, map(self._where.get, other)):
            met = open_ & places
            open_ = (open_ + met) | (open_ - met)
        common = self._length - (open_ & everything).bit_count()
        return 2 * common / (self._length + len(other))
