"""What operators read of a broadcast."""

from datetime import UTC, datetime
from functools import partial

import msgspec
import pytest

from bot.channels.wechat.outcomes import _CODES
from bot.commands.progress import as_json, report
from bot.domain.broadcasts import LASTS, Audited, Broadcast, Ends, Notice, Progress
from bot.messages import Outcome, Reply
from tests.shipped import shipped

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NOTICE = Notice(Reply("手机课改到二楼。"), "everyone", ("telegram", "wechat"), NOW + LASTS)
AUDITED = Audited(planned=12, sent=1, refused=8, unknown=1, expired=2)
PROGRESS = Progress(Broadcast(1, NOTICE, "terminal:lan", "done", NOW, 12, True, AUDITED), later=0)
ENDS = [
    Ends("refused", "window-closed", 4),
    Ends("refused", "forbidden", 2),
    Ends("expired", "not wanted any more", 2),
    Ends("refused", "unreachable", 1),
    Ends("refused", "errcode 99", 1),
    Ends("unknown", "timeout", 1),
]
SAY = partial(shipped().phrases.say, "zh")


def test_reasons_are_told_in_words_and_those_alike_together() -> None:
    assert report(SAY, PROGRESS, ENDS).splitlines()[2:] == [
        "被拒：4 条，48 小时里没有找我们说过话，微信不让发",
        "被拒：3 条，找不到人了：拉黑、取消关注或注销了账号",
        "过期：2 条，还没轮到就退订或暂停了",
        "被拒：1 条，别的原因（errcode 99）",
        "不明：1 条，平台没有答复，也许到了；为了不发两次，不再发",
    ]


def test_programs_get_the_codes() -> None:
    told = msgspec.json.decode(as_json(PROGRESS, ENDS))
    assert [end["reason"] for end in told["reasons"]] == [end.reason for end in ENDS]


# No notice is so, or goes by a consent.
NEVER = {"no-consent", "unknown-template", "template-fields", "empty", "too-long"}


@pytest.mark.parametrize(
    "code",
    sorted({s.reason for s in _CODES.values() if s.outcome in (Outcome.REFUSED, Outcome.UNREACHABLE)} - NEVER),
)
def test_what_wechat_may_say_has_its_words(code: str) -> None:
    assert code not in report(SAY, PROGRESS, [Ends("refused", code, 1)])
