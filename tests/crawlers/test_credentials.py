"""Credentials: where they are read, who may read them, and where they never show."""

import json
import logging
import stat
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from crawlers import credentials, runs
from crawlers.drafts import Refused
from crawlers.models import CrawlRun, RejectedRecord, Source
from crawlers.params import with_credentials
from crawlers.pipelines import _without_secrets
from crawlers.runs import run_source
from crawlers.saving import save_batch
from tests.crawlers.samples import NOW

COOKIE = 'SUB=_2A25-top"secret\\x; SUBP=0033'
VARIABLE = "FENGHUO_CREDENTIAL_WEIBO_COOKIE"


@pytest.fixture(autouse=True)
def _apart(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path / "data"
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)


def test_a_file_comes_before_dotenv_and_that_before_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "of the environment")
    assert credentials.read("weibo_cookie") == "of the environment"
    Path(".env").write_text(f"{VARIABLE}='of dotenv'\n")
    assert credentials.read("weibo_cookie") == "of dotenv"
    credentials.write("weibo_cookie", "of the file")
    assert credentials.read("weibo_cookie") == "of the file"


def test_a_changed_dotenv_holds_at_once() -> None:
    for value in ("first", "second"):
        Path(".env").write_text(f"{VARIABLE}={value}\n")
        assert credentials.read("weibo_cookie") == value


def test_only_this_user_may_read_the_file_also_when_it_is_written_again() -> None:
    for value in ("one", "two"):
        path = credentials.write("weibo_cookie", value)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert path.read_text() == value
    assert [entry.name for entry in path.parent.iterdir()] == ["weibo_cookie"]


@pytest.mark.parametrize("name", ["", "Weibo", "../x", "a/b", "a.b", "1a", "x" * 60, "名"])
def test_odd_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="名称"):
        credentials.write(name, "x")
    with pytest.raises(credentials.MissingCredential):
        credentials.read(name)


@pytest.mark.parametrize("value", ["", "  \n", "a\nb", "a\x00b", "a\rSet-Cookie: x"])
def test_what_would_break_a_header_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="凭据"):
        credentials.write("weibo_cookie", value)


def test_a_missing_one_says_what_to_do() -> None:
    with pytest.raises(credentials.MissingCredential, match="fenghuo credential weibo_cookie"):
        credentials.filled("{credential:weibo_cookie}")


def test_placeholders_are_found_and_filled_however_deep() -> None:
    credentials.write("weibo_cookie", "c")
    credentials.write("jd_key", "k")
    params = {
        "cookie": "{credential:weibo_cookie}",
        "keys": [{"a": "x{credential:jd_key}"}],
        "n": 1,
    }
    assert credentials.named_in(params) == {"weibo_cookie", "jd_key"}
    assert with_credentials(params) == {"cookie": "c", "keys": [{"a": "xk"}], "n": 1}


@pytest.mark.parametrize(
    "written", [COOKIE, json.dumps({"a": COOKIE}), repr(COOKIE), f"x{COOKIE}y"]
)
def test_a_credential_is_hidden_however_it_is_written(written: str) -> None:
    hidden = credentials.hidden(written, [COOKIE])
    assert "_2A25" not in hidden
    assert "***" in hidden


def test_one_that_is_not_ascii_is_hidden_in_json_too() -> None:
    secret = '口令"一"'
    for ascii_only in (True, False):
        written = json.dumps([secret], ensure_ascii=ascii_only)
        assert credentials.hidden(written, [secret]) == '["***"]'


def test_it_is_hidden_in_data_of_any_shape() -> None:
    data = {"a": [COOKIE, {"b": f"Cookie: {COOKIE}"}], COOKIE: 1, "n": None}
    hidden = credentials.hidden_within(data, [COOKIE])
    assert hidden == {"a": ["***", {"b": "Cookie: ***"}], "***": 1, "n": None}


def test_short_values_hide_nothing_by_accident() -> None:
    assert credentials.hidden("a1b1", ["1"]) == "a1b1"


def make(**values: Any) -> Source:
    values = {
        "slug": "weibo",
        "name": "微博搜索",
        "spider": "weibo_search",
        "platform": "weibo",
        "params": {"cookie": "{credential:weibo_cookie}", "keywords": ["x"]},
    } | values
    return Source.objects.create(**values)


@pytest.mark.django_db
def test_a_new_value_lets_refused_sources_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    later = NOW.replace(year=NOW.year + 1)
    make(failures=2, block_reason="login", next_run_at=later)
    make(slug="well", next_run_at=later)
    make(slug="off", failures=1, enabled=False, next_run_at=later)
    make(slug="other", failures=1, params={"cookie": "{credential:jd}"}, next_run_at=later)
    monkeypatch.setattr("config.clock.now", lambda: NOW)
    monkeypatch.setattr("sys.stdin", StringIO(COOKIE + "\n"))
    out = StringIO()
    call_command("credential", "weibo_cookie", stdout=out)
    assert "马上重试：weibo" in out.getvalue()
    assert "_2A25" not in out.getvalue()
    due = Source.objects.filter(next_run_at=NOW).values_list("slug", flat=True)
    assert list(due) == ["weibo"]
    assert credentials.read("weibo_cookie") == COOKIE


@pytest.mark.django_db
def test_a_refused_value_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials.write("weibo_cookie", "old")
    monkeypatch.setattr("sys.stdin", StringIO("\n"))
    with pytest.raises(CommandError, match="空"):
        call_command("credential", "weibo_cookie")
    assert credentials.read("weibo_cookie") == "old"


class Child:
    """Stands for a spider's process that says its cookie wherever it can."""

    returncode = 0

    def __init__(self) -> None:
        self.jobs: list[dict[str, Any]] = []

    def communicate(self, job: str | None = None, timeout: float | None = None) -> tuple[str, str]:
        assert job is not None
        self.jobs.append(json.loads(job))
        cookie = self.jobs[-1]["source"]["params"]["cookie"]
        block = {"reason": "login", "detail": f"拒绝 {cookie}", "retry_after": None}
        refused = {f"{cookie} 太长": 3}
        result = {"reason": "blocked", "block": block, "save_failed": "", "exceptions": []}
        out = json.dumps(result | {"gap": cookie, "refused": refused}, ensure_ascii=False)
        return out, f"WARNING: sent Cookie: {cookie}\nrepr {cookie!r}"

    def poll(self) -> int:
        return 0


@pytest.mark.django_db
def test_the_value_reaches_the_spider_and_no_log_and_no_row(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    credentials.write("weibo_cookie", COOKIE)
    child = Child()
    with patch.object(runs, "_child", lambda: child):
        run_source(make(), now=NOW)
    assert child.jobs[0]["source"]["params"]["cookie"] == COOKIE
    rows = [*CrawlRun.objects.values(), *Source.objects.values()]
    assert "拒绝 ***" in str(rows)
    assert "_2A25" not in str(rows)
    assert "Cookie: ***" in caplog.text
    assert "_2A25" not in caplog.text


@pytest.mark.django_db
def test_each_run_reads_the_value_anew() -> None:
    source, child = make(), Child()
    for value in ("first-cookie", "second-cookie"):
        credentials.write("weibo_cookie", value)
        source.lease_token = ""
        with patch.object(runs, "_child", lambda: child):
            run_source(source, now=NOW)
    told = [job["source"]["params"]["cookie"] for job in child.jobs]
    assert told == ["first-cookie", "second-cookie"]


@pytest.mark.django_db
def test_a_missing_credential_fails_the_run_and_says_which() -> None:
    run = run_source(make(), now=NOW)
    assert (run.outcome, "fenghuo credential weibo_cookie" in run.detail) == ("failed", True)


@pytest.mark.django_db
def test_a_bad_record_that_quotes_the_cookie_is_kept_without_it() -> None:
    refused = Refused({"error": f"no session for {COOKIE}"}, f"看不懂：{COOKIE}")
    save_batch([_without_secrets(refused, (COOKIE,))], now=NOW)
    kept = str(RejectedRecord.objects.values())
    assert "no session for ***" in kept
    assert "_2A25" not in kept


def test_a_job_shows_no_credentials_when_it_is_printed() -> None:
    from crawlers.spiders.base import Job

    assert "_2A25" not in repr(Job("s", "weibo", {}, secrets=(COOKIE,)))
