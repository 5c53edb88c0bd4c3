"""Before a real nginx: what `doctor` says of each of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streamproof.harness.doctor.examination import examine
from streamproof.harness.doctor.http_version import HttpVersion
from streamproof.harness.doctor.limits import ProbeLimits
from streamproof.harness.doctor.probe_backend import probe_backend
from streamproof.harness.doctor.report import result_of
from streamproof.harness.errors import UnreachableError
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.server import serving
from tests.long_runs import some_of
from tests.nginx import nginx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LIMITS = ProbeLimits()
SHORT_LIMITS = ProbeLimits(wait_seconds=3)
"""For settings that make `doctor` wait for the whole time."""


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """Return the URL of nginx before the far end."""
    async with serving(probe_backend()) as backend:
        with nginx(tmp_path, backend) as proxy:
            yield proxy


SETTINGS = {
    "sound": [],
    "as-it-is": ["needs-headers", "hidden-drop"],
    "collects": ["buffering", "hidden-drop"],
    "compresses": ["compression"],
    "cuts-silences": ["idle-limit"],
    "caches": ["cached"],
    "tries-again": ["repeated-post"],
}


@pytest.mark.parametrize(("location", "found"), some_of(SETTINGS.items(), 3, SETTINGS))
async def test_setting_of_nginx_is_found(url, location, found):
    seen = await examine(HttpCall("GET", f"{url}/{location}/stream"), SHORT_LIMITS)
    assert seen.proxies == ("nginx",)
    (case,) = result_of(seen).cases
    assert {one.check for one in case.failed} == {f"doctor.{one}" for one in found}


@pytest.fixture
async def secure_url(tmp_path: Path) -> AsyncIterator[str]:
    """Return the URL of an nginx with HTTP/2."""
    async with serving(probe_backend()) as backend:
        with nginx(tmp_path, backend, tls=True) as proxy:
            yield f"{proxy}/sound/stream"


async def test_http_2_is_seen(secure_url):
    seen = await examine(HttpCall("GET", secure_url), LIMITS, insecure=True)
    assert (seen.http_version, result_of(seen).cases[0].failed) == (HttpVersion.TWO, [])


async def test_certificate_that_is_not_trusted_is_refused(secure_url):
    with pytest.raises(UnreachableError, match="certificate"):
        await examine(HttpCall("GET", secure_url), LIMITS)
