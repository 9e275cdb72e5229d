"""The chat page in a real browser."""

import json
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, Page, Route, expect

from bot.messages import Reply
from tests.web.stand_in import StandIn
from tests.web.walk import answers, say, walk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def open_chat(page: Page, base_url: str) -> None:
    await page.goto(base_url)
    await expect(page.get_by_role("log").get_by_role("button", name="更多")).to_be_visible()


async def test_ask_subscribe_vote_reload_by_keyboard(page: Page, base_url: str, stand_in: StandIn) -> None:
    await walk(page, base_url)
    assert len({message.sender.person for message in stand_in.heard}) == 1
    assert [message.text for message in stand_in.heard].count("/start") == 1


async def test_vote_whose_answer_was_lost_counts_once(page: Page, base_url: str, stand_in: StandIn) -> None:
    await open_chat(page, base_url)
    await page.get_by_role("button", name="好网民投票").click()
    vote = page.get_by_role("button", name="投 2 号")
    await expect(vote).to_be_visible()

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/api/chat", lose_the_answer)
    await vote.click()
    again = page.get_by_role("button", name="再试一次")
    await expect(again).to_be_visible()
    await expect(page.get_by_text("没有送到")).to_be_visible()
    await page.unroute("**/api/chat")
    await page.reload()
    await again.focus()
    await page.keyboard.press("Enter")
    await expect(answers(page).last).to_contain_text("投好了：2 号")
    await expect(again).to_have_count(0)
    first, second = stand_in.heard[-2:]
    assert first.id == second.id
    assert stand_in.ballots == {"web:person-1": 2}


async def test_server_that_cannot_store_is_asked_again(page: Page, base_url: str, stand_in: StandIn) -> None:
    await open_chat(page, base_url)
    stand_in.down = True
    await page.get_by_role("textbox").fill("紫荆云陪伴")
    await page.get_by_role("button", name="发送").click()
    await expect(page.get_by_text("刚才没能记下来")).to_be_visible()
    stand_in.down = False
    await page.get_by_role("button", name="再试一次").click()
    await expect(answers(page).last).to_contain_text("5000小时")
    await expect(page.get_by_text("刚才没能记下来")).to_have_count(0)


async def test_first_visit_that_fails_can_be_tried_again(page: Page, base_url: str, stand_in: StandIn) -> None:
    stand_in.down = True
    await page.goto(base_url)
    await expect(page.get_by_role("button", name="再试一次")).to_be_visible()
    stand_in.down = False
    await page.get_by_role("button", name="再试一次").click()
    await expect(page.get_by_role("button", name="今日一招")).to_be_visible()
    await expect(page.locator(".entry-mine .entry-text")).to_have_count(0)


async def test_text_is_never_markup(page: Page, base_url: str) -> None:
    await open_chat(page, base_url)
    await say(page, "<img src=x onerror=alert(1)><b>粗</b>")
    await say(page, "好网民投票")
    assert await page.locator(".log b, .log img, .log script").count() == 0
    await expect(page.locator(".entry-mine .entry-text").first).to_have_text("<img src=x onerror=alert(1)><b>粗</b>")
    await expect(answers(page).last).to_contain_text("<script>alert(1)</script>")


async def test_enter_while_composing_a_character_sends_nothing(page: Page, base_url: str) -> None:
    await open_chat(page, base_url)
    box = page.get_by_role("textbox")
    await box.fill("zijing")
    await box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "isComposing": True})
    await page.keyboard.press("Shift+Enter")
    await expect(page.locator(".entry-mine .entry-text")).to_have_count(0)
    await expect(box).to_have_value("zijing\n")


async def test_clear_empties_the_device_and_can_be_undone(page: Page, base_url: str) -> None:
    await open_chat(page, base_url)
    await say(page, "紫荆云陪伴")
    clear = page.get_by_role("button", name="清空")
    await clear.click()
    await expect(page.get_by_role("status")).to_contain_text("清空了")
    await expect(page.locator(".entry-mine .entry-text")).to_have_count(0)
    await page.get_by_role("button", name="撤销").click()
    await expect(page.locator(".entry-mine .entry-text")).to_have_text(["紫荆云陪伴"])
    await clear.click()
    await expect(answers(page)).to_have_count(1)
    await page.reload()
    await expect(answers(page)).to_have_count(1)
    await expect(page.locator(".entry-mine .entry-text")).to_have_count(0)


@pytest.mark.parametrize("mark", ["", " #en", " #hant"])
@pytest.mark.parametrize("typed", [True, False])
async def test_what_was_deleted_leaves_the_device_too(page: Page, base_url: str, mark: str, typed: bool) -> None:
    await open_chat(page, base_url)
    await say(page, "紫荆云陪伴")
    await say(page, f"删除我的资料{mark}")
    if typed:
        await page.get_by_role("textbox").fill("确定删除")
        await page.keyboard.press("Enter")
    else:
        await page.get_by_role("button", name="确定删除").click()
    for _ in range(2):
        await expect(page.locator(".entry-text")).to_have_text(["已经删好了。"])
        assert "紫荆" not in await page.evaluate("localStorage.getItem('haowangmin.history')")
        await page.reload()


async def test_deletion_that_failed_keeps_the_talk(page: Page, base_url: str, stand_in: StandIn) -> None:
    await open_chat(page, base_url)
    await say(page, "紫荆云陪伴")
    await say(page, "删除我的资料")
    stand_in.down = True
    await page.get_by_role("button", name="确定删除").click()
    again = page.get_by_role("button", name="再试一次")
    await expect(again).to_be_visible()
    await expect(page.locator(".entry-mine .entry-text").first).to_have_text("紫荆云陪伴")
    stand_in.down = False
    await again.click()
    await expect(page.locator(".entry-text")).to_have_text(["已经删好了。"])


async def test_history_keeps_the_last_hundred(page: Page, base_url: str) -> None:
    await open_chat(page, base_url)
    old = [{"who": "me", "id": str(n), "text": f"第 {n} 句", "at": 1, "state": "sent"} for n in range(120)]
    await page.evaluate("old => localStorage.setItem('haowangmin.history', old)", json.dumps(old))
    await page.reload()
    await say(page, "紫荆云陪伴")
    await page.reload()
    texts = page.locator(".entry-text")
    await expect(texts).to_have_count(100)
    await expect(texts.first).to_have_text("第 22 句")


@pytest.mark.parametrize("rubbish", ["{", "null", "7", '[null, 3, {"text": 5}]'])
async def test_broken_history_is_a_first_visit(page: Page, base_url: str, rubbish: str) -> None:
    await page.goto(f"{base_url}/static/icon.svg")
    await page.evaluate("rubbish => localStorage.setItem('haowangmin.history', rubbish)", rubbish)
    await open_chat(page, base_url)


async def test_works_where_the_browser_keeps_nothing(page: Page, base_url: str) -> None:
    refuse = "{ get() { throw new DOMException('no', 'SecurityError') } }"
    await page.add_init_script(f"Object.defineProperty(window, 'localStorage', {refuse})")
    await open_chat(page, base_url)
    await page.get_by_role("button", name="大字").click()
    await say(page, "紫荆云陪伴")
    await expect(answers(page).last).to_contain_text("5000小时")


async def test_unread_tip_is_shown_once_and_marked_seen(page: Page, base_url: str, stand_in: StandIn) -> None:
    await open_chat(page, base_url)
    at = datetime(2026, 11, 22, tzinfo=UTC)
    stand_in.letters["web:person-1"] = [("7", Reply("今日一招：收到链接先别点。"), at)]
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(page.get_by_text("收到链接先别点")).to_have_count(1)
    await page.wait_for_function("async () => !(await (await fetch('/api/inbox')).json()).messages.length")
    await page.reload()
    await expect(page.get_by_text("收到链接先别点")).to_have_count(1)


async def test_unread_tips_are_asked_for_every_minute(page: Page, base_url: str, stand_in: StandIn) -> None:
    await page.clock.install()
    await open_chat(page, base_url)
    stand_in.letters["web:person-1"] = [("7", Reply("今日一招"), datetime(2026, 11, 22, tzinfo=UTC))]
    await page.clock.run_for(61_000)
    await expect(answers(page).last).to_have_text("今日一招")


async def test_large_text_is_kept_on_all_pages(page: Page, base_url: str) -> None:
    size = "getComputedStyle(document.body).fontSize"
    await open_chat(page, base_url)
    normal = float((await page.evaluate(size)).removesuffix("px"))
    switch = page.get_by_role("button", name="大字")
    await expect(switch).to_have_attribute("aria-pressed", "false")
    await switch.click()
    large = float((await page.evaluate(size)).removesuffix("px"))
    assert large >= 1.3 * normal
    await page.goto(f"{base_url}/polls/nanyue-stories")
    assert await page.evaluate(size) == f"{large:g}px"
    await expect(page.get_by_role("button", name="大字")).to_have_attribute("aria-pressed", "true")


async def test_typed_words_enlarge_the_type_and_set_it_back(page: Page, base_url: str) -> None:
    size = "getComputedStyle(document.body).fontSize"
    await open_chat(page, base_url)
    normal = float((await page.evaluate(size)).removesuffix("px"))
    switch = page.locator("#size")
    await say(page, "大字")
    await expect(switch).to_have_attribute("aria-pressed", "true")
    assert float((await page.evaluate(size)).removesuffix("px")) >= 1.3 * normal
    await page.reload()
    await expect(switch).to_have_attribute("aria-pressed", "true")
    await say(page, "标准")
    await expect(switch).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("path", ["/", "/?lang=en", "/polls/nanyue-stories"])
@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_nothing_is_cut_off_in_large_text(page: Page, base_url: str, path: str, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 640})
    await page.goto(base_url + path)
    await page.locator("#size").click()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(wide) <= 0
    for box in [await e.bounding_box() for e in await page.locator("button:visible").all()]:
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] >= 44


CONTRASTS = """
() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
  };
  const light = (colour) => colour.slice(0, 3)
    .map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  return [...document.querySelectorAll("body *")]
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && e.offsetParent)
    .map((e) => [e.className + ":" + e.textContent.slice(0, 12),
                 ratio(light(parse(getComputedStyle(e).color)), light(ground(e)))]);
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_all_text_stands_out_from_its_ground(
    browser: Browser, base_url: str, stand_in: StandIn, scheme: str
) -> None:
    context = await browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = await context.new_page()
    await open_chat(page, base_url)
    await say(page, "好网民投票")
    stand_in.down = True
    await page.get_by_role("button", name="投 1 号").click()
    await expect(page.get_by_role("button", name="再试一次")).to_be_visible()
    found = await page.evaluate(CONTRASTS)
    await page.goto(f"{base_url}/polls/nanyue-stories")
    found += await page.evaluate(CONTRASTS)
    assert len(found) > 30
    assert [(text, ratio) for text, ratio in found if ratio < 4.5] == []
    await context.close()


async def test_page_in_english_talks_english(page: Page, base_url: str, stand_in: StandIn) -> None:
    await open_chat(page, f"{base_url}/?lang=en")
    assert stand_in.heard[0].text == "/start #en"
    await expect(page.get_by_role("button", name="Send")).to_be_visible()


async def test_screen_reader_hears_the_talk(page: Page, base_url: str) -> None:
    await open_chat(page, base_url)
    await expect(page.get_by_role("log", name="聊天记录")).to_have_attribute("aria-live", "polite")
    await expect(page.get_by_role("textbox", name="想问什么，写在这里")).to_be_visible()
    await expect(page.get_by_role("group", name="可以点这些")).to_have_count(1)
    await expect(page.get_by_role("heading", level=1)).to_have_text("网络素养小助手（开源版）")
    await expect(answers(page).first).to_have_attribute("lang", "zh-Hans")
    await page.goto(f"{base_url}/polls/nanyue-stories")
    row = page.get_by_role("row").nth(1)
    await expect(row.get_by_role("rowheader")).to_contain_text("紫荆云陪伴")
