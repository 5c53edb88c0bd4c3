"""What the commands print for wrong input: every command with every kind of mistake.

Each run ends by itself: a server gets a port that is taken, and every service is a closed port.
"""

from __future__ import annotations

import io
import os
import shlex
import socket
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from streamproof.harness.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE, URL, TEXT, TAKEN, CLOSED = "FILE", "URL", "TEXT", "TAKEN", "CLOSED"
"""Words of a command that the sweep replaces."""

SCENARIO: Final = "name: it\ntitle: It\n"
FILES: Final[Mapping[str, bytes]] = {
    "empty.yaml": b"",
    "binary.yaml": bytes(range(256)),
    "utf-16.yaml": f"{SCENARIO}steps: [end]\n".encode("utf-16"),
    "latin-1.yaml": b"name: it\ntitle: caf\xe9\nsteps: [end]\n",
    "nul.yaml": f"{SCENARIO}about: \0\nsteps: [end]\n".encode(),
    "tab.yaml": f"{SCENARIO}steps:\n\t- end\n".encode(),
    "quote.yaml": b'name: it\ntitle: "open\nsteps: [end]\n',
    "bracket.yaml": f"{SCENARIO}steps: [end\n".encode(),
    "deep.yaml": f"{SCENARIO}steps: {'[' * 3000}{']' * 3000}\n".encode(),
    "number.yaml": f"{SCENARIO}pace: {{first_ms: {'9' * 5000}}}\nsteps: [end]\n".encode(),
    "infinite.yaml": f"{SCENARIO}pace: {{first_ms: 1e400}}\nsteps: [end]\n".encode(),
    "keys.yaml": f"{SCENARIO}5: 1\n[a]: b\nsteps: [end]\n".encode(),
    "list.yaml": b"- a\n",
    "text.yaml": b"hello\n",
    "twice.yaml": b"name: it\nname: it\ntitle: It\nsteps: [end]\n",
    "include.yaml": f"{SCENARIO}steps: [{{include: no.part.yaml}}, end]\n".encode(),
    "regex.yaml": f"{SCENARIO}when: {{question: {{regex: '(a'}}}}\nsteps: [end]\n".encode(),
    "fault.yaml": f"{SCENARIO}steps: [end]\nfaults: [{{reste: {{}}}}]\n".encode(),
    "half.har": b'{"log"',
    "number.har": b'{"log": {"entries": 5}}',
    "head.txt": b"HTTP/1.1 abc\r\n\r\n",
}
UNREADABLE: Final = ("missing.yaml", "folder", "pipe.yaml", "loop.yaml", "empty.yaml/x.yaml")
LONG_NAME: Final = f"{'n' * 300}.yaml"
DEVICES: Final = ("/dev/zero", "/proc/self/mem")

FILE_COMMANDS: Final = (
    "lint FILE",
    "shrink FILE -- true",
    "lint FILE --json",
    "plan FILE",
    "show FILE",
    "scenarios --scenarios FILE",
    "import FILE --out out.yaml --force",
    "check FILE --contract frontend",
    "check FILE --contract frontend --json",
    "check-prisma FILE",
    "check-prisma FILE --json",
    "migrate --database FILE",
    "migrate --database FILE --check",
    "check stream.sse --contract FILE",
    "mock --port TAKEN --scenarios FILE",
    "serve --port TAKEN --mock-port 0 --scenarios FILE",
    "serve --port TAKEN --mock-port 0 --database FILE",
    "verify relay --scenarios FILE --scenario it",
    "verify ai --url CLOSED --scenarios FILE --scenario it",
    "verify relay --url CLOSED --mock-port 9 --room r --database FILE --scenario it",
    "new it --folder FILE",
    "schema --folder FILE",
    "mock --port TAKEN --scenarios it.yaml --cert FILE --key FILE",
    "record --upstream CLOSED --port TAKEN --out FILE",
)
URLS: Final = (
    *("", "localhost:8000", "ftp://host/", "http://", "http:///x", "http://a b/", "http://[::bad/"),
    *("http://host:99999/", "http://host:0/", "http://..:80/", "http://256.1.1.1/", "http://a\\b/"),
    *(
        "http://%41/",
        f"http://{'a' * 80}.com/",
        "http://host\x00/",
        "http://\udcff/",
        "//host",
        "x",
    ),
)
URL_COMMANDS: Final = (
    "check URL --contract frontend",
    "check URL --contract frontend --json",
    "doctor URL",
    "doctor CLOSED --origin URL",
    "verify ai --url URL",
    "verify relay --url URL --mock-port 9",
    "verify relay --url CLOSED --mock-port 9 --room r --history-url URL --scenario it",
    "record --upstream URL --port TAKEN --out out.yaml",
    "relay --ai-url URL --port TAKEN --database chat.sqlite3",
)
TEXTS: Final = (
    "",
    " ",
    "-1",
    "1e400",
    "9" * 5000,
    "a\nb",
    "\x1b[31m",
    "\udcff",
    "a\x00b",
    "ü😀",
    "=",
)
TEXT_COMMANDS: Final = (
    "TEXT",
    "verify TEXT",
    "explain TEXT",
    "contracts TEXT",
    "openapi TEXT",
    "openapi relay --version TEXT",
    "show TEXT",
    "plan TEXT",
    "new TEXT",
    "schema TEXT",
    "scenarios TEXT",
    "scenarios --dialect=TEXT",
    "completion TEXT",
    "lint TEXT",
    "plan it.yaml --attempt=TEXT",
    "plan it.yaml --speed=TEXT",
    "plan it.yaml --dialect=TEXT",
    "check stream.sse --contract=TEXT",
    "check stream.sse --contract=frontend --header=TEXT",
    "check CLOSED --contract=frontend --header=TEXT",
    "check CLOSED --contract=frontend --header=X:TEXT",
    "check CLOSED --contract=frontend --method=TEXT",
    "check CLOSED --contract=frontend --form=TEXT",
    "check CLOSED --contract=frontend --data=TEXT",
    "check CLOSED --contract=frontend --question=TEXT",
    "check CLOSED --contract=frontend --timeout-seconds=TEXT",
    "doctor CLOSED --wait-seconds=TEXT",
    "doctor CLOSED --backend-port=TEXT",
    "doctor CLOSED --backend-port=1 --backend-host=TEXT",
    "mock --port=TEXT",
    "mock --port=TAKEN --scenarios=it.yaml --host=TEXT",
    "mock --port=TAKEN --default=TEXT",
    "mock --port=TAKEN --scenarios=it.yaml --speed=TEXT",
    "mock --port=TAKEN --scenarios=it.yaml --allow-origin=TEXT",
    "mock --port=TAKEN --scenarios=it.yaml --tls-fault=TEXT",
    "mock --port=TAKEN --record-misses --record-dir=out --upstream=TEXT",
    "serve --mock-port=TEXT",
    "serve --port=TAKEN --mock-port=0 --scenarios=it.yaml --default=TEXT",
    "serve --port=TAKEN --mock-port=0 --scenarios=it.yaml --allow-origin=TEXT",
    "relay --ai-url=CLOSED --port=TAKEN --database=TEXT",
    "migrate --database=TEXT",
    "record --upstream=CLOSED --port=TAKEN --out=out.yaml --count=TEXT",
    "import it.yaml --out=TEXT",
    "import it.yaml --out=out.yaml --force --entry=TEXT",
    "token --user=TEXT",
    "token --user=me --seconds=TEXT",
    "verify ai --url=CLOSED --case=TEXT",
    "verify ai --url=CLOSED --scenario=TEXT",
    "verify ai --url=CLOSED --dialect=TEXT",
    "verify relay --scenario=TEXT",
    "init --url=CLOSED --mock-port=TAKEN --ask-path=TEXT",
    "init --url=CLOSED --mock-port=TAKEN --json-body=TEXT",
    "init --url=CLOSED --mock-port=TAKEN --form=TEXT",
    "init --url=TEXT --mock-port=TAKEN",
    "verify relay --cut=TEXT",
    "verify relay --fuzz=TEXT",
    "verify relay --fuzz=1 --seed=TEXT",
    "shrink TEXT -- true",
    "shrink it.yaml --output=TEXT -- true",
    "shrink it.yaml --runs=TEXT -- true",
    "reliability --database=TEXT",
    "reliability --fault=TEXT",
    "reliability --replicas=TEXT",
    "reliability --seed=TEXT",
    "reliability --trials=TEXT",
    "verify relay --url=CLOSED --mock-port=9 --token=TEXT",
    "verify relay --url=CLOSED --mock-port=9 --cookie=TEXT",
    "verify relay --url=CLOSED --mock-port=9 --room=TEXT --scenario=it",
    "verify relay --url=CLOSED --mock-port=9 --room=r --database=TEXT --scenario=it",
)
PLAIN_COMMANDS: Final = (
    *("", "verify", "verify ai", "verify relay --url CLOSED", "check", "doctor", "lint", "record"),
    *("mock --prot 1", "serve --quiet --json", "doctor CLOSED --credentials", "relay", "token"),
    *(
        "mock --port TAKEN",
        "serve --port TAKEN --mock-port 0",
        "doctor CLOSED",
        "verify ai --url CLOSED",
    ),
    *("verify relay --scenario=zzz", "show crlf-64-bm", "mock --defualt x", "explain frames.kind"),
)


@dataclass(frozen=True, slots=True)
class SweptMessage:
    """What a command printed for a mistake."""

    words: tuple[str, ...]
    exit_code: int
    out: str
    err: str

    def __str__(self) -> str:
        """Return the command, its exit code, and the lines of its message."""
        command = ascii(shlex.join(self.words))[1:-1][:100]
        lines = (self.err or self.out).rstrip().splitlines()
        return "\n".join([f"$ {command}  [{self.exit_code}]", *(f"    {line}" for line in lines)])


def sweep(every: int = 1) -> Iterator[SweptMessage]:
    """Run every command with every mistake, in a folder of their own.

    A larger `every` is quicker: each command then meets only every Nth of the mistakes, and
    each mistake every Nth of the commands.
    """
    with _prepared() as (taken, closed):
        for words in _command_lines(every):
            replaced = {TAKEN: taken, CLOSED: f"http://127.0.0.1:{closed}/"}
            for old, new in replaced.items():
                words = tuple(word.replace(old, new) for word in words)
            yield _run(words)


def _command_lines(every: int) -> Iterator[tuple[str, ...]]:
    names = (*FILES, *UNREADABLE, LONG_NAME, *DEVICES)
    for command in PLAIN_COMMANDS:
        yield tuple(command.split())
    for commands, placeholder, values in (
        (FILE_COMMANDS, FILE, names),
        (URL_COMMANDS, URL, URLS),
        (TEXT_COMMANDS, TEXT, TEXTS),
    ):
        for row, command in enumerate(commands):
            for value in values[row % every :: every]:
                yield tuple(word.replace(placeholder, value) for word in command.split())


def _run(words: tuple[str, ...]) -> SweptMessage:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    return SweptMessage(words, code, out.getvalue(), err.getvalue())


@contextmanager
def _prepared() -> Iterator[tuple[str, str]]:
    """Write the files into a new current folder; yield a port that is taken and a closed one."""
    with TemporaryDirectory(prefix="streamproof-") as folder, chdir(folder), socket.socket() as one:
        for name, content in FILES.items():
            Path(name).write_bytes(content)
        Path("stream.sse").write_bytes(b"data: x\n\n")
        Path("it.yaml").write_text(f"{SCENARIO}steps: [end]\n", "utf-8")
        Path("folder").mkdir()
        Path("loop.yaml").symlink_to("loop.yaml")
        os.mkfifo("pipe.yaml")
        one.bind(("127.0.0.1", 0))
        one.listen()
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))  # it does not listen, so that connections are refused
            yield str(one.getsockname()[1]), str(other.getsockname()[1])
