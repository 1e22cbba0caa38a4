from dagster import in_process_executor, job, mem_io_manager, multiprocess_executor, op


@op
def one():
    return 1


@job(executor_def=in_process_executor, resource_defs={"io_manager": mem_io_manager})
def in_process():
    one()


@job(executor_def=multiprocess_executor.configured({"max_concurrent": 2}))
def in_processes():
    one()
