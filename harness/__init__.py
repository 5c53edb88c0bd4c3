"""Drives the mock, the relay and any service by URL, and reports what held."""
