"""The service page and the list before it opens: what they say, that no secret is on them, and who ticks."""

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.config import Settings
from bot.storage.audit import AuditLog
from bot.storage.backup import copy, note
from tests.conftest import Clock
from tests.shipped import shipped
from tests.storage.test_launch import certificate
from tests.web.desk.conftest import Desk


async def test_what_the_page_says(desk: Desk) -> None:
    await desk.hires("mei", "publisher")
    await desk.gets_story()
    mei = await desk.at_work("mei", "/desk/service")
    for said in (
        "✓ 好",
        "数据库",
        "还没有备份过",
        "没有写 TLS_CERTIFICATE",
        "还没有平台可以对",
        "还没有人审过",
        "SQLite",
    ):
        assert said in mei.shown
    assert "✗ 有问题" not in mei.shown
    assert "<dt>等着审的故事</dt><dd>1</dd>" in mei.shown
    assert "上线清单：还差" in mei.shown


async def test_what_is_wrong_is_said_in_the_reader_s_language(desk: Desk) -> None:
    await desk.hires("mei", "publisher")
    mei = await desk.at_work("mei", "/desk/switch")
    await mei.sends("/desk/switch", turn="halt")
    desk.app.edition.state = "the edited content has mistakes"
    page = (await mei.opens("/desk/service")).text
    assert "总开关按下了，小贴士、通知和信都停着" in page
    assert "还用着改以前的" in page
    assert re.sub(r"<details>.*?</details>", "", page, flags=re.S).count('lang="en"') == 0
    assert '<p lang="en">the edited content has mistakes</p>' in page
    for part in (*await desk.app.health(), "clock", "telegram", "wechat"):
        assert desk.app.shelf.library.phrases.say("zh", f"desk.service.trouble.{part}")


async def test_a_backup_and_a_certificate_are_known(tmp_path: Path, migrated: Path, clock: Clock) -> None:
    data, pem = tmp_path / "data", tmp_path / "site.pem"
    data.mkdir()
    shutil.copy(migrated, data / "haowangmin.db")
    pem.write_bytes(certificate(clock() + timedelta(days=5)))
    settings = Settings(
        data_dir=data,
        tls_certificate=pem,
        operator_contact="a@b.example",
        operator_name="某县网信办",
        telegram_bot_token="7000000001:AASecretOfTheBot",
        wechat_app_id="wx1",
        wechat_token="tokenOfWeChat",
        wechat_encoding_aes_key="k" * 43,
        wechat_app_secret="secretOfWeChat",
        wechat_verified=True,
        telegram_webhook_secret="secretOfTheWebhook",
        secret_key="secretOfAllKeys-16",
    )
    desk = Desk(App(settings, shipped(), clock), clock)
    try:
        await desk.hires("mei", "publisher")
        copy(settings.database, tmp_path / "copy.db")
        note(settings.database, tmp_path / "copy.db", clock())
        mei = await desk.at_work("mei", "/desk/service")
        clock.passes(days=8)
        again = await desk.at_work("mei", "/desk/service")
        listed = await desk.at_work("mei", "/desk/launch")
        for shown in (mei.shown, again.shown, listed.shown):
            for secret in ("AASecret", "tokenOfWeChat", "k" * 43, "secretOf"):
                assert secret not in shown
        assert "2026-11-23 09:00，" in mei.shown
        assert "到 2026-11-28 09:00。" in mei.shown
        assert "不到 21 天就到期" in mei.shown
        assert "超过七天了" not in mei.shown
        assert "超过七天了" in again.shown
        assert "订阅号 · 认证了 · 能主动发消息" in mei.shown
        assert "✗ 有问题" in mei.shown  # no platform has been reached
        assert "某县网信办" in listed.shown
    finally:
        await desk.close()
        for channel in desk.app.channels:
            await channel.close()
        await desk.app.database.close()


async def test_who_ticks_what(desk: Desk) -> None:
    await desk.hires("mei", "publisher")
    await desk.hires("lan", "administrator")
    mei = await desk.at_work("mei", "/desk/launch")
    assert "打勾" in mei.shown
    before = mei.shown.count("○ 还没有")
    response = await mei.sends("/desk/launch", item="keys", done="yes")
    assert response.headers["location"] == "/desk/launch?told=done#keys"
    assert "mei，2026-11-23 09:01" in (await mei.opens("/desk/launch")).text
    assert mei.shown.count("○ 还没有") == before - 1
    lan = await desk.at_work("lan", "/desk/launch")
    assert (await lan.sends("/desk/launch", item="keys", done="no")).headers["location"].endswith("told=done#keys")
    rows = [row.entry async for row in AuditLog(desk.app.database).all()]
    ticks = [(one.who, one.act, one.subject) for one in rows if one.act.endswith("tick")]
    assert ticks == [("mei", "tick", "keys"), ("lan", "untick", "keys")]


@pytest.mark.parametrize("item", ["administrators", "https", "account", "nothing", ""])
async def test_what_the_service_knows_is_not_ticked(desk: Desk, item: str) -> None:
    await desk.hires("mei", "publisher")
    mei = await desk.at_work("mei", "/desk/launch")
    assert (await mei.sends("/desk/launch", item=item, done="yes")).status_code == 404
    assert await desk.app.launch.ticks() == {}
