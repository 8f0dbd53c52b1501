"""Changes to the sources of a site: rename, relink, upgrade."""
