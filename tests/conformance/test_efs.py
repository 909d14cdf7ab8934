"""EFS: volumes, mount targets, access points."""

import json

import world


def only(items):
    assert len(items) == 1, items
    return items[0]


def test_a_volume_with_all_that_it_has(aws, network):
    volume = world.file_system(aws, Encrypted=True, Tags=world.TAGS)
    told = only(aws.efs.describe_file_systems(FileSystemId=volume)["FileSystems"])
    assert (told["LifeCycleState"], told["NumberOfMountTargets"]) == ("available", 0)
    target = world.mount_target(aws, volume, network.subnets[0], SecurityGroups=[network.group])
    assert only(aws.efs.describe_mount_targets(FileSystemId=volume)["MountTargets"])["MountTargetId"] == target
    assert aws.efs.describe_mount_target_security_groups(MountTargetId=target)["SecurityGroups"] == [network.group]
    other = world.group(aws, network.vpc, "other")
    aws.efs.modify_mount_target_security_groups(MountTargetId=target, SecurityGroups=[other])
    assert aws.efs.describe_mount_target_security_groups(MountTargetId=target)["SecurityGroups"] == [other]
    aws.efs.delete_mount_target(MountTargetId=target)
    assert only(aws.efs.describe_mount_targets(FileSystemId=volume)["MountTargets"])["LifeCycleState"] == "deleting"
    aws.settle()
    aws.efs.delete_file_system(FileSystemId=volume)
    aws.settle()
    assert aws.efs.describe_file_systems()["FileSystems"] == []


def test_an_access_point(aws):
    volume = world.file_system(aws)
    made = aws.efs.create_access_point(
        ClientToken="one",
        FileSystemId=volume,
        PosixUser={"Uid": 1000, "Gid": 1000, "SecondaryGids": [1001]},
        RootDirectory={"Path": "/ann", "CreationInfo": {"OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "0750"}},
        Tags=world.TAGS,
    )
    aws.settle()
    told = only(aws.efs.describe_access_points(FileSystemId=volume)["AccessPoints"])
    assert (told["AccessPointId"], told["RootDirectory"]["Path"]) == (made["AccessPointId"], "/ann")
    aws.efs.delete_access_point(AccessPointId=made["AccessPointId"])
    aws.settle()
    assert aws.efs.describe_access_points(FileSystemId=volume)["AccessPoints"] == []


def test_tags_and_policy(aws):
    volume = world.file_system(aws)
    aws.efs.tag_resource(ResourceId=volume, Tags=world.TAGS)
    aws.efs.untag_resource(ResourceId=volume, TagKeys=["stage"])
    assert aws.efs.list_tags_for_resource(ResourceId=volume)["Tags"] == [{"Key": "team", "Value": "blue"}]
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "elasticfilesystem:ClientMount"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.efs.put_file_system_policy(FileSystemId=volume, Policy=policy)
    told = aws.efs.describe_file_system_policy(FileSystemId=volume)
    assert json.loads(told["Policy"])["Statement"] == [statement]
    aws.efs.delete_file_system_policy(FileSystemId=volume)


def test_the_home_volume_of_a_domain(aws, domain):
    volume = aws.sagemaker.describe_domain(DomainId=domain)["HomeEfsFileSystemId"]
    tags = only(aws.efs.describe_file_systems(FileSystemId=volume)["FileSystems"])["Tags"]
    assert {tag["Key"] for tag in tags} >= {"ManagedByAmazonSageMakerResource"}
    assert len(aws.efs.describe_mount_targets(FileSystemId=volume)["MountTargets"]) == 2


def test_backups_and_replication(aws):
    volume = world.file_system(aws)
    aws.efs.put_backup_policy(FileSystemId=volume, BackupPolicy={"Status": "ENABLED"})
    assert aws.efs.describe_backup_policy(FileSystemId=volume)["BackupPolicy"]["Status"] in ("ENABLED", "ENABLING")
    aws.efs.create_replication_configuration(SourceFileSystemId=volume, Destinations=[{"Region": "eu-west-1"}])
    aws.settle()
    told = only(aws.efs.describe_replication_configurations(FileSystemId=volume)["Replications"])
    assert told["Destinations"][0]["Status"] == "ENABLED"
    aws.efs.describe_file_systems()
    aws.efs.delete_replication_configuration(SourceFileSystemId=volume)
    aws.settle()
