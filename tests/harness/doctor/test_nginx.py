"""Before a real nginx: what `doctor` says of each of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.doctor.asking import Limits, examine
from harness.doctor.far_end import far_end
from harness.doctor.http_version import HttpVersion
from harness.doctor.report import result_of
from harness.errors import UnreachableError
from harness.http_reading import Call
from harness.http_server import serve
from tests.harness.doctor.nginx import nginx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LIMITS = Limits(wait_seconds=1)


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """Return the URL of nginx before the far end."""
    async with serve(far_end()) as backend:
        with nginx(tmp_path, backend) as proxy:
            yield proxy


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("sound", []),
        ("as-it-is", ["needs-headers", "hidden-drop"]),
        ("collects", ["buffering", "hidden-drop"]),
        ("compresses", ["compression"]),
    ],
)
async def test_setting_of_nginx_is_found(url, location, found):
    seen = await examine(Call("GET", f"{url}/{location}/stream"), LIMITS)
    assert seen.in_the_way == ("nginx",)
    (case,) = result_of(seen).cases
    assert {one.check for one in case.failed} == {f"doctor.{one}" for one in found}


@pytest.fixture
async def secure_url(tmp_path: Path) -> AsyncIterator[str]:
    """Return the URL of an nginx with HTTP/2."""
    async with serve(far_end()) as backend:
        with nginx(tmp_path, backend, tls=True) as proxy:
            yield f"{proxy}/sound/stream"


async def test_http_2_is_seen(secure_url):
    seen = await examine(Call("GET", secure_url), LIMITS, insecure=True)
    assert (seen.http_version, result_of(seen).cases[0].failed) == (HttpVersion.TWO, [])


async def test_certificate_that_nobody_trusts_is_refused(secure_url):
    with pytest.raises(UnreachableError, match="certificate"):
        await examine(Call("GET", secure_url), LIMITS)
