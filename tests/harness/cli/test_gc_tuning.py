"""How rarely a serving process looks for garbage; in a process of its own, as it is for good."""

import json
import subprocess
import sys

SEARCHES = """
import gc, json
from streamproof.harness.cli.gc_tuning import tune_gc
before = gc.get_threshold()
tune_gc()
print(json.dumps([before, gc.get_threshold(), gc.get_freeze_count()]))
"""


def test_searches_are_rarer_and_leave_out_what_was_there_before():
    done = subprocess.run([sys.executable, "-c", SEARCHES], capture_output=True, check=True)
    before, after, frozen = json.loads(done.stdout)
    assert after[0] >= 10 * before[0]
    assert frozen > 1_000
