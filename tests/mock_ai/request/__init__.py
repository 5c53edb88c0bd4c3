"""Tests of received requests: the question, the context, the paths of providers."""
