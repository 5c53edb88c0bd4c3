"""The `streamproof` command: its subcommands, their arguments, and the codes that they print."""
