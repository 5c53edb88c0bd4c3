"""Every YAML reader reads the OpenAPI documents alike, and their references have targets."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from streamproof.contracts.contract import SCHEMAS
from streamproof.contracts.source.yaml_text import load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = sorted((SCHEMAS.parent / "openapi").glob("*.openapi.yaml"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_two_yaml_readers_agree_on_a_document(path: Path):
    # libyaml accepts more than the specification allows; the reader in pure Python does not
    assert yaml.load(path.read_text("utf-8"), yaml.SafeLoader) == load_yaml(path).value


def references(value: Any) -> Iterator[str]:
    """Yield every reference to a place in the same document."""
    if isinstance(value, dict):
        if isinstance(target := value.get("$ref"), str) and target.startswith("#/"):
            yield target
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_reference_has_a_target(path: Path):
    document: Any = load_yaml(path).value
    targets = set(references(document))
    assert targets
    for target in targets:
        keys = [key.replace("~1", "/") for key in target.removeprefix("#/").split("/")]
        assert reduce(lambda found, key: found[key], keys, document)
