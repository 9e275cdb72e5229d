"""What cannot wait for an answer from the files, and what this program has no say in."""

from bot.context import Context
from bot.domain.library import Library
from bot.domain.urgent import Matter
from bot.messages import Reply


async def help_first(context: Context) -> Reply:
    """The fixed text for a matter, `args`, with nothing after it: no button, no offer."""
    return Reply(urgent_text(context.library, context.language, Matter(context.args)), unremembered=True)


def urgent_text(library: Library, language: str, matter: Matter) -> str:
    return library.phrases.say(language, f"urgent.{matter.value}")
