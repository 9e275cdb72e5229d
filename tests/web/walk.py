"""The whole way of a person through the web chat, by keyboard alone; against any app that keeps the contracts."""

from typing import Any

from playwright.async_api import Locator, Page, expect

POLL = "nanyue-stories"


async def walk(page: Page, base_url: str) -> None:
    """Be welcomed, ask, subscribe, vote, change the vote, reload: the talk is there and nothing counted twice."""
    await page.goto(base_url)
    log = page.get_by_role("log")
    await expect(log.get_by_role("button", name="好网民投票").first).to_be_visible()
    before = await standing(page, base_url)

    await say(page, "紫荆云陪伴辅导了多少小时？")
    await expect(answers(page).last).to_contain_text("5000小时")
    await say(page, "订阅 8点")
    await expect(answers(page).last).to_contain_text("8:00")

    numbers = [option["number"] for option in before["options"]]
    for number in numbers[:2]:
        await say(page, "好网民投票")
        await expect(answers(page).last).to_contain_text("演示")
        choice = log.get_by_role("button", name=f"投 {number} 号").last
        await expect(choice).to_be_visible()
        count = await answers(page).count()
        await press(page, choice)
        await expect(answers(page)).to_have_count(count + 1)
        after = await standing(page, base_url)
        assert after["ballots"] == before["ballots"] + 1

    said = await page.locator(".entry-text").all_text_contents()
    await page.reload()
    await expect(page.locator(".entry-text")).to_have_count(len(said))
    assert await page.locator(".entry-text").all_text_contents() == said
    assert await standing(page, base_url) == after


def answers(page: Page) -> Locator:
    return page.locator(".entry-bot .entry-text")


async def say(page: Page, text: str) -> None:
    """Type a line into the box, reached by Tab, and send it with Enter; returns when it is answered."""
    count = await answers(page).count()
    await reach(page, page.get_by_role("textbox"))
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")
    await expect(answers(page)).to_have_count(count + 1)


async def press(page: Page, button: Locator) -> None:
    await reach(page, button)
    await page.keyboard.press("Enter")


async def reach(page: Page, target: Locator) -> None:
    """Move the focus to the target with Tab or Shift+Tab; a person sees where it is."""
    wanted = await target.element_handle()
    for key in ["Shift+Tab"] * 60 + ["Tab"] * 120:
        if await page.evaluate("wanted => document.activeElement === wanted", wanted):
            assert await page.evaluate("() => document.activeElement.matches(':focus-visible')")
            return
        await page.keyboard.press(key)
    raise AssertionError("the keyboard does not reach it")


async def standing(page: Page, base_url: str) -> dict[str, Any]:
    response = await page.request.get(f"{base_url}/api/polls/{POLL}")
    found: dict[str, Any] = await response.json()
    return found
