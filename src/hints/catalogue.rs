//! Every hint there is, in the order in which they are recognised: the special before the general.

use super::{Hint, When};

/// Codes with which services deny.
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "handler:AccessDenied",
];

/// The first that applies is the one.
pub const ALL: &[Hint] = &[
    Hint {
        id: "wrong-region",
        summary: "the request was signed for another region than the one that answered",
        meaning: "An endpoint URL that was set by hand, or a proxy, leads to another region than --region, AWS_REGION or the profile name. Environments are of one region: in another one nothing of them is found.",
        cure: "say the environment's region with --region, and take AWS_ENDPOINT_URL away",
        next: &[
            "aws configure get region",
            "aws ec2 describe-regions --query 'Regions[].RegionName' --output text",
        ],
        page: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html",
        when: &[
            When {
                codes: &[],
                texts: &["Credential should be scoped to a valid region"],
            },
            When {
                codes: &["AuthorizationHeaderMalformed"],
                texts: &[],
            },
        ],
    },
    Hint {
        id: "clock-skew",
        summary: "this machine's clock differs from AWS's by more than AWS accepts",
        meaning: "Requests are signed with the time. AWS refuses signatures that are more than five minutes (EC2: fifteen) away from its own clock; a sleeping laptop or a virtual machine without time synchronisation is the usual cause.",
        cure: "set the clock, then run the same command again",
        next: &["date -u", "timedatectl set-ntp true"],
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html",
        when: &[
            When {
                codes: &["SignatureDoesNotMatch", "RequestTimeTooSkewed"],
                texts: &[],
            },
            When {
                codes: &[],
                texts: &["Signature expired:"],
            },
            When {
                codes: &[],
                texts: &["Signature not yet current:"],
            },
        ],
    },
    Hint {
        id: "credentials-expired",
        summary: "the credentials expired on the way; nothing is lost, the state is in AWS",
        meaning: "Temporary credentials live for an hour unless somebody asked for more, and a teardown can take longer. Nothing of what was begun is undone, and the next run goes on from what it finds.",
        cure: "renew them and run the same command again",
        next: &["aws sso login"],
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html",
        when: &[When {
            codes: &[
                "ExpiredToken",
                "ExpiredTokenException",
                "RequestExpired",
                "TokenRefreshRequired",
            ],
            texts: &[],
        }],
    },
    Hint {
        id: "no-credentials",
        summary: "no AWS credentials were found",
        meaning: "Neither environment variables, nor the profile, nor the machine's own role gave credentials. A profile with mfa_serial cannot be used by itself: let the AWS CLI export what it makes of it.",
        cure: "log in, name a profile with --profile, or export the credentials",
        next: &[
            "aws configure sso",
            "aws sso login",
            "eval \"$(aws configure export-credentials --format env)\"",
        ],
        page: "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html",
        when: &[When {
            codes: &["NoCredentials"],
            texts: &[],
        }],
    },
    Hint {
        id: "region-not-enabled",
        summary: "the region is not enabled for this account",
        meaning: "Regions that were opened after March 2019 have to be enabled by each account; until then they know none of its credentials.",
        cure: "enable it, or choose another with --region",
        next: &[
            "aws account enable-region --region-name {region}",
            "aws ec2 describe-regions --all-regions --query 'Regions[].[RegionName,OptInStatus]' --output text",
        ],
        page: "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
        when: &[When {
            codes: &["OptInRequired"],
            texts: &[],
        }],
    },
    Hint {
        id: "wrong-credentials",
        summary: "AWS does not know these credentials",
        meaning: "The access key was deleted, is of another partition, or the region is one that the account has not enabled (such a region knows no credentials of the account). SignatureDoesNotMatch while this machine's clock is right says that the secret key does not belong to the access key.",
        cure: "",
        next: &[
            "aws sts get-caller-identity",
            "aws ec2 describe-regions --all-regions --query \"Regions[?RegionName=='{region}'].OptInStatus\" --output text",
        ],
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
        when: &[When {
            codes: &[
                "InvalidClientTokenId",
                "UnrecognizedClientException",
                "AuthFailure",
                "InvalidAccessKeyId",
                "IncompleteSignature",
            ],
            texts: &[],
        }],
    },
    Hint {
        id: "tls-interception",
        summary: "the certificate of AWS's endpoint is not trusted: something between here and AWS replaces it",
        meaning: "Proxies that inspect TLS show a certificate of their own. Give their certificate authority to the tool; certificate checks are never switched off.",
        cure: "name the authority that signs it in AWS_CA_BUNDLE and run the same command again",
        next: &[
            "openssl s_client -showcerts -connect sts.{region}.amazonaws.com:443",
            "export AWS_CA_BUNDLE={bundle}",
        ],
        page: "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html",
        when: &[When {
            codes: &["Unreachable"],
            texts: &["invalid peer certificate"],
        }],
    },
    Hint {
        id: "service-not-in-region",
        summary: "the endpoint's name is not known: no network here, a misspelt region, or a service that the region does not have",
        meaning: "Names of endpoints are made of service and region. Inside a VPC without internet access only services with an interface endpoint have one that leads somewhere.",
        cure: "",
        next: &[
            "aws ec2 describe-regions --query 'Regions[].RegionName' --output text",
            "aws ssm get-parameters-by-path --path /aws/service/global-infrastructure/regions/{region}/services --query 'Parameters[].Value' --output text",
        ],
        page: "https://docs.aws.amazon.com/general/latest/gr/sagemaker.html",
        when: &[
            When {
                codes: &["Unreachable"],
                texts: &["dns error"],
            },
            When {
                codes: &["Unreachable"],
                texts: &["failed to lookup address"],
            },
        ],
    },
    Hint {
        id: "unreachable",
        summary: "no answer came from AWS's endpoint",
        meaning: "A firewall, a proxy, or a VPC without an endpoint for this service. The state is not lost; what CloudFormation and SageMaker have begun goes on.",
        cure: "the state is not lost: run the same command again",
        next: &["curl -sSI https://sts.{region}.amazonaws.com/"],
        page: "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html",
        when: &[When {
            codes: &["Unreachable", "Timeout", "BadResponse"],
            texts: &[],
        }],
    },
    Hint {
        id: "throttled",
        summary: "AWS answers more slowly than it is asked",
        meaning: "Requests a second are limited for an account and region, and everybody in it shares them. The tool slows down by itself; a run that ends incomplete is finished by the next.",
        cure: "run the same command again, with a longer --timeout where it was too short",
        next: &[
            "aws cloudtrail lookup-events --region {region} --query 'Events[].[EventTime,Username,EventName]' --output text",
        ],
        page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/throttling.html",
        when: &[When {
            codes: &[
                "Throttling",
                "ThrottlingException",
                "ThrottledException",
                "RequestThrottled",
                "RequestThrottledException",
                "RequestLimitExceeded",
                "TooManyRequestsException",
                "SlowDown",
                "EC2ThrottledException",
                "handler:Throttling",
            ],
            texts: &[],
        }],
    },
    Hint {
        id: "denied-by-scp",
        summary: "an organisation's service control policy denies this to everybody in the account; repeating will not help",
        meaning: "Service control policies stand above everything that an administrator of the account can allow.",
        cure: "ask the administrators of the organisation to allow {action} in account {account}",
        next: &["aws organizations describe-organization"],
        page: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
        when: &[
            When {
                codes: DENIED,
                texts: &["in a service control policy"],
            },
            When {
                codes: DENIED,
                texts: &["because no service control policy"],
            },
        ],
    },
    Hint {
        id: "denied-by-boundary",
        summary: "a permissions boundary of the caller or of the role forbids this",
        meaning: "A boundary is the most that a principal may ever do, whatever its policies say. Where every new role must have one, give it to the stacks.",
        cure: "ask for {action} in the boundary of {principal}; where roles must have one, give it to the stacks",
        next: &[
            "aws iam simulate-principal-policy --policy-source-arn {principal-arn} --action-names {action} --query 'EvaluationResults[].[EvalDecision,PermissionsBoundaryDecisionDetail]'",
            "jumpstart-vpc up --name {environment} --parameter PermissionsBoundary={boundary}",
        ],
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
        when: &[
            When {
                codes: DENIED,
                texts: &["in a permissions boundary"],
            },
            When {
                codes: DENIED,
                texts: &["because no permissions boundary"],
            },
        ],
    },
    Hint {
        id: "denied-by-endpoint-policy",
        summary: "the policy of the VPC endpoint that the call went through forbids it",
        meaning: "The tool runs inside a VPC whose endpoints have policies of their own.",
        cure: "run it from outside the VPC, or allow {action} in the endpoint's policy",
        next: &[
            "aws ec2 describe-vpc-endpoints --region {region} --query 'VpcEndpoints[].[ServiceName,PolicyDocument]'",
        ],
        page: "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
        when: &[
            When {
                codes: DENIED,
                texts: &["because no VPC endpoint policy"],
            },
            When {
                codes: DENIED,
                texts: &["in a VPC endpoint policy"],
            },
        ],
    },
    Hint {
        id: "execution-role",
        summary: "SageMaker cannot use the execution role",
        meaning: "Its trust has to name sagemaker.amazonaws.com, and a new role is usable some ten seconds after it was made.",
        cure: "correct its trust and run the same command again",
        next: &["aws iam get-role --role-name {role} --query Role.AssumeRolePolicyDocument"],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html",
        when: &[
            When {
                codes: &["ValidationException"],
                texts: &["ssume role"],
            },
            When {
                codes: &["ValidationException"],
                texts: &["cannot be assumed"],
            },
            When {
                codes: &["ValidationException"],
                texts: &["could not assume"],
            },
            When {
                codes: &[],
                texts: &["is invalid or cannot be assumed by SageMaker"],
            },
        ],
    },
    Hint {
        id: "service-role-gone",
        summary: "the role that the stack works with cannot be assumed any more",
        meaning: "A stack that was made with a service role uses it for ever. When the role is gone or its trust has changed, nobody can delete the stack without another one.",
        cure: "name one that CloudFormation may assume with --cfn-role-arn",
        next: &[
            "aws iam get-role --role-name {role} --query Role.AssumeRolePolicyDocument",
            "jumpstart-vpc down --name {environment} --cfn-role-arn {other-role-arn}",
        ],
        page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html",
        when: &[When {
            codes: &[],
            texts: &["is invalid or cannot be assumed"],
        }],
    },
    Hint {
        id: "jumpstart-list-empty",
        summary: "Studio shows no JumpStart models: whoever looks may not read the hub that lists them",
        meaning: "Studio reads the public hub SageMakerPublicHub through the endpoint of the SageMaker API, in the name of the execution role, and pictures and descriptions from jumpstart-cache-prod-REGION in S3. A role, an endpoint policy or a network ACL that leaves either out gives an empty list without an error in Studio.",
        cure: "allow sagemaker:ListHubContents and sagemaker:DescribeHubContent to {principal}, and the bucket in the policy of the S3 endpoint",
        next: &[
            "aws sagemaker list-hub-contents --hub-name SageMakerPublicHub --hub-content-type Model --region {region}",
            "aws s3 ls s3://jumpstart-cache-prod-{region}/ --region {region}",
        ],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-jumpstart.html",
        when: &[When {
            codes: DENIED,
            texts: &["HubContent"],
        }],
    },
    Hint {
        id: "permission",
        summary: "the caller may not do this: {action}",
        meaning: "No policy of the caller allows the action. EC2 adds an encoded message that says more to whoever may decode it.",
        cure: "allow {action} to {principal}, then run the same command again",
        next: &[
            "aws iam simulate-principal-policy --policy-source-arn {principal-arn} --action-names {action} --query 'EvaluationResults[].[EvalActionName,EvalDecision]' --output text",
            "aws sts decode-authorization-message --query DecodedMessage --output text --encoded-message {encoded}",
            "aws sts get-caller-identity",
        ],
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
        when: &[When {
            codes: DENIED,
            texts: &[],
        }],
    },
    Hint {
        id: "quota-vpcs",
        summary: "the account has as many VPCs in this region as it may",
        meaning: "Five VPCs a region unless more were asked for; the default VPC counts.",
        cure: "",
        next: &[
            "aws ec2 describe-vpcs --region {region} --query 'Vpcs[].[VpcId,IsDefault]' --output text",
            "aws service-quotas request-service-quota-increase --service-code vpc --quota-code L-F678F1CE --desired-value 10 --region {region}",
        ],
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
        when: &[
            When {
                codes: &["VpcLimitExceeded"],
                texts: &[],
            },
            When {
                codes: &[],
                texts: &["The maximum number of VPCs has been reached"],
            },
        ],
    },
    Hint {
        id: "quota-vpc-endpoints",
        summary: "the VPC has as many interface endpoints, or the region as many gateway endpoints, as it may",
        meaning: "Fifty interface endpoints a VPC (L-29B6F2EB), twenty gateway endpoints a region (L-1B52E74A), unless more were asked for.",
        cure: "",
        next: &[
            "aws service-quotas request-service-quota-increase --service-code vpc --quota-code L-29B6F2EB --desired-value 60 --region {region}",
            "aws service-quotas request-service-quota-increase --service-code vpc --quota-code L-1B52E74A --desired-value 30 --region {region}",
        ],
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
        when: &[
            When {
                codes: &["VpcEndpointLimitExceeded"],
                texts: &[],
            },
            When {
                codes: &[],
                texts: &["The maximum number of VPC endpoints has been reached"],
            },
        ],
    },
    Hint {
        id: "quota-network-rules",
        summary: "a network ACL or a security group has as many rules as it may",
        meaning: "Twenty entries an ACL and direction, sixty rules a group and direction. One rule for each address range of S3 uses them up quickly.",
        cure: "",
        next: &[
            "aws service-quotas request-service-quota-increase --service-code vpc --quota-code L-2AEEBF1A --desired-value 40 --region {region}",
            "aws service-quotas request-service-quota-increase --service-code vpc --quota-code L-0EA8095F --desired-value 120 --region {region}",
        ],
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
        when: &[
            When {
                codes: &[
                    "NetworkAclEntryLimitExceeded",
                    "RulesPerSecurityGroupLimitExceeded",
                ],
                texts: &[],
            },
            When {
                codes: &[],
                texts: &["maximum number of network acl entries"],
            },
            When {
                codes: &[],
                texts: &["maximum number of rules per security group"],
            },
        ],
    },
    Hint {
        id: "quota-roles",
        summary: "the account has as many IAM roles as it may",
        meaning: "A thousand roles unless more were asked for; IAM is one for all regions.",
        cure: "",
        next: &[
            "aws service-quotas request-service-quota-increase --service-code iam --quota-code L-FE177D64 --desired-value 2000 --region us-east-1",
        ],
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        when: &[When {
            codes: &[],
            texts: &["Cannot exceed quota for RolesPerAccount"],
        }],
    },
    Hint {
        id: "quota-stacks",
        summary: "the region has as many stacks as it may",
        meaning: "Two thousand stacks a region. The SDK takes the code for throttling and repeats it, so the failure comes late.",
        cure: "",
        next: &[
            "aws service-quotas request-service-quota-increase --service-code cloudformation --quota-code L-0485CB21 --desired-value 3000 --region {region}",
        ],
        page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
        when: &[When {
            codes: &["LimitExceededException"],
            texts: &["stack"],
        }],
    },
    Hint {
        id: "quota-domains",
        summary: "the account has as many SageMaker domains in this region as it may",
        meaning: "Failed domains count as well.",
        cure: "",
        next: &[
            "aws sagemaker list-domains --region {region} --query 'Domains[].[DomainId,DomainName,Status]' --output text",
            "aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-B683BCB0 --desired-value 30 --region {region}",
        ],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/regions-quotas.html",
        when: &[When {
            codes: &[
                "ResourceLimitExceeded",
                "handler:ServiceLimitExceeded",
                "handler:GeneralServiceException",
            ],
            texts: &["Domains, with current utilization"],
        }],
    },
    Hint {
        id: "quota-apps",
        summary: "the account may run no more Studio apps of this kind: {quota}",
        meaning: "Each instance type has a quota of its own, and new accounts have few, or none with an accelerator.",
        cure: "stop other apps, or ask for more",
        next: &[
            "aws service-quotas list-service-quotas --service-code sagemaker --region {region} --query \"Quotas[?QuotaName=='{quota}'].[QuotaCode,Value]\" --output text",
            "aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code {code} --desired-value {n} --region {region}",
        ],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/regions-quotas.html",
        when: &[When {
            codes: &[
                "ResourceLimitExceeded",
                "handler:ServiceLimitExceeded",
                "handler:GeneralServiceException",
            ],
            texts: &["Apps, with current utilization"],
        }],
    },
    Hint {
        id: "quota-endpoint-instances",
        summary: "the account may run no instance of this kind for an endpoint: {quota}",
        meaning: "The commonest failure of a JumpStart model: new accounts have no accelerated instances for endpoints at all.",
        cure: "",
        next: &[
            "aws service-quotas list-service-quotas --service-code sagemaker --region {region} --query \"Quotas[?QuotaName=='{quota}'].[QuotaCode,Value]\" --output text",
            "aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code {code} --desired-value 1 --region {region}",
        ],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/regions-quotas.html",
        when: &[When {
            codes: &[
                "ResourceLimitExceeded",
                "handler:ServiceLimitExceeded",
                "handler:GeneralServiceException",
            ],
            texts: &["for endpoint usage"],
        }],
    },
    Hint {
        id: "subnets-too-small",
        summary: "a subnet has no free address left",
        meaning: "Each interface endpoint takes one address in each subnet, each user two to four, and AWS five.",
        cure: "",
        next: &[
            "aws ec2 describe-subnets --region {region} --query 'Subnets[].[SubnetId,CidrBlock,AvailableIpAddressCount]' --output text",
            "jumpstart-vpc up --name {environment}-2 --parameter SubnetOneCidr=10.0.0.0/20 --parameter SubnetTwoCidr=10.0.16.0/20",
        ],
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
        when: &[
            When {
                codes: &["InsufficientFreeAddressesInSubnet"],
                texts: &[],
            },
            When {
                codes: &[],
                texts: &["InsufficientFreeAddressesInSubnet"],
            },
            When {
                codes: &[],
                texts: &["does not have enough free addresses"],
            },
            When {
                codes: &[],
                texts: &["insufficient free addresses"],
            },
        ],
    },
    Hint {
        id: "quota",
        summary: "a quota of the account is used up: {quota}",
        meaning: "The service says which. Values differ by account and region.",
        cure: "delete what is not needed, or ask for more",
        next: &[
            "aws service-quotas list-service-quotas --service-code {service} --region {region} --query 'Quotas[].[QuotaCode,QuotaName,Value]' --output text",
            "aws service-quotas list-services --region {region} --query 'Services[].[ServiceCode,ServiceName]' --output text",
        ],
        page: "https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html",
        when: &[
            When {
                codes: &[
                    "ResourceLimitExceeded",
                    "LimitExceeded",
                    "LimitExceededException",
                    "handler:ServiceLimitExceeded",
                ],
                texts: &[],
            },
            When {
                codes: &["handler:GeneralServiceException"],
                texts: &["account-level service limit"],
            },
        ],
    },
    Hint {
        id: "domain-name-taken",
        summary: "a SageMaker domain of that name exists in this region; names are unique in it",
        meaning: "The built-in stacks name the domain like the environment. A domain that was made by hand, or left by a stack that was deleted with it retained, keeps its name.",
        cure: "choose another environment with --name",
        next: &[
            "aws sagemaker list-domains --region {region} --query 'Domains[].[DomainName,DomainId,Status]' --output text",
        ],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/domain-multiple.html",
        when: &[When {
            codes: &["handler:AlreadyExists"],
            texts: &["AWS::SageMaker::Domain"],
        }],
    },
    Hint {
        id: "role-name-taken",
        summary: "an IAM role of that name exists; names of roles are one for all regions",
        meaning: "A template with a fixed RoleName can be deployed once in an account. The built-in stacks name none.",
        cure: "remove RoleName from the template, or put the region into it",
        next: &["aws iam list-roles --query 'Roles[].[RoleName,CreateDate]' --output text"],
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        when: &[
            When {
                codes: &["handler:AlreadyExists"],
                texts: &["AWS::IAM::Role"],
            },
            When {
                codes: &[],
                texts: &["already exists in stack", "AWS::IAM::Role"],
            },
        ],
    },
    Hint {
        id: "export-name-taken",
        summary: "another stack exports a value under the same name",
        meaning: "Names of exports are unique in an account and region.",
        cure: "choose another environment with --name",
        next: &[
            "aws cloudformation list-exports --region {region} --query 'Exports[].[Name,ExportingStackId]' --output text",
        ],
        page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html",
        when: &[When {
            codes: &[],
            texts: &["is already exported by stack"],
        }],
    },
    Hint {
        id: "name-taken",
        summary: "something of that name exists already and is not part of the stack",
        meaning: "CloudFormation makes nothing over what somebody else made. It may be left from a stack that was deleted with it retained.",
        cure: "delete or rename what is named above, or choose another environment with --name",
        next: &[
            "aws cloudformation describe-stacks --region {region} --query 'Stacks[].[StackName,StackStatus]' --output text",
        ],
        page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html",
        when: &[
            When {
                codes: &["handler:AlreadyExists"],
                texts: &[],
            },
            When {
                codes: &[],
                texts: &["already exists in stack"],
            },
        ],
    },
    Hint {
        id: "private-dns-conflict",
        summary: "the private name of the service is still taken in the VPC",
        meaning: "Names of a deleted interface endpoint are freed some minutes after it has gone; another endpoint for the same service keeps them for ever.",
        cure: "wait five minutes and run the same command again",
        next: &[
            "aws ec2 describe-vpc-endpoints --region {region} --query 'VpcEndpoints[].[VpcEndpointId,ServiceName,State]' --output text",
        ],
        page: "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
        when: &[When {
            codes: &[],
            texts: &["conflicting DNS domain"],
        }],
    },
    Hint {
        id: "s3-gateway-missing",
        summary: "the interface endpoint for S3 needs a gateway endpoint in the same VPC first",
        meaning: "With private names for inbound resolvers only, traffic from inside the VPC goes through the gateway; the template has to make it first (DependsOn).",
        cure: "add DependsOn: the gateway endpoint, to the interface endpoint of your template",
        next: &[
            "aws ec2 describe-vpc-endpoints --region {region} --query 'VpcEndpoints[].[VpcEndpointId,VpcEndpointType,ServiceName,VpcId]' --output text",
        ],
        page: "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html",
        when: &[When {
            codes: &[],
            texts: &["must have a Gateway endpoint for the service"],
        }],
    },
    Hint {
        id: "zone-without-service",
        summary: "the service has no endpoints in a zone of the subnets",
        meaning: "Not every zone has every service. Zones are chosen once, when the network is made.",
        cure: "choose other zones for a new environment",
        next: &[
            "aws ec2 describe-vpc-endpoint-services --region {region} --query 'ServiceDetails[].[ServiceName,AvailabilityZones]'",
            "jumpstart-vpc up --name {environment}-2 --parameter network.ZoneOne={zone-one} --parameter network.ZoneTwo={zone-two}",
        ],
        page: "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
        when: &[When {
            codes: &[],
            texts: &["does not support the availability zone of the subnet"],
        }],
    },
    Hint {
        id: "addresses",
        summary: "the blocks of addresses do not fit into each other, or are too small for endpoints and participants",
        meaning: "Subnets lie inside the VPC's block and do not overlap. Each interface endpoint takes an address in each of its subnets, each running app two to four, and five addresses of a subnet are AWS's own.",
        cure: "",
        next: &[
            "jumpstart-vpc up --name {environment} --parameter VpcCidr=10.0.0.0/16 --parameter SubnetOneCidr=10.0.0.0/20 --parameter SubnetTwoCidr=10.0.16.0/20",
        ],
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
        when: &[],
    },
    Hint {
        id: "inside-itself",
        summary: "the command runs inside the environment that it would change",
        meaning: "A terminal in Studio has the execution role of this environment and reaches AWS through its endpoints: the command would take away what it stands on, half-way.",
        cure: "run it from outside, with an operator's credentials",
        next: &["aws sts get-caller-identity"],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html",
        when: &[],
    },
    Hint {
        id: "foreign-holder",
        summary: "something that is not part of this environment is in its network and is never touched",
        meaning: "What merely stands in our VPC may be somebody's work. It is named with its owner, and the network is left whole for it.",
        cure: "remove what is named above and run the same command again; --include-located would delete it, although it is somebody else's",
        next: &["jumpstart-vpc plan down --name {environment}"],
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html",
        when: &[],
    },
    Hint {
        id: "service-interface",
        summary: "the network interface belongs to a service and goes when its owner goes",
        meaning: "Attachments that begin with ela-attach cannot be detached by anybody but the service.",
        cure: "",
        next: &[
            "aws ec2 describe-network-interfaces --region {region} --filters Name=network-interface-id,Values={interface} --query 'NetworkInterfaces[].[Description,RequesterId,Attachment.InstanceOwnerId]' --output text",
        ],
        page: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html",
        when: &[When {
            codes: &["OperationNotPermitted"],
            texts: &[],
        }],
    },
    Hint {
        id: "held-in-network",
        summary: "something in the network still holds what is to go: an interface, or a rule that names the group",
        meaning: "EC2 deletes nothing that is in use. Interfaces of inference endpoints stay up to 25 minutes after their owner, and the groups of a domain refer to each other until their rules are revoked. CloudFormation repeats for 15 minutes before it says so.",
        cure: "",
        next: &[
            "jumpstart-vpc down --name {environment}",
            "aws ec2 describe-network-interfaces --region {region} --query 'NetworkInterfaces[].[NetworkInterfaceId,Description,Groups[].GroupId,SubnetId]' --output text",
        ],
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html",
        when: &[
            When {
                codes: &[
                    "DependencyViolation",
                    "InvalidNetworkInterface.InUse",
                    "InvalidGroup.InUse",
                ],
                texts: &[],
            },
            When {
                codes: &["InvalidParameterValue"],
                texts: &["is currently in use"],
            },
            When {
                codes: &[],
                texts: &["has a dependent object"],
            },
            When {
                codes: &[],
                texts: &["has dependencies and cannot be deleted"],
            },
        ],
    },
    Hint {
        id: "default-group",
        summary: "the group is its VPC's default one, which goes with the VPC and not before",
        meaning: "Nobody can delete a VPC's default security group.",
        cure: "",
        next: &["jumpstart-vpc down --name {environment}"],
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
        when: &[When {
            codes: &["CannotDelete"],
            texts: &[],
        }],
    },
    Hint {
        id: "export-in-use",
        summary: "another stack imports a value that this environment exports: {importer}",
        meaning: "CloudFormation accepts the deletion and takes it back without any failure event. The importing stack has to go or change first.",
        cure: "delete or change the importing stack, then run the same command again",
        next: &["aws cloudformation list-imports --export-name {export} --region {region}"],
        page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html",
        when: &[When {
            codes: &[],
            texts: &["as it is in use by"],
        }],
    },
    Hint {
        id: "export-missing",
        summary: "a stack imports a value that nobody exports",
        meaning: "The exporting stack is missing, or has another name than the importing one was told.",
        cure: "",
        next: &[
            "aws cloudformation list-exports --region {region} --query 'Exports[].Name' --output text",
            "jumpstart-vpc up --name {environment}",
        ],
        page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html",
        when: &[When {
            codes: &[],
            texts: &["No export named"],
        }],
    },
    Hint {
        id: "termination-protection",
        summary: "termination protection is on for a stack of this environment",
        meaning: "Somebody switched it on so that nobody deletes the stack by mistake. The tool never switches it off.",
        cure: "",
        next: &[
            "aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name {stack} --region {region}",
        ],
        page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html",
        when: &[When {
            codes: &["ValidationError"],
            texts: &["TerminationProtection is enabled"],
        }],
    },
    Hint {
        id: "domain-creation-unlucky",
        summary: "SageMaker could not make or change the domain, for no reason of yours; it usually works the next time",
        meaning: "A small part of creations fails inside SageMaker, with a text about a KMS key 'null' or with none (did not stabilize). The rolled-back domain leaves a volume and two groups, which `up` removes itself.",
        cure: "run the same command again",
        next: &["jumpstart-vpc up --name {environment}"],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-onboard.html",
        when: &[
            When {
                codes: &["handler:NotStabilized"],
                texts: &["AWS::SageMaker::Domain"],
            },
            When {
                codes: &[],
                texts: &["KMS key 'null'"],
            },
        ],
    },
    Hint {
        id: "capability-missing",
        summary: "the template makes IAM resources and the manifest does not say that it may",
        meaning: "CloudFormation wants the permission in words.",
        cure: "add capabilities = [\"CAPABILITY_NAMED_IAM\"] to the stack's entry of stacks.toml",
        next: &["jumpstart-vpc plan up --name {environment}"],
        page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html",
        when: &[When {
            codes: &["InsufficientCapabilitiesException"],
            texts: &[],
        }],
    },
    Hint {
        id: "template-too-large",
        summary: "the template is larger than 51,200 bytes",
        meaning: "Templates are sent in the request; larger ones would have to stand in a bucket.",
        cure: "split it into two stacks, with Export and Fn::ImportValue between them",
        next: &["jumpstart-vpc plan up --name {environment}"],
        page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
        when: &[When {
            codes: &["ValidationError"],
            texts: &["51200"],
        }],
    },
    Hint {
        id: "template-invalid",
        summary: "the template or its parameters are not what CloudFormation takes",
        meaning: "The service's own words say where. Early validation also compares properties with the schema of their type and names with what exists.",
        cure: "",
        next: &[
            "jumpstart-vpc plan up --name {environment} --validate",
            "aws cloudformation validate-template --template-body file://{template}",
        ],
        page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html",
        when: &[
            When {
                codes: &["ValidationError"],
                texts: &["Parameters: ["],
            },
            When {
                codes: &["ValidationError"],
                texts: &["Template"],
            },
            When {
                codes: &[],
                texts: &["AWS::EarlyValidation"],
            },
            When {
                codes: &["ValidationError"],
                texts: &["Invalid template"],
            },
            When {
                codes: &["ValidationError"],
                texts: &["validation error detected"],
            },
        ],
    },
    Hint {
        id: "stack-cannot-be-updated",
        summary: "the stack is in a status in which it cannot be changed",
        meaning: "A creation that was rolled back can only be deleted; a rollback that failed has to be continued; an operation at work has to end.",
        cure: "",
        next: &[
            "aws cloudformation describe-stack-events --stack-name {stack} --region {region} --query 'StackEvents[?contains(ResourceStatus,`FAILED`)].[LogicalResourceId,ResourceStatusReason]' --output text",
            "aws cloudformation continue-update-rollback --stack-name {stack-whose-rollback-failed} --region {region}",
            "jumpstart-vpc plan up --name {environment}",
        ],
        page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html",
        when: &[When {
            codes: &["ValidationError"],
            texts: &["can not be updated"],
        }],
    },
    Hint {
        id: "stack-exists",
        summary: "a stack of that name exists and was not made by jumpstart-vpc for this environment",
        meaning: "Stacks are found by their marks, never by their names alone. What has no mark is somebody else's.",
        cure: "choose another environment with --name",
        next: &[
            "aws cloudformation describe-stacks --stack-name {stack} --region {region} --query 'Stacks[].[StackStatus,Tags]'",
        ],
        page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stack.html",
        when: &[When {
            codes: &["AlreadyExistsException"],
            texts: &[],
        }],
    },
    Hint {
        id: "role-has-policies",
        summary: "policies were attached by hand to a role of the stack, and IAM deletes none that has any",
        meaning: "People add S3 or ECR policies to the execution role in the console; some accounts do it by themselves to every role.",
        cure: "take them off, or say --detach-policies",
        next: &[
            "jumpstart-vpc down --name {environment} --detach-policies",
            "aws iam list-attached-role-policies --role-name {role}",
            "aws iam detach-role-policy --role-name {role} --policy-arn {policy-arn}",
            "aws iam delete-role-policy --role-name {role} --policy-name {policy-name}",
        ],
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html",
        when: &[
            When {
                codes: &["DeleteConflict"],
                texts: &[],
            },
            When {
                codes: &[],
                texts: &["must detach all policies first"],
            },
            When {
                codes: &[],
                texts: &["must delete policies first"],
            },
        ],
    },
    Hint {
        id: "studio-in-use",
        summary: "something in Studio is still there: apps before spaces, spaces before profiles, profiles before the domain",
        meaning: "SageMaker deletes nothing that has something in it. Apps take up to twenty minutes to go.",
        cure: "when that is gone, run the same command again",
        next: &[
            "jumpstart-vpc down --name {environment}",
            "aws sagemaker list-apps --domain-id-equals {domain} --region {region} --query \"Apps[?Status!='Deleted'].[AppName,AppType,SpaceName,Status]\" --output text",
        ],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-delete-domain.html",
        when: &[
            When {
                codes: &["ResourceInUse"],
                texts: &[],
            },
            When {
                codes: &["handler:ResourceConflict"],
                texts: &[],
            },
            When {
                codes: &[],
                texts: &["associated with it"],
            },
        ],
    },
    Hint {
        id: "bucket-not-empty",
        summary: "a bucket of the stack is not empty, and nobody empties it for you",
        meaning: "CloudFormation deletes no bucket with something in it, and what is in a bucket is somebody's data: the tool never touches it. Versions and delete markers count as well.",
        cure: "empty it, or put DeletionPolicy: Retain on it, and run the same command again",
        next: &[
            "jumpstart-vpc events --name {environment}",
            "aws s3 rm s3://{bucket} --recursive",
        ],
        page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/empty-bucket.html",
        when: &[
            When {
                codes: &["BucketNotEmpty"],
                texts: &[],
            },
            When {
                codes: &[],
                texts: &["bucket you tried to delete is not empty"],
            },
        ],
    },
    Hint {
        id: "endpoint-in-progress",
        summary: "the inference endpoint is being made or changed, and cannot be deleted meanwhile",
        meaning: "A container that crashes keeps its endpoint in Creating for about 24 minutes, a missing model for an hour. Only that branch waits; everything else goes.",
        cure: "run the same command again later",
        next: &[
            "aws sagemaker list-endpoints --status-equals Creating --region {region} --query 'Endpoints[].[EndpointName,CreationTime]' --output text",
        ],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-delete-resources.html",
        when: &[When {
            codes: &["ValidationException"],
            texts: &["Cannot update in-progress"],
        }],
    },
    Hint {
        id: "endpoint-held",
        summary: "the inference endpoint still has inference components or a monitoring schedule",
        meaning: "Both hold their endpoint. They are deleted first when they are ours.",
        cure: "",
        next: &[
            "aws sagemaker list-inference-components --region {region} --query 'InferenceComponents[].[InferenceComponentName,EndpointName]' --output text",
            "aws sagemaker list-monitoring-schedules --region {region} --query 'MonitoringScheduleSummaries[].[MonitoringScheduleName,EndpointName]' --output text",
        ],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-delete-resources.html",
        when: &[
            When {
                codes: &["ValidationException"],
                texts: &["nference component"],
            },
            When {
                codes: &["ValidationException"],
                texts: &["onitoring schedule"],
            },
        ],
    },
    Hint {
        id: "classic-app",
        summary: "apps of Studio Classic can no longer be created",
        meaning: "JupyterServer and KernelGateway apps belong to Studio Classic, which takes no new ones. People work in spaces now; take the app out of the template.",
        cure: "remove AWS::SageMaker::App from the template; people open JupyterLab in a space of their own",
        next: &["jumpstart-vpc plan up --name {environment}"],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-migrate.html",
        when: &[When {
            codes: &[],
            texts: &["Studio Classic"],
        }],
    },
    Hint {
        id: "jumpstart-unreachable",
        summary: "a JumpStart model's files in S3 cannot be reached",
        meaning: "Models lie in jumpstart-cache-prod-REGION. A network ACL that allows the VPC's own addresses alone shuts out the S3 gateway, whose answers come from public addresses; an endpoint policy may leave the bucket out.",
        cure: "",
        next: &[
            "aws s3 ls s3://jumpstart-cache-prod-{region}/ --region {region}",
            "aws ec2 describe-network-acls --region {region} --query 'NetworkAcls[].Entries'",
        ],
        page: "https://docs.aws.amazon.com/sagemaker/latest/dg/jumpstart-deploy.html",
        when: &[
            When {
                codes: &["ValidationException"],
                texts: &["jumpstart-cache-"],
            },
            When {
                codes: &["ValidationException"],
                texts: &["jumpstart-private-cache-"],
            },
            When {
                codes: &["ValidationException"],
                texts: &["Could not access model data"],
            },
        ],
    },
    Hint {
        id: "volume-replicated",
        summary: "the volume is part of a replication",
        meaning: "Whoever set the replication up decides about the data in it; the tool does not end it.",
        cure: "end the replication and run the same command again",
        next: &[
            "aws efs delete-replication-configuration --source-file-system-id {volume} --region {region}",
        ],
        page: "https://docs.aws.amazon.com/efs/latest/ug/delete-replications.html",
        when: &[
            When {
                codes: &["ReplicationAlreadyExists"],
                texts: &[],
            },
            When {
                codes: &[],
                texts: &["replication configuration"],
            },
        ],
    },
    Hint {
        id: "volume-in-use",
        summary: "the volume still has mount targets",
        meaning: "EFS deletes a volume after its last mount target, which takes half a minute. A mount target in another VPC is somebody else's.",
        cure: "run the same command again",
        next: &[
            "aws efs describe-mount-targets --file-system-id {volume} --region {region} --query 'MountTargets[].[MountTargetId,VpcId,LifeCycleState]' --output text",
        ],
        page: "https://docs.aws.amazon.com/efs/latest/ug/delete-efs-fs.html",
        when: &[When {
            codes: &[
                "FileSystemInUse",
                "IncorrectMountTargetState",
                "DependencyTimeout",
                "IncorrectFileSystemLifeCycleState",
            ],
            texts: &[],
        }],
    },
    Hint {
        id: "key-unusable",
        summary: "the key that encrypts this cannot be used",
        meaning: "A key that is disabled or pending deletion makes everything unreadable that it encrypts, at once.",
        cure: "",
        next: &[
            "aws kms describe-key --key-id {key} --region {region} --query KeyMetadata.KeyState",
            "aws kms cancel-key-deletion --key-id {key} --region {region}",
        ],
        page: "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
        when: &[
            When {
                codes: &[
                    "KMSInvalidStateException",
                    "DisabledException",
                    "KMSAccessDeniedException",
                ],
                texts: &[],
            },
            When {
                codes: &[],
                texts: &["KMSInvalidStateException"],
            },
            When {
                codes: &[],
                texts: &["is pending deletion"],
            },
        ],
    },
];
