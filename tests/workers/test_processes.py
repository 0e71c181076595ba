"""`fenghuo worker` and `fenghuo beat` say what is wrong with how they were called."""

from datetime import timedelta
from pathlib import Path

import pytest

from config import clock
from reports import heartbeats
from tests.processes import fenghuo
from workers import processes
from workers.schedule import QUEUES


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--queues", "scores"], "no queue 'scores'; there are crawl, score, alert"),
        (["--queues", ","], "no queue"),
        (["--pool", "gevent"], "invalid choice"),
        (["--concurrency", "0"], "not a number from 1 on"),
        (["--concurrency", "two"], "not a number from 1 on"),
    ],
)
def test_wrong_usage_is_named(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        processes.worker(arguments)
    assert caught.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("command", ["worker", "beat"])
@pytest.mark.parametrize("address", ["nonsense://x", "localhost:6379"])
def test_a_broker_of_no_known_kind_is_named(command: str, address: str, tmp_path: Path) -> None:
    done = fenghuo(command, data_dir=str(tmp_path), broker_url=address)
    assert done.returncode == 2
    assert "FENGHUO_BROKER_URL: this is no address of a broker" in done.stderr
    assert "Traceback" not in done.stderr


def test_queues_are_read_with_spaces_and_default_to_all() -> None:
    assert processes._worker_options(["--queues", "score, alert"]).queues == ["score", "alert"]
    assert processes._worker_options([]).queues == list(QUEUES)


@pytest.mark.django_db
class TestCheck:
    @pytest.fixture(autouse=True)
    def _no_set_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(processes, "_set_up", lambda: None)
        heartbeats._written.clear()

    def test_sweeps_that_happen_are_healthy(self) -> None:
        heartbeats.record("score", now=clock.now())
        assert processes.worker(["--queues", "score", "--check"]) == 0

    def test_a_silent_sweep_is_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        heartbeats.record("score", now=clock.now() - timedelta(hours=1))
        assert processes.worker(["--queues", "score,alert", "--check"]) == 1
        assert "no sweep for too long: score, alert" in capsys.readouterr().err

    def test_beat_is_healthy_when_all_sweeps_happen(self) -> None:
        for name in QUEUES:
            heartbeats.record(name, now=clock.now())
        assert processes.beat(["--check"]) == 0
