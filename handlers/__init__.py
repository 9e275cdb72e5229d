"""The conversation: one Router per topic, in the order in which they are asked."""

from handlers import home, me, questions, tips, votes

ROUTERS = (home.router, questions.router, tips.router, votes.router, me.router)
FALLBACK = questions.answer_question
UNKNOWN = home.unknown_command
UNREADABLE = home.unreadable
