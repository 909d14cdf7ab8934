//! The forms of SageMaker's texts: length and pattern as its model has them (botocore 1.43.11).

use std::cell::RefCell;
use std::collections::BTreeMap;

use regex::Regex;

/// What a text looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    least: usize,
    most: usize,
    /// Of the whole text.
    pattern: &'static str,
}

const fn form(least: usize, most: usize, pattern: &'static str) -> Form {
    Form {
        least,
        most,
        pattern,
    }
}

pub(crate) const NAME: Form = form(0, 63, r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}");
pub(crate) const DOMAIN_ID: Form = form(0, 63, r"d-(-*[a-z0-9]){1,61}");
pub(crate) const DISPLAY_NAME: Form = form(0, 64, r".*\S.*");
pub(crate) const ARN: Form = form(0, 256, r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+");
pub(crate) const ROLE: Form = form(
    20,
    2048,
    r"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
);
/// Ids of subnets, security groups and VPCs.
pub(crate) const NETWORK_ID: Form = form(0, 32, r"[-0-9a-zA-Z]+");
pub(crate) const KMS_KEY: Form = form(0, 2048, r"[a-zA-Z0-9:/_-]*");
pub(crate) const S3_PATH: Form = form(0, 1024, r"(https|s3)://([^/]+)/?(.*)");
pub(crate) const S3_URI: Form = form(0, 1024, r"(s3)://([^/]+)/?(.*)");
pub(crate) const FILE_SYSTEM_ID: Form = form(11, 21, r"(fs-[0-9a-f]{8,})");
pub(crate) const FILE_SYSTEM_PATH: Form = form(1, 256, r"\/\S*");
pub(crate) const REPOSITORY_URL: Form = form(0, 1024, r"https://([.\-_a-zA-Z0-9]+/?){3,1016}");
pub(crate) const IMAGE_NAME: Form = form(1, 63, r"[a-zA-Z0-9]([-.]?[a-zA-Z0-9]){0,62}");
pub(crate) const IMAGE: Form = form(
    0,
    256,
    r"arn:aws(-[\w]+)*:sagemaker:.+:[0-9]{12}:image/[a-zA-Z0-9]([-.]?[a-zA-Z0-9])*",
);
pub(crate) const IMAGE_VERSION: Form = form(
    0,
    256,
    r"(arn:aws(-[\w]+)*:sagemaker:.+:[0-9]{12}:image-version/[a-z0-9]([-.]?[a-z0-9])*/[0-9]+|None)",
);
pub(crate) const IMAGE_VERSION_ALIAS: Form = form(
    1,
    128,
    r"(^\d+$)|(^\d+.\d+$)|(^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$)",
);
pub(crate) const LIFECYCLE_CONFIG: Form = form(
    0,
    256,
    r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:studio-lifecycle-config/.*|None)",
);
pub(crate) const TRAINING_PLAN: Form = form(
    0,
    2048,
    r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:training-plan/.*|None)",
);
pub(crate) const SECRET: Form = form(
    1,
    2048,
    r"arn:aws[a-z\-]*:secretsmanager:[a-z0-9\-]*:[0-9]{12}:secret:.*",
);
pub(crate) const ACCOUNT: Form = form(12, 12, r"\d+");
pub(crate) const MINOR_VERSION: Form = form(1, 128, r"(0|[1-9]\d*)\.(0|[1-9]\d*)");
pub(crate) const LANDING_URI: Form = form(0, 1023, r".*");
pub(crate) const TOKEN: Form = form(0, 8192, r".*");
pub(crate) const FEATURE_NAME: Form = form(1, 64, r"[a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}");
/// A feature group's name or ARN.
pub(crate) const FEATURE_GROUP: Form = form(
    1,
    256,
    r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:feature-group\/)?([a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63})",
);
/// A feature group's description, and names in the data catalog.
pub(crate) const DESCRIPTION: Form = form(0, 128, r"(?s:.*)");
pub(crate) const CATALOG_NAME: Form = form(1, 255, r"(?s:.*)");
pub(crate) const MLFLOW_NAME: Form = form(1, 256, r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}");
pub(crate) const MLFLOW_VERSION: Form = form(0, 16, r"[0-9]*.[0-9]*.[0-9]*");
pub(crate) const MLFLOW_APP: Form = form(
    1,
    128,
    r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:mlflow-app/.*",
);
pub(crate) const MAINTENANCE: Form = form(
    0,
    9,
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01]\d|2[0-3]):([0-5]\d)",
);
pub(crate) const TAG_KEY: Form = form(1, 128, r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)");
pub(crate) const TAG_VALUE: Form = form(0, 256, r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)");

impl Form {
    /// Checks the text of a member.
    ///
    /// # Errors
    /// The sentence with which AWS refuses it.
    pub(crate) fn check(self, path: &str, text: &str) -> Result<(), String> {
        let length = text.chars().count();
        let constraint = if length > self.most {
            format!(
                "Member must have length less than or equal to {}",
                self.most
            )
        } else if length < self.least {
            format!(
                "Member must have length greater than or equal to {}",
                self.least
            )
        } else if !matches(self.pattern, text) {
            format!(
                "Member must satisfy regular expression pattern: {}",
                self.pattern
            )
        } else {
            return Ok(());
        };
        Err(format!(
            "1 validation error detected: Value '{text}' at '{path}' failed to satisfy constraint: {constraint}"
        ))
    }
}

thread_local! {
    /// Patterns cost more to read than to use.
    static READ: RefCell<BTreeMap<&'static str, Option<Regex>>> = const { RefCell::new(BTreeMap::new()) };
}

/// Whether the pattern matches the whole text. One that cannot be read matches nothing.
fn matches(pattern: &'static str, text: &str) -> bool {
    READ.with_borrow_mut(|read| {
        let entry = read.entry(pattern);
        let regex = entry.or_insert_with(|| Regex::new(&format!("^(?:{pattern})$")).ok());
        regex.as_ref().is_some_and(|regex| regex.is_match(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_takes_what_aws_shows() {
        let cases = [
            (NAME, "my-domain"),
            (DOMAIN_ID, "d-8uq7jfb3ghoe"),
            (DISPLAY_NAME, "My lab"),
            (ARN, "arn:aws:sagemaker:us-east-1:111122223333:domain/d-1"),
            (ROLE, "arn:aws:iam::111122223333:role/service-role/studio"),
            (NETWORK_ID, "subnet-0f3c"),
            (KMS_KEY, "arn:aws:kms:us-east-1:111122223333:key/1-2"),
            (S3_PATH, "s3://bucket/shared"),
            (S3_URI, "s3://bucket"),
            (FILE_SYSTEM_ID, "fs-0123456789abcdef0"),
            (FILE_SYSTEM_PATH, "/data"),
            (REPOSITORY_URL, "https://github.com/aws/repo"),
            (IMAGE_NAME, "custom.image"),
            (
                IMAGE,
                "arn:aws:sagemaker:us-east-1:885854791233:image/sagemaker-distribution-cpu",
            ),
            (
                IMAGE_VERSION,
                "arn:aws:sagemaker:us-east-1:885854791233:image-version/cpu/1",
            ),
            (IMAGE_VERSION_ALIAS, "1.9.0-rc.1"),
            (LIFECYCLE_CONFIG, "None"),
            (TRAINING_PLAN, "None"),
            (
                SECRET,
                "arn:aws:secretsmanager:us-east-1:111122223333:secret:x",
            ),
            (ACCOUNT, "111122223333"),
            (MINOR_VERSION, "1.9"),
            (LANDING_URI, "studio::"),
            (TOKEN, ""),
            (FEATURE_NAME, "clicks_v-2"),
            (
                FEATURE_GROUP,
                "arn:aws:sagemaker:us-east-1:111122223333:feature-group/clicks",
            ),
            (FEATURE_GROUP, "clicks"),
            (DESCRIPTION, "two\nlines"),
            (CATALOG_NAME, "AwsDataCatalog"),
            (MLFLOW_NAME, "runs"),
            (MLFLOW_VERSION, "2.16.2"),
            (
                MLFLOW_APP,
                "arn:aws:sagemaker:us-east-1:111122223333:mlflow-app/app-1",
            ),
            (MAINTENANCE, "Tue:03:30"),
            (TAG_KEY, "jumpstart:größe"),
            (TAG_VALUE, ""),
        ];
        for (form, text) in cases {
            assert_eq!(form.check("member", text), Ok(()));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_in_awss_words() {
        assert_eq!(
            DOMAIN_ID.check("domainId", "studio").unwrap_err(),
            "1 validation error detected: Value 'studio' at 'domainId' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: d-(-*[a-z0-9]){1,61}"
        );
        assert!(
            ROLE.check("role", "x")
                .unwrap_err()
                .contains("greater than or equal to 20")
        );
        let long = "a".repeat(64);
        assert!(
            NAME.check("name", &long)
                .unwrap_err()
                .ends_with("less than or equal to 63")
        );
        assert!(DISPLAY_NAME.check("name", "  ").is_err());
    }
}
