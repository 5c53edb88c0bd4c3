"""Tests of the client of the AI service."""
