import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.config import PROJECT, BadSettings, Settings, load_settings

TOKEN = "123456:ABCdefSecretOfTheBot"
SettingsOf = Callable[..., Settings]
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WECHAT = {"WECHAT_APP_ID": "wx1", "WECHAT_TOKEN": "token", "WECHAT_ENCODING_AES_KEY": AES_KEY}
WEBHOOK = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_MODE": "webhook"}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test sets; an empty current folder without .env."""
    for name in {*os.environ} & {name.upper() for name in Settings.model_fields}:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> SettingsOf:
    def settings_of(**environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return settings_of


def test_defaults(settings_of: SettingsOf) -> None:
    settings = settings_of()
    assert settings.data_dir == Path("data")
    assert settings.database == "sqlite:///data/haowangmin.db"
    assert settings.keys == Path("data/keys")
    assert settings.content_dir == PROJECT / "content"
    assert settings.port == 8080
    assert settings.operator_name == "网络素养小助手（开源版）"
    assert settings.operator_official is False


def test_operators(settings_of: SettingsOf) -> None:
    assert settings_of().operators == ()
    settings = settings_of(OPERATOR_ACCOUNTS=" telegram:4711, wechat:oAb-c_1,")
    assert settings.operators == (("telegram:4711",), ("wechat:oAb-c_1",))
    settings = settings_of(OPERATOR_ACCOUNTS="telegram:1+wechat:oA + terminal:lan, telegram:2")
    assert settings.operators == (("telegram:1", "wechat:oA", "terminal:lan"), ("telegram:2",))


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"PORT": "0"}, "PORT"),
        ({"PORT": "65536"}, "PORT"),
        ({"TIP_LATE_MINUTES": "0"}, "TIP_LATE_MINUTES"),
        ({"TIP_LATE_MINUTES": "721"}, "TIP_LATE_MINUTES"),
        ({"TIP_LATE_MINUTES": "3h"}, "TIP_LATE_MINUTES"),
        ({"TELEGRAM_BULK_PER_SECOND": "0"}, "TELEGRAM_BULK_PER_SECOND"),
        ({"TELEGRAM_BULK_PER_SECOND": "1001"}, "TELEGRAM_BULK_PER_SECOND"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"PICTURE_FONT": "nowhere.ttf"}, "PICTURE_FONT"),
        ({"OPERATOR_OFFICIAL": "perhaps"}, "OPERATOR_OFFICIAL"),
        ({"OPERATOR_ACCOUNTS": "4711"}, "OPERATOR_ACCOUNTS"),
        ({"OPERATOR_ACCOUNTS": "telegram:@lan"}, "OPERATOR_ACCOUNTS"),
        ({"OPERATOR_ACCOUNTS": "telegram:1，telegram:2"}, "OPERATOR_ACCOUNTS"),
        ({"OPERATOR_ACCOUNTS": "web:somebody"}, "OPERATOR_ACCOUNTS"),
        ({"OPERATOR_ACCOUNTS": "telegram:1++terminal:lan"}, "OPERATOR_ACCOUNTS"),
        ({"OPERATOR_ACCOUNTS": "telegram:1+wechat:oA,telegram:2+wechat:oA"}, "OPERATOR_ACCOUNTS"),
        ({"OPERATOR_ACCOUNTS": "desk:Lan,telegram:2+desk:lan"}, "OPERATOR_ACCOUNTS"),
        ({"OPERATOR_ACOUNTS": "telegram:1"}, "OPERATOR_ACCOUNTS"),
        ({"DATABASE_URL": "mysql://host/db"}, "DATABASE_URL"),
        ({"DATABASE_URL": "somewhere"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite://bot.db"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///data/"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql:///db"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://user:pw@host:0/db"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://host:65536/db"}, "DATABASE_URL"),
        ({"SECRET_KEY": "x" * 15}, "SECRET_KEY"),
        ({"TELEGRAM_MODE": "push"}, "TELEGRAM_MODE"),
        ({"TELEGRAM_MODE": "webhook"}, "TELEGRAM_BOT_TOKEN"),
        ({"TELEGRAM_BOT_TOKEN": "no-token"}, "TELEGRAM_BOT_TOKEN"),
        ({"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE": "https://api.telegram.org"}, "TELEGRAM_API_BASE"),
        ({"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_SECRET": "with space"}, "TELEGRAM_WEBHOOK_SECRET"),
        ({"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_SECRET": "x" * 257}, "TELEGRAM_WEBHOOK_SECRET"),
        ({"TELEGRAM_TOKEN": TOKEN}, "TELEGRAM_BOT_TOKEN"),
        ({"WECHAT_APPID": "wx1"}, "WECHAT_APP_ID"),
        ({"OPERATOR_NAMES": "x"}, "OPERATOR_NAME"),
        ({"OPERATOR_ZZZZZZZZ": "x"}, "OPERATOR_ZZZZZZZZ"),
        ({"WECHAT_ACCOUNT": "personal"}, "WECHAT_ACCOUNT"),
        ({"WECHAT_VERIFIED": "maybe"}, "WECHAT_VERIFIED"),
        ({"WECHAT_APP_ID": "wx1"}, "WECHAT_TOKEN、WECHAT_ENCODING_AES_KEY"),
        ({"WECHAT_TOKEN": "t", "WECHAT_ENCODING_AES_KEY": AES_KEY}, "WECHAT_APP_ID"),
        ({**WECHAT, "WECHAT_ENCODING_AES_KEY": "short"}, "WECHAT_ENCODING_AES_KEY"),
        ({"WECHAT_API_BASE": "api.weixin.qq.com"}, "WECHAT_API_BASE"),
        ({"WECHAT_API_BASE": "https://api.weixin.qq.com/cgi-bin"}, "WECHAT_API_BASE"),
        ({"WECHAT_API_BASE": "https://api.weixin.qq.com:many"}, "WECHAT_API_BASE"),
        ({**WECHAT, "WECHAT_VERIFIED": "true", "WECHAT_TIP_TEMPLATE": "VRR0"}, "WECHAT_TIP_TEMPLATE"),
        ({**WECHAT, "WECHAT_ACCOUNT": "service", "WECHAT_TIP_TEMPLATE": "VRR0"}, "WECHAT_TIP_TEMPLATE"),
        ({"WECHAT_TIP_FIELD": "name1"}, "WECHAT_TIP_FIELD"),
        ({**WECHAT, "WECHAT_PREVIOUS_AES_KEY": AES_KEY + "x"}, "WECHAT_PREVIOUS_AES_KEY"),
        (WEBHOOK, "PUBLIC_URL"),
        ({**WEBHOOK, "PUBLIC_URL": "http://bot.example.org"}, "PUBLIC_URL"),
        ({**WEBHOOK, "PUBLIC_URL": "https://bot.example.org:8080"}, "PUBLIC_URL"),
        ({**WEBHOOK, "PUBLIC_URL": "https://bot.example.org:many"}, "PUBLIC_URL"),
        ({**WEBHOOK, "PUBLIC_URL": "bot.example.org"}, "PUBLIC_URL"),
    ],
)
def test_what_is_wrong_is_named(settings_of: SettingsOf, environment: dict[str, str], named: str) -> None:
    with pytest.raises(BadSettings) as caught:
        settings_of(**environment)
    (problem,) = caught.value.problems
    assert named in problem


@pytest.mark.parametrize(
    "environment",
    [
        {"DATABASE_URL": "postgresql://user:pw@host/db"},
        {"DATABASE_URL": "postgres://host/db"},
        {"DATABASE_URL": "sqlite:////var/lib/bot.db"},
        {"DATABASE_URL": "sqlite:///bot.db?timeout=5"},
        {"DATABASE_URL": "postgresql+asyncpg://user:p#w/?@[::1]:5432/db?sslmode=require"},
        {"DATABASE_URL": "postgresql:///db?host=/run/postgresql"},
        {"SECRET_KEY": "x" * 16, "KEYS_DIR": "/proc/not-needed"},
        {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_SECRET": "aA0_-"},
        WECHAT,
        {**WECHAT, "WECHAT_PREVIOUS_AES_KEY": AES_KEY},
        {**WECHAT, "WECHAT_VERIFIED": "true", "WECHAT_ACCOUNT": "service", "WECHAT_TIP_TEMPLATE": "VRR0"},
        {"WECHAT_API_BASE": "http://127.0.0.1:9000/"},
        {**WEBHOOK, "PUBLIC_URL": "https://bot.example.org"},
        {**WEBHOOK, "PUBLIC_URL": "https://bot.example.org:8443/"},
        {**WEBHOOK, "PUBLIC_URL": "https://bot.example.org:88"},
        {**WEBHOOK, "PUBLIC_URL": "http://127.0.0.1:8080"},
        {**WEBHOOK, "PUBLIC_URL": "http://localhost:1234"},
        {"PUBLIC_URL": "http://bot.example.org:8080"},  # without a webhook any address will do
        {"TELEGRAM_MODE": "polling"},
        {"UNKNOWN_SETTING_OF_SOMEBODY_ELSE": "x"},
    ],
)
def test_what_is_right_is_taken(settings_of: SettingsOf, environment: dict[str, str]) -> None:
    settings_of(**environment)


def test_empty_values_count_as_unset(settings_of: SettingsOf) -> None:
    empty = dict.fromkeys(["PORT", "DATA_DIR", "TELEGRAM_BOT_TOKEN", "OPERATOR_NAME", "WECHAT_APP_ID", "LOG_LEVEL"], "")
    settings = settings_of(**empty)
    assert settings == Settings()


def test_a_dot_env_file_is_read_and_the_environment_goes_first(settings_of: SettingsOf, tmp_path: Path) -> None:
    lines = ["PORT=9000", "OPERATOR_NAME='某某文明办'", "# a comment", "OPERATOR_CONTACT="]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    settings = settings_of(PORT="9001")
    assert settings.port == 9001
    assert settings.operator_name == "某某文明办"
    assert settings.operator_contact == ""


def test_a_misspelt_name_in_dot_env_is_found(settings_of: SettingsOf, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TELEGRAM_BOT_TOKE=1:x\n", encoding="utf-8")
    with pytest.raises(BadSettings, match="TELEGRAM_BOT_TOKEN"):
        settings_of()


def test_a_dot_env_in_another_encoding_is_told(settings_of: SettingsOf, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("OPERATOR_NAME=某某文明办".encode("gbk"))
    with pytest.raises(BadSettings, match="UTF-8"):
        settings_of()


def test_all_mistakes_are_told_at_once_without_any_value(
    settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = {
        "TELEGRAM_BOT_TOKEN": "secret-one",
        "TELEGRAM_WEBHOOK_SECRET": "secret two",
        "WECHAT_ENCODING_AES_KEY": "secret-three",
        "TELEGRAM_SECRT": "secret-four",
        "DATABASE_URL": "mysql://user:secret-five@host/db",
    }
    wrong = {"PORT": "secret-six", "OPERATOR_OFFICIAL": "secret-seven", "WECHAT_ACCOUNT": "secret-eight"}
    for name, value in {**secrets, **wrong}.items():
        monkeypatch.setenv(name, value)
    assert main(["run"]) == 2
    told = "".join(capfd.readouterr())
    for name in (*secrets, *wrong):
        assert name in told
    assert "secret-" not in told
    assert "secret two" not in told


def test_settings_never_show_a_secret() -> None:
    names = ["telegram_bot_token", "telegram_webhook_secret", "wechat_app_secret", "wechat_token", "secret_key"]
    names += ["wechat_encoding_aes_key", "wechat_previous_aes_key", "operator_token", "database_url"]
    settings = Settings(**dict.fromkeys(names, "hush-hush"))  # type: ignore[arg-type]  # all of these are texts
    assert "hush-hush" not in repr(settings)
    assert "hush-hush" not in str(settings)
