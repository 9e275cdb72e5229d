"""The door: welcome, help, who runs this, and what to say to what is no sentence."""

from bot.context import Context
from bot.domain.times import home_date
from bot.messages import Button, Link, Reply
from bot.router import MAX_TEXT_CHARACTERS, Router

router = Router()

# The topic of what the knowledge base says about this program itself.
ITSELF = "service"


@router.command(
    "start",
    *("开始", "首页", "主页", "菜单", "主菜单", "返回", "你好", "您好", "0", "start", "home", "menu", "hello", "hi"),
)
async def welcome(context: Context) -> Reply:
    await context.services.subscriptions.welcome_back(context.message)
    operator = context.services.operator
    hello = context.say("home.hello", operator=operator.name)
    return Reply(f"{hello}\n{identity(context)}", buttons=main_menu(context))


@router.command("follow", event=True)
async def greet(context: Context) -> Reply:
    """Who has just followed the account, or does so again; `args` is what a scanned code leads to: story_12."""
    people, message = context.services.people, context.message
    is_known = await people.joined_at(message.sender) is not None
    # Once for a message: when it is delivered again, the person is known by the first delivery.
    greeting = await people.meant("home.welcome_back" if is_known else "home.welcome", message.id)
    await context.services.subscriptions.welcome_back(message)
    return Reply(context.say(greeting), then=f"/start {context.args}".rstrip())


@router.command("more", "更多", "more")
async def show_more(context: Context) -> Reply:
    return Reply(
        context.say("home.more"),
        buttons=(
            (
                Button(context.say("home.button.subscribe"), "/subscribe"),
                Button(context.say("home.button.me"), "/me"),
                Button(context.say("home.button.about"), "/about"),
            ),
            (Button(context.say("story.button.write"), "/story"), Button(context.say("story.button.browse"), "/read")),
            (Button(context.say("home.button.help"), "/help"), home_button(context)),
        ),
    )


@router.command("help", "帮助", "说明", "怎么用", "help", "?")
async def explain(context: Context) -> Reply:
    return Reply(context.say("home.help"), buttons=main_menu(context))


@router.command("about", "关于", "about")
async def tell_who_runs_this(context: Context) -> Reply:
    operator = context.services.operator
    lines = [
        identity(context),
        context.say("about.operator", operator=operator.name),
        context.say("about.contact", contact=operator.contact) if operator.contact else "",
        context.say("about.icp", number=operator.icp_number) if operator.icp_number else "",
        context.say("about.sources"),
        context.say("about.local") if context.library.knowledge.current else "",
        _reviewed(context),
        context.say("about.privacy"),
    ]
    return Reply(
        "\n".join(line for line in lines if line),
        buttons=((Button(context.say("home.button.me"), "/me"), home_button(context)),),
    )


@router.command("cancel", "取消", "退出", "算了", "不用了", "不要", "cancel", "quit", "exit")
async def leave_all_as_it_is(context: Context) -> Reply:
    return Reply(context.say("home.nothing_changed"), buttons=main_menu(context))


async def unknown_command(context: Context) -> Reply:
    return Reply(context.say("error.unknown_command"), buttons=main_menu(context))


async def unreadable(context: Context) -> Reply:
    """A message without words, or with too many."""
    if context.message.medium:
        return Reply(context.say(f"medium.{context.message.medium}"), buttons=main_menu(context))
    if context.message.wordless or not context.args:
        return Reply(context.say("error.no_words"), buttons=main_menu(context))
    return Reply(context.say("error.too_long", limit=MAX_TEXT_CHARACTERS), buttons=main_menu(context))


def _reviewed(context: Context) -> str:
    """Whether persons answer for what is said."""
    unreviewed = len(context.library.unreviewed(home_date(context.now)))
    return context.say("about.unreviewed", files=unreviewed) if unreviewed else context.say("about.reviewed")


def identity(context: Context) -> str:
    """What this program is and is not."""
    operator = context.services.operator
    return context.say(operator.identity, operator=operator.name)


def picture_foot(context: Context) -> tuple[str, str]:
    """What stands below every picture: who runs this, and what it is not."""
    return context.say("chart.operator", operator=context.services.operator.name), identity(context)


def main_menu(context: Context) -> tuple[tuple[Button, ...], ...]:
    return (
        (
            Button(context.say("home.button.ask"), "/ask"),
            Button(context.say("home.button.tip"), "/tip"),
            Button(context.say("home.button.stories"), "/stories"),
        ),
        (Button(context.say("home.button.more"), "/more"),),
    )


def home_button(context: Context) -> Button:
    return Button(context.say("home.button.home"), "/start", typed="0")


def link_to(context: Context, kind: str, name: str, key: str) -> Link:
    """What can be passed on, with the phrase `key` before its address, and opened."""
    return Link(kind, name, context.say(key), context.say("share.page"))
