"""The checks of clients: of programs that ask the mock, and of pages."""
