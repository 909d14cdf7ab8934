//! What ours wrote to CloudWatch Logs: the groups of our endpoints and of their components, and our streams in groups that
//! others write to as well (operators' notes, item 6).

use std::cell::RefCell;
use std::collections::BTreeMap;

use environment::assemble::log_group_of_endpoint;
use environment::evidence::Verdict;
use environment::facts::{InferenceComponent, JobKind, Log};
use environment::{Intent, Kind, assemble};

use super::Inventory;
use crate::aws::{CallError, Class};

const STUDIO: &str = "/aws/sagemaker/studio";

/// Whose logs are looked for, with the ARN that they are of: an endpoint or a job goes before what it wrote.
#[derive(Default)]
pub(super) struct Cache {
    /// Endpoints and their components, by the group that each has for itself.
    groups: RefCell<BTreeMap<String, String>>,
    jobs: RefCell<BTreeMap<(String, String), String>>,
}

impl Inventory {
    pub(super) async fn read_logs(&self) -> Result<Vec<Log>, CallError> {
        self.note_writers();
        let mut logs = Vec::new();
        let groups = self.logs.groups.borrow().clone();
        for (group, arn) in groups {
            let found = self.aws.log_groups(&group).await?;
            let own = found.into_iter().filter(|found| found.name == group);
            logs.extend(own.map(|found| Log {
                group: found.name,
                stream: None,
                size_bytes: found.size_bytes,
                of: arn.clone(),
            }));
        }
        for arn in self.domain_arns() {
            let id = arn.rsplit('/').next().unwrap_or_default();
            logs.extend(self.streams(STUDIO, &format!("{id}/"), &arn).await?);
        }
        let jobs = self.logs.jobs.borrow().clone();
        for ((group, job), arn) in jobs {
            logs.extend(self.streams(&group, &format!("{job}/"), &arn).await?);
        }
        Ok(logs)
    }

    async fn streams(&self, group: &str, prefix: &str, of: &str) -> Result<Vec<Log>, CallError> {
        match self.aws.log_streams(group, prefix).await {
            Ok(found) => Ok(found
                .into_iter()
                .map(|found| Log {
                    group: group.to_owned(),
                    stream: Some(found.name),
                    size_bytes: found.size_bytes,
                    of: of.to_owned(),
                })
                .collect()),
            Err(error) if error.class == Class::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Remembers the endpoints and jobs that are ours now.
    fn note_writers(&self) {
        let facts = self.facts();
        let world = assemble(&facts, &Intent::default());
        let is_ours = |kind: Kind, name: &str| {
            let found = world.get(&environment::ResourceId::new(kind, name));
            found.is_some_and(|found| found.verdict() == Verdict::Ours)
        };
        let endpoints = facts.endpoints.items().iter();
        for endpoint in endpoints.filter(|it| is_ours(Kind::Endpoint, &it.name)) {
            let components = endpoint.components.iter();
            let groups = components
                .map(InferenceComponent::log_group)
                .chain([log_group_of_endpoint(&endpoint.name)]);
            let groups = groups.map(|group| (group, endpoint.arn.clone()));
            self.logs.groups.borrow_mut().extend(groups);
        }
        let mut noted = self.logs.jobs.borrow_mut();
        for job in facts.jobs.items() {
            let (kind, group) = match job.kind {
                JobKind::Training => (Kind::TrainingJob, "/aws/sagemaker/TrainingJobs"),
                JobKind::Processing => (Kind::ProcessingJob, "/aws/sagemaker/ProcessingJobs"),
                JobKind::Transform => (Kind::TransformJob, "/aws/sagemaker/TransformJobs"),
                // Its training jobs write.
                JobKind::Tuning => continue,
            };
            if is_ours(kind, &job.name) || is_ours(Kind::WarmPool, &job.name) {
                noted.insert((group.to_owned(), job.name.clone()), job.arn.clone());
            }
        }
    }
}
