"""The question and the turn are found in the bodies of all providers and frontends."""

import pytest

from streamproof.mock_ai.request.conversation import Conversation, read_conversation

TEXTS = [{"type": "text", "text": "Who"}, {"type": "image"}, {"type": "text", "text": "is it?"}]


def of_user(content):
    """Return a message of the user."""
    return {"role": "user", "content": content}


def of_model(content):
    """Return a message of the model."""
    return {"role": "assistant", "content": content}


def parts(role, *items):
    """Return a message with parts, as the AI SDK and Gemini write it."""
    return {"role": role, "parts": list(items)}


CALLED = {
    "type": "tool-weather",
    "toolCallId": "c",
    "state": "output-available",
    "output": {"t": 5},
}
RPC = {"jsonrpc": "2.0", "id": 1}

QUESTIONS = {
    "OpenAI": {"messages": [of_user("a"), of_model("b"), of_user("hi")]},
    "OpenAI, the model last": {"messages": [of_user("hi"), of_model("b")]},
    "OpenAI's completions": {"prompt": "hi"},
    "OpenAI's completions, one text": {"prompt": ["hi"]},
    "OpenAI's responses": {"input": "hi"},
    "OpenAI's responses, messages": {
        "input": [
            of_user([{"type": "input_text", "text": "hi"}]),
            {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "so"}]},
            {"type": "function_call_output", "output": "5"},
        ]
    },
    "OpenAI's assistants": {"role": "user", "content": "hi"},
    "Anthropic, after a tool": {
        "system": "Be brief.",
        "messages": [of_user("hi"), of_user([{"type": "tool_result", "content": "5"}])],
    },
    "Gemini": {"contents": [{"parts": [{"text": "hi"}]}]},
    "Gemini, two turns": {
        "contents": [
            parts("user", {"text": "a"}),
            parts("model", {"text": "b"}),
            parts("user", {"text": "hi"}, {"inlineData": {}}),
        ]
    },
    "Bedrock": {"messages": [of_user([{"text": "hi"}])]},
    "Bedrock's Titan": {"inputText": "hi"},
    "Cohere": {"model": "m", "messages": [{"role": "system", "content": "x"}, of_user("hi")]},
    "Cohere's first API": {
        "message": "hi",
        "chat_history": [{"role": "USER", "message": "a"}, {"role": "CHATBOT", "message": "b"}],
    },
    "AI SDK": {
        "id": "chat",
        "trigger": "submit-message",
        "messages": [{"id": "m", **parts("user", {"type": "text", "text": "hi"})}],
    },
    "AI SDK, after a tool": {
        "messages": [
            parts("user", {"type": "text", "text": "hi"}),
            parts("assistant", {"type": "step-start"}, CALLED),
        ]
    },
    "AI SDK, the last message only": {"message": parts("user", {"type": "text", "text": "hi"})},
    "AG-UI": {
        "threadId": "t",
        "runId": "r",
        "messages": [{"id": "1", **of_user("hi")}, {"id": "2", "role": "activity", "content": {}}],
    },
    "LangGraph": {"assistant_id": "a", "input": {"messages": [{"type": "human", "content": "hi"}]}},
    "LangGraph, one message": {"input": {"messages": of_user("hi")}},
    "LangGraph, a text": {"input": {"messages": "hi"}},
    "LangGraph, pairs": {"input": {"messages": [["system", "a"], ["human", "hi"], ["ai", "b"]]}},
    "LangGraph, after an interrupt": {"command": {"resume": "hi"}},
    "LangChain's objects": {
        "messages": [
            {
                "lc": 1,
                "type": "constructor",
                "id": ["langchain_core", "messages", "HumanMessage"],
                "kwargs": {"content": "hi"},
            }
        ]
    },
    "LangServe": {"input": "hi", "config": {"tags": ["x"]}},
    "LangServe, a chain": {"input": {"question": "hi", "language": "id"}, "config": {}},
    "LangServe, a chain with any key": {"input": {"topic": "hi", "count": 5}},
    "A2A": {
        **RPC,
        "method": "message/stream",
        "params": {"message": {"role": "user", "parts": [{"kind": "text", "text": "hi"}]}},
    },
    "A2A over REST": {"message": {"role": "ROLE_USER", "parts": [{"text": "hi"}]}},
    "MCP, sampling": {
        **RPC,
        "method": "sampling/createMessage",
        "params": {"messages": [of_user({"type": "text", "text": "hi"})]},
    },
    "MCP, a tool": {
        **RPC,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"query": "hi", "limit": 5}},
    },
    "Dify": {"inputs": {"name": "x"}, "query": "hi", "response_mode": "streaming", "user": "u"},
    "Dify's workflows": {"inputs": {"query": "hi", "name": "x"}, "user": "u"},
    "Hugging Face": {"inputs": "hi", "parameters": {}},
    "Google's ADK": {"app_name": "a", "new_message": {"role": "user", "parts": [{"text": "hi"}]}},
    "Langflow": {"input_value": "hi", "output_type": "chat"},
    "n8n": {"action": "sendMessage", "sessionId": "s", "chatInput": "hi"},
    "a text": {"text": "hi"},
    "ours before all else": {"prompt": "b", "messages": [of_user("a")], "question": "hi"},
    "the next place for an empty one": {"question": "", "messages": [], "prompt": "hi"},
}


@pytest.mark.parametrize("body", QUESTIONS.values(), ids=QUESTIONS)
def test_question_is_what_the_user_said_last(body):
    assert read_conversation(body).question == "hi"


def test_parts_are_lines():
    assert read_conversation({"messages": [of_user(TEXTS)]}).question == "Who\nis it?"
    assert read_conversation({"prompt": ["Who", "is it?"]}).question == "Who\nis it?"
    assert read_conversation({"input": ["Who", "is it?"]}).question == "Who\nis it?"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": 5, "prompt": [1, 2], "input": {"a": 1}, "contents": None},
        {"messages": [of_model("a"), "b", 5, of_user(None), of_user([[{"text": "c"}]])]},
        {"contents": [{"parts": [{"functionResponse": {}}]}]},
        {**RPC, "method": "initialize", "params": {"clientInfo": {"name": "c"}}},
        {**RPC, "method": "tools/call", "params": {"name": "t", "arguments": {"path": "/etc"}}},
        {"input": {"a": "two", "b": "texts"}},
        {"params": {"params": {"params": {"params": {"params": {"prompt": "too deep"}}}}}},
        {"messages": [[], ["user"], ["human", None], {"kwargs": {}, "id": 5}, {"role": 5}]},
        {"message": None, "chat_history": "x", "tool_results": 5},
    ],
)
def test_body_in_which_no_user_says_a_word_has_no_question(body):
    read = read_conversation(body)
    assert (read.question, read.user_messages) == ("", 0)


ASKED = of_user("hi")
CALLS = {"role": "assistant", "tool_calls": [{"id": "c"}]}
RESULT = {"role": "tool", "tool_call_id": "c", "content": "5"}
OTHER = {"role": "tool", "tool_call_id": "d", "content": "6"}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": "5"}

TURNS = {
    "no result": ({"messages": [ASKED]}, 1, None),
    "OpenAI": ({"messages": [ASKED, CALLS, RESULT]}, 2, "5"),
    "OpenAI, two at once": (
        {"messages": [ASKED, CALLS, RESULT, {**RESULT, "content": "6"}]},
        2,
        "6",
    ),
    "OpenAI, two rounds": ({"messages": [ASKED, CALLS, RESULT, CALLS, RESULT]}, 3, "5"),
    "OpenAI, parts": ({"messages": [ASKED, CALLS, {**RESULT, "content": TEXTS[:1]}]}, 2, "Who"),
    "a new question": ({"messages": [ASKED, CALLS, RESULT, of_model("a"), ASKED]}, 1, None),
    "OpenAI's first calls": ({"messages": [ASKED, {"role": "function", "content": "5"}]}, 2, "5"),
    "OpenAI's responses": (
        {
            "input": [
                ASKED,
                {"type": "function_call"},
                {"type": "function_call_output", "output": "5"},
            ]
        },
        2,
        "5",
    ),
    "OpenAI's responses, the result only": (
        {"input": [{"type": "function_call_output", "output": "5"}]},
        2,
        "5",
    ),
    "Anthropic": (
        {"messages": [ASKED, of_user([{"type": "tool_result", "content": [{"text": "5"}]}])]},
        2,
        "5",
    ),
    "Anthropic, a tool of the provider": (
        {"messages": [ASKED, of_model([{"type": "web_search_tool_result", "content": []}])]},
        1,
        None,
    ),
    "Gemini": (
        {
            "contents": [
                parts("user", {"text": "hi"}),
                parts("model", {"functionCall": {}}),
                parts("user", {"functionResponse": {"name": "f", "response": {"t": 5}}}),
            ]
        },
        2,
        '{"t":5}',
    ),
    "Gemini in snake case": (
        {"contents": [parts("user", {"text": "hi"}), parts("user", {"function_response": {}})]},
        2,
        "null",
    ),
    "Bedrock": (
        {"messages": [ASKED, of_user([{"toolResult": {"content": [{"text": "5"}]}}])]},
        2,
        "5",
    ),
    "Cohere's first API": (
        {"message": "hi", "tool_results": [{"outputs": []}]},
        2,
        '[{"outputs":[]}]',
    ),
    "AI SDK": ({"messages": [ASKED, parts("assistant", CALLED)]}, 2, '{"t":5}'),
    "AI SDK, an error": (
        {"messages": [ASKED, parts("assistant", {"toolCallId": "c", "errorText": "no"})]},
        2,
        "no",
    ),
    "AI SDK, a call that runs": (
        {"messages": [ASKED, parts("assistant", {"toolCallId": "c", "state": "input-available"})]},
        1,
        None,
    ),
    "AI SDK, two steps": (
        {"messages": [ASKED, parts("assistant", CALLED, CALLED, {"type": "step-start"}, CALLED)]},
        3,
        '{"t":5}',
    ),
    "AI SDK 4": (
        {
            "messages": [
                ASKED,
                {
                    **of_model(""),
                    "toolInvocations": [{"state": "result", "toolName": "f", "result": "5"}],
                },
            ]
        },
        2,
        "5",
    ),
    "AI SDK 4, parts": (
        {
            "messages": [
                ASKED,
                parts("assistant", {"toolInvocation": {"toolCallId": "c", "result": "5"}}),
            ]
        },
        2,
        "5",
    ),
    "AG-UI": ({"messages": [ASKED, {"id": "2", **RESULT, "toolCallId": "c"}]}, 2, "5"),
    "LangGraph": ({"input": {"messages": [ASKED, {"type": "tool", "content": "5"}]}}, 2, "5"),
}


@pytest.mark.parametrize(("body", "turn", "result"), TURNS.values(), ids=TURNS)
def test_result_of_a_tool_begins_the_next_turn(body, turn, result):
    read = read_conversation(body)
    assert (read.turn, read.tool_result) == (turn, result)


@pytest.mark.parametrize(
    "body",
    [
        {"system": "Be brief."},
        {"system": [{"type": "text", "text": "Be brief."}]},
        {"instructions": "Be brief."},
        {"systemInstruction": {"parts": [{"text": "Be brief."}]}},
        {"system_instruction": "Be brief."},
        {"preamble": "Be brief."},
        {"messages": [{"role": "developer", "content": "Be brief."}, ASKED]},
        {"messages": [{"role": "system", "content": TEXTS[:0]}], "system": "Be brief."},
        {"params": {"systemPrompt": "Be brief."}},
    ],
)
def test_system_prompt_is_found(body):
    assert read_conversation(body).system == "Be brief."


@pytest.mark.parametrize(
    ("body", "tools"),
    [
        (
            {"tools": [{"type": "function", "function": {"name": "a"}}, {"type": "web_search"}]},
            "a web_search",
        ),
        ({"tools": [{"name": "a", "input_schema": {}}, {"name": "b"}, {"name": "a"}]}, "a b"),
        ({"tools": [{"functionDeclarations": [{"name": "a"}, {"name": "b"}]}, {"x": {}}]}, "a b"),
        ({"tools": {"a": {}, "b": {}}}, "a b"),
        ({"functions": [{"name": "a"}]}, "a"),
        ({"toolConfig": {"tools": [{"toolSpec": {"name": "a"}}]}}, "a"),
        ({"tools": [5, None, {"function": 5}]}, ""),
        ({}, ""),
    ],
)
def test_names_of_tools_are_found(body, tools):
    assert read_conversation(body).tools == tuple(tools.split())


@pytest.mark.parametrize(
    ("body", "room", "user"),
    [
        ({"chatRoomId": "r", "threadId": "t", "userId": "u", "user": "v"}, "r", "u"),
        ({"threadId": "t", "runId": "x"}, "t", None),
        ({"conversation_id": "r", "user": "u"}, "r", "u"),
        ({"conversation": {"id": "r"}, "metadata": {"user_id": "u"}}, "r", "u"),
        ({"params": {"message": {"contextId": "r"}}}, "r", None),
        ({"id": "r", "messages": [ASKED]}, "r", None),
        ({**RPC, "id": "1"}, None, None),
        ({"threadId": 5, "user": {"name": "u"}}, None, None),
    ],
)
def test_ids_of_the_room_and_the_user_are_found(body, room, user):
    read = read_conversation(body)
    assert (read.room_id, read.user_id) == (room, user)


def test_body_without_anything_is_an_empty_conversation():
    assert read_conversation({}) == Conversation()
