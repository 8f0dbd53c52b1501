"""The writer's desk: starting, listing and renaming documents, outside links, upgrading."""
