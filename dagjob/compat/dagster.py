"""`import dagjob.compat.dagster`: from here on `import dagster` means dagjob, where Dagster is not installed.

For scripts and the conftest of a test suite; the command needs none of it. DAGJOB_DAGSTER_ALIAS may say `always` or `never`.
"""

from dagjob.compat.alias import install

__all__ = ["install"]

install()
