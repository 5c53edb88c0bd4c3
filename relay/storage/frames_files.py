"""Files next to the SQLite file with the newest frames of the turns that run.

To append to a file takes one call of the operating system, where a commit of SQLite takes ten. The
frames are as safe: `kill -9` loses none, and with `database_synchronous=full` an append waits for
the disk. The log moves them to the database later, and then deletes the file.

A file is an event stream of records. A record has frames of one turn as browsers get them, after a
comment with the number of their bytes and their CRC-32. A record that is not whole was never shown.
"""

from __future__ import annotations

import os
import re
import sys
from glob import escape as glob_escape
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final
from zlib import crc32

from streamproof.relay.failpoints import no_failpoint
from streamproof.relay.storage.database_file import ONLY_ITS_USER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.relay.failpoints import Failpoint

_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_RECORD: Final = b":%x %08x\n%b"
_NUMBER: Final = re.compile("[1-9][0-9]*")
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


if sys.platform == "win32":

    def _wait_for_name(path: Path) -> None:
        """Do nothing: here the disk has the name of a file as soon as it has its bytes."""
else:

    def _wait_for_name(path: Path) -> None:
        """Wait until the disk has the name of a new file."""
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class FramesFiles:
    """The files of one database, of which the newest one grows.

    One thread at a time may use it. It calls `failpoint` with `commit` before each append, and with
    `committed` after it.
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
        self._number = max(self._numbered(), default=0)

    @property
    def is_open(self) -> bool:
        """Whether there is a file that grows."""
        return self._descriptor is not None

    def paths(self) -> list[Path]:
        """Return the files, the oldest one first."""
        return [path for _, path in sorted(self._numbered().items())]

    def _numbered(self) -> dict[int, Path]:
        found = self._prefix.parent.glob(f"{glob_escape(self._prefix.name)}*")
        names = {path.name.removeprefix(self._prefix.name): path for path in found}
        return {int(name): path for name, path in names.items() if _NUMBER.fullmatch(name)}

    def append(self, records: Sequence[bytes]) -> float:
        """Append the frames of some turns, and return how many seconds that took.

        Raises `OSError`; then call `begin_next` before the next append, because the file may end
        with a part of them.
        """
        began = perf_counter()
        data = b"".join([_RECORD % (len(record), crc32(record), record) for record in records])
        self._failpoint("commit")
        descriptor = self._open_next() if self._descriptor is None else self._descriptor
        written = os.write(descriptor, data)
        while written < len(data):
            written += os.write(descriptor, data[written:])
        if self.waits_for_disk:
            _wait_for_disk(descriptor)
        self.size += written
        seconds = perf_counter() - began
        self._failpoint("committed")
        return seconds

    def _open_next(self) -> int:
        self._number += 1
        descriptor = os.open(self.path, _FLAGS, ONLY_ITS_USER)
        if self.waits_for_disk:
            try:
                _wait_for_name(self.path)
            except OSError:
                os.close(descriptor)
                self.path.unlink()
                raise
        self._descriptor = descriptor
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


def records_of(path: Path) -> tuple[list[bytes], int]:
    """Return the records of a file up to the first one that is not whole, and the bytes from there.

    Raises `OSError`.
    """
    data = path.read_bytes()
    records: list[bytes] = []
    at = 0
    while found := _READ_HEADER.match(data, at):
        end = found.end() + int(found[1], 16)
        record = data[found.end() : end]
        if crc32(record) != int(found[2], 16) or end > len(data):
            break
        records.append(record)
        at = end
    return records, len(data) - at
