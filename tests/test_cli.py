import asyncio
import datetime
import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import alembic.command
import httpx
import pytest
from sqlalchemy import create_engine, select

from bot.clock import utc_now
from bot.commands.explained import _DOUBTS
from bot.config import PROJECT
from bot.domain.holds import Suspicion
from bot.domain.subscriptions import Subscription
from bot.domain.tips import Audience
from bot.messages import Address, Message
from bot.storage.database import Database
from bot.storage.holds import HoldRecords
from bot.storage.schema import _config
from bot.storage.subscriptions import SubscriptionRecords
from bot.storage.tables import ballots
from tests.channels.wechat.official_account import AES_KEY
from tests.command_line import SECONDS, Shell, small_content
from tests.content_samples import LOCAL
from tests.fakes.telegram import TOKEN
from tests.fakes.wechat import APP_ID, BIZSEND, SECRET
from tests.gold_questions import gold
from tests.pictures.samples import opened
from tests.pictures.test_photos import photo
from tests.shipped import shipped, unclear_question

POLL = "nanyue-stories"
HONCHO = Path(sys.executable).with_name("honcho")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, CONTENT_DIR=str(small_content(tmp_path)))


@pytest.fixture
def full_shell(tmp_path: Path) -> Shell:
    """With all the content, as it is found from another current folder."""
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell beside a service that runs, with content of its own to be edited."""
    folder = tmp_path_factory.mktemp("serving")
    shell = Shell(folder, CONTENT_DIR=str(small_content(folder)))
    with shell.running():
        yield shell


def say(shell: Shell, *lines: str) -> str:
    """What a person on the web chat hears last."""
    with httpx.Client(base_url=f"http://127.0.0.1:{shell.port}") as client:
        heard = [client.post("/api/chat", json={"text": line}).json()["text"] for line in lines]
    return str(heard[-1])


def soon(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in 15 s"
        time.sleep(0.1)


class TestCheck:
    def test_the_shipped_content_is_well(self, full_shell: Shell) -> None:
        done = full_shell("check")
        assert (done.returncode, done.stderr) == (0, "")
        assert "all well" in done.stdout

    def test_mistakes_of_content_and_settings_are_told_together(self, shell: Shell) -> None:
        content = shell.folder / "content"
        (content / "tips" / "scams.toml").write_text('[[tip]]\nid = "a"\ntext = ""\n', encoding="utf-8")
        done = shell.here("check", CONTENT_DIR=str(content))
        assert done.returncode == 1
        assert "tips/scams.toml:" in done.stdout
        both = shell.here("check", CONTENT_DIR=str(content), PORT="many", TELEGRAM_TOKEN="x")
        assert both.returncode == 1
        assert "tips/scams.toml:" in both.stdout
        assert "PORT" in both.stdout
        assert "TELEGRAM_TOKEN" in both.stdout
        assert shell.here("ask", "x", CONTENT_DIR=str(content)).returncode == 2

    def test_how_long_each_file_of_now_is_said(self, shell: Shell) -> None:
        local = shell.folder / "content" / "local"
        entry = LOCAL.replace('topic = "zijing"', 'id = "class"\ntitle = "手机课"')
        (local / "now.toml").write_text(entry.replace("2026-11-30", "2099-12-31"), encoding="utf-8")
        (local / "old.toml").write_text(entry.replace("2026-11-30", "2021-12-31"), encoding="utf-8")
        done = shell.here("check")
        assert done.returncode == 0
        assert "local/now.toml: 到 2099-12-31 为止都说" in done.stdout
        assert "local/old.toml: 2021-12-31 过期了" in done.stdout
        assert "_example" not in done.stdout
        assert "11月30日前报名" in shell.here("ask", "紫荆云怎么报名").stdout
        official = shell.here("check", "--official")
        assert official.returncode == 1
        assert "local/now.toml:1: 还没有人审过" in official.stdout
        assert "local/old.toml:1:" not in official.stdout

    def test_a_poll_that_betrays_held_ballots(self, shell: Shell) -> None:
        poll = """id = "deeds"\ntitle = "t"\norganiser = "o"\ncontact = "c"\nrules = "r"\neligibility = "e"
closes_at = 2099-01-01T00:00:00Z\noption = [{ id = "a", number = 1, title = "a" }]\n"""
        file = shell.folder / "content" / "polls" / "deeds.toml"
        for terms, told in (("", False), ('results = "delayed"\n', True), ('results = "live"\nholds = false\n', False)):
            file.write_text(terms + poll, encoding="utf-8")
            done = shell.here("check")
            assert (done.returncode, "deeds: " in done.stdout) == (0, told), done.stdout


def test_a_reader_who_has_seen_enough(shell: Shell) -> None:
    command = f"{sys.executable} -m bot ask --json | head -n 1"
    done = subprocess.run(
        ["sh", "-c", command],
        input="你好\n" * 5000,
        capture_output=True,
        text=True,
        cwd=shell.folder,
        env=shell.environment(),
        timeout=SECONDS,
        check=False,
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


class TestAsk:
    FIELDS = ("question", "answered", "entry", "text", "score", "source", "suggestions")

    def test_json_is_one_object_a_line(self, full_shell: Shell) -> None:
        file = full_shell.folder / "questions.txt"
        file.write_text("紫荆云陪伴是什么？\n\n投票 3\nhello\u2028there\n", encoding="utf-8")
        done = full_shell("ask", "--json", "--file", str(file))
        assert done.returncode == 0
        objects = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
        assert [found["question"] for found in objects] == ["紫荆云陪伴是什么？", "", "投票 3", "hello\u2028there"]
        assert all(tuple(found) == self.FIELDS for found in objects)
        first = objects[0]
        assert first["answered"] is True
        assert tuple(first["source"]) == ("title", "publisher", "date")
        assert first["source"]["date"] == "2021-04-27"
        assert all(tuple(found) == ("entry", "title") for found in first["suggestions"])
        assert objects[1]["answered"] is False
        assert objects[3]["answered"] is False
        assert not full_shell.data.exists()

    def test_it_does_not_say_that_it_noted_what_it_does_not_keep(self, full_shell: Shell) -> None:
        said = full_shell.here("ask", "红烧肉怎么做").stdout
        assert "没有资料" in said
        assert "记下" not in said

    def test_a_single_question_and_standard_input(self, full_shell: Shell) -> None:
        done = full_shell.here("ask", "紫荆云陪伴是什么？")
        assert done.returncode == 0
        assert "华南师范大学" in done.stdout
        assert full_shell("ask", said="紫荆云陪伴是什么？\n").stdout == done.stdout

    def test_pinyin_is_answered_in_chinese(self, full_shell: Shell) -> None:
        assert "华南师范大学" in full_shell.here("ask", "zijing yun pei ban shi shenme").stdout

    def test_reasons(self, full_shell: Shell) -> None:
        asked = ("紫荆云陪伴是什么？", "", "北京有多少个网站被关停", "我不想活了", "云支教辅导了几个钟头")
        done = full_shell.here("ask", "--json", "--explain", said="".join(f"{line}\n" for line in asked))
        objects = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
        assert [found["question"] for found in objects] == list(asked)
        assert all(tuple(found) == (*self.FIELDS, "explain") for found in objects)
        to_the_letter, nothing, elsewhere, urgent, likely = (found["explain"] for found in objects)
        assert to_the_letter["doubt"] == ""
        assert [(near["entry"], near["score"]) for near in to_the_letter["near"]] == [("zijing-what", 1.0)]
        assert nothing == {"reading": "", "doubt": "nothing", "near": []}
        assert elsewhere["doubt"] == "places"
        assert urgent["doubt"] == "despair"
        assert tuple(likely["near"][0]) == ("entry", "title", "score", "phrasing", "evidence")
        assert 0 < likely["near"][0]["score"] < 1
        assert "words" in likely["near"][0]["evidence"]

    def test_reasons_in_words(self, full_shell: Shell) -> None:
        done = full_shell.here("ask", "--explain", "紫荆云陪伴是什么？")
        for part in ("1.00  zijing-what", "最像的问法", "有把握", "华南师范大学", "[紫荆云陪伴"):
            assert part in done.stdout
        assert "问的是别的地方" in full_shell.here("ask", "--explain", "北京有多少个网站被关停").stdout

    def test_every_doubt_has_its_words(self) -> None:
        search = shipped().knowledge.explain
        doubts = {search(question.q).doubt for question in gold("in_scope") + gold("out_of_scope")}
        assert len(doubts) > 5
        assert doubts <= _DOUBTS.keys()

    def test_lines_that_end_as_on_windows(self, shell: Shell) -> None:
        done = shell("ask", "--json", said="你好\r\n投票 3\r\n")
        assert [json.loads(line)["question"] for line in done.stdout.splitlines()] == ["你好", "投票 3"]

    def test_a_file_that_cannot_be_read(self, shell: Shell) -> None:
        done = shell.here("ask", "--file", "no-such-file")
        assert done.returncode == 2
        assert "no-such-file" in done.stderr


class TestRun:
    def test_it_begins_ends_and_leaves_nothing_behind(self, shell: Shell) -> None:
        with shell.running() as process:
            assert say(shell, "投票 3").startswith("投好了")
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=SECONDS)
            assert process.returncode == 0
            assert "Traceback" not in errors
        again = shell("recount", POLL, "--json")
        assert json.loads(again.stdout)["ballots"] == 1

    def test_at_debug_no_line_holds_a_persons_id(self, shell: Shell) -> None:
        with shell.running(LOG_LEVEL="DEBUG") as process, ThreadPoolExecutor() as pool:
            assert process.stderr
            reading = pool.submit(process.stderr.read)
            assert say(shell, "/subscribe 20:00").startswith("订好了")
            process.send_signal(signal.SIGTERM)
            lines = reading.result(SECONDS)
        with closing(sqlite3.connect(shell.data / "haowangmin.db")) as database:
            ((person,),) = database.execute("SELECT user FROM subscriptions").fetchall()
        assert len(person) > 10
        assert person not in lines

    @pytest.mark.parametrize(
        "settings",
        [
            {"DATABASE_URL": "sqlite:"},
            {"DATABASE_URL": "postgresql://h:bad/x"},
            {"DATABASE_URL": "sqlite:////proc/nope/x.db"},
            {"DATA_DIR": "/proc/nope"},
            {"DATA_DIR": "a-file"},
            {"KEYS_DIR": "a-file"},
            {"SECRET_KEY": "too-short"},
        ],
        ids=lambda settings: "=".join(*settings.items()),
    )
    def test_stores_that_cannot_be(self, shell: Shell, settings: dict[str, str]) -> None:
        (shell.folder / "a-file").write_text("important")
        (name,) = settings
        run, check = shell.here("run", **settings), shell.here("check", **settings)
        assert (run.returncode, check.returncode) == (2, 1)
        assert f"{name}: " in run.stderr
        assert f"{name}: " in check.stdout
        assert sorted(path.name for path in shell.folder.iterdir()) == ["a-file", "content"]

    def test_control_c_ends_it_as_well(self, shell: Shell) -> None:
        with shell.running() as process:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=SECONDS)
            assert process.returncode == 0
            assert "Traceback" not in errors

    def test_a_second_one_cannot_begin(self, serving: Shell) -> None:
        done = serving("run", "--port", str(Shell(serving.folder).port))
        assert done.returncode == 2
        assert "another process writes to this database" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_port_that_is_taken(self, shell: Shell) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", shell.port))
            listener.listen()
            done = shell("run")
        assert done.returncode == 2
        assert f"127.0.0.1:{shell.port}" in done.stderr
        assert f"haowangmin run --port {shell.port + 1}" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_file_that_is_no_database(self, shell: Shell) -> None:
        shell.data.mkdir()
        (shell.data / "haowangmin.db").write_bytes(b"no database" * 1000)
        for command in (["run"], ["migrate"], ["recount", POLL], ["backup", "copy.db"]):
            done = shell.here(*command)
            assert done.returncode == 2
            assert "haowangmin.db" in done.stderr
            assert "Traceback" not in done.stderr

    def test_a_postgresql_that_is_not_there(self, shell: Shell) -> None:
        done = shell("run", DATABASE_URL=f"postgresql://somebody:secret-word@127.0.0.1:{shell.port}/x")
        assert done.returncode == 2
        assert "the database cannot be used" in done.stderr
        assert "secret-word" not in done.stderr
        assert "Traceback" not in done.stderr

    def test_the_line_of_the_procfile(self, shell: Shell) -> None:
        """With honcho, as a platform starts it."""
        command = [str(HONCHO), "-f", str(PROJECT / "Procfile"), "start", "--port", str(shell.port)]
        with shell.started(command, shell.environment()):
            url = f"http://127.0.0.1:{shell.port}/livez"
            soon(lambda: _answers(url))

    def test_editing_content_while_it_runs(self, serving: Shell) -> None:
        url = f"http://127.0.0.1:{serving.port}/readyz"
        file = serving.folder / "content" / "phrases" / "home.toml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace('zh = "还可以：', "zh = 还可以："), encoding="utf-8")
        soon(lambda: "haowangmin check" in httpx.get(url).json()["content"])
        assert say(serving, "更多") == "还可以："
        file.write_text(text.replace("还可以：", "还能做这些："), encoding="utf-8")
        soon(lambda: say(serving, "更多") == "还能做这些：")
        assert httpx.get(url).json()["content"] == "ready"


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


class TestUnanswered:
    def test_while_the_service_runs(self, full_shell: Shell) -> None:
        with full_shell.running():
            say(
                full_shell,
                "红烧肉怎么做",
                "红烧肉怎么做呀，电话13800138000",
                "紫荆云陪伴辅导了多少小时",
                "👎",
                "我不想活了",
            )
            listed = full_shell("unanswered", "--json")
            table = full_shell("unanswered")
        assert listed.returncode == table.returncode == 0
        groups = [json.loads(line) for line in listed.stdout.splitlines()]
        assert all(tuple(group) == ("kind", "count", "last", "example", "texts", "entry", "title") for group in groups)
        assert [(group["kind"], group["count"], group["entry"]) for group in groups] == [
            ("unanswered", 2, None),
            ("disliked", 1, "zijing-hours"),
        ]
        assert groups[0]["texts"] == ["红烧肉怎么做", "红烧肉怎么做呀,电话***"]
        assert "13800138000" not in listed.stdout + table.stdout
        lines = ("3 句话", "2 组", "没有答案    红烧肉怎么做", "不满意      紫荆云", "答的是：zijing-hours 紫荆云")
        for part in (*lines, "也有人问：红烧肉怎么做呀,电话***", "README"):
            assert part in table.stdout
        assert "不想活" not in table.stdout

    def test_a_choice_from_a_menu(self, full_shell: Shell) -> None:
        full_shell.here("chat", said=f"{unclear_question()}\n1\n")
        chosen = shipped().knowledge.search(unclear_question()).suggestions[0].entry
        (group,) = map(json.loads, full_shell.here("unanswered", "--json", "--days", "1").stdout.splitlines())
        assert (group["kind"], group["entry"], group["title"]) == ("phrasing", chosen.id, chosen.title)
        assert f"加到：{chosen.id} {chosen.title}" in full_shell.here("unanswered").stdout

    def test_nothing_to_look_at(self, shell: Shell) -> None:
        missing = shell.here("unanswered")
        assert missing.returncode == 2
        assert "there is no database yet" in missing.stderr
        assert not shell.data.exists()
        shell.here("migrate")
        assert shell.here("unanswered").stdout == "最近 30 天没有要看的问题。\n"
        assert shell.here("unanswered", "--json").stdout == ""

    def test_an_old_schema(self, shell: Shell) -> None:
        shell.data.mkdir()
        first = _config()
        with create_engine(f"sqlite:///{shell.data}/haowangmin.db").begin() as first.attributes["connection"]:
            alembic.command.upgrade(first, "0001")
        done = shell.here("unanswered")
        assert done.returncode == 2
        assert "haowangmin migrate" in done.stderr
        assert shell.here("migrate").returncode == 0
        assert shell.here("unanswered").returncode == 0

    @pytest.mark.parametrize("days", ["0", "-1", "31", "00301", "x", "9999999999999999999", "9" * 5000])
    def test_days_that_are_none(self, shell: Shell, days: str) -> None:
        done = shell("unanswered", "--days", days)
        assert done.returncode == 2
        assert "--days" in done.stderr
        assert "Traceback" not in done.stderr


class TestRecount:
    def test_while_the_service_runs(self, serving: Shell) -> None:
        say(serving, "投票 3", "投票 4")
        done = serving("recount", POLL, "--json")
        assert done.returncode == 0
        found = json.loads(done.stdout)
        assert tuple(found) == ("poll", "ballots", "voters", "tally", "counters", "match", "root", "held", "channels")
        assert found["match"] is True
        assert found["tally"] == found["counters"]
        assert found["tally"]["rumour-squad"] >= 1
        assert "they match" in serving("recount", POLL).stdout

    def test_a_mismatch_is_found(self, shell: Shell) -> None:
        shell.here("chat", said="投票 3\n")
        with closing(sqlite3.connect(shell.data / "haowangmin.db")) as database, database:
            database.execute("UPDATE tallies SET votes = votes + 1")
        done = shell.here("recount", POLL, "--json")
        assert done.returncode == 1
        assert json.loads(done.stdout)["match"] is False
        assert "THEY DO NOT MATCH" in shell.here("recount", POLL).stdout

    def test_what_is_not_there(self, serving: Shell, shell: Shell) -> None:
        unknown = serving.here("recount", "no-such-poll")
        assert (unknown.returncode, unknown.stdout) == (2, "")
        missing = shell.here("recount", POLL)
        assert missing.returncode == 2
        assert "there is no database yet" in missing.stderr
        assert not shell.data.exists()


class TestChat:
    def test_in_its_own_process(self, shell: Shell) -> None:
        done = shell("chat", said="投票 3\n\n看结果\n0\n")
        assert done.returncode == 0
        assert "你好！我是网络素养小助手" in done.stdout
        assert "投好了" in done.stdout
        assert "一共 1 个账号" in done.stdout
        assert "  1. 问活动" in done.stdout
        assert (shell.data / "haowangmin.db").stat().st_mode & 0o077 == 0
        assert "[投票 3]" not in done.stdout.partition("投好了")[0]

    def test_beside_the_service(self, serving: Shell) -> None:
        done = serving("chat", said="今日一招\n")
        assert done.returncode == 0
        assert "the service is running" in done.stdout
        assert "今日一招：" in done.stdout

    def test_beside_a_service_on_another_port(self, serving: Shell) -> None:
        done = serving.here("chat", said="今日一招\n", PORT=str(Shell(serving.folder).port))
        assert done.returncode == 2
        assert "look at PORT" in done.stderr


class TestMigrate:
    def test_alone_and_beside_the_service(self, shell: Shell, serving: Shell) -> None:
        assert "up to date" in shell.here("migrate").stdout
        assert shell.here("migrate").returncode == 0
        beside = serving("migrate")
        assert beside.returncode == 0
        assert "the service is running" in beside.stdout


class TestBackup:
    def test_a_copy_of_the_running_service_can_be_restored(self, serving: Shell, shell: Shell) -> None:
        say(serving, "投票 5")
        copy = shell.folder / "copy.db"
        done = serving("backup", str(copy))
        assert done.returncode == 0, done.stderr
        assert str(serving.data / "keys") in done.stdout
        assert copy.stat().st_mode & 0o777 == 0o600
        assert sorted(path.name for path in shell.folder.iterdir()) == ["content", "copy.db"]
        before = json.loads(serving("recount", POLL, "--json").stdout)
        assert shell("restore", str(copy)).returncode == 0
        assert json.loads(shell("recount", POLL, "--json").stdout) == before
        for key in (serving.data / "keys").rglob("*.key"):
            assert key.read_bytes() not in copy.read_bytes()

    def test_what_was_there_is_kept_and_the_copy_is_in_force(self, shell: Shell) -> None:
        shell.here("chat", said="投票 1\n")
        copy = shell.folder / "copy.db"
        assert shell.here("backup", str(copy)).returncode == 0
        shell.here("chat", said="投票 2\n")
        done = shell.here("restore", str(copy))
        assert done.returncode == 0
        (kept,) = shell.data.glob("haowangmin.db.before-*[0-9]")
        assert kept.name in done.stdout
        assert "1 号　紫荆云陪伴\n██████████ 1 票" in shell.here("chat", said="看结果\n").stdout
        with closing(sqlite3.connect(kept)) as database:
            assert database.execute("SELECT option FROM ballots").fetchall() == [(2,)]

    def test_refusals(self, serving: Shell, shell: Shell) -> None:
        there = shell.folder / "there.db"
        there.write_text("important")
        assert serving.here("backup", str(there)).returncode == 2
        assert there.read_text() == "important"
        assert "cannot write" in serving.here("backup", str(shell.folder / "no" / "such" / "folder")).stderr
        assert "there is no database yet" in shell.here("backup", str(shell.folder / "copy.db")).stderr
        assert "pg_dump" in shell.here("backup", "copy.db", DATABASE_URL="postgresql://127.0.0.1/x").stderr
        beside = serving.here("restore", str(there))
        assert beside.returncode == 2
        assert "another process writes to this database" in beside.stderr

    def test_only_a_whole_backup_of_ours_is_restored(self, shell: Shell) -> None:
        shell.here("chat", said="投票 1\n")
        before = shell.here("recount", POLL, "--json").stdout
        for number, file in enumerate(_no_backups(shell)):
            done = shell.here("restore", str(file))
            assert done.returncode == 2, file
            assert "is no backup of ours, nothing was changed" in done.stderr, number
            assert "Traceback" not in done.stderr
        assert shell.here("recount", POLL, "--json").stdout == before
        assert list(shell.data.glob("*.before-*")) == []


def _no_backups(shell: Shell) -> Iterator[Path]:
    yield shell.folder / "missing.db"
    yield shell.folder
    text = shell.folder / "text.db"
    text.write_text("no database" * 1000)
    yield text
    other = shell.folder / "other.db"
    with closing(sqlite3.connect(other)) as database, database:
        database.execute("CREATE TABLE recipes (name TEXT)")
    yield other
    newer = shell.folder / "newer.db"
    shell.here("backup", str(newer))
    with closing(sqlite3.connect(newer)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    yield newer
    torn = shell.folder / "torn.db"
    shell.here("backup", str(torn))
    torn.write_bytes(torn.read_bytes()[: torn.stat().st_size // 2])
    yield torn


class TestDoctor:
    def test_all_is_well(self, serving: Shell) -> None:
        done = serving("doctor")
        assert done.returncode == 0, done.stdout
        assert "✗" not in done.stdout
        for part in ("settings", "data folder", "content", "pictures", "database", "clock"):
            assert part in done.stdout

    def test_before_the_first_start(self, shell: Shell) -> None:
        done = shell.here("doctor")
        assert done.returncode == 0
        assert "the first start makes it" in done.stdout

    def test_each_trouble_has_its_cure(self, shell: Shell) -> None:
        shell.here("chat", said="投票 1\n")
        with closing(sqlite3.connect(shell.data / "haowangmin.db")) as database, database:
            database.execute("UPDATE ledger SET at = at + 86400000")
        broken = shell.folder / "empty"
        broken.mkdir()
        done = shell.here("doctor", CONTENT_DIR=str(broken))
        assert done.returncode == 1
        assert "✗ 内容 content" in done.stdout
        assert "haowangmin check" in done.stdout
        assert "✗ 时钟 clock" in done.stdout
        assert done.stdout.count("✗") == 2
        assert done.stdout.count("  → ") == 2 + done.stdout.count("○")

    def test_a_font_that_cannot_draw_chinese(self, shell: Shell) -> None:
        font = shell.folder / "no-font.ttf"
        font.write_bytes(b"none")
        done = shell.here("doctor", PICTURE_FONT=str(font))
        assert done.returncode == 1
        assert "✗ 图片 pictures" in done.stdout

    def test_an_old_schema_and_a_file_that_is_no_database(self, shell: Shell) -> None:
        shell.here("migrate")
        file = shell.data / "haowangmin.db"
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("DELETE FROM alembic_version")
        old = shell.here("doctor")
        assert old.returncode == 1
        assert "haowangmin migrate" in old.stdout
        file.write_bytes(b"no database" * 1000)
        torn = shell.here("doctor")
        assert torn.returncode == 1
        assert "✗ 数据库 database" in torn.stdout
        assert "Traceback" not in torn.stderr

    def test_bad_settings(self, shell: Shell) -> None:
        done = shell.here("doctor", PORT="many", TELEGRAM_TOKEN="secret")
        assert done.returncode == 1
        assert done.stdout.count("✗") == 2
        assert "secret" not in done.stdout

    def test_telegram(self, shell: Shell) -> None:
        port = Shell(shell.folder).port
        api = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE": f"http://127.0.0.1:{port}/bot"}
        away = shell.here("doctor", **api)
        assert away.returncode == 1
        assert "✗ Telegram" in away.stdout
        command = [sys.executable, "-m", "tests.fakes.telegram", "--port", str(port)]
        with shell.started(command, shell.environment()):
            soon(lambda: _listens(port))
            assert "✓ Telegram: @haowangmin_test_bot" in shell.here("doctor", **api).stdout
            rejected = shell.here("doctor", **{**api, "TELEGRAM_BOT_TOKEN": "1:wrong"})
            assert rejected.returncode == 1
            assert "@BotFather" in rejected.stdout
            webhook = {"TELEGRAM_MODE": "webhook", "PUBLIC_URL": "https://bot.example.org"}
            unset = shell.here("doctor", **api, **webhook)
            assert unset.returncode == 1
            assert "https://bot.example.org/telegram/webhook" in unset.stdout
            assert TOKEN not in unset.stdout + unset.stderr
            assert "✓ Telegram inline: @haowangmin_test_bot" in unset.stdout
            hook = {"url": "https://bot.example.org/telegram/webhook", "allowed_updates": ["message"]}
            httpx.post(f"http://127.0.0.1:{port}/bot{TOKEN}/setWebhook", json=hook)
            partial = shell.here("doctor", **api, **webhook)
            assert "✗ Telegram webhook: 不送全部消息" in partial.stdout
            mended = shell.here("doctor", "--repair", **api, **webhook)
            assert mended.returncode == 0, mended.stdout
            assert f"✓ Telegram webhook: {hook['url']}" in mended.stdout
            set_to = httpx.post(f"http://127.0.0.1:{port}/bot{TOKEN}/getWebhookInfo").json()["result"]
            secret = (shell.data / "keys" / "telegram-webhook.key").read_bytes()
            assert set_to["secret_token"] == secret.hex()
            assert secret.hex() not in mended.stdout + mended.stderr
            in_the_way = shell.here("doctor", **api)
            assert in_the_way.returncode == 1
            assert "doctor --repair 去掉它" in in_the_way.stdout
            assert shell.here("doctor", "--repair", **api).returncode == 0
            assert not httpx.post(f"http://127.0.0.1:{port}/bot{TOKEN}/getWebhookInfo").json()["result"]["url"]

    def test_wechat(self, shell: Shell) -> None:
        port = Shell(shell.folder).port
        account = {"WECHAT_APP_ID": APP_ID, "WECHAT_TOKEN": "t", "WECHAT_ENCODING_AES_KEY": AES_KEY}
        api = {**account, "WECHAT_API_BASE": f"http://127.0.0.1:{port}", "WECHAT_VERIFIED": "true"}
        assert "✓ 微信公众号 WeChat" in shell.here("doctor", **account).stdout
        assert "→ 设 WECHAT_APP_SECRET" in shell.here("doctor", **api).stdout
        api["WECHAT_APP_SECRET"] = SECRET
        away = shell.here("doctor", **api)
        assert away.returncode == 1
        assert "✗ 微信公众号 WeChat: not connected" in away.stdout
        command = [sys.executable, "-m", "tests.fakes.wechat", "--port", str(port), "--unauthorised", BIZSEND]
        with shell.started(command, shell.environment()):
            soon(lambda: _listens(port))
            assert "✓ 微信公众号 WeChat: 能主动发消息" in shell.here("doctor", **api).stdout
            wrong_kind = shell.here("doctor", **api, WECHAT_ACCOUNT="service")
            assert wrong_kind.returncode == 1
            assert BIZSEND in wrong_kind.stdout
            rejected = shell.here("doctor", **{**api, "WECHAT_APP_SECRET": "another-secret"})
            assert "check WECHAT_APP_ID and WECHAT_APP_SECRET" in rejected.stdout
            assert "another-secret" not in rejected.stdout + rejected.stderr


class TestReview:
    TOLD = (
        *("/story", "满14岁了", "楼下的手机课", "王阿姨每个周六在楼下教邻居用手机，打１３８００１３８０００报名。"),
        *("跳过", "别的大人", "都同意了", "匿名", "同意，交上去"),
    )

    @staticmethod
    def code(shown: str) -> str:
        return shown.split("校验码：")[1].split()[0]

    def test_without_a_service(self, shell: Shell) -> None:
        none_yet = shell.here("review")
        assert none_yet.returncode == 2
        assert "no database yet" in none_yet.stderr
        shell.here("chat", said="\n".join(self.TOLD))
        assert "1 号《楼下的手机课》等着审" in shell.here("review").stdout
        shown = shell.here("review", "show", "1").stdout
        assert "王阿姨每个周六" in shown
        assert "电话号码：13800138000" in shown
        wrong = shell.here("review", "approve", "1", "00000000")
        assert wrong.returncode == 1
        assert "校验码对不上" in wrong.stdout
        silent = shell.here("review", "return", "1", self.code(shown))
        assert silent.returncode == 1
        assert "要写一句理由" in silent.stdout
        back = shell.here("review", "--as", "lan", "return", "1", self.code(shown), "请去掉", "电话")
        assert back.returncode == 0
        assert "退回给作者了" in back.stdout
        assert "审稿人说：请去掉 电话" in shell.here("chat", said="/mine 1").stdout
        assert "没有要审的" in shell.here("review", "list").stdout
        assert shell.here("review", "show", "1").returncode == 1

    def test_beside_a_service(self, serving: Shell) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{serving.port}") as person:
            for line in self.TOLD:
                person.post("/api/chat", json={"text": line})
            assert person.get("/stories/1").status_code == 404
            shown = serving.here("review", "show", "1").stdout
            lost = serving.here("review", "--port", str(Shell(serving.folder).port), "approve", "1", self.code(shown))
            assert lost.returncode == 2
            assert "--port" in lost.stderr
            done = serving.here("review", "approve", "1", self.code(shown))
            assert (done.returncode, done.stderr) == (0, "")
            assert "已经公开" in done.stdout
            assert "楼下的手机课" in person.get("/stories/1").text
            assert "好消息" in person.get("/api/inbox").text
        assert serving.here("review", "approve", "1", self.code(shown)).returncode == 1

    def test_a_photo_is_written_down_to_be_looked_at(self, serving: Shell) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{serving.port}") as person:
            for line in self.TOLD[:4]:
                person.post("/api/chat", json={"text": line})
            sent = person.post("/api/photo", content=photo(), headers={"Content-Type": "image/jpeg"})
            assert "照片收到了" in sent.json()["text"]
            for line in self.TOLD[5:]:
                person.post("/api/chat", json={"text": line})
            number = serving.here("review").stdout.split(" 号《")[0].split()[-1]
            assert "--photo" in serving.here("review", "show", number).stdout
            file = serving.folder / "photo.jpg"
            shown = serving.here("review", "show", number, "--photo", str(file)).stdout
            assert "（有一张照片）" in shown
            assert person.get(f"/stories/{number}.jpg").status_code == 404
            assert serving.here("review", "approve", number, self.code(shown)).returncode == 0
            assert person.get(f"/stories/{number}.jpg").content == file.read_bytes()
        assert opened(file.read_bytes()).size == (60, 40)


class TestHeld:
    def test_without_a_service(self, shell: Shell) -> None:
        assert "no database yet" in shell.here("held").stderr
        shell.here("migrate")
        assert "没有要核实的票" in shell.here("held").stdout
        assert shell.here("held", "show", "1").returncode == 1
        unknown = shell.here("held", "--as", "lan", "release", "1", "3")
        assert (unknown.returncode, unknown.stdout) == (1, "没有这一件。\n")

    def test_two_names_rule(self, shell: Shell) -> None:
        shell.here("chat", said="/vote nanyue-stories 3\n")
        asyncio.run(_suspect(shell))
        assert "1 号 · 【演示】" in shell.here("held", "list").stdout
        assert "votes 40" in shell.here("held", "show", "1").stdout
        first = shell.here("held", "--as", "lan", "exclude", "1", "1")
        assert (first.returncode, "还要另一个人" in first.stdout) == (0, True)
        assert shell.here("held", "--as", "lan", "exclude", "1", "1").returncode == 1
        known = {"OPERATOR_ACCOUNTS": "telegram:1+terminal:lan+terminal:lan-at-home, telegram:2+terminal:mei"}
        stranger = shell.here("held", "--as", "Lan", "exclude", "1", "1", **known)
        assert (stranger.returncode, "--as" in stranger.stderr) == (2, True)
        assert shell.here("review", "--as", "Lan", "approve", "1", "00000000", **known).returncode == 2
        assert "两个人都说不计入" in shell.here("held", "--as", "mei", "exclude", "1", "1", **known).stdout
        recount = json.loads(shell.here("recount", "nanyue-stories", "--json").stdout)
        assert (recount["match"], recount["ballots"], sum(recount["tally"].values())) == (True, 1, 0)
        assert sum(recount["held"].values()) == 1

    def test_beside_a_service(self, serving: Shell) -> None:
        unknown = serving.here("held", "--as", "lan", "release", "1", "3")
        assert (unknown.returncode, unknown.stdout) == (1, "没有这一件。\n")


class TestOperator:
    def test_the_first_administrator_is_made_here(self, shell: Shell) -> None:
        assert "no database yet" in shell.here("operator").stderr
        shell.here("migrate")
        assert "还没有人" in shell.here("operator", "list").stdout
        added = shell.here("operator", "--as", "root", "add", "王小兰", "--role", "administrator")
        assert added.returncode == 0
        assert re.search(rf"\nhttp://127\.0\.0\.1:{shell.port}/desk/invitation/[0-9a-f]{{64}}\n$", added.stdout)
        assert shell.here("operator").stdout == "王小兰\t管理员\t邀请了，还没来\n"
        again = shell.here("operator", "--as", "root", "add", "王小兰", "--role", "editor")
        assert (again.returncode, again.stdout) == (1, "这个名字用过了，换一个。\n")
        public = {"PUBLIC_URL": "https://bot.example.org/"}
        other = shell.here("operator", "--as", "root", "invite", "王小兰", **public)
        assert "\nhttps://bot.example.org/desk/invitation/" in other.stdout
        assert other.stdout.splitlines()[-1] != added.stdout.splitlines()[-1]
        plain = shell.here("operator", "--as", "root", "invite", "王小兰", PUBLIC_URL="http://bot.example.org")
        assert f"\nhttp://127.0.0.1:{shell.port}/desk/invitation/" in plain.stdout, "where the desk would open"
        assert "没有这个人" in shell.here("operator", "--as", "root", "lock", "nobody").stdout

    def test_the_log_and_what_was_done_to_it(self, shell: Shell) -> None:
        assert shell.here("audit").returncode == 2
        shell.here("migrate")
        empty = shell.here("audit")
        assert (empty.returncode, empty.stdout) == (0, "记录完好。抄下这一行，以后用 --noted 查：0\n")
        for name in ("lan", "mei", "bo"):
            shell.here("operator", "--as", "root", "add", name, "--role", "administrator")
        whole = shell.here("audit", "--last", "2")
        assert whole.returncode == 0
        assert [line.partition(" terminal:root ")[2] for line in whole.stdout.splitlines()[:2]] == [
            "邀请 mei 链接给了。",
            "邀请 bo 链接给了。",
        ]
        head = whole.stdout.strip().rpartition("：")[2]
        assert head.startswith("3:")
        assert shell.here("audit", "--noted", head).returncode == 0
        assert shell.here("audit", "--noted", "0").returncode == 0, "noted when it was empty"
        with sqlite3.connect(shell.data / "haowangmin.db") as database:
            database.execute("DELETE FROM desk_log WHERE number = 3")
        assert shell.here("audit").returncode == 0, "the end of it is missed by who noted it"
        cut = shell.here("audit", "--noted", head)
        assert (cut.returncode, f"找不到抄下的那一行 {head}" in cut.stdout) == (1, True)
        with sqlite3.connect(shell.data / "haowangmin.db") as database:
            database.execute("UPDATE desk_log SET subject = 'yun', act = 'odd-act' WHERE number = 1")
        broken = shell.here("audit")
        assert (broken.returncode, "从第 1 行起对不上" in broken.stdout) == (1, True)
        assert " odd-act yun 链接给了。" in broken.stdout

    def test_who_is_not_named_does_nothing(self, shell: Shell) -> None:
        shell.here("migrate")
        known = {"OPERATOR_ACCOUNTS": "telegram:1+terminal:lan+desk:lan"}
        for who in ("Lan", "desk:lan"):
            stranger = shell.here("operator", "--as", who, "add", "x", "--role", "administrator", **known)
            assert (stranger.returncode, "--as" in stranger.stderr) == (2, True)
        assert "还没有人" in shell.here("operator", **known).stdout

    def test_beside_a_service(self, serving: Shell) -> None:
        added = serving.here("operator", "--as", "root", "add", "lan", "--role", "administrator")
        link = added.stdout.splitlines()[-1]
        page = httpx.get(link)
        assert (page.status_code, "lan，欢迎来工作台" in page.text) == (200, True)
        serving.here("operator", "--as", "root", "invite", "lan")
        assert httpx.get(link).status_code == 410
        with httpx.Client(base_url=f"http://127.0.0.1:{serving.port}") as stranger:
            order = {"act": "invite", "name": "x", "by": "x", "role": "administrator"}
            assert stranger.post("/api/operator", json=order).status_code == 403


class TestSwitch:
    def test_without_a_service(self, shell: Shell) -> None:
        assert shell.here("switch").returncode == 2
        shell.here("migrate")
        assert "照常发送" in shell.here("switch").stdout
        halted = shell.here("switch", "halt", "--as", "lan")
        assert (halted.returncode, "全部停发了" in halted.stdout) == (0, True)
        assert "全部停发：terminal:lan，" in shell.here("switch").stdout
        assert "什么都没有变" in shell.here("switch", "halt", "--as", "mei").stdout
        known = {"OPERATOR_ACCOUNTS": "telegram:1+terminal:lan"}
        stranger = shell.here("switch", "go-on", "--as", "mei", **known)
        assert (stranger.returncode, "--as" in stranger.stderr) == (2, True)
        assert "恢复发送了" in shell.here("switch", "go-on", "--as", "lan", **known).stdout
        log = shell.here("audit").stdout
        assert "terminal:lan 全部停发 sending 成了。" in log
        assert "telegram:1 恢复发送 sending 成了。" in log  # the first account of this person

    def test_beside_a_service(self, serving: Shell) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{serving.port}") as stranger:
            assert stranger.post("/api/switch", json={"turn": "halt"}).status_code == 403
            assert serving.here("switch", "halt", "--as", "lan").returncode == 0
            assert "halted" in stranger.get("/readyz").json()["sending"]
            assert "全部停发" in serving.here("switch").stdout
            assert serving.here("doctor").returncode == 1
            assert serving.here("switch", "go-on", "--as", "lan").returncode == 0
            assert stranger.get("/readyz").json()["sending"] == "ready"


class TestBroadcast:
    TEXT = "明天下午三点，社区手机课改到二楼。"

    def send(self, shell: Shell, *more: str, said: str = "") -> "subprocess.CompletedProcess[str]":
        return shell.here("broadcast", "--as", "lan", "--text", self.TEXT, *more, said=said)

    def test_without_a_service(self, shell: Shell) -> None:
        assert "no database yet" in self.send(shell, "--yes").stderr
        shell.here("migrate")
        assert "还没有发过通知" in shell.here("broadcast").stdout
        nobody = self.send(shell, "--yes")
        assert (nobody.returncode, "没有人可以收到" in nobody.stdout) == (1, True)
        asyncio.run(_subscribe(shell, 3))
        declined = self.send(shell, said="\n")
        assert (declined.returncode, declined.stdout.count("没有发")) == (1, 1)
        assert self.send(shell, said="").returncode == 1
        assert "还没有发过通知" in shell.here("broadcast", "list").stdout

        confirmed = self.send(shell, "--yes", "--for", "parents")
        assert confirmed.returncode == 0
        assert f"网页上看到的 ────\n{self.TEXT}\n[退订]" in confirmed.stdout
        assert "网页：1 人，下次打开网页时看到" in confirmed.stdout
        assert "1 号通知已经确认" in confirmed.stdout
        assert "1 号 · 等着发 · " in shell.here("broadcast").stdout
        stands = json.loads(shell.here("broadcast", "status", "1", "--json").stdout)
        assert (stands["state"], stands["audience"], stands["people"], stands["text"]) == (
            "planned",
            "parents",
            1,
            self.TEXT,
        )
        for order, code, told in (
            *(("pause", 0, "1 号暂停了"), ("resume", 0, "1 号接着发"), ("stop", 0, "1 号停下了")),
            *(("resume", 1, "什么都没有变"), ("stop", 0, "1 号停下了")),
        ):
            done = shell.here("broadcast", order, "1")
            assert (done.returncode, told in done.stdout) == (code, True), order
        report = shell.here("broadcast", "status", "1").stdout
        assert "计划 0 = 送达 0 + 被拒 0 + 不明 0 + 过期 0 + 还在等 0" in report
        assert "确认时有 1 人，到停下为止排了 0 人" in report
        for unknown in (("status", "9"), ("pause", "9")):
            done = shell.here("broadcast", *unknown)
            assert (done.returncode, "没有 9 号通知" in done.stdout) == (1, True)

    def test_only_who_is_named_may_send_or_stop_it(self, shell: Shell) -> None:
        shell.here("migrate")
        asyncio.run(_subscribe(shell, 1))
        known = {"OPERATOR_ACCOUNTS": "telegram:1+terminal:lan, telegram:2+terminal:mei"}
        sent = ("--text", self.TEXT, "--yes")
        for did in (sent, ("pause", "1"), ("stop", "1")):
            for who in (("--as", "Lan"), ("--as", "telegram:1"), ()):
                stranger = shell.here("broadcast", *who, *did, **known)
                assert (stranger.returncode, "--as" in stranger.stderr) == (2, True)
        assert "还没有发过通知" in shell.here("broadcast", **known).stdout
        assert shell.here("broadcast", "--text", self.TEXT, "--preview", **known).returncode == 0
        assert "1 号通知已经确认" in shell.here("broadcast", "--as", "lan", *sent, **known).stdout
        assert "1 号停下了" in shell.here("broadcast", "--as", "mei", "stop", "1", **known).stdout
        log = shell.here("audit").stdout
        assert "telegram:1 发布通知 #1" in log
        assert "telegram:2 停下通知 #1" in log

    def test_what_cannot_be_sent(self, shell: Shell) -> None:
        file = shell.folder / "notice.txt"
        file.write_text("字" * 501, encoding="utf-8")
        assert "最多 500 个字" in shell.here("broadcast", "--file", str(file)).stderr
        file.write_bytes("广东省".encode("gb18030"))
        assert "UTF-8" in shell.here("broadcast", "--file", str(file)).stderr
        assert "读不了" in shell.here("broadcast", "--file", str(shell.folder / "none.txt")).stderr
        assert (
            "UTF-8" in shell("broadcast", "--text", "\udcff 课改到二楼").stderr
        )  # a byte that is none, as it was typed
        assert "通知是空的" in shell.here("broadcast", "--text", " \n").stderr
        for option in ("--preview", "--yes"):
            nothing = shell.here("broadcast", option)
            assert (nothing.returncode, "--text" in nothing.stderr) == (2, True)
        shell.here("migrate")
        assert "可以用：web" in self.send(shell, "--channel", "telegram").stderr
        assert "--yes" in self.send(shell, "--json").stderr
        assert shell.here("broadcast", "--text", "").returncode == 2

    def test_beside_a_service(self, serving: Shell) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{serving.port}") as person:
            for line in ("/start", "订阅 8点"):
                person.post("/api/chat", json={"text": line})
            preview = self.send(serving, "--preview", "--json")
            forecast = json.loads(preview.stdout)["forecast"]
            assert [(share["channel"], share["people"]) for share in forecast["shares"]] == [("web", 1)]
            lost = self.send(serving, "--yes", "--port", str(Shell(serving.folder).port))
            assert (lost.returncode, "再发之前先看" in lost.stderr) == (2, True)
            assert "还没有发过通知" in serving.here("broadcast").stdout

            told = self.send(serving, said="是\n")
            assert "计划 1 = 送达 0 + 被拒 0 + 不明 0 + 过期 0 + 还在等 1" in told.stdout
            assert "1 条要等人打开网页" in told.stdout
            (letter,) = person.get("/api/inbox").json()["messages"]
            assert letter["text"] == self.TEXT
            assert letter["buttons"] == [{"label": "退订", "command": "/unsubscribe"}]
            person.post("/api/inbox", json={"seen": [letter["id"]]})
            done = json.loads(serving.here("broadcast", "status", "1", "--wait", "--json").stdout)
            assert (done["planned"], done["sent"], done["waiting"]) == (1, 1, 0)
            soon(lambda: "发完了" in serving.here("broadcast", "status", "1").stdout)
            assert serving.here("broadcast", "stop", "1").returncode == 1

    def test_only_this_machine_may_order_it(self, serving: Shell) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{serving.port}") as stranger:
            for path in ("/api/broadcast", "/api/broadcast/order"):
                assert stranger.post(path, json={"number": 1, "order": "stop"}).status_code == 403


async def _subscribe(shell: Shell, people: int) -> None:
    """People on the web, the first of whom chose tips for parents."""
    database = Database(f"sqlite:///{shell.data / 'haowangmin.db'}", utc_now)
    records = SubscriptionRecords(database)
    for number in range(people):
        who = Address("web", f"person-{number}", f"person-{number}")
        audience: Audience = "everyone" if number else "parents"
        message = Message(f"m{number}", who, "", utc_now())
        await records.save(message, Subscription(who, datetime.time(8), audience=audience))
    await database.close()


async def _suspect(shell: Shell) -> None:
    """All who have voted, which the demonstration's own detectors never would."""
    database = Database(f"sqlite:///{shell.data / 'haowangmin.db'}", utc_now)
    async with database.reading() as connection:
        voters = frozenset(await connection.scalars(select(ballots.c.voter)))
    suspicion = Suspicion("nanyue-stories", "burst", 3, {"votes": 40}, voters, utc_now())
    await HoldRecords(database, lambda *_: b"").hold(suspicion)
    await database.close()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_the_script_is_installed_and_tells_its_commands() -> None:
    script = Path(sys.executable).with_name("haowangmin")
    done = subprocess.run([script, "--help"], capture_output=True, text=True, timeout=SECONDS, check=True)
    everyday = {"run", "chat", "check", "ask", "unanswered", "doctor", "review", "held", "broadcast", "menu"}
    commands = everyday | {"recount", "export-poll", "destroy-key", "migrate", "backup", "restore"}
    assert all(command in done.stdout for command in commands)
