"""The command line: haowangmin, or python -m bot."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast, get_args

from bot.commands.ends import OK, cannot_begin
from bot.commands.logs import log_to_stderr
from bot.config import BadSettings, load_settings
from bot.content import ContentErrors
from bot.domain.colleagues import Role
from bot.domain.switch import Turn
from bot.domain.tips import Audience
from bot.storage.database import DatabaseUnusable
from bot.storage.votes import Conflict

# What these commands say where the settings are wrong; all others cannot begin then.
_WITH_BAD_SETTINGS = {
    "authored.check": "authored.check_with_bad_settings",
    "doctor.doctor": "doctor.doctor_with_bad_settings",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. The exit code is 0 when all is well, 1 when a check failed, 2 when it could not begin."""
    os.umask(0o077)  # the database and its copies hold what people chose: nobody else on the machine reads them
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings()
    except BadSettings as fault:
        if tell := _WITH_BAD_SETTINGS.get(options.command):
            return int(_function(tell)(fault))
        return cannot_begin("设置有误，请改好再启动 / please correct these settings:", *fault.problems)
    log_to_stderr(settings.log_level, settings.log_format)
    try:
        return _all_said(_function(options.command)(settings, options))
    except ContentErrors as fault:
        return cannot_begin("内容文件有误，请改好再启动 / please correct the content:", str(fault))
    except Conflict as fault:
        return cannot_begin("投票和已有的记录对不上 / a poll contradicts its records:", str(fault))
    except DatabaseUnusable as fault:
        return cannot_begin("数据库用不了 / the database cannot be used:", str(fault))
    except BrokenPipeError:  # the reader has seen enough, as `head` has; nor can the rest be written at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return OK


def _all_said(code: int) -> int:
    sys.stdout.flush()
    return code


def _function(name: str) -> Callable[..., int]:
    """A function of bot.commands by its name: a command loads what it needs, and nothing for the others."""
    module, _, function = name.partition(".")
    return cast(Callable[..., int], getattr(import_module(f"bot.commands.{module}"), function))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="haowangmin", description="好网民 bot")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="everything that is configured; with no token: web chat and public pages")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    run.add_argument("--port", type=int, help="port (default: $PORT, else 8080)")
    run.set_defaults(command="service.run")

    chat = commands.add_parser("chat", help="talk to the bot here in the terminal")
    chat.set_defaults(command="terminal.chat")

    check = commands.add_parser("check", help="all mistakes in content and settings")
    check.add_argument("--official", action="store_true", help="fail also while any content is unreviewed")
    check.set_defaults(command="authored.check")

    ask = commands.add_parser("ask", help="what would be answered; nothing is stored or done")
    ask.add_argument("question", nargs="?")
    ask.add_argument("--file", type=Path, help="a question per line")
    ask.add_argument("--json", action="store_true", help="one JSON object per question")
    ask.add_argument("--explain", action="store_true", help="tell why: what is near, and how near")
    ask.set_defaults(command="authored.ask")

    unanswered = commands.add_parser("unanswered", help="what people asked in vain, grouped by likeness")
    unanswered.add_argument("--json", action="store_true", help="one JSON object per group")
    unanswered.add_argument("--days", type=int, metavar="N", help="of the last N days (default: all that are kept)")
    unanswered.set_defaults(command="unanswered.unanswered")

    answers = commands.add_parser("export-answers", help="what was published at the desk, as a whole content folder")
    answers.add_argument("folder", type=Path, metavar="DIR", help="a new folder")
    answers.set_defaults(command="overlay.export_answers")

    recount = commands.add_parser("recount", help="count a poll again from its ledger and compare")
    recount.add_argument("poll")
    recount.add_argument("--json", action="store_true")
    recount.set_defaults(command="records.recount")

    export = commands.add_parser("export-poll", help="write a closed poll's public bundle, which anyone can check")
    export.add_argument("poll")
    export.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    export.set_defaults(command="publication.export")

    destroy = commands.add_parser(
        "destroy-key", help="make a closed poll's votes impossible to link to accounts, for good"
    )
    destroy.add_argument("poll")
    destroy.add_argument("--yes", action="store_true", help="really: there is no way back")
    destroy.set_defaults(command="destruction.destroy_key")
    review = commands.add_parser("review", help="stories that wait: list, show, decide; beside a running service")
    review.add_argument("--as", dest="reviewer", metavar="NAME", help="who decides (default: your login name)")
    review.add_argument("--port", type=int, help="port of the running service (default: $PORT, else 8080)")
    review.set_defaults(command="stories.review", verdict=None, number=None, photo=None)
    actions = review.add_subparsers(metavar="ACTION", dest="action")
    actions.add_parser("list", help="what waits (the default)")
    show = actions.add_parser("show", help="one story, what to look at, and the code of its text and photo")
    show.add_argument("number", type=int)
    show.add_argument("--photo", type=Path, metavar="FILE", help="write its photo there, a JPEG, to look at it")
    for verdict, meaning in (
        ("approve", "make it public"),
        ("return", "send it back"),
        ("reject", "do not publish it"),
    ):
        decide = actions.add_parser(verdict, help=f"{meaning}: exactly the text and photo that have this code")
        decide.add_argument("number", type=int)
        decide.add_argument("code", help="as `show` says it")
        decide.add_argument("reason", nargs="*", help="what its author is told")
        decide.set_defaults(verdict=verdict)

    held = commands.add_parser(
        "held", help="ballots that wait to be checked: list, show, rule; beside a running service"
    )
    held.add_argument("--as", dest="reviewer", metavar="NAME", help="who rules (default: your login name)")
    held.add_argument("--port", type=int, help="port of the running service (default: $PORT, else 8080)")
    held.set_defaults(command="holds.held", verdict=None, number=None)
    acts = held.add_subparsers(metavar="ACTION", dest="action")
    acts.add_parser("list", help="what waits (the default)")
    acts.add_parser("show", help="one case, its reason in numbers, and the appeals").add_argument("number", type=int)
    for ruling, meaning in (("release", "let these ballots count"), ("exclude", "leave them out of the result")):
        rule = acts.add_parser(ruling, help=f"{meaning}, once two operators say so")
        rule.add_argument("number", type=int)
        rule.add_argument("seen", type=int, nargs="?", default=0, help="how many wait, as `show` says it")
        rule.add_argument("--appeal", type=int, default=0, metavar="N", help="only the account of this appeal")
        rule.set_defaults(verdict=ruling)

    _add_broadcast(
        commands.add_parser("broadcast", help="a notice to many people: shown first, then sent, paused, stopped")
    )

    switch = commands.add_parser("switch", help="the switch that halts all sending: how it stands, halt, go-on")
    switch.add_argument("turn", nargs="?", choices=get_args(Turn), help="halt all sending, or let it go on")
    switch.add_argument("--as", dest="operator", metavar="NAME", help="who does it (default: your login name)")
    switch.add_argument("--port", type=int, help="port of the running service (default: $PORT, else 8080)")
    switch.set_defaults(command="switch.switch")

    menu = commands.add_parser("menu", help="the WeChat account's menu: in the file and on the account")
    menu.add_argument("--push", action="store_true", help="put the file's menu in the place of the account's")
    menu.set_defaults(command="menus.menu")

    _add_operator(commands.add_parser("operator", help="who works at the desk, in the browser: invite, list, lock"))

    audit = commands.add_parser("audit", help="what was done at the desk, and whether the log is whole")
    audit.add_argument("--last", type=int, default=20, metavar="N", help="show the last N rows (default: 20)")
    audit.add_argument("--noted", metavar="HEAD", default="", help="a head noted earlier: the log must still have it")
    audit.set_defaults(command="operators.audit")

    migrate = commands.add_parser("migrate", help="bring the database's schema up to date")
    migrate.set_defaults(command="records.migrate")

    backup = commands.add_parser("backup", help="copy the database (SQLite) into FILE, also while the service runs")
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.set_defaults(command="records.backup")

    restore = commands.add_parser("restore", help="put a backup in the place of the database; the service must not run")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.set_defaults(command="records.restore")

    examine = commands.add_parser("doctor", help="what is wrong with this installation, and what to do")
    examine.add_argument("--repair", action="store_true", help="also set Telegram's webhook, or for polling remove it")
    examine.set_defaults(command="doctor.doctor")
    return parser


def _add_operator(operator: argparse.ArgumentParser) -> None:
    operator.add_argument("--as", dest="reviewer", metavar="NAME", help="who does it (default: your login name)")
    operator.add_argument("--port", type=int, help="port of the running service (default: $PORT, else 8080)")
    operator.set_defaults(command="operators.operator", act="", name="", role=None)
    actions = operator.add_subparsers(metavar="ACTION", dest="action")
    actions.add_parser("list", help="who is there (the default)")
    add = actions.add_parser("add", help="invite somebody: a link that works once, for 48 hours")
    add.add_argument("--role", choices=get_args(Role), required=True)
    add.set_defaults(act="invite")
    again = actions.add_parser("invite", help="another link for somebody who is there: the old password is void")
    again.set_defaults(act="invite-again")
    lock = actions.add_parser("lock", help="shut somebody out at once")
    lock.set_defaults(act="lock")
    for action in (add, again, lock):
        action.add_argument("name")


def _add_broadcast(broadcast: argparse.ArgumentParser) -> None:
    said = broadcast.add_mutually_exclusive_group()
    said.add_argument("--text", help="the notice; without any, the last ones are listed")
    said.add_argument("--file", type=Path, help="the notice, as UTF-8")
    broadcast.add_argument(
        "--for", dest="audience", choices=get_args(Audience), default="everyone", help="who chose these tips"
    )
    broadcast.add_argument("--channel", action="append", metavar="NAME", help="telegram, wechat or web (default: all)")
    broadcast.add_argument("--preview", action="store_true", help="only show what it would do")
    broadcast.add_argument("--yes", action="store_true", help="do not ask, and do not look on")
    broadcast.add_argument("--as", dest="operator", metavar="NAME", help="who orders it (default: your login name)")
    broadcast.add_argument("--port", type=int, help="port of the running service (default: $PORT, else 8080)")
    broadcast.add_argument("--wait", action="store_true", help="look on until nothing more goes out for now")
    broadcast.add_argument("--json", action="store_true", help="one JSON object")
    broadcast.set_defaults(command="broadcasts.broadcast", order=None, number=None)
    actions = broadcast.add_subparsers(metavar="ACTION", dest="action")
    actions.add_parser("list", help="the last ones (the default)")
    status = actions.add_parser("status", help="how one stands: planned = sent + refused + unknown + expired + waiting")
    status.add_argument("number", type=int)
    for option in ("--wait", "--json"):
        status.add_argument(option, action="store_true", default=argparse.SUPPRESS)
    for order, meaning in (("pause", "send no more for now"), ("resume", "go on"), ("stop", "send no more, for good")):
        ordered = actions.add_parser(order, help=meaning)
        ordered.add_argument("number", type=int)
        ordered.set_defaults(order=order)


if __name__ == "__main__":
    sys.exit(main())
