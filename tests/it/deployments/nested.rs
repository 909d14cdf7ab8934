//! A studio in a nested stack that does not come up.

use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::up::OnFailure;
use simulator::Scenario;

use super::{fault, handling, orphans};
use crate::support::nested::nested_studio;
use crate::support::process::without_faults;
use crate::support::{ENVIRONMENT, Life, paused, warnings};

#[test]
fn what_a_nested_studio_leaves_is_removed_and_it_is_made_anew() {
    for on_failure in [OnFailure::RollBack, OnFailure::Keep, OnFailure::Delete] {
        paused(98, async {
            let life = Life::new(Scenario::default(), 98);
            let set = nested_studio(&life, "nested-anew", "").await;
            fault(&life, "AWS::SageMaker::UserProfile", "create", 1, "no").await;
            let options = handling(on_failure);
            let risen = life.up_as(ENVIRONMENT, set.clone(), &[], options).await;
            assert_eq!(risen.outcome, Outcome::Failed, "{}", warnings(&life));
            if on_failure != OnFailure::Keep {
                assert_eq!(orphans(&life), Vec::<String>::new(), "{on_failure:?}");
            }
            without_faults(&life.shell).await;
            let risen = life.up_with(ENVIRONMENT, set).await;
            assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
            assert_eq!(orphans(&life), Vec::<String>::new(), "{on_failure:?}");
        });
    }
}
