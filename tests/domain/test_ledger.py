from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ledger import Act, Ballot, Channel, ChannelCount, MerkleTree, Row, Tally, ballots_of, channel_code

AT = datetime(2026, 11, 23, 1, 2, 3, 456_000, UTC)
ANA, BEN = b"a" * 16, b"b" * 16

# Certificate Transparency's own test data (cpp/merkletree/merkle_tree_test.cc).
LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def root_of(leaves: Sequence[bytes]) -> bytes:
    tree = MerkleTree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def recursive_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + recursive_root(leaves[:k]) + recursive_root(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_root_is_that_of_certificate_transparency(size: int) -> None:
    assert root_of([bytes.fromhex(leaf) for leaf in LEAVES[:size]]).hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_the_streaming_root_is_the_recursive_one(leaves: list[bytes]) -> None:
    assert root_of(leaves) == recursive_root(leaves)


def test_asking_for_the_root_changes_nothing() -> None:
    tree = MerkleTree()
    for leaf in LEAVES[:3]:
        tree.add(bytes.fromhex(leaf))
    tree.root()
    tree.add(bytes.fromhex(LEAVES[3]))

    assert tree.root().hex() == ROOTS[4]


@given(st.lists(st.binary(max_size=4), max_size=40), st.integers(0, 40))
def test_a_tree_is_gone_on_with(leaves: list[bytes], stop: int) -> None:
    first = MerkleTree()
    for leaf in leaves[:stop]:
        first.add(leaf)
    second = MerkleTree(first.size, first.frontier)
    for leaf in leaves[stop:]:
        second.add(leaf)

    assert (second.size, second.root()) == (len(leaves), recursive_root(leaves))


def test_a_leaf_is_one_line_of_text() -> None:
    row = Row(7, bytes.fromhex("ab" * 16), 0, 3, AT)

    assert row.leaf() == b"7," + b"ab" * 16 + b",0,3,1795395723456"
    assert Row(8, row.voter, 0, None, AT).leaf() == b"8," + b"ab" * 16 + b",0,,1795395723456"


def test_a_leaf_ends_in_its_channel_or_in_what_was_decided() -> None:
    """As it is published: none of these words is ever used for something else."""
    rows = [Row(7, ANA, 0, 3, AT, channel=channel) for channel in Channel]
    assert [row.leaf().rpartition(b",")[2] for row in rows] == [b"telegram", b"wechat", b"web", b"terminal"]
    assert Row(8, ANA, 2, None, AT, Channel.WEB).leaf().endswith(b",2,,1795395723456,web")
    words = [Row(9, ANA, 0, None, AT, act=act).leaf() for act in sorted(Act)]
    assert [word.removeprefix(b"9," + ANA.hex().encode() + b",0,,1795395723456,") for word in words] == [
        *(b"released", b"excluded", b"held-burst", b"held-wave", b"held-flood", b"held-rhythm")
    ]
    assert [channel_code(name) for name in ("telegram", "terminal", "fax")] == [1, 4, None]


def test_what_is_held_is_counted_apart_and_a_channel_s_accounts_once() -> None:
    rows = [
        Row(1, ANA, 0, 1, AT, Channel.WEB),
        Row(2, ANA, 1, 2, AT, Channel.WEB),
        Row(3, ANA, 0, None, AT, act=Act.HELD_WAVE),
        Row(5, ANA, 2, 1, AT, Channel.WEB),
        Row(4, BEN, 0, 1, AT),
        Row(6, BEN, 0, None, AT, act=Act.HELD_BURST),
        Row(7, BEN, 0, None, AT, act=Act.EXCLUDED),
        Row(8, BEN, 0, None, AT, act=Act.RELEASED),
        Row(9, BEN, 1, 1, AT, Channel.TELEGRAM),
    ]
    tally = Tally()
    for ballot in ballots_of(rows):
        tally.add(ballot)

    assert (dict(tally.votes), dict(tally.held), tally.voters, tally.ballots) == ({1: 2}, {1: 2, 2: 1}, 2, 5)
    assert tally.channels == {
        "unknown": ChannelCount(1, 1),
        "telegram": ChannelCount(1, 1),
        "web": ChannelCount(3, 1),
    }


def test_a_withdrawal_leaves_no_ballot_and_can_be_taken_back() -> None:
    rows = [Row(1, ANA, 0, 1, AT), Row(4, ANA, 0, None, AT), Row(2, BEN, 0, 1, AT), Row(3, BEN, 0, None, AT)]
    rows.append(Row(5, BEN, 0, 2, AT))

    assert list(ballots_of(rows)) == [Ballot(BEN, 0, 2)]


def test_a_voter_with_two_slots_is_one_voter() -> None:
    rows = [Row(1, ANA, 1, 4, AT), Row(2, ANA, 0, 3, AT), Row(3, BEN, 0, 3, AT)]
    tally = Tally()
    for ballot in ballots_of(rows):
        tally.add(ballot)

    assert (tally.voters, dict(tally.votes)) == (2, {3: 2, 4: 1})
