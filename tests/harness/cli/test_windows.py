"""Every module can be imported where Python has no modules of Unix, as on Windows."""

import subprocess
import sys

import pytest

# These modules look at the platform, and so have what they need there.
CODE = """
import importlib, pkgutil, sys
import streamproof.relay.storage.database_file, streamproof.relay.storage.lock
for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None
for module in pkgutil.walk_packages(streamproof.__path__, "streamproof."):
    if not module.name.endswith("__main__") and ".migrations" not in module.name:
        importlib.import_module(module.name)
"""


@pytest.mark.prove
def test_every_module_can_be_imported_without_the_modules_of_unix():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.stderr == ""
