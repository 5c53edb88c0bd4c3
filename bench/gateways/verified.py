"""Installs a gateway, and verifies it with every scenario by its settings file."""

from __future__ import annotations

import asyncio
import os
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from aiohttp import ClientSession

from bench.clients.install import python_packages
from bench.mock.process import free_port
from streamproof.harness.reports.result import CheckState, RunResult
from streamproof.harness.verify.relay_run import RelaysUnderTest, RunOptions, verify_relay
from streamproof.harness.verify.settings.loading import load_settings
from streamproof.harness.verify.settings.model import TargetSettings
from streamproof.harness.verify.targets.declared import declared_relay
from streamproof.mock_ai.scenario.model import Scenario

HERE: Final = Path(__file__).resolve().parent
PORT: Final = re.compile(r"\b3301\b")


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway of a registry; its folder here has its configuration and `streamproof.toml`."""

    name: str
    packages: Mapping[str, str]

    @property
    def version(self) -> str:
        """The version that is verified."""
        return next(iter(self.packages.values()))


GATEWAYS: Final = (Gateway("litellm", {"litellm[proxy]": "1.106.12"}),)


def settings_of(gateway: Gateway) -> TargetSettings:
    """Install a gateway, and return its settings on a free port; raises `Missing`."""
    port = free_port()
    settings = load_settings(HERE / gateway.name / "streamproof.toml")
    backend = settings.backend
    programs = python_packages(gateway.packages) / "bin"
    return replace(
        settings,
        backend=replace(
            backend,
            url=PORT.sub(str(port), backend.url),
            start=PORT.sub(str(port), backend.start or ""),
            environment={**backend.environment, "PATH": f"{programs}:{os.environ['PATH']}"},
        ),
    )


def verified(settings: TargetSettings, scenarios: Sequence[Scenario]) -> RunResult:
    """Verify a gateway with these scenarios."""

    @asynccontextmanager
    async def open_relays(session: ClientSession, ai_url: str) -> AsyncIterator[RelaysUnderTest]:
        async with declared_relay(session, settings, ai_url) as target:
            yield RelaysUnderTest(target, target)

    options = RunOptions(scenarios=scenarios)
    return asyncio.run(verify_relay(options, open_relays))


def broken_checks(result: RunResult) -> dict[str, list[str]]:
    """Return the cases in which each broken check is broken, most cases first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for case in result.cases:
        for outcome in case.outcomes:
            if outcome.state is CheckState.BROKEN:
                found[outcome.check].append(case.name)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))
