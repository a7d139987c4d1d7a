"""Statistics: importers per header family, vintages, coverage. Pure: no network, no database, no clock."""
