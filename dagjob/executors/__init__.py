"""Who does the steps: one file for each kind. They do not know each other."""
