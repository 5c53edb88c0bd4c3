"""The official clients of AI providers read what the mock sends."""
