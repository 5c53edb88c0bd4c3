"""`streamproof migrate`: the revision before and after, and what is refused."""

import json
import os
import sqlite3
import sys

import pytest

from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.relay.storage.lock import database_lock
from streamproof.relay.storage.schema import HEAD, VERSION_TABLE


@pytest.fixture
def database(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("STREAMPROOF_")]:
        monkeypatch.delenv(name)
    return str(tmp_path / "chat.db")


def revision(path):
    """Return the revision in a database."""
    with sqlite3.connect(path) as connection:
        [[found]] = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608  # a constant
    connection.close()
    return found


def test_a_new_database_gets_the_newest_revision(database, capsys):
    assert main(["migrate", "--database", database]) == ExitCode.OK
    assert capsys.readouterr().out == f"{database} was migrated from no revision to {HEAD}\n"
    assert revision(database) == HEAD


def test_a_second_migration_changes_nothing(database, capsys):
    main(["migrate", "--database", database])
    capsys.readouterr()
    assert main(["migrate", "--database", database, "--json"]) == ExitCode.OK
    document = {"database": database, "found": HEAD, "newest": HEAD}
    assert json.loads(capsys.readouterr().out) == document


def test_a_check_changes_nothing_and_fails_while_a_migration_is_due(database, capsys):
    arguments = ["migrate", "--database", database, "--check"]
    assert main(arguments) == ExitCode.BROKEN
    assert not os.path.exists(database)  # noqa: PTH110  # the fixture gives a text
    assert f"has no revision, and {HEAD} is the newest" in capsys.readouterr().out
    main(arguments[:-1])
    assert main(arguments) == ExitCode.OK


def test_the_database_can_be_a_variable(database, monkeypatch):
    monkeypatch.setenv("STREAMPROOF_DATABASE", database)
    assert main(["migrate"]) == ExitCode.OK
    assert revision(database) == HEAD


def test_a_database_must_be_named(database, capsys):
    assert main(["migrate"]) == ExitCode.USAGE
    [line] = capsys.readouterr().err.splitlines()
    assert "STREAMPROOF_DATABASE is not set; set it, or use --database" in line


def test_a_database_that_a_relay_uses_is_refused(database, capsys):
    with database_lock(database):
        assert main(["migrate", "--database", database]) == ExitCode.UNREACHABLE
    assert "another relay is using" in capsys.readouterr().err


def test_chat_tables_that_are_missing_are_named(database, capsys, monkeypatch):
    monkeypatch.setenv("STREAMPROOF_CREATES_CHAT_TABLES", "false")
    assert main(["migrate", "--database", database]) == ExitCode.UNREACHABLE
    assert 'table "AiChatRoom"' in capsys.readouterr().err


def test_a_database_in_postgresql_is_migrated_by_its_url(database, postgres, capsys):
    url = f"{postgres.empty()}&password=secret".replace("postgres@", "postgres:secret@")
    arguments = ["migrate", "--database", url]
    assert main([*arguments, "--check"]) == ExitCode.BROKEN
    assert main(arguments) == ExitCode.OK
    assert main([*arguments, "--check"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert f"was migrated from no revision to {HEAD}" in shown
    assert "secret" not in shown


@pytest.mark.parametrize("module", ["asyncpg", "psycopg"])
def test_a_driver_that_is_not_installed_is_named(database, module, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, module, None)
    assert main(["migrate", "--database", "postgresql://host/chat"]) == ExitCode.USAGE
    problem = f"PostgreSQL needs the Python module {module}, which is not installed"
    assert f"--database: {problem}; install streamproof[postgres]" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_reported(database, tmp_path, capsys):
    url = f"postgresql://ana:secret@/chat?host={tmp_path}"
    assert main(["migrate", "--database", url]) == ExitCode.UNREACHABLE
    shown = capsys.readouterr().err
    assert "database postgresql://ana:***@/chat cannot be used: connection is bad" in shown
    assert "secret" not in shown
