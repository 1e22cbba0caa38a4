import dagster as dg


class Api(dg.ConfigurableResource):
    url: str


@dg.op
def call(api: Api) -> str:
    return api.url


@dg.job
def calling():
    call()


@dg.asset(group_name="raw", retry_policy=dg.RetryPolicy(max_retries=1))
def orders(context: dg.AssetExecutionContext, api: Api) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": dg.MetadataValue.int(3)})


@dg.asset_check(asset=orders)
def not_empty() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


orders_job = dg.define_asset_job("orders_job", selection=dg.AssetSelection.assets(orders))


@dg.schedule(job=calling, cron_schedule="0 6 * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def morning(context: dg.ScheduleEvaluationContext):
    return dg.RunRequest(run_key=None, tags={"date": context.scheduled_execution_time.strftime("%Y")})


@dg.sensor(target=calling, default_status=dg.DefaultSensorStatus.STOPPED)
def on_file(context: dg.SensorEvaluationContext):
    return dg.SkipReason("nothing new")


defs = dg.Definitions(
    assets=[orders],
    asset_checks=[not_empty],
    jobs=[calling, orders_job],
    schedules=[morning],
    sensors=[on_file],
    resources={"api": Api(url="http://x")},
    executor=dg.in_process_executor,
)
