from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from bot.domain.polls import Option, Poll, pseudonym
from bot.domain.refusals import (
    AnonymousVoter,
    ChannelNotEligible,
    PollClosed,
    PollNotOpen,
    Refusal,
    UnknownOption,
)
from bot.messages import Address, Message

OPENS = datetime(2026, 12, 1, tzinfo=UTC)
CLOSES = datetime(2026, 12, 2, tzinfo=UTC)
POLL = Poll("deeds", "", (Option("first-deed", 1, ""), Option("third", 3, "")), opens_at=OPENS, closes_at=CLOSES)
MOMENT = timedelta(microseconds=1)


def said(at: datetime = OPENS, channel: str = "telegram", anonymous: bool = False) -> Message:
    return Message("m", Address(channel, "ana", "ana"), "", at, anonymous)


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (OPENS - MOMENT, "scheduled"),
        (OPENS, "open"),
        (CLOSES - MOMENT, "open"),
        (CLOSES, "closed"),
        (CLOSES + timedelta(days=999), "closed"),
    ],
)
def test_a_poll_is_open_from_its_opening_to_before_its_closing(at: datetime, state: str) -> None:
    assert POLL.state(at) == state


def test_without_dates_it_is_open_for_good() -> None:
    forever = structs.replace(POLL, opens_at=None, closes_at=None)

    assert {forever.state(at) for at in (datetime.min.replace(tzinfo=UTC), OPENS, CLOSES)} == {"open"}


@pytest.mark.parametrize(("wanted", "number"), [("1", 1), ("first-deed", 1), ("3", 3), ("third", 3)])
def test_an_option_is_meant_by_number_or_id(wanted: str, number: int) -> None:
    assert POLL.check_vote(said(), wanted).number == number


def test_a_copy_with_other_options_knows_those() -> None:
    assert POLL.option("third").number == 3
    other = structs.replace(POLL, options=(Option("fourth", 4, ""),))

    assert other.option("4").id == "fourth"
    with pytest.raises(UnknownOption):
        other.option("third")


@pytest.mark.parametrize("wanted", ["", "0", "2", "01", "-1", "first", "1 3", "１", "9" * 5000, "\x00"])
def test_there_is_no_such_option(wanted: str) -> None:
    with pytest.raises(UnknownOption):
        POLL.check_vote(said(), wanted)


@pytest.mark.parametrize(
    ("message", "refusal"),
    [
        (said(anonymous=True), AnonymousVoter),
        (said(channel="web"), ChannelNotEligible),
        (said(OPENS - MOMENT), PollNotOpen),
        (said(CLOSES), PollClosed),
        (said(CLOSES, anonymous=True), AnonymousVoter),
    ],
)
def test_the_rule_that_is_broken_is_named(message: Message, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        POLL.check_vote(message, "1")


def test_a_pseudonym_is_the_account_in_one_poll_wherever_it_speaks() -> None:
    key, other = b"k" * 32, b"o" * 32
    private, group = Address("telegram", "42", "42"), Address("telegram", "42", "-100")

    assert pseudonym(key, private) == pseudonym(key, group)
    assert len(pseudonym(key, private)) == 16
    others = [Address("web", "42", "42"), Address("telegram", "421", "42")]
    assert len({pseudonym(key, who) for who in (private, *others)} | {pseudonym(other, private)}) == 4
    assert b"42" not in pseudonym(key, private)
