"""The conversation: one Router per topic, in the order in which they are asked."""

from handlers import home, me, questions, ratings, tips, urgent, votes

ROUTERS = (home.router, questions.router, ratings.router, tips.router, votes.router, me.router)
URGENT = urgent.help_first
FALLBACK = questions.answer_question
UNKNOWN = home.unknown_command
UNREADABLE = home.unreadable
