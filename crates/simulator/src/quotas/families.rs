//! Quotas that there is one of for each instance type.

use crate::instance_types;

/// A quota that there is one of for each instance type.
pub(crate) struct PerInstance {
    pub(crate) service: &'static str,
    before: &'static str,
    after: &'static str,
    pub(crate) types: &'static [&'static str],
    /// New accounts have few instances (section 8).
    pub(crate) default: usize,
    /// And none at all of those with an accelerator, until somebody asks for them.
    pub(crate) accelerated: usize,
}

const fn studio(before: &'static str) -> PerInstance {
    PerInstance {
        service: "sagemaker",
        before,
        after: " instances",
        types: instance_types::STUDIO,
        default: 100,
        accelerated: 0,
    }
}

const fn job(after: &'static str, types: &'static [&'static str]) -> PerInstance {
    PerInstance {
        service: "sagemaker",
        before: "",
        after,
        types,
        default: 20,
        accelerated: 0,
    }
}

pub(crate) const FAMILIES: &[PerInstance] = &[
    studio("Studio JupyterLab Apps running on "),
    studio("Studio CodeEditor Apps running on "),
    studio("Studio Canvas Apps running on "),
    studio("Studio TensorBoard Apps running on "),
    studio("RStudio Server Pro Apps running on "),
    studio("RSession Gateway Apps running on "),
    job(" for endpoint usage", instance_types::ENDPOINT),
    job(" for training job usage", instance_types::TRAINING),
    // Nobody has warm pools who has not asked for them.
    PerInstance {
        default: 0,
        ..job(" for training warm pool usage", instance_types::TRAINING)
    },
    job(" for processing job usage", instance_types::PROCESSING),
    job(" for transform job usage", instance_types::TRANSFORM),
    job(" for notebook instance usage", instance_types::NOTEBOOK),
];

impl PerInstance {
    pub(crate) fn name(&self, instance: &str) -> String {
        format!("{}{instance}{}", self.before, self.after)
    }

    pub(crate) fn default_of(&self, instance: &str) -> usize {
        if is_accelerated(instance) {
            self.accelerated
        } else {
            self.default
        }
    }

    /// The instance type in the name of one of these quotas.
    pub(crate) fn instance<'a>(&self, name: &'a str) -> Option<&'a str> {
        let instance = name.strip_prefix(self.before)?.strip_suffix(self.after)?;
        self.types.contains(&instance).then_some(instance)
    }
}

fn is_accelerated(instance: &str) -> bool {
    ["ml.p", "ml.g", "ml.trn", "ml.inf", "ml.dl"]
        .iter()
        .any(|kind| instance.starts_with(kind))
}

/// `Studio JupyterLab Apps running on ml.t3.medium instances`.
pub fn studio_apps(app_type: &str, instance: &str) -> String {
    let kind = match app_type {
        "RStudioServerPro" => "RStudio Server Pro".to_owned(),
        "RSessionGateway" => "RSession Gateway".to_owned(),
        other => format!("Studio {other}"),
    };
    format!("{kind} Apps running on {instance} instances")
}

/// What instances are used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    Endpoint,
    Training,
    WarmPool,
    Processing,
    Transform,
    Notebook,
}

/// `ml.m4.xlarge for endpoint usage`.
pub fn usage(instance: &str, usage: Usage) -> String {
    let words = match usage {
        Usage::Endpoint => "endpoint",
        Usage::Training => "training job",
        Usage::WarmPool => "training warm pool",
        Usage::Processing => "processing job",
        Usage::Transform => "transform job",
        Usage::Notebook => "notebook instance",
    };
    format!("{instance} for {words} usage")
}
