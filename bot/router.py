"""Routers declare who answers what; the dispatcher finds the handler, calls it and catches its faults."""

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from msgspec import Struct, structs

from bot.context import Context, Services, Unavailable, nothing_foretold
from bot.domain.hearing import as_meant
from bot.domain.parts import PLAIN_BYTES, PLAIN_CHOICES, Kept, Part, parts_of, size_of
from bot.domain.people import Conversation
from bot.domain.text import TRADITIONAL, clean, language_of, manner_of, simplify, traditional, with_digits
from bot.domain.urgent import Matter, recognise
from bot.messages import Button, Link, Message, Offer, Offers, Reply

log = logging.getLogger(__name__)

Handler = Callable[[Context], Awaitable[Reply]]
Sharer = Callable[[Context], Awaitable[Offers]]
# Says of what follows a typed word whether it belongs to it.
Taker = Callable[[str], bool]
_ROUND_ARGS = " :,、"

MAX_TEXT_CHARACTERS = 2000
ALWAYS_FITS_BYTES = 200  # of a reply, on every platform, whatever the buttons below it
LABELS_KEPT = 4096  # of buttons, in the form in which they are compared: the same few come again and again
# A word and a number, as most votes are typed; no more than that is kept in memory of what people write.
_SHORT = re.compile(r"[^\W\d]{1,4}\s?\d{1,3}")
# A button of a reply that is not in simplified Chinese carries a mark, so that its tap is answered in kind.
ENGLISH_MARK = "#en"
_MARKS = {"en": ENGLISH_MARK, TRADITIONAL: "#hant"}
_MARKED = {mark: language for language, mark in _MARKS.items()}


class Route(Struct, frozen=True):
    name: str
    handler: Handler
    words: tuple[str, ...]
    takes: Callable[[str], str | None] | None = None
    private: bool = False
    by_admins: bool = False
    event: bool = False
    link: str = ""
    dictated: Callable[[str], object] | None = None
    topic: str = ""


class Router:
    """The commands of one topic.

    `about` is the topic of the knowledge base that they belong to: a question right after them that names nothing is
    about it, and no more about what was asked before.
    """

    def __init__(self, about: str = "") -> None:
        self._about = about
        self.routes: list[Route] = []

    def command(
        self,
        name: str,
        *words: str,
        takes: Taker | str | None = None,
        private: bool = False,
        by_admins: bool = False,
        event: bool = False,
        link: str = "",
        dictated: Callable[[str], object] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare a handler for `/name` and for the typed `words` (simplified, lower case).

        A word counts when it stands alone, or when what follows it matches `takes` as a whole (Chinese numerals
        read as digits; spaces, colons and commas at the ends ignored), or where `takes` is a function, when it says
        so. So 投票 3 is a vote, and 投票怎么改 a question. An empty word lets `takes` alone decide. `private` is for
        what is a person's own: not in groups, not for anonymous senders; with `by_admins` an administrator may do it
        for a group, which then speaks as one. `event` is for what platforms report and nobody can type. `link` is the
        kind of Link that leads here (`/start story_12`): only where nothing is changed by opening it. `dictated` says
        of a text, while this command asks for one, whether it is marked as to be written down: then its words are not
        said to us, and those that cannot wait do not keep it from here.
        """

        def declare(handler: Handler) -> Handler:
            route = Route(name, handler, words, _taker(takes), private, by_admins, event, link, dictated, self._about)
            self.routes.append(route)
            return handler

        return declare


class Call(NamedTuple):
    """A route with what was said to it, and what was shown before if that had to be known."""

    route: Route
    args: str
    language: str
    conversation: Conversation | None = None


def _taker(takes: Taker | str | None) -> Callable[[str], str | None] | None:
    """Turns what followed a word into its args, or None where it does not belong to it."""
    if takes is None:
        return None
    if callable(takes):
        belongs = takes
        return lambda rest: found if belongs(found := rest.strip(_ROUND_ARGS)) else None
    pattern = re.compile(takes)
    return lambda rest: found if pattern.fullmatch(found := with_digits(rest).strip(_ROUND_ARGS)) else None


class _Read(NamedTuple):
    """What a text says by itself: the matter that cannot wait, else its comparable form and the command that it is."""

    matter: Matter | None
    comparable: str = ""
    command: tuple[Route, str] | None = None


def _by_name(routes: Iterable[Route]) -> dict[str, Route]:
    """Raises ValueError where two answer to the same slash form: one of them would never be asked."""
    named: dict[str, Route] = {}
    for route in routes:
        if named.setdefault(route.name, route) is not route:
            raise ValueError(f"two handlers for /{route.name}")
    return named


class Dispatcher:
    """Answers every message with a Reply; only Unavailable gets out.

    `urgent` answers words that cannot wait, before all others and whatever the length; `fallback` a sentence that is no
    command, `unknown` a slash command that nobody declared, `unreadable` a message without text or with too much of it;
    `share` finds what can be sent on into another chat.
    """

    def __init__(
        self,
        routers: Iterable[Router],
        services: Services,
        *,
        urgent: Handler,
        fallback: Handler,
        unknown: Handler,
        unreadable: Handler,
        share: Sharer,
    ) -> None:
        self._routes = _by_name(route for router in routers for route in router.routes)
        self._by_word = sorted(
            ((word, route) for route in self._routes.values() for word in route.words),
            key=lambda pair: len(pair[0]),
            reverse=True,
        )
        self._by_link = {route.link: route for route in self._routes.values() if route.link}
        self._command_of_label = lru_cache(LABELS_KEPT)(self.command_of)
        self._read_again = lru_cache(LABELS_KEPT)(self._read)
        self._services = services
        self._urgent = Route("", urgent, ())
        self._fallback = Route("", fallback, ())
        self._unknown = Route("", unknown, ())
        self._unreadable = Route("", unreadable, ())
        self._share = share

    async def answer(self, message: Message) -> Reply:
        """Find who answers, and return the answer; a handler's fault becomes an apology and a logged traceback.

        Raises Unavailable when what the message should change could not be stored: it was not acknowledged then.
        """
        try:
            call = await self._find(message)
            foretold = _Foretold(self, message, call)
            reply = self._with_way_back(await self._call(message, call, foretold), message, call)
            if reply.then:
                reply = await self._followed(reply, message, call)
            reply = await self._in_parts(reply, message, call)
            reply = in_language(reply, call.language)
            await self._remember(message, reply, call, foretold)
        except Unavailable:
            raise
        except Exception:
            log.exception("a handler failed; the person got an apology")
            return self._said_at_once(message, "error.internal")
        return reply

    async def offers(self, message: Message) -> Offers:
        """What can be sent on for the words of the message, in their language, else in that of the account.

        Nothing of it is stored or changed.
        """
        text = clean(message.text)[:MAX_TEXT_CHARACTERS]
        language = self._services.shelf.library.manner_of(text, message.language or "zh")
        try:
            found = await self._share(self._context(message, text, language))
        except Exception:
            log.exception("nothing could be offered to be sent on")
            return Offers(invitation=self._services.shelf.library.phrases.say(language, "error.internal"))
        return _in_script(found) if language == TRADITIONAL else found

    async def _call(self, message: Message, call: Call, foretell: Callable[[Reply], None] = nothing_foretold) -> Reply:
        route = call.route
        if route.event and not message.event:
            route = self._unknown
        if route.private and route.by_admins and message.by_admin and not message.is_private:
            return await route.handler(self._context(message.for_group(), call.args, call.language, Conversation()))
        context = self._context(message, call.args, call.language, call.conversation, foretell)
        if route.private and not message.is_private:
            text = context.say("error.admins_only" if route.by_admins else "error.private_only")
            return Reply(text, notice=text, asks_who=route.by_admins and message.by_admin is None)
        return await route.handler(context)

    async def _followed(self, reply: Reply, message: Message, call: Call) -> Reply:
        """What its `then` answers, below its text."""
        following = self._slash(mark(reply.then, call.language), call.language)
        next_reply = await self._call(message, following._replace(conversation=call.conversation))
        return structs.replace(next_reply, text=f"{reply.text}\n\n{next_reply.text}")

    async def _in_parts(self, reply: Reply, message: Message, call: Call) -> Reply:
        """The part that is meant of a reply that is too long for this platform or person; the whole is kept first."""
        if (message.tapped and reply.notice) or reply.asks or reply.unremembered or not message.is_private:
            return reply
        room = self._services.room.get(message.sender.channel)
        length = size_of(reply.text)
        is_long = length > ALWAYS_FITS_BYTES
        buttons = reply.flat_buttons()
        if not is_long and len(buttons) <= PLAIN_CHOICES:
            return reply
        conversation = call.conversation or await self._services.people.conversation(message.sender)
        if not conversation.plain and not (is_long and room):
            return reply
        size = room(reply) if room else length
        choices = PLAIN_CHOICES if conversation.plain else max(len(buttons), 1)
        parts = parts_of(reply.text, buttons, min(size, PLAIN_BYTES) if conversation.plain else size, choices)
        return await self._part(reply, parts, message, call.language) if len(parts) > 1 else reply

    async def _part(self, reply: Reply, parts: Sequence[Part], message: Message, language: str) -> Reply:
        """Of these parts the one that is meant, with the way to the next."""
        if reply.part == 1:
            kept = Kept(reply.text, reply.buttons, reply.link)
            await self._services.people.keep(message.sender, kept, message.at, message.id)
        return _as_part(reply, parts, reply.part, partial(self._services.shelf.library.phrases.say, language))

    def command_of(self, text: str) -> str:
        """The command that a typed text stands for by itself, as `/name args`; empty when it is a plain sentence."""
        found = self._typed(_label_form(text))
        return f"/{found[0].name} {found[1]}".rstrip() if found else ""

    async def _find(self, message: Message) -> Call:
        text = clean(message.text)
        if message.spoken and not recognise(text):
            text = as_meant(text, self._typed)
        if message.tapped and text.startswith("/"):
            return self._slash(text)
        conversation = await self._services.people.conversation(message.sender)
        if not message.is_private:  # what was said between the two of us stays there
            conversation = Conversation(poll=conversation.poll)
        call = await self._find_in(conversation, message, text)
        return call._replace(conversation=conversation)

    async def _find_in(self, conversation: Conversation, message: Message, text: str) -> Call:
        talk = _language_of_menu(conversation)
        begun = text[:MAX_TEXT_CHARACTERS]
        is_short = _SHORT.fullmatch(text) is not None
        language = _manner_again(text, talk) if is_short else manner_of(begun, talk)
        if message.wordless or not text or len(text) > MAX_TEXT_CHARACTERS:
            matter = recognise(begun)
            if message.wordless and matter and not matter.urgent:
                matter = None  # words below a picture are heard where somebody may need help
            help_first = self._help(matter, begun, language, conversation, message)
            unreadable = Call(self._unreadable, begun, language)
            return help_first or await self._asked(conversation, message, talk) or unreadable
        if text.startswith("/"):
            return self._slash(text, "zh" if language_of(text) == "zh" else talk)
        read = self._read_again(text) if is_short else self._read(text)
        if help_first := self._help(read.matter, text, language, conversation, message):
            return help_first
        command = await self._chosen(read.comparable, language, message.id, conversation)
        if command:
            return self._slash(command)
        if read.command:
            return Call(*read.command, language)
        return await self._asked(conversation, message, talk) or Call(
            self._fallback, text, self._services.shelf.library.manner_of(text, talk)
        )

    def _read(self, text: str) -> "_Read":
        matter = recognise(text)
        if matter:
            return _Read(matter)
        comparable = simplify(text)
        return _Read(None, comparable, self._typed(comparable))

    def _help(
        self, matter: Matter | None, text: str, language: str, conversation: Conversation, message: Message
    ) -> Call | None:
        """The answer to words that cannot wait; what is dictated is not said to us."""
        if matter and not self._is_dictated(text, conversation, message):
            return Call(self._urgent, matter.value, language)
        return None

    def _is_dictated(self, text: str, conversation: Conversation, message: Message) -> bool:
        route = self._slash(conversation.asks).route if conversation.asks and message.is_private else None
        return bool(route and route.dictated and route.dictated(text))

    async def _asked(self, conversation: Conversation, message: Message, talk: str) -> Call | None:
        """The command that the sentence completes, as it was asked for; for a redelivered message the same again."""
        if conversation.asks is None or not message.is_private:
            return None
        command = await self._services.people.meant(conversation.asks, message.id)
        if not command:
            return None
        text = clean(message.text)
        route, args, _, _ = self._slash(command)
        return Call(route, f"{args} {text}".strip(), manner_of(text, talk) if language_of(text) == "zh" else talk)

    async def _chosen(self, text: str, language: str, message_id: str, conversation: Conversation) -> str:
        """The command of the button whose label or number was typed; for a redelivered message the same again.

        Meanwhile another reply may stand there: a 1 that asked for a page must not confirm a deletion the next time.
        """
        command = _meant(text, conversation) or self._meant_in(language, text, conversation)
        if not command and not text.isdecimal():
            return ""
        return await self._services.people.meant(command, message_id)

    def _meant_in(self, language: str, text: str, conversation: Conversation) -> str:
        """The command of the button whose label was typed in another language, to be answered in that."""
        alike = self._services.shelf.library.phrases.alike
        for button in conversation.menu:
            if any(text in _label_forms(label) for label in alike(button.label)):
                return mark(unmark(button.command)[0], language)
        return ""

    def _slash(self, text: str, talk: str = "zh") -> Call:
        """A command as it is written. `talk` is the language where it has no mark; /start begins in Chinese."""
        text, marked = unmark(text)
        name, _, args = text[1:].partition(" ")
        route = self._routes.get(name.partition("@")[0].casefold(), self._unknown)
        language = marked or ("zh" if route.name == "start" else talk)
        kind, _, target = args.partition("_")
        if route.name == "start" and target and kind in self._by_link:
            return Call(self._by_link[kind], target, language)
        return Call(route, args.strip() if route is not self._unknown else text, language)

    def _typed(self, text: str) -> tuple[Route, str] | None:
        text = text.strip("。.!?,、~ ") or text
        for word, route in self._by_word:
            if text == word and word:
                return route, ""
            if route.takes and text.startswith(word):
                args = route.takes(text.removeprefix(word))
                if args is not None:
                    return route, args
        return None

    def _context(
        self,
        message: Message,
        args: str,
        language: str,
        known: Conversation | None = None,
        foretell: Callable[[Reply], None] = nothing_foretold,
    ) -> Context:
        return Context(
            message=message,
            args=args,
            language=language,
            library=self._services.shelf.library,
            services=self._services,
            known=known,
            foretell=foretell,
        )

    def _with_way_back(self, reply: Reply, message: Message, call: Call) -> Reply:
        """Who did something else than to answer what was asked is shown the way back to it."""
        asks = call.conversation.asks if call.conversation else ""
        if not asks or reply.asks or reply.unremembered or not (reply.text and message.is_private):
            return reply
        if call.route.name.startswith(self._slash(asks).route.name):
            return reply
        label = self._services.shelf.library.phrases.say(call.language, "asks.button.back")
        return structs.replace(reply, buttons=((Button(label, asks),), *reply.buttons))

    async def _remember(self, message: Message, reply: Reply, call: Call, foretold: "_Foretold") -> None:
        if foretold.stored:
            await foretold.stored
            if _is_as_foretold(reply, foretold.reply):
                return
        shown = self._shown(message, reply, call)
        if shown:
            people, otherwise = self._services.people, foretold.stored is not None
            await people.remember(message.sender, shown, message.at, message.id, otherwise=otherwise)

    def begin_to_remember(self, message: Message, reply: Reply, call: Call) -> tuple[Reply, Awaitable[None] | None]:
        """The reply as it will go out, and its storing if there is something to be remembered; it is under way."""
        reply = in_language(self._with_way_back(reply, message, call), call.language)
        shown = self._shown(message, reply, call)
        if shown is None:
            return reply, None
        return reply, self._services.people.remember(message.sender, shown, message.at, message.id)

    def _shown(self, message: Message, reply: Reply, call: Call) -> Conversation | None:
        """What is to be remembered of the reply; None for nothing."""
        if not message.is_private or (message.tapped and reply.notice) or reply.unremembered:
            return None  # nobody types labels in a group, and of a tap's outcome the notice alone is seen
        menu = tuple(
            b for b in reply.flat_buttons() if not b.typed or self._command_of_label(b.label) != unmark(b.command)[0]
        )
        was_asked = call.conversation is not None and bool(call.conversation.asks)
        topic = reply.topic or (call.route.topic if reply.text and not message.event else "")
        if not (menu or reply.poll or topic or reply.asks or was_asked):
            return None
        return Conversation(menu, reply.poll, topic, message.at if topic else None, reply.asks or None)

    def slow_down(self, message: Message) -> Reply:
        """What people hear who send one message after the other and wait for no answer."""
        return self._said_at_once(message, "error.too_fast")

    def _said_at_once(self, message: Message, key: str) -> Reply:
        """Without a look at what was said before."""
        is_command = message.text.startswith("/")
        language = unmark(message.text)[1] or ("zh" if is_command else language_of(message.text) or "zh")
        text = self._services.shelf.library.phrases.say(language, key)
        return Reply(text, notice=text)


def in_parts(reply: Reply, room: int, say: Callable[..., str]) -> list[Reply]:
    """All messages in which a reply is shown one after the other where a message has so much `room` (bytes)."""
    buttons = reply.flat_buttons()
    parts = parts_of(reply.text, buttons, room, max(len(buttons), 1))
    return [_as_part(reply, parts, number, say) for number in range(1, len(parts) + 1)] if len(parts) > 1 else [reply]


def _as_part(reply: Reply, parts: Sequence[Part], number: int, say: Callable[..., str]) -> Reply:
    """The part of this number, with the way to the next."""
    number = min(number, len(parts))
    part, is_last = parts[number - 1], number == len(parts)
    text = part.text or say("rest.choices")
    if is_last:
        rows = (*((button,) for button in part.choices), part.ways_out)
        return structs.replace(reply, text=text, buttons=tuple(filter(None, rows)))
    more = Button(say("rest.button"), f"/go_on {number + 1}")
    buttons = (*((button,) for button in part.choices), (more, *part.ways_out))
    hint = say("rest.more" if parts[number].text else "rest.more_choices")
    return structs.replace(reply, text=f"{text}\n\n{hint}", buttons=buttons, link=None)


class _Foretold:
    """What a handler foretells of its reply: it is stored in one commit with what the handler then writes."""

    __slots__ = ("_call", "_dispatcher", "_message", "reply", "stored")

    def __init__(self, dispatcher: Dispatcher, message: Message, call: Call) -> None:
        self._dispatcher, self._message, self._call = dispatcher, message, call
        self.reply = _NOTHING
        self.stored: Awaitable[None] | None = None

    def __call__(self, reply: Reply) -> None:
        self.reply, self.stored = self._dispatcher.begin_to_remember(self._message, reply, self._call)


_NOTHING = Reply()


def _is_as_foretold(reply: Reply, foretold: Reply) -> bool:
    """Whether the same is to be remembered of both."""
    return (reply.buttons, reply.poll, reply.topic, reply.asks, reply.unremembered, bool(reply.text)) == (
        (foretold.buttons, foretold.poll, foretold.topic, foretold.asks, foretold.unremembered, bool(foretold.text))
    )


_manner_again = lru_cache(LABELS_KEPT)(manner_of)


@lru_cache(LABELS_KEPT)
def _label_form(label: str) -> str:
    return simplify(label)


@lru_cache(LABELS_KEPT)
def _label_forms(label: str) -> frozenset[str]:
    """What means a label: all of it, and of one with a picture before its words each alone (👍, 有用)."""
    form = _label_form(label)
    picture, _, words = form.partition(" ")
    return frozenset({form, picture, words}) if words and not any(map(str.isalnum, picture)) else frozenset({form})


def _meant(text: str, conversation: Conversation) -> str:
    """The command of the button of the last reply whose label, or whose number in the list, was typed."""
    for button in conversation.menu:
        if text in _label_forms(button.label):
            return button.command
    numbered = [button for button in conversation.menu if not button.typed]
    number = int(text) if text.isascii() and text.isdigit() else 0
    return numbered[number - 1].command if 1 <= number <= len(numbered) else ""


def commands_of(routers: Iterable[Router]) -> frozenset[str]:
    """The names of what can be typed with a slash."""
    return frozenset(route.name for router in routers for route in router.routes if not route.event)


def mark(command: str, language: str) -> str:
    """The command as a button of a talk in this language has it."""
    return f"{command} {_MARKS[language]}" if language in _MARKS else command


def unmark(command: str) -> tuple[str, str]:
    """The command without its mark, and the language that the mark stands for; empty without one."""
    before, _, last = command.rpartition(" ")
    language = _MARKED.get(last, "")
    return (before.rstrip(), language) if language and before else (command, "")


def _language_of_menu(conversation: Conversation) -> str:
    return next(filter(None, (unmark(button.command)[1] for button in conversation.menu)), "zh")


def in_language(reply: Reply, language: str) -> Reply:
    """The reply in the person's script, its buttons marked so that the talk goes on in kind."""
    if language not in _MARKS:
        return reply
    written = traditional if language == TRADITIONAL else str
    rows = tuple(
        tuple(Button(written(b.label), mark(b.command, language), written(b.typed)) for b in row)
        for row in reply.buttons
    )
    link = _link_in_script(reply.link) if language == TRADITIONAL else reply.link
    return structs.replace(reply, text=written(reply.text), notice=written(reply.notice), buttons=rows, link=link)


def _in_script(found: Offers) -> Offers:
    """All that is offered in the traditional script."""
    offers = tuple(
        Offer(traditional(o.title), traditional(o.summary), traditional(o.text), _link_in_script(o.link))
        for o in found.offers
    )
    return Offers(offers, traditional(found.invitation))


def _link_in_script(link: Link | None) -> Link | None:
    return structs.replace(link, label=traditional(link.label), opens=traditional(link.opens)) if link else None
