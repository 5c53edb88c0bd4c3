"""Tests of `verify client`."""
