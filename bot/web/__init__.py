"""The web face: the chat page and its API, the public poll pages, and what a watcher of the service asks."""

from bot.web.chat import Inbox, Letterbox
from bot.web.metrics import Metrics
from bot.web.photos import Uploads
from bot.web.polls import Standings
from bot.web.site import Web

__all__ = ["Inbox", "Letterbox", "Metrics", "Standings", "Uploads", "Web"]
