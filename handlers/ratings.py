"""What a person thinks of an answer."""

from bot.context import Context
from bot.domain.questions import Rating
from bot.messages import Button, Reply
from bot.router import Router
from handlers.home import home_button

router = Router()


@router.command("rate")
async def rate_answer(context: Context) -> Reply:
    """`args` is the ticket of a question and what is said of its answer: `up` or `down`."""
    ticket, _, said = context.args.partition(" ")
    noted = said in ("up", "down") and await context.services.questions.rate(
        ticket, Rating(said), context.now, context.message.id
    )
    text = context.say(f"rate.{said if noted else 'gone'}")
    ask = Button(context.say("home.button.ask"), "/ask")
    again = [rating_buttons(context, ticket)] if noted else []  # the last word counts
    return Reply(text, notice=text, buttons=((ask, home_button(context)), *again))


def rating_buttons(context: Context, ticket: str) -> tuple[Button, ...]:
    """Below the answer to the question with this ticket."""
    return (
        Button(context.say("rate.button.up"), f"/rate {ticket} up"),
        Button(context.say("rate.button.down"), f"/rate {ticket} down"),
    )
