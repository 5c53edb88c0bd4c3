"""Run a client by its name."""

import sys

from tests.broken_clients.broken import CLIENTS

CLIENTS[sys.argv[1]]().run()
