"""What crosses the wire: the SSE codec, the messages, the stream contracts and the checker."""
