"""The history of the schema, as alembic revisions that run at every start."""
