"""The phases of a whole build."""
