"""Says in plain words what a shape found wrong: Chinese first, then short English, always what to do."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

from bot.content.mistakes import shown
from bot.domain.overlay import Fault

# By pydantic's error types; {key} is what was written at that place, the rest comes from the shape's limits.
_SENTENCES = {
    "string_type": '{key} 要写成带英文引号的文字，例如 {key} = "……"。 Write {key} as text in quotes.',
    "string_too_short": "{key} 是空的，请写上内容，不需要就删掉这一行。 {key} is empty; write something or remove it.",
    "string_too_long": "{key} 有 {length} 个字，最多 {max_length} 个，请写短些。 {key} is too long; shorten it.",
    "string_pattern_mismatch": "{key} 只能用小写英文字母、数字和连字符，例如 wang-shang-1。"
    " {key}: only a-z, 0-9 and hyphens.",
    "int_type": "{key} 要写成不带引号的整数，例如 {key} = 3。 Write {key} as a whole number without quotes.",
    "greater_than_equal": "{key} 不能小于 {ge}。 {key} must be at least {ge}.",
    "less_than_equal": "{key} 不能大于 {le}。 {key} must be at most {le}.",
    "bool_type": "{key} 只能写 true 或 false，不带引号。 Write {key} as true or false, without quotes.",
    "list_type": '{key} 要用英文方括号列出来，例如 {key} = ["……", "……"]。 Write {key} as a list in brackets.',
    "too_short": "{key} 里至少要写一个。 {key} needs at least one item.",
    "too_long": "{key} 有 {actual_length} 个，最多 {max_length} 个，请删掉几个。 {key}: too many; remove some.",
    "literal_error": "{key} 里只能写 {expected}。 {key}: only these words are known.",
    "date_type": "{key} 要写成不带引号的日期，例如 {key} = 2021-04-27。 Write {key} as a date without quotes.",
    "datetime_type": "{key} 要写成不带引号的日期和时间，例如 {key} = 2026-12-01T09:00:00+08:00。"
    " Write {key} as a date with time, without quotes.",
    "timezone_aware": "{key} 后面要写明时区，北京时间加上 +08:00，例如 2026-12-01T09:00:00+08:00。"
    " {key} needs a time zone, such as +08:00.",
    "dict_type": "{key} 要写成一段：先单独一行 [{key}] 或 [[{key}]]，再写内容。 Write {key} as a table of its own.",
}
_OTHER = "{key} 写得不对，请对照 README.md 里的例子。 {key} is wrong; compare with the example in README.md."
_TABLES = ("entry", "tip", "option", "button")


def sentence(error: ErrorDetails, keys: Iterable[str]) -> str:
    """What to do about one of pydantic's errors in a table that may have these `keys`."""
    key = _key(error["loc"])
    if error["type"] == "missing":
        return _missing(key)
    if error["type"] == "extra_forbidden":
        return f"不认识“{key}”。{did_you_mean(key, keys)} Unknown key."
    if error["type"] in ("too_short", "list_type") and key in _TABLES:
        return _missing(key)
    limits: dict[str, Any] = error.get("ctx", {})
    length = len(str(error["input"]).strip()) if error["type"] == "string_too_long" else 0
    return _SENTENCES.get(error["type"], _OTHER).format(**{**limits, "key": key, "length": length})


def fault_of(error: ErrorDetails) -> Fault:
    """The same for who filled in a form."""
    key, limits = _key(error["loc"]), error.get("ctx", {})
    if error["type"] in ("missing", "string_too_short"):
        return Fault(key, "empty")
    if error["type"] == "string_too_long":
        length = len(str(error["input"]).strip())
        return Fault(key, "longer", {"count": str(length), "most": str(limits["max_length"])})
    return Fault(key, "choice" if error["type"] == "literal_error" else "wrong")


def without_echoes(errors: Iterable[ErrorDetails]) -> Iterator[ErrorDetails]:
    """A misspelt key is one mistake: an unknown key, and not also a missing one."""
    errors = list(errors)
    unknown = [str(error["loc"][-1]) for error in errors if error["type"] == "extra_forbidden"]
    for error in errors:
        if error["type"] != "missing" or not get_close_matches(str(error["loc"][-1]), unknown):
            yield error


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A guess at the word that was meant, or else all that would do."""
    words = sorted(known)
    guesses = get_close_matches(name, words, n=1)
    if guesses:
        return f"是不是想写“{guesses[0]}”？ Did you mean “{guesses[0]}”?"
    return f"可以用的有：{'、'.join(words)}。"


def _key(path: tuple[str | int, ...]) -> str:
    return shown(next((part for part in reversed(path) if isinstance(part, str)), "?"))


def _missing(key: str) -> str:
    if key in _TABLES:
        return f"这里至少要有一段 [[{key}]]，两层方括号。 At least one [[{key}]] is needed."
    if key == "source":
        return "这里要有一段 [source]，写明 publisher、title 和 date。 A [source] table is needed."
    return f"缺少 {key}，请补上一行“{key} = ……”。 {key} is missing; add it."
