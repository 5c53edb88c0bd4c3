"""Every message for users: those in the code, and those of a sweep with wrong input."""
