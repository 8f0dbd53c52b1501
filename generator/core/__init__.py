"""What every stage needs and that needs no stage: problems, URLs, caches, values."""
