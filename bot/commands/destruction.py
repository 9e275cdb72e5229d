"""`destroy-key`: after the objections are settled, nobody can tell any more who cast which vote."""

import argparse

from bot.clock import utc_now
from bot.commands.ends import IN_USE, OK, cannot_begin
from bot.commands.polls import known_poll
from bot.config import Settings
from bot.storage.keys import Keys, NotOneByOne, poll_key
from bot.storage.lock import InUse, exclusive


def destroy_key(settings: Settings, options: argparse.Namespace) -> int:
    now = utc_now()
    poll = known_poll(settings, options.poll)
    if not poll:
        return cannot_begin(f"没有这个投票 / no such poll: {options.poll}")
    if poll.state(now) != "closed":
        return cannot_begin("投票还没截止，现在还要靠它认出重复投票的账号 / the poll is open and needs its key")
    if not options.yes:
        return cannot_begin(
            "销毁后，谁投了哪一票再也对不上，回执也查不了了：先 export-poll，等异议期过了再做。确定就加 --yes",
            "afterwards nobody can tell who cast which vote, and a new bundle has no receipts: run export-poll first, "
            "wait until objections are settled, then add --yes",
        )
    try:
        with exclusive(settings.database):
            Keys(settings.keys, settings.secret_key).destroy(poll_key(poll.id))
    except InUse:
        return cannot_begin(IN_USE)
    except NotOneByOne:
        return cannot_begin(
            "密钥是由 SECRET_KEY 推出来的，没法单独销毁：所有投票都结束后，换掉 SECRET_KEY",
            "the key is derived from SECRET_KEY and cannot be destroyed by itself: change SECRET_KEY after all polls",
        )
    print(f"销毁了；备份里的也要删掉 / destroyed; delete it from your backups too: {settings.keys / 'polls'}")
    return OK
