"""Every session, in the order of the reports."""

from streamproof.harness.verify.sessions.access import ACCESS
from streamproof.harness.verify.sessions.crowd import CROWD
from streamproof.harness.verify.sessions.failing import FAILING
from streamproof.harness.verify.sessions.leaving import LEAVING
from streamproof.harness.verify.sessions.meanwhile import MEANWHILE
from streamproof.harness.verify.sessions.repeating import REPEATING
from streamproof.harness.verify.sessions.resuming import RESUMING
from streamproof.harness.verify.sessions.session import Session
from streamproof.harness.verify.sessions.silences import SILENT
from streamproof.harness.verify.sessions.stopping import STOPPING
from streamproof.harness.verify.sessions.turns import TURNS

SESSIONS: tuple[Session, ...] = (
    TURNS,
    FAILING,
    CROWD,
    MEANWHILE,
    LEAVING,
    RESUMING,
    STOPPING,
    REPEATING,
    ACCESS,
    SILENT,
)
SESSION_CHECKS = tuple(check for session in SESSIONS for check in session.checks)
