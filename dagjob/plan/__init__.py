"""Job and config to a plan, outcomes to decisions. Pure: no I/O, no clock, no threads."""
