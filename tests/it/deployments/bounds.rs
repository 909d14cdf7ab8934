//! What a deployment may take: its deadline, the time beyond any client's, and how late an event is shown.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use jumpstart_vpc::clock::Clock;
use jumpstart_vpc::event::{Event, Events, Outcome, Sink, StepOutcome};
use jumpstart_vpc::up::Options;
use simulator::Scenario;

use super::worlds::standing;
use super::{KEYS, embedded, numbers};
use crate::support::process::ask;
use crate::support::{ENVIRONMENT, Life, paused, warnings};

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

/// Keeps when each event of a stack was shown.
struct Timed {
    clock: Clock,
    shown: Rc<RefCell<Vec<(String, Timestamp)>>>,
}

impl Sink for Timed {
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
            let shown = Rc::default();
            cx.events = Events::new(Timed {
                clock: cx.clock.clone(),
                shown: Rc::clone(&shown),
            });
            let options = Options::default();
            let risen = life.up_in(&cx, ENVIRONMENT, embedded(), &[], options).await;
            assert_eq!(risen.outcome, Outcome::Succeeded);
            for key in KEYS {
                let stack = format!("{ENVIRONMENT}-{key}");
                let happened = happened(&life, &stack).await;
                let shown = shown.borrow();
                let shown: Vec<Timestamp> = shown
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
async fn happened(life: &Life, stack: &str) -> Vec<Timestamp> {
    let mut happened = Vec::new();
    let mut token = String::new();
    loop {
        let form =
            format!("Action=DescribeStackEvents&Version=2010-05-15&StackName={stack}{token}");
        let answer = ask(&life.shell, &form).await;
        let times = answer.split("<Timestamp>").skip(1);
        happened.extend(times.map(|rest| {
            let time: Timestamp = rest.split('<').next().unwrap().parse().unwrap();
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
