"""A platform's own menu below the chat: buttons that are typed commands, or that open a page."""

from msgspec import Struct


class Item(Struct, frozen=True):
    """One of `command`, `page` (a path of our own pages), `url`; or `items`, which unfold above the button."""

    name: str
    command: str = ""
    page: str = ""
    url: str = ""
    items: tuple["Item", ...] = ()


class Menu(Struct, frozen=True):
    items: tuple[Item, ...]
