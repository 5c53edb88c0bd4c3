"""Chat with cohere."""

import cohere
from replies import MESSAGES, Got, print_replies

ASKED = {"model": "m", "messages": MESSAGES}


def client(url: str, patience_seconds: float) -> cohere.ClientV2:
    """Return a client for a scenario."""
    return cohere.ClientV2("k", base_url=url, timeout=patience_seconds)


def streamed(url: str, patience_seconds: float, got: Got) -> None:
    """Read a stream, and put the tool calls together."""
    stream = client(url, patience_seconds).chat_stream(**ASKED)
    for event in stream:
        match event.type:
            case "content-start" | "content-delta":
                content = event.delta.message.content
                got.text += content.text or ""
                got.reasoning += content.thinking or ""
            case "tool-call-start":
                call = event.delta.message.tool_calls
                got.tool_calls.append((call.function.name, call.function.arguments))
            case "tool-call-delta":
                name, arguments = got.tool_calls[event.index]
                arguments += event.delta.message.tool_calls.function.arguments
                got.tool_calls[event.index] = (name, arguments)
            case "citation-start":
                got.sources += [one.id for one in event.delta.message.citations.sources]
            case "message-end":
                got.finish = event.delta.error or event.delta.finish_reason


def whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body."""
    reply = client(url, patience_seconds).chat(**ASKED)
    message = reply.message
    for content in message.content or []:
        got.text += content.text if content.type == "text" else ""
        got.reasoning += content.thinking if content.type == "thinking" else ""
    got.tool_calls = [
        (call.function.name, call.function.arguments) for call in message.tool_calls or []
    ]
    got.sources = [source.id for one in message.citations or [] for source in one.sources]
    got.finish = reply.finish_reason


print_replies({"streamed": streamed, "whole": whole})
