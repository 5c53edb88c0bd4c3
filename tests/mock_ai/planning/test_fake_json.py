"""A generated value fits the JSON Schema of the request, and is the same for the same seed."""

import json

import pytest
from jsonschema import Draft202012Validator

from streamproof.mock_ai.planning.fake_json import SAMPLE_SCHEMA, fake_json
from tests.long_runs import some_of
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
    {"type": "object", "required": ["a"], "additionalProperties": {"type": "integer"}},
    {"type": "array", "items": False},
    {"type": "array", "minItems": 3.0},
    {"type": "integer", "multipleOf": 0.75, "maximum": 4},
    {"type": "integer", "multipleOf": 7, "exclusiveMinimum": 5, "exclusiveMaximum": 10},
    {"type": "number", "minimum": 1e300, "exclusiveMaximum": 1e308},
    {"type": "number", "exclusiveMinimum": 0, "maximum": 0.0001},
    {"type": "object", "properties": {f"a{i}": {"$ref": "#"} for i in range(30)}},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=json.dumps)
@pytest.mark.parametrize("seed", some_of(range(5), 5))
def test_value_fits_its_schema(schema, seed):
    value = json.loads(fake_json(json.dumps(schema), "en_US", seed))
    Draft202012Validator(schema).validate(value)


def test_seed_decides_the_value():
    schema = json.dumps(SAMPLE_SCHEMA)
    texts = [fake_json.__wrapped__(schema, "en_US", seed) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ('{"type": "INTEGER", "minimum": 3, "maximum": 3}', 3),
        ('{"type": ["NULL", "INTEGER"], "maximum": 3, "minimum": 3}', 3),
        (
            '{"type": "ARRAY", "maxItems": "2", "items": {"const": {"type": "A"}}}',
            [{"type": "A"}] * 2,
        ),
        ('{"type": "OBJECT", "properties": {"minItems": {"type": "NULL"}}}', {"minItems": None}),
    ],
)
def test_schema_can_have_the_spelling_of_gemini(schema, value):
    assert json.loads(fake_json(schema, "en_US", 0)) == value


def test_multiple_has_no_error_of_rounding():
    schema = '{"type": "number", "multipleOf": 0.1, "minimum": 0.3, "maximum": 0.3}'
    assert fake_json(schema, "en_US", 0) == "0.3"


def test_value_of_usual_size_is_made_although_its_schema_grows_without_end():
    branching = {"type": "object", "properties": {f"a{i}": {"$ref": "#"} for i in range(100)}}
    assert 1_000 < len(fake_json(json.dumps(branching), "en_US", 0)) < 20_000


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("", "wanted a JSON Schema in the request"),
        ('{"$ref": "#/$defs/no"}', "does not have #/"),
        ('{"$ref": "#"}', "requires more than 60 levels"),
        ('{"type": "string", "minLength": 10001}', "requires a size of 10001"),
        ('{"type": "string", "minLength": 2, "maxLength": 1}', "a size from 2 to 1"),
        ('{"minItems": 999, "items": {"minItems": 999, "items": true}}', "more than 200,000"),
        ('{"minItems": 9999, "items": {"const": "0123456789012345"}}', "more than 200,000"),
        ('{"enum": []}', "an enum without a value"),
        ('{"anyOf": []}', r"wrong at anyOf: "),
        ('{"type": "integer", "multipleOf": 0}', r"wrong at multipleOf: 0 is"),
        ('{"type": "integer", "minimum": "5"}', r"wrong at minimum: '5' is not"),
        ('{"type": "integer", "minimum": 5, "maximum": 3}', "without a number between"),
        ('{"type": "number", "exclusiveMinimum": 3, "maximum": 3}', "without a number between"),
        ('{"type": "integer", "multipleOf": 7, "minimum": 1, "maximum": 6}', "a multiple of 7"),
        ('{"type": "object", "properties": null}', r"wrong at properties: None is"),
        ('{"$ref": 5}', r"wrong at \$ref: 5 is"),
        ('{"$ref": "#/required", "required": []}', r"wrong at its top: \[\] is"),
        ('{"type": "array", "items": [{}]}', r"wrong at items: "),
        ('{"required": ["a"], "properties": {"a": false}}', "where it allows none"),
        ('{"items":' * 400 + "{}" + "}" * 400, "nested too deeply"),
        ('{"const": "' + "a" * 100_000 + '"}', "too long: wanted at most 100,000 characters"),
    ],
)
def test_schema_that_no_value_is_made_for_is_refused(schema, message):
    with pytest.raises(ValueError, match=message):
        fake_json(schema, "en_US", 0)


def test_answer_is_made_from_the_sample_schema_before_there_is_a_request():
    message = body("openai-chat", "steps: [{fake: {from: schema}}, end]")["choices"][0]["message"]
    Draft202012Validator(SAMPLE_SCHEMA).validate(json.loads(message["content"]))
