"""A settings file becomes settings, or an error at the line of each mistake."""

import json
import re
from pathlib import Path

import pytest

from streamproof.contracts.source.errors import SourceError, SourceErrors
from streamproof.harness.verify.capabilities import CAPABILITIES
from streamproof.harness.verify.settings.loading import SCHEMA, load_settings, profile_of
from streamproof.harness.verify.settings.model import TargetSettings

RELAY = '[relay]\nurl = "http://127.0.0.1:1"\n'
AI = "[ai]\nport = 8089\n"


def loaded(folder: Path, text: str) -> TargetSettings:
    """Load settings from a file with this text."""
    file = folder / "streamproof.toml"
    file.write_text(text)
    return load_settings(file)


def test_every_table_is_read(tmp_path):
    found = loaded(
        tmp_path,
        """
        profile = "events"

        [relay]
        url = "http://127.0.0.1:3000"
        start = "node server.mjs"
        directory = "backend"
        environment = {AI = "{ai_url}"}

        [ask]
        path = "/ask/{room}"
        json = {text = "{message}", more = [1, {deep = "{uuid}"}]}

        [auth]
        token_env = "TOKEN"

        [room]
        path = "/rooms"
        id_path = "data.room.id"

        [history]
        path = "/rooms/{room}"
        text = "data.parts.text"
        user = "user"

        [database]
        url = "chat.sqlite3"
        messages = "SELECT 1"

        [events.content]
        event = "token"
        text = "data.delta"

        [events.end]
        data = "[DONE]"

        [capabilities]
        ids = true
        stop = false
        """,
    )
    assert found.backend.directory == tmp_path / "backend"
    assert found.ask is not None
    assert found.ask.json == {"text": "{message}", "more": [1, {"deep": "{uuid}"}]}
    assert found.room.create is not None
    assert (found.room.create.path, found.room.id_path) == ("/rooms", ("room", "id"))
    assert found.history is not None
    assert (found.history.text, found.history.user) == (("parts", "text"), "user")
    assert found.database is not None
    assert found.database.url == str(tmp_path / "chat.sqlite3")
    assert found.capabilities == {"ids"}
    assert profile_of(found).name == "events"


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 15), ("[capabilities]\ntime_limits = true\n", 75)]
)
def test_only_a_backend_with_time_limits_may_be_silent_for_long(tmp_path, text, seconds):
    assert loaded(tmp_path, RELAY + AI + text).backend.timeout_seconds == seconds


def test_a_contract_file_is_a_profile(tmp_path):
    (tmp_path / "mine.contract.yaml").write_text(
        "contract: mine\ndiscriminator: event\nevents: {token: {}, done: {}}\n"
        "sequence: token* done\nterminal: [done]\ncontent: {token: data.text}\n"
    )
    found = loaded(tmp_path, f'profile = "mine.contract.yaml"\n{RELAY}{AI}')
    assert profile_of(found).name == "mine"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("", 1, "relay: missing table", id="empty"),
        pytest.param('[relay]\nurl = "ftp://x"\n' + AI, 2, "does not start with http", id="url"),
        pytest.param(RELAY + "start = 5\n" + AI, 3, "relay.start: wanted text", id="type"),
        pytest.param(RELAY + 'strat = "x"\n' + AI, 3, "unknown key 'strat'", id="key"),
        pytest.param(RELAY + "[ai]\nport = 0\n", 4, "ai.port: missing", id="no-port"),
        pytest.param(RELAY + AI + 'dialect = "opnai-chat"', 5, "unknown dialect", id="dialect"),
        pytest.param('profile = "useChat"\n' + RELAY + AI, 1, "unknown profile", id="profile"),
        pytest.param(
            'profile = "events"\n' + RELAY + AI, 1, "needs [events.content]", id="no-events"
        ),
        pytest.param(
            RELAY + AI + "[events.end]\nevent = 'x'\n", 5, "needs profile", id="other-profile"
        ),
        pytest.param(
            RELAY + AI + "[ask]\npath = '/x'\nform = {a = 'b'}\njson = {}\n",
            8,
            "one body",
            id="two-bodies",
        ),
        pytest.param(
            RELAY + AI + "[ask]\nmultipart = {a = 'b'}\n", 6, "needs path as well", id="no-path"
        ),
        pytest.param(
            RELAY + AI + "[ask]\nmethod = 'GET'\npath = '/x'\n", 6, "needs {message}", id="get"
        ),
        pytest.param(
            'profile = "events"\n' + RELAY + AI + "[events]\nsequence = 'content* done'\n"
            "content = {event = 'a'}\nend = {event = 'b'}\n",
            7,
            "'done' is not one of",
            id="sequence",
        ),
        pytest.param(
            RELAY + AI + "[ask]\npath = '/a'\njson = {at = 2024-01-01}\n",
            7,
            "2024-01-01 has no form in JSON",
            id="date-in-json",
        ),
        pytest.param(f"a = {'[' * 5000}", 1, "nested too deeply", id="deep"),
        pytest.param(RELAY + "[ai\n", 3, "expected", id="syntax"),
    ],
)
def test_a_mistake_is_at_its_line(tmp_path, text, line, message):
    with pytest.raises((SourceError, SourceErrors), match=r"streamproof\.toml") as caught:
        loaded(tmp_path, text)
    error = caught.value
    first = error.errors[0] if isinstance(error, SourceErrors) else error
    assert isinstance(first, SourceError)
    assert message in first.message
    assert first.line == line


def test_the_schema_names_every_capability():
    known = json.loads(SCHEMA.read_text())["properties"]["capabilities"]["properties"]
    assert list(known) == list(CAPABILITIES)
    for name, meaning in CAPABILITIES.items():
        assert known[name]["description"] == f"{meaning[0].upper()}{meaning[1:]}."


PAGE = (Path(__file__).parents[4] / "docs" / "settings.md").read_text("utf-8")


@pytest.mark.parametrize(
    "text", re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
)
def test_every_example_of_the_page_loads(tmp_path, text):
    assert loaded(tmp_path, text).capabilities
