"""What the importers have in common: how a text is finished, and an import put together."""
