"""Invitations, signing in and out, and how long a session lasts."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from msgspec import structs

from bot import web
from bot.app import App
from bot.domain.audit import Entry
from bot.domain.colleagues import FREE_FAILURES
from bot.domain.desk import MachineOrder, digest_of
from bot.storage.audit import AuditLog
from tests.web.desk.conftest import COOKIE, FORM_COOKIE, PASSWORD, Browser, Desk

WRONG = "名字、口令或验证码不对"


async def invited(desk: Desk, name: str = "lan") -> str:
    """The path of a new invitation."""
    token = f"token-{name}"
    order = MachineOrder("invite", name, "terminal:root", "administrator", digest_of(token))
    assert await desk.app.desk.obey(order) == "invited"
    desk.secrets[name] = desk.app.desk.secret_for(token)
    return f"/desk/invitation/{token}"


async def test_an_invitation_is_accepted_once(desk: Desk) -> None:
    path, browser = await invited(desk), desk.browser()
    shown = (await browser.opens(path)).text
    assert "otpauth://totp/" in shown
    key = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', shown)
    assert key
    assert [len(group) for group in key[1].split()] == [4] * 8
    accepted = await browser.sends(path, password=PASSWORD, again=PASSWORD, code=desk.code("lan"))
    assert (accepted.status_code, accepted.headers["location"]) == (303, "/desk")
    assert "lan，你好。你是管理员。" in (await browser.opens("/desk")).text
    late = desk.browser()
    assert (await late.opens(path)).status_code == 410
    await late.opens("/desk/sign-in")
    again = await late.sends(path, password=PASSWORD, again=PASSWORD, code=desk.code("lan"))
    assert (again.status_code, "用过了" in again.text) == (410, True)


@pytest.mark.parametrize(
    ("password", "again", "code", "told"),
    [
        (PASSWORD, "另一个 另一个 另一个 1", "", "两遍口令不一样"),
        ("short", "short", "", "至少要 12 个字"),
        ("111111111111", "111111111111", "", "太好猜"),
        (PASSWORD, PASSWORD, "000000", "验证码不对"),
    ],
)
async def test_what_cannot_be_accepted_changes_nothing(
    desk: Desk, password: str, again: str, code: str, told: str
) -> None:
    path, browser = await invited(desk), desk.browser()
    await browser.opens(path)
    response = await browser.sends(path, password=password, again=again, code=code or desk.code("lan"))
    assert (response.status_code, told in response.text, PASSWORD in response.text) == (422, True, False)
    accepted = await browser.sends(path, password=PASSWORD, again=PASSWORD, code=desk.code("lan"))
    assert accepted.status_code == 303


async def test_an_old_invitation_is_no_more(desk: Desk) -> None:
    path = await invited(desk)
    desk.clock.passes(hours=48)
    assert (await desk.browser().opens(path)).status_code == 410


async def test_a_password_is_hidden_and_may_be_pasted_or_kept_by_the_browser(desk: Desk) -> None:
    browser = desk.browser()
    token = "token of lan"
    await desk.app.desk.obey(MachineOrder("invite", "lan", "terminal:root", "editor", digest_of(token)))
    fields = [
        field
        for path in ("/desk/sign-in", f"/desk/invitation/{token}")
        for field in re.findall(r"<input[^>]+>", (await browser.opens(path)).text)
        if 'name="password"' in field or 'name="again"' in field
    ]
    assert len(fields) == 3
    for field in fields:
        assert 'type="password"' in field
        assert re.search('autocomplete="(current|new)-password"', field)
        assert "onpaste" not in field


async def test_signing_in_and_out(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    browser = desk.browser()
    response = await desk.signs_in(browser, "lan")
    assert (response.status_code, response.headers["location"]) == (303, "/desk")
    assert "都处理好了" in (await browser.opens("/desk")).text
    assert (await browser.opens("/desk/sign-in")).headers["location"] == "/desk"
    token = browser.http.cookies[COOKIE]
    await browser.opens("/desk")
    assert (await browser.sends("/desk/sign-out")).headers["location"] == "/desk/sign-in"
    assert COOKIE not in browser.http.cookies
    browser.http.cookies.set(COOKIE, token, domain="127.0.0.1")
    assert (await browser.opens("/desk")).headers["location"] == "/desk/sign-in", "the session is over, not only hidden"


async def test_a_session_gets_a_token_of_its_own(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    browser = desk.browser()
    await browser.opens("/desk/sign-in")
    before = browser.http.cookies[FORM_COOKIE]
    await desk.signs_in(browser, "lan")
    assert browser.http.cookies[COOKIE] != before
    stranger = desk.browser()
    stranger.http.cookies.set(COOKIE, before, domain="127.0.0.1")
    assert (await stranger.opens("/desk")).headers["location"] == "/desk/sign-in"


async def test_a_link_from_elsewhere_signs_nobody_out(desk: Desk) -> None:
    """The browser sends no SameSite=Strict cookie with it."""
    await desk.hires("lan", "administrator")
    browser = desk.browser()
    await desk.signs_in(browser, "lan")
    session = browser.http.cookies[COOKIE]
    browser.http.cookies.clear()
    arrived = await browser.opens("/desk/sign-in")
    assert [cookie.name for cookie in browser.http.cookies.jar] == [FORM_COOKIE]
    assert COOKIE + "=" not in arrived.headers["set-cookie"]
    browser.http.cookies.set(COOKIE, session, domain="127.0.0.1")
    assert (await browser.opens("/desk")).status_code == 200


@pytest.mark.parametrize("name", ["a\x00b", "\ud7ff", "x" * 3000, " ", "'; --"])
async def test_odd_names_are_nobody_s(desk: Desk, name: str) -> None:
    response = await desk.signs_in(desk.browser(), name, code="123456")
    assert (response.status_code, WRONG in response.text) == (422, True)


async def test_a_code_works_once(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    code = desk.code("lan")
    assert (await desk.signs_in(desk.browser(), "lan", code=code)).status_code == 303
    replayed = await desk.signs_in(desk.browser(), "lan", code=code)
    assert (replayed.status_code, WRONG in replayed.text) == (422, True)
    desk.clock.passes(seconds=30)
    assert (await desk.signs_in(desk.browser(), "lan")).status_code == 303


async def test_whatever_is_wrong_looks_the_same(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    await desk.hires("mei", "reviewer")
    await desk.app.desk.obey(MachineOrder("lock", "mei", "terminal:root"))
    await invited(desk, "yun")
    wrong = [("lan", "wrong password here", ""), ("lan", PASSWORD, "000000"), ("nobody", PASSWORD, "123456")]
    wrong += [("mei", PASSWORD, ""), ("yun", PASSWORD, "")]
    seen = set()
    for number, (name, password, code) in enumerate(wrong):
        browser = desk.browser(client=f"127.0.0.{number + 1}")
        response = await desk.signs_in(browser, name, password, code)
        assert response.status_code == 422
        seen.add(re.sub(r'value="[^"]*"', "", response.text))
    assert len(seen) == 1
    rows = [row.entry async for row in AuditLog(desk.app.database).all() if row.entry.outcome == "refused"]
    assert [row.who for row in rows] == ["lan", "lan", "mei", "yun"], (
        "never a name that nobody has: it may be a password"
    )


async def test_who_fails_five_times_waits_longer_and_longer(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    browser, waits = desk.browser(), []
    for _ in range(FREE_FAILURES):
        assert (await desk.signs_in(browser, "lan", "wrong password here")).status_code == 422
    for _ in range(4):
        held = await desk.signs_in(browser, "lan")
        assert held.status_code == 429, "also with all that is right"
        waits.append(int(held.headers["retry-after"]))
        assert f"请等 {waits[-1]} 秒" in held.text
        desk.clock.passes(seconds=waits[-1])
        assert (await desk.signs_in(browser, "lan", "wrong password here")).status_code == 422
    assert waits == [1, 2, 4, 8]
    elsewhere = desk.browser(client="127.0.0.9")
    assert (await desk.signs_in(elsewhere, "lan")).status_code == 429, "the account waits everywhere"
    desk.clock.passes(seconds=16)
    assert (await desk.signs_in(elsewhere, "lan")).status_code == 303
    desk.clock.passes(seconds=30)
    later = desk.browser(client="127.0.0.9")
    assert (await desk.signs_in(later, "lan", "wrong password here")).status_code == 422, "and begins anew"


async def test_an_address_that_tries_many_names_waits(desk: Desk) -> None:
    browser = desk.browser()
    for number in range(FREE_FAILURES):
        assert (await desk.signs_in(browser, f"name{number}", code="123456")).status_code == 422
    assert (await desk.signs_in(browser, "another", code="123456")).status_code == 429


async def test_guesses_at_once_are_no_faster(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    browsers = [desk.browser() for _ in range(12)]
    done = await asyncio.gather(*(desk.signs_in(one, "lan", "wrong password here") for one in browsers))
    assert sorted(response.status_code for response in done) == [422] * 5 + [429] * 7


async def test_a_session_ends_after_half_an_hour_without_a_page(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    browser = await desk.at_work("lan")
    for _ in range(3):
        desk.clock.passes(minutes=29)
        assert (await browser.opens("/desk")).status_code == 200
    desk.clock.passes(minutes=30)
    assert (await browser.opens("/desk")).headers["location"] == "/desk/sign-in"


async def test_a_page_that_looks_on_by_itself_keeps_nobody_signed_in(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    browser = await desk.at_work("lan")
    looks = {"HX-Request": "true", "By-Itself": "1"}
    for _ in range(29):
        desk.clock.passes(minutes=1)
        assert (await browser.http.get("/desk/questions", headers=looks)).status_code == 200
    desk.clock.passes(minutes=1)
    ended = await browser.http.get("/desk/questions", headers=looks)
    assert (ended.status_code, ended.headers["hx-refresh"]) == (401, "true")
    assert (await browser.opens("/desk")).headers["location"] == "/desk/sign-in"


def test_each_page_that_looks_on_by_itself_says_so() -> None:
    tags = [
        tag
        for page in (Path(web.__file__).parent / "templates").glob("*.html")
        for tag in re.findall(r'<[^>]*hx-trigger="(?:every|load)[^>]*>', page.read_text("utf-8"))
    ]
    assert len(tags) > 3
    assert [tag for tag in tags if """hx-headers='{"By-Itself": "1"}'""" not in tag] == []


async def test_a_session_ends_after_twelve_hours_whatever_is_done(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    browser = await desk.at_work("lan")
    for _ in range(36):
        assert (await browser.opens("/desk")).status_code == 200
        desk.clock.passes(minutes=20)
    assert (await browser.opens("/desk")).headers["location"] == "/desk/sign-in"


async def test_over_https_the_cookie_belongs_to_this_host_alone(desk: Desk) -> None:
    settings = desk.app.settings.model_copy(update={"public_url": "https://bot.example.org:443/"})
    app = App(settings, desk.app.shelf.library, desk.clock)
    browser = Browser(app, "https://bot.example.org", "192.0.2.7")
    cookie = (await browser.opens("/desk/sign-in")).headers["set-cookie"]
    name, *parts = (part.strip() for part in cookie.split(";"))
    assert name.startswith(f"__Host-{FORM_COOKIE}=")
    assert {part.lower() for part in parts} == {"httponly", "samesite=strict", "secure", "path=/"}
    assert (await browser.sends("/desk/sign-in", name="lan", password="x", code="1")).status_code == 422
    for host in ("192.0.2.1:8080", "bot.example.org:8080", "evil.example"):
        plain = await browser.http.get("/desk/sign-in", headers={"Host": host})
        assert (plain.status_code, "password" in plain.text) == (403, False), "a password must not go in the clear"
    browser.origin = "http://bot.example.org"
    assert (await browser.sends("/desk/sign-in", name="lan", password="x", code="1")).status_code == 403
    await browser.http.aclose()
    await app.database.close()


async def test_people_are_invited_and_changed_on_their_page(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    browser = await desk.at_work("lan", "/desk/people")
    link = await browser.sends("/desk/people", name=" 王小兰 ", role="reviewer")
    found = re.search(r"http://127\.0\.0\.1:8080(/desk/invitation/\w{64})", link.text)
    assert found
    assert (await desk.browser().opens(found[1])).status_code == 200
    number = {one.name: one.id for one in await desk.app.desk.everybody()}
    told = []
    for path, form in (
        ("", {"name": "王小兰", "role": "editor"}),
        ("", {"name": "a b", "role": "editor"}),
        (f"/{number['王小兰']}", {"change": "lock"}),
        (f"/{number['王小兰']}", {"change": "role", "role": "publisher"}),
        (f"/{number['lan']}", {"change": "lock"}),
        (f"/{number['lan']}", {"change": "role", "role": "editor"}),
        (f"/{number['lan']}", {"change": "remove"}),
        ("/99", {"change": "lock"}),
    ):
        await browser.opens("/desk/people")
        response = await browser.sends(f"/desk/people{path}", **form)
        told.append(response.headers["location"].partition("told=")[2])
    assert told == ["taken", "bad-name", "not-now", "done", "last", "last", "last", "unknown"]
    await browser.opens("/desk/people")
    again = await browser.sends(f"/desk/people/{number['王小兰']}", change="invite-again")
    assert found[1] not in again.text
    assert "/desk/invitation/" in again.text
    assert (await desk.browser().opens(found[1])).status_code == 410, "the link before is void"
    page = (await browser.opens("/desk/people?told=last")).text
    assert "这是最后一位管理员" in page
    assert "发布员" in page


async def test_a_new_role_holds_from_the_next_page_on(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    await desk.hires("mei", "reviewer")
    lan, mei = await desk.at_work("lan", "/desk/people"), await desk.at_work("mei")
    assert (await mei.opens("/desk/log")).status_code == 403
    number = {one.name: one.id for one in await desk.app.desk.everybody()}["mei"]
    await lan.sends(f"/desk/people/{number}", change="role", role="administrator")
    shown = (await mei.opens("/desk/log")).text
    assert "改成管理员" in shown
    assert PASSWORD not in shown


@pytest.mark.parametrize("form", [{}, {"role": ""}, {"role": "queen"}])
async def test_a_role_that_is_none_changes_and_logs_nothing(desk: Desk, form: dict[str, str]) -> None:
    await desk.hires("lan", "administrator")
    lan = await desk.at_work("lan", "/desk/people")
    number = (await desk.app.desk.everybody())[0].id
    assert (await lan.sends(f"/desk/people/{number}", change="role", **form)).status_code == 404
    assert "role" not in [row.entry.act async for row in AuditLog(desk.app.database).all()]


async def test_the_log_shows_a_code_that_it_has_no_words_for(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    await desk.app.desk_records.note(Entry(desk.clock(), "lan", "odd-act", "mei", "odd-end"))
    page = await (await desk.at_work("lan")).opens("/desk/log")
    assert (page.status_code, "odd-act mei — odd-end" in page.text) == (200, True)


async def test_keys_of_the_desk_are_not_in_the_database(desk: Desk) -> None:
    await desk.hires("lan", "administrator")
    found = await desk.app.desk_records.credentials("lan")
    assert found
    assert desk.secrets["lan"] not in found.box
    assert structs.asdict(found)["password"].startswith("$argon2id$")


NEW = "云朵 铅笔 十九 风车 桥"


async def changes_password(desk: Desk, browser: Browser, **fields: str) -> httpx.Response:
    await browser.opens("/desk/password")
    given = {"old": PASSWORD, "code": desk.code("lan"), "password": NEW, "again": NEW}
    return await browser.sends("/desk/password", **given | fields)


async def test_a_changed_password_ends_all_other_sessions(desk: Desk) -> None:
    await desk.hires("lan", "editor")
    here, elsewhere = desk.browser(), desk.browser()
    for browser in (elsewhere, here):
        await desk.signs_in(browser, "lan")
        desk.clock.passes(seconds=30)
    before = here.http.cookies[COOKIE]
    response = await changes_password(desk, here)
    assert (response.status_code, response.headers["location"]) == (303, "/desk/password?told=done")
    assert here.http.cookies[COOKIE] != before
    assert "口令改好了" in (await here.opens("/desk/password?told=done")).text
    assert (await elsewhere.opens("/desk")).headers["location"] == "/desk/sign-in"
    desk.clock.passes(seconds=30)
    assert WRONG in (await desk.signs_in(desk.browser(), "lan")).text
    assert (await desk.signs_in(desk.browser(), "lan", NEW)).status_code == 303
    rows = [row.entry async for row in AuditLog(desk.app.database).all() if row.entry.act == "password"]
    assert [(row.who, row.subject, row.outcome) for row in rows] == [("lan", "lan", "done")]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"old": "这不是原来的口令呀呀"}, "现在的口令或验证码不对"),
        ({"code": "000000"}, "现在的口令或验证码不对"),
        ({"again": PASSWORD}, "两遍口令不一样"),
        ({"password": "short", "again": "short"}, "至少要 12 个字"),
    ],
)
async def test_a_password_that_is_not_changed(desk: Desk, fields: dict[str, str], told: str) -> None:
    await desk.hires("lan", "editor")
    browser = desk.browser()
    await desk.signs_in(browser, "lan")
    desk.clock.passes(seconds=30)
    response = await changes_password(desk, browser, **fields)
    assert (response.status_code, told in response.text, NEW in response.text) == (422, True, False)
    assert (await browser.opens("/desk")).status_code == 200
    desk.clock.passes(seconds=30)
    assert (await desk.signs_in(desk.browser(), "lan")).status_code == 303, "the old one still holds"


async def test_guessing_an_old_password_is_slowed_down(desk: Desk) -> None:
    await desk.hires("lan", "editor")
    browser = await desk.at_work("lan")
    for _ in range(FREE_FAILURES):
        assert (await changes_password(desk, browser, old="错的错的错的错的错的错的")).status_code == 422
    late = await changes_password(desk, browser)
    assert (late.status_code, late.headers["retry-after"]) == (429, "1")


async def test_a_code_of_signing_in_changes_no_password(desk: Desk) -> None:
    await desk.hires("lan", "editor")
    browser = desk.browser()
    await desk.signs_in(browser, "lan")
    assert (await changes_password(desk, browser)).status_code == 422
    desk.clock.passes(seconds=30)
    assert (await changes_password(desk, browser)).status_code == 303
