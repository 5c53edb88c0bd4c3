"""Measures the relay, compared with proxies and with other backends that relay a stream."""
