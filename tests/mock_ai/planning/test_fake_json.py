"""A generated value fits the JSON Schema of the request, and is the same for the same seed."""

import json

import pytest
from jsonschema import Draft202012Validator

from streamproof.mock_ai.planning.fake_json import SAMPLE_SCHEMA, fake_json
from tests.mock_ai.dialects.sample_replies import body

TREE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#"}},
    },
    "required": ["name", "children"],
}
LIST = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
            "required": ["next"],
        }
    },
    "$ref": "#/$defs/node",
}
SCHEMAS = [
    SAMPLE_SCHEMA,
    TREE,
    LIST,
    {"const": [1, None]},
    {"enum": ["a", 2, None]},
    {"type": ["null", "string"]},
    {"type": "string", "minLength": 40, "maxLength": 41},
    {"type": "string", "maxLength": 1},
    *({"type": "string", "format": name} for name in ("date-time", "date", "email", "uuid", "uri")),
    {"type": "integer", "minimum": 5, "maximum": 5},
    {"type": "integer", "exclusiveMinimum": 5, "exclusiveMaximum": 7},
    {"type": "integer", "maximum": -1000},
    {"type": "integer", "multipleOf": 7, "minimum": 1},
    {"type": "number", "minimum": 0.25, "maximum": 0.5},
    {"type": "boolean"},
    {"type": "array", "minItems": 4, "items": {"type": "integer"}},
    {"type": "array", "maxItems": 0},
    {"type": "array", "prefixItems": [{"const": 1}, {"const": 2}], "items": False, "maxItems": 2},
    {
        "allOf": [
            {"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]},
            {"required": ["a"]},
        ]
    },
    {"properties": {"a": True}, "required": ["a"]},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=json.dumps)
@pytest.mark.parametrize("seed", range(5))
def test_value_fits_its_schema(schema, seed):
    value = json.loads(fake_json(json.dumps(schema), "en_US", seed))
    Draft202012Validator(schema).validate(value)


def test_seed_decides_the_value():
    schema = json.dumps(SAMPLE_SCHEMA)
    texts = [fake_json.__wrapped__(schema, "en_US", seed) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_types_can_be_in_upper_case():
    assert json.loads(fake_json('{"type": "INTEGER", "minimum": 3, "maximum": 3}', "en_US", 0)) == 3


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("", "wanted a JSON Schema in the request"),
        ('{"$ref": "#/$defs/no"}', "does not have #/"),
        ('{"$ref": "#"}', "requires more than 60 levels"),
        ('{"type": "string", "minLength": 10001}', "requires a size of 10001"),
    ],
)
def test_schema_that_no_value_is_made_for_is_refused(schema, message):
    with pytest.raises(ValueError, match=message):
        fake_json(schema, "en_US", 0)


def test_answer_is_made_from_the_sample_schema_before_there_is_a_request():
    message = body("openai-chat", "steps: [{fake: {from: schema}}, end]")["choices"][0]["message"]
    Draft202012Validator(SAMPLE_SCHEMA).validate(json.loads(message["content"]))
