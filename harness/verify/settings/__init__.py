"""The settings file `streamproof.toml`: how to start, ask and read a chat backend."""
