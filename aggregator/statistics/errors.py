"""What can be wrong with a statistics file. Each error names the file and says what was found and what was expected."""

from __future__ import annotations

from aggregator.errors import AggregatorError, ParseError


class QuarantinedError(ParseError):
    """The header belongs to no known family: nothing of the file is taken and what is stored stays as it is."""


class BadTableError(ParseError):
    """The header is known but a row is not what the family promises: names the line and the column."""


class NotTakenError(ParseError):
    """The file is understood and left out on purpose (an opt-in data set, no data in it): says why."""


class VintageError(AggregatorError):
    """The release cannot be put in its place among the stored ones."""
