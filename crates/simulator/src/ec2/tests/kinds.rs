//! Every kind of network interface: whose it is, what it holds, and when it goes (section 2.2).

use super::*;
use crate::Switches;
use crate::sagemaker::testing::Client;

/// Who may do what with an interface that is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detached {
    /// By users.
    ByUsers,
    /// `OperationNotPermitted`: the attachment is the service's own.
    ByServiceAlone,
    /// `AuthFailure`: the interface is managed by the service.
    Managed,
}

struct Kind {
    description: String,
    interface_type: &'static str,
    requester: &'static str,
    managed: bool,
    attachment: &'static str,
    owner: &'static str,
    detached: Detached,
}

impl Bench {
    /// Goes on in the world of another client.
    fn after(client: Client) -> Self {
        Self {
            now: client.world.now(),
            world: client.world,
            place: Client::place(),
        }
    }

    /// The answer about the interface whose description begins so.
    fn found(&mut self, description: &str) -> String {
        let pattern = description.replace('*', "\\*").replace(' ', "%20");
        let form = format!(
            "DescribeNetworkInterfaces&Filter.1.Name=description&Filter.1.Value.1={pattern}%2A"
        );
        let answer = self.call(&form);
        assert!(
            count(&answer, "networkInterfaceId") > 0,
            "{description}: {answer}"
        );
        answer
    }

    /// Checks everything that the table says, and that subnet and groups are held.
    fn is(&mut self, kind: &Kind) -> String {
        let answer = self.found(&kind.description);
        let member = |name: &str| text(&answer, name).unwrap_or_default();
        let what = &kind.description;
        assert_eq!(member("interfaceType"), kind.interface_type, "{what}");
        assert!(member("requesterId").contains(kind.requester), "{answer}");
        assert_eq!(
            member("requesterManaged"),
            kind.managed.to_string(),
            "{what}"
        );
        assert!(
            member("attachmentId").starts_with(kind.attachment),
            "{answer}"
        );
        assert_eq!(member("instanceOwnerId"), kind.owner, "{what}");
        let status = answer.rsplit_once("<interfaceType>").unwrap().0;
        assert!(status.contains("<status>in-use</status>"), "{answer}");
        let (id, subnet) = (member("networkInterfaceId"), member("subnetId"));
        let delete = format!("DeleteNetworkInterface&NetworkInterfaceId={id}");
        assert_eq!(self.refused(&delete), "InvalidParameterValue", "{what}");
        let held = self.refused(&format!("DeleteSubnet&SubnetId={subnet}"));
        assert_eq!(held, "DependencyViolation", "{what}");
        let describe = format!(
            "ModifyNetworkInterfaceAttribute&NetworkInterfaceId={id}&Description.Value=mine"
        );
        let changed = self.call(&describe).contains("<return>true");
        assert_eq!(changed, !kind.managed, "{what}");
        let detach = format!(
            "DetachNetworkInterface&AttachmentId={}",
            member("attachmentId")
        );
        let refused = text(&self.call(&detach), "Code");
        let expected = match kind.detached {
            Detached::ByUsers => None,
            Detached::ByServiceAlone => Some("OperationNotPermitted"),
            Detached::Managed => Some("AuthFailure"),
        };
        assert_eq!(refused.as_deref(), expected, "{what}");
        id
    }

    fn exists(&mut self, id: &str) -> bool {
        let form = format!("DescribeNetworkInterfaces&NetworkInterfaceId.1={id}");
        count(&self.call(&form), "networkInterfaceId") == 1
    }
}

/// Facts: 2.2.3, 2.2.7
#[test]
fn the_interface_of_a_vpc_endpoint() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let subnet = bench.subnet(&vpc, 0);
    let endpoint = bench.get(
        &format!(
            "CreateVpcEndpoint&VpcId={vpc}&VpcEndpointType=Interface&PrivateDnsEnabled=false\
             &ServiceName=com.amazonaws.us-east-1.sts&SubnetId.1={subnet}"
        ),
        "vpcEndpointId",
    );
    let id = bench.is(&Kind {
        description: format!("VPC Endpoint Interface {endpoint}"),
        interface_type: "vpc_endpoint",
        requester: "",
        managed: true,
        attachment: "ela-attach-",
        owner: "amazon-aws",
        detached: Detached::ByServiceAlone,
    });
    bench.call(&format!("DeleteVpcEndpoints&VpcEndpointId.1={endpoint}"));
    assert!(bench.exists(&id));
    bench.wait(310);
    assert!(!bench.exists(&id));
}

/// Facts: 2.2.8, 2.4.7
#[test]
fn the_interface_of_a_mount_target() {
    let mut client = Client::new();
    let made = client.efs(
        "POST",
        "file-systems",
        "",
        Some(&json!({"CreationToken": "t"})),
    );
    client.wait(30);
    let volume = made.unwrap()["FileSystemId"].as_str().unwrap().to_owned();
    let (_, subnets, _) = client.network();
    let input = json!({"FileSystemId": volume, "SubnetId": subnets[0]});
    let made = client
        .efs("POST", "mount-targets", "", Some(&input))
        .unwrap();
    client.wait(200);
    let target = made["MountTargetId"].as_str().unwrap().to_owned();
    client
        .efs("DELETE", &format!("mount-targets/{target}"), "", None)
        .unwrap();
    let mut bench = Bench::after(client);
    let id = bench.is(&Kind {
        description: format!("EFS mount target for {volume} ({target})"),
        interface_type: "efs",
        requester: "",
        managed: true,
        attachment: "ela-attach-",
        owner: "amazon-aws",
        detached: Detached::ByServiceAlone,
    });
    bench.wait(61);
    assert!(!bench.exists(&id));
}

/// Facts: 2.2.4, 2.2.9
#[test]
fn the_interface_of_an_app() {
    let mut client = Client::new();
    let domain = client.studio();
    let app = json!({"DomainId": domain, "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"});
    client.call("DeleteApp", &app).unwrap();
    let mut bench = Bench::after(client);
    let id = bench.is(&Kind {
        description: format!(
            "[DO NOT DELETE] ENI managed by SageMaker for Studio Domain({domain}) -"
        ),
        interface_type: "interface",
        requester: ":SageMaker",
        managed: false,
        attachment: "ela-attach-",
        owner: "amazon-aws",
        detached: Detached::ByServiceAlone,
    });
    bench.wait(1700);
    assert!(!bench.exists(&id));
}

/// Facts: 2.2.4, 2.2.5, 2.2.10
#[test]
fn the_interfaces_of_an_inference_endpoint() {
    for endpoint_interfaces_requester_managed in [false, true] {
        let mut client = Client::with(Switches {
            endpoint_interfaces_requester_managed,
            ..Switches::default()
        });
        let (_, subnets, group) = client.network();
        let model = json!({
            "ModelName": "llm", "ExecutionRoleArn": Client::role(), "PrimaryContainer": {"Image": "image"},
            "VpcConfig": {"SecurityGroupIds": [group], "Subnets": &subnets[..1]},
        });
        client.call("CreateModel", &model).unwrap();
        let variant = json!({"VariantName": "all", "ModelName": "llm", "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1});
        let config = json!({"EndpointConfigName": "llm", "ProductionVariants": [variant]});
        client.call("CreateEndpointConfig", &config).unwrap();
        let endpoint = json!({"EndpointName": "llm", "EndpointConfigName": "llm"});
        client.call("CreateEndpoint", &endpoint).unwrap();
        client.wait(1300);
        client
            .call("DeleteEndpoint", &json!({"EndpointName": "llm"}))
            .unwrap();
        let mut bench = Bench::after(client);
        let id = bench.is(&Kind {
            description: "ENI managed by SageMaker for endpoint llm".to_owned(),
            interface_type: "interface",
            requester: ":SageMaker",
            managed: endpoint_interfaces_requester_managed,
            attachment: "eni-attach-",
            owner: "amazon-aws",
            detached: if endpoint_interfaces_requester_managed {
                Detached::Managed
            } else {
                Detached::ByUsers
            },
        });
        bench.wait(1800);
        assert!(!bench.exists(&id));
    }
}

/// Facts: 2.2.13, F.22
#[test]
fn the_interface_of_a_nat_gateway() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let subnet = bench.subnet(&vpc, 0);
    let of_subnet = format!("CreateNatGateway&SubnetId={subnet}");
    assert_eq!(bench.refused(&of_subnet), "MissingParameter");
    let public = format!("{of_subnet}&AllocationId=eipalloc-0");
    assert_eq!(bench.refused(&public), "InvalidAllocationID.NotFound");
    let private = format!("{of_subnet}&ConnectivityType=private");
    let gateway = bench.get(&private, "natGatewayId");
    let describe = format!("DescribeNatGateways&NatGatewayId.1={gateway}");
    assert_eq!(bench.get(&describe, "state"), "pending");
    bench.wait(200);
    assert_eq!(bench.get(&describe, "state"), "available");
    let id = bench.is(&Kind {
        description: format!("Interface for NAT Gateway {gateway}"),
        interface_type: "nat_gateway",
        requester: "",
        managed: true,
        attachment: "ela-attach-",
        owner: "amazon-aws",
        detached: Detached::ByServiceAlone,
    });
    let table = bench.get(&format!("CreateRouteTable&VpcId={vpc}"), "routeTableId");
    bench.call(&format!(
        "CreateRoute&RouteTableId={table}&DestinationCidrBlock=0.0.0.0/0&NatGatewayId={gateway}"
    ));
    bench.call(&format!("DeleteNatGateway&NatGatewayId={gateway}"));
    assert_eq!(bench.get(&describe, "state"), "deleting");
    assert!(bench.exists(&id));
    bench.wait(121);
    assert!(!bench.exists(&id));
    // It stays listed for an hour, as its routes stay and lead nowhere.
    assert_eq!(bench.get(&describe, "state"), "deleted");
    let routes = bench.call(&format!("DescribeRouteTables&RouteTableId.1={table}"));
    assert!(routes.contains("blackhole"), "{routes}");
    let rows = bench.world.rows();
    assert!(rows.iter().all(|row| row.kind != "AWS::EC2::NatGateway"));
    bench.wait(3600);
    assert_eq!(bench.refused(&describe), "NatGatewayNotFound");
}

/// Facts: 2.2.14, F.22
#[test]
fn the_interfaces_of_an_instance() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let (subnet, group) = (bench.subnet(&vpc, 0), bench.group(&vpc, "g"));
    let run = format!(
        "RunInstances&ImageId=ami-1&InstanceType=t3.micro&MinCount=1&MaxCount=1&SubnetId={subnet}\
         &SecurityGroupId.1={group}"
    );
    let instance = bench.get(&run, "instanceId");
    let second = bench.interface(&subnet, &group);
    let attach = format!(
        "AttachNetworkInterface&NetworkInterfaceId={second}&InstanceId={instance}&DeviceIndex="
    );
    assert_eq!(
        bench.refused(&format!("{attach}0")),
        "InvalidParameterValue"
    );
    bench.get(&format!("{attach}1"), "attachmentId");
    bench.wait(41);
    let of_instance = format!("DescribeInstances&InstanceId.1={instance}");
    let answer = bench.call(&of_instance);
    assert!(answer.contains("<name>running</name>"), "{answer}");
    let primary = bench.get(
        "DescribeNetworkInterfaces&Filter.1.Name=attachment.device-index&Filter.1.Value.1=0",
        "networkInterfaceId",
    );
    let attachment = bench.get(
        &format!("DescribeNetworkInterfaces&NetworkInterfaceId.1={primary}"),
        "attachmentId",
    );
    let detach = format!("DetachNetworkInterface&AttachmentId={attachment}&Force=true");
    assert_eq!(bench.refused(&detach), "OperationNotPermitted");
    let held = bench.refused(&format!("DeleteSecurityGroup&GroupId={group}"));
    assert_eq!(held, "DependencyViolation");
    bench.call(&format!("TerminateInstances&InstanceId.1={instance}"));
    assert!(bench.exists(&primary));
    bench.wait(121);
    assert!(!bench.exists(&primary));
    // The other one is detached, not deleted.
    let status = format!("DescribeNetworkInterfaces&NetworkInterfaceId.1={second}");
    assert_eq!(bench.get(&status, "status"), "available");
    assert!(bench.call(&of_instance).contains("<name>terminated</name>"));
    bench.wait(3600);
    assert_eq!(bench.refused(&of_instance), "InvalidInstanceID.NotFound");
    let protected = bench.get(&format!("{run}&DisableApiTermination=true"), "instanceId");
    let terminate = format!("TerminateInstances&InstanceId.1={protected}");
    assert_eq!(bench.refused(&terminate), "OperationNotPermitted");
}

/// Facts: 2.2.6
#[test]
fn what_a_service_has_detached_anybody_may_delete() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let subnet = bench.subnet(&vpc, 0);
    let new = NewInterface {
        name: "n".into(),
        subnet_id: subnet,
        groups: Vec::new(),
        description: "AWS Lambda VPC ENI-f".into(),
        interface_type: "lambda".into(),
        requester_id: "lambda".into(),
        requester_managed: true,
        attachment: None,
        tags: BTreeMap::new(),
        owner: None,
    };
    let id = interfaces::create(&mut bench.world, &bench.place, new).unwrap();
    let delete = format!("DeleteNetworkInterface&NetworkInterfaceId={id}");
    assert_eq!(bench.get(&delete, "return"), "true");
}

/// Facts: 2.2.1, 2.2.2
#[test]
fn interfaces_are_found_by_what_they_are() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let (subnet, group) = (bench.subnet(&vpc, 0), bench.group(&vpc, "g"));
    let id = bench.interface(&subnet, &group);
    bench.call(&format!(
        "CreateTags&ResourceId.1={id}&Tag.1.Key=team&Tag.1.Value=blue"
    ));
    let run = format!(
        "RunInstances&ImageId=ami-1&InstanceType=t3.micro&MinCount=1&MaxCount=1&SubnetId={subnet}"
    );
    let instance = bench.get(&run, "instanceId");
    bench.get(
        &format!(
            "AttachNetworkInterface&NetworkInterfaceId={id}&InstanceId={instance}&DeviceIndex=1"
        ),
        "attachmentId",
    );
    for (name, value) in [
        ("vpc-id", vpc.as_str()),
        ("subnet-id", &subnet),
        ("group-id", &group),
        ("network-interface-id", &id),
        ("status", "in-use"),
        ("description", "*"),
        ("requester-managed", "false"),
        ("interface-type", "inter?ace"),
        ("attachment.instance-owner-id", &bench.place.account.clone()),
        ("attachment.instance-id", &instance),
        ("attachment.status", "attached"),
        ("attachment.device-index", "1"),
        ("attachment.delete-on-termination", "false"),
        ("tag:team", "b*"),
        ("tag-key", "team"),
    ] {
        let filter = format!("Filter.1.Name={name}&Filter.1.Value.1={value}");
        let answer = bench.call(&format!("DescribeNetworkInterfaces&{filter}"));
        assert!(answer.contains(&id), "{name}: {answer}");
        let absent = format!("Filter.1.Name={name}&Filter.1.Value.1=nothing");
        let answer = bench.call(&format!("DescribeNetworkInterfaces&{absent}"));
        assert_eq!(count(&answer, "networkInterfaceId"), 0, "{name}");
    }
    let none = "DescribeNetworkInterfaces&Filter.1.Name=status";
    assert_eq!(bench.refused(none), "InvalidParameterValue");
    let sized = format!("DescribeNetworkInterfaces&NetworkInterfaceId.1={id}&MaxResults=5");
    assert_eq!(bench.refused(&sized), "InvalidParameterCombination");
    assert_eq!(
        bench.refused("DescribeRouteTables&MaxResults=101"),
        "InvalidParameterValue"
    );
}
