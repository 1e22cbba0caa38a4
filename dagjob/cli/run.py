"""`dagjob run TARGET`: loads the job and reads the run config; `running.py` does the rest."""

from __future__ import annotations

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.running import begin, document_of, for_job, refusals_told, wanted_of
from dagjob.cli.session import open_session
from dagjob.cli.targets import find_target
from dagjob.cli.values import config_options
from dagjob.engine.target import load_job


def run(given: ParsedArguments) -> int:
    """Run a job."""
    session = open_session(given)
    if given.text(registry.RESUME) is not None or given.on(registry.FROM_FAILURE):
        from dagjob.cli.resume import resume_target

        return resume_target(given, session)
    if given.text(registry.INPUTS_FROM) is not None:
        from dagjob.cli.resume import run_with_inputs

        return run_with_inputs(given, session)
    args = session.filled(given)
    wanted = wanted_of(args, session)
    with refusals_told(args):
        loaded = load_job(find_target(session, args.text(registry.TARGET)))
        args, wanted = for_job(given, session, loaded.job, wanted)
        document = document_of(loaded.job, config_options(args, session.base_config(loaded.job.name)), session)
    from dagjob.launch.request import RunRequest

    return begin(args, session, RunRequest(loaded.job, document, loaded.target, **wanted.asked), document, wanted)
