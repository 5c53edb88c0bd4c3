"""Ask OpenAI's API for a stream, and report to `streamproof verify client`."""

# ruff: noqa: T201 - this example prints
import json

import openai

text, finish, error = "", None, None
client = openai.OpenAI(timeout=2)  # OPENAI_BASE_URL leads to the mock
try:
    chunks = client.chat.completions.create(
        model="any", messages=[{"role": "user", "content": "Hello"}], stream=True
    )
    for chunk in chunks:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
except openai.OpenAIError as caught:
    error = str(caught)
print(json.dumps({"text": text, "finished": error is None, "error": error}))
