//! The mark: the tags by which a later run, on any machine, finds what belongs to an environment.

/// Name of the environment; on stacks, on volumes that were kept, and on log groups that were to go.
pub const ENVIRONMENT: &str = "jumpstart-vpc:environment";
/// Key of the stack in its manifest.
pub const STACK: &str = "jumpstart-vpc:stack";
/// Keys of the stacks that this one needs, separated by spaces.
pub const NEEDS: &str = "jumpstart-vpc:needs";
/// Principal that created the environment (a role, not its session).
pub const OWNER: &str = "jumpstart-vpc:owner";
/// Major version of the layout of marks.
pub const VERSION: &str = "jumpstart-vpc:version";
/// On our VPC: ids of the domains that are or were ours, separated by spaces.
pub const DOMAIN: &str = "jumpstart-vpc:domain";
/// On a user profile or a space: it was made for a participant, by this tool.
pub const PARTICIPANT: &str = "jumpstart-vpc:participant";
/// On a volume: when somebody chose to keep it, RFC 3339.
pub const KEPT: &str = "jumpstart-vpc:kept";
/// On a log group: when the endpoint or the inference component that wrote to it was told to go, RFC 3339.
pub const ENDED: &str = "jumpstart-vpc:ended";

/// CloudFormation's own tags on what EC2 makes for a stack: the stack's name and ARN, and the logical id in it (section 3.8).
pub const STACK_NAME: &str = "aws:cloudformation:stack-name";
pub const STACK_ARN: &str = "aws:cloudformation:stack-id";
pub const LOGICAL_ID: &str = "aws:cloudformation:logical-id";

/// How long a tag's value may be at most, in characters (EC2's limit).
pub const LONGEST_VALUE: usize = 256;

/// The version that this code writes, and the newest that it understands.
pub const CURRENT_VERSION: u32 = 1;

/// SageMaker's own tag on a home volume and its security groups: the domain's ARN (section 1.5).
pub const MANAGED_BY_DOMAIN: &str = "ManagedByAmazonSageMakerResource";
/// SageMaker's own tag on what was made from inside a domain: the domain's ARN (section 1.4).
pub const MADE_IN_DOMAIN: &str = "sagemaker:domain-arn";
