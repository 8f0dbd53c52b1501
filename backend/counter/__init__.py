"""Counts views and visitors."""
