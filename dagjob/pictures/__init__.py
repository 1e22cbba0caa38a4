"""Pictures of a job: what they show, and one file for each format. Pure; loaded by the commands that draw."""
