"""The codec, the messages, the contracts and the checker."""
