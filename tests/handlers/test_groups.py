"""A group that takes the daily tip: its administrators decide, its members only read."""

import pytest

from bot.messages import Address
from tests.handlers.conftest import Talk, TalkOn

GROUP = "-1001789012345"
MOVED = "-1002233445566"


def of_group(talk: Talk, group: str = GROUP) -> Address:
    return Address(talk.sender.channel, group, group)


@pytest.fixture
def wing(talk_on: TalkOn) -> Talk:
    return talk_on("telegram")


@pytest.mark.parametrize("said", ["/subscribe 08:00", "订阅 早上8点", "每天早上八点"])
async def test_an_administrator_subscribes_the_group_and_not_herself(wing: Talk, said: str) -> None:
    reply = await wing.says(said, chat=GROUP, by_admin=True)
    assert "早上 8:00" in reply.text
    found = await wing.app.services.subscriptions.of(of_group(wing))
    assert found is not None
    assert (found.address, found.at.hour) == (of_group(wing), 8)
    assert await wing.app.services.subscriptions.of(wing.sender) is None
    assert "什么都没有" in (await wing.says("/me")).text


@pytest.mark.parametrize("command", ["/unsubscribe", "/pause", "/topics scams", "/zone 东京", "/for elders", "/weekly"])
async def test_what_is_the_groups_is_changed_by_administrators_alone(wing: Talk, command: str) -> None:
    await wing.says("/subscribe 08:00", chat=GROUP, by_admin=True)
    before = await wing.app.services.subscriptions.of(of_group(wing))

    refused = await wing.says(command, chat=GROUP, by_admin=False)
    assert "管理员" in refused.text
    assert refused.notice == refused.text
    assert not refused.asks_who
    unknown = await wing.says(command, chat=GROUP)
    assert unknown.asks_who
    assert await wing.app.services.subscriptions.of(of_group(wing)) == before

    await wing.says(command, chat=GROUP, by_admin=True)
    assert await wing.app.services.subscriptions.of(of_group(wing)) != before


async def test_an_anonymous_administrator_may_do_it_too(wing: Talk) -> None:
    await wing.says("/subscribe 08:00", chat=GROUP, anonymous=True, by_admin=True)
    assert await wing.app.services.subscriptions.of(of_group(wing)) is not None


@pytest.mark.parametrize("command", ["/me", "/forget yes", "/ballot", "/story", "/streak on"])
async def test_what_is_a_persons_own_stays_in_private_for_administrators_too(wing: Talk, command: str) -> None:
    reply = await wing.says(command, chat=GROUP, by_admin=True)
    assert "私下" in reply.text
    assert not reply.asks_who


async def test_a_group_that_throws_us_out_gets_no_more_until_it_takes_us_back(wing: Talk) -> None:
    await wing.says("/subscribe 08:00", chat=GROUP, by_admin=True)
    group = Talk(wing.app, "telegram", GROUP)
    await group.says("/left", event=True)
    found = await wing.app.services.subscriptions.of(of_group(wing))
    assert found is not None
    assert (found.state, found.due_at) == ("suspended", None)
    await group.says("/back", event=True)
    found = await wing.app.services.subscriptions.of(of_group(wing))
    assert found is not None
    assert found.state == "active"


async def test_a_group_that_moves_takes_its_tips_along(wing: Talk) -> None:
    await wing.says("/subscribe 08:00", chat=GROUP, by_admin=True)
    group = Talk(wing.app, "telegram", GROUP)
    await group.says(f"/moved {MOVED}", event=True)
    assert await wing.app.services.subscriptions.of(of_group(wing, MOVED)) is not None
    assert await wing.app.services.subscriptions.of(of_group(wing)) is None


async def test_nobody_can_type_that_a_group_has_moved(wing: Talk) -> None:
    await wing.says("/subscribe 08:00", chat=GROUP, by_admin=True)
    await wing.says(f"/moved {MOVED}", chat=GROUP, by_admin=True)
    assert await wing.app.services.subscriptions.of(of_group(wing)) is not None


async def test_a_number_in_a_group_does_not_mean_what_was_shown_in_private(wing: Talk) -> None:
    await wing.says("/forget")
    reply = await wing.says("1", chat=GROUP)
    assert "私下" not in reply.text
    assert "删" not in reply.text
