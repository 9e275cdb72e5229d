"""The conversation: one Router per topic, in the order in which they are asked."""

from handlers import home, me, questions, review, stories, tips, urgent, votes

ROUTERS = (home.router, questions.router, tips.router, votes.router, stories.router, review.router, me.router)
URGENT = urgent.help_first
FALLBACK = questions.answer_question
UNKNOWN = home.unknown_command
UNREADABLE = home.unreadable
