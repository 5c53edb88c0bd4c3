"""Streams that break one rule of the AI service's contract each, for the mock to play."""

from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.model import Scenario

TOO_LARGE = 1_048_577

BODIES = {
    "sound": "steps: [{content: [a, b]}, {wait_ms: 20}, end]",
    "status": "status: 500\nheaders: {Content-Type: text/event-stream}\nsteps: [end]",
    "media-type": "headers: {Content-Type: text/plain}\nsteps: [end]",
    "json": "steps: [{event: {event: message, data: 'half {'}}, end]",
    "type": 'steps: [{event: {event: message, data: \'{"type": "cotent"}\'}}, end]',
    "shape": 'steps: [{event: {event: message, data: \'{"type": "content"}\'}}, end]',
    "extra-key": 'steps: [{event: {event: end, data: \'{"type": "end", "usage": 1}\'}}]',
    "event-name": 'steps: [{event: {event: message, data: \'{"type": "end"}\'}}]',
    "event-size": f"steps: [{{content: {{text: x, times: {TOO_LARGE}}}}}, end]",
    "order": "steps: [{sources: []}, {sources: []}, end]",
    "after-terminal": "steps: [end, end]",
    "complete": "steps: [{content: a}]",
    "unbroken": "steps: [{content: a}, end]\nfaults: [{cut: {after_events: 1}}]",
    "clean-close": "steps: [end]\nfaults: [{cut: {after_events: 1}}]",
    "stall": "steps: [{content: a}, end]\nfaults: [{stall: {after_events: 1}}]",
    "limits": "steps: [{repeat: {times: 20, steps: [{content: a}]}}, {wait_ms: 3600000}, end]",
    "close": "steps: [end]\nfaults: [{stall: {after_events: 1}}]",
    "first-event-deadline": "pace: {first_ms: 100}\nsteps: [end]",
    "total-deadline": "steps: [{wait_ms: 100}, end]",
    "unfinished-event": "steps: [{raw: 'data: {'}]",
}


def scenario(name: str) -> Scenario:
    """Load one of them."""
    return load_scenario(f"name: {name}\ntitle: Breaks {name}\n{BODIES[name]}\n")
