"""Ask Anthropic's API for a stream, and report to `streamproof verify client`."""

# ruff: noqa: T201 - this example prints
import json

import anthropic

text, error = "", None
client = anthropic.Anthropic(timeout=2)  # ANTHROPIC_BASE_URL leads to the mock
try:
    with client.messages.stream(
        model="any", max_tokens=100, messages=[{"role": "user", "content": "Hello"}]
    ) as stream:
        for piece in stream.text_stream:
            text += piece
except anthropic.AnthropicError as caught:
    error = str(caught)
print(json.dumps({"text": text, "finished": error is None, "error": error}))
