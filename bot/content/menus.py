"""Menu files: the buttons below a chat, in the limits of the platform that the file is named for."""

import unicodedata
from pathlib import PurePosixPath
from typing import NamedTuple

from pydantic import Field

from bot.content.files import Document
from bot.content.lines import Path
from bot.content.mistakes import shown
from bot.content.shapes import Check, Shape, Table, Text, tables
from bot.content.wording import did_you_mean
from bot.domain.menus import Item, Menu

PLATFORM = "wechat"
# 自定义菜单/创建菜单: buttons, items of a button, and the bytes of key and url.
MAX_BUTTONS, MAX_ITEMS = 3, 5
MAX_KEY_BYTES, MAX_URL_BYTES = 128, 1024
_MEANINGS = ("command", "page", "url")


class _Room(NamedTuple):
    """For a name: bytes that the platform takes, and Chinese characters that a phone shows (the rest becomes …)."""

    size: int
    width: int


# 创建菜单: name 不超过16个字节，子菜单不超过60个字节; 自定义菜单: 一级最多4个汉字，二级最多7个汉字.
_BUTTON, _ITEM = _Room(16, 4), _Room(60, 7)


class ItemShape(Shape):
    name: Text
    command: Text = ""
    page: Text = ""
    url: Text = ""


class ButtonShape(ItemShape):
    item: list[Table] = Field(default=[], max_length=MAX_ITEMS)


class MenuShape(Shape):
    button: list[Table] = Field(min_length=1, max_length=MAX_BUTTONS)


def read_menu(document: Document, check: Check, commands: frozenset[str] | None) -> tuple[str, Menu] | None:
    """The menu by its platform; None after adding every mistake. `commands` are the names of those that exist."""
    if PurePosixPath(document.file).stem != PLATFORM:
        text = f"这里只放 {PLATFORM}.toml，公众号的菜单。 Only {PLATFORM}.toml belongs here."
        check.add(document, (), text)
    shape = check.shape(document, (), document.table, MenuShape)
    buttons = [_read(document, check, commands, path, table) for path, table in tables(document, "button")]
    return (PLATFORM, Menu(tuple(filter(None, buttons)))) if shape else None


def _read(
    document: Document,
    check: Check,
    commands: frozenset[str] | None,
    path: Path,
    table: Table,
    *,
    is_item: bool = False,
) -> Item | None:
    shape = check.shape(document, path, table, ItemShape if is_item else ButtonShape)
    below = () if is_item else _items(table)
    items = [_read(document, check, commands, (*path, "item", n), one, is_item=True) for n, one in enumerate(below)]
    if not shape:
        return None
    _check_name(document, check, (*path, "name"), shape.name, _ITEM if is_item else _BUTTON)
    _check_meaning(document, check, path, shape, has_items=bool(below))
    _check_command(document, check, (*path, "command"), shape.command, commands)
    _check_places(document, check, path, shape)
    return Item(shape.name, shape.command, shape.page, shape.url, tuple(filter(None, items)))


def _items(table: Table) -> list[Table]:
    items = table.get("item")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _check_name(document: Document, check: Check, path: Path, name: str, room: _Room) -> None:
    size, width = len(name.encode()), _width(name)
    if size > room.size or width > 2 * room.width:
        text = (
            f"“{shown(name)}”太长：最多 {room.width} 个汉字、{room.size} 个字节，现在有 {size} 个字节。 "
            f"At most {room.width} Chinese characters and {room.size} bytes."
        )
        check.add(document, path, text)


def _width(name: str) -> int:
    """In halves of a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in name)


def _check_meaning(document: Document, check: Check, path: Path, shape: ItemShape, *, has_items: bool) -> None:
    meanings = [key for key in _MEANINGS if getattr(shape, key)]
    if has_items and meanings:
        text = f"下面有 [[button.item]] 的，不写 {meanings[0]}。 A button with items has no {meanings[0]}."
        check.add(document, (*path, meanings[0]), text)
    elif not has_items and len(meanings) != 1:
        text = "点了做什么？command、page、url 写其中一个。 Write one of command, page, url."
        check.add(document, (*path, meanings[-1]) if meanings else path, text)


def _check_command(document: Document, check: Check, path: Path, command: str, commands: frozenset[str] | None) -> None:
    if not command:
        return
    name = command.removeprefix("/").partition(" ")[0]
    if not command.startswith("/"):
        check.add(document, path, '要用斜杠开头，例如 command = "/tip"。 A command begins with a slash.')
    elif commands is not None and name not in commands:
        check.add(document, path, f"没有 /{shown(name)} 这个命令。{did_you_mean(name, commands)} No such command.")
    if (size := len(command.encode())) > MAX_KEY_BYTES:
        text = f"command 有 {size} 个字节，最多 {MAX_KEY_BYTES} 个。 At most {MAX_KEY_BYTES} bytes."
        check.add(document, path, text)


def _check_places(document: Document, check: Check, path: Path, shape: ItemShape) -> None:
    if shape.page and not shape.page.startswith("/"):
        text = 'page 是我们自己的网页，例如 page = "/polls/nanyue-stories"。 A page of ours begins with a slash.'
        check.add(document, (*path, "page"), text)
    if shape.url and not shape.url.startswith(("https://", "http://")):
        check.add(document, (*path, "url"), "url 要以 https:// 开头。 A url begins with https://.")
    for key in ("page", "url"):
        if (size := len(getattr(shape, key).encode())) > MAX_URL_BYTES:
            text = f"{key} 有 {size} 个字节，最多 {MAX_URL_BYTES} 个。 At most {MAX_URL_BYTES} bytes."
            check.add(document, (*path, key), text)
