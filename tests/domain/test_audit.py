from datetime import UTC, datetime

from bot.domain.audit import Entry, in_words

PHRASES = {"desk.act.lock": "停用", "desk.end.done": "好了。"}
AT = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


def test_a_row_is_readable_also_where_its_code_is_unknown() -> None:
    assert in_words(Entry(AT, "lan", "lock", "mei", "done"), PHRASES.__getitem__) == ("停用", "好了。")
    assert in_words(Entry(AT, "lan", "role", "mei", "odd"), PHRASES.__getitem__) == ("role", "odd")
