//! VPN, egress-only and carrier gateways: their lives, what is refused of them, and that they hold a VPC.

use super::*;

/// A gateway of one kind as the forms that make it and take it away.
struct Kind {
    make: &'static str,
    id: &'static str,
    remove: &'static str,
    row: &'static str,
}

/// Those that are made for a VPC and go with their deletion.
const OF_ONE_VPC: [Kind; 2] = [
    Kind {
        make: "CreateEgressOnlyInternetGateway",
        id: "egressOnlyInternetGatewayId",
        remove: "DeleteEgressOnlyInternetGateway&EgressOnlyInternetGatewayId=",
        row: "AWS::EC2::EgressOnlyInternetGateway",
    },
    Kind {
        make: "CreateCarrierGateway",
        id: "carrierGatewayId",
        remove: "DeleteCarrierGateway&CarrierGatewayId=",
        row: "AWS::EC2::CarrierGateway",
    },
];

impl Bench {
    fn vpn_gateway(&mut self) -> String {
        self.get("CreateVpnGateway&Type=ipsec.1", "vpnGatewayId")
    }

    /// The state of a VPN gateway's attachment, which comes after its own.
    fn attachment(&mut self, gateway: &str) -> Option<String> {
        let answer = self.call(&format!("DescribeVpnGateways&VpnGatewayId.1={gateway}"));
        let (_, attachments) = answer.split_once("<attachments>")?;
        text(attachments, "state")
    }

    fn rows_of(&self, kind: &str) -> usize {
        let rows = self.world.rows().into_iter();
        rows.filter(|row| row.kind == kind).count()
    }
}

/// Facts: F.23
#[test]
fn a_vpc_is_held_by_gateways_of_every_kind() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let delete = format!("DeleteVpc&VpcId={vpc}");
    let text = format!("The vpc &apos;{vpc}&apos; has dependencies and cannot be deleted.");
    let held = |bench: &mut Bench| {
        let answer = bench.call(&delete);
        assert!(answer.contains("DependencyViolation"), "{answer}");
        assert!(answer.contains(&text), "{answer}");
    };
    for kind in OF_ONE_VPC {
        let id = bench.get(&format!("{}&VpcId={vpc}", kind.make), kind.id);
        held(&mut bench);
        bench.call(&format!("{}{id}", kind.remove));
        if bench.rows_of(kind.row) > 0 {
            // It is on its way out.
            held(&mut bench);
        }
        bench.wait(61);
        assert_eq!(bench.rows_of(kind.row), 0);
    }
    let gateway = bench.vpn_gateway();
    let pair = format!("VpnGateway&VpnGatewayId={gateway}&VpcId={vpc}");
    bench.call(&format!("Attach{pair}"));
    held(&mut bench);
    bench.wait(61);
    held(&mut bench);
    bench.call(&format!("Detach{pair}"));
    held(&mut bench);
    bench.wait(121);
    assert_eq!(bench.get(&delete, "return"), "true");
}

#[test]
fn a_vpn_gateway_is_attached_and_detached_in_time() {
    let mut bench = Bench::new();
    let (vpc, other) = (bench.vpc(), bench.vpc());
    let gateway = bench.vpn_gateway();
    assert!(gateway.starts_with("vgw-"), "{gateway}");
    let describe = format!("DescribeVpnGateways&VpnGatewayId.1={gateway}");
    assert_eq!(bench.get(&describe, "state"), "available");
    assert_eq!(bench.get(&describe, "amazonSideAsn"), "64512");
    let pair = |vpc: &str| format!("VpnGateway&VpnGatewayId={gateway}&VpcId={vpc}");
    let (attach, detach) = (
        format!("Attach{}", pair(&vpc)),
        format!("Detach{}", pair(&vpc)),
    );
    let delete = format!("DeleteVpnGateway&VpnGatewayId={gateway}");
    let absent = "InvalidVpnGatewayAttachment.NotFound";
    assert_eq!(bench.refused(&detach), absent);
    assert_eq!(bench.get(&attach, "state"), "attaching");
    assert_eq!(bench.refused(&detach), "IncorrectState");
    bench.wait(61);
    assert_eq!(bench.attachment(&gateway).as_deref(), Some("attached"));
    let second = format!("Attach{}", pair(&other));
    let code = "VpnGatewayAttachmentLimitExceeded";
    assert_eq!(bench.refused(&second), code);
    let another = bench.vpn_gateway();
    let to_same = format!("AttachVpnGateway&VpnGatewayId={another}&VpcId={vpc}");
    assert_eq!(bench.refused(&to_same), "InvalidVpcState");
    assert_eq!(bench.refused(&delete), "IncorrectState");
    assert_eq!(bench.refused(&format!("Detach{}", pair(&other))), absent);
    assert_eq!(bench.get(&detach, "return"), "true");
    assert_eq!(bench.attachment(&gateway).as_deref(), Some("detaching"));
    assert_eq!(bench.refused(&detach), "IncorrectState");
    assert_eq!(bench.refused(&delete), "IncorrectState");
    bench.wait(121);
    // Where it was is still shown, and found by.
    let by_vpc = format!(
        "DescribeVpnGateways&Filter.1.Name=attachment.vpc-id&Filter.1.Value.1={vpc}\
         &Filter.2.Name=attachment.state&Filter.2.Value.1=detached"
    );
    assert_eq!(bench.get(&by_vpc, "vpnGatewayId"), gateway);
    assert_eq!(bench.refused(&detach), absent);
    // It may go to another VPC now.
    assert_eq!(bench.get(&second, "state"), "attaching");
    assert_eq!(count(&bench.call(&by_vpc), "vpnGatewayId"), 0);
}

#[test]
fn a_deleted_vpn_gateway_stays_listed_for_a_while() {
    let mut bench = Bench::new();
    let gateway = bench.vpn_gateway();
    let describe = format!("DescribeVpnGateways&VpnGatewayId.1={gateway}");
    let delete = format!("DeleteVpnGateway&VpnGatewayId={gateway}");
    assert_eq!(bench.get(&delete, "return"), "true");
    assert_eq!(bench.get(&describe, "state"), "deleted");
    assert_eq!(bench.rows_of("AWS::EC2::VPNGateway"), 0);
    let gone = "InvalidVpnGatewayID.NotFound";
    assert_eq!(bench.refused(&delete), gone);
    let tag = format!("CreateTags&ResourceId.1={gateway}&Tag.1.Key=team&Tag.1.Value=blue");
    assert_eq!(bench.refused(&tag), "InvalidID");
    bench.wait(3601);
    assert_eq!(bench.refused(&describe), gone);
}

#[test]
fn what_a_vpn_gateway_may_be() {
    let mut bench = Bench::of("[quotas]\nvpn-gateways = 1\n");
    for (form, code) in [
        ("CreateVpnGateway", "MissingParameter"),
        ("CreateVpnGateway&Type=ipsec.2", "InvalidParameterValue"),
        (
            "CreateVpnGateway&Type=ipsec.1&AmazonSideAsn=7",
            "InvalidParameterValue",
        ),
        (
            "AttachVpnGateway&VpnGatewayId=vgw-0&VpcId=vpc-0",
            "InvalidVpcID.NotFound",
        ),
        ("DescribeVpnGateways&MaxResults=5", "UnknownParameter"),
    ] {
        assert_eq!(bench.refused(form), code, "{form}");
    }
    let form = "CreateVpnGateway&Type=ipsec.1&AmazonSideAsn=4200000000&TagSpecification.1.ResourceType=vpn-gateway\
                &TagSpecification.1.Tag.1.Key=team&TagSpecification.1.Tag.1.Value=blue";
    assert_eq!(bench.get(form, "amazonSideAsn"), "4200000000");
    let tagged = "DescribeTags&Filter.1.Name=resource-type&Filter.1.Value.1=vpn-gateway";
    assert_eq!(bench.get(tagged, "value"), "blue");
    let code = "VpnGatewayLimitExceeded";
    assert_eq!(bench.refused("CreateVpnGateway&Type=ipsec.1"), code);
}

#[test]
fn gateways_of_one_vpc_are_made_once_and_tagged() {
    for kind in OF_ONE_VPC {
        let mut bench = Bench::new();
        let absent = format!("{}&VpcId=vpc-0", kind.make);
        assert_eq!(bench.refused(&absent), "InvalidVpcID.NotFound");
        let vpc = bench.vpc();
        let make = format!("{}&VpcId={vpc}", kind.make);
        let once = format!("{make}&ClientToken=once");
        let id = bench.get(&once, kind.id);
        assert_eq!(bench.get(&once, kind.id), id);
        assert_eq!(bench.refused(&make), "InvalidParameterValue");
        assert_eq!(bench.rows_of(kind.row), 1);
        bench.call(&format!(
            "CreateTags&ResourceId.1={id}&Tag.1.Key=team&Tag.1.Value=blue"
        ));
        let describe = kind.make.replacen("Create", "Describe", 1);
        let tagged = format!("{describe}s&Filter.1.Name=tag:team&Filter.1.Value.1=blue");
        assert_eq!(bench.get(&tagged, kind.id), id);
        bench.call(&format!("DeleteTags&ResourceId.1={id}"));
        assert_eq!(count(&bench.call(&tagged), kind.id), 0);
    }
}

#[test]
fn an_egress_only_gateway_is_found_by_its_tags_and_its_id_alone() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let make = format!("CreateEgressOnlyInternetGateway&VpcId={vpc}");
    assert_eq!(bench.get(&make, "state"), "attached");
    let by_vpc =
        format!("DescribeEgressOnlyInternetGateways&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}");
    assert_eq!(bench.refused(&by_vpc), "InvalidParameterValue");
    let id = bench.get(
        "DescribeEgressOnlyInternetGateways",
        "egressOnlyInternetGatewayId",
    );
    let delete = format!("DeleteEgressOnlyInternetGateway&EgressOnlyInternetGatewayId={id}");
    assert_eq!(bench.get(&delete, "returnCode"), "true");
    assert_eq!(bench.refused(&delete), "InvalidGatewayID.NotFound");
}

#[test]
fn a_carrier_gateway_comes_and_goes_in_time() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let make = format!("CreateCarrierGateway&VpcId={vpc}");
    let id = bench.get(&make, "carrierGatewayId");
    let describe = format!("DescribeCarrierGateways&CarrierGatewayId.1={id}");
    assert_eq!(bench.get(&describe, "state"), "pending");
    bench.wait(41);
    assert_eq!(bench.get(&describe, "state"), "available");
    let delete = format!("DeleteCarrierGateway&CarrierGatewayId={id}");
    assert_eq!(bench.get(&delete, "state"), "deleting");
    assert_eq!(bench.get(&delete, "state"), "deleting");
    bench.wait(61);
    let by_vpc = format!("DescribeCarrierGateways&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}");
    assert_eq!(bench.get(&by_vpc, "state"), "deleted");
    let gone = "InvalidCarrierGatewayID.NotFound";
    assert_eq!(bench.refused(&delete), gone);
    bench.wait(3601);
    assert_eq!(bench.refused(&describe), gone);
    // One that is deleted while it is being made never becomes available.
    let id = bench.get(&make, "carrierGatewayId");
    bench.call(&format!("DeleteCarrierGateway&CarrierGatewayId={id}"));
    bench.wait(61);
    assert_eq!(bench.get(&by_vpc, "state"), "deleted");
}
