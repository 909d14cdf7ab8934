//! What nobody knows about AWS: each field is one open question, and clients must be right in both positions.
//! The defaults are the likelier position or, where none is, the one that is harder for a client. What only makes every
//! reader ask again (`lists-lag`, `new-models-are-seen-late`) is off, so that a test that is not about it need not wait.

use serde::{Deserialize, Serialize};

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own"
)]
/// Positions of the open questions (`[?]` in the notes on AWS's behaviour).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Switches {
    /// DeleteDomain with `HomeEfsFileSystem=Delete` also removes the two NFS security groups (section 1.5).
    pub groups_go_with_volume: bool,
    /// DeleteUserProfile and DeleteSpace of a domain that is gone answer `ValidationException` instead of
    /// `ResourceNotFound` (operator notes, item 25).
    pub vanished_domain_is_validation_error: bool,
    /// Deleting or updating a domain, profile or space in a transitional status, and making a space for a profile in
    /// one, answers `ResourceInUse` instead of `ValidationException` (sections 1.1 and 1.2).
    pub busy_is_resource_in_use: bool,
    /// `HomeEfsFileSystemId` is shown while the domain is still Pending (section 1.3).
    pub volume_shown_while_pending: bool,
    /// Lists of SageMaker refuse an unknown domain with `ResourceNotFound` instead of answering with nothing (section 1.2).
    pub unknown_domain_lists_refuse: bool,
    /// Lists of SageMaker refuse an unknown domain with `ValidationException` (section 12).
    pub unknown_domain_lists_are_invalid: bool,
    /// Domains are made without a home volume.
    pub domain_without_volume: bool,
    /// DeleteNetworkInterface of an interface in use answers `InvalidNetworkInterface.InUse` instead of
    /// `InvalidParameterValue` (section 2.1).
    pub interface_in_use_code: bool,
    /// A second DeleteMountTarget while the first is at work answers `IncorrectMountTargetState` (section 2.4).
    pub second_mount_target_delete_refused: bool,
    /// Network interfaces of SageMaker endpoints show `requesterManaged=true` (section 2.2).
    pub endpoint_interfaces_requester_managed: bool,
    /// Network interfaces of Studio's apps and of notebook instances show `requesterManaged=true` (section 2.2).
    pub app_interfaces_requester_managed: bool,
    /// Network interfaces of mount targets are of type `interface`, as they were, instead of `efs`, which the model does
    /// not know (section 1.5).
    pub mount_target_interfaces_are_plain: bool,
    /// EC2 throttles with HTTP status 400 instead of 503 (section 2.1).
    pub ec2_throttles_with_400: bool,
    /// A change set without changes fails with `No updates are to be performed.` instead of the longer text (section 3.5).
    pub empty_change_sets_have_no_updates: bool,
    /// DeleteChangeSet of a set that is still being computed (`CREATE_PENDING`, `CREATE_IN_PROGRESS`) removes it, instead of
    /// answering `InvalidChangeSetStatus` (section 3.1 has the statuses; which of the two AWS does is not known).
    pub pending_change_sets_can_be_deleted: bool,
    /// DeleteStack during a rollback, an update or an import is refused with `ValidationError` instead of accepted (section
    /// 3.2).
    pub delete_during_rollback_refused: bool,
    /// The reason for which a stack comes back from a deletion that an importer forbids begins with "Delete canceled. "
    /// (section 3.4).
    pub delete_canceled_prefix: bool,
    /// A stack that comes back from a deletion that an importer forbids has an event of that with the deletion's token
    /// (section 3.2), instead of none (section 3.4).
    pub export_revert_has_an_event: bool,
    /// DescribeStacks and ListStacks show the old status for a moment after DeleteStack (section 3.2).
    pub delete_status_lags: bool,
    /// The text with which an app of Studio Classic is refused (section 5.1).
    pub classic_app_refusal: String,
    /// An execution role whose trust policy does not name SageMaker is refused (section 7).
    pub untrusting_role_refused: bool,
    /// CreateModel refuses an execution role that IAM does not have.
    pub unknown_model_role_refused: bool,
    /// CloudFormation tells the cause of a domain that could not be made, as since 2025, instead of "did not stabilize."
    /// (section 3.5 and operators' notes, item 18).
    pub domain_failure_tells_cause: bool,
    /// An app that has had an endpoint of SageMaker's API in its VPC takes twenty minutes to go without it (operators'
    /// notes, item 27).
    pub apps_go_slowly_without_endpoints: bool,
    /// The access point of a profile stays on the home volume when the profile is deleted (operators' notes, item 41).
    pub access_points_outlive_profiles: bool,
    /// RollbackStack of a stack that was never well deletes it, as its documentation says, instead of ending in
    /// `ROLLBACK_COMPLETE` (section 3.2).
    pub rollback_stack_deletes: bool,
    /// A nested stack that is `DELETE_FAILED` when its parent is to be deleted is not asked again: its parent goes without it
    /// (rebuy-de/aws-nuke#999, which nobody has confirmed).
    pub failed_nested_stacks_are_left: bool,
    /// A VPC endpoint's creation has an event more before its last: `Eventual consistency check initiated`, with
    /// `CONFIGURATION_COMPLETE` (section 3.3; which types have it is not known).
    pub configuration_complete_events: bool,
    /// DeleteEndpoint is refused while a monitoring schedule watches the endpoint (operators' notes, item 39).
    pub monitoring_schedule_refuses_delete_endpoint: bool,
    /// The scalable target of an inference component stays when the component is deleted, instead of being deregistered:
    /// section F of the operators' notes tells that of endpoints alone.
    pub targets_outlive_components: bool,
    /// CreateEndpoint refuses a config whose model is gone at once, instead of failing after an hour (section F of the
    /// operators' notes).
    pub missing_model_refused: bool,
    /// What uses a model or an endpoint config may not find it for a moment after it was made (section 1.6).
    pub new_models_are_seen_late: bool,
    /// Endpoints pass through `SystemUpdating` once, some time after they were made (section 1.1).
    pub endpoints_are_maintained: bool,
    /// Search and the tagging API notice what was made, changed or deleted only after a while (operators' notes, item 15).
    pub tag_index_lags: bool,
    /// Search shows with a model the endpoints that host it.
    pub model_records_show_endpoints: bool,
    /// A domain without a home volume has the two NFS security groups all the same (operators' notes, item 35).
    pub groups_without_volume: bool,
    /// DeleteFileSystem of a volume in a replication answers `BadRequest` instead of `FileSystemInUse` (operators' notes,
    /// item 41).
    pub replicated_volume_is_bad_request: bool,
    /// An endpoint that is not there is `InvalidVpcEndpoint.NotFound` instead of `InvalidVpcEndpointId.NotFound`
    /// (section 2.1).
    pub endpoint_not_found_without_id: bool,
    /// A VPC with which another VPC's security group is associated cannot be deleted (operators' notes, item 42).
    pub group_associations_hold_vpc: bool,
    /// A new role is known to other services only after some seconds (section 7).
    pub new_roles_lag: bool,
    /// Lists of EC2, EFS and SageMaker show what is new, and forget what is gone, only after a moment (section 1.3); those of
    /// EFS's replications, and of IAM, CloudWatch Logs and CloudFormation, do not lag.
    pub lists_lag: bool,
    /// An endpoint and an inference component that come into service leave a log group of their own, which stays when
    /// they go (section 5.4).
    pub endpoints_leave_log_groups: bool,
    /// Service Quotas knows an applied value only of quotas that somebody has had raised; of the others it knows the
    /// default (section 8).
    pub unraised_quotas_are_not_applied: bool,
    /// A handler of CloudFormation's tells that a quota is reached with the code `GeneralServiceException` instead of
    /// `ServiceLimitExceeded` (section 8).
    pub quotas_are_general_exceptions: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            groups_go_with_volume: false,
            vanished_domain_is_validation_error: true,
            busy_is_resource_in_use: false,
            volume_shown_while_pending: false,
            unknown_domain_lists_refuse: false,
            unknown_domain_lists_are_invalid: false,
            domain_without_volume: false,
            interface_in_use_code: false,
            second_mount_target_delete_refused: true,
            endpoint_interfaces_requester_managed: false,
            app_interfaces_requester_managed: false,
            mount_target_interfaces_are_plain: false,
            ec2_throttles_with_400: false,
            empty_change_sets_have_no_updates: false,
            pending_change_sets_can_be_deleted: false,
            delete_during_rollback_refused: true,
            delete_canceled_prefix: false,
            export_revert_has_an_event: false,
            delete_status_lags: true,
            classic_app_refusal:
                "Amazon SageMaker Studio Classic applications can no longer be created.".to_owned(),
            untrusting_role_refused: true,
            unknown_model_role_refused: false,
            domain_failure_tells_cause: false,
            apps_go_slowly_without_endpoints: true,
            access_points_outlive_profiles: true,
            rollback_stack_deletes: false,
            failed_nested_stacks_are_left: false,
            configuration_complete_events: true,
            monitoring_schedule_refuses_delete_endpoint: true,
            targets_outlive_components: true,
            missing_model_refused: false,
            new_models_are_seen_late: false,
            endpoints_are_maintained: false,
            tag_index_lags: true,
            model_records_show_endpoints: true,
            groups_without_volume: true,
            replicated_volume_is_bad_request: false,
            endpoint_not_found_without_id: false,
            group_associations_hold_vpc: true,
            new_roles_lag: true,
            lists_lag: false,
            endpoints_leave_log_groups: true,
            unraised_quotas_are_not_applied: true,
            quotas_are_general_exceptions: false,
        }
    }
}
