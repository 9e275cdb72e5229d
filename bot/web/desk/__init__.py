"""The operators' desk in the browser: one more face of the same rules."""

from bot.web.desk.broadcasts import Notices
from bot.web.desk.exports import Ledgers
from bot.web.desk.polls import PollTools
from bot.web.desk.rooms import Office
from bot.web.desk.votes import VoteTools

__all__ = ["Ledgers", "Notices", "Office", "PollTools", "VoteTools"]
