"""The version of dagjob, alone in its file: `dagjob --version` loads nothing else."""

VERSION = "0.1.0"
