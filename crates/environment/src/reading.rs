//! Lists that are known to their last page, or not known at all.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One list that can be looked at; several pages, sometimes several calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Facet {
    /// The environment's stacks, their members, exports and importers.
    Stacks,
    Domains,
    UserProfiles,
    Spaces,
    Apps,
    Models,
    EndpointConfigs,
    Endpoints,
    FileSystems,
    MountTargets,
    SecurityGroups,
    NetworkInterfaces,
    /// What the tag index knows to be made in domains of ours.
    Tagged,
    MonitoringSchedules,
    ScalableTargets,
    /// Jobs that are at work, and warm pools.
    Jobs,
    Pipelines,
    Notebooks,
    /// What else is in our VPCs: subnets, route tables, gateways, endpoints.
    NetworkParts,
    /// Policies on roles of ours.
    RolePolicies,
    Logs,
}

impl Facet {
    /// Every list, in the order in which the first look needs them: later ones need ids out of earlier ones.
    pub const ALL: [Facet; 21] = [
        Facet::Stacks,
        Facet::Domains,
        Facet::UserProfiles,
        Facet::Spaces,
        Facet::Apps,
        Facet::Models,
        Facet::Endpoints,
        Facet::EndpointConfigs,
        Facet::FileSystems,
        Facet::MountTargets,
        Facet::SecurityGroups,
        Facet::NetworkInterfaces,
        Facet::Tagged,
        Facet::MonitoringSchedules,
        Facet::ScalableTargets,
        Facet::Jobs,
        Facet::Pipelines,
        Facet::Notebooks,
        Facet::NetworkParts,
        Facet::RolePolicies,
        Facet::Logs,
    ];

    /// Whether a run goes on without it where it may not be read: what it tells has no part in whether something of ours
    /// exists (operators' notes, item 44). Without the scalable targets SageMaker deregisters those of endpoints, and those
    /// of inference components scale nothing and cost nothing; without the policies IAM refuses a role that has more than
    /// its stack gave it.
    pub fn is_advisory(self) -> bool {
        matches!(
            self,
            Facet::ScalableTargets | Facet::RolePolicies | Facet::Logs
        )
    }

    /// The lists whose ids this one is read with.
    pub fn needs_ids_of(self) -> &'static [Facet] {
        match self {
            Facet::Stacks
            | Facet::Models
            | Facet::Endpoints
            | Facet::FileSystems
            | Facet::ScalableTargets => &[],
            Facet::Domains | Facet::Tagged | Facet::NetworkParts | Facet::RolePolicies => {
                &[Facet::Stacks]
            }
            Facet::UserProfiles | Facet::Spaces | Facet::Apps => &[Facet::Stacks, Facet::Domains],
            Facet::EndpointConfigs => &[
                Facet::Stacks,
                Facet::Models,
                Facet::Endpoints,
                Facet::Tagged,
                Facet::NetworkInterfaces,
                Facet::Jobs,
            ],
            Facet::Jobs | Facet::Notebooks => {
                &[Facet::Stacks, Facet::Tagged, Facet::NetworkInterfaces]
            }
            Facet::Pipelines => &[Facet::Stacks, Facet::Tagged],
            Facet::MonitoringSchedules => &[
                Facet::Stacks,
                Facet::Tagged,
                Facet::Endpoints,
                Facet::EndpointConfigs,
            ],
            Facet::Logs => &[Facet::Stacks, Facet::Endpoints, Facet::EndpointConfigs],
            Facet::MountTargets => &[Facet::Stacks, Facet::Domains, Facet::FileSystems],
            Facet::SecurityGroups => &[Facet::Stacks, Facet::FileSystems],
            Facet::NetworkInterfaces => &[Facet::Stacks, Facet::SecurityGroups],
        }
    }
}

impl fmt::Display for Facet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Facet::Stacks => "stacks",
            Facet::Domains => "domains",
            Facet::UserProfiles => "user profiles",
            Facet::Spaces => "spaces",
            Facet::Apps => "apps",
            Facet::Models => "models",
            Facet::EndpointConfigs => "endpoint configs",
            Facet::Endpoints => "inference endpoints",
            Facet::FileSystems => "file systems",
            Facet::MountTargets => "mount targets",
            Facet::SecurityGroups => "security groups",
            Facet::NetworkInterfaces => "network interfaces",
            Facet::Tagged => "tagged resources",
            Facet::MonitoringSchedules => "monitoring schedules",
            Facet::ScalableTargets => "scalable targets",
            Facet::Jobs => "jobs",
            Facet::Pipelines => "pipelines",
            Facet::Notebooks => "notebook instances",
            Facet::NetworkParts => "parts of the network",
            Facet::RolePolicies => "policies of roles",
            Facet::Logs => "logs",
        })
    }
}

/// Why a list could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadError {
    /// As IAM names it: `sagemaker:ListApps`.
    pub action: String,
    /// The service's code, or a word of ours where no answer came.
    pub code: String,
    pub message: String,
    pub request_id: Option<String>,
    pub cause: Cause,
}

/// What kind of reason it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Throttled or unreachable: asking again may help.
    Transient,
    /// The credentials have expired: the same command may go on with new ones.
    Expired,
    /// Denied or anything else that asking again does not change.
    Lasting,
}

impl ReadError {
    /// Whether asking again may help.
    pub fn is_transient(&self) -> bool {
        self.cause == Cause::Transient
    }
}

/// A list: known to its last page, or unknown with the reason. Never half.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Reading<T> {
    Known(T),
    Unknown(ReadError),
    /// Nobody has looked yet.
    #[default]
    Unread,
}

impl<T> Reading<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Reading::Known(list) => Some(list),
            Reading::Unknown(_) | Reading::Unread => None,
        }
    }

    /// The items of a known list, none of an unknown one. Only where unknown lists are told apart elsewhere.
    pub fn items<I>(&self) -> &[I]
    where
        T: AsRef<[I]>,
    {
        self.known().map_or(&[], AsRef::as_ref)
    }

    pub fn error(&self) -> Option<&ReadError> {
        match self {
            Reading::Unknown(error) => Some(error),
            Reading::Known(_) | Reading::Unread => None,
        }
    }
}
