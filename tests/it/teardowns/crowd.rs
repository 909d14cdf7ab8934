//! A workshop of many, and an account that is full of other people's models.

use std::collections::BTreeMap;
use std::time::Duration;

use jumpstart_vpc::event::Outcome;
use serde_json::json;
use simulator::{World, bound};

use crate::support::hand::carl;
use crate::support::workshop::{unlimited, workshop};
use crate::support::{ENVIRONMENT, Life, force, paused};

const SEED: u64 = 95;
/// How much longer a teardown may take than any client must under the same rates.
const RATIO: f64 = 1.25;
/// Pages that sixty participants may take more than twenty. Two apps and two spaces each, they fill a second page of the lists
/// of apps, of spaces and of interfaces, which each look at them reads too: sixty looks are one in a third of a minute.
const PAGES: usize = 3 * 60;

/// Models and endpoints that have nothing to do with us.
async fn fill(life: &Life, models: u32, endpoints: u32) {
    let carl = carl(life);
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
    let members = [("RoleName", "carl"), ("AssumeRolePolicyDocument", trust)];
    let role = carl.iam("CreateRole", &members, "Arn").await;
    let cx = life.context().await;
    cx.clock.sleep(Duration::from_secs(60)).await;
    for number in 0..models {
        let input = json!({
            "ModelName": format!("model-{number}"),
            "ExecutionRoleArn": role,
            "PrimaryContainer": {"Image": "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.27"},
        });
        carl.sagemaker("CreateModel", input).await;
    }
    for number in 0..endpoints {
        let name = format!("endpoint-{number}");
        let input = json!({
            "EndpointConfigName": name,
            "ProductionVariants": [{
                "VariantName": "AllTraffic",
                "ModelName": format!("model-{number}"),
                "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
            }],
        });
        carl.sagemaker("CreateEndpointConfig", input).await;
        let input = json!({"EndpointName": name, "EndpointConfigName": name});
        carl.sagemaker("CreateEndpoint", input).await;
    }
    cx.clock.sleep(Duration::from_secs(1800)).await;
}

/// What a teardown took, and how often it called what.
struct Torn {
    before: World,
    after: World,
    calls: BTreeMap<String, usize>,
    /// How many of the calls have deleted or changed something.
    writes: usize,
}

impl Torn {
    fn took(&self) -> Duration {
        self.after.now().since(self.before.now())
    }

    fn all(&self) -> usize {
        self.calls.values().sum()
    }
}

fn tear_down(mut world: World) -> Torn {
    world.rates.enforced = true;
    let began = world.log().len();
    let life = Life::within(&world, SEED);
    let (fallen, after) = paused(SEED, async {
        let fallen = life.down(ENVIRONMENT, force()).await;
        (fallen, life.shell.snapshot())
    });
    assert_eq!(
        fallen.outcome,
        Outcome::Succeeded,
        "{:#?}",
        fallen.remaining
    );
    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    let mut writes = 0;
    let entries = after.log().iter().skip(began);
    for entry in entries.filter(|entry| entry.code.is_none()) {
        *calls.entry(entry.action.clone()).or_default() += 1;
        writes += usize::from(entry.write);
    }
    Torn {
        before: world,
        after,
        calls,
        writes,
    }
}

/// Calls about one thing each: they may not grow with what there is.
fn single_reads(torn: &Torn) -> usize {
    let single = [
        "sagemaker:DescribeApp",
        "sagemaker:DescribeSpace",
        "sagemaker:DescribeUserProfile",
        "sagemaker:DescribeModel",
        "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeEndpointConfig",
        "sagemaker:DescribeInferenceComponent",
        "sagemaker:ListTags",
    ];
    let counts = single.iter().filter_map(|action| torn.calls.get(*action));
    counts.sum()
}

#[test]
fn participants_go_within_the_rates_by_pages_and_deletions() {
    let torn = |participants: u32| {
        let life = unlimited(SEED);
        let world = paused(SEED, async {
            workshop(&life, participants).await;
            life.shell.snapshot()
        });
        tear_down(world)
    };
    let (few, many) = (torn(20), torn(60));
    let bound = bound::removal(&few.before, &few.after).unwrap();
    let (took, longest) = (few.took(), bound.under_limits.mul_f64(RATIO));
    assert!(took <= longest, "{took:?}: {bound:?}");
    let took = many.took();
    assert!(took < Duration::from_secs(3600), "{took:?}");
    assert!(single_reads(&many) < 20, "{:?}", many.calls);
    let more = many.all().saturating_sub(few.all());
    let deletions = many.writes.saturating_sub(few.writes);
    assert!(
        more <= deletions + PAGES,
        "{more} calls more, of which {deletions} deletions: {:?} {:?}",
        few.calls,
        many.calls
    );
}

/// Other people's models and endpoints, where there are many, and the pages of a hundred that these take with ours.
const MODELS: u32 = 3_000;
const ENDPOINTS: u32 = 200;
const PAGES_OF_MODELS: usize = 31;
const PAGES_OF_ENDPOINTS: usize = 3;
/// Looks at one list that a teardown may take more because each of them takes longer.
const MORE_LOOKS: usize = 4;

/// How many pages a look takes at most that was one page; nothing where it reads what does not grow.
fn pages_of(action: &str) -> Option<usize> {
    match action {
        // Search is asked for models, and for endpoints.
        "sagemaker:ListModels" | "sagemaker:Search" => Some(PAGES_OF_MODELS),
        "sagemaker:ListEndpoints" | "sagemaker:ListEndpointConfigs" => Some(PAGES_OF_ENDPOINTS),
        _ => None,
    }
}

#[test]
fn other_peoples_models_add_pages_and_nothing_else() {
    let calls = |models: u32, endpoints: u32| {
        let life = unlimited(SEED);
        let world = paused(SEED, async {
            workshop(&life, 1).await;
            // Made later than our models, so that any of them might use one.
            fill(&life, models, endpoints).await;
            life.shell.snapshot()
        });
        tear_down(world)
    };
    let (few, many) = (calls(10, 1), calls(MODELS, ENDPOINTS));
    assert!(
        single_reads(&many) <= single_reads(&few) + 2,
        "{:?} {:?}",
        few.calls,
        many.calls
    );
    for (action, count) in &many.calls {
        let looks = few.calls.get(action).copied().unwrap_or_default();
        if let Some(pages) = pages_of(action) {
            let most = (looks + MORE_LOOKS) * pages;
            assert!(*count <= most, "{action}: {looks} looks, {count} pages");
        }
    }
    // Of everything else a longer way asks a little more; a call for every second endpoint would be too much.
    let rest = |torn: &Torn| -> usize {
        let others = torn.calls.iter();
        let others = others.filter(|(action, _)| pages_of(action).is_none());
        others.map(|(_, count)| count).sum()
    };
    assert!(
        rest(&many) < rest(&few) + ENDPOINTS as usize / 2,
        "{:?} {:?}",
        few.calls,
        many.calls
    );
}
