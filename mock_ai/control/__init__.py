"""The control API: what tests and people tell a running mock, under `/__mock/`."""
