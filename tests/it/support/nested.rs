//! A set with a stack in a stack.

use jumpstart_vpc::stacks::Manifest;
use serde_json::json;

use super::Life;
use super::process::{Folder, post};

const STUDIO_URL: &str = "https://parts.s3.us-east-1.amazonaws.com/studio.yaml";

/// A stack that has the built-in set's studio stack in it.
fn studio(policy: &str) -> String {
    let names = [
        "NetworkStackName",
        "DomainName",
        "UserProfileName",
        "IdleTimeoutInMinutes",
        "PermissionsBoundary",
    ];
    let declared = names.map(|name| format!("  {name}: {{Type: String}}\n"));
    let passed = names.map(|name| format!("        {name}: !Ref {name}\n"));
    format!(
        "Parameters:\n{}Resources:\n  Part:\n    Type: AWS::CloudFormation::Stack\n{policy}    Properties:\n      TemplateURL: {STUDIO_URL}\n      Parameters:\n{}Outputs:\n  DomainId:\n    Value: !GetAtt Part.Outputs.DomainId\n",
        declared.concat(),
        passed.concat()
    )
}

/// The built-in set with its studio stack in another one, which has this policy for it.
pub(crate) async fn nested_studio(life: &Life, folder: &str, policy: &str) -> Manifest {
    let folder = Folder::new(folder);
    for file in ["stacks.toml", "network.yaml", "endpoints.yaml"] {
        let text = std::fs::read_to_string(format!("stacks/{file}")).unwrap();
        folder.write(file, &text);
    }
    folder.write("studio.yaml", &studio(policy));
    let part = std::fs::read_to_string("stacks/studio.yaml").unwrap();
    put_template(life, STUDIO_URL, &part).await;
    Manifest::in_folder(&folder.0).unwrap()
}

/// Puts a template where CloudFormation reads it by its URL.
pub(crate) async fn put_template(life: &Life, url: &str, text: &str) {
    let template = json!({"url": url, "text": text});
    post(&life.shell, "/_simulator/templates", &template).await;
}
