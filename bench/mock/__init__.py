"""The cost of the mock AI service, and how exactly it keeps time, compared with other servers."""
