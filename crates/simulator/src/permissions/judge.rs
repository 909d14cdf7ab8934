//! Who asks, with the policies that decide: questions about one principal's request.

use super::denial::Denial;
use super::identity;
use super::layers::{Ground, Layers};
use super::question::{Context, Question};
use super::sides::Side;
use crate::world::{Place, World};

/// The principal of CloudFormation's calls with the caller's permissions.
const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";

/// The policies of one principal, at one place.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    principal: String,
    place: Place,
    layers: Result<Layers, Ground>,
    /// CloudFormation asks with the caller's permissions.
    via: bool,
}

impl Judge {
    /// The policies of a principal; nothing where they do not restrict it.
    pub(super) fn of(world: &World, place: &Place, principal: &str) -> Option<Self> {
        if world.permissions.is_open() {
            return None;
        }
        let layers = identity::layers(world, &place.account, principal);
        let open = layers.as_ref().is_ok_and(Layers::is_open);
        (!open).then(|| Self {
            principal: principal.to_owned(),
            place: place.clone(),
            layers,
            via: false,
        })
    }

    /// The same, asked by CloudFormation on the caller's behalf.
    #[must_use]
    pub(super) fn via_cloudformation(mut self) -> Self {
        self.via = true;
        self
    }

    /// Whether the principal may do what it is about to do; the answer is kept.
    ///
    /// # Errors
    /// The denial.
    pub(super) fn pass(&self, world: &mut World, wanted: &Side) -> Result<(), Denial> {
        let Side {
            action,
            resource,
            context,
        } = wanted;
        let answer = self.ask(world, action, resource, context);
        world.note_answer(&self.principal, action, answer.is_ok());
        answer
    }

    /// Whether the principal may do it.
    ///
    /// # Errors
    /// The denial.
    pub(super) fn ask(
        &self,
        world: &World,
        action: &str,
        resource: &str,
        request: &Context,
    ) -> Result<(), Denial> {
        let context = self.context(world, action, resource, request);
        let question = Question {
            action,
            resource,
            context: &context,
        };
        let decided = match &self.layers {
            Ok(layers) => layers.decide(&question),
            Err(ground) => Err(ground.clone()),
        };
        decided.map_err(|ground| Denial {
            principal: self.principal.clone(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            ground,
            context,
        })
    }

    fn context(&self, world: &World, action: &str, resource: &str, request: &Context) -> Context {
        let (kind, name) = if self.principal.contains(":assumed-role/") {
            ("AssumedRole", None)
        } else {
            ("User", self.principal.rsplit('/').next())
        };
        // Services that are one for all regions are called in us-east-1.
        let everywhere = ["iam:", "sts:"]
            .iter()
            .any(|prefix| action.starts_with(prefix));
        let region = if everywhere {
            "us-east-1"
        } else {
            self.place.region.as_str()
        };
        let via = self.via.then_some(CLOUDFORMATION);
        let context = request
            .clone()
            .with("aws:principalarn", [role_arn(&self.principal)])
            .with("aws:principalaccount", [self.place.account.as_str()])
            .with("aws:principaltype", [kind])
            .with("aws:username", name)
            .with("aws:requestedregion", [region])
            .with("aws:calledvia", via)
            .with("aws:calledviafirst", via)
            .with("aws:calledvialast", via)
            .with("aws:viaawsservice", [self.via.to_string()]);
        let asks = self
            .layers
            .as_ref()
            .is_ok_and(Layers::ask_for_resource_tags);
        // What is about anything, or is still to be made, has none.
        let is_one = !resource.contains('*');
        let row = (asks && is_one)
            .then(|| world.rows().into_iter().find(|row| row.arn == resource))
            .flatten();
        match row {
            Some(row) => context.with_resource_tags(&row.tags),
            None => context,
        }
    }
}

/// `aws:PrincipalArn` of a role's session is the role.
pub(crate) fn role_arn(principal: &str) -> String {
    match principal.split_once(":assumed-role/") {
        Some((start, session)) => {
            let role = session.split('/').next().unwrap_or(session);
            format!("{}:role/{role}", start.replace(":sts:", ":iam:"))
        }
        None => principal.to_owned(),
    }
}
