"""`haowangmin menu`: shown, compared, pushed only on --push, and each refusal in plain words."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.config import PROJECT
from tests.channels.wechat.official_account import AES_KEY
from tests.command_line import Shell
from tests.fakes.wechat import APP_ID, MENU_CREATE, MENU_NOW, SECRET
from tests.test_cli import _listens, soon

MENU = PROJECT / "content" / "menus" / "wechat.toml"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(
        tmp_path,
        WECHAT_APP_ID=APP_ID,
        WECHAT_APP_SECRET=SECRET,
        WECHAT_TOKEN="t",
        WECHAT_ENCODING_AES_KEY=AES_KEY,
    )


def platform(shell: Shell, *arguments: str) -> Iterator[dict[str, str]]:
    """The settings for a fake of the API that runs."""
    port = Shell(shell.folder).port
    command = [sys.executable, "-m", "tests.fakes.wechat", "--port", str(port), *arguments]
    with shell.started(command, shell.environment()):
        soon(lambda: _listens(port))
        yield {"WECHAT_API_BASE": f"http://127.0.0.1:{port}"}


@pytest.fixture
def api(shell: Shell) -> Iterator[dict[str, str]]:
    yield from platform(shell)


def content_with(shell: Shell, text: str) -> str:
    folder = shell.folder / "content"
    shutil.copytree(PROJECT / "content", folder, dirs_exist_ok=True)
    (folder / "menus" / "wechat.toml").write_text(text)
    return str(folder)


def test_the_difference_is_shown_and_pushed_only_when_told(shell: Shell, api: dict[str, str]) -> None:
    first = shell.here("menu", **api)
    assert first.returncode == 1
    assert "+   今日一招 → /tip" in first.stdout
    assert "haowangmin menu --push" in first.stdout
    assert shell.here("menu", **api).returncode == 1, "nothing was pushed"
    pushed = shell.here("menu", "--push", **api)
    assert (pushed.returncode, "推上去了" in pushed.stdout) == (0, True)
    same = shell.here("menu", **api)
    assert (same.returncode, "一样" in same.stdout) == (0, True)

    changed = content_with(shell, MENU.read_text().replace('name = "看结果"', 'name = "看票数"'))
    difference = shell.here("menu", CONTENT_DIR=changed, **api)
    assert difference.returncode == 1
    assert "-   看结果 → /results\n+   看票数 → /results" in difference.stdout
    assert "\n    看故事 → /read" in difference.stdout, "what stays is shown without a sign"


def test_a_page_needs_an_address(shell: Shell, api: dict[str, str]) -> None:
    page = content_with(shell, '[[button]]\nname = "投票"\npage = "/polls/nanyue-stories"\n')
    unknown = shell.here("menu", CONTENT_DIR=page, **api)
    assert (unknown.returncode, "PUBLIC_URL" in unknown.stderr) == (2, True)
    known = shell.here("menu", "--push", CONTENT_DIR=page, PUBLIC_URL="https://bot.example.org/", **api)
    assert "+ 投票 → https://bot.example.org/polls/nanyue-stories" in known.stdout
    assert known.returncode == 0


@pytest.mark.parametrize("path", [MENU_NOW, MENU_CREATE])
def test_an_account_that_may_not_is_told_what_it_needs(shell: Shell, path: str) -> None:
    for api in platform(shell, "--unauthorised", path):
        refused = shell.here("menu", "--push", **api)
        assert refused.returncode == 1
        assert "要先做微信认证" in refused.stdout
        assert "推上去了" not in refused.stdout


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"WECHAT_APP_SECRET": "another-secret"}, "WECHAT_APP_SECRET 不对"),
        ({"WECHAT_API_BASE": "http://127.0.0.1:9"}, "连不上微信的接口"),
    ],
)
def test_other_refusals_in_plain_words(shell: Shell, api: dict[str, str], changes: dict[str, Any], words: str) -> None:
    done = shell.here("menu", **{**api, **changes})
    assert (done.returncode, words in done.stdout) == (1, True)
    assert "another-secret" not in done.stdout + done.stderr


def test_it_cannot_begin_without_an_account_or_a_file(tmp_path: Path, shell: Shell, api: dict[str, str]) -> None:
    assert "WECHAT_APP_SECRET" in Shell(tmp_path).here("menu").stderr
    folder = Path(content_with(shell, ""))
    shutil.rmtree(folder / "menus")
    assert "menus/wechat.toml" in shell.here("menu", CONTENT_DIR=str(folder), **api).stderr
