"""Tests of what the relay knows about Prisma; errors: test_language.py."""
