"""The relays under test: their URLs, their test users, and their stored rows."""
