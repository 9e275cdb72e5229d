import re

import pytest

from bot.channels.wechat.envelope import Envelopes
from bot.channels.wechat.refusals import Malformed
from tests.channels.wechat.official_account import AES_KEY, APP_ID, NEXT_AES_KEY, NOW, TOKEN, decrypted, encrypted


@pytest.fixture
def envelopes() -> Envelopes:
    return Envelopes(app_id=APP_ID, token=TOKEN, aes_key=NEXT_AES_KEY, previous_aes_key=AES_KEY)


def sealed_in(envelope: str) -> str:
    found = re.search(r"<Encrypt><!\[CDATA\[(.+?)\]\]>", envelope)
    assert found
    return found[1]


def test_each_message_opens_whatever_came_before_it(envelopes: Envelopes) -> None:
    for junk in ("", "QUJD", encrypted(b"<xml>1</xml>")[:-4], encrypted(b"\xff")):
        with pytest.raises(Malformed):
            envelopes.open(junk)
        for key, place in ((NEXT_AES_KEY, 0), (AES_KEY, 1)):
            opened = envelopes.open(encrypted("<xml>投票 3</xml>".encode(), aes_key=key))
            assert (opened.xml, opened.key) == ("<xml>投票 3</xml>", place)


def test_each_answer_can_be_read_by_itself(envelopes: Envelopes) -> None:
    for place, key in ((0, NEXT_AES_KEY), (1, AES_KEY), (0, NEXT_AES_KEY), (1, AES_KEY)):
        answers = [sealed_in(envelopes.seal("<xml>已记下</xml>", place, NOW)) for _ in range(3)]

        assert len(set(answers)) == 3
        assert [decrypted(answer, aes_key=key) for answer in answers] == ["<xml>已记下</xml>"] * 3
