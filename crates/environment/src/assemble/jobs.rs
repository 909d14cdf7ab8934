//! Jobs at work, the warm pools that they leave, and the pipelines that start them (operators' notes, item 39).

use smol_str::SmolStr;

use super::workload::{Uses, evidence, held_at_work, role_evidence};
use super::{domain_evidence, join_stack};
use crate::evidence::{Evidence, Verdict, verdict};
use crate::facts::{Facts, Job, JobKind, Model, Pipeline};
use crate::resource::{Goes, Kind, Resource, ResourceId, Status, Verb};

pub(super) fn resources(facts: &Facts) -> Vec<Resource> {
    let mut jobs: Vec<Resource> = facts
        .jobs
        .items()
        .iter()
        .filter_map(|found| job(facts, found))
        .collect();
    jobs.extend(
        facts
            .pipelines
            .items()
            .iter()
            .flat_map(|found| pipeline(facts, found)),
    );
    let starters = jobs.clone();
    for job in &mut jobs {
        start_no_more(job, &starters);
    }
    jobs
}

/// What starts other jobs goes before them. Autopilot tunes, processes and transforms besides (botocore 1.43.11,
/// `AutoMLJobCompletionCriteria` and `AutoMLCandidateStep`).
fn start_no_more(starter: &mut Resource, jobs: &[Resource]) {
    let started: &[Kind] = if starter.id.kind == Kind::PipelineExecution {
        &[
            Kind::AutoMlJob,
            Kind::TuningJob,
            Kind::TrainingJob,
            Kind::ProcessingJob,
            Kind::TransformJob,
        ]
    } else if starter.id.kind == Kind::AutoMlJob {
        &[
            Kind::TuningJob,
            Kind::TrainingJob,
            Kind::ProcessingJob,
            Kind::TransformJob,
        ]
    } else if starter.id.kind == Kind::TuningJob {
        &[Kind::TrainingJob]
    } else {
        &[]
    };
    if starter.verdict() != Verdict::Ours {
        return;
    }
    let ours = jobs
        .iter()
        .filter(|job| started.contains(&job.id.kind) && job.verdict() == Verdict::Ours);
    starter.holds.extend(ours.map(|job| job.id.clone()));
}

fn kind(job: &Job) -> Kind {
    match job.kind {
        _ if job.is_warm_pool => Kind::WarmPool,
        JobKind::Training => Kind::TrainingJob,
        JobKind::Tuning => Kind::TuningJob,
        JobKind::AutoMl => Kind::AutoMlJob,
        JobKind::Processing => Kind::ProcessingJob,
        JobKind::Transform => Kind::TransformJob,
    }
}

/// Everything that a job runs with: a tuning job may have several definitions.
fn uses_of(found: &Job) -> Vec<Uses<'_>> {
    let first = Uses {
        role: found.role.as_deref(),
        subnets: &found.subnets,
        groups: &found.groups,
    };
    let others = found.others.iter().map(|other| Uses {
        role: other.role.as_deref(),
        subnets: &other.subnets,
        groups: &other.groups,
    });
    std::iter::once(first).chain(others).collect()
}

fn job(facts: &Facts, found: &Job) -> Option<Resource> {
    let users = uses_of(found);
    let of_each = users.iter().map(|uses| evidence(facts, &found.tags, *uses));
    let of_each: Vec<Vec<Evidence>> = of_each.collect();
    let model = model_of_ours(facts, found);
    let is_near = of_each.iter().any(|evidence| !evidence.is_empty());
    if !is_near && model.is_none() {
        return None;
    }
    // One definition in our network holds it; the job is ours to stop only if all of them are.
    let weakest = of_each.into_iter().max_by_key(|it| verdict(it));
    let mut evidence = weakest.unwrap_or_default();
    evidence.extend(model.and_then(|model| of_our_model(facts, model)));
    let mut job = Resource::new(kind(found), &found.name);
    job.owner = found.role.as_ref().map(SmolStr::from);
    job.status = match found.status.as_str() {
        "Stopping" => Status::Leaving(found.status.clone()),
        _ => Status::Ready,
    };
    job.goes = Goes::By(Verb::Stop);
    job.holds = users
        .iter()
        .flat_map(|uses| held_at_work(facts, *uses, &evidence))
        .collect();
    let models = found.model.iter();
    job.holds
        .extend(models.map(|model| ResourceId::new(Kind::Model, model)));
    if verdict(&evidence) == Verdict::Ours {
        let logs = facts.logs.items().iter();
        let logs = logs.filter(|log| log.of == found.arn);
        job.holds
            .extend(logs.map(|log| ResourceId::new(Kind::LogStream, super::logs::stream_id(log))));
    }
    job.evidence = evidence;
    Some(job)
}

/// The model of ours that a job runs: whoever else's the job is, it holds the model.
fn model_of_ours<'a>(facts: &'a Facts, job: &Job) -> Option<&'a Model> {
    let name = job.model.as_ref()?;
    let models = super::inference::our_models(facts).into_iter();
    let mut ours = models.filter(|model| super::inference::is_ours(facts, model));
    ours.find(|model| model.name == *name)
}

/// A transform job has no role of its own: it is ours where its model runs with a role of ours. That somebody runs a model
/// that was made in our domain proves nothing.
fn of_our_model(facts: &Facts, model: &Model) -> Option<Evidence> {
    role_evidence(facts, model.role.as_ref())?;
    Some(Evidence::NamedBy(model.arn.as_str().into()))
}

fn pipeline(facts: &Facts, found: &Pipeline) -> Vec<Resource> {
    let mut evidence = domain_evidence(facts, &found.tags);
    evidence.extend(role_evidence(facts, found.role.as_ref()));
    if evidence.is_empty() {
        return Vec::new();
    }
    let uses = Uses {
        role: found.role.as_deref(),
        subnets: &[],
        groups: &[],
    };
    let holds = held_at_work(facts, uses, &evidence);
    let mut pipeline = Resource::new(Kind::Pipeline, &found.name);
    pipeline.owner = found.role.as_ref().map(SmolStr::from);
    pipeline.evidence.clone_from(&evidence);
    pipeline.holds.clone_from(&holds);
    join_stack(facts, &mut pipeline, &[&found.name, &found.arn]);
    let executions = found.executions.iter().map(|(arn, status)| {
        let mut execution = Resource::new(Kind::PipelineExecution, arn);
        execution.evidence = if verdict(&evidence) == Verdict::Ours {
            vec![Evidence::NamedBy(found.arn.as_str().into())]
        } else {
            evidence.clone()
        };
        execution.goes = Goes::By(Verb::Stop);
        execution.status = if status == "Stopping" {
            Status::Leaving(status.clone())
        } else {
            Status::Ready
        };
        execution.holds.clone_from(&holds);
        execution.holds.push(pipeline.id.clone());
        execution
    });
    let executions: Vec<Resource> = executions.collect();
    std::iter::once(pipeline).chain(executions).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::facts_of;
    use crate::facts::{Definition, Member, Stack};
    use crate::reading::Reading;

    fn definition(role: &str, subnet: &str) -> Definition {
        Definition {
            role: Some(format!("arn:aws:iam::111122223333:role/{role}")),
            subnets: vec![subnet.to_owned()],
            groups: Vec::new(),
        }
    }

    /// How a tuning job of these definitions counts, and whether it holds our stack; nothing where it does not count.
    fn counted(definitions: [Definition; 2]) -> Option<(Verdict, bool)> {
        let member = |kind: &str, id: &str| Member {
            kind: kind.to_owned(),
            id: id.to_owned(),
            ..Member::default()
        };
        let stack = Stack {
            arn: "network".into(),
            members: vec![
                member("AWS::IAM::Role", "ours"),
                member("AWS::EC2::Subnet", "subnet-ours"),
            ],
            ..Stack::default()
        };
        let [first, second] = definitions;
        let job = Job {
            kind: JobKind::Tuning,
            name: "tune".to_owned(),
            role: first.role,
            subnets: first.subnets,
            groups: first.groups,
            others: vec![second],
            ..Job::default()
        };
        let facts = Facts {
            jobs: Reading::Known(vec![job]),
            ..facts_of(stack)
        };
        let found = resources(&facts).pop()?;
        let stack = ResourceId::new(Kind::Stack, "network");
        Some((found.verdict(), found.holds.contains(&stack)))
    }

    #[test]
    fn a_tuning_job_is_ours_only_by_all_its_definitions_and_holds_by_any() {
        let ours = || definition("ours", "subnet-ours");
        let located = || definition("theirs", "subnet-ours");
        let elsewhere = || definition("theirs", "subnet-theirs");
        for (definitions, expected) in [
            ([ours(), ours()], Some((Verdict::Ours, true))),
            ([ours(), located()], Some((Verdict::Located, true))),
            ([located(), ours()], Some((Verdict::Located, true))),
            ([ours(), elsewhere()], Some((Verdict::Foreign, true))),
            ([elsewhere(), located()], Some((Verdict::Foreign, true))),
            ([elsewhere(), elsewhere()], None),
        ] {
            let told = format!("{definitions:?}");
            assert_eq!(counted(definitions), expected, "{told}");
        }
    }
}
