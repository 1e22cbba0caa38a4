from dagster import (DagsterExecutionStepExecutionError, DagsterInvalidConfigError, DagsterInvariantViolationError, DagsterTypeCheckDidNotPass,
                     job, op, validate_run_config, DagsterInvalidInvocationError, build_op_context)


@op(config_schema={"n": int})
def use(context):
    return context.op_config["n"]


@job
def inner():
    use()


def caught(call):
    try:
        call()
    except Exception as error:
        return [kind.__name__ for kind in (DagsterInvalidConfigError, DagsterInvariantViolationError, DagsterInvalidInvocationError)
                if isinstance(error, kind)]


@op
def errors():
    return [
        caught(lambda: validate_run_config(inner, {"ops": {}})),
        caught(lambda: inner.execute_in_process(run_config={"ops": {"use": {"config": {"n": "x"}}}})),
        caught(lambda: use()),
        use(build_op_context(op_config={"n": 4})),
        caught(lambda: inner.execute_in_process(run_config={"ops": {"use": {"config": {"n": 1}}}}).output_for_node("other")),
    ]


@job
def catching():
    errors()
