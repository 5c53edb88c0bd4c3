"""A small plan of real events, for faults that read events: two tokens, a wait, and the end."""

from streamproof.mock_ai.actions import Action, Finish, Send, Start, Wait

START = Start(200, "OK")
FINISH = Finish()
GAP = Wait(10)
ONE_DATA = b'{"type": "content", "content": "one"}'
TWO_DATA = b'{"type": "content", "content": "two"}'
END_DATA = b'{"type": "end"}'


def event(data: bytes, name: bytes | None = b"message") -> Send:
    """Return an event as a chunk that completes it."""
    line = b"" if name is None else b"event: " + name + b"\n"
    text = line + b"data: " + data + b"\n\n"
    return Send(text, (len(text),))


ONE, TWO, END = event(ONE_DATA), event(TWO_DATA), event(END_DATA, b"end")
PLAN: list[Action] = [START, ONE, GAP, TWO, END, FINISH]
