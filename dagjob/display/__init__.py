"""What a person or a pipeline sees. Displays hear events and know nothing of the store."""
