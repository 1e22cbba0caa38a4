"""Furniture that comes with the house: the default IO manager, loggers, YAML files."""
