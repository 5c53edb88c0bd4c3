"""AG-UI's events of one run; the golden file has all their bytes."""

from tests.mock_ai.dialects.sample_replies import events

RUN = {"threadId": "t", "runId": "r"}
CALL = "{tool_call: {name: f, arguments: {a: 1}}}"


def run(keys, **fields):
    """Return the events for a request with the IDs of a run."""
    return events("ag-ui", keys, **{**RUN, **fields})


def test_run_has_the_ids_of_its_request():
    first, *_, last = run("steps: [{content: a}, end]")
    assert (first["type"], first["threadId"], first["runId"]) == ("RUN_STARTED", "t", "r")
    assert (last["type"], last["threadId"], last["runId"]) == ("RUN_FINISHED", "t", "r")


def test_request_without_ids_gets_some():
    first = run("steps: [{content: a}, end]", threadId=5)[0]
    assert (first["threadId"], first["runId"]) == ("thread_1", "run_1")


def test_everything_that_starts_has_an_end_with_its_id():
    found = run(f"steps: [{{reasoning: x}}, {{content: a}}, {CALL}, {{refusal: b}}, end]")
    ids = {
        suffix: [
            (event["type"].removesuffix(suffix), event.get("messageId") or event["toolCallId"])
            for event in found
            if event["type"].endswith(suffix)
        ]
        for suffix in ("_START", "_END")
    }
    assert sorted(ids["_START"]) == sorted(ids["_END"])
    assert len(ids["_START"]) == 5
    assert len({one for _, one in ids["_START"]}) == 4


def test_ids_of_two_runs_are_different():
    steps = f"steps: [{{reasoning: x}}, {{content: a}}, {CALL}, end]"
    ids = [
        {event.get("messageId") or event.get("toolCallId") for event in run(steps, runId=name)}
        for name in ("r", "s")
    ]
    assert ids[0] & ids[1] == {None}  # the events of the run itself


def test_result_of_a_tool_is_text_with_the_id_of_the_last_call():
    steps = (
        f"steps: [{CALL}, {{tool_result: {{output: {{a: 1}}}}}}, {{tool_result: {{output: b}}}}]"
    )
    started, results = run(steps)[1], run(steps)[-2:]
    assert [one["toolCallId"] for one in results] == [started["toolCallId"]] * 2
    assert [one["content"] for one in results] == ['{"a":1}', "b"]


def test_sources_are_an_event_of_the_application():
    source = run("steps: [{sources: [{id: s, title: T, content: C}]}]")[-1]
    assert (source["type"], source["name"]) == ("CUSTOM", "sources")
    assert source["value"] == [{"id": "s", "title": "T", "content": "C"}]


def test_error_ends_the_run():
    error = run("steps: [{content: a}, {error: {status: 503, message: Busy}}]")[-1]
    assert error == {"type": "RUN_ERROR", "message": "Busy", "code": "503"}
    assert run("steps: [{content: a}, {end: {finish: error}}]")[-1]["type"] == "RUN_ERROR"


def test_usage_is_named_with_its_model():
    keys = "model: n\nusage: {input: 9, output: 4}\nsteps: [{content: a}, end]"
    [usage] = run(keys)[-1]["usage"]
    assert (usage["model"], usage["inputTokens"], usage["totalTokens"]) == ("n", 9, 13)
