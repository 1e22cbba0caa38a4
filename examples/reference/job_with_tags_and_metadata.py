"""Tags, metadata and owners: what is known about a job beside its ops."""

from dagjob import MetadataValue, job, op


@op
def my_op():
    return "result"


@job(
    tags={"team": "data-platform", "priority": "high"},
    metadata={
        "owner": "data-team@company.com",
        "slack_channel": MetadataValue.url("https://slack.com/archives/C123"),
    },
    owners=["team:data-platform"],
)
def tagged_job():
    my_op()
