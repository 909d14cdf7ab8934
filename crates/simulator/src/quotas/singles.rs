//! Quotas that there is one of.

/// A quota that there is one of.
pub(crate) struct Single {
    pub(crate) service: &'static str,
    /// None: nobody has written it down, and it is drawn from the name.
    pub(crate) code: Option<&'static str>,
    pub(crate) name: &'static str,
    /// What a scenario may call it.
    pub(crate) short: &'static str,
    pub(crate) default: usize,
}

/// Codes: section F of the operators' notes, and item 29. The defaults are the simulator's own: they vary by account.
pub(crate) const SINGLES: &[Single] = &[
    Single {
        service: "sagemaker",
        code: Some("L-B683BCB0"),
        name: TOTAL_DOMAINS,
        short: "domains",
        default: 20,
    },
    Single {
        service: "sagemaker",
        code: Some("L-AC46C40F"),
        name: USER_PROFILES,
        short: "user-profiles",
        default: 1000,
    },
    Single {
        service: "sagemaker",
        code: None,
        name: SPACES,
        short: "spaces",
        default: 1000,
    },
    // Of networks, volumes and roles: sections 6.2 and 8.
    Single {
        service: "vpc",
        code: Some("L-F678F1CE"),
        name: VPCS,
        short: "vpcs",
        default: 5,
    },
    Single {
        service: "vpc",
        code: Some("L-407747CB"),
        name: SUBNETS,
        short: "subnets",
        default: 200,
    },
    Single {
        service: "vpc",
        code: Some("L-589F43AA"),
        name: ROUTE_TABLES,
        short: "route-tables",
        default: 200,
    },
    Single {
        service: "vpc",
        code: Some("L-93826ACB"),
        name: ROUTES,
        short: "routes",
        default: 50,
    },
    Single {
        service: "vpc",
        code: Some("L-B4A6D682"),
        name: NETWORK_ACLS,
        short: "network-acls",
        default: 200,
    },
    Single {
        service: "vpc",
        code: Some("L-2AEEBF1A"),
        name: ACL_RULES,
        short: "network-acl-rules",
        default: 20,
    },
    Single {
        service: "vpc",
        code: Some("L-E79EC296"),
        name: GROUPS,
        short: "security-groups",
        default: 2500,
    },
    Single {
        service: "vpc",
        code: Some("L-0EA8095F"),
        name: GROUP_RULES,
        short: "security-group-rules",
        default: 60,
    },
    Single {
        service: "vpc",
        code: Some("L-2AFB9258"),
        name: INTERFACE_GROUPS,
        short: "interface-security-groups",
        default: 5,
    },
    Single {
        service: "vpc",
        code: Some("L-DF5E4CA3"),
        name: INTERFACES,
        short: "network-interfaces",
        default: 5000,
    },
    Single {
        service: "vpc",
        code: Some("L-29B6F2EB"),
        name: INTERFACE_ENDPOINTS,
        short: "interface-endpoints",
        default: 50,
    },
    Single {
        service: "vpc",
        code: Some("L-1B52E74A"),
        name: GATEWAY_ENDPOINTS,
        short: "gateway-endpoints",
        default: 20,
    },
    Single {
        service: "vpc",
        code: Some("L-A4707A72"),
        name: INTERNET_GATEWAYS,
        short: "internet-gateways",
        default: 5,
    },
    Single {
        service: "vpc",
        code: Some("L-FE5A380F"),
        name: NAT_GATEWAYS,
        short: "nat-gateways",
        default: 5,
    },
    // Site-to-Site VPN User Guide, "Quotas".
    Single {
        service: "ec2",
        code: Some("L-7029FAB6"),
        name: VPN_GATEWAYS,
        short: "vpn-gateways",
        default: 5,
    },
    Single {
        service: "elasticfilesystem",
        code: Some("L-848C634D"),
        name: FILE_SYSTEMS,
        short: "file-systems",
        default: 1000,
    },
    // The user guide says 10,000 since 2024; it was 1,000, and 120 before.
    Single {
        service: "elasticfilesystem",
        code: None,
        name: ACCESS_POINTS,
        short: "access-points",
        default: 10_000,
    },
    Single {
        service: "iam",
        code: Some("L-FE177D64"),
        name: ROLES,
        short: "roles",
        default: 1000,
    },
    Single {
        service: "iam",
        code: Some("L-0DA4ABF3"),
        name: ROLE_POLICIES,
        short: "role-policies",
        default: 10,
    },
    Single {
        service: "iam",
        code: Some("L-E95E4862"),
        name: POLICIES,
        short: "policies",
        default: 1500,
    },
    Single {
        service: "iam",
        code: Some("L-6E65F664"),
        name: INSTANCE_PROFILES,
        short: "instance-profiles",
        default: 1000,
    },
    Single {
        service: "cloudformation",
        code: Some("L-0485CB21"),
        name: STACKS,
        short: "stacks",
        default: 2_000,
    },
];

/// Stacks that are not deleted, those under review too (section 3.6).
pub const STACKS: &str = "Stack count";
/// Domains of the account in the region, Failed ones too.
pub const TOTAL_DOMAINS: &str = "Total domains";
/// Profiles over all domains of the account in the region.
pub const USER_PROFILES: &str = "Maximum number of Studio user profiles allowed per account";
/// Spaces over all domains of the account in the region.
pub const SPACES: &str = "Maximum number of Studio spaces allowed per account";
/// VPCs of a region, the default one included.
pub const VPCS: &str = "VPCs per Region";
/// Subnets of a VPC.
pub const SUBNETS: &str = "Subnets per VPC";
/// Route tables of a VPC, the main one included.
pub const ROUTE_TABLES: &str = "Route tables per VPC";
/// Routes of a route table, the local one included.
pub const ROUTES: &str = "Routes per route table";
/// Network ACLs of a VPC, the default one included.
pub const NETWORK_ACLS: &str = "Network ACLs per VPC";
/// Entries of one direction of a network ACL, the default denial included.
pub const ACL_RULES: &str = "Rules per network ACL";
/// Security groups of a region.
pub const GROUPS: &str = "VPC security groups per Region";
/// Rules of one direction of a security group.
pub const GROUP_RULES: &str = "Inbound or outbound rules per security group";
/// Security groups of a network interface.
pub const INTERFACE_GROUPS: &str = "Security groups per network interface";
/// Network interfaces of a region.
pub const INTERFACES: &str = "Network interfaces per Region";
/// Interface endpoints of a VPC.
pub const INTERFACE_ENDPOINTS: &str = "Interface VPC endpoints per VPC";
/// Gateway endpoints of a region.
pub const GATEWAY_ENDPOINTS: &str = "Gateway VPC endpoints per Region";
/// Internet gateways of a region.
pub const INTERNET_GATEWAYS: &str = "Internet gateways per Region";
/// NAT gateways of a zone.
pub const NAT_GATEWAYS: &str = "NAT gateways per Availability Zone";
/// VPN gateways of a region.
pub const VPN_GATEWAYS: &str = "Virtual private gateways per region";
/// Volumes of a region.
pub const FILE_SYSTEMS: &str = "File systems per account";
/// Access points of a volume.
pub const ACCESS_POINTS: &str = "Access points per file system";
/// Roles of the account, those of services included.
pub const ROLES: &str = "Roles per account";
/// Managed policies of a role.
pub const ROLE_POLICIES: &str = "Managed policies per role";
/// Managed policies of the account.
pub const POLICIES: &str = "Customer managed policies per account";
/// Instance profiles of the account.
pub const INSTANCE_PROFILES: &str = "Instance profiles per account";
