"""User code runs here and nowhere else."""
