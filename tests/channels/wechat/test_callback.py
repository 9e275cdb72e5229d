import asyncio

import httpx
import pytest

from bot.channels.wechat import tries
from bot.context import Crowded, Unavailable
from bot.messages import Message, Reply
from tests.channels.wechat import payloads_recorded as recorded
from tests.channels.wechat.official_account import (
    AES_KEY,
    NEXT_AES_KEY,
    OPENID,
    STAMP,
    call,
    read_answer,
    signature,
)
from tests.channels.wechat.served import Counter, channel_of, client_of, post

OLD_AES_KEY = "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210zyxwvut"
PATHS = ["/wechat/callback", "/wechat/callback/"]


@pytest.mark.parametrize("path", PATHS)
async def test_the_address_check_is_answered_with_its_echo(client: httpx.AsyncClient, path: str) -> None:
    query = {"signature": signature(STAMP, "n1"), "timestamp": STAMP, "nonce": "n1", "echostr": "4375<b>7"}
    answer = await client.get(path, params=query)
    assert (answer.status_code, answer.text) == (200, "4375<b>7")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", PATHS)
async def test_a_message_is_answered_in_the_same_call(client: httpx.AsyncClient, path: str) -> None:
    answer = await post(client, call(recorded.TEXT), path)
    fields = read_answer(answer)
    assert fields == {
        "ToUserName": OPENID,
        "FromUserName": "gh_7f083739789a",
        "CreateTime": STAMP,
        "MsgType": "text",
        "Content": "第 1 条：紫荆云陪伴是什么？\n\n【1】今日一招\n回复【】里的数字就能选，回复 0 回首页。",
    }
    assert answer.headers["content-type"].startswith("application/xml")


@pytest.mark.parametrize(
    "xml", [recorded.VIEW, recorded.LOCATION_REPORT, recorded.SUBSCRIBE_MESSAGE_POPUP, recorded.MASS_SENT]
)
async def test_success_where_nobody_waits(client: httpx.AsyncClient, counter: Counter, xml: str) -> None:
    answer = await post(client, call(xml))
    assert (answer.status_code, answer.text, counter.messages) == (200, "success", [])


async def test_success_where_nothing_is_said(client: httpx.AsyncClient, counter: Counter) -> None:
    async def say_nothing(_: Message) -> Reply:
        return Reply()

    counter.answer = say_nothing
    answer = await post(client, call(recorded.UNSUBSCRIBE))
    assert (answer.status_code, answer.text) == (200, "success")
    assert [message.text for message in counter.messages] == ["/left"]


@pytest.mark.parametrize(
    ("current", "previous", "used"),
    [
        (AES_KEY, "", AES_KEY),
        (NEXT_AES_KEY, "", NEXT_AES_KEY),
        (NEXT_AES_KEY, AES_KEY, AES_KEY),
        (NEXT_AES_KEY, AES_KEY, NEXT_AES_KEY),
    ],
)
async def test_the_answer_is_sealed_with_the_key_that_opened(
    counter: Counter, current: str, previous: str, used: str
) -> None:
    channel = channel_of(counter, aes_key=current, previous_aes_key=previous)
    async with client_of(channel) as client:
        fields = read_answer(await post(client, call(recorded.TEXT, aes_key=used)), aes_key=used)
        assert fields["Content"].startswith("第 1 条")
        stranger = await post(client, call(recorded.TEXT, aes_key=OLD_AES_KEY))
        assert stranger.status_code in (400, 403)


async def test_a_known_message_gets_its_first_reply_and_has_no_second_effect(
    client: httpx.AsyncClient, counter: Counter
) -> None:
    made = call(recorded.TEXT)
    answers = [await post(client, made), await post(client, made), await post(client, call(recorded.TEXT))]
    assert len({read_answer(answer)["Content"] for answer in answers}) == 1
    assert len(counter.messages) == 1


async def test_a_repeated_event_has_no_second_effect(client: httpx.AsyncClient, counter: Counter) -> None:
    for _ in range(2):
        assert (await post(client, call(recorded.CLICK_COMMAND))).status_code == 200
    assert [message.text for message in counter.messages] == ["/tip"]


async def test_three_tries_at_once_are_counted_once(client: httpx.AsyncClient, counter: Counter) -> None:
    async def slowly(message: Message) -> Reply:
        await asyncio.sleep(0.05)
        return await counter.count(message)

    counter.answer = slowly
    answers = await asyncio.gather(*(post(client, call(recorded.TEXT)) for _ in range(3)))
    assert [read_answer(answer)["Content"].split("：")[0] for answer in answers] == ["第 1 条"] * 3
    assert len(counter.messages) == 1


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (recorded.MENU_TEXT, "哎呀，刚才没能记下来，什么都没有改动。请过一会儿再发一次。"),
        (recorded.CLICK_COMMAND, "哎呀，刚才没能记下来，什么都没有改动。请过一会儿再发一次。"),
        (
            recorded.MENU_TEXT.replace("投票 3", "vote three"),
            "Sorry, that could not be saved and nothing was changed. Please send it again in a little while.",
        ),
    ],
)
async def test_who_could_not_be_counted_is_told_so(
    client: httpx.AsyncClient, counter: Counter, xml: str, said: str
) -> None:
    async def fail(_: Message) -> Reply:
        raise Unavailable

    counter.answer = fail
    assert read_answer(await post(client, call(xml)))["Content"] == said


async def test_success_at_once_where_too_many_wait(client: httpx.AsyncClient, counter: Counter) -> None:
    async def send_away(_: Message) -> Reply:
        raise Crowded

    counter.answer = send_away
    answer = await post(client, call(recorded.TEXT))
    assert (answer.status_code, answer.text) == (200, "success")


@pytest.mark.parametrize("fault", [Unavailable, Crowded])
@pytest.mark.parametrize("xml", [recorded.UNSUBSCRIBE, recorded.SUBSCRIBE])
async def test_what_nobody_will_say_again_is_asked_for_again_where_it_could_not_be_stored(
    client: httpx.AsyncClient, counter: Counter, fault: type[Unavailable], xml: str
) -> None:
    usual = counter.answer

    async def fail(_: Message) -> Reply:
        raise fault

    counter.answer = fail
    for _ in range(2):
        assert (await post(client, call(xml))).status_code == 503
    counter.answer = usual
    assert (await post(client, call(xml))).status_code == 200


@pytest.mark.parametrize(("xml", "status"), [(recorded.TEXT, 200), (recorded.UNSUBSCRIBE, 503)])
async def test_what_nobody_will_say_again_is_asked_for_again_where_there_is_no_room(
    client: httpx.AsyncClient, counter: Counter, monkeypatch: pytest.MonkeyPatch, xml: str, status: int
) -> None:
    monkeypatch.setattr(tries.Tries, "takes", lambda *_: False)
    assert (await post(client, call(xml))).status_code == status
    assert counter.messages == []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform hangs up, and we give up, after a moment."""
    monkeypatch.setattr(tries, "HANG_UP_SECONDS", 0.02)
    monkeypatch.setattr(tries, "DEADLINE_SECONDS", 0.02)


@pytest.mark.usefixtures("impatient")
async def test_slowness_is_silence_first_and_a_word_at_the_last_try(
    client: httpx.AsyncClient, counter: Counter
) -> None:
    thought = asyncio.Event()

    async def wait(message: Message) -> Reply:
        await thought.wait()
        return await counter.count(message)

    counter.answer = wait
    first = asyncio.create_task(post(client, call(recorded.TEXT)))  # the platform hears no answer, and hangs up
    await asyncio.sleep(0.01)
    second, third = [await post(client, call(recorded.TEXT)) for _ in range(2)]
    assert (second.status_code, second.content) == (503, b"")
    assert read_answer(third)["Content"].startswith("抱歉，这次有点慢")
    thought.set()
    assert read_answer(await post(client, call(recorded.TEXT)))["Content"].startswith("第 1 条")
    assert read_answer(await first)["Content"].startswith("第 1 条")
    assert len(counter.messages) == 1


@pytest.mark.usefixtures("impatient")
async def test_what_nobody_will_say_again_is_never_taken_before_it_is_stored(
    client: httpx.AsyncClient, counter: Counter
) -> None:
    stored = asyncio.Event()

    async def store(_: Message) -> Reply:
        await stored.wait()
        return Reply()

    counter.answer = store
    first = asyncio.create_task(post(client, call(recorded.UNSUBSCRIBE)))
    await asyncio.sleep(0.01)
    assert [(await post(client, call(recorded.UNSUBSCRIBE))).status_code for _ in range(2)] == [503, 503]
    stored.set()
    assert ((await first).status_code, (await first).text) == (200, "success")


async def test_the_channel_is_ready_and_waits_until_it_is_stopped(counter: Counter) -> None:
    channel = channel_of(counter)
    running = asyncio.create_task(channel.run())
    done, _ = await asyncio.wait({running}, timeout=0.02)
    assert not done
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await channel.close()
    assert (channel.name, channel.state) == ("wechat", "ready")
    assert not hasattr(channel, "send")
