"""One root error; each error names the source or file it is about and says what to do next."""

from __future__ import annotations


class AggregatorError(Exception):
    """Root of every error this package raises on purpose.

    ``subject`` is what the error is about (a source id, a file path, an update id) so that a log line, a `fetches`
    row and the terminal all name the same thing.
    """

    exit_status = 1

    def __init__(self, message: str, *, subject: str = "") -> None:
        super().__init__(message)
        self.subject = subject

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.subject}: {message}" if self.subject else message


class ConfigError(AggregatorError):
    """feeds.yaml, metadata or an option is wrong: names file, line, key and what is allowed. Exit status 2."""

    exit_status = 2


class ParseError(AggregatorError):
    """The bytes of a source could not be read as what the source is meant to be."""


class StorageError(AggregatorError):
    """The archive could not be opened, is locked by another collector, or is of a newer version."""


class NotFoundError(AggregatorError):
    """The update, source or topic named on the command line does not exist."""
