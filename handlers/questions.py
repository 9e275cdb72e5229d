"""Answers from the authored entries, with their source and date, or an honest no."""

from datetime import datetime

from msgspec import Struct

from bot.context import Context, Services
from bot.domain.knowledge import Entry, Finding, Source, Topic
from bot.domain.library import Library
from bot.domain.questions import Became
from bot.domain.scope import asks_for_more, asks_what_is_on
from bot.domain.smalltalk import small_talk
from bot.domain.text import TRADITIONAL, clean, simplify, traditional
from bot.domain.urgent import delicate, recognise
from bot.messages import Address, Button, Message, Reply
from bot.router import MAX_TEXT_CHARACTERS, Router
from handlers.home import home_button, main_menu
from handlers.ratings import rating_buttons
from handlers.smalltalk import small_talk_text, talk_back
from handlers.urgent import urgent_text

router = Router()

TOPICS_ON_A_PAGE = 6
MENU_SIZE = 3
# Of an answer that is only looked at: the buttons below it are there, and rate nothing.
NO_TICKET = "-"


@router.command("ask", "问活动", "活动", "有什么活动", "有哪些活动", "ask")
async def offer_topics(context: Context) -> Reply:
    """The campaigns, a page at a time; `args` is the page."""
    topics = _what_is_on_first(context.library)
    pages = max(1, -(-len(topics) // TOPICS_ON_A_PAGE))
    page = min(max(int(context.args), 1), pages) if context.args.isdecimal() else 1
    shown = topics[(page - 1) * TOPICS_ON_A_PAGE : page * TOPICS_ON_A_PAGE]
    rows = [(_topic_button(context, topic),) for topic in shown]
    other = Button(context.say("ask.button.other"), f"/ask {page % pages + 1}")
    return Reply(
        context.say("ask.which"),
        buttons=(*rows, (other, home_button(context))),
        replaces=context.message.tapped,
    )


@router.command("entry", link="entry")
async def show_entry(context: Context) -> Reply:
    """The answer that a button names; `args` is the entry's id, and the ticket of the question if it is from a menu."""
    name, _, ticket = context.args.partition(" ")
    entry = context.library.knowledge.entries.get(name)
    if not entry:
        return Reply(context.say("ask.gone"), buttons=main_menu(context))
    if not (ticket and await context.services.questions.choose(ticket, entry.id, context.message.id)):
        ticket = await context.services.questions.keep_shown(
            entry.title, context.language, entry.id, context.now, context.message.id
        )
    return _answer(context, entry, ticket)


async def answer_question(context: Context) -> Reply:
    """Whatever is no command is a question, or asks nothing."""
    text = simplify(context.args)
    topic = await _topic_now(context) if asks_for_more(text) else None
    if topic:
        return await _offer_more(context, topic)
    said = small_talk(text)
    return talk_back(context, said) if said else await _search(context)


async def _offer_more(context: Context, topic: Topic) -> Reply:
    """The entries of a topic that come after those last offered."""
    shown = frozenset(button.command for button in (await context.conversation()).menu)
    buttons = {entry.id: _entry_button(context, entry) for entry in context.library.knowledge.all_of(topic.id)}
    last = max((at for at, button in enumerate(buttons.values()) if button.command in shown), default=-1)
    others = [*buttons.values()][last + 1 :] or [*buttons.values()]
    rows = [(button,) for button in others[:MENU_SIZE]]
    return Reply(context.say("ask.more"), buttons=(*rows, (home_button(context),)), topic=topic.id)


async def _search(context: Context) -> Reply:
    finding, asked = await _find(context)
    finding = _spared(context.args, finding)
    ticket = await _keep(context, asked, finding)
    if finding.answer:
        return _answer(context, finding.answer.entry, ticket)
    text = finding_text(context.library, context.language, context.args, finding)
    if not finding.suggestions and asks_what_is_on(simplify(context.args)):
        return Reply(text, buttons=((Button(context.say("home.button.ask"), "/ask"),), (home_button(context),)))
    if not finding.suggestions:
        if not ticket:  # somebody may be in trouble: nothing is offered but the way home
            return Reply(text, buttons=((home_button(context),),))
        return Reply(f"{text}\n{context.say('ask.noted')}", buttons=main_menu(context))
    chosen = "" if finding.beyond else ticket
    rows = [(_entry_button(context, match.entry, chosen),) for match in finding.suggestions]
    # Of all that is on the menu shows the first; the list of topics begins with it.
    more = (Button(context.say("home.button.ask"), "/ask"),) if asks_what_is_on(simplify(context.args)) else ()
    return Reply(text, buttons=(*rows, (*more, home_button(context))))


def _spared(question: str, finding: Finding) -> Finding:
    """Nobody who may be in trouble is asked which of the near entries was meant."""
    return Finding() if delicate(question) and not finding.answer else finding


async def _keep(context: Context, asked: str, finding: Finding) -> str:
    """Keep the question for those who write the answers; returns its ticket."""
    entry = finding.answer.entry.id if finding.answer else ""
    message = context.message
    return await context.services.questions.keep(
        asked, context.language, _what_became(finding), entry, message.at, message.id
    )


def _what_became(finding: Finding) -> Became:
    """What is only near, and does not hold what is asked, is no answer: to choose it proposes no phrasing."""
    if finding.answer:
        return Became.ANSWERED
    return Became.MENU if finding.suggestions and not finding.beyond else Became.UNANSWERED


async def _find(context: Context) -> tuple[Finding, str]:
    """The answer to the question by itself; shortly after another, as one about the same topic if it names none.

    With it comes the question as it can be understood later, when nobody knows what was said before.
    """
    knowledge = context.library.knowledge
    alone = knowledge.search(context.args)
    if asks_what_is_on(simplify(context.args)):
        return alone, context.args
    if alone.answer and knowledge.is_named(alone.answer.entry.topic, context.args):
        return alone, context.args
    topic = await _topic_now(context)
    if not topic or not knowledge.follows(context.args, topic):
        return alone if alone.answer else await _chosen(context, alone), context.args
    followed = knowledge.follow_up(context.args, topic)
    if not followed and alone.answer:
        return alone, context.args
    return followed or await _chosen(context, alone), f"{topic.title} {context.args}"


async def _topic_now(context: Context) -> Topic | None:
    return context.library.topic((await context.conversation()).topic_now(context.now))


async def _chosen(context: Context, unsure: Finding) -> Finding:
    """What the second opinion picks from the menu, where there is one."""
    chooser = context.services.chooser
    if not chooser or unsure.beyond or not unsure.suggestions:
        return unsure
    name = await chooser.choose(context.args, tuple(match.entry for match in unsure.suggestions))
    return Finding(next((match for match in unsure.suggestions if match.entry.id == name), None), unsure.suggestions)


class Named(Struct, frozen=True):
    """An entry as it is offered."""

    entry: str
    title: str


class Explanation(Struct, frozen=True):
    """What would be answered, and why. `answered` is false where the reply only says what is not known."""

    question: str
    answered: bool
    entry: str | None
    text: str
    score: float
    source: Source | None
    suggestions: tuple[Named, ...]


def explain(library: Library, question: str) -> Explanation:
    """The answer to a question by itself, as to a new person; nothing is stored or done."""
    language = library.manner_of(clean(question))
    matter = recognise(question)
    if is_too_long(question) and not matter:
        return _unread(library, language, question)
    finding = Finding() if matter else _spared(question, library.knowledge.search(question))
    entry = finding.answer.entry if finding.answer else None
    matches = (finding.answer,) if finding.answer else finding.suggestions
    offered = library.knowledge.related(entry) if entry else tuple(match.entry for match in finding.suggestions)
    text = urgent_text(library, language, matter) if matter else _said_to(library, language, question, finding)
    return Explanation(
        question=question,
        answered=entry is not None and not entry.unsaid,
        entry=entry.id if entry else None,
        text=traditional(text) if language == TRADITIONAL else text,
        score=round(max((match.score for match in matches), default=0.0), 4),
        source=entry.source if entry else None,
        suggestions=tuple(Named(other.id, other.title) for other in offered),
    )


def is_too_long(question: str) -> bool:
    """Whether a talk would not take it."""
    return len(clean(question)) > MAX_TEXT_CHARACTERS


def _unread(library: Library, language: str, question: str) -> Explanation:
    """What is too long for a talk is not searched for either."""
    text = library.phrases.say(language, "error.too_long", limit=MAX_TEXT_CHARACTERS)
    return Explanation(question, False, None, traditional(text) if language == TRADITIONAL else text, 0.0, None, ())


def _said_to(library: Library, language: str, question: str, finding: Finding) -> str:
    said = small_talk(simplify(question))
    return small_talk_text(library, language, said) if said else finding_text(library, language, question, finding)


def finding_text(library: Library, language: str, question: str, finding: Finding) -> str:
    """What is said to a finding: the answer, the question which one is meant, or that nothing is known."""
    if finding.answer:
        return answer_text(library, language, finding.answer.entry)
    if finding.suggestions:
        return library.phrases.say(language, "ask.beyond" if finding.beyond else "ask.did_you_mean")
    if asks_what_is_on(simplify(question)):
        return library.phrases.say(language, "ask.nothing_on")
    return library.phrases.say(language, "ask.delicate" if delicate(question) else "ask.unknown")


def answer_text(library: Library, language: str, entry: Entry) -> str:
    """The authored answer with its source and date."""
    text = entry.english if language == "en" and entry.english else entry.answer
    if not entry.source:
        return text
    source = library.phrases.say(
        language,
        "answer.source",
        publisher=entry.source.publisher,
        title=entry.source.title,
        date=entry.source.date.isoformat(),
        holds=_how_long_it_holds(library, language, entry),
    )
    return f"{text}\n\n{source}"


def _how_long_it_holds(library: Library, language: str, entry: Entry) -> str:
    if entry.valid_until:
        return library.phrases.say(language, "answer.valid_until", date=entry.valid_until.isoformat())
    return library.phrases.say(language, "answer.as_of_the_report")


def _answer(context: Context, entry: Entry, ticket: str) -> Reply:
    """The answer with others of its topic; it can be rated but for a question that is not kept."""
    text = answer_text(context.library, context.language, entry)
    others = [(_entry_button(context, other),) for other in context.library.knowledge.related(entry)]
    ratings = [rating_buttons(context, ticket)] if ticket else []
    return Reply(text, buttons=(*others, *ratings, (home_button(context),)), topic=entry.topic)


def as_answered(library: Library, services: Services, entry: Entry, language: str, now: datetime) -> Reply:
    """The reply in which an entry comes to who asks for it in this language; nothing is stored."""
    nobody = Message("", Address("", "", ""), "", now)
    return _answer(Context(nobody, "", language, library, services), entry, NO_TICKET)


def _topic_button(context: Context, topic: Topic) -> Button:
    """The first entry of a topic says what is on now, or else what it is."""
    label = topic.english_title if context.language == "en" and topic.english_title else topic.title
    return Button(label, f"/entry {context.library.knowledge.first_of(topic.id).id}")


def _what_is_on_first(library: Library) -> tuple[Topic, ...]:
    """The campaigns; before the others those of which the operators say something now."""
    now = {entry.topic for entry in library.knowledge.current}
    return tuple(sorted(library.topics, key=lambda topic: topic.id not in now))


def _entry_button(context: Context, entry: Entry, ticket: str = "") -> Button:
    """With the ticket of a question, that this entry was meant is noted."""
    label = entry.english_title if context.language == "en" and entry.english_title else entry.title
    return Button(label, f"/entry {entry.id} {ticket}".rstrip())
