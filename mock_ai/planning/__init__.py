"""From a reply to its bytes and their times: everything is decided before a socket is touched."""
