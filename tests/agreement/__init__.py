"""Tests in which both sides, and the scenarios between them, have to agree."""
