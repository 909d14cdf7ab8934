//! Training, processing and transform jobs, as far as they hold network interfaces (sections 1.6 and 2.2 of the notes on
//! AWS's behaviour, operators' notes, item 39). They end by themselves, and their records stay for ever.

pub(super) mod automl;
pub(super) mod calls;
mod children;
mod kind;
mod quota;
mod shapes;
pub(super) mod tuning;
pub(super) mod warm;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::Entity;
use super::life::{self, Step, Subject};
use super::network::{self, Network, VpcConfig};
use super::record::{Record, Status};
use super::refusals::{check_name, check_role, in_use, not_found, validation};
use super::shape::Reading;
use super::{models, pipelines, settings, state};
use crate::error::ServiceError;
use crate::index::Document;
use crate::logs;
use crate::row::{Row, Scope};
use crate::table::Table;
use crate::time::SimTime;
use crate::world::{Place, World};

pub(super) use kind::Kind;
use warm::Pool;

/// What started a job and wants to know of its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Parent {
    /// A tuning job, by its name.
    Tuning(String),
    /// An AutoML job, by its name.
    AutoMl(String),
    /// An execution of a pipeline, by its ARN.
    Execution(String),
}

/// A job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) record: Record,
    pub(super) kind: Kind,
    pub(super) name: String,
    /// The members that it was made from, tags apart.
    input: Value,
    interface_ids: Vec<String>,
    pub(super) parent: Option<Parent>,
    ended: Option<SimTime>,
    /// Of a training job with a keep-alive period.
    pool: Option<Pool>,
    /// Why it is going to fail.
    problem: Option<String>,
}

impl Job {
    /// All of it, as Describe shows it.
    fn show(&self) -> Value {
        let mut shown = self.input.clone();
        let word = self.kind.word();
        let mut put = |name: String, value: Value| {
            if !value.is_null() {
                shown[name] = value;
            }
        };
        put(format!("{word}JobArn"), json!(self.record.arn));
        put(format!("{word}JobStatus"), json!(self.record.status));
        let [(created, at), (modified, last)] = self.record.times();
        put(format!("{word}StartTime"), at.clone());
        put(created.to_owned(), at);
        let ended = self.ended.map(SimTime::epoch_seconds);
        put(format!("{word}EndTime"), json!(ended));
        let (failure, reason) = self.record.failure();
        put(failure.to_owned(), reason);
        if self.kind != Kind::Transform {
            put(modified.to_owned(), last);
        }
        if self.kind == Kind::Training {
            let path = self.input["OutputDataConfig"]["S3OutputPath"].as_str();
            let path = path.unwrap_or_default().trim_end_matches('/');
            let artifacts = format!("{path}/{}/output/model.tar.gz", self.name);
            let artifacts = json!({"S3ModelArtifacts": artifacts});
            put("ModelArtifacts".to_owned(), artifacts);
            put("SecondaryStatus".to_owned(), json!(self.secondary()));
            let pool = self.pool.as_ref().map(Pool::show);
            put("WarmPoolStatus".to_owned(), json!(pool));
        }
        shown
    }

    fn summary(&self) -> Value {
        let shown = self.show();
        let mut summary = json!({});
        for name in self.kind.summary_members() {
            if let Some(value) = shown.get(&name) {
                summary[name] = value.clone();
            }
        }
        summary
    }

    /// `SecondaryStatus` of a training job.
    fn secondary(&self) -> &'static str {
        if self.record.status == Status::InProgress {
            "Training"
        } else {
            self.record.status.word()
        }
    }

    fn keep_alive(&self) -> u64 {
        let period = &self.input["ResourceConfig"]["KeepAlivePeriodInSeconds"];
        period.as_u64().unwrap_or_default()
    }

    /// It works, or keeps its instances for the next one.
    fn costs(&self) -> bool {
        let kept = self.pool.as_ref().is_some_and(Pool::is_available);
        self.record.status.busy() || kept
    }
}

impl Document for Job {
    fn document(&self) -> Value {
        match self.kind {
            Kind::Training => json!({"TrainingJob": self.show()}),
            Kind::Processing | Kind::Transform => Value::Null,
        }
    }
}

impl Entity for Job {
    fn record(&self) -> &Record {
        &self.record
    }

    /// A record of what has ended cannot be deleted, and costs nothing.
    fn row(&self) -> Row {
        let parent = self.parent.as_ref().map(|parent| match parent {
            Parent::Tuning(name) | Parent::AutoMl(name) => name.clone(),
            Parent::Execution(arn) => arn.clone(),
        });
        let row = self
            .record
            .row(self.kind.row_kind(), self.name.clone(), parent);
        let scope = if self.costs() {
            Scope::Environment
        } else {
            Scope::Account
        };
        Row { scope, ..row }
    }
}

/// The jobs of a kind in a region.
pub(super) fn all<'a>(world: &'a mut World, place: &Place, kind: Kind) -> &'a mut Table<Job> {
    let state = state(world, place);
    match kind {
        Kind::Training => &mut state.training_jobs,
        Kind::Processing => &mut state.processing_jobs,
        Kind::Transform => &mut state.transform_jobs,
    }
}

/// The job, or `ResourceNotFound`; for a training job that is a text and not a code (aws/aws-sdk#165).
pub(super) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    kind: Kind,
    name: &str,
) -> Result<&'a mut Job, ServiceError> {
    let text = "Requested resource not found.";
    let found = all(world, place, kind).get_mut(name);
    found.ok_or_else(|| match kind {
        Kind::Training => validation(text),
        Kind::Processing | Kind::Transform => not_found(text),
    })
}

/// Checks the members that a job is made from, without a look at the world.
pub(super) fn check(kind: Kind, input: &Value) -> Result<Value, ServiceError> {
    let read = kind.shape().read("", input, Reading::Strict);
    let read = read.map_err(validation)?;
    let member = kind.name_member();
    check_name(&member, settings::text(&read, &member).unwrap_or_default())?;
    Ok(read)
}

/// Starts a job and returns its ARN.
pub(super) fn create(
    world: &mut World,
    place: &Place,
    kind: Kind,
    input: &Value,
    tags: BTreeMap<String, String>,
    parent: Option<Parent>,
) -> Result<String, ServiceError> {
    let input = check(kind, input)?;
    let name = settings::text(&input, &kind.name_member())
        .unwrap_or_default()
        .to_owned();
    let arn = kind.arn(place, &name);
    if all(world, place, kind).contains_key(&name) {
        let word = kind.word();
        return Err(in_use(format!(
            "{word} job names must be unique within an AWS account and region, and a {} job with this name already \
             exists ({arn})",
            word.to_lowercase()
        )));
    }
    let networks = networks(world, place, kind, &input)?;
    let mut job = Job {
        record: Record::new(arn.clone(), tags, Status::InProgress, world.now()),
        kind,
        name: name.clone(),
        input,
        interface_ids: Vec::new(),
        parent,
        ended: None,
        pool: None,
        problem: None,
    };
    if let Some(kept) = warm::begin(world, place, &mut job) {
        job.interface_ids = kept;
    } else {
        quota::check(world, place, kind, &job.input)?;
        let description = format!(
            "[DO NOT DELETE] ENI managed by SageMaker for {} job - {}",
            kind.word().to_lowercase(),
            crate::draw::hex(world.seed(), &["job interface", &arn], 32)
        );
        let (taken, problem) = network::take(world, place, &name, &description, &networks);
        (job.interface_ids, job.problem) = (taken, problem);
    }
    all(world, place, kind).insert(name.clone(), job);
    let group = format!("/aws/sagemaker/{}Jobs", kind.word());
    let started = world.now().0 / 1000;
    logs::wrote(world, place, &group, &format!("{name}/algo-1-{started}"));
    life::begin(world, place, Subject::Job(kind, name), Step::Creation);
    Ok(arn)
}

/// The network of a job: its own, or that of the model that it transforms with.
fn networks(
    world: &mut World,
    place: &Place,
    kind: Kind,
    input: &Value,
) -> Result<Vec<Network>, ServiceError> {
    let own_role = settings::text(input, "RoleArn");
    if let Some(role) = own_role {
        check_role(world, &place.account, role)?;
    }
    let (config, role) = match kind {
        Kind::Training => (VpcConfig::of(input)?, own_role.map(str::to_owned)),
        Kind::Processing => {
            let network = &input["NetworkConfig"];
            (VpcConfig::of(network)?, own_role.map(str::to_owned))
        }
        Kind::Transform => {
            let name = settings::text(input, "ModelName").unwrap_or_default();
            let model = models::used(world, place, name)?;
            (model.vpc_config, model.execution_role)
        }
    };
    if let Some(config) = &config {
        config.check(world, place)?;
    }
    let network = config.map(|config| Network { config, role });
    Ok(network.into_iter().collect())
}

/// Begins to stop a job that is at work.
pub(super) fn stop(
    world: &mut World,
    place: &Place,
    kind: Kind,
    name: &str,
) -> Result<(), ServiceError> {
    let now = world.now();
    let job = find(world, place, kind, name)?;
    if job.record.status != Status::InProgress {
        return Err(validation(format!(
            "The request was rejected because the {} job is in status {}.",
            kind.word().to_lowercase(),
            job.record.status.word()
        )));
    }
    job.record.turn(Status::Stopping, None, now);
    let subject = Subject::Job(kind, name.to_owned());
    life::begin(world, place, subject, Step::Stop);
    Ok(())
}

/// A step has ended. The end of the work itself comes too late for a job that was stopped.
pub(super) fn ended(
    world: &mut World,
    place: &Place,
    kind: Kind,
    name: &str,
    step: Step,
    failure: Option<String>,
) {
    let now = world.now();
    let Ok(job) = find(world, place, kind, name) else {
        return;
    };
    let failure = failure.or_else(|| job.problem.take());
    let status = match (step, job.record.status) {
        (Step::Creation, Status::InProgress) if failure.is_none() => Status::Completed,
        (Step::Stop, Status::Stopping) if failure.is_none() => Status::Stopped,
        (Step::Creation, Status::InProgress) | (Step::Stop, Status::Stopping) => Status::Failed,
        _ => return,
    };
    job.record.turn(status, failure, now);
    job.ended = Some(now);
    let parent = job.parent.clone();
    warm::finish(world, place, kind, name);
    match parent {
        Some(Parent::Tuning(tuning)) => {
            children::one_ended::<tuning::TuningJob>(world, place, &tuning);
        }
        Some(Parent::AutoMl(automl)) => {
            children::one_ended::<automl::AutoMlJob>(world, place, &automl);
        }
        Some(Parent::Execution(arn)) => pipelines::executions::job_ended(world, place, &arn),
        None => {}
    }
}

#[cfg(test)]
mod tests;
