"""`ask --explain`: why a question is answered as it is."""

from collections.abc import Iterator

from bot.domain.urgent import Matter
from handlers.explaining import Explained
from handlers.questions import Explanation

_DOUBTS = {
    "": "有把握，直接回答 / certain",
    "long": "太长了，没有去读 / too long to be read",
    "nothing": "没问什么，或者没有一条沾边 / it asks nothing, or nothing is near",
    "score": "最像的一条也不够像 / even the nearest is not near enough",
    "tie": "最像的两条不相上下 / the first two are as near as each other",
    "places": "问的是别的地方，这一条里没有 / it names a place that the entry does not hold",
    "times": "问的是别的时间，这一条里没有 / it names a time that the entry does not hold",
    "numbers": "问里的数字，这一条里没有 / it names a number that the entry does not hold",
    "opposites": "意思可能正好相反 / it may mean the opposite",
    "facets": "问的方面（多少、什么时候、谁……）这一条不管 / the entry is not for this kind of question",
    "aims": "问多少，可这一条数的不是它 / it counts something that the entry does not count",
    "names": "问里的名字，这一条里没有 / it has a name that the entry does not hold",
    **{matter.value: "要紧的话或不归这里管的事，先回固定的话 / a fixed text comes first" for matter in Matter},
}


def in_words(found: Explanation) -> str:
    return "\n".join(_lines(found)) if isinstance(found, Explained) else found.text


def _lines(found: Explained) -> Iterator[str]:
    reasons = found.explain
    yield f"问 asked   {found.question}"
    yield f"读成 read  {reasons.reading}"
    for near in reasons.near:
        yield f"  {near.score:.2f}  {near.entry}  {near.title}"
        yield f"        最像的问法 nearest phrasing: {near.phrasing}"
    yield f"判断 why   {_DOUBTS.get(reasons.doubt, reasons.doubt)}"
    yield f"回答 said  {found.text}"
    yield from (f"  [{offered.title}]" for offered in found.suggestions)
    yield ""
