"""Tidepost: Markdown posts in, a checked and published site out.

The modules stand in the order in which data flows; `docs/adr/0001-the-shape.md` draws it.
"""

__version__ = "0.2.0"
