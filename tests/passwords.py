"""Passwords that a careless reader of a URL cuts in two. The last part contains `CANARY`."""

CANARY = "canary"
PASSWORDS = tuple(
    f"{start}{raw}{CANARY}"
    for start in (CANARY, "12", "")
    for raw in (
        *"@/?#:;&=%,[]\\ +*~'\"$",
        *("@/", "/@", "?@", "#@", "@host/", "://", "%40", "?password=", "&user=", "/1", "@one,"),
    )
)


def _with_passwords(*forms: str) -> tuple[str, ...]:
    return tuple(form.format(password=password) for password in PASSWORDS for form in forms)


URLS = _with_passwords(
    "postgresql://ana:{password}@host:5432/chat",
    "postgresql://ana:{password}@one,two/chat?sslmode=disable",
    "postgresql://ana:{password}@[::1]:1,[::2]:2/chat",
    "postgresql:///ana:{password}@host/chat",
    "postgresql://tenant/ana:{password}@host/chat",
    "postgresql://host/chat?user=ana&password={password}",
    "postgresql://host/chat?password={password}&sslmode=disable",
    "postgresql://?host=host&password={password}",
)
KEYWORDS = _with_passwords(
    "host=one password={password} dbname=chat",
    "dbname=chat password='{password}'",
    "Host=db;Password={password}",
    "HOST=db PASSWORD={password}",
)
MISTYPED = _with_passwords(
    " postgresql://ana:{password}@host/chat",
    "\ufeffpostgresql://ana:{password}@host/chat",
    "'postgresql://ana:{password}@host/chat'",
    "jdbc:postgresql://ana:{password}@host/chat",
    "DATABASE_URL=postgresql://ana:{password}@host/chat",
    "psql postgresql://ana:{password}@host/chat",
    "postgresql:/ana:{password}@host/chat",
    "postgresql:ana:{password}@host/chat",
    "postgresql//ana:{password}@host/chat",
    "//ana:{password}@host/chat",
    "ana:{password}@host/chat",
)
TEXTS = (*URLS, *KEYWORDS, *MISTYPED)
"""Texts that name a database and have a password, most of them in a form that cannot be used."""
