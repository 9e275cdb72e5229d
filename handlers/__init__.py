"""The conversation: one Router per topic, in the order in which they are asked."""

from bot.context import Context
from bot.messages import Reply
from bot.router import commands_of
from handlers import (
    candidates,
    held,
    home,
    me,
    pages,
    questions,
    ratings,
    reading,
    results,
    review,
    sharing,
    stories,
    subscriptions,
    tips,
    urgent,
    votes,
)


async def answer_sentence(context: Context) -> Reply:
    """Whatever is no command answers what was just offered, ends the tips, names a candidate, or else is a question."""
    return (
        await subscriptions.answer_to_offer(context)
        or await subscriptions.answer_to_parting(context)
        or await candidates.named_candidates(context)
        or await questions.answer_question(context)
    )


ROUTERS = (
    home.router,
    questions.router,
    ratings.router,
    tips.router,
    subscriptions.router,
    candidates.router,
    votes.router,
    results.router,
    stories.router,
    review.router,
    held.router,
    pages.router,
    reading.router,
    me.router,
)
# What the buttons of an authored menu may say.
COMMANDS = commands_of(ROUTERS)
URGENT = urgent.help_first
FALLBACK = answer_sentence
UNKNOWN = home.unknown_command
UNREADABLE = home.unreadable
SHARE = sharing.offer
