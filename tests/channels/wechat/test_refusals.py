import logging
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest

from bot.channels.wechat import callback
from bot.context import Unavailable
from bot.messages import Message, Reply
from tests.channels.wechat import payloads_recorded as recorded
from tests.channels.wechat.official_account import (
    AES_KEY,
    APP_ID,
    NEXT_AES_KEY,
    NOW,
    OPENID,
    STAMP,
    TOKEN,
    Call,
    call,
    encrypted,
    signature,
    signed_call,
)
from tests.channels.wechat.served import Counter, channel_of, client_of, post


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"signature": "é"},
        {"signature": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")},
        {"nonce": "n2"},
        {"timestamp": ""},
        {"timestamp": "soon"},
        {"timestamp": "9" * 4000},
        {"timestamp": "٣"},
        {"timestamp": "-1"},
    ],
)
async def test_a_forged_address_check_is_refused(client: httpx.AsyncClient, change: dict[str, str]) -> None:
    query = {"signature": signature(STAMP, "n1"), "timestamp": STAMP, "nonce": "n1", "echostr": "4375"}
    answer = await client.get("/wechat/callback", params=query | change)
    assert (answer.status_code, answer.content) == (403, b"")


async def test_an_address_check_without_anything_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/wechat/callback")).status_code == 403
    assert (await client.get("/wechat/callback", params={"msg_signature": signature()})).status_code == 403


@pytest.mark.parametrize("late", [-301, 301, 86400 * 365])
async def test_a_stale_timestamp_is_refused(client: httpx.AsyncClient, counter: Counter, late: int) -> None:
    stamp = str(int((NOW + timedelta(seconds=late)).timestamp()))
    answer = await post(client, call(recorded.TEXT, timestamp=stamp))
    assert (answer.status_code, counter.messages) == (403, [])
    query = {"signature": signature(stamp, "n"), "timestamp": stamp, "nonce": "n", "echostr": "1"}
    assert (await client.get("/wechat/callback", params=query)).status_code == 403


@pytest.mark.parametrize("late", [-300, 300])
async def test_a_timestamp_may_be_five_minutes_away(client: httpx.AsyncClient, late: int) -> None:
    stamp = str(int((NOW + timedelta(seconds=late)).timestamp()))
    assert (await post(client, call(recorded.TEXT, timestamp=stamp))).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"msg_signature": "0" * 40},
        {"msg_signature": ""},
        {"msg_signature": "é"},
        {"nonce": "other"},
        {"timestamp": str(int(STAMP) + 1)},
    ],
)
async def test_a_wrong_signature_is_refused(
    client: httpx.AsyncClient, counter: Counter, change: dict[str, str]
) -> None:
    made = call(recorded.TEXT)
    answer = await post(client, Call(made.query | change, made.body))
    assert (answer.status_code, answer.content, counter.messages) == (403, b"", [])


@pytest.mark.parametrize("name", ["timestamp", "nonce", "msg_signature", "signature"])
@pytest.mark.parametrize("other", ["", "0", None])
async def test_a_parameter_that_is_told_twice_is_refused(
    client: httpx.AsyncClient, counter: Counter, name: str, other: str | None
) -> None:
    made = call(recorded.TEXT)
    twice, rest = (name, made.query[name] if other is None else other), list(made.query.items())
    for pairs in (urlencode([twice, *rest]), urlencode([*rest, twice])):
        answer = await client.post("/wechat/callback", params=pairs, content=made.body)
        assert (answer.status_code, counter.messages) == (403, [])


async def test_the_plain_signature_is_not_enough(client: httpx.AsyncClient, counter: Counter) -> None:
    made = call(recorded.TEXT)
    plain = {name: value for name, value in made.query.items() if name != "msg_signature"}
    swapped = plain | {"msg_signature": made.query["signature"]}
    statuses = [(await post(client, Call(query, made.body))).status_code for query in (plain, swapped)]
    assert (statuses, counter.messages) == ([403, 403], [])


async def test_a_changed_ciphertext_is_refused(client: httpx.AsyncClient, counter: Counter) -> None:
    made, other = call(recorded.TEXT), call(recorded.MENU_TEXT)
    answer = await post(client, Call(made.query, other.body))
    assert (answer.status_code, counter.messages) == (403, [])


async def test_a_plaintext_body_is_refused(client: httpx.AsyncClient, counter: Counter) -> None:
    query = call(recorded.TEXT).query
    with_plain_signature = {"signature": signature(STAMP, "n"), "timestamp": STAMP, "nonce": "n"}
    for sent in (query, with_plain_signature):
        answer = await post(client, Call(sent, recorded.TEXT.encode()))
        assert (answer.status_code, counter.messages) == (403, [])


async def test_another_app_id_is_refused(client: httpx.AsyncClient, counter: Counter) -> None:
    answer = await post(client, call(recorded.TEXT, app_id="wxb11529c136998cb6"))
    assert (answer.status_code, counter.messages) == (403, [])


BODIES = [
    b"",
    b" ",
    b"x" * 100,
    b"\xff\xfe\x00",
    b"{}",
    b"<xml>",
    b"<xml></wrong>",
    b"<html><Encrypt>a</Encrypt></html>",
    b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
    b"<xml><Encrypt><a>b</a></Encrypt></xml>",
    b'<?xml version="1.0" encoding="no-such"?><xml/>',
    b'<!DOCTYPE xml [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>',
    b'<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>',
    b"<xml>" + b"<a>" * 10_000,
    b"<xml><Encrypt>a</Encrypt>" + b"<a/>" * 16_000 + b"</xml>",
]


@pytest.mark.parametrize("body", BODIES)
async def test_a_body_that_is_no_xml_is_malformed(client: httpx.AsyncClient, counter: Counter, body: bytes) -> None:
    answer = await post(client, Call(call(recorded.TEXT).query, body))
    assert (answer.status_code, answer.content, counter.messages) == (400, b"", [])


@pytest.mark.parametrize("body", [b"<xml/>", b"<xml>a</xml>", b"<xml><Encrypt></Encrypt></xml>"])
async def test_a_body_without_a_sealed_part_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    assert (await post(client, Call(call(recorded.TEXT).query, body))).status_code == 403


SEALED = {
    "a letter": "A",
    "padding": "====",
    "no base64": "网民",
    "marks": "!!!!",
    "no whole block": "QUJD",
    "without its end": encrypted(recorded.TEXT.encode())[:-4],
    "its beginning": encrypted(recorded.TEXT.encode())[:64],
    "nothing": encrypted(b""),
    "no text": encrypted(b"\xff\xfe\xfd"),
    "junk": encrypted(b"junk"),
    "half a message": encrypted(b"<xml><MsgType>text</MsgType></xml>"),
    "an entity": encrypted(b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>'),
    "another account": encrypted(b"a" * 16, app_id="\u7f51" * 4, padding=b"\x00" * 16),
    "another key": encrypted(recorded.TEXT.encode(), aes_key=NEXT_AES_KEY),
}


@pytest.mark.parametrize("sealed", SEALED.values(), ids=SEALED)
async def test_a_signed_part_that_does_not_open_is_refused(
    client: httpx.AsyncClient, counter: Counter, sealed: str
) -> None:
    answer = await post(client, signed_call(sealed))
    assert answer.status_code in (400, 403)
    assert (answer.content, counter.messages) == (b"", [])


async def test_a_signed_part_of_junk_is_malformed(client: httpx.AsyncClient) -> None:
    for sealed in ("A", "!!!!", "QUJD", encrypted(b""), encrypted(b"junk")):
        assert (await post(client, signed_call(sealed))).status_code == 400


async def test_a_body_of_over_64_kib_is_refused(client: httpx.AsyncClient, counter: Counter) -> None:
    query = call(recorded.TEXT).query
    statuses = [
        (await post(client, Call(query, b" " * size))).status_code
        for size in (callback.MAX_BODY_BYTES, callback.MAX_BODY_BYTES + 1, 8_000_000)
    ]
    assert (statuses, counter.messages) == ([400, 413, 413], [])


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_refused(client: httpx.AsyncClient, method: str) -> None:
    assert (await client.request(method, "/wechat/callback")).status_code == 405


async def test_another_account_is_refused_with_two_keys_too(counter: Counter) -> None:
    async with client_of(channel_of(counter, aes_key=NEXT_AES_KEY, previous_aes_key=AES_KEY)) as client:
        made = call(recorded.TEXT, app_id="wxb11529c136998cb6")
        assert (await post(client, made)).status_code == 403


@pytest.mark.parametrize("key", ["", "short", AES_KEY + "A", AES_KEY[:-1] + "\n", AES_KEY[:-1] + "网"])
def test_a_key_of_another_form_is_an_error_at_start(counter: Counter, key: str) -> None:
    with pytest.raises(ValueError, match="43"):
        channel_of(counter, aes_key=key)


async def test_no_secret_openid_or_text_is_logged(
    client: httpx.AsyncClient, counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: Message) -> Reply:
        raise Unavailable

    caplog.set_level(logging.DEBUG, logger="bot")
    good = call(recorded.TEXT)
    await post(client, good)
    counter.answer = fail
    await post(client, call(recorded.MENU_TEXT))
    for made in (
        Call(good.query | {"msg_signature": "bad"}, good.body),
        call(recorded.TEXT, app_id="wxb11529c136998cb6"),
        call(recorded.TEXT, timestamp="1"),
        Call(good.query, recorded.TEXT.encode()),
        *(signed_call(sealed) for sealed in SEALED),
        *(Call(good.query, body) for body in BODIES),
    ):
        assert (await post(client, made)).status_code in (400, 403)
    assert len(caplog.records) >= 4
    query = {value for name, value in good.query.items() if name != "encrypt_type"}
    for secret in {TOKEN, AES_KEY, APP_ID, OPENID, "紫荆云陪伴", "投票 3"} | query:
        assert secret not in caplog.text
