"""The demonstration: a loopback origin that serves invented items over the real protocols of every kind of source.

``content/`` holds the items as data and ``items.py`` reads them. The modules that end in ``_routes`` render them as
each publisher would, ``origin.py`` serves them, ``config.py`` writes the feeds.yaml that points at it, and ``build.py``
collects both rounds. Nothing here is real news.
"""
