"""Other programs' sites -> Tidepost's documents, and a report of what became of everything.

Pure: files come in as a mapping, what is to be written goes out as data. adapters/import_files
reads and writes. The old site's templates are never run.
"""
