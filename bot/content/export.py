"""What was published at the desk, written back into authored files: a whole content folder to put in place."""

import json
import shutil
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from msgspec import Struct

from bot.content.files import SUFFIX
from bot.content.shapes import Table
from bot.content.written import entry_table, local_table
from bot.domain.answers import Laid, Layer, reviewed
from bot.domain.entries import Source

_HEAD = (
    "topic",
    "id",
    "title",
    "english_title",
    "valid_until",
    "drafted_by",
    "reviewed_by",
    "reviewed_on",
    "review_due",
)


class Exported(Struct, frozen=True):
    """The files that were written anew or taken away, and the entries whose conflict has to be settled first.

    Of these, and of what cannot be used (`broken`), the file stays as it is.
    """

    written: tuple[str, ...]
    removed: tuple[str, ...]
    conflicts: tuple[str, ...]
    broken: tuple[str, ...]


def export(layer: Layer, content: Path, folder: Path) -> Exported:
    """Copy the folder `content` to `folder`, with what was published in it.

    Files that need no change are copied as they are; in those that do, comments are lost. Raises FileExistsError,
    OSError.
    """
    shutil.copytree(content, folder)
    changes = _changes(layer)
    written, removed = list[str](), list[str]()
    for file, laid in changes.items():
        text = _changed(content / file, laid) if (content / file).exists() else _new(laid[0])
        if text:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")
            written.append(file)
        else:
            (folder / file).unlink()
            removed.append(file)
    return Exported(tuple(written), tuple(removed), _in_state(layer, "conflict"), _in_state(layer, "broken"))


def _in_state(layer: Layer, standing: str) -> tuple[str, ...]:
    return tuple(name for name, laid in layer.laid.items() if laid.standing == standing)


def _changes(layer: Layer) -> dict[str, list[Laid]]:
    """By file what of it changes; a file of its own for what is on now and stands in no file of that day."""
    by_file: dict[str, list[Laid]] = defaultdict(list)
    for name, laid in layer.laid.items():
        if laid.standing not in ("live", "retired") or not laid.answer.entry:
            continue
        file = layer.authored.files.get(name, "")
        if file:
            by_file[file].append(laid)
        if laid.standing == "live" and not _stays(laid, file):
            by_file[f"local/desk-{name}{SUFFIX}" if laid.answer.entry.valid_until else _home(layer, laid)].append(laid)
    return by_file


def _stays(laid: Laid, file: str) -> bool:
    """Whether the entry can be written where it stands: a file has one last day for all of it, or none."""
    entry = laid.answer.entry
    return bool(file and entry and laid.filed and entry.valid_until == laid.filed.valid_until)


def _home(layer: Layer, laid: Laid) -> str:
    """The file of its topic, of those that hold for good."""
    entry = laid.answer.entry
    assert entry
    of_topic = (one.id for one in layer.authored.knowledge.all_of(entry.topic) if not one.valid_until)
    return next((layer.authored.files[name] for name in of_topic), f"campaigns/{entry.topic}{SUFFIX}")


def _changed(path: Path, laid: Sequence[Laid]) -> str:
    """The file with these changes; empty when no entry is left in it."""
    table = tomllib.loads(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    source = _source_of(table)
    by_name = {one.revision.subject: one for one in laid}
    file = "/".join(path.parts[-2:])
    entries = []
    for before in table["entry"]:
        one = by_name.pop(before["id"].strip(), None)
        if one is None:
            entries.append(before)
        elif one.standing == "live" and one.answer.entry and _stays(one, file):
            entries.append(entry_table(one.answer.entry, source))
    moved = [one.answer.entry for one in by_name.values() if one.standing == "live"]
    entries += [entry_table(entry, source) for entry in moved if entry]
    return written({**table, "entry": entries}) if entries else ""


def _source_of(table: Table) -> Source | None:
    source = table.get("source")
    return Source(source["title"].strip(), source["publisher"].strip(), source["date"]) if source else None


def _new(laid: Laid) -> str:
    """A local file of its own, with the two persons who answer for it."""
    entry = laid.answer.entry
    assert entry
    review = reviewed(laid)
    keys = ("drafted_by", "reviewed_by", "reviewed_on")
    return written(local_table(entry, {key: getattr(review, key) for key in keys}))


def written(table: Table) -> str:
    """A table as TOML: first its plain keys, then its tables, each after an empty line."""
    return "\n".join(_lines(table, "")).strip() + "\n"


def _lines(table: Mapping[str, object], path: str) -> Iterator[str]:
    plain = {key: value for key, value in table.items() if not _is_table(value)}
    for key in sorted(plain, key=lambda key: _HEAD.index(key) if key in _HEAD and not path else len(_HEAD)):
        yield f"{key} = {_value(plain[key])}"
    for key, value in table.items():
        inner = f"{path}{key}"
        if isinstance(value, dict):
            yield from ("", f"[{inner}]", *_lines(value, f"{inner}."))
        elif isinstance(value, list) and _is_table(value):
            for one in value:
                yield from ("", f"[[{inner}]]", *_lines(one, f"{inner}."))


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[\n" + "".join(f"  {_value(item)},\n" for item in value) + "]"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    # The escapes of JSON are all known to TOML, which forbids one character more.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
