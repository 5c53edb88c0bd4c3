"""The question that a browser asks before a page of another origin may send a request."""

from streamproof.harness.http.client import HttpCall

FOR_RESUMING = "last-event-id"
USUAL_HEADERS = ("authorization", "content-type", FOR_RESUMING)
OF_THE_BROWSER = {"origin", "cookie", "accept"}


def preflight(call: HttpCall, origin: str) -> HttpCall:
    """Make the question for a call, and for the headers that pages usually send."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": call.method,
        "Access-Control-Request-Headers": ",".join(requested_headers(call)),
    }
    return HttpCall("OPTIONS", call.url, headers)


def requested_headers(call: HttpCall) -> list[str]:
    """Name the headers that a page may send along: the usual ones, and those of this call."""
    return sorted(sent_headers(call).union(USUAL_HEADERS))


def sent_headers(call: HttpCall) -> set[str]:
    """Name the headers of a call that need a permission."""
    of_json = {"content-type"} if call.json is not None else set()
    return {name.lower() for name in call.headers} - OF_THE_BROWSER | of_json
