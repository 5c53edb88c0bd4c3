"""Chat with cohere: `cohere_client.py URL SECONDS NAME …`."""

import cohere
from replies import Got, print_replies

ASKED = {"model": "m", "messages": [{"role": "user", "content": "What is the weather?"}]}
ONCE = {"max_retries": 0}


def client(url: str, patience_seconds: float) -> cohere.ClientV2:
    """Return a client for a scenario."""
    return cohere.ClientV2("k", base_url=url, timeout=patience_seconds)


def streamed(url: str, patience_seconds: float, got: Got) -> None:
    """Read a stream, and put the tool calls together."""
    stream = client(url, patience_seconds).chat_stream(**ASKED, request_options=ONCE)
    for event in stream:
        match event.type:
            case "content-start" | "content-delta":
                content = event.delta.message.content
                got.text += content.text or ""
                got.reasoning += content.thinking or ""
            case "tool-call-start":
                call = event.delta.message.tool_calls
                got.tool_calls.append((call.id, call.function.name, call.function.arguments))
            case "tool-call-delta":
                call_id, name, arguments = got.tool_calls[event.index]
                arguments += event.delta.message.tool_calls.function.arguments
                got.tool_calls[event.index] = (call_id, name, arguments)
            case "citation-start":
                got.sources += [one.id for one in event.delta.message.citations.sources]
            case "message-end":
                got.finish = event.delta.error or event.delta.finish_reason
                take_usage(event.delta.usage, got)


def whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body."""
    reply = client(url, patience_seconds).chat(**ASKED, request_options=ONCE)
    message = reply.message
    for content in message.content or []:
        got.text += content.text if content.type == "text" else ""
        got.reasoning += content.thinking if content.type == "thinking" else ""
    got.tool_calls = [
        (call.id, call.function.name, call.function.arguments) for call in message.tool_calls or []
    ]
    got.sources = [source.id for one in message.citations or [] for source in one.sources]
    got.finish = reply.finish_reason
    take_usage(reply.usage, got)


def take_usage(usage: cohere.Usage | None, got: Got) -> None:
    """Keep the numbers of tokens."""
    if usage and usage.tokens:
        got.usage = (int(usage.tokens.input_tokens), int(usage.tokens.output_tokens))


print_replies(streamed, whole)
