"""What Schemathesis leaves out: the wishes of one request.

A speed makes replies last, and only the schema of scenarios can say which text is a fault. Both are
held against the document in tests/mock_ai/serving/test_overrides.py. Another dialect has other
events than those of the document.
"""

from __future__ import annotations

from typing import Any

import schemathesis

from streamproof.mock_ai.request.dialect import QUERY_KEY
from streamproof.mock_ai.serving.overrides import FAULT, SPEED


@schemathesis.hook
def before_load_schema(_context: object, raw_schema: dict[str, Any]) -> None:
    """Take the wishes out of the document."""
    known = raw_schema["components"].get("parameters", {})
    wishes = {f"#/components/parameters/{key}" for key, one in known.items() if _is_wish(one)}
    for item in raw_schema["paths"].values():
        given = item.get("parameters", [])
        item["parameters"] = [one for one in given if one.get("$ref") not in wishes]


def _is_wish(parameter: dict[str, Any]) -> bool:
    return parameter["name"] in {*SPEED, *FAULT, QUERY_KEY}
