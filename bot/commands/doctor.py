"""`doctor`: one line for each part of the installation, with a cure where something is wrong."""

import argparse
import secrets
import tempfile
from collections.abc import Iterator
from datetime import timedelta

from msgspec import Struct
from telegram.error import InvalidToken, TelegramError

from bot.app import wechat_client
from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.payloads import Me, WebhookInfo
from bot.channels.telegram.render import Call
from bot.channels.telegram.webhook import PATH
from bot.channels.wechat.accounts import READY, abilities, examine, trouble
from bot.channels.wechat.clock import PlatformClock
from bot.channels.wechat.outcomes import CallFailed
from bot.channels.wechat.records import InMemory
from bot.clock import utc_now
from bot.commands.ends import FAILED, OK, tell, with_loop
from bot.config import BadSettings, Settings
from bot.content import ContentErrors, load
from bot.domain.times import home_date
from bot.pictures import FONT_PACKAGE, find_typeface
from bot.pictures.drawing import has_chinese
from bot.storage.database import Database, DatabaseMissing, DatabaseUnusable
from bot.storage.keys import KEY_BYTES
from bot.storage.schema import is_current, newest_instant
from handlers import COMMANDS

# A clock that is set back by less may be a leap second or a correction.
CLOCK_TOLERANCE = timedelta(seconds=2)


class Finding(Struct, frozen=True):
    """How a part is; `cure` is what to do, empty where it is well. What is `optional` can be left as it is."""

    part: str
    state: str
    cure: str = ""
    optional: bool = False


def doctor(settings: Settings, _options: argparse.Namespace) -> int:
    return with_loop(_examine(settings))


def doctor_with_bad_settings(fault: BadSettings) -> int:
    """Nothing else can be examined before the settings are right."""
    for problem in fault.problems:
        _print(Finding("设置 settings", problem, "改好环境变量或 .env / correct the environment or .env"))
    return FAILED


async def _examine(settings: Settings) -> int:
    findings = [
        Finding("设置 settings", "没问题 / well"),
        _data_folder(settings),
        _content(settings),
        _pictures(settings),
    ]
    findings += await _database(settings)
    if settings.telegram_bot_token:
        findings += await _telegram(settings)
    if settings.wechat_app_id:
        findings.append(await _wechat(settings))
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
    late = newest is not None and newest > utc_now() + CLOCK_TOLERANCE
    state = f"最近一次记录在 / the last record is of {newest:%Y-%m-%d %H:%M:%S} UTC" if newest else "没问题 / well"
    cure = "时间比记录还早，请对时（NTP） / it is earlier than the records: set it (NTP)" if late else ""
    return [Finding(part, "没问题 / well"), Finding("时钟 clock", state, cure)]


async def _telegram(settings: Settings) -> list[Finding]:
    client = TelegramClient(settings.telegram_bot_token, settings.telegram_api_base)
    try:
        me = await client.ask(Call("getMe", {}), Me)
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


async def _wechat(settings: Settings) -> Finding:
    part = "微信公众号 WeChat"
    if not settings.wechat_pushes:
        cure = "设 WECHAT_APP_SECRET，或把 WECHAT_VERIFIED 改成 false / set the first, or the second to false"
        state = "只能被动回复 / passive replies only"
        return Finding(part, state, cure if settings.wechat_verified else "")
    client = wechat_client(settings, InMemory(), secrets.token_bytes(KEY_BYTES), utc_now, PlatformClock())
    try:
        state = await examine(client, abilities(settings.wechat_account, settings.wechat_verified))
    except CallFailed as failed:
        return Finding(part, failed.sent.reason, trouble(failed.sent.reason))
    finally:
        await client.close()
    if state == READY:
        return Finding(part, "能主动发消息 / may write to people first")
    return Finding(part, state, "改好 WECHAT_ACCOUNT 或 WECHAT_VERIFIED / correct one of them")


def _webhook(settings: Settings, info: WebhookInfo) -> Iterator[Finding]:
    part, wanted = "Telegram webhook", settings.public_url.rstrip("/") + PATH
    if settings.telegram_mode == "polling":
        return
    if info.url != wanted:
        yield Finding(part, f"{info.url or '没有设 / none is set'}", f"启动服务就会设成 / `run` sets it to {wanted}")
    elif not info.brings_all:
        state = "不送全部消息 / does not bring every kind of update"
        yield Finding(part, state, "重新启动服务就会设好 / `run` sets it again")
    elif info.last_error_message:
        cure = "看 PUBLIC_URL、证书和前面的代理 / look at PUBLIC_URL, its certificate and the proxy in front"
        yield Finding(part, info.last_error_message, cure)
    else:
        yield Finding(part, wanted)
