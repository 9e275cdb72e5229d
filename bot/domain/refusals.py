"""What the rules of a poll forbid, each with the code that is kept with the message's outcome."""

from typing import ClassVar


class Refusal(Exception):
    """A rule of the poll forbids the vote; nothing is changed."""

    code: ClassVar[str]


class UnknownOption(Refusal):
    code = "unknown-option"


class OptionWithdrawn(Refusal):
    """The candidate keeps its number and its votes and takes no new ones."""

    code = "withdrawn"


class PollNotOpen(Refusal):
    """The poll opens later."""

    code = "not-open"


class PollClosed(Refusal):
    """The vote came at or after the closing instant."""

    code = "closed"


class PollStopped(Refusal):
    """Somebody who answers for the poll has stopped it for now."""

    code = "stopped"


class ChannelNotEligible(Refusal):
    """The poll takes no votes from this channel."""

    code = "channel"


class AnonymousVoter(Refusal):
    """Sent by an anonymous admin or on behalf of a channel: that is no account of a person."""

    code = "anonymous"


class JoinedTooLate(Refusal):
    """The account was first seen after the poll had opened."""

    code = "joined"


class ConsentNeeded(Refusal):
    """Before their first vote a person is told that anonymous ballots are published, and asked."""

    code = "consent"


class FinalVote(Refusal):
    """A vote of this poll cannot be changed."""

    code = "final"


class TooManyChosen(Refusal):
    """As many candidates are chosen as may be."""

    code = "choices"


class DailyLimit(Refusal):
    """The votes of this day are used up."""

    code = "day"


class OptionLimit(Refusal):
    """The votes that one candidate may get from an account on this day are used up."""

    code = "option-day"


class NotTakenBack(Refusal):
    """In this kind of poll a vote is not taken back."""

    code = "kept"


class NotChosen(Refusal):
    """There is no vote of this person for the candidate."""

    code = "not-chosen"


_ALL: tuple[type[Refusal], ...] = (
    UnknownOption,
    OptionWithdrawn,
    PollNotOpen,
    PollClosed,
    PollStopped,
    ChannelNotEligible,
    AnonymousVoter,
    JoinedTooLate,
    ConsentNeeded,
    FinalVote,
    TooManyChosen,
    DailyLimit,
    OptionLimit,
    NotTakenBack,
    NotChosen,
)
REFUSALS = {refusal.code: refusal for refusal in _ALL}
