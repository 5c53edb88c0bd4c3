"""Ask with google-genai for content."""

import json

from google import genai
from google.genai.types import GenerateContentResponse
from replies import QUESTION, Got, print_replies

ASKED = {"model": "m", "contents": QUESTION}


def client(url: str, patience_seconds: float) -> genai.Client:
    """Return a client for a scenario."""
    options = {"base_url": url, "timeout": int(1000 * patience_seconds)}
    return genai.Client(api_key="k", http_options=options)


def streamed(url: str, patience_seconds: float, got: Got) -> None:
    """Read a stream."""
    with client(url, patience_seconds) as opened:
        for response in opened.models.generate_content_stream(**ASKED):
            take(response, got)


def whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body."""
    with client(url, patience_seconds) as opened:
        take(opened.models.generate_content(**ASKED), got)


def take(response: GenerateContentResponse, got: Got) -> None:
    """Keep what a response has."""
    for candidate in response.candidates or []:
        for part in candidate.content.parts or [] if candidate.content else []:
            if part.thought:
                got.reasoning += part.text or ""
            elif part.function_call:
                call = part.function_call
                got.tool_calls.append((call.name, json.dumps(call.args)))
            else:
                got.text += part.text or ""
        if candidate.grounding_metadata:
            chunks = candidate.grounding_metadata.grounding_chunks or []
            got.sources += [chunk.web.uri for chunk in chunks]
        if candidate.finish_reason:
            got.finish = candidate.finish_reason.value


print_replies({"streamed": streamed, "whole": whole})
