"""The reference relay: takes a chat message, streams the answer, stores both, loses nothing."""
