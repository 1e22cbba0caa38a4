"""The report of a run: one HTML page that needs nothing else. What is in it, each in a file of its own; loaded by who makes one."""
