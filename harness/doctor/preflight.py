"""The preflight: the OPTIONS request that a browser sends before a cross-origin request."""

from streamproof.harness.http.client import HttpCall

RESUME_HEADER = "last-event-id"
USUAL_HEADERS = ("authorization", "content-type", RESUME_HEADER)
BROWSER_HEADERS = {"origin", "cookie", "accept"}


def preflight(call: HttpCall, origin: str) -> HttpCall:
    """Return the preflight for a call, which also asks about the headers that pages often send."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": call.method,
        "Access-Control-Request-Headers": ",".join(requested_headers(call)),
    }
    return HttpCall("OPTIONS", call.url, headers)


def requested_headers(call: HttpCall) -> list[str]:
    """Return the headers that the preflight asks about: the usual ones, and those of this call."""
    return sorted(sent_headers(call).union(USUAL_HEADERS))


def sent_headers(call: HttpCall) -> set[str]:
    """Return the headers of a call that need permission."""
    json_headers = {"content-type"} if call.json is not None else set()
    return {name.lower() for name in call.headers} - BROWSER_HEADERS | json_headers
