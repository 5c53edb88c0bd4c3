"""The list of known failures: its file, what it excuses, and how it is written."""
