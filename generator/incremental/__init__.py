"""Building on from the last build."""
