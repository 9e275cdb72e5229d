"""The account's custom menu (自定义菜单): what it has now, what a file says, and putting it there."""

from collections.abc import Sequence

from msgspec import Struct

from bot.channels.wechat.client import Done, WeChatClient
from bot.domain.menus import Item, Menu

# 查询自定义菜单的信息 tells of menus that were made by hand in the console, too.
_CURRENT = "/cgi-bin/get_current_selfmenu_info"
_CREATE = "/cgi-bin/menu/create"


class _Button(Struct, frozen=True):
    """As the platform tells it; by `type` one of the others says what a click does."""

    name: str = ""
    type: str = ""
    key: str = ""
    url: str = ""
    value: str = ""
    sub_button: "_Buttons | None" = None


class _Buttons(Struct, frozen=True):
    list: tuple[_Button, ...] = ()


class _Info(Struct, frozen=True):
    button: tuple[_Button, ...] = ()


class _Current(Struct, frozen=True):
    is_menu_open: int = 0
    selfmenu_info: _Info = _Info()


class NoAddress(Exception):
    """A button opens a page of ours, and nobody has said where they are."""


async def current_lines(client: WeChatClient) -> list[str]:
    """The menu that people see now, a line for each button. Raises CallFailed."""
    current = await client.ask(_CURRENT, _Current)
    return _told(current.selfmenu_info.button) if current.is_menu_open else []


async def push(client: WeChatClient, menu: Menu, public_url: str) -> None:
    """Put this menu in the place of the account's. Raises CallFailed and NoAddress."""
    await client.call(_CREATE, {"button": [_written(item, public_url) for item in menu.items]}, Done)


def lines_of(menu: Menu, public_url: str) -> list[str]:
    """The same for an authored menu. Raises NoAddress."""
    lines = []
    for item in menu.items:
        lines.append(_line(item.name, _target(item, public_url)))
        lines += [_line(below.name, _target(below, public_url), indent="  ") for below in item.items]
    return lines


def _told(buttons: Sequence[_Button], indent: str = "") -> list[str]:
    lines = []
    for button in buttons:
        lines.append(_line(button.name, _done_by(button), indent))
        lines += _told(button.sub_button.list if button.sub_button else (), "  ")
    return lines


def _done_by(button: _Button) -> str:
    """What a click does; of kinds that we never make, their name as well."""
    does = button.key or button.url or button.value
    return does if button.type in ("click", "view", "") else f"[{button.type}] {does}".rstrip()


def _line(name: str, target: str, indent: str = "") -> str:
    return f"{indent}{name} → {target}" if target else f"{indent}{name}"


def _target(item: Item, public_url: str) -> str:
    return item.command or _address(item, public_url)


def _address(item: Item, public_url: str) -> str:
    if item.page and not public_url:
        raise NoAddress(item.name)
    return f"{public_url.rstrip('/')}{item.page}" if item.page else item.url


def _written(item: Item, public_url: str) -> dict[str, object]:
    if item.items:
        return {"name": item.name, "sub_button": [_written(below, public_url) for below in item.items]}
    if item.command:
        return {"name": item.name, "type": "click", "key": item.command}
    return {"name": item.name, "type": "view", "url": _address(item, public_url)}
