"""A few honest sentences for what asks for nothing."""

from bot.context import Context
from bot.domain.library import Library
from bot.domain.smalltalk import SmallTalk
from bot.messages import Reply
from handlers.home import main_menu


def talk_back(context: Context, said: SmallTalk) -> Reply:
    """Who tells of a hard time is offered nothing but a place to talk."""
    buttons = () if said is SmallTalk.FEELING else main_menu(context)
    return Reply(small_talk_text(context.library, context.language, said), buttons=buttons)


def small_talk_text(library: Library, language: str, said: SmallTalk) -> str:
    return library.phrases.say(language, f"talk.{said.value}")
