"""What can be sent on into any chat: answers, stories, tips and open polls, for the words that somebody types there."""

from bot.context import Context
from bot.domain.cards import plain_text
from bot.domain.entries import Entry, Finding
from bot.domain.polls import Poll
from bot.domain.smalltalk import SmallTalk, small_talk
from bot.domain.stories import Story, pages_of
from bot.domain.text import simplify
from bot.domain.times import home_date
from bot.domain.tips import Tip
from bot.domain.urgent import delicate, recognise
from bot.messages import Link, Offer, Offers
from handlers.polls import heading, state_line, title_of
from handlers.questions import answer_text
from handlers.smalltalk import small_talk_text
from handlers.stories import public_text
from handlers.urgent import urgent_text

MAX_OFFERS = 10
MAX_POLLS = 3
MAX_STORIES = 3
MAX_TIPS = 3


async def offer(context: Context) -> Offers:
    """What has to do with `args`; with no words a few useful things. What cannot wait is said first, and alone."""
    alone = _alone(context)
    if alone:
        return Offers((Offer(context.say("share.read_first"), alone, alone),))
    text = simplify(context.args)
    usual = _usual(context)
    if not text or small_talk(text):
        return Offers(usual, context.say("share.invitation"))
    finding = context.library.knowledge.search(context.args)
    found = (
        *(one for one in usual if text in simplify(one.title)),
        *_answers(context, finding),
        *(await _stories(context)),
        *(_tip(context, tip) for tip in context.library.tips.with_words(text)[:MAX_TIPS]),
        *(_entry(context, match.entry) for match in finding.suggestions),
    )
    return Offers(found[:MAX_OFFERS], context.say("share.invitation" if found else "share.nothing"))


def _alone(context: Context) -> str:
    """What a chat would say to somebody in need, and to what we have no say in; empty for all other words."""
    matter = recognise(context.args)
    if matter:
        return urgent_text(context.library, context.language, matter)
    if small_talk(simplify(context.args)) is SmallTalk.FEELING:
        return small_talk_text(context.library, context.language, SmallTalk.FEELING)
    if delicate(context.args) and not context.library.knowledge.search(context.args).answer:  # as in a chat
        return context.say("ask.delicate")
    return ""


def _usual(context: Context) -> tuple[Offer, ...]:
    """Today's tip and the polls that are open."""
    tip = context.library.tips.of_the_day(home_date(context.now))
    polls = [poll for poll in context.library.polls.values() if poll.state(context.now) == "open"]
    today = _tip(context, tip, context.say("tips.today", tip=tip.wording(context.language).text))
    return (today, *(_poll(context, poll) for poll in polls[:MAX_POLLS]))


def _answers(context: Context, finding: Finding) -> list[Offer]:
    """The answer with others of its topic."""
    if not finding.answer:
        return []
    entry = finding.answer.entry
    return [_entry(context, one) for one in (entry, *context.library.knowledge.related(entry))]


async def _stories(context: Context) -> list[Offer]:
    return [_story(context, one) for one in await context.services.stories.published(0, MAX_STORIES, context.args)]


def _entry(context: Context, entry: Entry) -> Offer:
    is_english = context.language == "en" and entry.english_title
    title = entry.english_title if is_english else entry.title
    text = answer_text(context.library, context.language, entry)
    return Offer(title, text, text, Link("entry", entry.id, context.say("share.more")))


def _tip(context: Context, tip: Tip, title: str = "") -> Offer:
    """`title` is how it begins, where it is that of today."""
    wording = tip.wording(context.language)
    title = title or wording.text
    text = plain_text(context.say, context.language, tip, "everyone", title)
    return Offer(title, wording.why, text, Link("tip", tip.id, context.say("share.more")))


def _story(context: Context, story: Story) -> Offer:
    """A long one begins here, and goes on where its link leads."""
    text = pages_of(public_text(context, story))[0]
    return Offer(story.title, story.text, text, Link("story", str(story.id), context.say("share.whole_story")))


def _poll(context: Context, poll: Poll) -> Offer:
    title = context.say("share.poll", title=title_of(context, poll))
    state = state_line(context, poll)
    link = Link("poll", poll.id, context.say("share.vote"))
    return Offer(title, state, f"{heading(context, poll)}\n\n{state}", link)
