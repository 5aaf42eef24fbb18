"""Pages: each reads through the viewer, or calls the same action as the API."""
