"""An Eleventy site -> Tidepost's content, data and static files."""

from generator.importers.eleventy.site import convert

__all__ = ["convert"]
