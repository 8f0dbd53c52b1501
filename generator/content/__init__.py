"""From bytes to documents: front matter, collections, data."""
