"""Config schemas and their checking. Pure."""
