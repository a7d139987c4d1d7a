"""Decides what an entry means for the archive: identity, versions, states. Pure; the store carries it out."""
