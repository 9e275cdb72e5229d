"""What was published at the desk over the authored files: said, retired, in conflict, broken, and never lost."""

from datetime import date
from typing import Any

import pytest
from msgspec import structs

from bot.content.written import faults_of
from bot.domain import features, knowledge
from bot.domain.answers import (
    Answer,
    Layer,
    Wanted,
    body_of,
    clashes,
    digest_of,
    laid_over,
    listed,
    missed,
    with_draft,
)
from bot.domain.entries import Entry
from bot.domain.knowledge import KnowledgeBase, Topic
from bot.domain.library import Library
from bot.domain.phrases import Phrases
from bot.domain.review import Review
from bot.domain.revisions import Revision
from bot.domain.tips import Tips
from tests.content_samples import TODAY
from tests.domain.test_knowledge import REPORT
from tests.domain.test_revisions import AT

WHAT = Entry("z-what", "z", "紫荆云陪伴是什么？", ("紫荆云陪伴", "云陪伴讲的啥"), "云支教。", source=REPORT)
HOURS = Entry("z-hours", "z", "辅导了多少小时？", ("辅导多久",), "超5000小时。", source=REPORT)
LINKS = Entry("l-qr", "l", "二维码能随便扫吗？", ("扫码安全吗",), "不能。")


def library(*entries: Entry) -> Library:
    topics = {"z": ("紫荆云陪伴", "campaigns/z.toml"), "l": ("链接", "guides/l.toml")}
    return Library(
        KnowledgeBase(entries),
        Tips(()),
        {},
        Phrases({}),
        topics=(Topic("z", topics["z"][0]),),
        guides=(Topic("l", topics["l"][0]),),
        reviews=tuple(Review(file) for _, file in topics.values()),
        files={entry.id: topics[entry.topic][1] for entry in entries},
    )


FILES = library(WHAT, HOURS, LINKS)
BEFORE = Layer(FILES, FILES, TODAY)


def published(answer: Answer, filed: Entry | None = None, number: int = 1, subject: str = "", **more: Any) -> Revision:
    name = subject or (answer.entry.id if answer.entry else filed.id if filed else "")
    values: dict[str, Any] = {"state": "published", "authors": ("desk:lan",), "second": "desk:bo"}
    values |= {"reason": "", "made_at": AT, "changed_at": AT, "over": 0, "body": body_of(answer)}
    return Revision(id=number, kind="entry", subject=name, base=digest_of(filed), **values | more)


def layer(*revisions: Revision, files: Library = FILES, day: date = TODAY) -> Layer:
    return laid_over(files, revisions, faults_of, Layer(files, files, day), len(revisions))


MENDED = structs.replace(WHAT, answer="一对一的云支教。", questions=(*WHAT.questions, "大学生陪孩子学习那个"))
NEW = Entry("z-new", "z", "孩子怎么参加？", ("我家孩子能参加吗",), "看学校通知。")


def test_what_is_published_is_said_in_its_place() -> None:
    found = layer(published(Answer(MENDED), WHAT))
    assert list(found.library.knowledge.entries) == ["z-what", "z-hours", "l-qr"]
    answer = found.library.knowledge.search("大学生陪孩子学习那个").answer
    assert answer
    assert answer.entry.answer == "一对一的云支教。"
    assert found.standing("z-what") == "live"
    assert found.filed("z-what") == WHAT, "the file's stays to be seen"
    assert (found.standing("z-hours"), found.standing("nobody")) == ("live", None)


def test_without_anything_published_the_files_are_what_they_are() -> None:
    assert layer().library is FILES


def test_a_new_entry_follows_those_of_its_topic() -> None:
    found = layer(published(Answer(NEW)))
    assert [entry.id for entry in found.library.knowledge.all_of("z")] == ["z-what", "z-hours", "z-new"]


def test_what_is_retired_is_not_said_and_keeps_its_text() -> None:
    found = layer(published(Answer(LINKS, retired=True), LINKS))
    assert "l-qr" not in found.library.knowledge.entries
    assert (found.standing("l-qr"), found.entry("l-qr")) == ("retired", LINKS)
    assert found.library.guides == (), "a topic without an answer is not offered"


def test_a_file_that_changed_under_it_is_a_conflict_and_the_desk_s_words_stay() -> None:
    edited = structs.replace(WHAT, answer="文件里改了。")
    found = layer(published(Answer(MENDED), WHAT), files=library(edited, HOURS, LINKS))
    laid = found.laid["z-what"]
    assert (laid.standing, laid.filed) == ("conflict", edited)
    assert found.library.knowledge.entries["z-what"] == MENDED
    kept = layer(published(Answer(MENDED), edited, 2), files=library(edited, HOURS, LINKS))
    assert kept.standing("z-what") == "live"
    taken = layer(published(Answer(), edited, 3), files=library(edited, HOURS, LINKS))
    assert (taken.standing("z-what"), taken.library.knowledge.entries["z-what"]) == ("live", edited)


def test_a_file_that_says_the_same_settles_it() -> None:
    found = layer(published(Answer(MENDED), WHAT), files=library(MENDED, HOURS, LINKS))
    assert found.standing("z-what") == "live"
    assert found.library is found.authored


def test_an_entry_whose_file_has_gone_is_a_conflict_and_still_said() -> None:
    found = layer(published(Answer(MENDED), WHAT), files=library(HOURS, LINKS))
    assert found.standing("z-what") == "conflict"
    assert "z-what" in found.library.knowledge.entries


def test_one_that_was_retired_while_its_file_changed_stays_silent_until_somebody_looks() -> None:
    edited = structs.replace(LINKS, answer="看清楚再扫。")
    found = layer(published(Answer(LINKS, retired=True), LINKS), files=library(WHAT, HOURS, edited))
    assert found.standing("l-qr") == "conflict"
    assert "l-qr" not in found.library.knowledge.entries


@pytest.mark.parametrize(
    ("revision", "fault"),
    [
        (published(Answer(MENDED), WHAT, body=b"{"), "unreadable"),
        (published(Answer(MENDED), WHAT, body=b'{"entry": {"id": 3}}'), "unreadable"),
        (published(Answer(MENDED), WHAT, body=b"\xff"), "unreadable"),
        (published(Answer(MENDED), WHAT, body=b"[" * 100_000), "unreadable"),
        (published(Answer(MENDED), WHAT, subject="z-hours"), "foreign"),
        (published(Answer(structs.replace(NEW, topic="gone"))), "topic"),
        (published(Answer(structs.replace(NEW, title=" "))), "rules"),
        (published(Answer(structs.replace(NEW, questions=()))), "rules"),
        (published(Answer(structs.replace(NEW, valid_until=TODAY))), "rules"),
    ],
)
def test_a_broken_row_is_left_out_and_told_and_the_others_are_said(revision: Revision, fault: str) -> None:
    found = layer(revision, published(Answer(structs.replace(LINKS, answer="当心。")), LINKS, 2))
    assert found.laid[revision.subject].fault == fault
    assert found.standing(revision.subject) == "broken"
    assert found.library.knowledge.entries["l-qr"].answer == "当心。"
    assert found.library.knowledge.entries["z-what"] == WHAT


def test_what_the_search_cannot_bear_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real = features.reading_of

    def reading(text: str) -> Any:
        if "参加" in text:
            raise ValueError(text)
        return real(text)

    monkeypatch.setattr(knowledge, "reading_of", reading)
    found = layer(published(Answer(NEW)), published(Answer(structs.replace(LINKS, answer="当心。")), LINKS, 2))
    assert found.laid["z-new"].fault == "unusable"
    assert found.library.knowledge.entries["l-qr"].answer == "当心。"


def test_what_is_on_now_ends_by_itself_and_the_file_holds_again() -> None:
    now = structs.replace(MENDED, valid_until=TODAY)
    assert layer(published(Answer(now), WHAT)).library.knowledge.entries["z-what"] == now
    later = layer(published(Answer(now), WHAT), day=date(2026, 11, 24))
    assert (later.standing("z-what"), later.library.knowledge.entries["z-what"]) == ("over", WHAT)


def test_two_persons_answer_for_what_they_published() -> None:
    assert len(FILES.unreviewed(TODAY)) == 2
    found = layer(published(Answer(structs.replace(LINKS, answer="当心。")), LINKS), published(Answer(NEW)))
    assert [review.file for review in found.library.unreviewed(TODAY)] == ["campaigns/z.toml"]
    by_file = {review.file: review for review in found.library.reviews}
    assert set(by_file) == {"campaigns/z.toml", "desk/l-qr", "desk/z-new"}, "of the guide's file nothing is left"
    review = by_file["desk/z-new"]
    assert (review.drafted_by, review.reviewed_by, review.reviewed_on) == ("lan", "bo", date(2026, 4, 1))


def test_only_what_changed_is_looked_at_again() -> None:
    asked: list[str] = []

    def rules(entry: Entry, day: date) -> list[tuple[str, str]]:
        asked.append(entry.id)
        return faults_of(entry, day)

    first = laid_over(FILES, [published(Answer(MENDED), WHAT)], rules, BEFORE, 1)
    again = laid_over(FILES, [published(Answer(MENDED), WHAT), published(Answer(NEW), None, 2)], rules, first, 2)
    assert asked == ["z-what", "z-new"]
    assert set(again.library.knowledge.entries) == {"z-what", "z-hours", "l-qr", "z-new"}


def test_a_draft_is_tried_without_being_said() -> None:
    found = layer()
    tried = with_draft(found, NEW)
    answer = tried.knowledge.search("我家孩子能参加吗").answer
    assert answer
    assert answer.entry == NEW
    assert not found.library.knowledge.search("我家孩子能参加吗").answer


def test_phrasings_that_another_entry_has() -> None:
    twice = structs.replace(NEW, questions=("扫码安全吗", "怎么参加"))
    assert clashes(FILES, twice) == [("扫码安全吗", LINKS)]
    assert clashes(FILES, structs.replace(twice, valid_until=TODAY)) == [], "what is on now may be asked alike"
    assert clashes(FILES, WHAT) == []
    assert "扫码安全吗" in missed(with_draft(BEFORE, twice), twice)
    assert missed(with_draft(BEFORE, NEW), NEW) == []


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Wanted(), ["z-hours", "z-what", "l-qr", "z-new"]),
        (Wanted("小时"), ["z-hours"]),
        (Wanted("輔導 小時"), ["z-hours"]),
        (Wanted("云陪伴讲的啥"), ["z-what"]),
        (Wanted("Z-WHAT"), ["z-what"]),
        (Wanted("红烧肉"), []),
        (Wanted(topic="l"), ["l-qr"]),
        (Wanted(state="retired"), ["l-qr"]),
        (Wanted(state="proposed"), ["z-hours"]),
        (Wanted(state="returned"), ["z-new"]),
        (Wanted(state="draft"), []),
        (Wanted(state="live"), ["z-hours", "z-what"]),
        (Wanted(state="conflict"), []),
    ],
)
def test_what_is_listed(wanted: Wanted, names: list[str]) -> None:
    found = layer(published(Answer(LINKS, retired=True), LINKS))
    waiting = published(Answer(structs.replace(HOURS, answer="近5000小时。")), HOURS, 2, state="proposed")
    draft = published(Answer(NEW), None, 3, state="returned")
    lines = listed(found, [waiting, draft], wanted)
    assert sorted(line.name for line in lines) == sorted(names)
    if not wanted.words and not wanted.topic and not wanted.state:
        assert [line.name for line in lines[:2]] == ["z-hours", "z-new"], "first what waits, then what is written on"
