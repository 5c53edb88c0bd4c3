"""The control API of a running mock, at `/__mock/`, for tests and people."""
