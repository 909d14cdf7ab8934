//! SageMaker: jobs at work, warm pools, pipelines, notebook instances.

use aws_sdk_sagemaker::types::{
    AutoMlJobStatus, Filter, HyperParameterTrainingJobDefinition, HyperParameterTuningJobStatus,
    Operator, ProcessingJobStatus, ResourceType, SearchExpression, TrainingJobStatus,
    TransformJobStatus, WarmPoolResourceStatus,
};
use environment::facts::{Definition, Job, JobKind, Notebook};

use super::inference::{network, seconds};
use super::sagemaker::{PAGE, SERVICE, accepted, tags};
use super::{Aws, CallError};

/// A job as its list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedJob {
    pub kind: JobKind,
    pub name: String,
    pub arn: String,
    pub status: String,
    pub is_warm_pool: bool,
}

/// A pipeline as its list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPipeline {
    pub name: String,
    pub arn: String,
    /// In seconds since the epoch, on SageMaker's clock.
    pub created: i64,
    pub role: Option<String>,
}

/// Lists one kind of jobs in one status.
macro_rules! jobs_in {
    ($self:ident, $operation:literal, $call:ident, $status:expr, $summaries:ident,
     $kind:expr, $name:ident, $arn:ident, $told:ident) => {{
        let found = $self
            .pages(
                SERVICE,
                $operation,
                |token| {
                    $self
                        .sagemaker()
                        .$call()
                        .status_equals($status)
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.$summaries.unwrap_or_default(), page.next_token),
            )
            .await?;
        found.into_iter().map(|job| ListedJob {
            kind: $kind,
            name: job.$name.unwrap_or_default(),
            arn: job.$arn.unwrap_or_default(),
            status: job
                .$told
                .map(|status| status.as_str().to_owned())
                .unwrap_or_default(),
            is_warm_pool: false,
        })
    }};
}

/// Records of jobs that are in progress or stopping: the index of Search keeps every job there ever was.
fn at_work(property: &str) -> SearchExpression {
    let is = |status: &str| {
        Filter::builder()
            .name(property)
            .operator(Operator::Equals)
            .value(status)
            .build()
    };
    SearchExpression::builder()
        .filters(is("InProgress"))
        .filters(is("Stopping"))
        .operator(aws_sdk_sagemaker::types::BooleanOperator::Or)
        .build()
}

/// What a tuning job runs with: it has one definition, or several.
fn defined(
    one: Option<HyperParameterTrainingJobDefinition>,
    several: Option<Vec<HyperParameterTrainingJobDefinition>>,
) -> Job {
    let all = one.into_iter().chain(several.into_iter().flatten());
    let mut all = all.map(|found| {
        let (subnets, groups) = network(found.vpc_config);
        Definition {
            role: found.role_arn,
            subnets,
            groups,
        }
    });
    let first = all.next().unwrap_or_default();
    Job {
        role: first.role,
        subnets: first.subnets,
        groups: first.groups,
        others: all.collect(),
        ..Job::default()
    }
}

impl Aws {
    /// Every job of the account and region that is at work, of one kind; of training also the warm pools.
    ///
    /// # Errors
    /// As any call.
    pub async fn jobs_at_work(&self, kind: JobKind) -> Result<Vec<ListedJob>, CallError> {
        let mut jobs = Vec::new();
        match kind {
            JobKind::Training => {
                for status in [TrainingJobStatus::InProgress, TrainingJobStatus::Stopping] {
                    jobs.extend(jobs_in!(
                        self,
                        "ListTrainingJobs",
                        list_training_jobs,
                        status.clone(),
                        training_job_summaries,
                        kind,
                        training_job_name,
                        training_job_arn,
                        training_job_status
                    ));
                }
                jobs.extend(self.warm_pools().await?);
            }
            JobKind::Tuning => {
                use HyperParameterTuningJobStatus::{InProgress, Stopping};
                for status in [InProgress, Stopping] {
                    jobs.extend(jobs_in!(
                        self,
                        "ListHyperParameterTuningJobs",
                        list_hyper_parameter_tuning_jobs,
                        status.clone(),
                        hyper_parameter_tuning_job_summaries,
                        kind,
                        hyper_parameter_tuning_job_name,
                        hyper_parameter_tuning_job_arn,
                        hyper_parameter_tuning_job_status
                    ));
                }
            }
            JobKind::AutoMl => {
                for status in [AutoMlJobStatus::InProgress, AutoMlJobStatus::Stopping] {
                    jobs.extend(jobs_in!(
                        self,
                        "ListAutoMLJobs",
                        list_auto_ml_jobs,
                        status.clone(),
                        auto_ml_job_summaries,
                        kind,
                        auto_ml_job_name,
                        auto_ml_job_arn,
                        auto_ml_job_status
                    ));
                }
            }
            JobKind::Processing => {
                for status in [
                    ProcessingJobStatus::InProgress,
                    ProcessingJobStatus::Stopping,
                ] {
                    jobs.extend(jobs_in!(
                        self,
                        "ListProcessingJobs",
                        list_processing_jobs,
                        status.clone(),
                        processing_job_summaries,
                        kind,
                        processing_job_name,
                        processing_job_arn,
                        processing_job_status
                    ));
                }
            }
            JobKind::Transform => {
                for status in [TransformJobStatus::InProgress, TransformJobStatus::Stopping] {
                    jobs.extend(jobs_in!(
                        self,
                        "ListTransformJobs",
                        list_transform_jobs,
                        status.clone(),
                        transform_job_summaries,
                        kind,
                        transform_job_name,
                        transform_job_arn,
                        transform_job_status
                    ));
                }
            }
        }
        Ok(jobs)
    }

    /// Instances that finished training jobs keep warm.
    async fn warm_pools(&self) -> Result<Vec<ListedJob>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListTrainingJobs",
                |token| {
                    self.sagemaker()
                        .list_training_jobs()
                        .warm_pool_status_equals(WarmPoolResourceStatus::Available)
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| {
                    let found = page.training_job_summaries.unwrap_or_default();
                    (found, page.next_token)
                },
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|job| ListedJob {
                kind: JobKind::Training,
                name: job.training_job_name.unwrap_or_default(),
                arn: job.training_job_arn.unwrap_or_default(),
                status: "Available".to_owned(),
                is_warm_pool: true,
            })
            .collect())
    }

    /// Training and tuning jobs at work with role, network and tags, as Search shows them.
    ///
    /// # Errors
    /// As any call.
    pub async fn searched_jobs(&self, kind: JobKind) -> Result<Vec<Job>, CallError> {
        match kind {
            JobKind::Training => self.searched_training_jobs().await,
            JobKind::Tuning => self.searched_tuning_jobs().await,
            // Search does not know them.
            JobKind::AutoMl | JobKind::Processing | JobKind::Transform => Ok(Vec::new()),
        }
    }

    async fn searched_training_jobs(&self) -> Result<Vec<Job>, CallError> {
        let records = self
            .search(
                ResourceType::TrainingJob,
                Some(at_work("TrainingJobStatus")),
            )
            .await?;
        let found = records.into_iter().filter_map(|record| record.training_job);
        Ok(found
            .map(|job| {
                let (subnets, groups) = network(job.vpc_config);
                Job {
                    kind: JobKind::Training,
                    name: job.training_job_name.unwrap_or_default(),
                    arn: job.training_job_arn.unwrap_or_default(),
                    role: job.role_arn,
                    subnets,
                    groups,
                    tags: tags(job.tags),
                    ..Job::default()
                }
            })
            .collect())
    }

    async fn searched_tuning_jobs(&self) -> Result<Vec<Job>, CallError> {
        let property = "HyperParameterTuningJobStatus";
        let records = self
            .search(
                ResourceType::HyperParameterTuningJob,
                Some(at_work(property)),
            )
            .await?;
        let found = records
            .into_iter()
            .filter_map(|record| record.hyper_parameter_tuning_job);
        Ok(found
            .map(|job| {
                let (one, several) = (job.training_job_definition, job.training_job_definitions);
                Job {
                    kind: JobKind::Tuning,
                    name: job.hyper_parameter_tuning_job_name.unwrap_or_default(),
                    arn: job.hyper_parameter_tuning_job_arn.unwrap_or_default(),
                    tags: tags(job.tags),
                    ..defined(one, several)
                }
            })
            .collect())
    }

    /// One job with role, network and tags.
    ///
    /// # Errors
    /// As any call; `NotFound` when it is gone.
    pub async fn job(&self, listed: &ListedJob) -> Result<Job, CallError> {
        let described = match listed.kind {
            JobKind::Training => self.training_job(&listed.name).await?,
            JobKind::Tuning => self.tuning_job(&listed.name).await?,
            JobKind::AutoMl => self.auto_ml_job(&listed.name).await?,
            JobKind::Processing => self.processing_job(&listed.name).await?,
            JobKind::Transform => self.transform_job(&listed.name).await?,
        };
        Ok(Job {
            kind: listed.kind,
            name: listed.name.clone(),
            arn: listed.arn.clone(),
            tags: self.resource_tags(&listed.arn).await?,
            ..described
        })
    }

    async fn training_job(&self, name: &str) -> Result<Job, CallError> {
        let request = self.sagemaker().describe_training_job();
        let request = request.training_job_name(name).send();
        let answer = self.call(SERVICE, "DescribeTrainingJob", request).await?;
        let (subnets, groups) = network(answer.vpc_config);
        Ok(Job {
            role: answer.role_arn,
            subnets,
            groups,
            ..Job::default()
        })
    }

    async fn tuning_job(&self, name: &str) -> Result<Job, CallError> {
        let request = self.sagemaker().describe_hyper_parameter_tuning_job();
        let request = request.hyper_parameter_tuning_job_name(name).send();
        let answer = self
            .call(SERVICE, "DescribeHyperParameterTuningJob", request)
            .await?;
        let (one, several) = (
            answer.training_job_definition,
            answer.training_job_definitions,
        );
        Ok(defined(one, several))
    }

    /// Whichever of the two versions it was created by (botocore 1.43.11).
    async fn auto_ml_job(&self, name: &str) -> Result<Job, CallError> {
        let request = self.sagemaker().describe_auto_ml_job_v2();
        let request = request.auto_ml_job_name(name).send();
        let answer = self.call(SERVICE, "DescribeAutoMLJobV2", request).await?;
        let config = answer.security_config.and_then(|config| config.vpc_config);
        let (subnets, groups) = network(config);
        Ok(Job {
            role: answer.role_arn,
            subnets,
            groups,
            ..Job::default()
        })
    }

    async fn processing_job(&self, name: &str) -> Result<Job, CallError> {
        let request = self.sagemaker().describe_processing_job();
        let request = request.processing_job_name(name).send();
        let answer = self.call(SERVICE, "DescribeProcessingJob", request).await?;
        let config = answer.network_config.and_then(|config| config.vpc_config);
        let (subnets, groups) = network(config);
        Ok(Job {
            role: answer.role_arn,
            subnets,
            groups,
            ..Job::default()
        })
    }

    async fn transform_job(&self, name: &str) -> Result<Job, CallError> {
        let request = self.sagemaker().describe_transform_job();
        let request = request.transform_job_name(name).send();
        let answer = self.call(SERVICE, "DescribeTransformJob", request).await?;
        Ok(Job {
            model: answer.model_name,
            ..Job::default()
        })
    }

    /// Asks a job to stop.
    ///
    /// # Errors
    /// As any call.
    pub async fn stop_job(&self, kind: JobKind, name: &str) -> Result<(), CallError> {
        let client = self.sagemaker();
        match kind {
            JobKind::Training => {
                let request = client.stop_training_job().training_job_name(name).send();
                accepted(self.call(SERVICE, "StopTrainingJob", request).await)
            }
            JobKind::Tuning => {
                let request = client.stop_hyper_parameter_tuning_job();
                let request = request.hyper_parameter_tuning_job_name(name).send();
                accepted(
                    self.call(SERVICE, "StopHyperParameterTuningJob", request)
                        .await,
                )
            }
            JobKind::AutoMl => {
                let request = client.stop_auto_ml_job().auto_ml_job_name(name).send();
                accepted(self.call(SERVICE, "StopAutoMLJob", request).await)
            }
            JobKind::Processing => {
                let request = client.stop_processing_job();
                let request = request.processing_job_name(name).send();
                accepted(self.call(SERVICE, "StopProcessingJob", request).await)
            }
            JobKind::Transform => {
                let request = client.stop_transform_job().transform_job_name(name).send();
                accepted(self.call(SERVICE, "StopTransformJob", request).await)
            }
        }
    }

    /// Lets the instances go that a finished training job keeps warm.
    ///
    /// # Errors
    /// As any call.
    pub async fn end_warm_pool(&self, job: &str) -> Result<(), CallError> {
        let none = aws_sdk_sagemaker::types::ResourceConfigForUpdate::builder()
            .keep_alive_period_in_seconds(0)
            .build();
        let request = self
            .sagemaker()
            .update_training_job()
            .training_job_name(job)
            .resource_config(none)
            .send();
        accepted(self.call(SERVICE, "UpdateTrainingJob", request).await)
    }

    /// The pipelines of the account and region.
    ///
    /// # Errors
    /// As any call.
    pub async fn listed_pipelines(&self) -> Result<Vec<ListedPipeline>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListPipelines",
                |token| {
                    self.sagemaker()
                        .list_pipelines()
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.pipeline_summaries.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|pipeline| ListedPipeline {
                name: pipeline.pipeline_name.unwrap_or_default(),
                arn: pipeline.pipeline_arn.unwrap_or_default(),
                created: seconds(pipeline.creation_time),
                role: pipeline.role_arn,
            })
            .collect())
    }

    /// The executions of a pipeline that are at work, with their statuses.
    ///
    /// # Errors
    /// As any call.
    pub async fn pipeline_executions(
        &self,
        pipeline: &str,
    ) -> Result<Vec<(String, String)>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListPipelineExecutions",
                |token| {
                    self.sagemaker()
                        .list_pipeline_executions()
                        .pipeline_name(pipeline)
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| {
                    let found = page.pipeline_execution_summaries.unwrap_or_default();
                    (found, page.next_token)
                },
            )
            .await?;
        let executions = found.into_iter().map(|execution| {
            let status = execution.pipeline_execution_status;
            (
                execution.pipeline_execution_arn.unwrap_or_default(),
                status.map(|status| status.as_str().to_owned()),
            )
        });
        Ok(executions
            .map(|(arn, status)| (arn, status.unwrap_or_default()))
            .filter(|(_, status)| matches!(status.as_str(), "Executing" | "Stopping"))
            .collect())
    }

    /// Asks an execution of a pipeline to stop.
    ///
    /// # Errors
    /// As any call.
    pub async fn stop_pipeline_execution(&self, arn: &str, token: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .stop_pipeline_execution()
            .pipeline_execution_arn(arn)
            .client_request_token(token)
            .send();
        accepted(self.call(SERVICE, "StopPipelineExecution", request).await)
    }

    /// # Errors
    /// As any call.
    pub async fn delete_pipeline(&self, name: &str, token: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .delete_pipeline()
            .pipeline_name(name)
            .client_request_token(token)
            .send();
        accepted(self.call(SERVICE, "DeletePipeline", request).await)
    }

    /// Names of the notebook instances of the account and region, with their statuses.
    ///
    /// # Errors
    /// As any call.
    pub async fn listed_notebooks(&self) -> Result<Vec<(String, String)>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListNotebookInstances",
                |token| {
                    self.sagemaker()
                        .list_notebook_instances()
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.notebook_instances.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|notebook| {
                let status = notebook.notebook_instance_status;
                (
                    notebook.notebook_instance_name.unwrap_or_default(),
                    status
                        .map(|status| status.as_str().to_owned())
                        .unwrap_or_default(),
                )
            })
            .collect())
    }

    /// One notebook instance with role, network, volume and tags.
    ///
    /// # Errors
    /// As any call; `NotFound` when it is gone.
    pub async fn notebook(&self, name: &str) -> Result<Notebook, CallError> {
        let request = self
            .sagemaker()
            .describe_notebook_instance()
            .notebook_instance_name(name)
            .send();
        let answer = self
            .call(SERVICE, "DescribeNotebookInstance", request)
            .await?;
        let arn = answer.notebook_instance_arn.unwrap_or_default();
        Ok(Notebook {
            name: name.to_owned(),
            status: answer
                .notebook_instance_status
                .map(|status| status.as_str().to_owned())
                .unwrap_or_default(),
            role: answer.role_arn,
            subnet: answer.subnet_id,
            groups: answer.security_groups.unwrap_or_default(),
            tags: self.resource_tags(&arn).await?,
            size_gib: answer
                .volume_size_in_gb
                .and_then(|size| u64::try_from(size).ok()),
            changed: answer.last_modified_time.map(|time| time.secs()),
            arn,
        })
    }

    /// # Errors
    /// As any call.
    pub async fn stop_notebook(&self, name: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .stop_notebook_instance()
            .notebook_instance_name(name)
            .send();
        accepted(self.call(SERVICE, "StopNotebookInstance", request).await)
    }

    /// # Errors
    /// As any call.
    pub async fn delete_notebook(&self, name: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .delete_notebook_instance()
            .notebook_instance_name(name)
            .send();
        accepted(self.call(SERVICE, "DeleteNotebookInstance", request).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_definition_of_a_tuning_job_counts() {
        let definition = |role: &str| {
            let builder = HyperParameterTrainingJobDefinition::builder();
            builder.role_arn(role).build()
        };
        let several = defined(None, Some(vec![definition("a"), definition("b")]));
        assert_eq!(several.role.as_deref(), Some("a"));
        let others: Vec<Option<&str>> = several
            .others
            .iter()
            .map(|other| other.role.as_deref())
            .collect();
        assert_eq!(others, [Some("b")]);
        let one = defined(Some(definition("a")), None);
        assert_eq!((one.role.as_deref(), one.others.len()), (Some("a"), 0));
    }
}
