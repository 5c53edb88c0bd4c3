"""Ask for responses with openai: `openai_responses_client.py URL SECONDS NAME …`."""

import openai
from openai.types.responses import Response
from replies import Got, print_replies

ASKED = {"model": "m", "input": "What is the weather?"}


def client(url: str, patience_seconds: float) -> openai.OpenAI:
    """Return a client that asks once."""
    return openai.OpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0, timeout=patience_seconds)


def streamed(url: str, patience_seconds: float, got: Got) -> None:
    """Read a stream with the helper that puts the response together."""
    with client(url, patience_seconds).responses.stream(**ASKED) as stream:
        for event in stream:
            match event.type:
                case "response.output_text.delta":
                    got.text += event.delta
                case "response.reasoning_summary_text.delta":
                    got.reasoning += event.delta
                case "response.refusal.delta":
                    got.refusal += event.delta
                case "response.incomplete" | "response.failed":
                    take(event.response, got)
        take(stream.get_final_response(), got)


def whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body."""
    take(client(url, patience_seconds).responses.create(**ASKED), got)


def take(response: Response, got: Got) -> None:
    """Keep what a whole response has."""
    items = response.output
    calls = [item for item in items if item.type == "function_call"]
    parts = [part for item in items if item.type == "message" for part in item.content]
    thoughts = [part for item in items if item.type == "reasoning" for part in item.summary]
    got.text = response.output_text
    got.reasoning = "".join(thought.text for thought in thoughts)
    got.refusal = "".join(part.refusal for part in parts if part.type == "refusal")
    got.tool_calls = [(call.call_id, call.name, call.arguments) for call in calls]
    texts = [part for part in parts if part.type == "output_text"]
    got.sources = [note.url for text in texts for note in text.annotations]
    got.finish = response.status
    if response.incomplete_details:
        got.finish = response.incomplete_details.reason
    if response.usage:
        got.usage = (response.usage.input_tokens, response.usage.output_tokens)


print_replies(streamed, whole)
