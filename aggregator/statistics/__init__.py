"""Statistics: importers per header family, coverage, summaries. Pure, but for ``files``, which stores what it reads."""
