"""The switch at the desk: who may turn it, what each page says while it halts, and the log."""

import pytest

from bot.storage.audit import AuditLog
from tests.web.desk.conftest import Desk

BANNER = "现在全部停发"


async def test_one_person_halts_and_another_lets_go_on(desk: Desk) -> None:
    await desk.hires("mei", "publisher")
    await desk.hires("lan", "administrator")
    mei, lan = await desk.at_work("mei", "/desk/switch"), await desk.at_work("lan")
    assert BANNER not in mei.shown + lan.shown
    response = await mei.sends("/desk/switch", turn="halt")
    assert response.headers["location"] == "/desk/switch?told=done"
    for path in ("/desk", "/desk/stories", "/desk/stories/999", "/desk/people", "/desk/log"):
        shown = (await lan.opens(path)).text
        assert BANNER in shown, path
        assert "mei 停的，11-23 09:01 起" in shown
    await lan.opens("/desk/switch")
    assert "马上全部停发" not in lan.shown
    assert (await lan.sends("/desk/switch", turn="halt")).headers["location"].endswith("unchanged")
    await lan.opens("/desk/switch")
    assert (await lan.sends("/desk/switch", turn="go-on")).headers["location"].endswith("done")
    assert BANNER not in (await mei.opens("/desk/switch?told=done")).text
    rows = [row.entry async for row in AuditLog(desk.app.database).all() if row.entry.subject == "sending"]
    assert [(entry.who, entry.act, entry.outcome) for entry in rows] == [
        ("mei", "halt", "done"),
        ("lan", "halt", "unchanged"),
        ("lan", "go-on", "done"),
    ]


@pytest.mark.parametrize("role", ["reviewer", "editor"])
async def test_who_may_not_sees_that_it_halts(desk: Desk, role: str) -> None:
    await desk.hires("mei", "publisher")
    await desk.hires("yun", role)  # type: ignore[arg-type]
    mei = await desk.at_work("mei", "/desk/switch")
    await mei.sends("/desk/switch", turn="halt")
    yun = await desk.at_work("yun")
    assert BANNER in yun.shown
    assert "/desk/switch" not in yun.shown
    assert (await yun.sends("/desk/switch", turn="go-on")).status_code == 403
    assert await desk.app.switch.halt()


async def test_who_lost_the_right_meanwhile_changes_nothing(desk: Desk) -> None:
    """It is looked at again in the commit."""
    await desk.hires("lan", "administrator")
    await desk.hires("mei", "publisher")
    mei, lan = await desk.at_work("mei", "/desk/switch"), await desk.at_work("lan", "/desk/people")
    number = next(one.id for one in await desk.app.desk.everybody() if one.name == "mei")
    await lan.sends(f"/desk/people/{number}", change="role", role="editor")
    assert (await mei.sends("/desk/switch", turn="halt")).status_code == 403
    assert (await mei.sends("/desk/switch", turn="explode")).status_code == 403
    await lan.opens("/desk/switch")
    assert (await lan.sends("/desk/switch", turn="explode")).status_code == 404
    assert await desk.app.switch.halt() is None
