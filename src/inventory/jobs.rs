//! Jobs at work, pipelines and notebook instances. Their lists tell neither role nor network. Training and tuning jobs are
//! described by Search. It does not know AutoML jobs, and between two of their training jobs no interface tells of them
//! either: each that is at work is described, once. The others are described only where the tag index names them, or where
//! an interface of SageMaker in our network is there to be explained; of notebook instances those as well that our stacks
//! have.

use std::cell::RefCell;
use std::collections::BTreeMap;

use environment::facts::{Job, JobKind, Notebook, Pipeline};
use environment::{Facts, Kind};

use super::Inventory;
use super::stacks::present;
use crate::aws::jobs::ListedJob;
use crate::aws::{CallError, Class};

/// How the description of a notebook instance's interface ends: with its ARN (section 2.2).
const OF_NOTEBOOK: &str = "SageMaker Notebook Instance ";

/// Jobs by ARN: what they run with does not change.
#[derive(Default)]
pub(super) struct Cache {
    jobs: RefCell<BTreeMap<String, Job>>,
}

impl Inventory {
    pub(super) async fn read_jobs(&self) -> Result<Vec<Job>, CallError> {
        let mut jobs = Vec::new();
        for kind in [
            JobKind::Training,
            JobKind::Tuning,
            JobKind::AutoMl,
            JobKind::Processing,
            JobKind::Transform,
        ] {
            let listed = self.aws.jobs_at_work(kind).await?;
            let unknown = |job: &ListedJob| !self.jobs.jobs.borrow().contains_key(&job.arn);
            if listed.iter().any(unknown) {
                let found = self.aws.searched_jobs(kind).await?;
                let keyed = found.into_iter().map(|job| (job.arn.clone(), job));
                self.jobs.jobs.borrow_mut().extend(keyed);
            }
            for job in listed {
                jobs.extend(self.job(job).await?);
            }
        }
        Ok(jobs)
    }

    /// A job as it was described before or is described now; none where nothing asks for it.
    async fn job(&self, listed: ListedJob) -> Result<Option<Job>, CallError> {
        let known = self.jobs.jobs.borrow().get(&listed.arn).cloned();
        let job = match known {
            Some(job) => job,
            None if !self.has_to_be_described(&listed) => return Ok(None),
            None => match self.aws.job(&listed).await {
                Ok(job) => {
                    let mut jobs = self.jobs.jobs.borrow_mut();
                    jobs.insert(listed.arn.clone(), job.clone());
                    job
                }
                Err(error) if error.class == Class::NotFound => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        Ok(Some(Job {
            status: listed.status,
            is_warm_pool: listed.is_warm_pool,
            ..job
        }))
    }

    fn has_to_be_described(&self, job: &ListedJob) -> bool {
        let facts = self.facts();
        let tagged = facts
            .tagged
            .items()
            .iter()
            .any(|tagged| tagged.arn == job.arn);
        let told_by_nothing_else = job.kind == JobKind::AutoMl;
        let searched = matches!(job.kind, JobKind::Training | JobKind::Tuning);
        let models = job.kind == JobKind::Transform && !facts.models.items().is_empty();
        let interfaces = facts.network_interfaces.items().iter();
        let mut of_sagemaker = interfaces.filter(|found| found.is_of_sagemaker());
        tagged || told_by_nothing_else || searched || models || of_sagemaker.next().is_some()
    }

    pub(super) async fn read_pipelines(&self) -> Result<Vec<Pipeline>, CallError> {
        let mut pipelines = Vec::new();
        for listed in self.aws.listed_pipelines().await? {
            let (arn, created) = (&listed.arn, listed.created);
            let may_be_ours = {
                let facts = self.facts();
                let role = listed.role.as_deref();
                let of_role = role.is_some_and(|role| facts.is_our_role(role));
                of_role || facts.tags_of(arn, created).is_some()
            };
            if !may_be_ours || !self.learn_tags(arn, created).await? {
                continue;
            }
            let tags = self.facts().tags_of(arn, created).cloned();
            let executions = match self.aws.pipeline_executions(&listed.name).await {
                Ok(executions) => executions,
                Err(error) if error.class == Class::NotFound => continue,
                Err(error) => return Err(error),
            };
            pipelines.push(Pipeline {
                name: listed.name,
                arn: listed.arn,
                role: listed.role,
                tags: tags.unwrap_or_default(),
                executions,
            });
        }
        Ok(pipelines)
    }

    pub(super) async fn read_notebooks(&self) -> Result<Vec<Notebook>, CallError> {
        let mut notebooks = Vec::new();
        for (name, status) in self.aws.listed_notebooks().await? {
            if !may_be_ours(&self.facts(), &name) {
                continue;
            }
            match self.aws.notebook(&name).await {
                Ok(notebook) => notebooks.push(Notebook { status, ..notebook }),
                Err(error) if error.class == Class::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(notebooks)
    }
}

/// Whether one of our stacks has a notebook instance, or the tag index or an interface in our network names it.
fn may_be_ours(facts: &Facts, name: &str) -> bool {
    // ARNs have the name in small letters.
    let is_it = |found: &str| found.eq_ignore_ascii_case(name);
    let stacks = facts.marked().iter();
    let mut members = stacks.flat_map(|stack| present(stack, Kind::Notebook.type_name()));
    let interfaces = facts.network_interfaces.items().iter();
    let mut named = interfaces.filter_map(|found| {
        let (_, arn) = found.description.split_once(OF_NOTEBOOK)?;
        arn.rsplit('/').next()
    });
    members.any(|id| id.rsplit('/').next().is_some_and(is_it))
        || facts.tagged_names("notebook-instance").any(is_it)
        || named.any(is_it)
}

#[cfg(test)]
mod tests {
    use environment::Reading;
    use environment::facts::{Member, Stack, Stacks};

    use super::*;

    #[test]
    fn a_notebook_instance_of_a_stack_is_looked_at_wherever_it_is() {
        let arn = "arn:aws:sagemaker:us-east-1:111122223333:notebook-instance/workbench";
        for (id, is_looked_at) in [(arn, true), ("Workbench", true), ("other", false)] {
            let member = Member {
                kind: Kind::Notebook.type_name().to_owned(),
                id: id.to_owned(),
                ..Member::default()
            };
            let stack = Stack {
                members: vec![member],
                ..Stack::default()
            };
            let facts = Facts {
                stacks: Reading::Known(Stacks {
                    marked: vec![stack],
                    ..Stacks::default()
                }),
                ..Facts::default()
            };
            assert_eq!(may_be_ours(&facts, "Workbench"), is_looked_at, "{id}");
        }
    }
}
