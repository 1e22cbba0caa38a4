"""What we do only because Dagster does it."""
