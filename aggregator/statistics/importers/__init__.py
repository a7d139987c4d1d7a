"""One module per family of files. Each reads a table of one known header into frozen values of ``statistics.model``."""
