"""`streamproof serve`: mock AI service, relay, database and pages in one process."""
