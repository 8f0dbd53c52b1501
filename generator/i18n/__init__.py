"""Languages: locales, dates and numbers as CLDR writes them, the words of the pages."""
