"""The commands of ``aggregator``, one module per family. Heavy imports stay inside the functions: ``--help`` is instant."""
