"""A failpoint strikes at the call for which it is armed, and only there."""

from __future__ import annotations

import sqlite3
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from streamproof.harness.reliability.failpoints import (
    FAIL,
    FILL_DISK,
    SET_CLOCK,
    CommitError,
    Failpoints,
    MovableClock,
    Strike,
    read_strike,
)


@pytest.fixture
def reached():
    return []


@pytest.fixture
def failpoints(tmp_path, reached):
    return Failpoints(MovableClock(), str(tmp_path / "chat.db"), reached.append)


def calls(failpoints, name, count):
    """Call a failpoint some times; return at which calls it failed."""
    failed = []
    for nth in range(1, count + 1):
        try:
            failpoints(name)
        except CommitError:
            failed.append(nth)
    return failed


def test_a_failpoint_that_is_not_armed_does_nothing(failpoints, reached):
    assert calls(failpoints, "commit", 3) == []
    assert reached == []


def test_a_strike_counts_the_calls_of_its_own_failpoint(failpoints, reached):
    failpoints.arm(Strike("commit", FAIL, nth=2, times=2))
    assert calls(failpoints, "begin", 3) == []
    assert calls(failpoints, "commit", 5) == [2, 3]
    assert reached == ["commit", "commit"]


def test_arming_again_begins_to_count_anew(failpoints):
    failpoints.arm(Strike("commit", FAIL, nth=3))
    assert calls(failpoints, "commit", 2) == []
    failpoints.arm(Strike("commit", FAIL, nth=3))
    assert calls(failpoints, "commit", 3) == [3]
    failpoints.arm(None)
    assert calls(failpoints, "commit", 3) == []


def test_the_clock_jumps(tmp_path, reached):
    clock = MovableClock()
    failpoints = Failpoints(clock, str(tmp_path / "chat.db"), reached.append)
    failpoints.arm(Strike("commit", SET_CLOCK, seconds=-3600))
    failpoints("commit")
    assert timedelta(minutes=59) < datetime.now(UTC) - clock() < timedelta(minutes=61)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for files")
def test_on_a_full_disk_the_system_refuses_a_commit(tmp_path, reached):
    path = tmp_path / "chat.db"
    failpoints = Failpoints(MovableClock(), str(path), reached.append)
    failpoints.arm(Strike("commit", FILL_DISK, seconds=1.0))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (x)")
        for n in range(50):
            connection.execute("INSERT INTO t VALUES (?)", (n,))
        connection.execute("PRAGMA wal_checkpoint(RESTART)")  # now the log is written over
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO t VALUES (99)")
        failpoints("commit")
        assert reached == ["commit"]
        with pytest.raises(sqlite3.OperationalError, match=r"I/O error|full"):
            connection.execute("COMMIT")
        connection.rollback()
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer):
                thread.join()  # the disk has room again
        connection.execute("INSERT INTO t VALUES (100)")
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (51,)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for files")
def test_a_disk_that_is_not_full_is_not_reported(failpoints, reached, monkeypatch):
    import resource

    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    failpoints.arm(Strike("commit", FILL_DISK))
    with pytest.raises(RuntimeError, match="but it succeeded"):
        failpoints("commit")
    assert reached == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for files")
def test_a_write_that_fails_for_another_reason_is_not_a_full_disk(tmp_path, reached):
    missing = tmp_path / "missing"
    failpoints = Failpoints(MovableClock(), str(missing / "chat.db"), reached.append)
    failpoints.arm(Strike("commit", FILL_DISK))
    with pytest.raises(RuntimeError, match=r"but .*No such file"):
        failpoints("commit")
    assert reached == []


def test_a_strike_is_read_as_it_was_written():
    strike = Strike("commit", FILL_DISK, nth=4, seconds=0.3)
    assert read_strike(strike.as_json()) == strike
    assert read_strike(None) is None
