"""`check` and `ask`: the authored content, without a database."""

import argparse
import os
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import msgspec

from bot.clock import utc_now
from bot.commands.ends import FAILED, OK, cannot_begin, tell
from bot.commands.explained import in_words
from bot.config import PROJECT, BadSettings, Settings
from bot.content import ContentErrors, load
from bot.domain.polls import Poll
from bot.domain.review import Review
from bot.domain.times import home_date
from handlers import COMMANDS
from handlers.explaining import explained
from handlers.questions import explain


def check(settings: Settings, options: argparse.Namespace) -> int:
    today = home_date(utc_now())
    try:
        library = load(settings.content_dir, today, COMMANDS)
    except ContentErrors as fault:
        print(fault)
        return FAILED
    for review in library.reviews:
        if review.valid_until:
            print(_how_long(review, today))
    for poll in library.polls.values():
        if poll.betrays_holds:
            print(_told_of_holds(poll))
    unreviewed = library.unreviewed(today) if options.official else ()
    for review in unreviewed:
        print(f"{review.file}:1: 还没有人审过，或者该再审了 / no person has reviewed it, or a review is due")
    if unreviewed:
        return FAILED
    entries, tips, polls = len(library.knowledge.entries), len(library.tips), len(library.polls)
    print(f"都没问题 / all well: {entries} 条问答 answers, {tips} 条小贴士 tips, {polls} 个投票 polls")
    return OK


def _how_long(review: Review, today: date) -> str:
    """One line for a file of the operators' own layer."""
    if review.is_over(today):
        return f"{review.file}: {review.valid_until} 过期了，机器人不再说 / has expired and is said no more"
    return f"{review.file}: 到 {review.valid_until} 为止都说 / is said until that day"


def _told_of_holds(poll: Poll) -> str:
    return (
        f'{poll.id}: results = "{poll.results}" 时，扣下可疑的票，那个候选的票数会变少，大家看得出来；'
        '不想这样就写 "hidden" / '
        'when ballots are held, their candidate\'s number is seen to fall; with "hidden" it is not'
    )


def check_with_bad_settings(fault: BadSettings) -> int:
    """`check` lists the mistakes of content too when the settings are wrong."""
    print(*fault.problems, sep="\n")
    try:
        load(Path(os.environ.get("CONTENT_DIR") or PROJECT / "content"), home_date(utc_now()), COMMANDS)
    except ContentErrors as mistakes:
        print(mistakes)
    return FAILED


def ask(settings: Settings, options: argparse.Namespace) -> int:
    try:
        questions = _questions(options)
    except OSError as fault:
        return cannot_begin(f"读不了这个文件 / cannot read the file: {fault.filename}: {fault.strerror}")
    except UnicodeDecodeError:
        return cannot_begin("这不是 UTF-8 文字 / this is no UTF-8 text")
    library = load(settings.content_dir, home_date(utc_now()))
    for question in questions:
        found = explained(library, question) if options.explain else explain(library, question)
        tell(msgspec.json.encode(found).decode() if options.json else in_words(found))
    return OK


def _questions(options: argparse.Namespace) -> Iterable[str]:
    """One a line; only a line's end divides, not the other marks that Unicode counts as one."""
    if options.file:
        return _lines(Path(options.file).read_text(encoding="utf-8-sig"))
    return _lines(sys.stdin.read()) if options.question is None else [os.fsencode(options.question).decode()]


def _lines(text: str) -> list[str]:
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []
