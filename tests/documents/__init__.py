"""Documentation that fails its tests when it is stale."""
