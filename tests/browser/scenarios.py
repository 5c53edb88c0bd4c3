"""Scenarios that wait until the test releases them, so that no test depends on time."""

from typing import Final

from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.library import Library
from streamproof.mock_ai.library.loading import load_scenario

SOURCES: Final = """
  - sources:
      - {id: doc-123, title: HR Policy, content: Employee handbook section...}"""

STEP_BY_STEP: Final = f"""
name: step-by-step
title: Three tokens that wait
about: Each step waits until the test releases it.
steps:
  - content: One
  - hold: until-released
  - content: " two"
  - hold: until-released
  - content: " three"{SOURCES}
  - hold: until-released
  - end
"""
# The example page listens after the turn has started, so the turn must not end before that.
LISTENED_TO: Final = f"""
name: listened-to
title: The example conversation, after the page listens
steps:
  - hold: until-released
  - content: [Based on, " your", " company's HR policy,"]{SOURCES}
  - end
"""
HOSTILE: Final = """
name: hostile
title: Markup wherever text is expected
steps:
  - content: "<img src=x onerror='hacked=1'><script>hacked=1</script> [a](javascript:hacked=1)"
  - raw: "data: <img src=x onerror='hacked=1'>\\n\\n"
  - sources: [{id: "<b>", title: "<img src=x onerror='hacked=1'>", content: "<script>hacked=1</script>"}]
  - end
"""  # noqa: E501  # one event per line
WIDE: Final = f"""
name: wide
title: A line of code that is longer than a page is wide
steps:
  - content: "```\\n{"long " * 100}\\n```"
  - end
"""
DEFAULT: Final = "example-conversation"
SHIPPED: Final = (
    f"plain/{DEFAULT}",
    "faults/reset-mid-answer",
    "broken/bad-json-in-one-event",
    "http/status-503",
)


def library() -> Library:
    """Load these scenarios and a few shipped ones."""
    shipped = [load_scenario(shipped_folder() / f"{name}.yaml") for name in SHIPPED]
    own = [load_scenario(text) for text in (STEP_BY_STEP, LISTENED_TO, HOSTILE, WIDE)]
    return Library({scenario.name: scenario for scenario in shipped + own})
