"""The functions behind `/api/`: they share nothing with the generator, nor with each other."""
