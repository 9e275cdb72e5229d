"""What an answer of the platform's API says about a message: sent or not, and whether to try again."""

import httpx

from bot.messages import Outcome, Sent

# 全局返回码: the token is not, or no longer, valid.
TOKEN_CODES = frozenset({40001, 40014, 42001})
# 全局返回码: the account may not call this. 76022 is what 查询API调用额度 says of it.
NOT_AUTHORISED_CODES = frozenset({48001, 76022})
WINDOW_CLOSED, WINDOW_SPENT, NO_CONSENT = "window-closed", "window-spent", "no-consent"
# What closes the way by which a message was tried.
CLOSED_REASONS = frozenset({WINDOW_CLOSED, WINDOW_SPENT, NO_CONSENT})

BUSY_SECONDS = 30.0
RECONNECT_SECONDS = 5.0
MINUTE_QUOTA_SECONDS = 60.0
# Quotas of a day come back at midnight; an hour is often enough to ask.
DAY_QUOTA_SECONDS = 3600.0
REJECTED_SECONDS = 60.0

_SENT = Sent(Outcome.SENT)
_CODES = {
    0: _SENT,
    -1: Sent(Outcome.RETRY, BUSY_SECONDS, "busy"),
    40003: Sent(Outcome.UNREACHABLE, reason="unknown-person"),
    43004: Sent(Outcome.UNREACHABLE, reason="not-following"),
    45015: Sent(Outcome.REFUSED, reason=WINDOW_CLOSED),
    45047: Sent(Outcome.REFUSED, reason=WINDOW_SPENT),
    43101: Sent(Outcome.REFUSED, reason=NO_CONSENT),
    45009: Sent(Outcome.RETRY, DAY_QUOTA_SECONDS, "api-quota"),
    45011: Sent(Outcome.RETRY, MINUTE_QUOTA_SECONDS, "api-pace"),
    48001: Sent(Outcome.REFUSED, reason="not-authorised"),
    76022: Sent(Outcome.REFUSED, reason="not-authorised"),
    48004: Sent(Outcome.REFUSED, reason="api-banned"),
    50002: Sent(Outcome.REFUSED, reason="account-limited"),
    40037: Sent(Outcome.REFUSED, reason="unknown-template"),
    47003: Sent(Outcome.REFUSED, reason="template-fields"),
    44004: Sent(Outcome.REFUSED, reason="empty"),
    45002: Sent(Outcome.REFUSED, reason="too-long"),
    87014: Sent(Outcome.REFUSED, reason="risky-content"),
    **dict.fromkeys(TOKEN_CODES, Sent(Outcome.RETRY, REJECTED_SECONDS, "token")),
    **dict.fromkeys((40013, 40125, 41002, 41004, 40243), Sent(Outcome.RETRY, REJECTED_SECONDS, "credentials")),
    **dict.fromkeys((40164, 61004), Sent(Outcome.RETRY, REJECTED_SECONDS, "ip-not-allowed")),
}

# The request never left us: no connection, or no free one.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class CallFailed(Exception):
    """A call did not succeed, or nobody knows; `sent` is what that means for the message that it carried."""

    def __init__(self, sent: Sent, errcode: int = 0) -> None:
        super().__init__(sent.reason)
        self.sent = sent
        self.errcode = errcode


def outcome_of(errcode: int) -> Sent:
    """The outcome by the platform's errcode; with one that is not in the table it was certainly not done."""
    return _CODES.get(errcode) or Sent(Outcome.REFUSED, reason=f"errcode {errcode}")


def failure_of(error: Exception) -> CallFailed:
    """The failure of a call whose answer did not come."""
    if isinstance(error, _NOT_SENT):
        return CallFailed(Sent(Outcome.RETRY, RECONNECT_SECONDS, "not connected"))
    is_late = isinstance(error, TimeoutError | httpx.TimeoutException)
    return CallFailed(Sent(Outcome.UNKNOWN, reason="timeout" if is_late else "connection lost"))
