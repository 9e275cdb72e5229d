"""What is behind the desk's doors, put together: the table of all of them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.routing import Route

from bot.domain.desk import Actor, Desk
from bot.domain.editing import Editing
from bot.domain.figures import Statistics
from bot.domain.imports import Intake, UploadStore
from bot.domain.launch import TickStore
from bot.domain.questions import Inquiries
from bot.domain.reviewers import Reviewer
from bot.domain.revisions import RevisionReader
from bot.domain.service import Facts
from bot.domain.stories import Decision
from bot.domain.switch import Switch
from bot.web.desk.answers import MAX_ANSWER_FORM_BYTES, AnswersRoom, Previewer
from bot.web.desk.broadcasts import BroadcastsRoom, Notices
from bot.web.desk.doors import HOME, SIGN_IN, Door, Doorkeeper, lost
from bot.web.desk.entrance import OWN_PASSWORD, Entrance
from bot.web.desk.exports import SHEETS, Exported, ExportsRoom, Ledgers
from bot.web.desk.imports import ImportsRoom
from bot.web.desk.log import Log, LogRoom
from bot.web.desk.people import PeopleRoom
from bot.web.desk.polls import MOST_OF_RULES, PollsRoom, PollTools
from bot.web.desk.questions import QuestionsRoom
from bot.web.desk.service import ServiceRoom
from bot.web.desk.sheets import SheetsRoom
from bot.web.desk.statistics import STATISTICS, StatisticsRoom
from bot.web.desk.stories import ReviewedStories, StoriesRoom
from bot.web.desk.switch import SwitchRoom
from bot.web.desk.tips import TIPS, TipsRoom, TipTools
from bot.web.desk.votes import VotesRoom, VoteTools
from bot.web.pages import Pages
from bot.web.polls import Gallery


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the desk needs. `decide` writes down who of the desk does it; `site` is PUBLIC_URL."""

    desk: Desk
    stories: ReviewedStories
    decide: Callable[[Decision, Actor], Awaitable[str]]
    reviewers: tuple[Reviewer, ...]
    revisions: RevisionReader
    editing: Editing
    inquiries: Inquiries
    preview: Previewer
    published: Callable[[], None]
    notices: Notices
    switch: Switch
    facts: Callable[[], Awaitable[Facts]]
    ticks: TickStore
    polls: PollTools
    votes: VoteTools
    tips: TipTools
    log: Log
    statistics: Statistics
    exported: Exported
    ledgers: Ledgers
    intakes: Mapping[str, Intake]
    uploads: UploadStore
    gallery: Gallery
    clock: Callable[[], datetime]
    site: str
    key: bytes

    def routes(self, pages: Pages) -> list[Route]:
        keeper = Doorkeeper(self.desk, self.switch, pages, self.site, self.key)
        return [keeper.route(door) for door in self.doors(keeper, pages)]

    def doors(self, keeper: Doorkeeper, pages: Pages) -> list[Door]:
        """All of them: a door that does not stand here does not exist."""
        entrance = Entrance(self.desk, keeper, self.stories, self.revisions, self.votes.cases, pages)
        stories = StoriesRoom(self.stories, self.decide, self.reviewers, self.gallery, self.clock)
        answers = AnswersRoom(self.editing, self.inquiries, self.preview, self.reviewers, self.published)
        questions = QuestionsRoom(self.inquiries, self.editing)
        broadcasts = BroadcastsRoom(self.notices, self.reviewers, self.clock)
        switch = SwitchRoom(self.switch, self.clock)
        service = ServiceRoom(self.facts, self.ticks, self.clock)
        polls = PollsRoom(self.polls, self.stories, self.reviewers, self.clock)
        votes = VotesRoom(self.votes, self.reviewers, self.gallery, self.clock)
        people = PeopleRoom(self.desk, keeper)
        statistics = StatisticsRoom(self.statistics, self.gallery)
        exports = ExportsRoom(self.exported, self.ledgers, self.statistics, self.desk, self.clock)
        imports = ImportsRoom(self.intakes, self.uploads, self.desk, self.reviewers, self.clock)
        sheets = SheetsRoom(exports, imports)
        return [
            Door("GET", HOME, "desk", entrance.home),
            Door("GET", SIGN_IN, "nobody", entrance.ask),
            Door("POST", SIGN_IN, "nobody", entrance.sign_in),
            Door("POST", "/desk/sign-out", "desk", entrance.sign_out),
            Door("GET", OWN_PASSWORD, "desk", entrance.password),
            Door("POST", OWN_PASSWORD, "desk", entrance.change_password),
            Door("GET", "/desk/invitation/{token}", "nobody", entrance.invitation),
            Door("POST", "/desk/invitation/{token}", "nobody", entrance.accept),
            Door("GET", "/desk/stories", "stories.read", stories.queue),
            Door("GET", "/desk/public", "stories.read", stories.published),
            Door("GET", "/desk/photos/{number}", "stories.read", stories.photo),
            Door("GET", "/desk/stories/{number}", "stories.read", stories.story),
            Door("POST", "/desk/stories/{number}", "stories.decide", stories.decide),
            Door("GET", "/desk/answers", "answers.read", answers.list),
            Door("GET", "/desk/answers/new", "answers.write", answers.new),
            Door("POST", "/desk/answers/new", "answers.write", answers.write, MAX_ANSWER_FORM_BYTES),
            Door("GET", "/desk/answers/of/{entry}", "answers.read", answers.answer),
            Door("POST", "/desk/answers/of/{entry}", "answers.write", answers.turn),
            Door("GET", "/desk/answers/of/{entry}/asked", "answers.read", answers.asked),
            Door("GET", "/desk/answers/edit/{entry}", "answers.write", answers.edit),
            Door("POST", "/desk/answers/edit/{entry}", "answers.write", answers.write, MAX_ANSWER_FORM_BYTES),
            Door("GET", "/desk/answers/draft/{number}", "answers.read", answers.draft),
            Door("POST", "/desk/answers/draft/{number}", "answers.write", answers.change, MAX_ANSWER_FORM_BYTES),
            Door("GET", "/desk/answers/draft/{number}/edit", "answers.write", answers.rewrite),
            Door("POST", "/desk/answers/publish/{number}", "answers.publish", answers.publish),
            Door("GET", "/desk/questions", "answers.read", questions.list),
            Door("GET", "/desk/questions/{group}", "answers.read", questions.group),
            Door("POST", "/desk/questions/{group}", "answers.write", questions.settle),
            Door("GET", "/desk/broadcasts", "broadcasts.read", broadcasts.list),
            Door("GET", "/desk/broadcasts/new/notice", "broadcasts.write", broadcasts.new),
            Door("POST", "/desk/broadcasts/new/notice", "broadcasts.write", broadcasts.begin),
            Door("GET", "/desk/broadcasts/drafts/{number}", "broadcasts.read", broadcasts.draft),
            Door("POST", "/desk/broadcasts/drafts/{number}", "broadcasts.write", broadcasts.step),
            Door("GET", "/desk/broadcasts/drafts/{number}/edit", "broadcasts.write", broadcasts.edit),
            Door("POST", "/desk/broadcasts/drafts/{number}/edit", "broadcasts.write", broadcasts.save),
            Door("POST", "/desk/broadcasts/drafts/{number}/decide", "broadcasts.publish", broadcasts.decide),
            Door("GET", "/desk/broadcasts/{number}", "broadcasts.read", broadcasts.show),
            Door("POST", "/desk/broadcasts/{number}", "broadcasts.publish", broadcasts.order),
            Door("GET", "/desk/switch", "switch", switch.show),
            Door("POST", "/desk/switch", "switch", switch.turn),
            Door("GET", STATISTICS, "statistics", statistics.show),
            Door("GET", "/desk/statistics/{chart}.png", "statistics", statistics.picture),
            Door("GET", "/desk/statistics/{chart}.xlsx", "statistics", statistics.sheet),
            Door("GET", SHEETS, "statistics", sheets.show),
            Door("GET", "/desk/sheets/{name}.csv", "statistics", exports.csv),
            Door("GET", "/desk/sheets/{name}.xlsx", "statistics", exports.xlsx),
            Door("GET", "/desk/service", "service", service.show),
            Door("GET", "/desk/launch", "service", service.list),
            Door("POST", "/desk/launch", "service", service.tick),
            *_doors_of_polls(polls, votes),
            *imports.doors(),
            *_doors_of_tips(TipsRoom(self.tips, self.reviewers, self.gallery, pages, self.clock)),
            Door("GET", "/desk/people", "people", people.list),
            Door("POST", "/desk/people", "people", people.invite),
            Door("POST", "/desk/people/{number}", "people", people.amend),
            Door("GET", "/desk/log", "audit", LogRoom(self.log).list),
            Door("GET", "/desk/{rest:path}", "desk", lost),  # the last: it takes what is left
        ]


def _doors_of_polls(polls: PollsRoom, votes: VotesRoom) -> list[Door]:
    draft, of = "/desk/polls/drafts/{number}", "/desk/polls/of/{poll}"
    return [
        Door("GET", "/desk/polls", "polls.read", polls.list),
        Door("GET", "/desk/polls/write", "polls.write", polls.write),
        Door("POST", "/desk/polls/write", "polls.write", polls.begin, MOST_OF_RULES),
        Door("GET", draft, "polls.read", polls.draft),
        Door("POST", draft, "polls.write", polls.step),
        Door("POST", f"{draft}/decision", "polls.publish", polls.decide),
        Door("GET", f"{draft}/preview", "polls.read", polls.preview),
        Door("GET", f"{draft}/rules", "polls.write", polls.rules),
        Door("POST", f"{draft}/rules", "polls.write", polls.save_rules, MOST_OF_RULES),
        Door("GET", f"{draft}/stories", "polls.write", polls.stories),
        Door("POST", f"{draft}/candidates", "polls.write", polls.add),
        Door("GET", f"{draft}/candidates/{{option}}", "polls.write", polls.candidate),
        Door("POST", f"{draft}/candidates/{{option}}", "polls.write", polls.change_candidate),
        Door("GET", of, "polls.read", votes.poll),
        Door("POST", f"{of}/stop", "polls.publish", votes.stop),
        Door("GET", f"{of}/bundle", "polls.read", votes.bundle),
        Door("GET", "/desk/held", "polls.read", votes.held),
        Door("GET", "/desk/held/{number}", "polls.read", votes.case),
        Door("POST", "/desk/held/{number}", "polls.publish", votes.rule),
    ]


def _doors_of_tips(room: TipsRoom) -> list[Door]:
    tip, draft = f"{TIPS}/of/{{name}}", f"{TIPS}/draft/{{number}}"
    return [
        Door("GET", TIPS, "tips.read", room.year),
        Door("GET", f"{TIPS}/next", "tips.read", room.next),
        Door("GET", f"{TIPS}/files", "tips.read", room.export),
        Door("GET", f"{TIPS}/card/{{name}}", "tips.read", room.card),
        Door("GET", tip, "tips.read", room.tip),
        Door("GET", draft, "tips.read", room.draft),
        Door("GET", f"{TIPS}/new", "tips.write", room.write),
        Door("POST", f"{TIPS}/new", "tips.write", room.write_new),
        Door("GET", f"{tip}/edit", "tips.write", room.edit),
        Door("POST", f"{tip}/edit", "tips.write", room.edit_new),
        Door("POST", f"{tip}/undo", "tips.write", room.undo),
        Door("GET", f"{draft}/edit", "tips.write", room.write_on),
        Door("POST", f"{draft}/edit", "tips.write", room.save_on),
        Door("POST", draft, "tips.write", room.step),
        Door("POST", f"{TIPS}/publish/{{number}}", "tips.publish", room.decide),
        Door("GET", "/desk/review", "tips.read", room.review),
    ]
