"""Measures the cost and the timing of the mock AI service, compared with other servers."""
