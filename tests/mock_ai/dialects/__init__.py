"""Tests of the dialects of AI providers."""
