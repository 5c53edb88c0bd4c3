"""`python -m streamproof`: the `streamproof` command."""

import sys

from streamproof.harness.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
