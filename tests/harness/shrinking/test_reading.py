"""A scenario file is read with its included steps in place, and without its description."""

import pytest

from streamproof.harness.shrinking.reading import read_values
from streamproof.mock_ai.errors import ScenarioErrors


def test_included_steps_stand_where_they_are_included(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.part.yaml").write_text("steps: [{content: b}]")
    (tmp_path / "more" / "a.part.yaml").write_text("steps: [{content: a}, {include: b.part.yaml}]")
    file = tmp_path / "it.yaml"
    file.write_text(
        "name: it\ntitle: It\nabout: Why.\nsteps: [{chunk: [{include: more/a.part.yaml}]}, end]\n"
    )
    assert read_values(file) == {
        "name": "it",
        "title": "It",
        "steps": [{"chunk": [{"content": "a"}, {"content": "b"}]}, "end"],
    }


def test_a_file_that_is_not_valid_is_refused(tmp_path):
    file = tmp_path / "it.yaml"
    file.write_text("name: it\ntitle: It\nsteps: [ende]\n")
    with pytest.raises(ScenarioErrors):
        read_values(file)
