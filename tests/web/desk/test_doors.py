"""Every door, every method, everybody: what is declared, and nothing else."""

import html
import re
from collections.abc import Sequence

import pytest

from bot.app import App
from bot.domain.answers import answer_in
from bot.domain.colleagues import ROLES
from bot.domain.revisions import STATES, Revision
from bot.storage.audit import AuditLog
from bot.web.desk.doors import Door, Doorkeeper, secure_origin
from bot.web.pages import Pages
from tests.web.desk.conftest import FORM_COOKIE, HERE, PASSWORD, Browser, Desk

NOBODY = ("anonymous", "expired", "locked")
ALL, DECIDING, LEADING = frozenset(ROLES), frozenset(ROLES) - {"editor"}, frozenset({"administrator"})
WRITING, PUBLISHING = frozenset(ROLES) - {"reviewer"}, frozenset({"publisher", "administrator"})
DRAFT, POLL = "/desk/polls/drafts/{number}", "/desk/polls/of/{poll}"
# Written here once more, apart from the code: a new door fails until somebody has said here whose it is.
OPEN_TO = {
    ("GET", "/desk"): ALL,
    ("GET", "/desk/sign-in"): ALL | set(NOBODY),
    ("POST", "/desk/sign-in"): ALL | set(NOBODY),
    ("POST", "/desk/sign-out"): ALL,
    ("GET", "/desk/password"): ALL,
    ("POST", "/desk/password"): ALL,
    ("GET", "/desk/invitation/{token}"): ALL | set(NOBODY),
    ("POST", "/desk/invitation/{token}"): ALL | set(NOBODY),
    ("GET", "/desk/stories"): ALL,
    ("GET", "/desk/public"): ALL,
    ("GET", "/desk/photos/{number}"): ALL,
    ("GET", "/desk/stories/{number}"): ALL,
    ("POST", "/desk/stories/{number}"): DECIDING,
    ("GET", "/desk/answers"): ALL,
    ("GET", "/desk/answers/new"): WRITING,
    ("POST", "/desk/answers/new"): WRITING,
    ("GET", "/desk/answers/of/{entry}"): ALL,
    ("POST", "/desk/answers/of/{entry}"): WRITING,
    ("GET", "/desk/answers/of/{entry}/asked"): ALL,
    ("GET", "/desk/answers/edit/{entry}"): WRITING,
    ("POST", "/desk/answers/edit/{entry}"): WRITING,
    ("GET", "/desk/answers/draft/{number}"): ALL,
    ("POST", "/desk/answers/draft/{number}"): WRITING,
    ("GET", "/desk/answers/draft/{number}/edit"): WRITING,
    ("POST", "/desk/answers/publish/{number}"): PUBLISHING,
    ("GET", "/desk/questions"): ALL,
    ("GET", "/desk/questions/{group}"): ALL,
    ("POST", "/desk/questions/{group}"): WRITING,
    ("GET", "/desk/broadcasts"): WRITING,
    ("GET", "/desk/broadcasts/new/notice"): WRITING,
    ("POST", "/desk/broadcasts/new/notice"): WRITING,
    ("GET", "/desk/broadcasts/drafts/{number}"): WRITING,
    ("POST", "/desk/broadcasts/drafts/{number}"): WRITING,
    ("GET", "/desk/broadcasts/drafts/{number}/edit"): WRITING,
    ("POST", "/desk/broadcasts/drafts/{number}/edit"): WRITING,
    ("POST", "/desk/broadcasts/drafts/{number}/decide"): PUBLISHING,
    ("GET", "/desk/broadcasts/{number}"): WRITING,
    ("POST", "/desk/broadcasts/{number}"): PUBLISHING,
    ("GET", "/desk/switch"): PUBLISHING,
    ("POST", "/desk/switch"): PUBLISHING,
    ("GET", "/desk/statistics"): ALL,
    ("GET", "/desk/statistics/{chart}.png"): ALL,
    ("GET", "/desk/statistics/{chart}.xlsx"): ALL,
    ("GET", "/desk/sheets"): ALL,
    ("GET", "/desk/sheets/{name}.csv"): ALL,
    ("GET", "/desk/sheets/{name}.xlsx"): ALL,
    ("GET", "/desk/service"): PUBLISHING,
    ("GET", "/desk/launch"): PUBLISHING,
    ("POST", "/desk/launch"): PUBLISHING,
    ("GET", "/desk/polls"): ALL,
    ("GET", "/desk/polls/write"): WRITING,
    ("POST", "/desk/polls/write"): WRITING,
    ("GET", DRAFT): ALL,
    ("POST", DRAFT): WRITING,
    ("POST", f"{DRAFT}/decision"): PUBLISHING,
    ("GET", f"{DRAFT}/preview"): ALL,
    ("GET", f"{DRAFT}/rules"): WRITING,
    ("POST", f"{DRAFT}/rules"): WRITING,
    ("GET", f"{DRAFT}/stories"): WRITING,
    ("POST", f"{DRAFT}/candidates"): WRITING,
    ("GET", f"{DRAFT}/candidates/{{option}}"): WRITING,
    ("POST", f"{DRAFT}/candidates/{{option}}"): WRITING,
    ("GET", POLL): ALL,
    ("POST", f"{POLL}/stop"): PUBLISHING,
    ("GET", f"{POLL}/bundle"): ALL,
    ("GET", "/desk/held"): ALL,
    ("GET", "/desk/held/{number}"): ALL,
    ("POST", "/desk/held/{number}"): PUBLISHING,
    ("GET", "/desk/sheets/answers/template.xlsx"): WRITING,
    ("POST", "/desk/sheets/answers"): WRITING,
    ("POST", "/desk/sheets/answers/drafts"): WRITING,
    ("GET", "/desk/tips"): ALL,
    ("GET", "/desk/tips/next"): ALL,
    ("GET", "/desk/tips/files"): ALL,
    ("GET", "/desk/tips/card/{name}"): ALL,
    ("GET", "/desk/tips/of/{name}"): ALL,
    ("GET", "/desk/tips/draft/{number}"): ALL,
    ("GET", "/desk/tips/new"): WRITING,
    ("POST", "/desk/tips/new"): WRITING,
    ("GET", "/desk/tips/of/{name}/edit"): WRITING,
    ("POST", "/desk/tips/of/{name}/edit"): WRITING,
    ("POST", "/desk/tips/of/{name}/undo"): WRITING,
    ("GET", "/desk/tips/draft/{number}/edit"): WRITING,
    ("POST", "/desk/tips/draft/{number}/edit"): WRITING,
    ("POST", "/desk/tips/draft/{number}"): WRITING,
    ("POST", "/desk/tips/publish/{number}"): PUBLISHING,
    ("GET", "/desk/review"): ALL,
    ("GET", "/desk/sheets/candidates/template.xlsx"): WRITING,
    ("POST", "/desk/sheets/candidates"): WRITING,
    ("POST", "/desk/sheets/candidates/drafts"): WRITING,
    ("GET", "/desk/sheets/tips/template.xlsx"): WRITING,
    ("POST", "/desk/sheets/tips"): WRITING,
    ("POST", "/desk/sheets/tips/drafts"): WRITING,
    ("GET", "/desk/sheets/stories/template.xlsx"): WRITING,
    ("POST", "/desk/sheets/stories"): WRITING,
    ("POST", "/desk/sheets/stories/drafts"): WRITING,
    ("GET", "/desk/people"): LEADING,
    ("POST", "/desk/people"): LEADING,
    ("POST", "/desk/people/{number}"): LEADING,
    ("GET", "/desk/log"): LEADING,
    ("GET", "/desk/{rest:path}"): ALL,
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FORM = {"name": "yun", "role": "editor", "change": "lock", "verdict": "approve", "code": "00000000"}


def doors(app: App) -> list[Door]:
    office = app._office()
    pages = Pages(app.shelf, app.services.operator)
    return office.doors(Doorkeeper(app.desk, app.switch, pages, "", b""), pages)


def filled(path: str, number: str) -> str:
    """With names of nothing in the gaps, and this number."""
    return re.sub(r"\{(\w+)\}", lambda gap: number if gap[1] in ("number", "option") else "no-such-thing", path)


async def who_comes(desk: Desk, who: str) -> Browser:
    """Somebody with a page of the desk before them, if they can have one."""
    if who == "anonymous":
        browser = desk.browser()
    else:
        browser = await desk.at_work("lan" if who in NOBODY else who)
    if who == "expired":
        desk.clock.passes(minutes=30)
    if who == "locked":
        everybody = {one.name: one.id for one in await desk.app.desk.everybody()}
        other = await desk.at_work("administrator", "/desk/people")
        assert (
            (await other.sends(f"/desk/people/{everybody['lan']}", change="lock")).headers["location"].endswith("done")
        )
    if who in NOBODY:
        await browser.opens("/desk/sign-in")
    return browser


async def test_the_table_names_every_door(desk: Desk) -> None:
    assert {(door.method, door.path) for door in doors(desk.app)} == set(OPEN_TO)
    served = {route.path for route in desk.app._web().routes() if getattr(route, "path", "").startswith("/desk")}  # type: ignore[attr-defined]
    assert served == {path for _, path in OPEN_TO}


@pytest.mark.parametrize("who", [*NOBODY, *ROLES])
async def test_every_door_and_method(desk: Desk, who: str) -> None:
    await desk.hires("lan", "administrator")
    for role in ROLES:
        await desk.hires(role, role)
    paths = [*sorted({path for _, path in OPEN_TO} - {"/desk/sign-out"}), "/desk/sign-out"]
    browser = await who_comes(desk, who)
    shown = browser.shown
    for path in paths:
        for method in METHODS:
            browser.shown = shown
            address = filled(path, "999")
            address = path.replace("{number}", "999").replace("{token}", "nobody-s").replace("{name}", "nobody-s")
            if method == "POST":
                response = await browser.sends(address, **FORM)
            else:
                response = await browser.http.request(method, address)
            open_to = OPEN_TO.get((method, path)) or (ALL if method == "GET" else None)  # a page that says so
            place = (who, method, path, response.status_code, response.headers.get("location"))
            if open_to is None:
                assert response.status_code == 405, place
                continue
            if who in open_to:
                assert response.status_code in (200, 303, 404, 410, 422), place
                if who in NOBODY:
                    assert response.headers.get("location") is None, place
            elif who in NOBODY:
                assert (response.status_code, response.headers["location"]) == (303, "/desk/sign-in"), place
            else:
                assert response.status_code == 403, place
            assert response.headers.get("location", "/desk").startswith("/desk"), place
            assert response.headers["cache-control"] == "no-store", place
            is_page = response.headers.get("content-type", "").startswith("text/html")
            assert ('action="/desk/sign-out"' in response.text) == (is_page and who not in NOBODY), place
            assert response.headers["x-frame-options"] == "DENY", place
            policy = response.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; connect-src 'self';"), place
            assert "frame-ancestors 'none'" in policy, place
            assert "unsafe" not in policy, place
    names = {one.name for one in await desk.app.desk.everybody()}
    assert ("yun" in names) == (who == "administrator")


@pytest.mark.parametrize("path", ["/desk/nothing", "/desk/sheets/answers", "/desk/people/1", "/desk/tips/publish/1"])
async def test_an_address_without_a_page_leads_back(desk: Desk, path: str) -> None:
    """Of a mistyped one, and of a form's that is loaded again."""
    await desk.hires("lan", "administrator")
    browser = await desk.at_work("lan")
    response = await browser.opens(path)
    assert (response.status_code, response.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "回到工作台" in response.text
    assert (await browser.opens("/desk/people/")).headers["location"] == "/desk/people"
    assert (await desk.browser().opens(path)).headers["location"] == "/desk/sign-in"


async def test_what_is_not_theirs_to_do_is_written_down(desk: Desk) -> None:
    await desk.hires("yun", "editor")
    await (await desk.at_work("yun")).opens("/desk/log")
    [row] = [row async for row in AuditLog(desk.app.database).all() if row.entry.act == "door"]
    assert (row.entry.who, row.entry.subject, row.entry.outcome) == ("yun", "/desk/log", "refused")


POSTS = [path for method, path in OPEN_TO if method == "POST"]


@pytest.mark.parametrize("path", POSTS)
async def test_forms_that_come_from_elsewhere_do_nothing(desk: Desk, path: str) -> None:
    await desk.hires("lan", "administrator")
    browser, other = await desk.at_work("lan", "/desk/people"), await desk.at_work("lan", "/desk/people")
    address = filled(path, "1")
    address = path.replace("{number}", "1").replace("{token}", "nobody-s").replace("{name}", "nobody-s")
    token, foreign = form_token(browser), form_token(other)
    assert token != foreign
    form, here = {**FORM, "form": token}, {"Origin": HERE}
    refused = {
        "no token": await browser.http.post(address, data=FORM, headers=here),
        "an empty token": await browser.http.post(address, data={**FORM, "form": ""}, headers=here),
        "another's token": await browser.http.post(address, data={**FORM, "form": foreign}, headers=here),
        "no origin": await browser.http.post(address, data=form),
        "null": await browser.http.post(address, data=form, headers={"Origin": "null"}),
        "foreign origin": await browser.http.post(address, data=form, headers={"Origin": "http://evil.example"}),
        "another port": await browser.http.post(address, data=form, headers={"Origin": "http://127.0.0.1:81"}),
        "JSON": await browser.http.post(address, json=form, headers=here),
    }
    assert {fault: response.status_code for fault, response in refused.items()} == {
        **dict.fromkeys(refused, 403),
        "JSON": 415,
    }
    assert all("没有做" in response.text for response in refused.values())
    assert [one.name for one in await desk.app.desk.everybody()] == ["lan"]
    assert (await browser.opens("/desk")).status_code == 200
    assert (await browser.http.post(address, data=form, headers=here)).status_code not in (403, 415), "this one is ours"


def form_token(browser: Browser) -> str:
    found = re.search(r'name="form" value="(\w{32})"', browser.shown)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("site", "client"),
    [(HERE, "192.0.2.7"), ("http://bot.example", "127.0.0.1"), ("http://bot.example", "192.0.2.7")],
)
async def test_without_https_it_opens_on_this_machine_alone(desk: Desk, site: str, client: str) -> None:
    browser = desk.browser(site, client)
    response = await browser.opens("/desk/sign-in")
    assert (response.status_code, "https" in response.text) == (403, True)
    assert "set-cookie" not in response.headers
    assert "password" not in response.text


@pytest.mark.parametrize("host", ["", "[", "127.0.0.1:x", "127.0.0.1.evil.example", "localhost.evil.example:8080"])
async def test_odd_hosts_are_not_here(desk: Desk, host: str) -> None:
    response = await desk.browser().http.get("/desk/sign-in", headers={"Host": host})
    assert response.status_code == 403 or host == "127.0.0.1:x"


@pytest.mark.parametrize(
    ("site", "origin"),
    [
        ("https://bot.example.org", "https://bot.example.org"),
        ("HTTPS://Bot.example.org:443/x", "https://bot.example.org"),
        ("https://bot.example.org:8443/", "https://bot.example.org:8443"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ("https://好网民.中国/", "https://xn--5us454bn6n.xn--fiqs8s"),
        (f"https://{'好' * 64}.中国", ""),
        *((site, "") for site in ("", "http://bot.example.org", "https://", "https://a:b", "https://[", "bot.example")),
    ],
)
def test_which_sites_are_secure(site: str, origin: str) -> None:
    assert secure_origin(site) == origin


async def test_the_cookie_on_this_machine(desk: Desk) -> None:
    cookie = (await desk.browser().opens("/desk/sign-in")).headers["set-cookie"]
    name, *parts = (part.strip() for part in cookie.lower().split(";"))
    assert name.startswith(f"{FORM_COOKIE}=")
    assert set(parts) == {"httponly", "samesite=strict", "path=/"}


async def test_big_and_odd_forms(desk: Desk) -> None:
    browser = desk.browser()
    await browser.opens("/desk/sign-in")
    assert (await browser.sends("/desk/sign-in", name="x" * 20_000)).status_code == 413
    form = "application/x-www-form-urlencoded"
    for body in (b"name=%FF%FE&form=1", b"\xff=1", "&".join(["a=1"] * 30).encode()):
        response = await browser.http.post(
            "/desk/sign-in", content=body, headers={"Origin": HERE, "Content-Type": form}
        )
        assert response.status_code in (400, 403)


LONG = "九点发现写错了，改了\n二十五分钟 <b>& 🎉"


def typed_in(browser: Browser) -> dict[str, str]:
    """What a page that keeps a form would send."""
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', browser.shown.partition("<main")[2])
    texts = re.findall(r'<textarea name="(\w+)"[^>]*>\n([^<]*)</textarea>', browser.shown)
    return {name: html.unescape(value) for name, value in (*hidden, *texts)}


async def test_what_was_typed_outlives_the_session(desk: Desk) -> None:
    """Half an hour without a page ends it, in the middle of a sentence."""
    await desk.hires("yun", "editor")
    browser = desk.browser()
    await desk.signs_in(browser, "yun")
    await browser.opens("/desk/answers/new")
    form = {"topic": "service", "title": "开不开门？", "questions": "开不开门", "answer": LONG, "act": "save"}
    desk.clock.passes(minutes=31)
    response = await browser.sends("/desk/answers/new", **form)
    assert (response.status_code, "登录过期了" in response.text) == (401, True)
    assert typed_in(browser) | form == typed_in(browser)
    kept = typed_in(browser)

    desk.clock.passes(seconds=30)
    assert (await desk.signs_in(browser, "yun")).headers["location"] == "/desk"
    here = {"Origin": HERE}
    response = await browser.http.post("/desk/answers/new", data=kept, headers=here)
    browser.shown = response.text
    assert (response.status_code, "你重新登录过" in response.text) == (403, True)
    assert await drafts(desk) == [], "nothing is done before somebody has looked"
    response = await browser.http.post("/desk/answers/new", data=typed_in(browser), headers=here)
    assert response.status_code == 303
    [draft] = await drafts(desk)
    answer = answer_in(draft)
    assert answer is not None
    assert answer.entry is not None
    assert answer.entry.answer == LONG


async def drafts(desk: Desk) -> Sequence[Revision]:
    return await desk.app.revisions.listed("entry", STATES, None, 10)


async def test_a_form_from_elsewhere_is_not_shown_again(desk: Desk) -> None:
    browser = desk.browser()
    await browser.opens("/desk/sign-in")
    for origin in ("http://evil.example", "null", ""):
        response = await browser.http.post("/desk/tips/new", data={"text": LONG}, headers={"Origin": origin})
        assert (response.status_code, response.headers["location"]) == (303, "/desk/sign-in")
    for path in ("/desk/password", "/desk/sign-in"):
        response = await browser.sends(path, old=PASSWORD, password=PASSWORD, name="云", form="wrong")
        assert PASSWORD not in response.text


async def test_what_is_too_large_is_called_so(desk: Desk) -> None:
    await desk.hires("yun", "editor")
    browser = await desk.at_work("yun", "/desk/tips/new")
    response = await browser.sends("/desk/tips/new", text="字" * 9000)
    assert (response.status_code, "太大了，一次最多 16 KB" in response.text) == (413, True)


ODD = ("9" * 5000, "-1", "1e3", "０", "%00")


@pytest.mark.parametrize("number", ODD)
async def test_odd_numbers_are_nobody_and_nothing(desk: Desk, number: str) -> None:
    await desk.hires("lan", "administrator")
    browser = await desk.at_work("lan")
    for path in (f"/desk/stories/{number}", f"/desk/photos/{number}", f"/desk/log?before={number}"):
        assert (await browser.http.get(path)).status_code in (200, 404)
    assert (await browser.sends(f"/desk/people/{number}", change="lock")).status_code in (303, 404)
