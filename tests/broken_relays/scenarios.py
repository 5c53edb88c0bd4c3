"""Small scenarios that a sound relay passes, each with something that a broken one gets wrong."""

from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.model import Scenario

TALK = r"""
name: talk
title: Text, sources, text
steps:
  - content: [" Grüße", " 😀 an"]
  - sources: [{id: doc-1, title: A, content: a}, {id: doc-2, title: B, content: b}]
  - content: " alle "
  - end
expect:
  verdict: completed
  frontend: [start, {content: 2}, sources, content, end]
  stored:
    turn: completed
    answer: " Grüße 😀 an alle "
    html: "<p> Grüße 😀 an alle </p>\n"
    sources: [doc-1, doc-2]
"""

RAW = """
name: raw
title: Text that is not JSON
steps:
  - content: a
  - raw: "event: message\\ndata:  half {\\n\\n"
  - end
expect:
  verdict: violated
  frontend: [start, content, raw, end]
  raw: [" half {"]
  stored: {turn: completed, answer: a}
"""

TRUNCATED = """
name: truncated
title: No end
steps:
  - content: ["half", " an"]
expect:
  verdict: truncated
  frontend: [start, {content: 2}, error]
  stored: {turn: failed, reason: truncated, partial: half an}
"""

MISJUDGED = """
name: misjudged
title: A scenario whose own expectation is wrong
steps: [{content: a}, end]
expect:
  verdict: truncated
  frontend: [start, content, end]
  stored: {turn: completed, answer: a}
"""

HELD = """
name: held
title: The AI service waits twice
steps:
  - content: [a, b]
  - hold: until-released
  - content: c
  - hold: until-released
  - end
expect:
  verdict: completed
  frontend: [start, {content: 3}, end]
  stored: {turn: completed, answer: abc}
"""

QUOTING = """
name: quoting
title: An answer that quotes the question
vars: {}
steps:
  - content: "You asked: {{question}}"
  - end
"""

TEXTS = (TALK, RAW, TRUNCATED, HELD, QUOTING, MISJUDGED)
SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in map(load_scenario, TEXTS)}
