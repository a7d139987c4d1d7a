"""Subscriptions to topics, places and searches: signed notices to programs, digests by mail. See docs/decisions/0015."""
