"""Who decides for those who run this, on stories and on held ballots."""

import unicodedata
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

TERMINAL = "terminal"
AT_DESK = "desk:"
_ACCOUNT_CHARACTERS = 160

Account = Annotated[str, Meta(max_length=_ACCOUNT_CHARACTERS)]


class Reviewer(Struct, frozen=True):
    """One person with all the accounts that are theirs, each as Address.person.

    At the machine it is `terminal:NAME`, at the desk `desk:NAME`.
    Their decisions are written down under the first of them, so that whichever they use, they are one.
    """

    accounts: Annotated[tuple[Account, ...], Meta(min_length=1)]

    @property
    def name(self) -> str:
        return self.accounts[0]

    @property
    def at_desk(self) -> str:
        """The account under which colleagues know them."""
        return next((account for account in self.accounts if account.startswith(AT_DESK)), self.name)

    def has(self, account: str) -> bool:
        return compared(account) in map(compared, self.accounts)


def reviewer_with(reviewers: Iterable[Reviewer], account: str) -> Reviewer | None:
    return next((reviewer for reviewer in reviewers if reviewer.has(account)), None)


def compared(account: str) -> str:
    """Equal for one account: the desk gives no two names that differ in case or width alone."""
    return unicodedata.normalize("NFKC", account).casefold() if account.startswith(AT_DESK) else account


def reviewer_at_desk(reviewers: Iterable[Reviewer], account: str) -> Reviewer:
    """Who works at the desk under this account; alone with it, where no others of theirs are set."""
    return reviewer_with(reviewers, account) or Reviewer((account,))


def reviewer_at_terminal(reviewers: Iterable[Reviewer], name: str) -> Reviewer | None:
    """Who goes by this name at the machine; None for a stranger, where it is set who does."""
    known, account = tuple(reviewers), f"{TERMINAL}:{name}"[:_ACCOUNT_CHARACTERS]
    is_set = any(one.startswith(f"{TERMINAL}:") for reviewer in known for one in reviewer.accounts)
    return reviewer_with(known, account) or (None if is_set else Reviewer((account,)))
