//! What ours wrote to CloudWatch Logs: the groups of our endpoints and of their components, and our streams in groups that
//! others write to as well (operators' notes, item 6). Of an endpoint that is gone nothing leads to its group but the mark
//! that a teardown writes on it before.

use std::cell::RefCell;
use std::collections::BTreeMap;

use environment::assemble::log_group_of_endpoint;
use environment::evidence::Verdict;
use environment::facts::{Endpoint, InferenceComponent, JobKind, Log, Tagged};
use environment::{Intent, Kind, ResourceId, assemble, mark};
use jiff::Timestamp;

use super::Inventory;
use crate::aws::{CallError, Class};

const STUDIO: &str = "/aws/sagemaker/studio";
/// How groups begin that an endpoint or an inference component has for itself.
const OWN: [&str; 2] = [
    "/aws/sagemaker/Endpoints/",
    "/aws/sagemaker/InferenceComponents/",
];
/// How soon after an endpoint was told to go another one of its name may write, at the least, in milliseconds: its own has to
/// be gone before, and then takes minutes to come into service (section 4).
const SOONEST: i64 = 60_000;

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
                size_bytes: found.size_bytes,
                of: arn.clone(),
                ..Log::default()
            }));
        }
        for marked in self.marked_groups().await? {
            logs.extend(self.marked_group(&marked).await?);
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
                    ..Log::default()
                })
                .collect()),
            Err(error) if error.class == Class::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// What bears our mark as a log group, whose writer this run may have never seen: another one told it to go.
    async fn marked_groups(&self) -> Result<Vec<Tagged>, CallError> {
        let environment = self.facts().environment.clone();
        let wanted = (mark::ENVIRONMENT, environment.as_str());
        match self.aws.tagged_log_groups(wanted, mark::ENDED).await {
            Err(error) if matches!(error.class, Class::Denied | Class::Other) => {
                self.go_on_without("the marks on log groups", &error);
                Ok(Vec::new())
            }
            found => found,
        }
    }

    /// A group that bears our mark and that nothing else tells of. The mark goes with its group: one of the same name that
    /// somebody makes anew does not bear it.
    async fn marked_group(&self, marked: &Tagged) -> Result<Option<Log>, CallError> {
        let Some(name) = own_group(&marked.arn).filter(|name| !self.is_led_to(name)) else {
            return Ok(None);
        };
        let found = self.aws.log_groups(name).await?;
        // The index shows for a while what is gone.
        let Some(found) = found.into_iter().find(|found| found.name == name) else {
            return Ok(None);
        };
        let is_written_since = self.has_writer(name) || self.has_been_written_to(marked).await?;
        Ok(Some(Log {
            group: found.name,
            size_bytes: found.size_bytes,
            of: format!("{}={}", mark::ENVIRONMENT, self.facts().environment),
            owner: marked.tags.get(mark::OWNER).cloned(),
            is_written_since,
            ..Log::default()
        }))
    }

    /// Whether more than a mark leads to a group: an endpoint of ours that was seen in this run, or a stack.
    fn is_led_to(&self, group: &str) -> bool {
        self.logs.groups.borrow().contains_key(group) || self.facts().stack_of(group).is_some()
    }

    /// Whether there is an endpoint that a group is of, or a component.
    fn has_writer(&self, group: &str) -> bool {
        let facts = self.facts();
        let endpoints = facts.endpoints.items().iter();
        let mut written = endpoints.flat_map(groups_of);
        written.any(|written| written == group)
    }

    /// Whether another endpoint of the name may have written to a group since it was marked: each instance has a stream of its
    /// own. A mark that cannot be read tells nothing of that.
    async fn has_been_written_to(&self, marked: &Tagged) -> Result<bool, CallError> {
        let ended = marked.tags.get(mark::ENDED);
        let ended = ended.and_then(|ended| ended.parse::<Timestamp>().ok());
        let (Some(ended), Some(name)) = (ended, own_group(&marked.arn)) else {
            return Ok(true);
        };
        match self.aws.newest_log_stream(name).await {
            Ok(newest) => Ok(newest.is_some_and(|made| made > ended.as_millisecond() + SOONEST)),
            Err(error) if error.class == Class::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The log group that an endpoint or an inference component of ours has for itself. It is looked for from now on.
    pub fn log_group_of(&self, writer: &ResourceId) -> Option<String> {
        let (group, arn) = {
            let facts = self.facts();
            let mut endpoints = facts.endpoints.items().iter();
            if writer.kind == Kind::Endpoint {
                let endpoint = endpoints.find(|it| it.name == writer.id)?;
                (log_group_of_endpoint(&endpoint.name), endpoint.arn.clone())
            } else {
                endpoints.find_map(|endpoint| {
                    let mut components = endpoint.components.iter();
                    let component = components.find(|it| it.name == writer.id)?;
                    Some((component.log_group(), endpoint.arn.clone()))
                })?
            }
        };
        self.logs.groups.borrow_mut().insert(group.clone(), arn);
        Some(group)
    }

    /// Remembers the endpoints, their components and the jobs that are ours now: somebody may have put a component of his own
    /// on an endpoint of ours.
    fn note_writers(&self) {
        let facts = self.facts();
        let world = assemble(&facts, &Intent::default());
        let is_ours = |kind: Kind, name: &str| {
            let found = world.get(&ResourceId::new(kind, name));
            found.is_some_and(|found| found.verdict() == Verdict::Ours)
        };
        let endpoints = facts.endpoints.items().iter();
        for endpoint in endpoints.filter(|it| is_ours(Kind::Endpoint, &it.name)) {
            let components = endpoint.components.iter();
            let ours = components.filter(|it| is_ours(Kind::InferenceComponent, &it.name));
            let groups = ours
                .map(InferenceComponent::log_group)
                .chain([log_group_of_endpoint(&endpoint.name)]);
            let noted = groups.map(|group| (group, endpoint.arn.clone()));
            self.logs.groups.borrow_mut().extend(noted);
        }
        let mut noted = self.logs.jobs.borrow_mut();
        for job in facts.jobs.items() {
            let (kind, group) = match job.kind {
                JobKind::Training => (Kind::TrainingJob, "/aws/sagemaker/TrainingJobs"),
                JobKind::Processing => (Kind::ProcessingJob, "/aws/sagemaker/ProcessingJobs"),
                JobKind::Transform => (Kind::TransformJob, "/aws/sagemaker/TransformJobs"),
                // Their training jobs write.
                JobKind::Tuning | JobKind::AutoMl => continue,
            };
            if is_ours(kind, &job.name) || is_ours(Kind::WarmPool, &job.name) {
                noted.insert((group.to_owned(), job.name.clone()), job.arn.clone());
            }
        }
    }
}

/// The groups that an endpoint and its components have for themselves.
fn groups_of(endpoint: &Endpoint) -> impl Iterator<Item = String> {
    let components = endpoint.components.iter();
    components
        .map(InferenceComponent::log_group)
        .chain([log_group_of_endpoint(&endpoint.name)])
}

/// The name in the ARN of a group that an endpoint or a component has for itself. Some services write `:*` at the end of it.
fn own_group(arn: &str) -> Option<&str> {
    let (_, name) = arn.split_once(":log-group:")?;
    let name = name.strip_suffix(":*").unwrap_or(name);
    let is_own = OWN.iter().any(|folder| name.starts_with(folder));
    is_own.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_groups_of_endpoints_and_components_are_taken_by_their_mark() {
        let arn = |name: &str| format!("arn:aws:logs:us-east-1:111122223333:log-group:{name}");
        for name in [
            "/aws/sagemaker/Endpoints/llm",
            "/aws/sagemaker/InferenceComponents/one",
        ] {
            assert_eq!(own_group(&arn(name)), Some(name));
            assert_eq!(own_group(&arn(&format!("{name}:*"))), Some(name));
        }
        for other in [STUDIO, "/team/lab", "/aws/sagemaker/Endpoints"] {
            assert_eq!(own_group(&arn(other)), None, "{other}");
        }
    }
}
