//! What users may do with interfaces: attach, detach, delete, change groups (sections 2.1 and 2.2).

use super::instances::Power;
use super::interfaces::{self, Attachment, Interface, TYPE};
use super::{Event, State};
use crate::error::ServiceError;
use crate::queue;
use crate::switches::Switches;
use crate::world::{End, Operation, Place, World};

/// Attaches an interface to an instance.
///
/// # Errors
/// The not-found codes, `InvalidNetworkInterface.InUse`, `AuthFailure` for a service's interface, `IncorrectState` of the
/// instance, `InvalidParameterValue` for a device index that is taken, `InvalidParameterCombination` across zones.
pub(crate) fn attach(
    world: &mut World,
    place: &Place,
    id: &str,
    instance_id: &str,
    device_index: i32,
) -> Result<String, ServiceError> {
    let state = &world.region(place).ec2;
    let interface = managed_by_user(state, id)?;
    if interface.attachment.is_some() {
        return Err(in_use("InvalidNetworkInterface.InUse", id));
    }
    check_instance(state, interface, instance_id, device_index)?;
    let attachment = Attachment {
        id: interfaces::attachment_id(world, place, id, false),
        instance_id: Some(instance_id.to_owned()),
        instance_owner: place.account.clone(),
        device_index,
        delete_on_termination: false,
        since: world.now(),
        detaching: false,
    };
    let attachment_id = attachment.id.clone();
    let interface = world.region(place).ec2.interface_mut(id)?;
    interface.attachment = Some(attachment);
    interface.meta.changed();
    Ok(attachment_id)
}

fn check_instance(
    state: &State,
    interface: &Interface,
    instance_id: &str,
    device_index: i32,
) -> Result<(), ServiceError> {
    let instance = state.instance(instance_id)?;
    if !matches!(instance.power, Power::Pending | Power::Running) {
        let text = format!("Instance '{instance_id}' is not in a valid state for this operation.");
        return Err(ServiceError::new("IncorrectState", text));
    }
    if instance.zone_name != interface.zone_name {
        let text = "You may not attach a network interface to an instance if they are not in the same availability zone";
        return Err(ServiceError::new("InvalidParameterCombination", text));
    }
    let taken = |other: &Interface| {
        let attachment = other.attachment.as_ref();
        attachment.is_some_and(|it| it.device_index == device_index)
    };
    let at_instance = interfaces::at_instance(instance_id);
    if state.interfaces.with_key(&at_instance).any(taken) {
        let text = format!(
            "Instance '{instance_id}' already has an interface attached at device index '{device_index}'."
        );
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    Ok(())
}

/// Begins to detach an interface.
///
/// # Errors
/// `InvalidAttachmentID.NotFound`; `OperationNotPermitted` for a service's own attachment and an instance's primary
/// interface; `AuthFailure` for a service's interface with an ordinary attachment (section 2.2).
pub(crate) fn detach(
    world: &mut World,
    place: &Place,
    attachment_id: &str,
) -> Result<(), ServiceError> {
    let interface = attached(&mut world.region(place).ec2, attachment_id)?;
    if attachment_id.starts_with("ela-attach-") {
        let text = "You are not allowed to manage 'ela-attach' attachments.";
        return Err(ServiceError::new("OperationNotPermitted", text));
    }
    let id = interface.id.clone();
    if interface.requester_managed {
        return Err(not_yours());
    }
    let attachment = interface.attachment.as_ref();
    if attachment.is_some_and(|it| it.instance_id.is_some() && it.device_index == 0) {
        let text = "The network interface at device index 0 cannot be detached.";
        return Err(ServiceError::new("OperationNotPermitted", text));
    }
    if attachment.is_some_and(|attachment| attachment.detaching) {
        return Ok(());
    }
    set_detaching(interface, true);
    let course = world.course_named(TYPE, "interface detach", Operation::Update, &id);
    let attachment_id = attachment_id.to_owned();
    let event = match course.end {
        End::Done => Event::Detached { attachment_id },
        End::Failed(_) => Event::DetachmentFailed { attachment_id },
        End::Stuck => return Ok(()),
    };
    world.schedule(course.takes, place, queue::Event::Ec2(event));
    Ok(())
}

/// The attachment is gone.
pub(crate) fn detached(state: &mut State, attachment_id: &str) {
    if let Ok(interface) = attached(state, attachment_id) {
        interface.attachment = None;
        interface.meta.changed();
    }
}

/// The attachment stays.
pub(crate) fn detachment_failed(state: &mut State, attachment_id: &str) {
    if let Ok(interface) = attached(state, attachment_id) {
        set_detaching(interface, false);
    }
}

fn set_detaching(interface: &mut Interface, detaching: bool) {
    if let Some(attachment) = &mut interface.attachment {
        attachment.detaching = detaching;
    }
    interface.meta.changed();
}

fn attached<'a>(
    state: &'a mut State,
    attachment_id: &str,
) -> Result<&'a mut Interface, ServiceError> {
    let key = interfaces::attached_by(attachment_id);
    let found = state.interfaces.with_key(&key).next();
    let id = found.map(|interface| interface.id.clone());
    let interface = id.and_then(|id| state.interfaces.get_mut(&id));
    interface.ok_or_else(|| {
        let text = format!("The networkInterface attachment '{attachment_id}' does not exist.");
        ServiceError::new("InvalidAttachmentID.NotFound", text)
    })
}

/// Deletes an interface on behalf of a user, who may delete what a service has detached.
///
/// # Errors
/// `InvalidNetworkInterfaceID.NotFound`, and one of two codes while it is in use.
pub(crate) fn delete(state: &mut State, switches: &Switches, id: &str) -> Result<(), ServiceError> {
    if state.interface(id)?.attachment.is_some() {
        let code = if switches.interface_in_use_code {
            "InvalidNetworkInterface.InUse"
        } else {
            "InvalidParameterValue"
        };
        return Err(in_use(code, id));
    }
    state.interfaces.remove(id);
    Ok(())
}

fn in_use(code: &str, id: &str) -> ServiceError {
    ServiceError::new(
        code,
        format!("Network interface '{id}' is currently in use."),
    )
}

/// Gives an interface other groups on behalf of a user.
///
/// # Errors
/// The not-found codes, `AuthFailure` for a service's interface, `InvalidParameter` across VPCs.
pub(crate) fn set_groups(
    world: &mut World,
    place: &Place,
    id: &str,
    groups: Vec<String>,
) -> Result<(), ServiceError> {
    let most = interfaces::most_groups(world);
    let state = &mut world.region(place).ec2;
    let subnet_id = managed_by_user(state, id)?.subnet_id.clone();
    let groups = interfaces::groups_of(state, state.subnet(&subnet_id)?, groups, most)?;
    let interface = state.interface_mut(id)?;
    interface.groups = groups;
    interface.meta.changed();
    Ok(())
}

/// Gives an interface another description.
///
/// # Errors
/// `InvalidNetworkInterfaceID.NotFound`, `AuthFailure` for a service's interface.
pub(crate) fn describe(
    state: &mut State,
    id: &str,
    description: String,
) -> Result<(), ServiceError> {
    managed_by_user(state, id)?;
    let interface = state.interface_mut(id)?;
    interface.description = description;
    interface.meta.changed();
    Ok(())
}

fn managed_by_user<'a>(state: &'a State, id: &str) -> Result<&'a Interface, ServiceError> {
    let interface = state.interface(id)?;
    if interface.requester_managed {
        return Err(not_yours());
    }
    Ok(interface)
}

/// What a service manages, users cannot attach, detach or change (section 2.2).
fn not_yours() -> ServiceError {
    ServiceError::new(
        "AuthFailure",
        "You do not have permission to access the specified resource.",
    )
}

/// Sets whether an interface goes with its instance.
///
/// # Errors
/// The not-found codes, `AuthFailure` for a service's interface.
pub(crate) fn set_delete_on_termination(
    state: &mut State,
    id: &str,
    attachment_id: &str,
    delete: bool,
) -> Result<(), ServiceError> {
    managed_by_user(state, id)?;
    let interface = attached(state, attachment_id)?;
    if let Some(attachment) = &mut interface.attachment {
        attachment.delete_on_termination = delete;
    }
    interface.meta.changed();
    Ok(())
}
