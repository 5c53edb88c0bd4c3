"""The OpenAPI documents and the schemas of the streams say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from streamproof.contracts.contract import SCHEMAS
from streamproof.contracts.source.yaml_text import load_yaml

DOCUMENTS = sorted((SCHEMAS.parent / "openapi").glob("*.openapi.yaml"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_any_yaml_reader_reads_a_document_alike(path: Path):
    # libyaml takes more than the specification allows; the reader in pure Python does not
    assert yaml.load(path.read_text("utf-8"), yaml.SafeLoader) == load_yaml(path).value
