"""Where Tidepost touches the world: disk, stores, distribution, console, local server."""
