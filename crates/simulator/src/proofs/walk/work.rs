//! What people do beside Studio and its inference: components, schedules, jobs, notebooks, access points, instances,
//! gateways and network ACLs.

use serde_json::{Value, json};

use super::{Walk, role};
use crate::service::Service;

impl Walk {
    /// An endpoint without models, or a component on an endpoint that was made so.
    pub(super) fn make_component(&mut self) {
        let name = self.new_name("component");
        let mut hosts = self.person.ids("AWS::SageMaker::Endpoint");
        hosts.retain(|endpoint| endpoint.starts_with("component-"));
        let host = hosts.get(self.below("host", hosts.len().max(1)));
        match (host, self.one_of("AWS::SageMaker::Model")) {
            (Some(endpoint), Some(model)) if self.below("component", 3) > 0 => {
                let needs = json!({"MinMemoryRequiredInMb": 1024, "NumberOfCpuCoresRequired": 1});
                let input = json!({
                    "InferenceComponentName": name, "EndpointName": endpoint, "VariantName": "all",
                    "Specification": {"ModelName": model, "ComputeResourceRequirements": needs},
                    "RuntimeConfig": {"CopyCount": 1},
                });
                self.sagemaker("CreateInferenceComponent", &input);
            }
            _ => {
                let variant = json!({"VariantName": "all", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1});
                let config = json!({
                    "EndpointConfigName": name, "ExecutionRoleArn": role(), "ProductionVariants": [variant],
                });
                self.sagemaker("CreateEndpointConfig", &config);
                let endpoint = json!({"EndpointName": name, "EndpointConfigName": name});
                self.sagemaker("CreateEndpoint", &endpoint);
            }
        }
    }

    pub(super) fn make_schedule(&mut self) {
        let Some(endpoint) = self.one_of("AWS::SageMaker::Endpoint") else {
            return;
        };
        let cluster =
            json!({"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20});
        let job = json!({
            "MonitoringInputs": [{"EndpointInput": {"EndpointName": endpoint, "LocalPath": "/opt/ml/in"}}],
            "MonitoringOutputConfig": {"MonitoringOutputs": [
                {"S3Output": {"S3Uri": "s3://bucket/out", "LocalPath": "/opt/ml/out"}}]},
            "MonitoringResources": {"ClusterConfig": cluster},
            "MonitoringAppSpecification": {"ImageUri": "image"}, "RoleArn": role(),
        });
        let config = json!({
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"}, "MonitoringJobDefinition": job,
        });
        let name = self.new_name("schedule");
        let input = json!({"MonitoringScheduleName": name, "MonitoringScheduleConfig": config});
        self.sagemaker("CreateMonitoringSchedule", &input);
    }

    /// A VPC's network, as SageMaker's inputs have it, where there is one.
    fn network(&mut self) -> Option<Value> {
        let vpc = self.one_of("AWS::EC2::VPC")?;
        let (subnets, groups) = self.inside(&vpc);
        let groups: Vec<&String> = groups.iter().take(5).collect();
        (!subnets.is_empty()).then(|| json!({"Subnets": subnets, "SecurityGroupIds": groups}))
    }

    pub(super) fn make_job(&mut self) {
        let mut input = json!({
            "TrainingJobName": self.new_name("job"), "RoleArn": role(),
            "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10,
                "KeepAlivePeriodInSeconds": 600 * self.below("pool", 2)},
            "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
        });
        if let Some(network) = self.network() {
            input["VpcConfig"] = network;
        }
        self.sagemaker("CreateTrainingJob", &input);
    }

    pub(super) fn make_notebook(&mut self) {
        let mut input = json!({
            "NotebookInstanceName": self.new_name("notebook"), "InstanceType": "ml.t3.medium", "RoleArn": role(),
        });
        if let Some(network) = self.network() {
            input["SubnetId"] = network["Subnets"][0].clone();
            input["SecurityGroupIds"] = network["SecurityGroupIds"].clone();
        }
        self.sagemaker("CreateNotebookInstance", &input);
    }

    pub(super) fn make_access_point(&mut self) {
        let Some(volume) = self.one_of("AWS::EFS::FileSystem") else {
            return;
        };
        let input = json!({"FileSystemId": volume, "ClientToken": self.new_name("point")});
        self.person.ask(Service::Efs, "CreateAccessPoint", &input);
    }

    pub(super) fn make_instance(&mut self) {
        let Some(subnet) = self.one_of("AWS::EC2::Subnet") else {
            return;
        };
        let input = json!({
            "ImageId": "ami-1", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet,
        });
        self.ec2("RunInstances", &input);
    }

    pub(super) fn make_gateway(&mut self) {
        let Some(vpc) = self.one_of("AWS::EC2::VPC") else {
            return;
        };
        let ec2 = &self.person.world.region(&super::Person::place()).ec2;
        let tables = ec2.route_tables.values();
        let tables = tables.filter(|table| table.vpc_id == vpc);
        let tables: Vec<String> = tables.map(|table| table.id.clone()).collect();
        let service = ["s3", "dynamodb"][self.below("gateway", 2)];
        let input = json!({
            "VpcId": vpc, "ServiceName": format!("com.amazonaws.us-east-1.{service}"), "RouteTableId": tables,
        });
        self.ec2("CreateVpcEndpoint", &input);
    }

    /// An internet gateway, or one that is put on a VPC or taken off it.
    pub(super) fn make_internet_gateway(&mut self) {
        let gateway = self.one_of("AWS::EC2::InternetGateway");
        match (gateway, self.one_of("AWS::EC2::VPC")) {
            (Some(gateway), Some(vpc)) if self.below("gateway", 3) > 0 => {
                let verb = ["Attach", "Attach", "Detach"][self.below("verb", 3)];
                let input = json!({"InternetGatewayId": gateway, "VpcId": vpc});
                self.ec2(&format!("{verb}InternetGateway"), &input);
            }
            _ => self.ec2("CreateInternetGateway", &json!({})),
        }
    }

    pub(super) fn make_nat_gateway(&mut self) {
        let Some(subnet) = self.one_of("AWS::EC2::Subnet") else {
            return;
        };
        let input = json!({"SubnetId": subnet, "ConnectivityType": "private"});
        self.ec2("CreateNatGateway", &input);
    }

    /// A network ACL, or another one for a subnet.
    pub(super) fn make_acl(&mut self) {
        let Some(vpc) = self.one_of("AWS::EC2::VPC") else {
            return;
        };
        let acl = self.one_of("AWS::EC2::NetworkAcl");
        let subnet = self.one_of("AWS::EC2::Subnet").unwrap_or_default();
        let ec2 = &self.person.world.region(&super::Person::place()).ec2;
        let association = ec2.acl_association_of(&subnet).map(str::to_owned);
        match (acl, association) {
            (Some(acl), Some(association)) if self.below("acl", 2) == 0 => {
                let input = json!({"AssociationId": association, "NetworkAclId": acl});
                self.ec2("ReplaceNetworkAclAssociation", &input);
            }
            _ => self.ec2("CreateNetworkAcl", &json!({"VpcId": vpc})),
        }
    }

    /// Changes a domain, one of its profiles or one of its spaces.
    pub(super) fn update_studio(&mut self) {
        let kinds = ["Domain", "UserProfile", "Space"];
        let kind = kinds[self.below("updated", kinds.len())];
        let Some(id) = self.one_of(&format!("AWS::SageMaker::{kind}")) else {
            return;
        };
        let (domain, name) = id.split_once('/').unwrap_or((&id, ""));
        let landing = ["studio::", "studio::relative"][self.below("landing", 2)];
        let settings = json!({"DefaultLandingUri": landing, "StudioWebPortal": "ENABLED"});
        let mut input = json!({"DomainId": domain});
        match kind {
            "Domain" => {
                input["DefaultUserSettings"] = settings;
                if let Some(network) = self.network().filter(|_| self.below("network", 2) == 0) {
                    input["SubnetIds"] = network["Subnets"].clone();
                }
            }
            "UserProfile" => {
                input["UserProfileName"] = json!(name);
                input["UserSettings"] = settings;
            }
            _ => {
                input["SpaceName"] = json!(name);
                let gigabytes = 5 + self.below("gigabytes", 20);
                let storage = json!({"EbsStorageSettings": {"EbsVolumeSizeInGb": gigabytes}});
                input["SpaceSettings"] = json!({"SpaceStorageSettings": storage});
            }
        }
        self.sagemaker(&format!("Update{kind}"), &input);
    }

    /// Brings an endpoint to another config.
    pub(super) fn update_endpoint(&mut self) {
        let endpoint = self.one_of("AWS::SageMaker::Endpoint");
        let config = self.one_of("AWS::SageMaker::EndpointConfig");
        if let (Some(endpoint), Some(config)) = (endpoint, config) {
            let input = json!({"EndpointName": endpoint, "EndpointConfigName": config});
            self.sagemaker("UpdateEndpoint", &input);
        }
    }

    /// Stops what has to be stopped before it goes, or goes by itself.
    pub(super) fn stop(&mut self) {
        let kinds = ["NotebookInstance", "TrainingJob", "MonitoringSchedule"];
        let kind = kinds[self.below("stopped", kinds.len())];
        let Some(name) = self.one_of(&format!("AWS::SageMaker::{kind}")) else {
            return;
        };
        let mut input = json!({});
        input[format!("{kind}Name")] = json!(name);
        self.sagemaker(&format!("Stop{kind}"), &input);
    }
}
