//! The kinds of what is managed, which differ in names more than in ways.

use serde::{Deserialize, Serialize};

use crate::world::Place;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sagemaker) enum Kind {
    FeatureGroup,
    TrackingServer,
    MlflowApp,
}

impl Kind {
    /// As CloudFormation would name it.
    pub(in crate::sagemaker) fn row_kind(self) -> &'static str {
        match self {
            Kind::FeatureGroup => "AWS::SageMaker::FeatureGroup",
            Kind::TrackingServer => "AWS::SageMaker::MlflowTrackingServer",
            Kind::MlflowApp => "AWS::SageMaker::MlflowApp",
        }
    }

    /// As refusals call it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::FeatureGroup => "FeatureGroup",
            Kind::TrackingServer => "MlflowTrackingServer",
            Kind::MlflowApp => "MlflowApp",
        }
    }

    pub(super) fn arn(self, place: &Place, id: &str) -> String {
        let kind = match self {
            Kind::FeatureGroup => "feature-group",
            Kind::TrackingServer => "mlflow-tracking-server",
            Kind::MlflowApp => "mlflow-app",
        };
        place.arn("sagemaker", &format!("{kind}/{}", id.to_lowercase()))
    }
}
