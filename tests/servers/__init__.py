"""Real S3 servers and the whole life of a site on each: `make test-servers` runs them all.

It stands outside `make test`, for their packages are large. What must come of each server is in
`installed.SERVERS`; docs/publishing.md has the same as a table.
"""
