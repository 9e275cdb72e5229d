"""Why a call to the callback is refused: each reason knows its HTTP status and stays in our log."""


class Refused(Exception):
    """The call is answered with `status` and nothing else; the text is for the operator's log."""

    status = 403


class Forged(Refused):
    """Nothing proves that the platform sent it for this account, now."""


class Malformed(Refused):
    """It cannot be read."""

    status = 400


class TooLarge(Refused):
    """It is longer than any message of the platform."""

    status = 413
