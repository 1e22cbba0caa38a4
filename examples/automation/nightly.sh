#!/bin/sh
# Runs a job and says in one line how it ended:  sh examples/automation/nightly.sh TARGET [OPTION ...]

dagjob run -q "$@" > run-id
code=$?
case $code in
    0) echo "run $(cat run-id) is done" ;;
    1) dagjob runs show "$(cat run-id)" ;;                       # an op failed: who, and why
    4 | 5 | 6) echo "nothing was run: mend the job or its config" ;;
    *) echo "dagjob ended with $code" ;;                         # all codes: docs/index.md
esac
exit $code
