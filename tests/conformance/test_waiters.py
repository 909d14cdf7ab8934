"""Every waiter of botocore over what is implemented, on both its ways; simulated time passes while it waits."""

import pytest
from botocore.exceptions import WaiterError

import work
import world
from aws import ACCOUNT

# Waiters that are not tried here, and why.
LEFT_OUT = {("cloudformation", "StackImportComplete"): "resources cannot be imported"}


def wait(aws, service, name, **arguments):
    """Waits as often and as long as botocore does by default."""
    aws.record.waited.add((service, name))
    client = aws.client(service)
    snake = {"".join(part.title() for part in waiter.split("_")): waiter for waiter in client.waiter_names}
    client.get_waiter(snake[name]).wait(**arguments)


def fails(aws, service, name, match, **arguments):
    with pytest.raises(WaiterError, match=match):
        wait(aws, service, name, **arguments)


@pytest.fixture(autouse=True)
def simulated_time(aws, waiting):
    waiting(aws)


def test_stack_exists(aws):
    fails(aws, "cloudformation", "StackExists", "Max attempts exceeded", StackName="one")
    aws.cloudformation.create_stack(StackName="one", TemplateBody=world.vpc_template())
    wait(aws, "cloudformation", "StackExists", StackName="one")


def test_stack_create_complete(aws):
    aws.cloudformation.create_stack(StackName="one", TemplateBody=world.vpc_template())
    wait(aws, "cloudformation", "StackCreateComplete", StackName="one")
    assert world.stack_status(aws, "one") == "CREATE_COMPLETE"
    aws.cloudformation.create_stack(StackName="two", TemplateBody=world.failing_template())
    fails(aws, "cloudformation", "StackCreateComplete", "terminal failure", StackName="two")
    fails(aws, "cloudformation", "StackCreateComplete", "terminal failure", StackName="absent")


def test_stack_create_complete_counts_an_update_as_success(aws):
    world.stack(aws, "one", world.vpc_template())
    aws.cloudformation.update_stack(StackName="one", TemplateBody=world.vpc_template(EnableDnsHostnames=True))
    assert world.stack_status(aws, "one") == "UPDATE_IN_PROGRESS"
    wait(aws, "cloudformation", "StackCreateComplete", StackName="one")
    assert world.stack_status(aws, "one") == "UPDATE_IN_PROGRESS"


def test_stack_update_complete(aws):
    world.stack(aws, "one", world.vpc_template())
    aws.cloudformation.update_stack(StackName="one", TemplateBody=world.vpc_template(EnableDnsHostnames=True))
    wait(aws, "cloudformation", "StackUpdateComplete", StackName="one")
    assert world.stack_status(aws, "one") == "UPDATE_COMPLETE"
    aws.cloudformation.update_stack(StackName="one", TemplateBody=world.failing_template())
    fails(aws, "cloudformation", "StackUpdateComplete", "terminal failure", StackName="one")


def test_stack_delete_complete(aws):
    stack_id = world.stack(aws, "one", world.vpc_template())
    aws.cloudformation.delete_stack(StackName="one")
    wait(aws, "cloudformation", "StackDeleteComplete", StackName="one")
    wait(aws, "cloudformation", "StackDeleteComplete", StackName=stack_id)
    wait(aws, "cloudformation", "StackDeleteComplete", StackName="absent")


def test_stack_delete_complete_of_a_vpc_in_use(aws):
    world.stack(aws, "one", world.vpc_template())
    vpc = aws.cloudformation.describe_stacks(StackName="one")["Stacks"][0]["Outputs"][0]["OutputValue"]
    aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")
    aws.cloudformation.delete_stack(StackName="one")
    fails(aws, "cloudformation", "StackDeleteComplete", "terminal failure", StackName="one")
    assert world.stack_status(aws, "one") == "DELETE_FAILED"


def test_stack_delete_complete_spins_where_an_export_is_in_use(aws):
    """The stack goes back to where it was, which the waiter takes for neither success nor failure."""
    world.stack(aws, "exporter", world.vpc_template(export="vpc"))
    world.stack(aws, "importer", world.importing_template("vpc"))
    aws.cloudformation.delete_stack(StackName="exporter")
    fails(aws, "cloudformation", "StackDeleteComplete", "Max attempts exceeded", StackName="exporter")
    assert world.stack_status(aws, "exporter") == "CREATE_COMPLETE"


def test_stack_rollback_complete(aws):
    world.stack(aws, "one", world.vpc_template())
    aws.cloudformation.update_stack(StackName="one", TemplateBody=world.failing_template())
    wait(aws, "cloudformation", "StackRollbackComplete", StackName="one")
    assert world.stack_status(aws, "one") == "UPDATE_ROLLBACK_COMPLETE"
    fails(aws, "cloudformation", "StackRollbackComplete", "terminal failure", StackName="absent")


def test_change_set_create_complete(aws):
    world.stack(aws, "one", world.vpc_template())
    for name, body in (("some", world.vpc_template(EnableDnsHostnames=True)), ("none", world.vpc_template())):
        aws.cloudformation.create_change_set(StackName="one", ChangeSetName=name, TemplateBody=body)
    wait(aws, "cloudformation", "ChangeSetCreateComplete", StackName="one", ChangeSetName="some")
    named = {"StackName": "one", "ChangeSetName": "none"}
    fails(aws, "cloudformation", "ChangeSetCreateComplete", "terminal failure", **named)


def test_ec2(aws, network):
    absent = "0123456789abcdef0"
    wait(aws, "ec2", "VpcAvailable", VpcIds=[network.vpc])
    wait(aws, "ec2", "VpcExists", VpcIds=[network.vpc])
    fails(aws, "ec2", "VpcExists", "Max attempts exceeded", VpcIds=[f"vpc-{absent}"])
    fails(aws, "ec2", "VpcAvailable", "does not exist", VpcIds=[f"vpc-{absent}"])
    wait(aws, "ec2", "SubnetAvailable", SubnetIds=network.subnets)
    fails(aws, "ec2", "SubnetAvailable", "does not exist", SubnetIds=[f"subnet-{absent}"])
    wait(aws, "ec2", "SecurityGroupExists", GroupIds=[network.group])
    fails(aws, "ec2", "SecurityGroupExists", "Max attempts exceeded", GroupIds=[f"sg-{absent}"])
    gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    wait(aws, "ec2", "InternetGatewayExists", InternetGatewayIds=[gateway])
    interface = aws.ec2.create_network_interface(SubnetId=network.subnets[0])["NetworkInterface"]["NetworkInterfaceId"]
    wait(aws, "ec2", "NetworkInterfaceAvailable", NetworkInterfaceIds=[interface])
    gone = {"NetworkInterfaceIds": [f"eni-{absent}"]}
    fails(aws, "ec2", "NetworkInterfaceAvailable", "terminal failure", **gone)


def test_instances(aws, network):
    absent = {"InstanceIds": ["i-0123456789abcdef0"]}
    made = aws.ec2.run_instances(
        ImageId="ami-0123456789abcdef0", InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=network.subnets[0]
    )
    named = {"InstanceIds": [made["Instances"][0]["InstanceId"]]}
    wait(aws, "ec2", "InstanceExists", **named)
    fails(aws, "ec2", "InstanceTerminated", "terminal failure", **named)
    wait(aws, "ec2", "InstanceRunning", **named)
    fails(aws, "ec2", "InstanceStopped", "Max attempts exceeded", **named)
    aws.ec2.terminate_instances(**named)
    fails(aws, "ec2", "InstanceRunning", "terminal failure", **named)
    wait(aws, "ec2", "InstanceTerminated", **named)
    fails(aws, "ec2", "InstanceStopped", "terminal failure", **named)
    fails(aws, "ec2", "InstanceExists", "Max attempts exceeded", **absent)


def test_nat_gateways(aws, network):
    made = aws.ec2.create_nat_gateway(SubnetId=network.subnets[0], ConnectivityType="private")["NatGateway"]
    named = {"NatGatewayIds": [made["NatGatewayId"]]}
    wait(aws, "ec2", "NatGatewayAvailable", **named)
    aws.ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
    fails(aws, "ec2", "NatGatewayAvailable", "terminal failure", **named)
    wait(aws, "ec2", "NatGatewayDeleted", **named)
    assert aws.ec2.describe_nat_gateways(**named)["NatGateways"][0]["State"] == "deleted"
    aws.settle()
    wait(aws, "ec2", "NatGatewayDeleted", **named)


def test_groups_in_other_vpcs(aws, network):
    other = aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    pair = {"GroupId": network.group, "VpcId": other}
    listed = {"Filters": [{"Name": "group-id", "Values": [network.group]}, {"Name": "vpc-id", "Values": [other]}]}
    aws.ec2.associate_security_group_vpc(**pair)
    wait(aws, "ec2", "SecurityGroupVpcAssociationAssociated", **listed)
    aws.ec2.disassociate_security_group_vpc(**pair)
    wait(aws, "ec2", "SecurityGroupVpcAssociationDisassociated", **listed)


def test_policies_and_instance_profiles(aws, role):
    policy = f"arn:aws:iam::{ACCOUNT}:policy/own"
    fails(aws, "iam", "PolicyExists", "Max attempts exceeded", PolicyArn=policy)
    aws.iam.create_policy(PolicyName="own", PolicyDocument=world.POLICY)
    wait(aws, "iam", "PolicyExists", PolicyArn=policy)
    fails(aws, "iam", "InstanceProfileExists", "Max attempts exceeded", InstanceProfileName="own")
    aws.iam.create_instance_profile(InstanceProfileName="own")
    wait(aws, "iam", "InstanceProfileExists", InstanceProfileName="own")


def test_role_exists(aws):
    fails(aws, "iam", "RoleExists", "Max attempts exceeded", RoleName="one")
    world.role(aws, "one")
    wait(aws, "iam", "RoleExists", RoleName="one")


def test_endpoints(aws, config):
    aws.sagemaker.create_endpoint(EndpointName="one", EndpointConfigName=config)
    wait(aws, "sagemaker", "EndpointInService", EndpointName="one")
    assert aws.sagemaker.describe_endpoint(EndpointName="one")["EndpointStatus"] == "InService"
    aws.sagemaker.delete_endpoint(EndpointName="one")
    wait(aws, "sagemaker", "EndpointDeleted", EndpointName="one")
    fails(aws, "sagemaker", "EndpointInService", "terminal failure", EndpointName="one")


def test_an_endpoint_that_fails(aws, config):
    aws.simulator.fault({"type": "AWS::SageMaker::Endpoint"}, effect={"kind": "fail", "reason": "No image."})
    aws.sagemaker.create_endpoint(EndpointName="one", EndpointConfigName=config)
    fails(aws, "sagemaker", "EndpointInService", "terminal failure", EndpointName="one")
    fails(aws, "sagemaker", "EndpointDeleted", "terminal failure", EndpointName="one")


@pytest.mark.parametrize("kind", work.KINDS)
def test_jobs(aws, network, role, kind):
    waiter, jobs, members = f"{kind}JobCompletedOrStopped", work.Jobs(aws, kind), work.members_of(aws, kind, network, role)
    for name, stops in (("one", False), ("two", True)):
        jobs.create(name, **members)
        if stops:
            jobs.stop(name)
        wait(aws, "sagemaker", waiter, **{f"{kind}JobName": name})
    assert (jobs.status("one"), jobs.status("two")) == ("Completed", "Stopped")
    aws.simulator.fault({"type": f"AWS::SageMaker::{kind}Job"}, effect={"kind": "fail", "reason": "AlgorithmError"})
    jobs.create("three", **members)
    fails(aws, "sagemaker", waiter, "terminal failure", **{f"{kind}JobName": "three"})


def test_notebook_instances(aws, network, role):
    named = {"NotebookInstanceName": work.notebook(aws, network, role)}
    wait(aws, "sagemaker", "NotebookInstanceInService", **named)
    fails(aws, "sagemaker", "NotebookInstanceStopped", "Max attempts exceeded", **named)
    aws.sagemaker.stop_notebook_instance(**named)
    wait(aws, "sagemaker", "NotebookInstanceStopped", **named)
    aws.sagemaker.delete_notebook_instance(**named)
    wait(aws, "sagemaker", "NotebookInstanceDeleted", **named)
    fails(aws, "sagemaker", "NotebookInstanceInService", "ValidationException|RecordNotFound", **named)


def test_a_notebook_instance_that_fails(aws, network, role):
    aws.simulator.fault({"type": "AWS::SageMaker::NotebookInstance"}, effect={"kind": "fail", "reason": "No capacity."})
    named = {"NotebookInstanceName": work.notebook(aws, network, role)}
    for waiter in ("NotebookInstanceInService", "NotebookInstanceStopped", "NotebookInstanceDeleted"):
        fails(aws, "sagemaker", waiter, "terminal failure", **named)


def test_stack_rollback_complete_of_a_rollback_on_request(aws):
    world.stack(aws, "one", world.vpc_template())
    aws.cloudformation.update_stack(StackName="one", TemplateBody=world.failing_template(), DisableRollback=True)
    fails(aws, "cloudformation", "StackUpdateComplete", "terminal failure", StackName="one")
    aws.cloudformation.rollback_stack(StackName="one")
    wait(aws, "cloudformation", "StackRollbackComplete", StackName="one")
