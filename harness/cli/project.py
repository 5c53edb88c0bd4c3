"""The web addresses of the project, from the metadata of the installed package."""

from importlib.metadata import metadata


def documentation(page: str) -> str:
    """Return the URL of a page of the documentation."""
    folder = _url("Documentation").replace("/tree/", "/blob/")
    return f"{folder}/{page}"


def issues() -> str:
    """Return the URL where bugs are reported."""
    return _url("Issues")


def _url(label: str) -> str:
    entries: list[str] = metadata("streamproof").get_all("Project-URL", [])
    return next(one.partition(", ")[2] for one in entries if one.startswith(f"{label}, "))
