//! The three kinds of jobs, which differ in names more than in ways.

use serde::{Deserialize, Serialize};

use super::shapes;
use crate::sagemaker::shape::Shape;
use crate::world::Place;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::sagemaker) enum Kind {
    Training,
    Processing,
    Transform,
}

impl Kind {
    /// As the members of its shapes begin.
    pub(in crate::sagemaker) fn word(self) -> &'static str {
        match self {
            Kind::Training => "Training",
            Kind::Processing => "Processing",
            Kind::Transform => "Transform",
        }
    }

    pub(in crate::sagemaker) fn row_kind(self) -> &'static str {
        match self {
            Kind::Training => "AWS::SageMaker::TrainingJob",
            Kind::Processing => "AWS::SageMaker::ProcessingJob",
            Kind::Transform => "AWS::SageMaker::TransformJob",
        }
    }

    /// `TrainingJobName`.
    pub(in crate::sagemaker) fn name_member(self) -> String {
        format!("{}JobName", self.word())
    }

    pub(super) fn shape(self) -> Shape {
        match self {
            Kind::Training => shapes::TRAINING,
            Kind::Processing => shapes::PROCESSING,
            Kind::Transform => shapes::TRANSFORM,
        }
    }

    pub(super) fn arn(self, place: &Place, name: &str) -> String {
        let (word, name) = (self.word().to_lowercase(), name.to_lowercase());
        place.arn("sagemaker", &format!("{word}-job/{name}"))
    }

    /// What a list shows of a job.
    pub(super) fn summary_members(self) -> Vec<String> {
        let word = self.word();
        let own = ["JobName", "JobArn", "JobStatus", "EndTime"].map(|end| format!("{word}{end}"));
        let common = ["CreationTime", "LastModifiedTime"].map(str::to_owned);
        let besides: &[&str] = match self {
            Kind::Training => &["SecondaryStatus", "WarmPoolStatus"],
            Kind::Processing | Kind::Transform => &["FailureReason"],
        };
        let besides = besides.iter().map(|name| (*name).to_owned());
        own.into_iter().chain(common).chain(besides).collect()
    }
}
