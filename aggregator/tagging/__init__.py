"""Tagging: taxonomy, topics, places, kinds, evidence, training and evaluation. Pure: no network, database or clock."""
