"""Parts: where their steps go, and where their mistakes are shown."""

import pytest

from streamproof.contracts.schema import load_schema
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.loading import load_folder, load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.mock_ai.mock_fixture import scenario


@pytest.fixture
def write(tmp_path):
    """Write files below a folder; returns the last one."""

    def write(**files):
        for name, text in files.items():
            path = tmp_path / f"{name.replace('__', '/').replace('_part', '.part')}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        return path

    return write


def including(steps):
    """Write a scenario that is called `it`."""
    return scenario(f"steps: {steps}")


def test_steps_of_a_part_stand_where_it_is_included(write):
    path = write(
        parts__b_part="steps: [{raw: b}, {include: c.part.yaml}]",
        parts__c_part="steps: [{raw: c}]",
        it=including("[{raw: a}, {include: parts/b.part.yaml}, {raw: d}]"),
    )
    loaded = load_scenario(path)
    assert planned_body(plan(loaded.reply)) == b"abcd"
    assert [path.name for path in loaded.includes] == ["b.part.yaml", "c.part.yaml"]


def test_part_stands_inside_chunks_and_repetitions(write):
    path = write(
        a_part="steps: [{raw: a}]",
        it=including(
            "[{chunk: [{include: a.part.yaml}]}, "
            "{repeat: {times: 2, steps: [{include: a.part.yaml}]}}]"
        ),
    )
    assert planned_body(plan(load_scenario(path).reply)) == b"aaa"


def test_chunk_of_an_empty_part_is_none(write):
    path = write(a_part="steps: []", it=including("[{raw: a}, {chunk: [{include: a.part.yaml}]}]"))
    assert planned_body(plan(load_scenario(path).reply)) == b"a"


def test_part_is_not_a_scenario(write, tmp_path):
    write(a_part="steps: []", it=including("[{include: a.part.yaml}]"))
    library = load_folder(tmp_path)
    assert (list(library.scenarios), library.errors) == (["it"], ())


@pytest.mark.parametrize(
    ("part", "line", "column", "message"),
    [
        pytest.param("steps:\n  - contnet: a\n", 2, 5, "steps[0].contnet: unknown key", id="key"),
        pytest.param("steps:\n  - raw_hex: x\n", 2, 14, "steps[0].raw_hex: ", id="value"),
        pytest.param(
            'steps:\n  - raw: a\n  - event: {data: a, event: "b\\n"}\n',
            3,
            5,
            "steps[1]: ",
            id="cannot be written",
        ),
        pytest.param("steps: [", 1, 9, "", id="no YAML"),
        pytest.param("name: a\nsteps: []", 1, 1, "name: unknown key", id="a scenario"),
    ],
)
def test_mistake_in_a_part_is_shown_there(write, part, line, column, message):
    path = write(p__a_part=part, it=including("[{raw: a}, {include: p/a.part.yaml}]"))
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(path)
    [error] = caught.value.errors
    assert error.file.endswith("p/a.part.yaml")
    assert (error.line, error.column) == (line, column)
    assert error.message.startswith(message)


def test_every_mistake_of_a_part_is_shown_and_those_of_the_scenario(write):
    path = write(
        a_part="steps:\n  - contnet: a\n  - raw_hex: x\n  - raw_hex: y\n",
        it=including("[{include: a.part.yaml}, {fake: {}}]"),
    )
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(path)
    found = [(error.file.rpartition("/")[2], error.line) for error in caught.value.errors]
    assert found == [("it.yaml", 3), *(("a.part.yaml", line) for line in (2, 3, 4))]


def test_mistake_of_a_part_that_is_included_twice_is_shown_once(write):
    path = write(
        a_part="steps: [{raw_hex: x}]",
        it=including("[{include: a.part.yaml}, {chunk: [{include: a.part.yaml}]}]"),
    )
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(path)
    assert len(caught.value.errors) == 1


@pytest.mark.parametrize(
    ("part", "include", "message"),
    [
        ("steps: []", "b.part.yaml", "steps[0].include: 'b.part.yaml' cannot be read"),
        ("steps: []", "it.yaml", "steps[0].include: wanted text that matches"),
        ("steps: []", "/a.part.yaml", "steps[0].include: wanted text that matches"),
    ],
)
def test_part_that_cannot_be_included_is_shown_where_it_is(write, part, include, message):
    path = write(a_part=part, it=including(f"[{{include: {include}}}]"))
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(path)
    [error] = caught.value.errors
    assert (error.file, error.line) == (str(path), 3)
    assert error.message.startswith(message)


def test_parts_that_include_each_other_are_refused(write):
    path = write(
        a_part="steps: [{include: b.part.yaml}]",
        b_part="steps:\n  - include: a.part.yaml",
        it=including("[{include: a.part.yaml}]"),
    )
    with pytest.raises(ScenarioErrors, match=r"b\.part\.yaml:2:14: .*includes itself"):
        load_scenario(path)


def test_parts_do_not_grow_without_end(write):
    twice = ", ".join(["{include: NEXT.part.yaml}"] * 40)
    path = write(
        a_part=f"steps: [{twice.replace('NEXT', 'b')}]",
        b_part=f"steps: [{twice.replace('NEXT', 'c')}]",
        c_part="steps: [end]",
        it=including("[{include: a.part.yaml}]"),
    )
    with pytest.raises(ScenarioErrors, match="more than 1000 files"):
        load_scenario(path)


def test_text_without_a_file_includes_nothing():
    with pytest.raises(ScenarioErrors, match="only a scenario in a file"):
        load_scenario(including("[{include: a.part.yaml}]"))


def test_schema_of_parts_is_that_of_their_steps():
    schema = load_schema(shipped_folder() / "part.schema.json")
    assert schema.validator.is_valid({"steps": [{"content": "a"}]})
    assert not schema.validator.is_valid({"steps": [{"contnet": "a"}]})
