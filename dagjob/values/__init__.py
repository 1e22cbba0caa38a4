"""What ops hand back, and what may be attached to it. Pure."""
