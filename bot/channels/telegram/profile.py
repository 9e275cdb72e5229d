"""What Telegram shows of the bot by itself: the menus of commands, and who it is before anybody has written."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.render import Call, cut
from bot.context import Operator
from bot.domain.phrases import Phrases

COMMANDS = (
    *("start", "ask", "stories", "results", "tip", "subscribe", "unsubscribe"),
    *("story", "read", "me", "about", "help"),
)
# All others are a person's own, or open with a greeting; an administrator may subscribe the group.
GROUP_COMMANDS = ("ask", "stories", "results", "tip", "read", "about", "help")
ADMIN_COMMANDS = ("ask", "stories", "results", "tip", "subscribe", "unsubscribe", "read", "about", "help")
_MENUS = {"default": COMMANDS, "all_group_chats": GROUP_COMMANDS, "all_chat_administrators": ADMIN_COMMANDS}
# Bot API, setMyCommands: an ISO 639-1 code, or none for all languages without a list of their own. It has one `zh` for
# both scripts, so a list in traditional script would be shown to who reads the simplified one: there is none.
_CODES = {"zh": "", "en": "en"}
# Bot API, BotCommand, setMyDescription and setMyShortDescription.
COMMAND_UNITS = 256
DESCRIPTION_UNITS = 512
SHORT_UNITS = 120


class Setting(Struct, frozen=True):
    """The `value` of a parameter `field` of set`name`; `place` says for which chats and language."""

    name: str
    field: str
    value: object
    place: dict[str, object]


def settings_of(phrases: Phrases, operator: Operator) -> Iterator[Setting]:
    """All that is shown, in each language."""
    for language, code in _CODES.items():
        place: dict[str, object] = {"language_code": code} if code else {}
        for scope, names in _MENUS.items():
            menu = [_command(phrases, language, name) for name in names]
            yield Setting("MyCommands", "commands", menu, place | {"scope": {"type": scope}})

        def say(key: str, language: str = language) -> str:
            return phrases.say(language, key, operator=operator.name)

        text = f"{say('home.hello')}\n{say(operator.identity)}"
        yield Setting("MyDescription", "description", cut(text, DESCRIPTION_UNITS), place)
        yield Setting("MyShortDescription", "short_description", cut(_short(say, operator), SHORT_UNITS), place)


async def settle(client: TelegramClient, setting: Setting) -> None:
    """Set what differs; what is as it should be is left alone. Raises telegram.error.TelegramError."""
    shown = await client.call(Call(f"get{setting.name}", setting.place))
    if isinstance(shown, dict):
        shown = shown.get(setting.field)
    if shown != setting.value:
        await client.call(Call(f"set{setting.name}", setting.place | {setting.field: setting.value}))


def _command(phrases: Phrases, language: str, name: str) -> dict[str, str]:
    return {"command": name, "description": cut(phrases.say(language, f"telegram.commands.{name}"), COMMAND_UNITS)}


def _short(say: Callable[[str], str], operator: Operator) -> str:
    return say("telegram.official" if operator.official else "telegram.unofficial")
