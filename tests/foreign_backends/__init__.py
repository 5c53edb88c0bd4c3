"""Backends that do not keep the protocol, and are sound in their own way."""
