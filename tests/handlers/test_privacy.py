import pytest

from tests.handlers.conftest import Talk, TalkOn

GROUP = "-1001789012345"


async def test_a_group_is_not_told_how_somebody_voted(talk_on: TalkOn) -> None:
    talk = talk_on("telegram")
    await talk.says("/vote nanyue-stories 3")
    assert "你投的" in (await talk.says("/stories")).text
    assert "你投的" not in (await talk.says("/stories", chat=GROUP)).text


@pytest.mark.parametrize("command", ["/me", "/forget yes", "/subscribe 08:00", "/pause", "/resume", "/unsubscribe"])
async def test_what_is_personal_stays_in_private(talk_on: TalkOn, command: str) -> None:
    talk = talk_on("telegram")
    await talk.says("/subscribe 09:00")
    for reply in (await talk.says(command, chat=GROUP), await talk.says(command, anonymous=True)):
        assert "私下" in reply.text
        assert not reply.buttons
    assert "早上 9:00" in (await talk.says("/me")).text


async def test_nothing_is_remembered_of_a_group(talk_on: TalkOn) -> None:
    talk = talk_on("telegram")
    await talk.says("/stories", chat=GROUP)
    await talk.says("/stories", anonymous=True)
    assert await talk.app.services.people.joined_at(talk.sender) is None


@pytest.mark.parametrize("mark", ["", " #en", " #hant"])
async def test_who_is_forgotten_leaves_nothing(talk: Talk, mark: str) -> None:
    await talk.says(f"/stories{mark}", message_id="old")
    await talk.says(f"/forget yes{mark}")
    assert await talk.app.services.people.joined_at(talk.sender) is None

    await talk.says(f"/stories{mark}", message_id="old")  # the platform delivers it again
    assert await talk.app.services.people.joined_at(talk.sender) is None


async def test_an_old_start_does_not_bring_back_who_left(talk_on: TalkOn) -> None:
    talk = talk_on("telegram")
    await talk.says("/start", message_id="old")
    await talk.says("/subscribe 08:00")
    await talk.says("/left", event=True)
    await talk.says("/start", message_id="old")
    assert "发不到" in (await talk.says("/me")).text


async def test_who_blocks_us_after_all_was_deleted_stays_forgotten(talk_on: TalkOn) -> None:
    talk = talk_on("telegram")
    await talk.says("订阅 8点")
    await talk.says("/forget yes")
    await talk.says("/left", event=True)
    assert await talk.app.services.people.joined_at(talk.sender) is None


async def test_a_zone_of_ones_own(talk: Talk) -> None:
    await talk.says("订阅 8点")
    assert "Europe/Berlin" in (await talk.says("时区 europe/berlin")).text
    assert "时区 Asia/Tokyo" in (await talk.says("时区 Mars/Olympus")).text
    subscription = await talk.app.services.subscriptions.of(talk.sender)
    assert subscription is not None
    assert subscription.zone == "Europe/Berlin"
    assert subscription.due_at is not None
    assert subscription.due_at.hour == 7  # 08:00 in Berlin's winter
