//! `jumpstart-vpc`: deploys SageMaker Studio into a VPC without internet access, and removes it without leftovers.

pub mod aws;
pub mod clock;
