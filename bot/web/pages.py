"""Renders the pages and answers in JSON, in the language that the address asks for."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.context import Operator
from bot.domain.library import Shelf
from bot.domain.text import language_of

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_TAGS = {"zh": "zh-Hans", "en": "en"}


def language_of_request(request: Request) -> str:
    """Chinese, unless the address says `?lang=en`: what a link shows never depends on the reader's device."""
    return "en" if request.query_params.get("lang") == "en" else "zh"


def contact_link(contact: str) -> str:
    """What the operator's contact links to: an address of a page, of mail, or nothing."""
    if contact.startswith(("https://", "http://")):
        return contact
    return f"mailto:{contact}" if "@" in contact and " " not in contact else ""


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that no cache keeps."""
    return Response(
        msgspec.json.encode(body),
        status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type="application/json",
    )


class Pages:
    """The templates with what all of them need: sentences, the operator, the language."""

    def __init__(self, shelf: Shelf, operator: Operator) -> None:
        self._shelf = shelf
        self._operator = operator
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @property
    def name(self) -> str:
        """What the program calls itself in the talk as well."""
        return self._operator.name

    @property
    def site(self) -> str:
        """Where these pages are, as the operator says; empty where nobody said."""
        return self._operator.site

    def say(self, request: Request, key: str, **blanks: object) -> str:
        return self._shelf.library.phrases.say(language_of_request(request), key, **blanks)

    def identity(self, request: Request) -> str:
        """The one line that says what this is, and that it is not official until it is."""
        if self._operator.official:
            return self.say(request, "web.identity_official", operator=self._operator.name)
        return self.say(request, "web.identity")

    def speech(self, request: Request) -> Callable[..., str]:
        """Says any fixed sentence in the language of the request."""
        return partial(self.say, request)

    def foot(self, request: Request) -> tuple[str, str]:
        """What stands below every picture: who runs this, and what it is not."""
        return self.say(request, "chart.operator", operator=self._operator.name), self.identity(request)

    def render(self, request: Request, template: str, status: int = 200, **values: object) -> Response:
        language = language_of_request(request)
        html = self._templates.get_template(template).render(
            say=self.speech(request),
            language=language,
            tags=LANGUAGE_TAGS,
            path=request.url.path,
            operator=self._operator,
            name_tag=LANGUAGE_TAGS[language_of(self._operator.name) or language],
            contact_link=contact_link(self._operator.contact),
            identity=self.identity(request),
            **values,
        )
        return HTMLResponse(html, status, headers={"Content-Language": LANGUAGE_TAGS[language]})
