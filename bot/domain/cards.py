"""How a tip is said and shown: what to do, why, where it is from, and the question with its answers as buttons."""

from collections.abc import Callable

from bot.domain.subscriptions import Daily
from bot.domain.tips import Audience, Subject, Tip, Wording
from bot.messages import Button, Picture

# Says a fixed sentence in the language of the talk: Context.say, or Phrases.say with a language.
Say = Callable[..., str]
Buttons = tuple[tuple[Button, ...], ...]


def tip_text(say: Say, language: str, tip: Tip, chosen: Audience, heading: str = "") -> str:
    """All of a tip. Whom it is for is said where that is not what the person chose."""
    quiz = tip.wording(language).quiz
    question = say("tips.question", question=quiz.question) if quiz else ""
    return "\n\n".join(filter(None, (plain_text(say, language, tip, chosen, heading), question)))


def plain_text(say: Say, language: str, tip: Tip, chosen: Audience, heading: str = "") -> str:
    """A tip without its question."""
    wording = tip.wording(language)
    is_other = tip.audience not in (chosen, "everyone")
    lines = (
        heading or say("tips.today", tip=wording.text),
        _why(say, wording),
        say("tips.for", audience=audience_name(say, tip.audience)) if is_other else "",
        _source(say, tip),
    )
    return "\n".join(filter(None, lines))


def card(say: Say, language: str, tip: Tip, site: str, foot: tuple[str, ...]) -> Picture:
    """A tip as a picture to pass on. `site` is where its page is found, `foot` tells who runs this."""
    topic, wording = say(f"tips.topic.{tip.topic}") if tip.topic else "", tip.wording(language)
    return Picture(
        path=f"/tips/{tip.id}.png{'?lang=en' if language == 'en' else ''}",
        title=say("card.title", topic=topic) if topic else say("card.title_alone"),
        large=wording.text,
        text=tuple(filter(None, (_why(say, wording),))),
        notes=tuple(filter(None, (_source(say, tip),))),
        foot=(say("card.page", address=f"{site}/tips/{tip.id}") if site else say("card.number", id=tip.id), *foot),
    )


def card_button(say: Say, tip: Tip) -> Button:
    label = say("card.button")
    return Button(label, f"/card {tip.id}", typed=label)


def _why(say: Say, wording: Wording) -> str:
    return say("tips.why", why=wording.why) if wording.why else ""


def _source(say: Say, tip: Tip) -> str:
    return say("tips.source", source=tip.source) if tip.source else ""


def daily_text(say: Say, language: str, daily: Daily, chosen: Audience) -> str:
    """The message of a day, which nobody has asked for."""
    heading = say("tips.daily", tip=daily.tip.wording(language).text)
    parts = [
        tip_text(say, language, daily.tip, chosen, heading),
        say("tips.week", topics=topic_names(say, language, daily.week)) if daily.week else "",
        say("tips.weekly.ask") if daily.asks_weekly else "",
    ]
    return "\n\n".join(filter(None, parts))


def answer_buttons(language: str, tip: Tip) -> Buttons:
    """A row for each answer: they are too long to stand beside each other on a phone."""
    quiz = tip.wording(language).quiz
    answers = quiz.answers if quiz else ()
    return tuple((Button(answer, f"/quiz {tip.id} {number}"),) for number, answer in enumerate(answers, start=1))


def weekly_buttons(say: Say, daily: Daily) -> Buttons:
    if not daily.asks_weekly:
        return ()
    return ((Button(say("tips.weekly.yes"), "/weekly"), Button(say("tips.weekly.no"), "/weekly no")),)


def audience_name(say: Say, audience: Audience) -> str:
    return say(f"tips.audience.{audience}")


def topic_names(say: Say, language: str, topics: tuple[Subject, ...]) -> str:
    return (", " if language == "en" else "、").join(say(f"tips.topic.{topic}") for topic in topics)
