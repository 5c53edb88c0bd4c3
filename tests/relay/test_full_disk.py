"""A full disk: the kernel refuses writes, and the relay loses nothing that it has shown."""

from __future__ import annotations

import subprocess
import sys

import pytest

MOUNT = 'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"'
IN_A_NAMESPACE = ("unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT)
"""Run a command with a small file system at a folder, which no other process sees."""


@pytest.fixture
def small_disk(tmp_path):
    """Return the start of a command line for a program that has a small disk."""
    command = [*IN_A_NAMESPACE, str(tmp_path)]
    try:
        mounted = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("needs `unshare`, which only Linux has")
    if mounted.returncode:
        pytest.skip(f"this machine mounts nothing without root: {mounted.stderr.strip()}")
    return command


def test_a_turn_on_a_full_disk_ends_with_an_error_and_the_next_one_completes(small_disk, tmp_path):
    program = [sys.executable, "-m", "tests.relay.full_disk", str(tmp_path)]
    done = subprocess.run([*small_disk, *program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
