"""The envelopes against others who read and write them: the platform's own sample, openssl, wechatpy; and all kinds."""

import base64
import os
import shutil
import struct
import subprocess
from datetime import UTC, datetime
from xml.etree import ElementTree

import httpx
import pytest
from wechatpy.crypto import WeChatCrypto
from wechatpy.events import EVENT_TYPES
from wechatpy.messages import MESSAGE_TYPES

from bot.channels.wechat.contacts import to_contact
from bot.channels.wechat.envelope import Envelopes, ciphertext_of
from bot.channels.wechat.payloads import field, parse, to_message
from tests.channels.wechat import payloads_recorded as recorded
from tests.channels.wechat.official_account import AES_KEY, APP_ID, NOW, STAMP, TOKEN, Call, call, elements
from tests.channels.wechat.served import Counter, channel_of, client_of, post

# 消息加解密说明, 示例代码: the sample that the platform hands out with its own programs. It is in 兼容模式.
SAMPLE_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SAMPLE_APP, SAMPLE_TOKEN = "wx2c2769f8efd9abc2", "spamtest"
SAMPLE_QUERY = {
    "timestamp": "1409735669",
    "nonce": "1320562132",
    "encrypt_type": "aes",
    "msg_signature": "5d197aaffba7e9b25a30732f161a50dee96bd5fa",
}
SAMPLE_SEALED = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXp"
    "bUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlp"
    "Kn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD"
    "1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)
SAMPLE_PLAIN = (
    "<ToUserName><![CDATA[gh_10f6c3c3ac5a]]></ToUserName><FromUserName><![CDATA[oyORnuP8q7ou2gfYjqLzSIWZf0rs]]>"
    "</FromUserName><CreateTime>1409735668</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[abcdteT]]></Content><MsgId>6054768590064713728</MsgId>"
)
SAMPLE_BODY = f"<xml>{SAMPLE_PLAIN}<Encrypt><![CDATA[{SAMPLE_SEALED}]]></Encrypt></xml>".encode()
PAYLOADS = {name: text for name, text in vars(recorded).items() if name.isupper()}
ALL_PAYLOADS = pytest.mark.parametrize("xml", PAYLOADS.values(), ids=PAYLOADS)
OPENSSL = shutil.which("openssl") or ""
with_openssl = pytest.mark.skipif(not OPENSSL, reason="no openssl found: install it to have it read our envelopes")


def envelopes() -> Envelopes:
    return Envelopes(app_id=APP_ID, token=TOKEN, aes_key=AES_KEY)


async def test_the_platforms_sample_is_answered(counter: Counter) -> None:
    channel = channel_of(
        counter,
        clock=lambda: datetime.fromtimestamp(1409735669, UTC),
        app_id=SAMPLE_APP,
        token=SAMPLE_TOKEN,
        aes_key=SAMPLE_KEY,
    )
    async with client_of(channel) as client:
        answer = await post(client, Call(SAMPLE_QUERY, SAMPLE_BODY))
        assert answer.status_code == 200
        assert read_by_wechatpy(answer).startswith("第 1 条：abcdteT")
    assert [(message.id, message.text) for message in counter.messages] == [("wx:6054768590064713728", "abcdteT")]


def read_by_wechatpy(answer: httpx.Response) -> str:
    """The text of our answer to the sample; the signature is checked too."""
    envelope = elements(answer.text)
    crypto = WeChatCrypto(SAMPLE_TOKEN, SAMPLE_KEY, SAMPLE_APP)
    xml = crypto.decrypt_message(answer.text, envelope["MsgSignature"], envelope["TimeStamp"], envelope["Nonce"])
    return elements(xml)["Content"]


@ALL_PAYLOADS
def test_wechatpy_seals_and_we_open(xml: str) -> None:
    sealed = elements(WeChatCrypto(TOKEN, AES_KEY, APP_ID).encrypt_message(xml, "nonce", STAMP))
    assert envelopes().signed(sealed["MsgSignature"], STAMP, "nonce", sealed["Encrypt"])
    assert envelopes().open(sealed["Encrypt"]).xml == xml


@ALL_PAYLOADS
def test_we_seal_and_wechatpy_opens(xml: str) -> None:
    sealed = envelopes().seal(xml, 0, NOW)
    told = elements(sealed)
    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    assert crypto.decrypt_message(sealed, told["MsgSignature"], told["TimeStamp"], told["Nonce"]) == xml


@with_openssl
@pytest.mark.parametrize("text", ["好", "长" * 600, "x" * 15, "x" * 16, ""])
def test_openssl_reads_what_we_seal(text: str) -> None:
    sealed = base64.b64decode(elements(envelopes().seal(text, 0, NOW))["Encrypt"])
    packed = openssl("-d", sealed)
    (length,) = struct.unpack(">I", packed[16:20])
    assert packed[20 : 20 + length].decode() == text
    assert packed[20 + length : -packed[-1]] == APP_ID.encode()
    assert 1 <= packed[-1] <= 32
    assert len(packed) % 32 == 0


@with_openssl
@pytest.mark.parametrize("text", ["好", "长" * 600, "x" * 15, "x" * 16, ""])
def test_we_read_what_openssl_seals(text: str) -> None:
    packed = os.urandom(16) + struct.pack(">I", len(text.encode())) + text.encode() + APP_ID.encode()
    count = 32 - len(packed) % 32
    sealed = base64.b64encode(openssl("-e", packed + bytes([count]) * count)).decode()
    assert envelopes().open(sealed).xml == text


def openssl(direction: str, data: bytes) -> bytes:
    key = base64.b64decode(AES_KEY + "=")
    command = [OPENSSL, "enc", direction, "-aes-256-cbc", "-nopad", "-K", key.hex(), "-iv", key[:16].hex()]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


@ALL_PAYLOADS
def test_the_fields_are_those_that_another_xml_reader_finds(xml: str) -> None:
    payload = parse(xml)
    for element in ElementTree.fromstring(xml):
        if not len(element):
            found = field(payload, element.tag)
            expected = element.text or ""
            if element.tag == "Event":  # wechatpy has names of its own for those who follow by a code, and no prefix
                found = found.removesuffix("_product").removesuffix("_scan")
            assert found == expected.removeprefix("qrscene_")


@ALL_PAYLOADS
def test_the_sealed_part_is_what_another_xml_reader_finds(xml: str) -> None:
    body = call(xml).body
    for written in (body, body.replace(b"<Encrypt>", b"<Encrypt >"), body.replace(b"</xml>", b"<AgentID/></xml>")):
        assert ciphertext_of(written) == ElementTree.fromstring(written).findtext("Encrypt")


MEANT = {
    **dict.fromkeys(("subscribe", "subscribe_scan", "subscribe_scan_product"), "/follow"),
    "scan": "/start",
    "unsubscribe": "/left",
    "user_authorization_cancellation": "/gone",
}


@pytest.mark.parametrize("event", sorted(EVENT_TYPES))
def test_every_event_that_wechatpy_knows_is_answered_or_let_pass(event: str) -> None:
    """All of them come with what 接收事件推送 promises for all; none is an error."""
    xml = recorded.SUBSCRIBE.replace("[subscribe]", f"[{event}]")
    incoming = to_message(xml, NOW)
    assert (incoming.message.text if incoming else None) == MEANT.get(event)
    to_contact(xml)


SENT_BY_PEOPLE = {"text", "image", "voice", "video", "shortvideo", "location", "link", "file"}


@pytest.mark.parametrize("kind", sorted({*MESSAGE_TYPES, "file", "music", "note", "miniprogrampage", "of_2030"}))
def test_every_kind_of_message_that_people_send_is_a_message_and_no_other(kind: str) -> None:
    xml = recorded.TEXT.replace("[text]", f"[{kind}]")
    incoming = to_message(xml, NOW)
    assert (incoming is not None) == (kind in SENT_BY_PEOPLE)
    assert incoming is None or incoming.message.wordless == (kind != "text")
    to_contact(xml)
