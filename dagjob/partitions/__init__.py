"""Which partitions exist, and what each means. Pure."""
