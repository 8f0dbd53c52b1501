"""How Markdown is read, held against programs and texts that nobody here wrote."""
