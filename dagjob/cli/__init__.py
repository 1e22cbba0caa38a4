"""argv in, exit code out. One module for each command, imported when it is chosen."""
