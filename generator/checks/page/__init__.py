"""One page, read as browsers read it."""
