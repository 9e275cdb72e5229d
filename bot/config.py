"""Settings, read once from the environment and a .env file; every mistake is told at once."""

import difflib
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.domain.reviewers import compared

PROJECT = Path(__file__).resolve().parent.parent
GUARDED_PREFIXES = ("TELEGRAM_", "WECHAT_", "OPERATOR_")
# Telegram Bot API, setWebhook: the ports that it calls.
WEBHOOK_PORTS = frozenset({443, 80, 88, 8443})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_TELEGRAM_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TELEGRAM_TOKEN = re.compile(r"\d+:\S+")
_ACCOUNT = re.compile(r"telegram:\d+|wechat:[A-Za-z0-9_-]+|(?:terminal|desk):[\w.-]+")
_AES_KEY_CHARACTERS = 43
_THING = re.compile(r"thing\d{1,2}")
_SECRET_KEY_CHARACTERS = 16
_SQLITE = re.compile(r"sqlite(?:\+\w+)?:///(?!:memory:)(?P<file>[^?]*[^/?])(?:\?.*)?")
# Divided as SQLAlchemy does it: a password may hold what urllib takes for the end of the host.
_POSTGRESQL = re.compile(
    r"postgres(?:ql)?(?:\+\w+)?://(?:[^:/]*(?::[^@]*)?@)?"
    r"(?:(?P<host>\[[^]/?]+\]|[^/:?@]+)(?::(?P<port>\d{1,5}))?)?(?:/[^?]*)?(?:\?(?P<query>.*))?"
)


class BadSettings(Exception):
    """What is wrong with the settings: one sentence each, without any value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """All that an operator can set. Names in the environment are these, in capitals."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Path("data")
    database_url: str = Field(default="", repr=False)
    keys_dir: Path | None = None
    secret_key: str = Field(default="", repr=False)
    content_dir: Path = PROJECT / "content"
    port: int = Field(default=8080, ge=1, le=65535)
    public_url: str = ""
    picture_font: Path | None = None
    tls_certificate: Path | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"
    tip_late_minutes: int = Field(default=180, ge=1, le=720)

    operator_name: str = "网络素养小助手（开源版）"
    operator_contact: str = ""
    operator_official: bool = False
    operator_token: str = Field(default="", repr=False)
    operator_accounts: str = ""
    icp_number: str = ""

    telegram_bot_token: str = Field(default="", repr=False)
    telegram_api_base: str = "https://api.telegram.org/bot"
    telegram_webhook_secret: str = Field(default="", repr=False)
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_bulk_per_second: int = Field(default=30, ge=1, le=1000)

    wechat_app_id: str = ""
    wechat_app_secret: str = Field(default="", repr=False)
    wechat_token: str = Field(default="", repr=False)
    wechat_encoding_aes_key: str = Field(default="", repr=False)
    wechat_previous_aes_key: str = Field(default="", repr=False)
    wechat_api_base: str = "https://api.weixin.qq.com"
    wechat_account: Literal["subscription", "service"] = "subscription"
    wechat_verified: bool = False
    wechat_message_menus: bool = False
    wechat_tip_template: str = ""
    wechat_tip_field: str = "thing1"

    @property
    def is_https(self) -> bool:
        """Whether people come over https."""
        return self.public_url.startswith("https:")

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'haowangmin.db'}"

    @property
    def operators(self) -> tuple[tuple[str, ...], ...]:
        """The persons who may decide on stories and held ballots: of each the accounts, as `telegram:42`."""
        persons = filter(None, map(str.strip, self.operator_accounts.split(",")))
        return tuple(tuple(map(str.strip, person.split("+"))) for person in persons)

    @property
    def wechat_pushes(self) -> bool:
        """Whether the Official Account can write to people first, if what is set is true."""
        return bool(self.wechat_app_id and self.wechat_app_secret and self.wechat_verified)

    @property
    def keys(self) -> Path:
        return self.keys_dir or self.data_dir / "keys"


def load_settings(env_file: Path | None = None) -> Settings:
    """The settings of the environment, then of `.env` in the current folder. Raises BadSettings."""
    env_file = env_file or Path(".env")
    try:
        names = {*os.environ, *(dotenv_values(env_file) if env_file.is_file() else ())}
    except UnicodeDecodeError:
        raise BadSettings([f"{env_file}: 请存成 UTF-8 / must be saved as UTF-8"]) from None
    settings, problems = _read(env_file)
    problems = [
        *_misspelt(names),
        *problems,
        *_stores(settings),
        *_operators(settings),
        *_telegram(settings),
        *_wechat(settings),
    ]
    if problems:
        raise BadSettings(problems)
    return settings


def _read(env_file: Path) -> tuple[Settings, list[str]]:
    """The settings, with the default where a value is wrong, and what is wrong with those values."""
    try:
        return Settings(_env_file=env_file), []  # type: ignore[call-arg]  # pydantic-settings takes it here
    except ValidationError as fault:
        wrong = {str(error["loc"][0]) for error in fault.errors()}
        defaults = {name: Settings.model_fields[name].default for name in wrong}
        settings = Settings(_env_file=env_file, **defaults)  # type: ignore[call-arg]
        return settings, [_sentence(error) for error in fault.errors()]


def _misspelt(names: Iterable[str]) -> Iterable[str]:
    known = {name.upper() for name in Settings.model_fields}
    for name in sorted(names):
        if name.upper().startswith(GUARDED_PREFIXES) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            hint = f"，是不是 {near[0]}？ did you mean {near[0]}?" if near else "。 unknown setting."
            yield f"{name}: 没有这个设置{hint}"


def _sentence(error: Mapping[str, object]) -> str:
    location = error["loc"]
    assert isinstance(location, tuple)
    return f"{str(location[0]).upper()}: 这个值不行 / {error['msg']}"


def _stores(settings: Settings) -> Iterable[str]:
    yield from _database(settings)
    if 0 < len(settings.secret_key) < _SECRET_KEY_CHARACTERS:
        yield f"SECRET_KEY: 至少要 {_SECRET_KEY_CHARACTERS} 个字符 / needs {_SECRET_KEY_CHARACTERS} characters or more"
    if settings.picture_font and not settings.picture_font.is_file():
        yield "PICTURE_FONT: 没有这个文件 / there is no such file"
    reasons = {name: reason for name, folder in _folders(settings) if (reason := _unusable(folder))}
    for name, reason in reasons.items():
        yield f"{name}: 这个文件夹建不了，或不能写 / this folder cannot be made or written to ({reason})"


def _database(settings: Settings) -> Iterable[str]:
    if not (_SQLITE.fullmatch(settings.database) or _is_postgresql(settings.database)):
        yield (
            "DATABASE_URL: 请写 sqlite:///文件 或 postgresql://主机:端口/库名 / "
            "use sqlite:///FILE or postgresql://HOST:PORT/NAME"
        )


def _is_postgresql(url: str) -> bool:
    parts = _POSTGRESQL.fullmatch(url)
    if not parts or int(parts["port"] or 1) not in range(1, 65536):
        return False
    return bool(parts["host"] or re.search(r"(^|&)host=", parts["query"] or ""))


def _folders(settings: Settings) -> Iterable[tuple[str, Path]]:
    """Where something will be written, by the setting that says so."""
    if not settings.database_url:
        yield "DATA_DIR", settings.data_dir
    elif file := _SQLITE.fullmatch(settings.database_url):
        yield "DATABASE_URL", Path(file["file"]).parent
    if not settings.secret_key:
        yield "KEYS_DIR" if settings.keys_dir else "DATA_DIR", settings.keys


def _unusable(folder: Path) -> str:
    """Why nothing can be written there, or empty; nothing is left behind."""
    try:
        while not (folder.exists() or folder.is_symlink()):
            folder = folder.parent
        with tempfile.TemporaryDirectory(dir=folder):
            return ""
    except OSError as fault:
        return fault.strerror or type(fault).__name__


def _operators(settings: Settings) -> Iterable[str]:
    accounts = [account for person in settings.operators for account in person]
    if not all(map(_ACCOUNT.fullmatch, accounts)):
        yield (
            "OPERATOR_ACCOUNTS: 每个账号写成 telegram:数字、wechat:openid、terminal:名字 或 desk:名字；"
            "不同的人用英文逗号隔开，同一个人的几个账号用 + 连起来 / "
            "write each as telegram:NUMBER, wechat:OPENID, terminal:NAME or desk:NAME, "
            "with commas between persons and + between the accounts of one"
        )
    elif len(set(map(compared, accounts))) < len(accounts):
        yield "OPERATOR_ACCOUNTS: 一个账号只能写一次 / an account is named more than once"


def _telegram(settings: Settings) -> Iterable[str]:
    if not settings.telegram_bot_token:
        if settings.telegram_mode == "webhook":
            yield "TELEGRAM_BOT_TOKEN: webhook 模式需要它 / the webhook mode needs it"
        return
    if not _TELEGRAM_TOKEN.fullmatch(settings.telegram_bot_token):
        yield "TELEGRAM_BOT_TOKEN: 应该像 123456:ABC... / looks like 123456:ABC..., as @BotFather gives it"
    if not settings.telegram_api_base.endswith("/bot"):
        yield "TELEGRAM_API_BASE: 要以 /bot 结尾 / must end in /bot"
    if settings.telegram_webhook_secret and not _TELEGRAM_SECRET.fullmatch(settings.telegram_webhook_secret):
        yield "TELEGRAM_WEBHOOK_SECRET: 只能用 1-256 个字母、数字、_、- / 1-256 of A-Z a-z 0-9 _ -"
    if settings.telegram_mode == "webhook":
        yield from _webhook_address(settings.public_url)


def _webhook_address(public_url: str) -> Iterable[str]:
    try:
        url = urlsplit(public_url)
        port = url.port or {"https": 443, "http": 80}.get(url.scheme, 0)
    except ValueError:
        yield "PUBLIC_URL: 不是网址 / is no address"
        return
    if url.hostname in _LOOPBACK and url.scheme in ("http", "https"):
        return
    if url.scheme != "https" or port not in WEBHOOK_PORTS or not url.hostname:
        yield "PUBLIC_URL: webhook 模式要 https，端口 443、80、88 或 8443 / must be https on 443, 80, 88 or 8443"


def _wechat(settings: Settings) -> Iterable[str]:
    needed = ("wechat_app_id", "wechat_token", "wechat_encoding_aes_key")
    given = [name for name in needed if getattr(settings, name)]
    if given and len(given) < len(needed):
        missing = "、".join(name.upper() for name in needed if name not in given)
        yield f"{missing}: 微信要三样齐全才能用（安全模式）/ WeChat needs all three (secure mode)"
    for name in ("wechat_encoding_aes_key", "wechat_previous_aes_key"):
        key = getattr(settings, name)
        if key and not re.fullmatch(rf"[A-Za-z0-9+/]{{{_AES_KEY_CHARACTERS}}}", key):
            yield f"{name.upper()}: 应该是 43 个字母和数字 / must be 43 letters and digits"
    if not _is_host(settings.wechat_api_base):
        yield "WECHAT_API_BASE: 应该像 https://api.weixin.qq.com / looks like https://api.weixin.qq.com"
    if settings.wechat_tip_template and not (settings.wechat_account == "service" and settings.wechat_verified):
        yield "WECHAT_TIP_TEMPLATE: 只有认证的服务号能发订阅通知 / only a verified service account can send notices"
    if not _THING.fullmatch(settings.wechat_tip_field):
        yield "WECHAT_TIP_FIELD: 应该像 thing1 / looks like thing1"


def _is_host(address: str) -> bool:
    """Whether it is scheme and host, perhaps with a port, and nothing else."""
    try:
        url = urlsplit(address)
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0 and url.path in ("", "/")
    except ValueError:
        return False
