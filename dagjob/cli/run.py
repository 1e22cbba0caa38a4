"""`dagjob run TARGET`: loads the job and reads the run config; `running.py` does the rest."""

from __future__ import annotations

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.running import begin, document_of, refusals_told, wanted_of
from dagjob.cli.session import open_session
from dagjob.cli.targets import find_target
from dagjob.cli.values import config_options
from dagjob.engine.target import load_job


def run(args: ParsedArguments) -> int:
    """Run a job."""
    session = open_session(args)
    if args.text(registry.RESUME) is not None or args.on(registry.FROM_FAILURE):
        from dagjob.cli.resume import resume_target

        return resume_target(args, session)
    if args.text(registry.INPUTS_FROM) is not None:
        from dagjob.cli.resume import run_with_inputs

        return run_with_inputs(args, session)
    wanted = wanted_of(args, session)
    with refusals_told(args):
        config = config_options(args, session.settings.config)
        loaded = load_job(find_target(session, args.text(registry.TARGET)))
        document = document_of(loaded.job, config, session)
    from dagjob.launch.request import RunRequest

    return begin(args, session, RunRequest(loaded.job, document, loaded.target, **wanted.asked), document, wanted)
