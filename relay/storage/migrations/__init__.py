"""The revisions of the schema, for alembic. They run at every start.

They have no `downgrade`: the relay only migrates forward.
"""
