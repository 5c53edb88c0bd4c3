"""A path begins as one, or has nothing that can come before a password."""

import pytest

from streamproof.contracts.paths import is_path


@pytest.mark.parametrize(
    "text",
    [
        *("chat.db", "my db.sqlite3", "data/me@work/chat.db", "", "passwords.db"),
        *("/home/me@work/chat.db", "./a = b.db", "../a:b", "~/x;y", "/data/env=prod/chat.db"),
        *("C:\\data\\chat.db", "C:/data/chat.db", "\\\\server\\chat.db"),
    ],
)
def test_a_path_is_known(text):
    assert is_path(text)


@pytest.mark.parametrize(
    "text",
    [
        *("ana:secret@host/chat", "//ana:secret@host/chat", "/ana:secret@host/chat"),
        *("postgresql:/ana:secret@h/c", "postgresql:ana:secret@h", "postgresql//ana:secret@h"),
        *("Host=db;Password=secret", "HOST=db PASSWORD=secret", "password = secret"),
        *("password: secret", "'secret'", "C:secret", "jdbc:postgresql://ana:secret@h/c"),
    ],
)
def test_what_can_have_a_password_is_not_a_path(text):
    assert not is_path(text)
