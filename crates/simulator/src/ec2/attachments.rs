//! What users may do with interfaces: attach, detach, delete, change groups (sections 2.1 and 2.2).

use super::interfaces::{self, Attachment, Interface, TYPE};
use super::{Event, State};
use crate::error::ServiceError;
use crate::queue;
use crate::switches::Switches;
use crate::world::{End, Operation, Place, World};

/// Attaches an interface to an instance.
///
/// # Errors
/// `InvalidNetworkInterfaceID.NotFound`, `InvalidNetworkInterface.InUse`, `InvalidInstanceID.Malformed`.
pub(crate) fn attach(
    world: &mut World,
    place: &Place,
    id: &str,
    instance_id: &str,
    device_index: i32,
) -> Result<String, ServiceError> {
    let interface = world.region(place).ec2.interface(id)?;
    if interface.attachment.is_some() {
        return Err(in_use("InvalidNetworkInterface.InUse", id));
    }
    if !instance_id.starts_with("i-") {
        let text = format!("Invalid id: \"{instance_id}\" (expecting \"i-...\")");
        return Err(ServiceError::new("InvalidInstanceID.Malformed", text));
    }
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

/// Begins to detach an interface.
///
/// # Errors
/// `InvalidAttachmentID.NotFound`, `OperationNotPermitted` for a service's own attachment.
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
    if interface
        .attachment
        .as_ref()
        .is_some_and(|attachment| attachment.detaching)
    {
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
    let has = |interface: &&mut Interface| {
        interface
            .attachment
            .as_ref()
            .is_some_and(|attachment| attachment.id == attachment_id)
    };
    state.interfaces.values_mut().find(has).ok_or_else(|| {
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
/// The not-found codes, `OperationNotPermitted` for a service's interface, `InvalidParameter` across VPCs.
pub(crate) fn set_groups(
    state: &mut State,
    id: &str,
    groups: Vec<String>,
) -> Result<(), ServiceError> {
    let subnet_id = managed_by_user(state, id)?.subnet_id.clone();
    let groups = interfaces::groups_of(state, state.subnet(&subnet_id)?, groups)?;
    let interface = state.interface_mut(id)?;
    interface.groups = groups;
    interface.meta.changed();
    Ok(())
}

/// Gives an interface another description.
///
/// # Errors
/// `InvalidNetworkInterfaceID.NotFound`, `OperationNotPermitted` for a service's interface.
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
        let text = "You do not have permission to access the specified resource.";
        return Err(ServiceError::new("OperationNotPermitted", text));
    }
    Ok(interface)
}
