"""How rarely a serving process looks for garbage; in a process of its own, as it is for good."""

import json
import subprocess
import sys

SEARCHES = """
import gc, json
from harness.garbage import search_rarely
before = gc.get_threshold()
search_rarely()
print(json.dumps([before, gc.get_threshold(), gc.get_freeze_count()]))
"""


def test_searches_are_rarer_and_leave_out_what_was_there_before():
    done = subprocess.run([sys.executable, "-c", SEARCHES], capture_output=True, check=True)
    before, after, left_out = json.loads(done.stdout)
    assert after[0] >= 10 * before[0]
    assert left_out > 1_000
