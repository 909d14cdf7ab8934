//! Every refusal that the notes on AWS know, each with its one hint or the reason why it needs none.
//!
//! Sections 1.2, 2.1, 3.4, 3.5 and 8 of the notes on AWS's behaviour, and the items of the operators' notes.

/// One refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `1.2`, or `item 28` of the operators' notes.
    pub section: &'static str,
    pub case: &'static str,
    pub code: &'static str,
    /// The text's form, as a service writes it.
    pub text: &'static str,
    pub answer: Answer,
}

/// What the catalogue says about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Hint(&'static str),
    /// The tool finds it itself before any service does, and gives this hint.
    Itself(&'static str),
    /// Nobody ever sees it, for this reason.
    None(&'static str),
}

use Answer::{Hint, Itself, None};

const fn row(
    section: &'static str,
    case: &'static str,
    code: &'static str,
    text: &'static str,
    answer: Answer,
) -> Refusal {
    Refusal {
        section,
        case,
        code,
        text,
        answer,
    }
}

const GONE: Answer = None("it means gone, which is what was wanted");

/// The rows of the notes.
pub const REFUSALS: &[Refusal] = &[
    // 1.2 SageMaker
    row(
        "1.2",
        "DeleteUserProfile, apps exist",
        "ResourceInUse",
        "Unable to delete UserProfile [arn:aws:sagemaker:us-east-1:1:user-profile/d-1/a] because App(s) are associated with it.",
        Hint("studio-in-use"),
    ),
    row(
        "1.2",
        "DeleteUserProfile, owned spaces exist",
        "ResourceInUse",
        "Unable to delete UserProfile [x] because Space(s) are associated with it",
        Hint("studio-in-use"),
    ),
    row(
        "1.2",
        "DeleteDomain, profiles exist",
        "ResourceInUse",
        "Unable to delete Domain [x] because UserProfile(s) are associated with it.",
        Hint("studio-in-use"),
    ),
    row(
        "1.2",
        "DeleteDomain, spaces exist",
        "ResourceInUse",
        "Unable to delete Domain [x] because Space(s) are associated with it.",
        Hint("studio-in-use"),
    ),
    row(
        "1.2",
        "DeleteSpace, app exists",
        "ResourceInUse",
        "Unable to delete Space [x] because App(s) are associated with it.",
        Hint("studio-in-use"),
    ),
    row(
        "1.2",
        "CreateSpace, owner not in service",
        "ResourceInUse",
        "Unable to create Space because UserProfile is not in InService",
        Hint("studio-in-use"),
    ),
    row(
        "1.2",
        "CreateSpace, owner not in service, other code",
        "ValidationException",
        "Unable to create Space because UserProfile is not in InService",
        None("a space is only asked for when its owner is in service"),
    ),
    row(
        "1.2",
        "CreateApp, storage not ready",
        "ResourceInUse",
        "Unable to create app [x] because storage is not in Available status.",
        Hint("studio-in-use"),
    ),
    row(
        "1.2",
        "DeleteApp on a Deleted app",
        "ValidationException",
        "App has already been deleted",
        GONE,
    ),
    row(
        "1.2",
        "DeleteApp on a Deleted app that had failed",
        "ValidationException",
        "App previously failed and was automatically deleted",
        GONE,
    ),
    row(
        "1.2",
        "DeleteApp, unknown app",
        "ResourceNotFound",
        "App does not exist",
        GONE,
    ),
    row(
        "1.2",
        "DescribeDomain, unknown",
        "ResourceNotFound",
        "Domain [d-1] does not exist.",
        GONE,
    ),
    row(
        "1.2",
        "DeleteEndpoint in progress",
        "ValidationException",
        "Cannot update in-progress endpoint \"arn:aws:sagemaker:us-east-1:1:endpoint/x\".",
        Hint("endpoint-in-progress"),
    ),
    row(
        "1.2",
        "endpoint unknown",
        "ValidationException",
        "Could not find endpoint \"x\".",
        GONE,
    ),
    row(
        "1.2",
        "endpoint config unknown",
        "ValidationException",
        "Could not find endpoint configuration \"x\".",
        GONE,
    ),
    row(
        "1.2",
        "model unknown",
        "ValidationException",
        "Could not find model \"x\".",
        GONE,
    ),
    row(
        "1.2",
        "quota",
        "ResourceLimitExceeded",
        "The account-level service limit 'x' is 0",
        Hint("quota"),
    ),
    row(
        "1.2",
        "throttle",
        "ThrottlingException",
        "Rate exceeded",
        Hint("throttled"),
    ),
    // 2.1 EC2
    row(
        "2.1",
        "DeleteSecurityGroup, in use",
        "DependencyViolation",
        "resource sg-0abc has a dependent object",
        Hint("held-in-network"),
    ),
    row(
        "2.1",
        "DeleteSecurityGroup, default group",
        "CannotDelete",
        "the specified group: \"sg-1\" name: \"default\" cannot be deleted by a user",
        Hint("default-group"),
    ),
    row(
        "2.1",
        "DeleteSecurityGroup, absent",
        "InvalidGroup.NotFound",
        "The security group 'sg-1' does not exist",
        GONE,
    ),
    row(
        "2.1",
        "DeleteSubnet, interfaces in it",
        "DependencyViolation",
        "The subnet 'subnet-1' has dependencies and cannot be deleted.",
        Hint("held-in-network"),
    ),
    row(
        "2.1",
        "DeleteSubnet, absent",
        "InvalidSubnetID.NotFound",
        "The subnet ID 'subnet-1' does not exist",
        GONE,
    ),
    row(
        "2.1",
        "DeleteVpc, not empty",
        "DependencyViolation",
        "The vpc 'vpc-1' has dependencies and cannot be deleted.",
        Hint("held-in-network"),
    ),
    row(
        "2.1",
        "DeleteVpc, absent",
        "InvalidVpcID.NotFound",
        "The vpc ID 'vpc-1' does not exist",
        GONE,
    ),
    row(
        "2.1",
        "DeleteNetworkInterface, in use",
        "InvalidParameterValue",
        "Network interface 'eni-1' is currently in use.",
        Hint("held-in-network"),
    ),
    row(
        "2.1",
        "DeleteNetworkInterface, in use, other code",
        "InvalidNetworkInterface.InUse",
        "Network interface 'eni-1' is currently in use.",
        Hint("held-in-network"),
    ),
    row(
        "2.1",
        "DeleteNetworkInterface, absent",
        "InvalidNetworkInterfaceID.NotFound",
        "The networkInterface ID 'eni-1' does not exist",
        GONE,
    ),
    row(
        "2.1",
        "DetachNetworkInterface, service's attachment",
        "OperationNotPermitted",
        "You are not allowed to manage 'ela-attach' attachments.",
        Hint("service-interface"),
    ),
    row(
        "2.1",
        "DetachNetworkInterface, absent",
        "InvalidAttachmentID.NotFound",
        "The networkInterface attachment 'eni-attach-1' does not exist.",
        GONE,
    ),
    row(
        "2.1",
        "RevokeSecurityGroup, no such rule",
        "InvalidPermission.NotFound",
        "The specified rule does not exist in this security group.",
        GONE,
    ),
    row(
        "2.1",
        "AuthorizeSecurityGroup, duplicate",
        "InvalidPermission.Duplicate",
        "the specified rule already exists",
        None("the tool makes no rules; CloudFormation's handlers find theirs"),
    ),
    row(
        "2.1",
        "CreateVpcEndpoint, private name taken (6)",
        "InvalidParameter",
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for x in the VPC vpc-1",
        Hint("private-dns-conflict"),
    ),
    row(
        "2.1",
        "CreateVpcEndpoint, no gateway for S3 (6)",
        "InvalidParameter",
        "To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC vpc-1 must have a Gateway endpoint for the service.",
        Hint("s3-gateway-missing"),
    ),
    row(
        "2.1",
        "DeleteVpcEndpoints, unknown id",
        "InvalidVpcEndpointId.NotFound",
        "The Vpc Endpoint Id 'vpce-1' does not exist",
        GONE,
    ),
    row(
        "2.1",
        "DeleteVpcEndpoints, unknown id, other code",
        "InvalidVpcEndpoint.NotFound",
        "The Vpc Endpoint Id 'vpce-1' does not exist",
        GONE,
    ),
    row(
        "2.1",
        "DeleteSecurityGroup, in use, the code of EC2-Classic",
        "InvalidGroup.InUse",
        "",
        Hint("held-in-network"),
    ),
    row(
        "2.1",
        "CreateNetworkAclEntry, too many",
        "NetworkAclEntryLimitExceeded",
        "The maximum number of network acl entries has been reached.",
        Hint("quota-network-rules"),
    ),
    row(
        "2.1",
        "throttle",
        "RequestLimitExceeded",
        "Request limit exceeded.",
        Hint("throttled"),
    ),
    // 2.4 EFS
    row(
        "2.4",
        "DeleteFileSystem, mount targets exist",
        "FileSystemInUse",
        "Cannot delete file system 'fs-1' that has mount targets.",
        Hint("volume-in-use"),
    ),
    row(
        "2.4",
        "DescribeMountTargetSecurityGroups, wrong state",
        "IncorrectMountTargetState",
        "",
        Hint("volume-in-use"),
    ),
    row(
        "2.4",
        "DeleteMountTarget, dependency",
        "DependencyTimeout",
        "",
        Hint("volume-in-use"),
    ),
    // 3.4 exports
    row(
        "3.4",
        "DeleteStack, export in use",
        "",
        "Export demo-VpcId cannot be deleted as it is in use by other",
        Hint("export-in-use"),
    ),
    row(
        "3.4",
        "DeleteStack, export in use, newer text",
        "",
        "Delete canceled. Cannot delete export demo-VpcId as it is in use by other.",
        Hint("export-in-use"),
    ),
    row(
        "3.4",
        "UpdateStack, imported export changes",
        "",
        "Export X cannot be updated as it is in use by Y",
        Hint("export-in-use"),
    ),
    row(
        "3.4",
        "export name taken",
        "",
        "Export with name X is already exported by stack Y.",
        Hint("export-name-taken"),
    ),
    row(
        "3.4",
        "import of nothing",
        "ValidationError",
        "No export named X found.",
        Hint("export-missing"),
    ),
    row(
        "3.4",
        "ListImports without importer",
        "ValidationError",
        "Export 'X' is not imported by any stack.",
        None("CloudFormation's way to say that a list is empty"),
    ),
    // 3.5 CloudFormation
    row(
        "3.5",
        "name exists",
        "AlreadyExistsException",
        "Stack [X] already exists",
        Hint("stack-exists"),
    ),
    row(
        "3.5",
        "update without change",
        "ValidationError",
        "No updates are to be performed.",
        None("nothing to do is a success"),
    ),
    row(
        "3.5",
        "empty change set",
        "",
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        None("nothing to do is a success"),
    ),
    row(
        "3.5",
        "missing capability",
        "InsufficientCapabilitiesException",
        "Requires capabilities : [CAPABILITY_NAMED_IAM]",
        Hint("capability-missing"),
    ),
    row(
        "3.5",
        "termination protection",
        "ValidationError",
        "Stack [X] cannot be deleted while TerminationProtection is enabled",
        Hint("termination-protection"),
    ),
    row(
        "3.5",
        "wrong state",
        "ValidationError",
        "Stack:arn:aws:cloudformation:us-east-1:1:stack/x/1 is in ROLLBACK_COMPLETE state and can not be updated.",
        Hint("stack-cannot-be-updated"),
    ),
    row(
        "3.5",
        "both flags",
        "ValidationError",
        "Either DisableRollback or OnFailure can be specified, not both.",
        None("the tool never sends both"),
    ),
    row(
        "3.5",
        "enum",
        "ValidationError",
        "1 validation error detected: Value 'x' at 'capabilities' failed to satisfy constraint",
        Hint("template-invalid"),
    ),
    row(
        "3.5",
        "missing parameter",
        "ValidationError",
        "Parameters: [P] must have values",
        Hint("template-invalid"),
    ),
    row(
        "3.5",
        "unknown parameter",
        "ValidationError",
        "Parameters: [P] do not exist in the template",
        Hint("template-invalid"),
    ),
    row(
        "3.5",
        "template too large",
        "ValidationError",
        "1 validation error detected: Value 'x' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200",
        Hint("template-too-large"),
    ),
    row(
        "3.5",
        "token reuse",
        "TokenAlreadyExistsException",
        "",
        None("tokens are fresh for every operation"),
    ),
    row(
        "3.5",
        "stacks' quota",
        "LimitExceededException",
        "Limit for stack has been exceeded",
        Hint("quota-stacks"),
    ),
    row(
        "3.5",
        "throttle",
        "Throttling",
        "Rate exceeded",
        Hint("throttled"),
    ),
    row(
        "3.5",
        "no such change set",
        "ChangeSetNotFound",
        "ChangeSet [X] does not exist",
        GONE,
    ),
    row(
        "3.5",
        "role name taken",
        "",
        "Resource handler returned message: \"Resource of type 'AWS::IAM::Role' with identifier 'X' already exists.\" (RequestToken: 1, HandlerErrorCode: AlreadyExists)",
        Hint("role-name-taken"),
    ),
    row(
        "3.5",
        "role name taken, older text",
        "",
        "one-for-all already exists in stack arn:aws:cloudformation:us-east-1:1:stack/x/1 (AWS::IAM::Role)",
        Hint("role-name-taken"),
    ),
    row(
        "3.5",
        "another name taken, older text",
        "",
        "one-for-all already exists in stack arn:aws:cloudformation:us-east-1:1:stack/x/1 (AWS::Logs::LogGroup)",
        Hint("name-taken"),
    ),
    row(
        "3.5",
        "domain times out",
        "",
        "Resource handler returned message: \"Resource of type 'AWS::SageMaker::Domain' with identifier 'demo' did not stabilize.\" (RequestToken: 1, HandlerErrorCode: NotStabilized)",
        Hint("domain-creation-unlucky"),
    ),
    row(
        "3.5",
        "domain name taken",
        "",
        "Resource handler returned message: \"Resource of type 'AWS::SageMaker::Domain' with identifier 'X' already exists.\" (RequestToken: 1, HandlerErrorCode: AlreadyExists)",
        Hint("domain-name-taken"),
    ),
    // 8 quotas of `up`
    row(
        "8",
        "VPCs",
        "",
        "Resource handler returned message: \"The maximum number of VPCs has been reached. (Service: Ec2, Status Code: 400, Request ID: 1)\" (RequestToken: 1, HandlerErrorCode: ServiceLimitExceeded)",
        Hint("quota-vpcs"),
    ),
    row(
        "8",
        "interface endpoints",
        "VpcEndpointLimitExceeded",
        "The maximum number of VPC endpoints has been reached.",
        Hint("quota-vpc-endpoints"),
    ),
    row(
        "8",
        "gateway endpoints of a region",
        "",
        "Resource handler returned message: \"The maximum number of VPC endpoints has been reached.\" (RequestToken: 1, HandlerErrorCode: ServiceLimitExceeded)",
        Hint("quota-vpc-endpoints"),
    ),
    row(
        "8",
        "ACL rules",
        "NetworkAclEntryLimitExceeded",
        "",
        Hint("quota-network-rules"),
    ),
    row(
        "8",
        "group rules",
        "RulesPerSecurityGroupLimitExceeded",
        "",
        Hint("quota-network-rules"),
    ),
    row(
        "8",
        "IAM roles",
        "LimitExceeded",
        "Cannot exceed quota for RolesPerAccount: 1000",
        Hint("quota-roles"),
    ),
    row(
        "8",
        "domains",
        "ResourceLimitExceeded",
        "The account-level service limit 'Total domains' is 1 Domains, with current utilization of 1 Domains and a request delta of 1 Domains.",
        Hint("quota-domains"),
    ),
    row(
        "8",
        "apps",
        "ResourceLimitExceeded",
        "The account-level service limit 'Studio JupyterLab Apps running on ml.p3.2xlarge instances' is 0 Apps, with current utilization of 0 Apps and a request delta of 1 Apps.",
        Hint("quota-apps"),
    ),
    row(
        "8",
        "endpoint instances",
        "ResourceLimitExceeded",
        "The account-level service limit 'ml.m4.xlarge for endpoint usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.",
        Hint("quota-endpoint-instances"),
    ),
    row(
        "8",
        "subnets too small",
        "InsufficientFreeAddressesInSubnet",
        "",
        Hint("subnets-too-small"),
    ),
    row(
        "8",
        "zone lacks the service",
        "InvalidParameter",
        "The VPC endpoint service x does not support the availability zone of the subnet: subnet-1",
        Hint("zone-without-service"),
    ),
    // the operators' notes
    row(
        "item 1",
        "a stack of our name without our mark",
        "",
        "stack demo-network exists and was not made by jumpstart-vpc for this environment; choose another --name",
        Itself("stack-exists"),
    ),
    row(
        "item 7",
        "a kept volume's key goes",
        "",
        "KMSInvalidStateException: arn:aws:kms:us-east-1:1:key/1 is pending deletion.",
        Hint("key-unusable"),
    ),
    row(
        "item 12",
        "a link to Studio where people log in through an identity centre",
        "ValidationException",
        "CreatePresignedDomainUrl can only be called when the authentication mode equals IAM",
        None(
            "the built-in domain has that mode, and the tool prints the command instead of making links that live five minutes",
        ),
    ),
    row(
        "item 18",
        "domain creation fails now and then",
        "",
        "ResourceNotFoundError: Unable to create Amazon EFS for domain 'd-1' because KMS key 'null' does not exist.",
        Hint("domain-creation-unlucky"),
    ),
    row(
        "item 21",
        "no trust in the certificate",
        "Unreachable",
        "dispatch failure: io error: invalid peer certificate: UnknownIssuer",
        Hint("tls-interception"),
    ),
    row(
        "item 21",
        "expired, query",
        "ExpiredToken",
        "",
        Hint("credentials-expired"),
    ),
    row(
        "item 21",
        "expired, JSON",
        "ExpiredTokenException",
        "",
        Hint("credentials-expired"),
    ),
    row(
        "item 21",
        "expired, EC2",
        "RequestExpired",
        "Request has expired.",
        Hint("credentials-expired"),
    ),
    row(
        "item 28",
        "policies attached by hand",
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
        Hint("role-has-policies"),
    ),
    row(
        "item 28",
        "service role gone",
        "",
        "Role arn:aws:iam::1:role/x is invalid or cannot be assumed",
        Hint("service-role-gone"),
    ),
    row(
        "item 30",
        "no way to the service from inside the VPC",
        "Timeout",
        "",
        Hint("unreachable"),
    ),
    row(
        "item 30",
        "run by a Studio, or by a role, of the environment itself",
        "",
        "this runs inside domain d-1, which it would remove; run it from elsewhere",
        Itself("inside-itself"),
    ),
    row(
        "item 39",
        "monitoring schedule holds its endpoint",
        "ValidationException",
        "Endpoint x has a monitoring schedule",
        Hint("endpoint-held"),
    ),
    row(
        "item 39",
        "executions, tuning and AutoML jobs, and schedules that start new jobs meanwhile",
        "",
        "",
        None("they are stopped before the jobs; nothing is refused"),
    ),
    row(
        "item 39",
        "an inference experiment holds its endpoint",
        "ValidationException",
        "Endpoint x is part of an inference experiment",
        None("what SageMaker answers is not known; its own words are shown"),
    ),
    row(
        "item 39",
        "a warm pool keeps its interfaces for hours",
        "",
        "",
        None("it is ended by a change of its job; nothing is refused"),
    ),
    row(
        "item 39",
        "a notebook instance in our subnets",
        "",
        "there is data that goes with 1 notebook instance, listed above; say --delete-data (or --force) to delete it",
        None("the rule that refuses it says what to do"),
    ),
    row(
        "item 39",
        "clusters, tracking servers and the like, which only cost",
        "",
        "",
        None("they are named at the end and hold nothing"),
    ),
    row(
        "item 39",
        "a lifecycle configuration or an image that the domain uses",
        "",
        "",
        None("things of the account, which the tool never deletes"),
    ),
    row(
        "item 41",
        "volume in a replication",
        "",
        "The file system is in a replication configuration",
        Hint("volume-replicated"),
    ),
    row(
        "item 42",
        "others' gateways, groups, tables and endpoints in our VPC",
        "",
        "",
        Itself("foreign-holder"),
    ),
    row(
        "item 42",
        "DeleteVpc, something without an interface in it",
        "DependencyViolation",
        "The vpc 'vpc-1' has dependencies and cannot be deleted.",
        Hint("held-in-network"),
    ),
    row(
        "item 42",
        "DeleteSecurityGroup, associated with another VPC or named by a group of one",
        "DependencyViolation",
        "resource sg-0abc has a dependent object",
        Hint("held-in-network"),
    ),
    row(
        "item 43",
        "a resource under DeletionPolicy: Retain",
        "",
        "",
        None("it is kept by its template's will and told as such"),
    ),
    row(
        "item 43",
        "a bucket with something in it",
        "",
        "The bucket you tried to delete is not empty (Service: Amazon S3; Status Code: 409; Error Code: BucketNotEmpty)",
        Hint("bucket-not-empty"),
    ),
    row(
        "item 43",
        "members of nested stacks",
        "",
        "",
        None("they are read with the stack that they are in"),
    ),
    row(
        "item 46",
        "no such endpoint service, or under another name",
        "",
        "com.amazonaws.us-gov-west-1.sagemaker.runtime is not offered in this region",
        Itself("zone-without-service"),
    ),
    row(
        "item 46",
        "a domain by CloudFormation in another partition",
        "",
        "Internal Failure",
        None("a failure of AWS's own: it is tried once more, and its words are shown"),
    ),
    row(
        "item 47",
        "denied by an organisation",
        "AccessDenied",
        "User: x is not authorized to perform: iam:CreateRole with an explicit deny in a service control policy",
        Hint("denied-by-scp"),
    ),
    row(
        "item 47",
        "denied by a boundary",
        "AccessDenied",
        "User: x is not authorized to perform: iam:CreateRole because no permissions boundary allows the iam:CreateRole action",
        Hint("denied-by-boundary"),
    ),
    row(
        "1.6",
        "endpoint with inference components",
        "ValidationException",
        "Endpoint x has inference components",
        Hint("endpoint-held"),
    ),
    row(
        "5.1",
        "an app of Studio Classic",
        "ValidationException",
        "Amazon SageMaker Studio Classic applications can no longer be created.",
        Hint("classic-app"),
    ),
    row(
        "7",
        "the role's trust",
        "ValidationException",
        "Could not assume role arn:aws:iam::1:role/x.",
        Hint("execution-role"),
    ),
    row(
        "F.1.6",
        "auto-scaling target without permission",
        "AccessDeniedException",
        "is not authorized to perform: application-autoscaling:DeregisterScalableTarget",
        Hint("permission"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hints::for_failure;

    #[test]
    fn every_refusal_has_exactly_its_hint_or_a_reason_for_none() {
        for refusal in REFUSALS {
            let found = for_failure(refusal.code, refusal.text).map(|hint| hint.id);
            match refusal.answer {
                Hint(id) => assert_eq!(found, Some(id), "{} {}", refusal.section, refusal.case),
                Itself(id) => {
                    assert_eq!(found, Option::None);
                    assert!(crate::hints::find(id).is_some());
                }
                None(reason) => {
                    assert!(!reason.is_empty());
                    assert_eq!(found, Option::None, "{} {}", refusal.section, refusal.case);
                }
            }
        }
    }

    /// How many refusals the notes have, by section and item; a row that names two codes or two texts counts twice.
    const IN_THE_NOTES: &[(&str, usize)] = &[
        ("1.2", 18),
        ("1.6", 1),
        ("2.1", 21),
        ("2.4", 3),
        ("3.4", 6),
        ("3.5", 20),
        ("5.1", 1),
        ("7", 1),
        ("8", 11),
        ("F.1.6", 1),
        ("item 1", 1),
        ("item 7", 1),
        ("item 12", 1),
        ("item 18", 1),
        ("item 21", 4),
        ("item 28", 2),
        ("item 30", 2),
        ("item 39", 7),
        ("item 41", 1),
        ("item 42", 3),
        ("item 43", 3),
        ("item 46", 2),
        ("item 47", 2),
    ];

    #[test]
    fn every_row_of_the_notes_is_here() {
        let mut counted: std::collections::BTreeMap<&str, usize> =
            std::collections::BTreeMap::new();
        for refusal in REFUSALS {
            *counted.entry(refusal.section).or_default() += 1;
        }
        let wanted = IN_THE_NOTES.iter().copied().collect();
        assert_eq!(counted, wanted);
    }

    #[test]
    fn no_case_is_told_twice() {
        let cases: std::collections::BTreeSet<(&str, &str)> = REFUSALS
            .iter()
            .map(|refusal| (refusal.section, refusal.case))
            .collect();
        assert_eq!(cases.len(), REFUSALS.len());
    }
}
