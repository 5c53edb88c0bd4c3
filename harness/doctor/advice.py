"""Which of the changes that a check names are for this status, backend, page and proxies."""

from collections.abc import Sequence

from streamproof.harness.checking.check import Change

BACKEND = "backend"
PAGE = "page"
NGINX = "nginx"
PROXY = "proxy"
"""Any proxy or gateway, also one that is not recognised."""


def changes_for(changes: Sequence[Change], proxies: Sequence[str], status: int) -> Sequence[Change]:
    """Return the changes for the status of the response, the backend and the detected proxies.

    Without a change for this status, or for any of these proxies, return those for the others.
    """
    changes = [one for one in changes if status in one.statuses] or changes
    if any(one.where in proxies for one in changes):
        return [one for one in changes if one.where in (BACKEND, PROXY, *proxies)]
    return changes
