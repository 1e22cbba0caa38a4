import dagster._check as check
from dagster import job, op
from dagster._core.definitions.job_definition import JobDefinition
from dagster._core.definitions.op_definition import OpDefinition
from dagster._core.errors import DagsterInvalidDefinitionError, DagsterUserCodeExecutionError
from dagster._core.execution.context.op_execution_context import OpExecutionContext
from dagster._core.storage.tags import PRIORITY_TAG
from dagster._utils.merger import merge_dicts


@op(tags=merge_dicts({"a": "b"}, {PRIORITY_TAG: "2"}))
def checked(context: OpExecutionContext):
    check.str_param(context.job_name, "job_name")
    check.opt_inst_param(None, "x", int)
    assert check.list_param([1], "numbers", of_type=int) == [1]
    return sorted(context.op_def.tags)


@job
def private():
    checked()


assert isinstance(private, JobDefinition) and isinstance(checked, OpDefinition)
try:
    op(name="not a name")(lambda: None)
except DagsterInvalidDefinitionError as error:
    REFUSED = type(error)
