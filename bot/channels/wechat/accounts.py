"""What an Official Account may do, by its kind and whether it is verified (微信认证)."""

from enum import StrEnum
from typing import Literal

from bot.channels.wechat.client import Done, WeChatClient
from bot.channels.wechat.outcomes import NOT_AUTHORISED_CODES, CallFailed

AccountKind = Literal["subscription", "service"]
READY = "ready"


class Ability(StrEnum):
    """Each with the API that it stands for."""

    CUSTOMER_MESSAGES = "/cgi-bin/message/custom/send"
    MASS_MESSAGES = "/cgi-bin/message/mass/sendall"
    NOTICES = "/cgi-bin/message/subscribe/bizsend"


# 接口权限说明. Without verification there are passive replies only.
_ABILITIES: dict[tuple[AccountKind, bool], frozenset[Ability]] = {
    ("subscription", False): frozenset(),
    ("service", False): frozenset(),
    ("subscription", True): frozenset({Ability.CUSTOMER_MESSAGES, Ability.MASS_MESSAGES}),
    ("service", True): frozenset(Ability),
}
_CURES = {
    "credentials": "check WECHAT_APP_ID and WECHAT_APP_SECRET",
    "ip-not-allowed": "add this machine's address to the IP whitelist (IP 白名单) in the account's console",
    "api-quota": "the API's quota of the day is used up; it comes back at midnight in Beijing",
    "token": "the platform rejects its own tokens; does another program force new ones?",
}


def abilities(kind: AccountKind, verified: bool) -> frozenset[Ability]:
    return _ABILITIES[kind, verified]


async def examine(client: WeChatClient, wanted: frozenset[Ability]) -> str:
    """`ready`, or a sentence that says which setting the platform contradicts.

    查询API调用额度 sends nothing. Raises CallFailed when the platform cannot be asked.
    """
    for ability in sorted(wanted):
        try:
            await client.call("/cgi-bin/openapi/quota/get", {"cgi_path": ability.value}, Done)
        except CallFailed as failed:
            if failed.errcode not in NOT_AUTHORISED_CODES:
                raise
            return not_authorised(ability.value)
    return READY


def not_authorised(path: str) -> str:
    return f"WeChat does not let this account use {path}: correct WECHAT_ACCOUNT or WECHAT_VERIFIED"


def trouble(reason: str) -> str:
    """A sentence for a call that failed for this reason."""
    return f"WeChat's API: {reason}; {_CURES.get(reason, 'it is tried again. Answers are given nevertheless')}"
