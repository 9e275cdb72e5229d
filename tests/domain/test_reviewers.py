from bot.domain.reviewers import Reviewer, reviewer_at_desk, reviewer_with

LAN = Reviewer(("telegram:1", "desk:Ｌan"))


def test_a_desk_name_is_the_same_in_any_case_and_width() -> None:
    assert [reviewer_at_desk([LAN], account) for account in ("desk:lan", "desk:LAN", "desk:Ｌａｎ")] == [LAN] * 3
    assert reviewer_at_desk([LAN], "desk:lana") == Reviewer(("desk:lana",))


def test_other_accounts_are_compared_as_they_are() -> None:
    known = [Reviewer(("wechat:oAb",)), Reviewer(("wechat:oab",))]
    assert reviewer_with(known, "wechat:oab") == known[1]
    assert reviewer_with(known, "wechat:OAB") is None
