"""Posts and documents for readers elsewhere: Atom, RSS, JSON Feed, podcasts."""
