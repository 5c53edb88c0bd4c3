"""Files next to the SQLite file with the newest frames of the turns that run.

To append to a file takes one call of the operating system, where a commit of SQLite takes ten. The
frames are as safe: `kill -9` loses none, and with `database_synchronous=full` an append waits for
the disk. The log moves them to the database later, and then deletes the file.

A file is an event stream: each block has the frames of one turn as browsers get them, after a
comment with the number of their bytes and their CRC-32. What a write left incomplete was never
shown, and is ignored.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from glob import escape as glob_escape
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final
from zlib import crc32

from streamproof.relay.failpoints import no_failpoint
from streamproof.relay.storage.database_file import ONLY_ITS_USER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamproof.relay.failpoints import Failpoint

_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_HEADER: Final = b":%x %08x\n"
_READ_HEADER: Final = re.compile(rb":([0-9a-f]{1,8}) ([0-9a-f]{8})\n")

if sys.platform == "darwin":
    import fcntl

    def _wait_for_disk(descriptor: int) -> None:
        """Wait until the disk has all bytes; `fsync` waits only until they are on their way."""
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
else:

    def _wait_for_disk(descriptor: int) -> None:
        """Wait until the disk has all bytes."""
        getattr(os, "fdatasync", os.fsync)(descriptor)


class FramesFiles:
    """The files of one database, of which the newest one grows.

    It calls `failpoint` with `commit` before each append, and with `committed` after it.
    """

    def __init__(
        self,
        database: str,
        *,
        waits_for_disk: bool = False,
        failpoint: Failpoint = no_failpoint,
    ) -> None:
        self._prefix = Path(f"{os.path.realpath(database)}-frames-")
        self._failpoint = failpoint
        self.waits_for_disk = waits_for_disk
        self.size = 0
        """The bytes of the file that grows."""
        self._descriptor: int | None = None
        self._number = max(map(self._number_of, self.paths()), default=0)

    def paths(self) -> list[Path]:
        """Return the files, the oldest one first."""
        found = self._prefix.parent.glob(f"{glob_escape(self._prefix.name)}*")
        return sorted((path for path in found if self._number_of(path)), key=self._number_of)

    def _number_of(self, path: Path) -> int:
        """Return the number of a file; 0 for a file of another kind."""
        number = path.name.removeprefix(self._prefix.name)
        return int(number) if number.isascii() and number.isdecimal() else 0

    def append(self, blocks: Sequence[bytes]) -> float:
        """Append the frames of some turns, and return how many seconds that took.

        Raises `OSError`, and then keeps nothing of them. Only the answer of an append can be lost:
        then the blocks are there.
        """
        began = perf_counter()
        pieces = [piece for block in blocks for piece in (_header(block), block)]
        self._failpoint("commit")
        self._write(b"".join(pieces))
        seconds = perf_counter() - began
        self._failpoint("committed")
        return seconds

    def _write(self, data: bytes) -> None:
        descriptor = self._descriptor
        if descriptor is None:
            descriptor = self._descriptor = self._open_next()
        try:
            written = os.write(descriptor, data)
            while written < len(data):
                written += os.write(descriptor, data[written:])
            if self.waits_for_disk:
                _wait_for_disk(descriptor)
        except OSError:
            self._undo(descriptor)
            raise
        self.size += len(data)

    def _undo(self, descriptor: int) -> None:
        """Remove what an append has written; if that fails, nothing more comes into this file."""
        try:
            os.ftruncate(descriptor, self.size)
        except OSError:
            self.begin_next()

    def _open_next(self) -> int:
        self._number += 1
        path = self.path
        descriptor = os.open(path, _FLAGS, ONLY_ITS_USER)
        if self.waits_for_disk:
            _sync_folder(path.parent)
        return descriptor

    @property
    def path(self) -> Path:
        """The file that grows."""
        return Path(f"{self._prefix}{self._number}")

    def begin_next(self) -> None:
        """Close the file that grows; the next append begins another one."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self.size = None, 0


def blocks_of(path: Path) -> Iterator[bytes]:
    """Yield the blocks of a file up to the first one that is not whole; raises `OSError`."""
    data = memoryview(path.read_bytes())
    at = 0
    while found := _READ_HEADER.match(data, at):
        end = found.end() + int(found[1], 16)
        block = bytes(data[found.end() : end])
        if crc32(block) != int(found[2], 16) or end > len(data):
            return
        yield block
        at = end


def _header(block: bytes) -> bytes:
    return _HEADER % (len(block), crc32(block))


def _sync_folder(folder: Path) -> None:
    """Wait until the disk knows the names in a folder, where the system can say so."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
