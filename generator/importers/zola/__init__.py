"""A Zola site -> Tidepost's content and static files."""

from generator.importers.zola.site import convert

__all__ = ["convert"]
