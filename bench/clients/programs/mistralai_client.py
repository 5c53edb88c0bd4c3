"""Chat with mistralai: `mistralai_client.py URL SECONDS NAME …`."""

from mistralai.client import Mistral
from mistralai.client.models import (
    AssistantMessage,
    DeltaMessage,
    UsageInfo,
)
from replies import Got, print_replies

ASKED = {"model": "m", "messages": [{"role": "user", "content": "What is the weather?"}]}


def streamed(url: str, patience_seconds: float, got: Got) -> None:
    """Read a stream, and put the tool calls together."""
    timeout_ms = int(patience_seconds * 1000)
    with Mistral(api_key="k", server_url=url, timeout_ms=timeout_ms) as client:
        for event in client.chat.stream(**ASKED):
            chunk = event.data
            take_usage(chunk.usage, got)
            for choice in chunk.choices:
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
    take_usage(completion.usage, got)


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
            call_id, name, arguments = got.tool_calls[call.index]
            arguments += call.function.arguments
            got.tool_calls[call.index] = (call_id, name, arguments)
        else:
            got.tool_calls.append((call.id, call.function.name, call.function.arguments))


def take_usage(usage: UsageInfo | None, got: Got) -> None:
    """Keep the numbers of tokens."""
    if usage:
        got.usage = (usage.prompt_tokens, usage.completion_tokens)


print_replies(streamed, whole)
