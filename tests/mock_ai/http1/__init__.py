"""Tests of writing and reading HTTP/1.1."""
