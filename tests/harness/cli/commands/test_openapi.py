"""`streamproof openapi`: the documents of the services, in both versions."""

import json

import pytest

from streamproof.contracts import openapi_documents
from streamproof.contracts.openapi_documents import openapi_document
from streamproof.harness.cli.commands import openapi
from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode


@pytest.mark.parametrize("name", openapi.NAMES)
def test_a_document_is_printed_as_json(name, capsys):
    assert main(["openapi", name]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == openapi_document(name)
    assert main(["openapi", name, "--version", "3.2"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == openapi_document(name, "3.2")


def test_the_command_has_every_document_and_version():
    assert openapi.NAMES == openapi_documents.NAMES
    assert openapi.VERSIONS == openapi_documents.VERSIONS


def test_an_unknown_service_is_refused(capsys):
    assert main(["openapi", "realy"]) == ExitCode.USAGE
    assert "relay" in capsys.readouterr().err
