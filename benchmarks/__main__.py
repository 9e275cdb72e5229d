"""Runs all benchmarks, or the named ones; each ends with one JSON line."""

import argparse
import sys
from collections.abc import Callable

from benchmarks import answers, bulk_send, due, telegram_vote, vote_storage, wechat_vote

BENCHMARKS: dict[str, Callable[[], int]] = {
    "answers": answers.main,
    "bulk-send": bulk_send.main,
    "due": due.main,
    "telegram-vote": telegram_vote.main,
    "vote-storage": vote_storage.main,
    "wechat-vote": wechat_vote.main,
}


def main() -> int:
    """Exit code 1 when a benchmark found a wrong result; a low figure is no error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    return max(BENCHMARKS[name]() for name in names)


if __name__ == "__main__":
    sys.exit(main())
