"""The public names of the mock: importable, imported late, each with a docstring."""

import importlib
import subprocess
import sys

import pytest

from streamproof import mock_ai


@pytest.mark.parametrize("name", mock_ai.__all__)
def test_a_public_name_can_be_imported(name):
    value = getattr(mock_ai, name)
    assert name in dir(mock_ai)
    if isinstance(value, type):
        assert value.__doc__


def test_the_names_are_sorted_and_defined_where_the_table_says():
    assert sorted(mock_ai.__all__) == sorted(mock_ai._MODULE_OF)
    for name, module in mock_ai._MODULE_OF.items():
        assert hasattr(importlib.import_module(f"streamproof.mock_ai.{module}"), name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Mock'"):
        mock_ai.Mock  # noqa: B018  # to read it is the test


def test_importing_the_package_loads_no_server():
    code = "import sys; from streamproof import mock_ai; print('aiohttp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
