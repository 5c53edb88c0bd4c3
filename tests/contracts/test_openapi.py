"""Every YAML reader reads the OpenAPI documents alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from streamproof.contracts.contract import SCHEMAS
from streamproof.contracts.source.yaml_text import load_yaml

DOCUMENTS = sorted((SCHEMAS.parent / "openapi").glob("*.openapi.yaml"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_two_yaml_readers_agree_on_a_document(path: Path):
    # libyaml accepts more than the specification allows; the reader in pure Python does not
    assert yaml.load(path.read_text("utf-8"), yaml.SafeLoader) == load_yaml(path).value
