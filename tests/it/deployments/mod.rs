//! Deployments that always end in a known state: from any starting status, wherever something fails, whatever is to
//! become of it, killed anywhere, and beside others at work.

mod bystanders;
mod causes;
mod deaths;
mod downwards;
mod leavings;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jumpstart_vpc::event::{Event, Finished, Outcome, StepOutcome};
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::stacks::parameters::{Given, known_values};
use jumpstart_vpc::stacks::resources::Resources;
use jumpstart_vpc::up::{OnFailure, Options};
use serde_json::json;
use simulator::{Row, Scenario, World};

use crate::support::process::{ask, post, without_faults};
use crate::support::{ENVIRONMENT, Life, difference, force, paused, warnings};

const KEYS: [&str; 3] = ["network", "endpoints", "studio"];
const HANDLINGS: [OnFailure; 3] = [OnFailure::RollBack, OnFailure::Keep, OnFailure::Delete];

fn embedded() -> Manifest {
    Manifest::embedded().unwrap()
}

fn handling(on_failure: OnFailure) -> Options {
    Options {
        on_failure,
        // What is checked before has its own tests; here things fail that nobody could know of.
        no_preflight: true,
        ..Options::default()
    }
}

async fn up(life: &Life, options: Options) -> Finished {
    life.up_as(ENVIRONMENT, embedded(), &[], options).await
}

async fn fault(life: &Life, kind: &str, operation: &str, nth: u64, reason: &str) {
    let rule = json!({
        "match": {"type": kind, "operation": operation, "nth": nth, "times": 1000},
        "effect": {"kind": "fail", "reason": reason},
    });
    post(&life.shell, "/_simulator/faults", &rule).await;
}

/// Status of each stack of the environment, by key.
fn statuses(life: &Life) -> BTreeMap<String, String> {
    let rows = life.rows().into_values();
    let stacks = rows.filter(|row| row.kind == "AWS::CloudFormation::Stack");
    let statuses = stacks.filter_map(|row| {
        let (_, name) = row.id.split_once(":stack/")?;
        let key = name.split('/').next()?.strip_prefix("jumpstart-vpc-")?;
        Some((key.to_owned(), row.status))
    });
    statuses.collect()
}

/// What there is by kind: two worlds with the same numbers have neither duplicates nor orphans in which they differ.
fn numbers(rows: &BTreeMap<String, Row>) -> BTreeMap<String, usize> {
    let mut numbers = BTreeMap::new();
    for row in rows.values() {
        *numbers.entry(row.kind.clone()).or_default() += 1;
    }
    numbers
}

/// What a domain leaves: none may be there that no living domain explains.
fn orphans(life: &Life) -> Vec<String> {
    let rows = life.rows();
    let domains: BTreeSet<&String> = rows
        .values()
        .filter(|row| row.kind == "AWS::SageMaker::Domain")
        .map(|row| &row.arn)
        .collect();
    let managed = rows.iter().filter_map(|(key, row)| {
        let maker = row.tags.get("ManagedByAmazonSageMakerResource")?;
        let domain = maker.contains(":domain/").then_some(maker)?;
        (!domains.contains(domain)).then(|| key.clone())
    });
    managed.collect()
}

/// Where something fails: type, which of that type, and a reason as the service gives it.
type Place = (String, u64, String);

/// A reason where nobody has written down one of the service's own.
const REASON: &str = "A reason that only the service knows.";

/// Every resource of every stack of the set, as the order of creation has them: those of one type are alike.
fn everywhere() -> Vec<Place> {
    let manifest = embedded();
    let mut places: Vec<Place> = Vec::new();
    for entry in &manifest.stacks {
        let given = Given::default();
        let values = known_values(&manifest, &given, ENVIRONMENT, entry, None);
        for resource in Resources::new(&entry.tree, &values).made() {
            let before = places.iter().filter(|(kind, ..)| kind == resource.kind);
            let nth = before.count() as u64 + 1;
            let mut known = PLACES.iter();
            let known = known.find(|(kind, at, _)| (*kind, *at) == (resource.kind, nth));
            let reason = known.map_or(REASON, |(.., reason)| reason);
            places.push((resource.kind.to_owned(), nth, reason.to_owned()));
        }
    }
    places
}

/// Where a failure is looked at in every way that it can be handled, with what the service says.
const PLACES: [(&str, u64, &str); 15] = [
    (
        "AWS::EC2::VPC",
        1,
        "The maximum number of VPCs has been reached.",
    ),
    (
        "AWS::EC2::Subnet",
        1,
        "The CIDR '10.0.0.0/20' conflicts with another subnet",
    ),
    ("AWS::EC2::Subnet", 2, "The CIDR '10.0.16.0/20' is invalid."),
    (
        "AWS::EC2::RouteTable",
        1,
        "The maximum number of route tables has been reached.",
    ),
    (
        "AWS::EC2::SecurityGroup",
        1,
        "The maximum number of security groups has been reached.",
    ),
    (
        "AWS::EC2::SecurityGroup",
        2,
        "You are not authorized to perform this operation.",
    ),
    (
        "AWS::EC2::SecurityGroupIngress",
        1,
        "The maximum number of rules has been reached.",
    ),
    (
        "AWS::EC2::SecurityGroupEgress",
        2,
        "The maximum number of rules has been reached.",
    ),
    (
        "AWS::EC2::VPCEndpoint",
        1,
        "The VpcEndpoint limit has been reached.",
    ),
    (
        "AWS::EC2::VPCEndpoint",
        2,
        "private-dns-enabled cannot be set: there is already a conflicting DNS domain",
    ),
    (
        "AWS::EC2::VPCEndpoint",
        7,
        "does not support the availability zone of the subnet",
    ),
    (
        "AWS::IAM::Role",
        1,
        "not authorized to perform: iam:CreateRole with an explicit deny in a service control policy",
    ),
    (
        "AWS::IAM::Policy",
        1,
        "not authorized to perform: iam:PutRolePolicy",
    ),
    (
        "AWS::SageMaker::Domain",
        1,
        "The account-level service limit 'Total domains' is 1",
    ),
    (
        "AWS::SageMaker::UserProfile",
        1,
        "The account-level service limit for user profiles is 0",
    ),
];

/// One cell of the table.
struct Cell {
    start: &'static str,
    place: Option<Place>,
    on_failure: OnFailure,
}

impl Cell {
    fn name(&self) -> String {
        let place = self
            .place
            .as_ref()
            .map_or("nothing fails".to_owned(), |(kind, nth, _)| {
                format!("{} {nth} fails", kind.rsplit("::").next().unwrap_or(kind))
            });
        format!("{:<26} | {place:<30} | {:?}", self.start, self.on_failure)
    }
}

/// Everything takes a fifth of its time: what is done and in which order stays, and a hundred lives are lived in minutes.
const HURRIED: &str = r#"
[durations]
scale = 0.2
# CloudFormation itself is not hurried: it would be through with a domain before anybody could ask why that failed.
"stack operation begins" = { least = 4.0, median = 4.0, p99 = 4.0 }
"stack resource begins" = { least = 3.5, median = 3.5, p99 = 3.5 }
"stack handler question" = { least = 7.5, median = 7.5, p99 = 7.5 }
"stack handler question at most" = { least = 20.0, median = 20.0, p99 = 20.0 }
"stack operation ends" = { least = 4.5, median = 4.5, p99 = 4.5 }
"stack update step" = { least = 10.0, median = 10.0, p99 = 10.0 }
"stack clean-up step" = { least = 10.0, median = 10.0, p99 = 10.0 }
"#;

/// Worlds to start from, each with its name.
#[expect(
    clippy::too_many_lines,
    reason = "a table: one entry says what one start is"
)]
fn starts() -> Vec<(&'static str, World)> {
    let hurried = || Scenario::read(HURRIED).unwrap();
    let standing = standing_in(hurried());
    let only_network = world_after(&standing.0, async |life: &Life| {
        delete(life, "endpoints").await;
        delete(life, "studio").await;
        rest(life, 900).await;
        leave_only_network(life).await;
    });
    let nothing = paused(5, async { Life::new(hurried(), 5).shell.snapshot() });
    let mut starts = vec![
        ("nothing", nothing.clone()),
        ("the network is there", only_network.clone()),
        ("all is there", standing.0.clone()),
    ];
    let failed = |base: &World, kind: &'static str, nth: u64, on_failure: OnFailure| {
        world_after(base, async move |life: &Life| {
            fault(life, kind, "create", nth, "as it happens").await;
            assert_eq!(
                up(life, handling(on_failure)).await.outcome,
                Outcome::Failed
            );
            without_faults(&life.shell).await;
        })
    };
    let rolled =
        |base: &World, kind: &'static str, nth| failed(base, kind, nth, OnFailure::RollBack);
    let kept = |base: &World, kind: &'static str, nth| failed(base, kind, nth, OnFailure::Keep);
    starts.extend([
        (
            "network rolled back",
            rolled(&nothing, "AWS::EC2::Subnet", 2),
        ),
        (
            "network failed and kept",
            kept(&nothing, "AWS::EC2::Subnet", 2),
        ),
        (
            "studio rolled back",
            rolled(&only_network, "AWS::SageMaker::UserProfile", 1),
        ),
        (
            "studio failed and kept",
            kept(&only_network, "AWS::SageMaker::UserProfile", 1),
        ),
        (
            "endpoints failed and kept",
            kept(&only_network, "AWS::EC2::VPCEndpoint", 3),
        ),
    ]);
    let changed = |given: [(&'static str, &'static str); 1], kind, operation, times, on_failure| {
        world_after(&standing.0, async move |life: &Life| {
            let rule = json!({
                "match": {"type": kind, "operation": operation, "times": times},
                "effect": {"kind": "fail", "reason": "as it happens"},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let given = given.map(|(name, value)| (name, value.to_owned()));
            let options = handling(on_failure);
            let ended = life.up_as(ENVIRONMENT, embedded(), &given, options).await;
            assert_eq!(ended.outcome, Outcome::Failed, "{}", warnings(life));
            without_faults(&life.shell).await;
        })
    };
    let (endpoint, domain) = ("AWS::EC2::VPCEndpoint", "AWS::SageMaker::Domain");
    let (catalog, idle) = (
        [("ServiceCatalog", "yes")],
        [("IdleTimeoutInMinutes", "180")],
    );
    starts.extend([
        (
            "endpoints changed and kept",
            changed(catalog, endpoint, "create", 1, OnFailure::Keep),
        ),
        (
            "endpoints changed and back",
            changed(catalog, endpoint, "create", 1, OnFailure::RollBack),
        ),
        (
            "studio changed and kept",
            changed(idle, domain, "update", 1, OnFailure::Keep),
        ),
        (
            "studio not rolled back",
            changed(idle, domain, "update", 1000, OnFailure::RollBack),
        ),
    ]);
    let under_way = |base: &World, seconds: u64| {
        world_after(base, async move |life: &Life| {
            let clock = life.context().await.clock;
            tokio::select! {
                biased;
                _ = up(life, handling(OnFailure::RollBack)) => panic!("ended early"),
                () = clock.sleep(Duration::from_secs(seconds)) => {}
            }
        })
    };
    starts.extend([
        ("network being created", under_way(&nothing, 4)),
        ("studio being created", under_way(&only_network, 20)),
    ]);
    starts.extend(at_work(&only_network, &standing.0));
    starts.extend([
        (
            "studio being deleted",
            world_after(&standing.0, async |life: &Life| {
                delete(life, "studio").await;
                rest(life, 4).await;
            }),
        ),
        (
            "network under review",
            world_after(&nothing, async |life: &Life| review(life, "network").await),
        ),
        (
            "endpoints not deleted",
            world_after(&standing.0, async |life: &Life| {
                fault(life, "AWS::EC2::VPCEndpoint", "delete", 3, "in use").await;
                delete(life, "endpoints").await;
                rest(life, 1800).await;
                without_faults(&life.shell).await;
            }),
        ),
        (
            "a network of others",
            world_after(&nothing, async |life: &Life| by_hand(life).await),
        ),
    ]);
    starts
}

/// The set with another rule in a group of the network, which changes the group and replaces nothing.
fn reworded() -> Manifest {
    let mut manifest = embedded();
    let network = &mut manifest.stacks[0].template;
    let other = network.replace("HTTPS from the VPC", "HTTPS from within the VPC");
    assert_ne!(*network, other);
    *network = other;
    manifest
}

/// A run that nobody ends: what its stack is in when it is left, and how its change fails.
struct Abandoned {
    key: &'static str,
    status: &'static str,
    manifest: Manifest,
    given: Vec<(&'static str, String)>,
    faults: Vec<(&'static str, &'static str, u64)>,
    on_failure: OnFailure,
}

impl Abandoned {
    /// The world as soon as the stack is in that status.
    fn within(self, base: &World) -> World {
        world_after(base, async move |life: &Life| {
            for (kind, operation, times) in self.faults.iter().filter(|fault| fault.2 > 0) {
                let rule = json!({
                    "match": {"type": kind, "operation": operation, "times": times},
                    "effect": {"kind": "fail", "reason": "as it happens"},
                });
                post(&life.shell, "/_simulator/faults", &rule).await;
            }
            let clock = life.context().await.clock;
            let has_come = async {
                while statuses(life).get(self.key).map(String::as_str) != Some(self.status) {
                    clock.sleep(Duration::from_millis(500)).await;
                }
            };
            let options = handling(self.on_failure);
            tokio::select! {
                biased;
                () = has_come => {}
                ended = life.up_as(ENVIRONMENT, self.manifest, &self.given, options) => {
                    // Its last status may be one to rest in.
                    assert_eq!(ended.outcome, Outcome::Failed, "{}", warnings(life));
                    assert_eq!(statuses(life)[self.key], self.status);
                }
            }
            without_faults(&life.shell).await;
        })
    }
}

/// Worlds in which a stack is being changed, or goes back, or could not.
fn at_work(only_network: &World, standing: &World) -> Vec<(&'static str, World)> {
    let (domain, profile, group) = (
        "AWS::SageMaker::Domain",
        "AWS::SageMaker::UserProfile",
        "AWS::EC2::SecurityGroup",
    );
    let studio = |status| Abandoned {
        key: "studio",
        status,
        manifest: embedded(),
        given: Vec::new(),
        faults: vec![(profile, "create", 1)],
        on_failure: OnFailure::RollBack,
    };
    let changed = |status, times| Abandoned {
        given: vec![("IdleTimeoutInMinutes", "180".to_owned())],
        faults: vec![(domain, "update", times)],
        ..studio(status)
    };
    let network = |status, times, on_failure| Abandoned {
        key: "network",
        status,
        manifest: reworded(),
        given: Vec::new(),
        faults: vec![(group, "update", times)],
        on_failure,
    };
    let stuck = Abandoned {
        faults: vec![(profile, "create", 1), (domain, "delete", 1000)],
        ..studio("ROLLBACK_FAILED")
    };
    let (back, keep) = (OnFailure::RollBack, OnFailure::Keep);
    vec![
        (
            "studio being rolled back",
            studio("ROLLBACK_IN_PROGRESS").within(only_network),
        ),
        ("studio's rollback failed", stuck.within(only_network)),
        (
            "studio being changed",
            changed("UPDATE_IN_PROGRESS", 0).within(standing),
        ),
        (
            "studio going back",
            changed("UPDATE_ROLLBACK_IN_PROGRESS", 1).within(standing),
        ),
        (
            "network being changed",
            network("UPDATE_IN_PROGRESS", 0, back).within(standing),
        ),
        (
            "network going back",
            network("UPDATE_ROLLBACK_IN_PROGRESS", 1, back).within(standing),
        ),
        (
            "network changed and kept",
            network("UPDATE_FAILED", 1, keep).within(standing),
        ),
        (
            "network changed and back",
            network("UPDATE_ROLLBACK_COMPLETE", 1, back).within(standing),
        ),
        (
            "network not rolled back",
            network("UPDATE_ROLLBACK_FAILED", 1000, back).within(standing),
        ),
    ]
}

/// A complete environment, and what there is in it by kind.
fn standing() -> (World, BTreeMap<String, usize>) {
    standing_in(Scenario::default())
}

fn standing_in(scenario: Scenario) -> (World, BTreeMap<String, usize>) {
    paused(5, async {
        let life = Life::new(scenario, 5);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        (life.shell.snapshot(), numbers(&life.rows()))
    })
}

fn world_after(base: &World, deeds: impl AsyncFnOnce(&Life)) -> World {
    paused(5, async {
        let life = Life::within(base, 77);
        deeds(&life).await;
        life.shell.snapshot()
    })
}

async fn rest(life: &Life, seconds: u64) {
    life.context()
        .await
        .clock
        .sleep(Duration::from_secs(seconds))
        .await;
}

async fn delete(life: &Life, key: &str) {
    let form = format!("Action=DeleteStack&Version=2010-05-15&StackName={ENVIRONMENT}-{key}");
    ask(&life.shell, &form).await;
}

/// After the studio stack was deleted by hand: what its domain left goes too, and the network stays.
async fn leave_only_network(life: &Life) {
    let cx = life.context().await;
    for volume in cx.aws.file_systems().await.unwrap() {
        for target in cx.aws.mount_targets(&volume.id).await.unwrap() {
            cx.aws.delete_mount_target(&target.id).await.unwrap();
        }
        rest(life, 120).await;
        cx.aws.delete_file_system(&volume.id).await.unwrap();
        rest(life, 120).await;
    }
    let rows = life.rows();
    let groups = rows.values().filter(|row| {
        row.kind == "AWS::EC2::SecurityGroup"
            && row.tags.contains_key("ManagedByAmazonSageMakerResource")
    });
    let groups: BTreeSet<String> = groups.map(|row| row.id.clone()).collect();
    for group in &groups {
        cx.aws.revoke_group_rules(group, &groups).await.unwrap();
    }
    for group in &groups {
        cx.aws.delete_security_group(group).await.unwrap();
    }
    assert_eq!(orphans(life), Vec::<String>::new());
    assert_eq!(statuses(life).len(), 1);
}

/// An empty stack of ours that nobody has reviewed.
pub(crate) async fn review(life: &Life, key: &str) {
    let cx = life.context().await;
    let environment = (
        "jumpstart-vpc:environment".to_owned(),
        ENVIRONMENT.to_owned(),
    );
    let deployment = jumpstart_vpc::aws::cloudformation::Deployment {
        name: format!("{ENVIRONMENT}-{key}"),
        template: "Resources: {V: {Type: AWS::EC2::InternetGateway}}".into(),
        tags: [environment].into(),
        token: "review".into(),
        ..Default::default()
    };
    cx.aws
        .create_change_set(&deployment, "set", false)
        .await
        .unwrap();
    rest(life, 10).await;
}

/// A stack of our name that somebody else made.
async fn by_hand(life: &Life) {
    let form = format!(
        "Action=CreateStack&Version=2010-05-15&StackName={ENVIRONMENT}-network&TemplateBody=Resources%3A+%7BV%3A+%7BType%3A+AWS%3A%3AEC2%3A%3AInternetGateway%7D%7D"
    );
    ask(&life.shell, &form).await;
    rest(life, 60).await;
}

/// Which stack is the first that cannot come up when a resource fails, as the order of creation has it.
fn stack_of(kind: &str, nth: u64) -> &'static str {
    match kind {
        "AWS::EC2::VPCEndpoint" if nth > 1 => "endpoints",
        "AWS::IAM::Role" | "AWS::IAM::Policy" => "studio",
        kind if kind.starts_with("AWS::SageMaker") => "studio",
        _ => "network",
    }
}

fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut add = |start, place: Option<(&str, u64, &str)>, on_failure| {
        cells.push(Cell {
            start,
            place: place.map(|(kind, nth, reason)| (kind.to_owned(), nth, reason.to_owned())),
            on_failure,
        });
    };
    for on_failure in HANDLINGS {
        for place in PLACES {
            add("nothing", Some(place), on_failure);
        }
        for place in PLACES
            .into_iter()
            .filter(|place| stack_of(place.0, place.1) == "studio")
        {
            for start in ["the network is there", "studio rolled back"] {
                add(start, Some(place), on_failure);
            }
        }
        for start in [
            "network rolled back",
            "network failed and kept",
            "network being created",
        ] {
            add(start, Some(PLACES[14]), on_failure);
        }
    }
    let is_known = |place: &Place| {
        let mut known = PLACES.iter();
        known.any(|(kind, nth, _)| (*kind, *nth) == (place.0.as_str(), place.1))
    };
    let others = everywhere().into_iter().filter(|place| !is_known(place));
    for ((kind, nth, reason), on_failure) in others.zip(HANDLINGS.into_iter().cycle()) {
        add("nothing", Some((&kind, nth, &reason)), on_failure);
    }
    let starts = [
        "nothing",
        "the network is there",
        "all is there",
        "network rolled back",
        "network failed and kept",
        "studio rolled back",
        "studio failed and kept",
        "endpoints failed and kept",
        "network being created",
        "studio being created",
        "studio being rolled back",
        "studio's rollback failed",
        "studio being changed",
        "studio going back",
        "network being changed",
        "network going back",
        "network changed and kept",
        "network changed and back",
        "network not rolled back",
        "studio being deleted",
        "network under review",
        "endpoints changed and kept",
        "endpoints changed and back",
        "studio changed and kept",
        "studio not rolled back",
        "endpoints not deleted",
        "a network of others",
    ];
    for start in starts {
        add(start, None, OnFailure::RollBack);
        // Names of the endpoints that go first are not free yet; what is kept is not tried once more.
        if start != "endpoints failed and kept" {
            add(start, None, OnFailure::Keep);
        }
    }
    cells
}

/// Whether a stack is as `up` wants it.
fn is_up(status: Option<&String>) -> bool {
    status.is_some_and(|status| {
        status.ends_with("_COMPLETE")
            && status != "ROLLBACK_COMPLETE"
            && !status.starts_with("DELETE")
    })
}

/// What is wrong with where the stacks came to when the creation of one failed: that one is as `--on-failure` has it, and
/// every other that was begun stands.
fn misplaced(failed: &str, on_failure: OnFailure, ended: &BTreeMap<String, String>) -> Vec<String> {
    let status = ended.get(failed).map(String::as_str);
    // What could not be rolled back stands, whatever was wanted.
    let is_as_wanted = matches!(
        (on_failure, status),
        (
            OnFailure::RollBack,
            Some("ROLLBACK_COMPLETE" | "ROLLBACK_FAILED")
        ) | (OnFailure::Keep, Some("CREATE_FAILED"))
            | (OnFailure::Delete, None | Some("ROLLBACK_FAILED"))
    );
    let mut wrong = Vec::new();
    if !is_as_wanted {
        wrong.push(format!("{failed}, which failed, is in {status:?}"));
    }
    for (key, status) in ended {
        if key != failed && status != "CREATE_COMPLETE" {
            wrong.push(format!("{key}, which did not fail, is in {status}"));
        }
    }
    wrong
}

/// What a cell came to, in a line; what is wrong with it, if anything.
async fn lived(
    cell: &Cell,
    life: &Life,
    golden: &BTreeMap<String, usize>,
) -> (String, Vec<String>) {
    let before = life.rows();
    if let Some((kind, nth, reason)) = &cell.place {
        fault(life, kind, "create", *nth, reason).await;
    }
    let options = Options {
        // Where nothing is to fail, nothing may be found to stand in the way.
        no_preflight: cell.place.is_some(),
        ..handling(cell.on_failure)
    };
    let finished = up(life, options).await;
    let ended = statuses(life);
    let told: Vec<String> = KEYS
        .iter()
        .map(|key| {
            ended
                .get(*key)
                .map_or("-", String::as_str)
                .replace("_COMPLETE", "")
        })
        .collect();
    let result = format!("{} {}", finished.exit_code, told.join(" "));
    let mut wrong = Vec::new();
    let refused = [
        "studio not rolled back",
        "network not rolled back",
        "endpoints not deleted",
        "a network of others",
    ]
    .contains(&cell.start);
    match &cell.place {
        _ if refused => {
            if finished.outcome != Outcome::Refused {
                wrong.push(format!("not refused: {:?}", finished.outcome));
            }
            wrong.extend(difference(&before, &life.rows()));
            return (result, wrong);
        }
        None => {
            if finished.outcome != Outcome::Succeeded {
                wrong.push(format!("{:?}: {}", finished.outcome, warnings(life)));
            }
            let down = KEYS.iter().filter(|key| !is_up(ended.get(**key)));
            wrong.extend(down.map(|key| format!("{key} is not up")));
        }
        Some((kind, nth, reason)) => {
            wrong.extend(misplaced(stack_of(kind, *nth), cell.on_failure, &ended));
            if finished.outcome != Outcome::Failed {
                wrong.push(format!("not failed: {:?}", finished.outcome));
            }
            let why: Vec<String> = finished
                .remaining
                .iter()
                .filter_map(|it| it.reason.clone())
                .collect();
            let why = format!("{}\n{}", why.join("\n"), warnings(life));
            // CloudFormation says of a profile only that it did not stabilise.
            let told = kind == "AWS::SageMaker::UserProfile" || why.contains(reason.as_str());
            if !why.contains(kind.as_str()) || !told {
                wrong.push(format!("the cause is not named: {why}"));
            }
            if cell.on_failure != OnFailure::Keep {
                wrong.extend(orphans(life));
            }
            let failed = finished.remaining.iter().any(|left| {
                left.kind == "AWS::CloudFormation::Stack"
                    && left
                        .reason
                        .as_ref()
                        .is_some_and(|why| why.contains("first to fail"))
            });
            // What could not be rolled back stands, whatever was wanted.
            let stands = cell.on_failure != OnFailure::Delete
                || ended.values().any(|status| status == "ROLLBACK_FAILED");
            if failed != stands {
                wrong.push(format!("the failed stack: told {failed}, stands {stands}"));
            }
            if ended.values().any(|status| status.ends_with("IN_PROGRESS")) {
                wrong.push("something is still at work".to_owned());
            }
        }
    }
    // Whatever it was, the same command comes to the same end once the cause is gone.
    without_faults(&life.shell).await;
    let again = up(life, handling(OnFailure::RollBack)).await;
    if again.outcome != Outcome::Succeeded {
        wrong.push(format!("again: {:?} {}", again.outcome, warnings(life)));
    }
    let after = numbers(&life.rows());
    // What the domain of a stack left that somebody deleted is theirs: its volume may hold data.
    if after != *golden && cell.start != "studio being deleted" {
        wrong.push(format!("again there is {after:?}, not {golden:?}"));
    }
    (result, wrong)
}

#[test]
fn every_start_and_every_failure_ends_in_a_known_state() {
    let starts: BTreeMap<&str, World> = starts().into_iter().collect();
    let golden = standing().1;
    let cells = cells();
    let mut results: BTreeSet<String> = BTreeSet::new();
    let mut problems = Vec::new();
    for cell in &cells {
        let (result, wrong) = paused(9, async {
            let life = Life::within(&starts[cell.start], 9);
            lived(cell, &life, &golden).await
        });
        println!("{} | {result}", cell.name());
        if !wrong.is_empty() {
            println!("  WRONG: {}", wrong.join("; "));
            problems.push(format!("{}: {}", cell.name(), wrong.join("; ")));
        }
        results.insert(result);
    }
    println!("{} cells, {} results", cells.len(), results.len());
    assert!(
        problems.is_empty(),
        "{} cells:\n{}",
        problems.len(),
        problems.join("\n")
    );
    assert!(cells.len() >= 100 && results.len() >= 10);
    let places = everywhere();
    let has_cell = |place: &Place| cells.iter().any(|cell| cell.place.as_ref() == Some(place));
    // The endpoint that only `ServiceCatalog=yes` brings is the one that fails where a start has endpoints changed.
    assert_eq!(places.len(), 27);
    assert!(places.iter().all(has_cell));
}

#[test]
fn a_failure_that_passes_is_tried_once_more() {
    let key = "Unable to create Amazon EFS for domain because KMS key 'null' does not exist.";
    let golden = standing().1;
    for (times, outcome, domains) in [(1, Outcome::Succeeded, 1), (2, Outcome::Failed, 0)] {
        paused(31, async {
            let life = Life::new(Scenario::default(), 31);
            let rule = json!({
                "match": {"type": "AWS::SageMaker::Domain", "operation": "create", "times": times},
                "effect": {"kind": "fail", "reason": key},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let risen = life.up(ENVIRONMENT).await;
            assert_eq!(risen.outcome, outcome, "{}", warnings(&life));
            let after = numbers(&life.rows());
            assert_eq!(
                after.get("AWS::SageMaker::Domain").copied().unwrap_or(0),
                domains
            );
            assert_eq!(orphans(&life), Vec::<String>::new());
            if outcome == Outcome::Succeeded {
                assert_eq!(after, golden);
            } else {
                // CloudFormation said only that the domain did not stabilise.
                assert!(warnings(&life).contains(key), "{}", warnings(&life));
            }
        });
    }
}

#[test]
fn a_replacement_is_shown_and_refused_before_anything_is_changed() {
    let (world, _) = standing();
    paused(33, async {
        let life = Life::within(&world, 33);
        let before = life.rows();
        let other = [("studio.UserProfileName", "other".to_owned())];
        let manifest = || {
            let mut manifest = embedded();
            let studio = manifest
                .stacks
                .iter_mut()
                .find(|entry| entry.key == "studio");
            studio.unwrap().parameters.remove("UserProfileName");
            manifest
        };
        let options = Options::default();
        let risen = life
            .up_as(ENVIRONMENT, manifest(), &other, options.clone())
            .await;
        assert_eq!(risen.outcome, Outcome::Refused);
        let told = warnings(&life);
        assert!(
            told.contains("UserProfileName default-user → other"),
            "{told}"
        );
        assert!(told.contains("--allow-replacement"), "{told}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        let allowed = Options {
            allow_replacement: true,
            ..options
        };
        let risen = life.up_as(ENVIRONMENT, manifest(), &other, allowed).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
        let profiles = risen.outputs["profiles"].as_array().unwrap().clone();
        assert_eq!(profiles, ["other"]);
    });
}

/// A studio whose creation failed and was kept, in a complete environment, with its domain in service.
async fn leave_failed_studio(life: &Life) -> String {
    delete(life, "studio").await;
    rest(life, 900).await;
    leave_endpoints(life).await;
    fault(life, "AWS::SageMaker::UserProfile", "create", 1, "no").await;
    let failed = up(life, handling(OnFailure::Keep)).await;
    assert_eq!(failed.outcome, Outcome::Failed);
    without_faults(&life.shell).await;
    let cx = life.context().await;
    cx.aws.domains().await.unwrap()[0].id.clone()
}

#[test]
fn a_stack_that_is_made_anew_goes_by_a_step_of_its_own() {
    let (world, _) = standing();
    paused(36, async {
        let life = Life::within(&world, 36);
        leave_failed_studio(&life).await;
        life.recorder.0.borrow_mut().clear();
        let risen = life.up(ENVIRONMENT).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
        let step =
            |verb: &str| format!("{verb}-stack:AWS::CloudFormation::Stack:{ENVIRONMENT}-studio");
        let (removal, making) = (step("delete"), step("create"));
        let events = life.recorder.0.borrow();
        let planned: Vec<String> = events
            .iter()
            .filter_map(|event| match event {
                Event::Plan { steps, .. } => Some(steps.iter().map(|step| step.id.clone())),
                _ => None,
            })
            .flatten()
            .filter(|id| id.ends_with("-studio"))
            .collect();
        assert_eq!(planned, [removal.clone(), making.clone()]);
        let told: Vec<String> = events
            .iter()
            .filter_map(|event| match event {
                Event::StepStarted { id } => Some(format!("begun {id}")),
                Event::StepFinished { id, outcome, .. } => Some(format!("{outcome:?} {id}")),
                _ => None,
            })
            .filter(|told| told.ends_with("-studio"))
            .collect();
        let expected = [
            format!("begun {removal}"),
            format!("Done {removal}"),
            format!("begun {making}"),
            format!("Done {making}"),
        ];
        assert_eq!(told, expected);
    });
}

#[test]
fn a_profile_in_a_domain_that_never_came_up_is_not_thrown_away() {
    let (world, _) = standing();
    paused(34, async {
        let life = Life::within(&world, 34);
        let domain = leave_failed_studio(&life).await;
        let cx = life.context().await;
        cx.aws.create_user_profile(&domain, "early").await.unwrap();
        rest(&life, 120).await;
        let before = life.rows();
        let risen = life.up(ENVIRONMENT).await;
        let told = warnings(&life);
        assert_eq!(risen.outcome, Outcome::Refused, "{told}");
        assert!(told.contains("user profiles: early"), "{told}");
        assert!(told.contains("run: jumpstart-vpc down --name"), "{told}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn spaces_in_a_domain_that_never_came_up_are_not_thrown_away() {
    let (world, _) = standing();
    paused(35, async {
        let life = Life::within(&world, 35);
        let domain = leave_failed_studio(&life).await;
        let cx = life.context().await;
        cx.aws.create_user_profile(&domain, "early").await.unwrap();
        rest(&life, 120).await;
        cx.aws.create_space(&domain, "early", "work").await.unwrap();
        rest(&life, 120).await;
        let before = life.rows();
        let risen = life.up(ENVIRONMENT).await;
        assert_ne!(risen.outcome, Outcome::Succeeded);
        assert!(warnings(&life).contains("work"), "{}", warnings(&life));
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

/// After the studio stack was deleted by hand, with the endpoints still there.
async fn leave_endpoints(life: &Life) {
    let cx = life.context().await;
    for volume in cx.aws.file_systems().await.unwrap() {
        for target in cx.aws.mount_targets(&volume.id).await.unwrap() {
            cx.aws.delete_mount_target(&target.id).await.unwrap();
        }
        rest(life, 120).await;
        cx.aws.delete_file_system(&volume.id).await.unwrap();
    }
}

#[test]
fn a_deadline_ends_it_and_the_same_command_continues() {
    let golden = standing().1;
    paused(37, async {
        let life = Life::new(Scenario::default(), 37);
        let hurried = Life {
            deadline: Duration::from_secs(60),
            ..life.clone()
        };
        let risen = hurried.up(ENVIRONMENT).await;
        assert_eq!(risen.outcome, Outcome::Incomplete, "{}", warnings(&life));
        // What goes on by itself has not failed.
        let failed = |event: &Event| matches!(event, Event::StepFinished { outcome, .. } if *outcome == StepOutcome::Failed);
        assert!(!life.recorder.0.borrow().iter().any(failed));
        let again = Life {
            seed: 38,
            ..life.clone()
        };
        assert_eq!(again.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        assert_eq!(numbers(&life.rows()), golden);
    });
}

#[test]
fn protection_is_on_when_all_is_well() {
    let (world, _) = standing();
    paused(39, async {
        let life = Life::within(&world, 39);
        let options = Options {
            protect: true,
            ..Options::default()
        };
        assert_eq!(up(&life, options).await.outcome, Outcome::Succeeded);
        let stacks = life.context().await.aws.stacks().await.unwrap();
        assert!(stacks.len() == 3 && stacks.iter().all(|stack| stack.protected));
        assert_eq!(
            life.down(ENVIRONMENT, force()).await.outcome,
            Outcome::Refused
        );
    });
}

/// Keeps when each event of a stack was shown.
struct Timed {
    clock: jumpstart_vpc::clock::Clock,
    shown: std::rc::Rc<std::cell::RefCell<Vec<(String, jiff::Timestamp)>>>,
}

impl jumpstart_vpc::event::Sink for Timed {
    fn take(&mut self, event: &Event) {
        if let Event::StackEvent { stack, .. } = event {
            self.shown
                .borrow_mut()
                .push((stack.clone(), self.clock.time()));
        }
    }
}

#[test]
fn events_are_shown_within_three_seconds_at_the_median() {
    let mut delays: Vec<f64> = Vec::new();
    for seed in 41..44 {
        paused(seed, async {
            let life = Life::new(Scenario::default(), seed);
            let mut cx = life.context().await;
            let shown = std::rc::Rc::default();
            cx.events = jumpstart_vpc::event::Events::new(Timed {
                clock: cx.clock.clone(),
                shown: std::rc::Rc::clone(&shown),
            });
            let options = Options::default();
            let risen = life.up_in(&cx, ENVIRONMENT, embedded(), &[], options).await;
            assert_eq!(risen.outcome, Outcome::Succeeded);
            for key in KEYS {
                let stack = format!("{ENVIRONMENT}-{key}");
                let happened = happened(&life, &stack).await;
                let shown = shown.borrow();
                let shown: Vec<jiff::Timestamp> = shown
                    .iter()
                    .filter(|(name, _)| *name == stack)
                    .map(|(_, at)| *at)
                    .collect();
                assert_eq!(shown.len(), happened.len());
                let pairs = shown.iter().zip(&happened);
                delays.extend(pairs.map(|(shown, at)| shown.duration_since(*at).as_secs_f64()));
            }
        });
    }
    delays.sort_by(f64::total_cmp);
    let (median, most) = (delays[delays.len() / 2], delays[delays.len() - 1]);
    println!(
        "{} events: median {median:.2} s, longest {most:.2} s",
        delays.len()
    );
    assert!(median <= 3.0, "{median}");
    assert!(delays[0] >= 0.0, "shown before it happened: {}", delays[0]);
}

/// When a stack's events happened, oldest first.
async fn happened(life: &Life, stack: &str) -> Vec<jiff::Timestamp> {
    let mut happened = Vec::new();
    let mut token = String::new();
    loop {
        let form =
            format!("Action=DescribeStackEvents&Version=2010-05-15&StackName={stack}{token}");
        let answer = ask(&life.shell, &form).await;
        let times = answer.split("<Timestamp>").skip(1);
        happened.extend(times.map(|rest| {
            let time: jiff::Timestamp = rest.split('<').next().unwrap().parse().unwrap();
            time
        }));
        match answer.split("<NextToken>").nth(1) {
            Some(rest) => token = format!("&NextToken={}", rest.split('<').next().unwrap()),
            None => break,
        }
    }
    happened.reverse();
    happened
}

#[test]
fn it_takes_little_more_than_any_client_must() {
    for seed in 51..57 {
        paused(seed, async {
            let life = Life::new(Scenario::default(), seed);
            let before = life.shell.snapshot();
            assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
            let after = life.shell.snapshot();
            let took = after.now().since(before.now());
            let bound = simulator::bound::creation(&before, &after)
                .unwrap()
                .under_limits;
            let over = took.saturating_sub(bound);
            println!("seed {seed}: {took:?}, bound {bound:?}, over {over:?}");
            let most = Duration::from_secs(20).max(bound.mul_f64(0.05));
            assert!(over <= most, "seed {seed}: {over:?} over {bound:?}");
        });
    }
}

#[test]
fn a_change_that_fails_goes_back_or_stays_and_the_next_run_copes() {
    let (world, golden) = standing();
    let given = [("IdleTimeoutInMinutes", "180".to_owned())];
    for (times, on_failure, status, next) in [
        (
            1,
            OnFailure::RollBack,
            "UPDATE_ROLLBACK_COMPLETE",
            Outcome::Succeeded,
        ),
        (
            1,
            OnFailure::Delete,
            "UPDATE_ROLLBACK_COMPLETE",
            Outcome::Succeeded,
        ),
        (1, OnFailure::Keep, "UPDATE_FAILED", Outcome::Succeeded),
        (
            1000,
            OnFailure::RollBack,
            "UPDATE_ROLLBACK_FAILED",
            Outcome::Refused,
        ),
    ] {
        paused(45, async {
            let life = Life::within(&world, 45);
            let rule = json!({
                "match": {"type": "AWS::SageMaker::Domain", "operation": "update", "times": times},
                "effect": {"kind": "fail", "reason": "the settings are not valid"},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let risen = life
                .up_as(ENVIRONMENT, embedded(), &given, handling(on_failure))
                .await;
            assert_eq!(
                risen.outcome,
                Outcome::Failed,
                "{status}: {}",
                warnings(&life)
            );
            assert_eq!(statuses(&life)["studio"], status, "{}", warnings(&life));
            assert!(
                warnings(&life).contains("AWS::SageMaker::Domain Domain"),
                "{}",
                warnings(&life)
            );
            without_faults(&life.shell).await;
            let again = Life {
                seed: 46,
                ..life.clone()
            };
            let options = handling(OnFailure::RollBack);
            let finished = again.up_as(ENVIRONMENT, embedded(), &given, options).await;
            assert_eq!(finished.outcome, next, "{status}: {}", warnings(&again));
            assert_eq!(numbers(&life.rows()), golden);
            if next == Outcome::Refused {
                assert!(warnings(&again).contains("continue-update-rollback"));
            }
        });
    }
}
