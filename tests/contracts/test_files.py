"""A file that a user names is read, unless reading could block or never end."""

import os
import socket
import threading
from errno import ENOENT
from pathlib import Path

import pytest

from streamproof.contracts.files import read_at_most, system_problem, system_text


def test_first_bytes_of_a_file_are_read(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert (read_at_most(path, 9), read_at_most(path, 2)) == (b"abc", b"ab")


@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_could_block_is_not_read(tmp_path, kind):
    path = tmp_path / kind
    with socket.socket(socket.AF_UNIX) as unix:
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "socket":
            unix.bind(str(path))
        else:
            path = Path("/dev/zero")
        with pytest.raises(OSError, match="not a regular file") as caught:
            read_at_most(path, 9)
    assert system_problem(caught.value) == "not a regular file"


def test_pipe_of_a_shell_is_read():
    end, start = os.pipe()

    def write():
        os.write(start, b"abc")
        os.close(start)

    thread = threading.Thread(target=write)
    thread.start()
    assert read_at_most(Path(f"/dev/fd/{end}"), 9) == b"abc"
    thread.join()
    os.close(end)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(ENOENT, os.strerror(ENOENT)), system_text(ENOENT)),
        (OSError(ENOENT, "a text of ours"), "a text of ours"),
        (OSError("only a text"), "only a text"),
        (OSError(), "OSError"),
    ],
)
def test_text_of_the_system_is_in_lower_case(error, text):
    assert system_problem(error) == text
    assert system_text(ENOENT) == "no such file or directory"
