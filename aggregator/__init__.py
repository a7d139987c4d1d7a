"""The record of London policing: collects, versions, tags and publishes what the Metropolitan Police say and do."""

__version__ = "0.1.0"
