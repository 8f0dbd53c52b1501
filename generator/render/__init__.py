"""From documents to pages, feeds and search entries."""
