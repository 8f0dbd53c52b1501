"""What upgrading a site asks of git and of other processes."""
