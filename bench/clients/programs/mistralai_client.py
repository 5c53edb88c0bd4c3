"""Chat with mistralai."""

from mistralai.client import Mistral
from mistralai.client.models import AssistantMessage, DeltaMessage
from replies import MESSAGES, Got, print_replies

ASKED = {"model": "m", "messages": MESSAGES}


def streamed(url: str, patience_seconds: float, got: Got) -> None:
    """Read a stream, and put the tool calls together."""
    timeout_ms = int(patience_seconds * 1000)
    with Mistral(api_key="k", server_url=url, timeout_ms=timeout_ms) as client:
        for event in client.chat.stream(**ASKED):
            for choice in event.data.choices:
                take_message(choice.delta, got)
                got.finish = choice.finish_reason or got.finish


def whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body."""
    timeout_ms = int(patience_seconds * 1000)
    with Mistral(api_key="k", server_url=url, timeout_ms=timeout_ms) as client:
        completion = client.chat.complete(**ASKED)
    [choice] = completion.choices
    take_message(choice.message, got)
    got.finish = choice.finish_reason


def take_message(message: AssistantMessage | DeltaMessage, got: Got) -> None:
    """Keep a message or a part of one."""
    chunks = message.content or []
    if isinstance(chunks, str):
        got.text += chunks
        chunks = []
    for chunk in chunks:
        match chunk.type:
            case "text":
                got.text += chunk.text
            case "thinking":
                got.reasoning += "".join(part.text for part in chunk.thinking)
            case "reference":
                got.sources += map(str, chunk.reference_ids)
    for call in message.tool_calls or []:
        if call.index < len(got.tool_calls):
            name, arguments = got.tool_calls[call.index]
            got.tool_calls[call.index] = (name, arguments + call.function.arguments)
        else:
            got.tool_calls.append((call.function.name, call.function.arguments))


print_replies({"streamed": streamed, "whole": whole})
