"""`menu`: the Official Account's menu as the file has it and as the account has it; put there only with --push."""

import argparse
import secrets
from collections.abc import Sequence
from difflib import ndiff

from bot.app import wechat_client
from bot.channels.wechat.client import WeChatClient
from bot.channels.wechat.clock import PlatformClock
from bot.channels.wechat.menus import NoAddress, current_lines, lines_of, push
from bot.channels.wechat.outcomes import CallFailed
from bot.channels.wechat.records import InMemory
from bot.clock import utc_now
from bot.commands.ends import FAILED, OK, cannot_begin, with_loop
from bot.config import Settings
from bot.content import load
from bot.domain.menus import Menu
from bot.domain.times import home_date
from bot.storage.keys import KEY_BYTES
from handlers import COMMANDS

FILE = "menus/wechat.toml"
_NOT_AUTHORISED = 48001
# 全局返回码, and the reasons of bot/channels/wechat/outcomes.py.
_BY_CODE = {
    _NOT_AUTHORISED: (
        "这个公众号不能用接口设菜单：没有认证的订阅号都不能，要先做微信认证。没有菜单也都能用：打字、回复数字 / "
        "this account may not set its menu: it needs 微信认证. Without a menu all works by typed words and numbers"
    ),
    45009: "今天的接口次数用完了，明天再试 / the API's quota of the day is used up; try again tomorrow",
    **dict.fromkeys(
        (40016, 40017, 40018, 40019, 40020, 40023, 40024, 40025, 40026, 40027),
        f"微信不收这个菜单，看看 {FILE} 里的名字和内容 / WeChat refuses the menu; look at the names and contents in it",
    ),
    **dict.fromkeys(
        (40054, 40055),
        "微信不收菜单里的网址，换成带 https:// 的完整网址 / WeChat refuses an address in the menu; write it in full",
    ),
}
_BY_REASON = {
    "credentials": "WECHAT_APP_ID 或 WECHAT_APP_SECRET 不对，到后台“基本配置”里核对 / one of the two is wrong",
    "ip-not-allowed": "把这台机器的地址加到后台的“IP 白名单” / add this machine's address to the IP whitelist",
    "token": "微信不认自己发的口令；别的程序也在用这个公众号吗？ / does another program force new tokens?",
    "not connected": "连不上微信的接口，看网络和 WECHAT_API_BASE / cannot be reached; look at the network",
}
_OTHERWISE = "过一会儿再试 / try again in a while"


def menu(settings: Settings, options: argparse.Namespace) -> int:
    if not (settings.wechat_app_id and settings.wechat_app_secret):
        return cannot_begin("要先设 WECHAT_APP_ID 和 WECHAT_APP_SECRET / set WECHAT_APP_ID and WECHAT_APP_SECRET first")
    authored = load(settings.content_dir, home_date(utc_now()), COMMANDS).menus.get("wechat")
    if not authored:
        return cannot_begin(f"内容里没有 {FILE} / the content has no such file")
    try:
        wanted = lines_of(authored, settings.public_url)
    except NoAddress as fault:
        return cannot_begin(
            f"“{fault}”要打开我们的网页，请先设 PUBLIC_URL / set PUBLIC_URL: a button opens a page of ours"
        )
    return with_loop(_settle(settings, authored, wanted, pushes=options.push))


async def _settle(settings: Settings, authored: Menu, wanted: Sequence[str], *, pushes: bool) -> int:
    client = wechat_client(settings, InMemory(), secrets.token_bytes(KEY_BYTES), utc_now, PlatformClock())
    try:
        return await _compare(client, settings, authored, wanted, pushes=pushes)
    except CallFailed as failed:
        print(f"✗ {failed.sent.reason}", f"  → {_cure(failed)}", sep="\n")
        return FAILED
    finally:
        await client.close()


async def _compare(
    client: WeChatClient, settings: Settings, authored: Menu, wanted: Sequence[str], *, pushes: bool
) -> int:
    there = await current_lines(client)
    if there == list(wanted):
        print("公众号上的菜单和文件一样 / the account's menu is as the file has it")
        return OK
    print("- 公众号上现在的 / on the account now", "+ 文件里的 / in the file", *_difference(there, wanted), sep="\n")
    if not pushes:
        print("看好了再推上去 / when it is as you want it: haowangmin menu --push")
        return FAILED
    await push(client, authored, settings.public_url)
    print("✓ 推上去了，大家的手机几分钟里会换成新的 / pushed; phones show it within minutes")
    return OK


def _difference(there: Sequence[str], wanted: Sequence[str]) -> list[str]:
    return [line for line in ndiff(there, wanted) if not line.startswith("?")]


def _cure(failed: CallFailed) -> str:
    return _BY_CODE.get(failed.errcode) or _BY_REASON.get(failed.sent.reason.removeprefix("token: ")) or _OTHERWISE
