"""Mock AI service, reference relay and contract tests for chat backends that stream over SSE."""
