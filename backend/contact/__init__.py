"""Takes messages, stores them, and then mails them."""
