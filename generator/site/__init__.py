"""The documents as one site: catalogue, routes, links."""
