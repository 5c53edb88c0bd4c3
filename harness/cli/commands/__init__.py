"""The subcommands of `streamproof`, one file each: `add_arguments(parser)` and `run(args)`."""
