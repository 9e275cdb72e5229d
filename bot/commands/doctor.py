"""`doctor`: one line for each part of the installation, with a cure where something is wrong."""

import argparse
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import httpx
from msgspec import Struct
from telegram.error import InvalidToken, TelegramError

from bot.app import webhook_secret, wechat_client
from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.payloads import Me, WebhookInfo
from bot.channels.telegram.render import Call
from bot.channels.telegram.webhook import address, registration, removal
from bot.channels.wechat.accounts import READY, abilities, examine, trouble
from bot.channels.wechat.clock import PlatformClock
from bot.channels.wechat.outcomes import CallFailed
from bot.channels.wechat.records import InMemory
from bot.clock import Comparison, utc_now
from bot.commands.ends import FAILED, OK, tell, with_loop
from bot.config import BadSettings, Settings
from bot.content import ContentErrors, load
from bot.domain.service import LEAST_FREE_BYTES
from bot.domain.times import home_date
from bot.pictures import FONT_PACKAGE, find_typeface
from bot.pictures.drawing import has_chinese
from bot.storage.database import Database, DatabaseMissing, DatabaseUnusable
from bot.storage.faults import Cause
from bot.storage.keys import KEY_BYTES, Keys
from bot.storage.schema import is_current, newest_instant
from bot.storage.switch import SwitchRecords
from handlers import COMMANDS

# A clock that is set back by less may be a leap second or a correction.
CLOCK_TOLERANCE = timedelta(seconds=2)


SERVICE_SECONDS = 10.0
_REPAIR = "haowangmin doctor --repair "
# What the running service says of its database, and what to do.
_OUTAGES = {
    Cause.FULL: ("磁盘满了 / its disk is full", "腾出空间，马上就接着存 / make room, it goes on at once"),
    Cause.READ_ONLY: (
        "只能读，不能写 / it can only be read",
        "看文件和文件夹的权限，磁盘是不是只读的 / look at the rights, and whether the disk is mounted read-only",
    ),
    Cause.HELD: (
        "被别的程序占着 / another program holds it",
        "停掉打开它的程序，比如备份工具 / stop the program that has it open, a backup tool perhaps",
    ),
    Cause.DAMAGED: ("文件坏了 / its file is damaged", "haowangmin restore 放回最近的备份 / the last backup"),
    Cause.SILENT: (
        "没有回应 / it does not answer",
        "看 DATABASE_URL 和磁盘，数据库服务开着没有 / look at DATABASE_URL, the disk, and whether its server runs",
    ),
}


class Finding(Struct, frozen=True):
    """How a part is; `cure` is what to do, empty where it is well. What is `optional` can be left as it is."""

    part: str
    state: str
    cure: str = ""
    optional: bool = False


def doctor(settings: Settings, options: argparse.Namespace) -> int:
    return with_loop(_examine(settings, repairs=options.repair))


def doctor_with_bad_settings(fault: BadSettings) -> int:
    """Nothing else can be examined before the settings are right."""
    for problem in fault.problems:
        _print(Finding("设置 settings", problem, "改好环境变量或 .env / correct the environment or .env"))
    return FAILED


async def _examine(settings: Settings, *, repairs: bool = False) -> int:
    findings = [
        Finding("设置 settings", "没问题 / well"),
        _data_folder(settings),
        _content(settings),
        _pictures(settings),
    ]
    findings += await _database(settings)
    findings += await _service(settings)
    comparison = Comparison(utc_now)
    if settings.telegram_bot_token:
        findings += await _telegram(settings, partial(comparison.hear, "Telegram"), repairs=repairs)
    if settings.wechat_app_id:
        findings.append(await _wechat(settings, partial(comparison.hear, "WeChat")))
    findings += _clock(comparison)
    for finding in findings:
        _print(finding)
    return FAILED if any(finding.cure and not finding.optional for finding in findings) else OK


def _print(finding: Finding) -> None:
    tell(f"{_sign(finding)} {finding.part}: {finding.state}")
    if finding.cure:
        tell(f"  → {finding.cure}")


def _sign(finding: Finding) -> str:
    return "✓" if not finding.cure else "○" if finding.optional else "✗"


def _data_folder(settings: Settings) -> Finding:
    part = "数据文件夹 data folder"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data_dir) as file:
            file.write(b"1")
    except OSError as fault:
        cure = "给它写的权限和空间，或改 DATA_DIR / give rights and space, or change DATA_DIR"
        return Finding(part, f"{settings.data_dir}: {fault.strerror}", cure)
    free = shutil.disk_usage(settings.data_dir).free
    if free < LEAST_FREE_BYTES:
        cure = "快满了，腾出空间 / almost full: make room on the disk"
        return Finding(part, f"只剩 {free >> 20} MB / {free >> 20} MB left", cure)
    return Finding(part, f"能写 / writable: {settings.data_dir.absolute()}")


def _content(settings: Settings) -> Finding:
    part = "内容 content"
    try:
        library = load(settings.content_dir, home_date(utc_now()), COMMANDS)
    except ContentErrors as fault:
        count = len(fault.mistakes)
        return Finding(part, f"{count} 处错误 / {count} mistakes", "haowangmin check 逐条列出 / lists them")
    return Finding(part, f"{len(library.knowledge.entries)} 条问答 / answers")


def _pictures(settings: Settings) -> Finding:
    part, typeface = "图片 pictures", find_typeface(settings.picture_font)
    if not typeface:
        cure = f"apt install {FONT_PACKAGE}，或写 PICTURE_FONT / or set PICTURE_FONT"
        return Finding(part, "没有中文字体，只用文字 / no Chinese font, words alone", cure, optional=True)
    if not has_chinese(typeface):
        cure = "PICTURE_FONT 换一个有中文的 .ttf、.otf 或 .ttc / set it to a .ttf, .otf or .ttc with Chinese characters"
        return Finding(part, f"{typeface.regular}: 画不出中文 / cannot draw Chinese", cure)
    return Finding(part, f"字体 / font: {typeface.regular}")


async def _database(settings: Settings) -> list[Finding]:
    part = "数据库 database"
    database = Database(settings.database, utc_now)
    try:
        current, newest = await is_current(database), await newest_instant(database)
        halt = await SwitchRecords(database, b"").halt() if current else None
    except DatabaseMissing:
        return [Finding(part, "还没有，第一次启动时会建 / none yet, the first start makes it")]
    except DatabaseUnusable as fault:
        return [
            Finding(
                part, str(fault), "看 DATABASE_URL 和磁盘，或从备份恢复 / look at DATABASE_URL and the disk, or restore"
            )
        ]
    finally:
        await database.close()
    if not current:
        return [Finding(part, "结构不是最新的 / its schema is not the newest", "haowangmin migrate")]
    findings = [Finding(part, "没问题 / well")]
    if halt:
        state = f"{halt.who} 从 {halt.at:%Y-%m-%d %H:%M} UTC 起全部停发 / all is halted since then"
        findings.append(Finding("发送 sending", state, "haowangmin switch go-on 恢复 / lets it go on"))
    late = newest is not None and newest > utc_now() + CLOCK_TOLERANCE
    state = f"最近一次记录在 / the last record is of {newest:%Y-%m-%d %H:%M:%S} UTC" if newest else "没问题 / well"
    cure = "时间比记录还早，请对时（NTP） / it is earlier than the records: set it (NTP)" if late else ""
    return [*findings, Finding("时钟 clock", state, cure)]


async def _service(settings: Settings) -> list[Finding]:
    """What the service that runs here, if one does, says of what nobody else can try."""
    part = "服务 service"
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=SERVICE_SECONDS) as http:
            states = (await http.get(f"http://127.0.0.1:{settings.port}/readyz")).json()
        database, queue = str(states["database"]), str(states["queue"])
    except httpx.ConnectError:
        return [Finding(part, f"没有在 {settings.port} 端口上运行 / none runs on port {settings.port}")]
    except (httpx.HTTPError, ValueError, TypeError, KeyError):
        cure = "看 PORT 上是什么程序，服务卡住了就重新启动 / see what listens on PORT; restart the service if it hangs"
        return [Finding(part, f"{settings.port} 端口没有好好回应 / no proper answer from port {settings.port}", cure)]
    findings = [Finding(part, f"在运行 / runs on port {settings.port}")]
    findings += [Finding("数据库 database", *told) for cause, told in _OUTAGES.items() if cause in database]
    if queue != READY:
        cure = "等一等；常常这样，就换快一点的机器 / wait; if it comes often, use a faster machine"
        findings.append(Finding("排队 queue", f"人太多，有的请走了 / {queue}", cure))
    return findings


def _clock(comparison: Comparison) -> Iterator[Finding]:
    for platform, ahead in comparison.off.items():
        chinese, english = ("快", "ahead of") if ahead > 0 else ("慢", "behind")
        state = f"比 {platform} 的{chinese} {abs(ahead)} 秒 / {abs(ahead)} s {english} {platform}'s"
        yield Finding("时钟 clock", state, "请对时（NTP） / set it (NTP)")


async def _telegram(settings: Settings, heard: Callable[[datetime], None], *, repairs: bool) -> list[Finding]:
    client = TelegramClient(settings.telegram_bot_token, settings.telegram_api_base, heard=heard)
    try:
        me = await client.ask(Call("getMe", {}), Me)
        if repairs:
            await client.call(_repair(settings))
        webhook = await client.ask(Call("getWebhookInfo", {}), WebhookInfo)
    except InvalidToken:
        cure = "到 @BotFather 重新拿 TELEGRAM_BOT_TOKEN / get a new token from @BotFather"
        return [Finding("Telegram", "不认这个 token / rejects the token", cure)]
    except TelegramError as fault:
        cure = "看网络、代理和 TELEGRAM_API_BASE / look at the network, the proxy and TELEGRAM_API_BASE"
        return [Finding("Telegram", f"连不上 / cannot be reached ({type(fault).__name__})", cure)]
    finally:
        await client.close()
    return [Finding("Telegram", f"@{me.username}"), _inline(me), *_webhook(settings, webhook)]


def _inline(me: Me) -> Finding:
    part = "Telegram inline"
    if me.supports_inline_queries:
        return Finding(part, f"@{me.username} 关键词 / words")
    cure = "到 @BotFather 发 /setinline 打开 / turn it on: send /setinline to @BotFather"
    return Finding(part, "没有打开 / turned off", cure, optional=True)


async def _wechat(settings: Settings, heard: Callable[[datetime], None]) -> Finding:
    part = "微信公众号 WeChat"
    if not settings.wechat_pushes:
        cure = "设 WECHAT_APP_SECRET，或把 WECHAT_VERIFIED 改成 false / set the first, or the second to false"
        state = "只能被动回复 / passive replies only"
        return Finding(part, state, cure if settings.wechat_verified else "")
    client = wechat_client(settings, InMemory(), secrets.token_bytes(KEY_BYTES), utc_now, PlatformClock(heard=heard))
    try:
        state = await examine(client, abilities(settings.wechat_account, settings.wechat_verified))
    except CallFailed as failed:
        return Finding(part, failed.sent.reason, trouble(failed.sent.reason))
    finally:
        await client.close()
    if state == READY:
        return Finding(part, "能主动发消息 / may write to people first")
    return Finding(part, state, "改好 WECHAT_ACCOUNT 或 WECHAT_VERIFIED / correct one of them")


def _repair(settings: Settings) -> Call:
    """What makes the webhook as the settings want it, whatever it is; so does the start of the service."""
    if settings.telegram_mode == "polling":
        return removal()
    keys = Keys(settings.keys, settings.secret_key)
    return registration(address(settings.public_url), webhook_secret(settings, keys))


def _webhook(settings: Settings, info: WebhookInfo) -> Iterator[Finding]:
    part, wanted = "Telegram webhook", address(settings.public_url)
    if settings.telegram_mode == "polling":
        if info.url:  # then nothing can be fetched
            state = f"设着一个，就收不到消息 / one is set, so nothing can be fetched: {info.url}"
            yield Finding(part, state, f"{_REPAIR}去掉它 / removes it")
    elif info.url != wanted:
        yield Finding(part, info.url or "没有设 / none is set", f"{_REPAIR}设成 / sets it to {wanted}")
    elif not info.brings_all:
        state = "不送全部消息 / does not bring every kind of update"
        yield Finding(part, state, f"{_REPAIR}再设一次 / sets it again")
    elif info.last_error_message:
        cure = "看 PUBLIC_URL、证书和前面的代理 / look at PUBLIC_URL, its certificate and the proxy in front"
        yield Finding(part, info.last_error_message, cure)
    else:
        yield Finding(part, wanted)
