"""Old keys of scenario files still work, and a warning names the new key."""

import pytest

from streamproof.contracts.source.document import load_yaml
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.faults import Cut, HalfClose, Reset, Stall
from streamproof.mock_ai.library.loading import load_files, load_scenario
from streamproof.mock_ai.scenario.old_keys import rename_old_fault_keys
from tests.mock_ai.mock_fixture import scenario

STEPS = "steps: [{content: [a, b]}]"
OLD_CUT = "{cut: {after_events: 1, owing: 0}}"


@pytest.mark.parametrize(
    ("kind", "fault"), [("cut", Cut), ("reset", Reset), ("half_close", HalfClose), ("stall", Stall)]
)
def test_old_key_of_a_fault_is_read_with_a_warning(kind, fault):
    text = f"name: it\ntitle: It\n{STEPS}\nfaults:\n  - {kind}: {{after_events: 1, owing: 2}}\n"
    loaded = load_scenario(text)
    assert loaded.reply.faults == (fault(after_events=1, missing_bytes=2),)
    [warning] = loaded.warnings
    assert (warning.line, warning.column) == (5, text.splitlines()[4].index("owing") + 1)
    assert warning.message == "owing is now called missing_bytes"


@pytest.mark.parametrize(
    "keys",
    [
        f"{STEPS}\nthen: [{{{STEPS}, faults: [{OLD_CUT}]}}]",
        f"choose: {{replies: [{{{STEPS}, faults: [{OLD_CUT}]}}]}}",
        f"steps: []\nthen: [{{choose: {{replies: [{{{STEPS}, faults: [{OLD_CUT}]}}]}}}}]",
    ],
    ids=["a later attempt", "one of several", "one of several, later"],
)
def test_old_key_is_found_in_every_reply(keys):
    loaded = load_scenario(scenario(keys))
    assert [warning.code for warning in loaded.warnings] == ["renamed-key"]
    assert Cut(after_events=1, missing_bytes=0) in [f for r in loaded.replies for f in r.faults]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("{cut: {after_events: 1, owing: x}}", "faults[0].cut.missing_bytes: wanted a whole"),
        ("{cut: {owing: 1, missing_bytes: 1}}", "faults[0].cut.owing: unknown key 'owing'"),
        ("{drop: {at_event: 1, owing: 1}}", "faults[0].drop.owing: unknown key 'owing'"),
        ("cut", "faults[0]: "),
    ],
)
def test_old_key_that_does_not_fit_is_an_error_at_its_place(fault, message):
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(scenario(f"{STEPS}\nfaults: [{fault}]"))
    assert caught.value.errors[0].message.startswith(message)
    assert caught.value.errors[0].line == 4


@pytest.mark.parametrize("text", ["a", "[]", "faults: 5", "then: [5]", "choose: []"])
def test_values_of_other_types_are_left_to_the_schema(text):
    with pytest.raises(ScenarioErrors):
        load_scenario(text)


def test_fault_without_a_mapping_has_no_old_keys():
    assert rename_old_fault_keys(load_yaml("5")) == []


def test_library_has_the_warnings_of_its_scenarios(tmp_path):
    for name, key in (("old", "owing"), ("new", "missing_bytes")):
        text = scenario(f"{STEPS}\nfaults: [{{cut: {{after_events: 1, {key}: 1}}}}]", name)
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    library = load_files(sorted(tmp_path.iterdir()))
    assert (sorted(library.scenarios), library.errors) == (["new", "old"], ())
    [warning] = library.warnings
    assert warning.file == str(tmp_path / "old.yaml")
