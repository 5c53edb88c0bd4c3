"""The reference relay: takes a chat message, streams the AI service's answer, and stores both."""
