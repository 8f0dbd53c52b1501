"""What tests share: small sites, and ways to build them."""
