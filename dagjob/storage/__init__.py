"""The run history: where things live on disk, and the SQLite store."""
