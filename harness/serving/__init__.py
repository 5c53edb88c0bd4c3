"""A complete chat backend on one machine: mock AI service, relay, database and pages."""
