"""CloudWatch Logs: groups, their streams, and what is written to them."""

import pytest

import world

GROUP = "/team/lab"


def only(items):
    assert len(items) == 1, items
    return items[0]


def now(aws) -> int:
    """Simulated time, by what is made now."""
    aws.logs.create_log_group(logGroupName="/clock")
    told = only(aws.logs.describe_log_groups(logGroupNamePrefix="/clock")["logGroups"])
    aws.logs.delete_log_group(logGroupName="/clock")
    return told["creationTime"]


def test_a_group(aws):
    aws.logs.create_log_group(logGroupName=GROUP, tags={"team": "blue"}, logGroupClass="INFREQUENT_ACCESS")
    aws.logs.put_retention_policy(logGroupName=GROUP, retentionInDays=7)
    told = only(aws.logs.describe_log_groups(logGroupNamePrefix="/team")["logGroups"])
    assert (told["retentionInDays"], told["logGroupClass"]) == (7, "INFREQUENT_ACCESS")
    assert only(aws.logs.describe_log_groups(logGroupIdentifiers=[told["logGroupArn"]])["logGroups"]) == told
    briefly = only(aws.logs.describe_log_groups(logGroupNamePattern="lab")["logGroups"])
    assert briefly["arn"] == told["arn"] == f"{told['logGroupArn']}:*"
    aws.logs.delete_retention_policy(logGroupName=GROUP)
    assert "retentionInDays" not in only(aws.logs.describe_log_groups()["logGroups"])
    aws.logs.delete_log_group(logGroupName=GROUP)
    assert aws.logs.describe_log_groups()["logGroups"] == []


def test_streams_and_events(aws):
    aws.logs.create_log_group(logGroupName=GROUP)
    for name in ("one", "two"):
        aws.logs.create_log_stream(logGroupName=GROUP, logStreamName=name)
    at = now(aws)
    answer = aws.logs.put_log_events(
        logGroupName=GROUP,
        logStreamName="one",
        logEvents=[{"timestamp": at + offset, "message": "a line"} for offset in (0, 1, 3 * 3_600_000)],
    )
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 2}
    told = only(aws.logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="o")["logStreams"])
    assert (told["firstEventTimestamp"], told["lastEventTimestamp"]) == (at, at + 1)
    newest = aws.logs.describe_log_streams(logGroupName=GROUP, orderBy="LastEventTime", descending=True)["logStreams"]
    assert [stream["logStreamName"] for stream in newest] == ["one", "two"]
    aws.logs.delete_log_stream(logGroupName=GROUP, logStreamName="one")
    assert only(aws.logs.describe_log_streams(logGroupName=GROUP)["logStreams"])["logStreamName"] == "two"
    # What is in a group goes with it.
    aws.logs.delete_log_group(logGroupName=GROUP)
    with pytest.raises(aws.logs.exceptions.ResourceNotFoundException):
        aws.logs.describe_log_streams(logGroupName=GROUP)


def test_tags(aws):
    aws.logs.create_log_group(logGroupName=GROUP, tags={"team": "blue"})
    arn = only(aws.logs.describe_log_groups()["logGroups"])["logGroupArn"]
    aws.logs.tag_resource(resourceArn=arn, tags={"stage": "test"})
    aws.logs.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert aws.logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "test"}


def test_the_group_of_studio_stays(aws, domain, app):
    """An app writes to it; it outlives the app."""
    studio = {"logGroupName": "/aws/sagemaker/studio"}
    stream = only(aws.logs.describe_log_streams(**studio)["logStreams"])
    assert stream["logStreamName"].startswith(f"{domain}/")
    aws.sagemaker.delete_app(**app)
    aws.settle()
    assert aws.logs.describe_log_streams(**studio)["logStreams"] == [stream]
