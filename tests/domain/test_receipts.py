import re

from bot.domain.receipts import receipt_code, receipts_key

KEY = receipts_key(b"k" * 32)


def test_each_row_has_a_receipt_of_its_own() -> None:
    codes = {receipt_code(KEY, seq, voter) for seq in range(1, 50) for voter in (b"a" * 16, b"b" * 16)}

    assert len(codes) == 98
    assert all(re.fullmatch("[A-Z2-7]{4}-[A-Z2-7]{4}", code) for code in codes)


def test_a_published_key_is_not_the_key_of_the_pseudonyms() -> None:
    assert KEY not in (b"k" * 32, receipts_key(b"l" * 32))
