"""What commands do, without a command line."""
