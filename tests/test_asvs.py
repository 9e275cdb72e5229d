"""docs/asvs.md names a test for each requirement, and each is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (PROJECT / "docs" / "asvs.md").read_text().splitlines()
    if line.startswith("| V")
]


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((PROJECT / file).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def test_there_are_seventy_of_levels_one_and_two() -> None:
    numbers = [row[0] for row in ROWS]
    assert len(numbers) == len(set(numbers)) >= 70
    assert {row[1] for row in ROWS} == {"1", "2"}
    assert all(re.fullmatch(r"V\d+\.\d+\.\d+", number) for number in numbers)


@pytest.mark.parametrize("row", [pytest.param(row, id=row[0]) for row in ROWS])
def test_each_has_its_test(row: list[str]) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row[3])
    assert named
    for file, name in named:
        assert name in names_in(file)
