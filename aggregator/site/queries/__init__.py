"""Everything the site reads, one module per family. Functions take a connection and return frozen values; none writes."""
