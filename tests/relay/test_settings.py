"""Settings come from the environment, and values that cannot work are refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from streamproof.relay.errors import SettingsError
from streamproof.relay.setting_checks import TEXTS
from streamproof.relay.settings import Settings
from streamproof.relay.storage.sqlite_connections import SYNCHRONOUS

NEEDED: dict[str, Any] = {
    "ai_url": "http://ai.test",
    "database": "relay.db",
    "jwt_secret": "s" * 32,
}
ENVIRONMENT = {f"STREAMPROOF_{name.upper()}": value for name, value in NEEDED.items()}
UNITS = ("_seconds", "_ms", "_bytes")
COUNTS = {
    "attempts",
    "max_connections",
    "max_form_fields",
    "max_frames",
    "max_readers_per_turn",
    "max_readers_per_user",
    "max_requests_per_minute",
    "max_running_turns_per_user",
    "max_sources",
}


def problems(**values: object) -> tuple[str, ...]:
    """Return the problems of settings with these values."""
    with pytest.raises(SettingsError) as caught:
        Settings(**{**NEEDED, **values})
    return caught.value.problems


NUMBERS = [setting.name for setting in fields(Settings) if isinstance(setting.default, int | float)]


@pytest.mark.parametrize("name", [name for name in NUMBERS if name != "creates_chat_tables"])
def test_every_number_has_its_unit_in_its_name(name):
    assert name.endswith(UNITS) or name in COUNTS


def test_the_defaults_are_those_of_the_protocol():
    settings = Settings(**NEEDED)
    limits = (settings.connect_seconds, settings.headers_seconds, settings.first_content_seconds)
    assert limits == (5.0, 10.0, 120.0)
    assert (settings.idle_seconds, settings.turn_seconds, settings.attempts) == (60.0, 900.0, 3)
    assert (settings.max_event_bytes, settings.max_answer_bytes) == (1_048_576, 8_388_608)


def test_settings_are_immutable():
    with pytest.raises(FrozenInstanceError):
        Settings(**NEEDED).attempts = 5  # type: ignore[misc]  # the test is that this fails


def test_a_lease_is_longer_than_a_short_pause():
    assert problems(lease_seconds=0.5) == ("lease_seconds: wanted at least 1, got 0.5",)
    assert Settings(**NEEDED, lease_seconds=1.0).lease_seconds == 1.0


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("AI_TOKEN", "key", "key"),
        ("AI_TOKEN", "", None),
        (
            "ALLOWED_ORIGINS",
            "https://a.test, http://b.test:81,",
            ("https://a.test", "http://b.test:81"),
        ),
        ("ALLOWED_ORIGINS", "", ()),
        ("IDLE_SECONDS", "0.25", 0.25),
        ("ATTEMPTS", "1", 1),
        ("CREATES_CHAT_TABLES", "false", False),
        ("CREATES_CHAT_TABLES", "Yes", True),
    ],
)
def test_a_variable_sets_its_field(variable, text, value):
    settings = Settings.from_environment({**ENVIRONMENT, f"STREAMPROOF_{variable}": text})
    assert getattr(settings, variable.lower()) == value


OLD = "STREAMPROOF_OWNS_SEED_TABLES"
NEW = "STREAMPROOF_CREATES_CHAT_TABLES"


def test_the_old_name_of_a_variable_is_read_with_a_warning(caplog):
    settings = Settings.from_environment({**ENVIRONMENT, OLD: "false"})
    assert not settings.creates_chat_tables
    [warning] = caplog.messages
    assert OLD in warning
    assert NEW in warning


def test_the_new_name_of_a_variable_has_priority_over_the_old_one(caplog):
    settings = Settings.from_environment({**ENVIRONMENT, OLD: "false", NEW: "true"})
    assert settings.creates_chat_tables
    assert [OLD in message for message in caplog.messages] == [True]


def test_a_problem_with_the_old_name_of_a_variable_contains_that_name():
    with pytest.raises(SettingsError, match=OLD):
        Settings.from_environment({**ENVIRONMENT, OLD: "2"})


def test_an_override_replaces_a_variable_unless_it_is_none():
    env = {**ENVIRONMENT, "STREAMPROOF_ATTEMPTS": "7"}
    settings = Settings.from_environment(env, ai_url="http://other.test", attempts=None)
    assert (settings.ai_url, settings.attempts) == ("http://other.test", 7)


def test_an_overridden_variable_is_not_read():
    env = {**ENVIRONMENT, "STREAMPROOF_ATTEMPTS": "many"}
    assert Settings.from_environment(env, attempts=2).attempts == 2


@pytest.mark.parametrize(
    ("variable", "text", "problem"),
    [
        ("ATTEMPTS", "3.5", "STREAMPROOF_ATTEMPTS: wanted a whole number, got '3.5'"),
        ("ATTEMPTS", "9" * 5000, "STREAMPROOF_ATTEMPTS: wanted a whole number, got"),
        ("IDLE_SECONDS", "1m", "STREAMPROOF_IDLE_SECONDS: wanted a number, got '1m'"),
        (
            "CREATES_CHAT_TABLES",
            "2",
            "STREAMPROOF_CREATES_CHAT_TABLES: wanted true or false, got '2'",
        ),
        (
            "IDLE_SECOND",
            "5",
            "STREAMPROOF_IDLE_SECOND is not a setting; did you mean",
        ),
    ],
)
def test_a_variable_that_is_not_valid_is_reported(variable, text, problem):
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({**ENVIRONMENT, f"STREAMPROOF_{variable}": text})
    (found,) = caught.value.problems
    assert found.startswith(problem)


def test_all_missing_variables_are_reported_together():
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({})
    assert caught.value.problems == (
        "STREAMPROOF_AI_URL is not set",
        "STREAMPROOF_DATABASE is not set",
        "STREAMPROOF_JWT_SECRET is not set",
    )


def test_variables_of_other_programs_are_ignored():
    Settings.from_environment({**ENVIRONMENT, "STREAMPROOF_BROWSER": "required", "PATH": "/bin"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("jwt_secret", "s" * 31),
        ("database", ""),
        ("jwt_cookie", "a;b"),
        ("jwt_cookie", ""),
        ("log_format", "xml"),
        ("database_synchronous", "off"),
        ("jwt_jwks_file", "keys.json"),  # besides the secret
        ("ai_token", "a\r\nX: y"),
        ("ai_token", "ключ"),
        ("attempts", 0),
        ("idle_seconds", -1.0),
        ("idle_seconds", 0.0),
        ("turn_seconds", float("nan")),
        ("turn_seconds", float("inf")),
        ("database_wait_seconds", 1e7),
        ("retain_seconds", 1e11),
    ],
)
def test_a_value_that_cannot_work_is_refused(name, value):
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"{name}: wanted")


def test_each_value_of_synchronous_has_its_pragmas():
    assert set(TEXTS["database_synchronous"]) == set(SYNCHRONOUS)


@pytest.mark.parametrize(
    ("name", "value", "got"),
    [
        ("jwt_secret", "s" * 31, "got 31"),
        ("idle_seconds", 0.0, "got 0"),
        ("ai_url", "ai.test:80", "got 'ai.test:80'"),
    ],
)
def test_a_problem_contains_the_value(name, value, got):
    (problem,) = problems(**{name: value})
    assert problem.endswith(got)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ai.test",
        "ftp://ai.test",
        "http://",
        "http://ai.test?x=1",
        "http://ai.test/#x",
        "http://me:secret@ai.test",
        "http://ai.test:port",
        "http://ai.test:99999",
        "http://[::1",
    ],
)
def test_an_ai_url_must_be_a_plain_http_url(url):
    (problem,) = problems(ai_url=url)
    assert problem.startswith("ai_url: wanted")
    assert "secret" not in problem


@pytest.mark.parametrize(
    "origin", ["*", "null", "a.test", "https://a.test/", "https://A.test", "https://a.test/x"]
)
def test_an_allowed_origin_must_be_exact(origin):
    assert len(problems(allowed_origins=(origin,))) == 1


def test_all_problems_are_reported_together():
    assert len(problems(ai_url="x", jwt_secret="short", attempts=0)) == 3


@pytest.mark.parametrize("url", ["http://ai.test/s/happy", "http://ai.test/s/happy/"])
def test_the_stream_url_is_below_the_ai_url(url):
    settings = Settings(**{**NEEDED, "ai_url": url})
    assert settings.stream_url == "http://ai.test/s/happy/chat/stream"


def test_the_representation_has_no_secrets():
    secret = {"ai_token": "canary-1", "jwt_secret": "canary-2" * 4, "database": "pg://u:canary-3@h"}
    assert "canary" not in repr(Settings(**{**NEEDED, **secret}))
