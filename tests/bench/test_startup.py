"""What `bench.startup` rests on: it counts the CPU time of the child, and notices a failure."""

import sys

import pytest

from bench.startup import EMPTY, Start, measure


def test_a_command_counts_until_it_ends():
    busy = Start("busy", (sys.executable, "-c", "sum(range(3_000_000))"), goal_ms=30)
    empty, result = measure((EMPTY, busy), 3)
    assert empty.above_empty_ms == 0
    assert result.median_ms > empty.median_ms
    assert "goal 30" in str(result)


def test_a_server_counts_until_it_prints_its_address():
    code = "import time; print('http://127.0.0.1:1', flush=True); time.sleep(600)"
    assert Start("server", (sys.executable, "-c", code), serves=True).cpu_ms() > 0


@pytest.mark.parametrize("serves", [False, True])
def test_a_command_that_fails_is_not_measured(serves):
    with pytest.raises(AssertionError, match="no such thing"):
        Start("fails", (sys.executable, "-c", "exit('no such thing')"), serves=serves).cpu_ms()
