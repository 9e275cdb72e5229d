"""How a tip is said: what to do, why, where it is from, and the question with its answers as buttons."""

from collections.abc import Callable

from bot.domain.subscriptions import Daily
from bot.domain.tips import Audience, Subject, Tip
from bot.messages import Button

# Says a fixed sentence in the language of the talk: Context.say, or Phrases.say with a language.
Say = Callable[..., str]
Buttons = tuple[tuple[Button, ...], ...]


def tip_text(say: Say, language: str, tip: Tip, chosen: Audience, heading: str = "") -> str:
    """All of a tip. Whom it is for is said where that is not what the person chose."""
    wording = tip.wording(language)
    is_other = tip.audience not in (chosen, "everyone")
    lines = [
        heading or say("tips.today", tip=wording.text),
        say("tips.why", why=wording.why) if wording.why else "",
        say("tips.for", audience=audience_name(say, tip.audience)) if is_other else "",
        say("tips.source", source=tip.source) if tip.source else "",
    ]
    question = say("tips.question", question=wording.quiz.question) if wording.quiz else ""
    return "\n\n".join(filter(None, ("\n".join(filter(None, lines)), question)))


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
