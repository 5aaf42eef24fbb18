"""Archives that other services hand out, read as posts. Nothing in them is believed or written to disk by name."""
