"""Passwords, the codes of an authenticator, and the chain of the log."""

from base64 import b32decode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidTag
from msgspec import structs

from bot.domain import codes, passwords
from bot.domain.audit import BEGINNING, Chain, Entry, Row, digest_of

NOW = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
PASSWORD, PEPPER = "茶壶 木星 慢跑 三十七 灯", b"p" * 32
# RFC 6238, appendix B, whose codes have eight digits; of them the last six.
RFC_SECRET = b"12345678901234567890"
RFC_CODES = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}


def test_a_password_is_known_again_and_kept_as_argon2id() -> None:
    stored = passwords.kept(PASSWORD, PEPPER)
    assert stored.startswith(f"$argon2id$v=19$m={passwords.MEMORY_KIB},t={passwords.PASSES},p=1$")
    assert passwords.fits(PASSWORD, stored, PEPPER)
    assert passwords.fits(PASSWORD.replace(" ", "\u3000"), stored, PEPPER)
    assert not passwords.fits(f"{PASSWORD} ", stored, PEPPER)
    assert not passwords.fits(PASSWORD, stored, b"q" * 32)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "short"),
        ("elevenchars", "short"),
        ("x" * 257, "long"),
        ("aaaaaaaaaaaa", "plain"),
        ("123456789012", "plain"),
        ("abcdefghijklm", "plain"),
        ("abababababab", "plain"),
        ("lanlan202611", "plain"),
        ("password1234", "plain"),
        ("Passw0rd!2024", "plain"),
        ("qwertyuiop12", "plain"),
        ("haowangmin2026", "plain"),
        ("好网民好网民20261130", "plain"),
        ("今天晚饭吃了三碗蒸米饭", "short"),
        ("今天的晚饭吃了三碗蒸米饭", ""),
        (PASSWORD, ""),
        (" ".join(f"{word}7" for word in ("茶壶", "木星", "慢跑", "灯")) * 4, ""),
        ("correct horse battery", ""),
    ],
)
def test_which_passwords_will_do(password: str, code: str) -> None:
    assert passwords.unfit(password, "lan") == code


@pytest.mark.parametrize(("at", "code"), RFC_CODES.items())
def test_codes_of_the_rfc(at: int, code: str) -> None:
    now = datetime.fromtimestamp(at, UTC)
    assert codes.matching_step(RFC_SECRET, code, now, -1) == at // 30
    assert codes.matching_step(RFC_SECRET, f"{code[:3]} {code[3:]}", now, -1) == at // 30
    assert codes.matching_step(RFC_SECRET, code, now, at // 30) is None, "used"
    for late in (30, -30) if at > 60 else ():
        assert codes.matching_step(RFC_SECRET, code, now + timedelta(seconds=late), -1) == at // 30
    for late in (60, -60) if at > 60 else ():
        assert codes.matching_step(RFC_SECRET, code, now + timedelta(seconds=late), -1) is None


@pytest.mark.parametrize("code", ["", "28708", "2870822", "abcdef", "２８７０８２", "287082\x00"])
def test_what_is_no_code(code: str) -> None:
    assert codes.matching_step(RFC_SECRET, code, datetime.fromtimestamp(59, UTC), -1) is None


def test_the_authenticator_is_told_the_secret() -> None:
    uri = urlsplit(codes.provisioning_uri(RFC_SECRET, "王小兰", "网络素养小助手"))
    fields = parse_qs(uri.query)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert b32decode(fields["secret"][0]) == b32decode(codes.in_groups(RFC_SECRET).replace(" ", "")) == RFC_SECRET
    assert fields["issuer"] == ["网络素养小助手"]


def test_a_sealed_secret_opens_for_its_name_and_key_alone() -> None:
    box = codes.sealed(RFC_SECRET, b"k" * 32, b"n" * 12, "lan")
    assert RFC_SECRET not in box
    assert codes.opened(box, b"k" * 32, "lan") == RFC_SECRET
    for key, name in ((b"j" * 32, "lan"), (b"k" * 32, "mei")):
        with pytest.raises(InvalidTag):
            codes.opened(box, key, name)


def _log(*acts: str) -> list[Row]:
    rows, before = list[Row](), BEGINNING
    for number, act in enumerate(acts, 1):
        entry = Entry(NOW, "lan", act, "mei", "done")
        before = digest_of(b"k", before, number, entry)
        rows.append(Row(number, entry, before))
    return rows


def _broken(rows: list[Row], key: bytes = b"k") -> list[int]:
    chain = Chain(key)
    return [row.number for row in rows if not chain.holds(row)]


def test_a_whole_log_holds() -> None:
    assert _broken(_log("invite", "lock", "unlock")) == []


@pytest.mark.parametrize("field", ["who", "act", "subject", "outcome"])
def test_a_changed_row_is_found(field: str) -> None:
    rows = _log("invite", "lock", "unlock")
    rows[1] = structs.replace(rows[1], entry=structs.replace(rows[1].entry, **{field: "bo"}))
    assert _broken(rows) == [2]


def test_a_row_that_is_left_out_put_in_or_moved_is_found() -> None:
    one, two, three = _log("invite", "lock", "unlock")
    assert _broken([one, three])[0] == 3
    assert _broken([two, three])[0] == 2
    assert _broken([one, two, two, three])[0] == 2
    assert _broken([one, structs.replace(three, number=2)])[0] == 2


def test_without_the_key_nobody_writes_a_log_that_holds() -> None:
    assert _broken(_log("invite"), key=b"other") == [1]
