//! The environment's stacks: found by their marks, with members, exports, VPCs and roles.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use environment::facts::{
    Domain, Export, Member, SecurityGroup, Stack, Stacks, Tags, Vpc, comes_of_change,
};
use environment::{Facts, Reading, mark};

use futures_util::future::{join, try_join, try_join_all};
use jiff::Timestamp;

use super::Inventory;
use crate::aws::cloudformation::{self, DELETED};
use crate::aws::{CallError, Class};

/// The mark of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    pub environment: String,
    pub key: String,
    pub owner: String,
    pub version: String,
}

impl Mark {
    /// The mark among a stack's tags, or nothing.
    pub fn of(tags: &Tags) -> Option<Self> {
        let text = |key: &str| tags.get(key).cloned().unwrap_or_default();
        tags.get(mark::ENVIRONMENT).map(|environment| Self {
            environment: environment.clone(),
            key: text(mark::STACK),
            owner: text(mark::OWNER),
            version: text(mark::VERSION),
        })
    }
}

/// What was seen of all stacks of the account, ours or not.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Names of stacks that bear no mark of this environment, with the mark they bear instead.
    pub foreign: BTreeMap<String, Option<Mark>>,
    /// The environment's stacks as CloudFormation tells of them.
    pub marked: Vec<cloudformation::Stack>,
    /// The environment's stacks that were deleted and left something.
    pub deleted: Vec<cloudformation::Stack>,
    /// The marks of VPCs that their stacks have left behind, by id; those included of which that is not known.
    pub left: BTreeMap<String, Mark>,
    /// Those VPCs of which nobody can tell any more whether they were to be kept.
    pub doubtful: BTreeSet<String>,
}

/// What became of a VPC that bears the mark and that no stack of ours has.
enum Left {
    /// It stays against its template's will, by the stack that made it.
    Behind { arn: String, name: String },
    /// Its template wants it kept, or no stack made it, or one still has it that is not ours.
    Elsewhere,
    /// Its stack was deleted too long ago, or has a template that cannot be read.
    Doubtful,
}

/// How many deleted stacks of the environment's name, and of other names, are asked whether they were the environment's,
/// the newest first.
const NAMED_ASKED: usize = 300;
const OTHERS_ASKED: usize = 50;

/// The status of a stack that has nothing but a change set.
const UNDER_REVIEW: &str = "REVIEW_IN_PROGRESS";

/// What need not be read again while nothing about it can have changed.
#[derive(Default)]
pub(super) struct Cache {
    /// Members by ARN and state.
    members: RefCell<BTreeMap<(String, State), Vec<Member>>>,
    /// Templates by ARN, as they were read last.
    templates: RefCell<BTreeMap<String, Template>>,
    /// Unique ids by role name.
    roles: RefCell<BTreeMap<String, String>>,
    /// Whether all deleted stacks were asked for their domains.
    former: Cell<bool>,
    /// The domains of those that were asked, by ARN.
    asked: RefCell<BTreeMap<String, Vec<String>>>,
    /// How many deleted stacks were not asked for theirs.
    unasked: Cell<usize>,
    /// Every domain that was ours at some moment of this run: the stack that said so may have gone meanwhile.
    domains: RefCell<BTreeSet<String>>,
    /// Everything that was a member at some moment of this run.
    former_members: RefCell<BTreeSet<String>>,
    /// Stacks of this environment that were deleted, and left something.
    deleted: RefCell<Vec<cloudformation::Stack>>,
}

/// A stack's template, empty where it has none yet, and the logical ids under `DeletionPolicy: Retain`; nothing where it
/// cannot be read.
#[derive(Clone, Debug)]
struct Template {
    text: String,
    retained: Option<BTreeSet<String>>,
    /// The state that the stack was in.
    read_in: State,
}

/// The state of a stack when something of it was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    status: String,
    updated: Option<Timestamp>,
}

impl State {
    fn of(stack: &cloudformation::Stack) -> Self {
        Self {
            status: stack.status.clone(),
            updated: stack.updated,
        }
    }

    /// Whether a stack in this state has the template that it had in an earlier one. Only a change gives it another one, and
    /// takes that back where it fails.
    fn has_template_of(&self, earlier: &State) -> bool {
        let is_same = self.status == earlier.status || !comes_of_change(&self.status);
        earlier.is_settled() && is_same && self.updated == earlier.updated
    }

    /// Whether it is known which template stays: not under review, in a change, nor where one has failed half-way.
    fn is_settled(&self) -> bool {
        let may_go_on = comes_of_change(&self.status) || self.status == UNDER_REVIEW;
        !may_go_on || self.status.ends_with("_COMPLETE")
    }
}

impl Cache {
    /// Whether a stack still has the template that was read of it.
    fn is_current(&self, stack: &cloudformation::Stack) -> bool {
        let templates = self.templates.borrow();
        let known = templates.get(&stack.arn);
        known.is_some_and(|known| State::of(stack).has_template_of(&known.read_in))
    }

    /// The template of a stack that was read in this run.
    pub(super) fn template(&self, arn: &str) -> Option<String> {
        let templates = self.templates.borrow();
        templates.get(arn).map(|template| template.text.clone())
    }
}

impl Inventory {
    pub(super) async fn read_stacks(&self) -> Result<Stacks, CallError> {
        let environment = self.facts().environment.clone();
        let (marked, others): (Vec<_>, Vec<_>) = self
            .aws
            .stacks()
            .await?
            .into_iter()
            .partition(|stack| stack.tags.get(mark::ENVIRONMENT) == Some(&environment));
        *self.survey.borrow_mut() = Survey {
            foreign: others
                .iter()
                .map(|stack| (stack.name.clone(), Mark::of(&stack.tags)))
                .collect(),
            marked: marked.clone(),
            deleted: self.stacks.deleted.borrow().clone(),
            ..Survey::default()
        };
        let (nested, marked): (Vec<_>, Vec<_>) =
            marked.into_iter().partition(|stack| stack.parent.is_some());
        let mut facts =
            try_join_all(marked.into_iter().map(|stack| self.stack_fact(stack))).await?;
        self.fold_nested(&mut facts, nested).await?;
        let (vpcs, role_ids) = join(self.vpc_facts(&facts), self.role_ids(&facts)).await;
        let vpcs = vpcs?;
        let mut domains = self.stacks.domains.borrow_mut();
        domains.extend(self.facts().domain_ids());
        let members = facts.iter().flat_map(|stack| &stack.members);
        let mut former = self.stacks.former_members.borrow_mut();
        former.extend(members.clone().map(|member| member.id.clone()));
        let members = members
            .filter(|member| member.kind == "AWS::SageMaker::Domain" && !member.id.is_empty());
        domains.extend(members.map(|member| member.id.clone()));
        domains.extend(vpcs.iter().flat_map(|vpc| vpc.domains.iter().cloned()));
        let former_domains = domains.clone();
        Ok(Stacks {
            marked: facts,
            vpcs,
            former_domains,
            role_ids,
            former_members: former.clone(),
        })
    }

    pub(super) async fn stack_fact(
        &self,
        stack: cloudformation::Stack,
    ) -> Result<Stack, CallError> {
        let mark = Mark::of(&stack.tags).unwrap_or_default();
        let needs = stack
            .tags
            .get(mark::NEEDS)
            .map(String::as_str)
            .unwrap_or_default();
        let exports = stack.exports.iter().map(async |name| {
            let importers = self.aws.importers(name).await?;
            let name = name.clone();
            Ok::<_, CallError>(Export { name, importers })
        });
        let (exports, members) = try_join(try_join_all(exports), self.members(&stack)).await?;
        let templates = self.stacks.templates.borrow();
        let template = templates.get(&stack.arn);
        Ok(Stack {
            members,
            nested: Vec::new(),
            is_unreadable: template.is_some_and(|template| template.retained.is_none()),
            is_kept: false,
            key: mark.key,
            needs: needs.split_whitespace().map(str::to_owned).collect(),
            owner: mark.owner,
            version: mark.version,
            protected: stack.protected,
            exports,
            arn: stack.arn.into(),
            name: stack.name.into(),
            status: stack.status,
        })
    }

    async fn members(&self, stack: &cloudformation::Stack) -> Result<Vec<Member>, CallError> {
        let key = (stack.arn.clone(), State::of(stack));
        // A failed deletion can fail anew in another way under the same status.
        let settled = stack.status.ends_with("_COMPLETE") && self.stacks.is_current(stack);
        let cached = self.stacks.members.borrow().get(&key).cloned();
        if let Some(members) = cached.filter(|_| settled) {
            return Ok(members);
        }
        let members = self.aws.stack_members(&stack.arn);
        let (retained, mut members) = try_join(self.retained(stack), members).await?;
        // Where nobody can read that, the stack as a whole is in doubt: `Stack::is_unreadable`.
        let retained = retained.unwrap_or_default();
        for member in &mut members {
            member.retained = retained.contains(&member.logical_id);
        }
        self.stacks
            .members
            .borrow_mut()
            .insert(key, members.clone());
        Ok(members)
    }

    /// Logical ids that the template's author wants kept; nothing where the template cannot be read: anything may be among
    /// them then.
    pub(super) async fn retained(
        &self,
        stack: &cloudformation::Stack,
    ) -> Result<Option<BTreeSet<String>>, CallError> {
        if self.stacks.is_current(stack) {
            let templates = self.stacks.templates.borrow();
            let known = templates.get(&stack.arn);
            return Ok(known.and_then(|known| known.retained.clone()));
        }
        let (text, retained) = match self.aws.stack_template(&stack.arn).await {
            Ok(text) => {
                let retained = retained_in(&text);
                (text, retained)
            }
            // A stack that is only under review has no template of its own yet, and nothing in it.
            Err(error) if error.class == Class::NotFound || stack.status == UNDER_REVIEW => {
                (String::new(), Some(BTreeSet::new()))
            }
            Err(error) if error.class == Class::Other => (String::new(), None),
            Err(error) => return Err(error),
        };
        let template = Template {
            text,
            retained: retained.clone(),
            read_in: State::of(stack),
        };
        let mut templates = self.stacks.templates.borrow_mut();
        templates.insert(stack.arn.clone(), template);
        Ok(retained)
    }

    async fn vpc_facts(&self, stacks: &[Stack]) -> Result<Vec<Vpc>, CallError> {
        let mut vpcs = Vec::new();
        for stack in stacks {
            let ids: Vec<String> = present(stack, "AWS::EC2::VPC").cloned().collect();
            let found = self.aws.vpc_tags(&ids).await?.into_iter();
            vpcs.extend(found.map(|(id, tags)| Vpc {
                id,
                stack: stack.arn.clone(),
                left_by: None,
                domains: domains_marked(&tags),
            }));
        }
        let environment = self.facts().environment.clone();
        for (id, tags) in self.aws.marked_vpcs(&environment).await? {
            if vpcs.iter().any(|vpc| vpc.id == id) {
                continue;
            }
            let left = self.left_by(&tags).await?;
            if matches!(left, Left::Elsewhere) {
                continue;
            }
            let mut survey = self.survey.borrow_mut();
            let mark = Mark::of(&tags).unwrap_or_default();
            survey.left.insert(id.clone(), mark);
            if let Left::Behind { arn, name } = left {
                vpcs.push(Vpc {
                    id,
                    stack: arn.into(),
                    left_by: Some(name),
                    domains: domains_marked(&tags),
                });
            } else {
                survey.doubtful.insert(id);
            }
        }
        Ok(vpcs)
    }

    /// Whether a deleted stack has left a VPC behind: one under `DeletionPolicy: Retain` stays. CloudFormation tells of a
    /// deleted stack for 90 days (section 3.2).
    async fn left_by(&self, tags: &Tags) -> Result<Left, CallError> {
        let (Some(arn), Some(logical_id)) = (tags.get(mark::STACK_ARN), tags.get(mark::LOGICAL_ID))
        else {
            return Ok(Left::Elsewhere);
        };
        let Some(stack) = self.aws.stack(arn).await? else {
            return Ok(Left::Doubtful);
        };
        if stack.status != DELETED {
            return Ok(Left::Elsewhere);
        }
        let retained = self.retained(&stack).await?;
        Ok(match retained {
            Some(retained) if retained.contains(logical_id) => Left::Elsewhere,
            Some(_) => {
                let cloudformation::Stack { arn, name, .. } = stack;
                Left::Behind { arn, name }
            }
            None => Left::Doubtful,
        })
    }

    /// An advisory read: without it interfaces of our endpoints are waited for instead of detached.
    async fn role_ids(&self, stacks: &[Stack]) -> BTreeMap<String, String> {
        for name in stacks
            .iter()
            .flat_map(|stack| present(stack, "AWS::IAM::Role"))
        {
            if self.stacks.roles.borrow().contains_key(name) {
                continue;
            }
            match self.aws.role_id(name).await {
                Ok(id) => drop(self.stacks.roles.borrow_mut().insert(name.clone(), id)),
                Err(error) if error.class == Class::NotFound => {}
                Err(error) => self.go_on_without(format!("the id of role {name}"), &error),
            }
        }
        self.stacks.roles.borrow().clone()
    }

    /// The domains that exist no more, that no stack and no mark names, and of which there is a group in our VPC or a volume
    /// that nobody chose to keep: the stack that made them is gone, or was rolled back and made anew.
    async fn unexplained(&self) -> Result<BTreeSet<String>, CallError> {
        let elsewhere = self.domains_left_anywhere().await?;
        let mut unexplained: BTreeSet<String> = {
            let facts = self.facts();
            let ours = facts.domain_ids();
            let groups = facts.security_groups.items().iter();
            let volumes = facts.file_systems.items().iter();
            let volumes = volumes.filter(|volume| !volume.tags.contains_key(mark::KEPT));
            let homes = volumes
                .filter_map(|volume| volume.tags.get(mark::MANAGED_BY_DOMAIN))
                .filter_map(|arn| Facts::domain_of_arn(arn));
            groups
                .filter_map(SecurityGroup::domain)
                .chain(homes)
                .chain(elsewhere.iter().map(String::as_str))
                .filter(|domain| !ours.contains(*domain))
                .map(str::to_owned)
                .collect()
        };
        if !unexplained.is_empty() {
            for living in self.aws().domains().await? {
                unexplained.remove(&living.id);
            }
        }
        Ok(unexplained)
    }

    /// How many deleted stacks of other names nobody asked whether they were the environment's.
    pub fn stacks_unasked(&self) -> usize {
        self.stacks.unasked.get()
    }

    /// Where no stack is left, and with them no VPC to look in: the domains that the tag index knows anything of.
    async fn domains_left_anywhere(&self) -> Result<BTreeSet<String>, CallError> {
        if !self.facts().marked().is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut domains = BTreeSet::new();
        for key in [mark::MADE_IN_DOMAIN, mark::MANAGED_BY_DOMAIN] {
            let tagged = self.aws.tagged_at_all(key).await?;
            let left = tagged
                .iter()
                .filter(|found| !found.tags.contains_key(mark::KEPT));
            let arns = left.filter_map(|found| found.tags.get(key));
            let ids = arns.filter_map(|arn| Facts::domain_of_arn(arn));
            domains.extend(ids.map(str::to_owned));
        }
        Ok(domains)
    }

    /// Looks once for domains of the environment's deleted stacks, where something is left that they would explain.
    ///
    /// # Errors
    /// As any call.
    pub(super) async fn learn_former_domains(&self) -> Result<(), CallError> {
        if self.stacks.former.get() {
            return Ok(());
        }
        let unexplained = self.unexplained().await?;
        self.ask_deleted_stacks(&unexplained).await
    }

    /// Learns, where a domain of ours is there that no stack has, whether a deleted one wanted it kept.
    ///
    /// # Errors
    /// As any call.
    pub(super) async fn learn_kept_domains(&self, domains: &[Domain]) -> Result<(), CallError> {
        let has_none = |domain: &Domain| {
            let facts = self.facts();
            facts.stack_of(&domain.id).is_none() && !facts.named_domains.contains(&domain.id)
        };
        let without = domains.iter().filter(|domain| has_none(domain));
        let without = without.map(|domain| domain.id.clone()).collect();
        self.ask_deleted_stacks(&without).await
    }

    /// Asks deleted stacks for the domains that they had, the newest first, until it is known which of them had these; each
    /// stack at most once where nothing fails.
    async fn ask_deleted_stacks(&self, sought: &BTreeSet<String>) -> Result<(), CallError> {
        let mut missing = sought.clone();
        for known in self.stacks.asked.borrow().values().flatten() {
            missing.remove(known);
        }
        if missing.is_empty() || self.stacks.former.get() {
            return Ok(());
        }
        let environment = self.facts().environment.clone();
        // A manifest may give its stacks names of their own. An account may have deleted thousands of others.
        let (named, others): (Vec<_>, Vec<_>) = self
            .aws
            .deleted_stacks()
            .await?
            .into_iter()
            .partition(|(_, name)| name.starts_with(&environment));
        let unasked = named.len().saturating_sub(NAMED_ASKED);
        let unasked = unasked + others.len().saturating_sub(OTHERS_ASKED);
        let named = named.into_iter().take(NAMED_ASKED);
        let others = others.into_iter().take(OTHERS_ASKED);
        for (arn, _) in named.chain(others) {
            if missing.is_empty() {
                return Ok(());
            }
            if self.stacks.asked.borrow().contains_key(&arn) {
                continue;
            }
            let domains = self.domains_of_deleted(&environment, &arn).await?;
            for domain in &domains {
                missing.remove(domain);
            }
            self.stacks.domains.borrow_mut().extend(domains.clone());
            if let Reading::Known(stacks) = &mut self.change().stacks {
                stacks.former_domains.extend(domains.clone());
            }
            self.stacks.asked.borrow_mut().insert(arn, domains);
        }
        self.stacks.former.set(true);
        self.stacks.unasked.set(unasked);
        Ok(())
    }

    async fn domains_of_deleted(
        &self,
        environment: &str,
        arn: &str,
    ) -> Result<Vec<String>, CallError> {
        let Some(stack) = self.aws.stack(arn).await? else {
            return Ok(Vec::new());
        };
        if stack.tags.get(mark::ENVIRONMENT).map(String::as_str) != Some(environment) {
            return Ok(Vec::new());
        }
        let members = self.aws.stack_members(arn).await?;
        let retained = self.retained(&stack).await?;
        let members: Vec<Member> = members
            .into_iter()
            .filter(|member| member.kind == "AWS::SageMaker::Domain" && !member.id.is_empty())
            .collect();
        if let Some(retained) = retained {
            let kept = members
                .iter()
                .filter(|member| retained.contains(&member.logical_id));
            self.change()
                .kept_domains
                .extend(kept.map(|member| member.id.clone()));
        } else {
            let doubtful = members
                .iter()
                .map(|member| (member.id.clone(), stack.name.clone()));
            self.change().doubtful_domains.extend(doubtful);
        }
        let domains: Vec<String> = members.into_iter().map(|member| member.id).collect();
        if !domains.is_empty() {
            self.stacks.deleted.borrow_mut().push(stack.clone());
            self.survey.borrow_mut().deleted.push(stack);
        }
        Ok(domains)
    }
}

/// The domains that the mark on a VPC names.
fn domains_marked(tags: &Tags) -> Vec<String> {
    let domains = tags.get(mark::DOMAIN).map(String::as_str);
    let domains = domains.unwrap_or_default().split_whitespace();
    domains.map(str::to_owned).collect()
}

/// Physical ids of a stack's members of one type that have not been deleted.
pub(super) fn present<'a>(stack: &'a Stack, kind: &'a str) -> impl Iterator<Item = &'a String> {
    let members = stack.members.iter();
    let present = members.filter(move |member| member.kind == kind && member.is_present());
    present.map(|member| &member.id)
}

/// Logical ids under a DeletionPolicy that keeps them; nothing where the template cannot be read.
fn retained_in(text: &str) -> Option<BTreeSet<String>> {
    let template = template::parse(text).ok()?;
    let resources = template
        .get("Resources")
        .and_then(template::Node::as_map)
        .unwrap_or_default();
    let mut retained = BTreeSet::new();
    for (key, resource) in resources {
        // What only CloudFormation can work out nobody else can be sure of.
        if key.name.starts_with("Fn::") {
            return None;
        }
        let Some(policy) = resource.get("DeletionPolicy") else {
            continue;
        };
        if matches!(policy.as_str()?, "Retain" | "RetainExceptOnCreate") {
            retained.insert(key.name.clone());
        }
    }
    Some(retained)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(resources: &str) -> Option<Vec<String>> {
        let retained = retained_in(&format!("Resources:\n{resources}"))?;
        Some(retained.into_iter().collect())
    }

    #[test]
    fn a_template_counts_for_as_long_as_no_change_can_have_brought_another() {
        let state = |status: &str, updated: Option<i64>| State {
            status: status.to_owned(),
            updated: updated.map(|seconds| Timestamp::from_second(seconds).unwrap()),
        };
        let made = state("CREATE_COMPLETE", None);
        let changed = state("UPDATE_COMPLETE", Some(1));
        for (earlier, now) in [
            (&made, &made),
            (&state("CREATE_IN_PROGRESS", None), &made),
            (&made, &state("DELETE_FAILED", None)),
            (&changed, &changed),
            (&changed, &state("DELETE_IN_PROGRESS", Some(1))),
        ] {
            assert!(now.has_template_of(earlier), "{earlier:?} {now:?}");
        }
        let changing = state("UPDATE_IN_PROGRESS", Some(1));
        let failed = state("UPDATE_FAILED", Some(1));
        for (earlier, now) in [
            (&made, &changing),
            (&made, &changed),
            (&made, &state("IMPORT_COMPLETE", None)),
            (&changing, &changing),
            (&changing, &state("UPDATE_ROLLBACK_COMPLETE", Some(1))),
            (&changed, &state("UPDATE_ROLLBACK_COMPLETE", Some(1))),
            (&changed, &state("UPDATE_COMPLETE", Some(2))),
            (&changed, &state("DELETE_IN_PROGRESS", Some(2))),
            (&failed, &failed),
            (&state(UNDER_REVIEW, None), &made),
        ] {
            assert!(!now.has_template_of(earlier), "{earlier:?} {now:?}");
        }
    }

    #[test]
    fn what_only_cloudformation_can_work_out_is_not_known() {
        let resource = |policy: &str| {
            format!("  One:\n    Type: AWS::SageMaker::Domain\n    DeletionPolicy: {policy}\n")
        };
        assert_eq!(kept(&resource("Retain")), Some(vec!["One".to_owned()]));
        assert_eq!(kept(&resource("Delete")), Some(Vec::new()));
        assert_eq!(kept(&resource("!Ref Policy")), None);
        let each = "  Fn::ForEach::Many:\n    - Name\n    - [a, b]\n    - {}\n";
        assert_eq!(kept(each), None);
    }
}
