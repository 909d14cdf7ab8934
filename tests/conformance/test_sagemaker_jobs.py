"""SageMaker: jobs, the tuning and AutoML jobs and the pipelines that start them, and what they keep."""

import pytest
from botocore.exceptions import ClientError

import work
from work import Jobs


def only(items):
    assert len(items) == 1, items
    return items[0]


@pytest.fixture(params=work.KINDS)
def jobs(request, aws) -> Jobs:
    return Jobs(aws, request.param)


@pytest.fixture
def members(aws, jobs, network, role) -> dict:
    return work.members_of(aws, jobs.kind, network, role)


def test_a_job_that_completes(aws, jobs, members):
    arn = jobs.create("one", **members)
    assert jobs.status("one") == "InProgress"
    assert jobs.names(StatusEquals="InProgress") == ["one"]
    aws.settle(24)
    told = jobs.describe("one")
    assert (told[f"{jobs.kind}JobStatus"], told[f"{jobs.kind}JobArn"]) == ("Completed", arn)
    assert told[f"{jobs.kind}EndTime"] > told["CreationTime"]
    assert jobs.names(StatusEquals="Completed", NameContains="ON") == ["one"]
    assert jobs.names(StatusEquals="InProgress") == []
    assert {tag["Key"] for tag in aws.sagemaker.list_tags(ResourceArn=arn)["Tags"]} == {"team", "stage"}


def test_a_job_that_is_stopped(aws, jobs, members):
    jobs.create("one", **members)
    jobs.stop("one")
    assert jobs.status("one") == "Stopping"
    aws.settle(24)
    assert jobs.status("one") == "Stopped"
    assert jobs.names(StatusEquals="Stopped") == ["one"]
    with pytest.raises(ClientError, match="ValidationException"):
        jobs.stop("one")


def test_a_job_that_fails(aws, jobs, members):
    match = {"type": f"AWS::SageMaker::{jobs.kind}Job"}
    aws.simulator.fault(match, effect={"kind": "fail", "reason": "AlgorithmError"})
    jobs.create("one", **members)
    aws.settle(24)
    told = jobs.describe("one")
    assert (told[f"{jobs.kind}JobStatus"], told["FailureReason"]) == ("Failed", "AlgorithmError")
    assert jobs.names(StatusEquals="Failed") == ["one"]


def test_warm_pools(aws, network, role):
    jobs, members = Jobs(aws, work.TRAINING), work.training(network, role)
    members["ResourceConfig"]["KeepAlivePeriodInSeconds"] = 21600
    arn = jobs.create("one", **members)
    assert jobs.describe("one")["WarmPoolStatus"]["Status"] == "InUse"
    aws.settle(2)
    assert jobs.describe("one")["WarmPoolStatus"]["Status"] == "Available"
    assert jobs.names(WarmPoolStatusEquals="Available") == ["one"]
    jobs.create("two", **members)
    assert jobs.describe("one")["WarmPoolStatus"]["ReusedByJob"] == "two"
    aws.settle(2)
    period = {"KeepAlivePeriodInSeconds": 0}
    updated = aws.sagemaker.update_training_job(TrainingJobName="two", ResourceConfig=period)
    assert updated["TrainingJobArn"] == arn.replace("one", "two")
    told = jobs.describe("two")
    assert told["WarmPoolStatus"]["Status"] == "Terminated"
    assert told["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 0


def test_a_tuning_job_that_completes(aws, network, role):
    work.tuning_job(aws, network, role)
    told = aws.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tuning")
    assert told["HyperParameterTuningJobStatus"] == "InProgress"
    assert told["TrainingJobStatusCounters"]["InProgress"] == 1
    aws.settle(48)
    told = aws.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tuning")
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert told["TrainingJobStatusCounters"]["Completed"] == 2
    listed = aws.sagemaker.list_hyper_parameter_tuning_jobs(StatusEquals="Completed")
    assert only(listed["HyperParameterTuningJobSummaries"])["HyperParameterTuningJobName"] == "tuning"
    names = Jobs(aws, work.TRAINING).names(NameContains="tuning")
    assert len(names) == 2
    Jobs(aws, work.TRAINING).describe(names[0])


def test_a_tuning_job_that_is_stopped(aws, network, role):
    work.tuning_job(aws, network, role)
    aws.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="tuning")
    told = aws.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tuning")
    assert told["HyperParameterTuningJobStatus"] == "Stopping"
    aws.settle()
    told = aws.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tuning")
    assert told["HyperParameterTuningJobStatus"] == "Stopped"
    assert told["ObjectiveStatusCounters"]["Failed"] == 1


def test_an_automl_job_that_completes(aws, network, role):
    arn = work.automl_job(aws, network, role)
    told = aws.sagemaker.describe_auto_ml_job_v2(AutoMLJobName="auto")
    assert (told["AutoMLJobArn"], told["AutoMLJobStatus"], told["RoleArn"]) == (arn, "InProgress", role)
    assert told["SecurityConfig"]["VpcConfig"] == work.vpc_config(network)
    trained = Jobs(aws, work.TRAINING).describe(only(Jobs(aws, work.TRAINING).names()))
    assert (trained["RoleArn"], trained["VpcConfig"]) == (role, work.vpc_config(network))
    aws.settle(48)
    told = aws.sagemaker.describe_auto_ml_job_v2(AutoMLJobName="auto")
    assert told["AutoMLJobStatus"] == "Completed" and told["EndTime"] > told["CreationTime"]
    listed = aws.sagemaker.list_auto_ml_jobs(StatusEquals="Completed", NameContains="UT")
    assert only(listed["AutoMLJobSummaries"])["AutoMLJobName"] == "auto"
    assert len(Jobs(aws, work.TRAINING).names(NameContains="auto")) == 2
    assert {tag["Key"] for tag in aws.sagemaker.list_tags(ResourceArn=arn)["Tags"]} == {"team", "stage"}


def test_an_automl_job_that_is_stopped(aws, network, role):
    work.automl_job(aws, network, role)
    aws.sagemaker.stop_auto_ml_job(AutoMLJobName="auto")
    told = aws.sagemaker.describe_auto_ml_job_v2(AutoMLJobName="auto")
    assert (told["AutoMLJobStatus"], told["AutoMLJobSecondaryStatus"]) == ("Stopping", "Stopping")
    aws.settle()
    assert aws.sagemaker.describe_auto_ml_job_v2(AutoMLJobName="auto")["AutoMLJobStatus"] == "Stopped"
    assert len(Jobs(aws, work.TRAINING).names()) == 1
    with pytest.raises(ClientError, match="ValidationException"):
        aws.sagemaker.stop_auto_ml_job(AutoMLJobName="auto")


def test_an_automl_job_that_fails(aws, network, role):
    """As many candidates as there are instances for, and one more."""
    for at in range(20):
        work.automl_job(aws, network, role, f"auto-{at}")
    work.automl_job(aws, network, role, "more")
    told = aws.sagemaker.describe_auto_ml_job_v2(AutoMLJobName="more")
    assert told["AutoMLJobStatus"] == "Failed" and "ml.m5.4xlarge" in told["FailureReason"]
    assert only(aws.sagemaker.list_auto_ml_jobs(StatusEquals="Failed")["AutoMLJobSummaries"])["FailureReason"]


def test_a_pipeline(aws, network, role):
    work.pipeline(aws, network, role)
    assert aws.sagemaker.describe_pipeline(PipelineName="flow")["PipelineStatus"] == "Active"
    assert only(aws.sagemaker.list_pipelines()["PipelineSummaries"])["PipelineName"] == "flow"
    execution = work.execution(aws, "flow")
    told = aws.sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
    assert told["PipelineExecutionStatus"] == "Executing"
    steps = aws.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]
    assert (only(steps)["StepName"], only(steps)["StepStatus"]) == ("first", "Executing")
    aws.settle(24)
    told = aws.sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
    assert told["PipelineExecutionStatus"] == "Succeeded"
    steps = aws.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]
    assert {step["StepName"]: step["StepStatus"] for step in steps} == {"first": "Succeeded", "second": "Succeeded"}
    listed = aws.sagemaker.list_pipeline_executions(PipelineName="flow")["PipelineExecutionSummaries"]
    assert only(listed)["PipelineExecutionArn"] == execution
    assert "LastExecutionTime" in only(aws.sagemaker.list_pipelines()["PipelineSummaries"])
    assert "LastRunTime" in aws.sagemaker.describe_pipeline(PipelineName="flow")
    aws.sagemaker.delete_pipeline(PipelineName="flow", ClientRequestToken=work.TOKEN)
    assert aws.sagemaker.describe_pipeline(PipelineName="flow")["PipelineStatus"] == "Deleting"
    aws.settle()
    assert aws.sagemaker.list_pipelines()["PipelineSummaries"] == []


def test_an_execution_that_is_stopped(aws, network, role):
    execution = work.execution(aws, work.pipeline(aws, network, role))
    named = {"PipelineExecutionArn": execution}
    stopped = aws.sagemaker.stop_pipeline_execution(**named, ClientRequestToken=work.TOKEN)
    assert stopped["PipelineExecutionArn"] == execution
    assert aws.sagemaker.describe_pipeline_execution(**named)["PipelineExecutionStatus"] == "Stopping"
    steps = aws.sagemaker.list_pipeline_execution_steps(**named)["PipelineExecutionSteps"]
    assert only(steps)["StepStatus"] == "Stopping"
    aws.settle()
    assert aws.sagemaker.describe_pipeline_execution(**named)["PipelineExecutionStatus"] == "Stopped"
    assert only(aws.sagemaker.list_pipeline_execution_steps(**named)["PipelineExecutionSteps"])["StepStatus"] == "Stopped"


def test_an_execution_that_fails(aws, network, role):
    aws.simulator.fault({"type": "AWS::SageMaker::TrainingJob"}, effect={"kind": "fail", "reason": "AlgorithmError"})
    execution = work.execution(aws, work.pipeline(aws, network, role))
    aws.settle(24)
    told = aws.sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
    assert told["PipelineExecutionStatus"] == "Failed" and "second" in told["FailureReason"]
    listed = aws.sagemaker.list_pipeline_executions(PipelineName="flow")["PipelineExecutionSummaries"]
    assert only(listed)["PipelineExecutionFailureReason"] == told["FailureReason"]
    steps = aws.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]
    assert {step["StepStatus"] for step in steps} == {"Succeeded", "Failed"}


@pytest.mark.parametrize("kind", ["TrainingJob", "HyperParameterTuningJob", "Pipeline", "PipelineExecution"])
def test_search(aws, network, role, kind):
    work.tuning_job(aws, network, role, most=1)
    work.execution(aws, work.pipeline(aws, network, role))
    aws.settle(24)
    found = aws.sagemaker.search(Resource=kind)["Results"]
    assert len(found) == (2 if kind == "TrainingJob" else 1)
    assert set(found[0]) == {kind}
