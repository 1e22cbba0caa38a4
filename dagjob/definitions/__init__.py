"""The nouns and decorators that a job module is written with. Pure: a definition never runs anything."""
