"""What reads and writes files."""
