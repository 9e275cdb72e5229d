"""What cannot wait for an answer from the files, and what this program has no say in."""

from msgspec import structs

from bot.context import Context
from bot.domain.library import Library
from bot.domain.stories import draft_of
from bot.domain.urgent import Matter, recognise
from bot.messages import Reply


async def help_first(context: Context) -> Reply:
    """The fixed text for a matter, `args`."""
    return await help_with(context, Matter(context.args))


async def help_with(context: Context, matter: Matter) -> Reply:
    """The text with nothing after it: no button, no offer. Who is writing a story is told how it goes on."""
    text = urgent_text(context.library, context.language, matter)
    if context.known and context.known.asks == "/story" and await _has_draft(context):
        text = f"{text}\n\n{context.say('urgent.draft')}"
    return Reply(text, unremembered=True)


async def _has_draft(context: Context) -> bool:
    return draft_of(await context.services.stories.of(context.message.sender)) is not None


def with_help(context: Context, words: str, reply: Reply) -> Reply:
    """The reply to words that were marked as part of a story; where they speak of somebody in need, help goes first."""
    matter = recognise(words)
    if not (matter and matter.urgent):
        return reply
    return structs.replace(reply, text=f"{urgent_text(context.library, context.language, matter)}\n\n{reply.text}")


def urgent_text(library: Library, language: str, matter: Matter) -> str:
    return library.phrases.say(language, f"urgent.{matter.value}")
