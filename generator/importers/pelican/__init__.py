"""A Pelican site -> Tidepost's content and static files."""

from generator.importers.pelican.site import convert

__all__ = ["convert"]
