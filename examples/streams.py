"""What an op says, three ways: prints, log lines, metadata.

    dagjob run examples/streams.py --show-output all

Everything is kept, too: `dagjob runs logs latest`, `dagjob runs show latest`.
"""

import sys

from dagjob import OpExecutionContext, job, op


@op
def count(context: OpExecutionContext) -> int:
    print("a print")
    print("a print to stderr", file=sys.stderr)
    context.log.info("a log line")
    context.log.debug("a log line for the curious")
    context.add_output_metadata({"rows": 3})
    return 3


@job
def talk():
    count()
