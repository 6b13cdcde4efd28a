//! Errors of the policy simulator.
//!
//! Source: answers of the service; a comment says so where the text is our own.

use crate::arn::AccountId;

use super::{ApiError, Error};

impl Error {
    /// What is no ARN of a user, a group or a role.
    pub fn invalid_simulated_arn(arn: &str) -> Self {
        Self::invalid_input(format!("Invalid ARN provided in the request: {arn}"))
    }

    /// Somebody who is not there.
    pub fn no_simulated_entity() -> Self {
        let message = "Unable to retrieve specified IAM entity.";
        ApiError::new("NoSuchEntity", message).status(404).into()
    }

    /// Somebody of another account.
    pub fn foreign_policy_source(own: AccountId, other: AccountId) -> Self {
        Self::invalid_input(format!(
            "Invalid Policy Source Arn: caller's account {own} does not have access to policies in \
             account {other}."
        ))
    }

    /// A text that is no policy, by the number that it has in its list.
    pub fn invalid_policy_input(list: &str, number: usize) -> Self {
        Self::invalid_input(format!("{list} input list item {number} has invalid content"))
    }

    /// More boundaries than one.
    pub fn too_many_boundaries() -> Self {
        Self::invalid_input("The list of Permissions Boundary policies cannot exceed 1 items.")
    }

    /// A policy of a resource, and no resource.
    pub fn no_single_resource() -> Self {
        Self::invalid_input("Invalid Entity Arn: * does not clearly define entity type and name.")
    }

    /// A policy of a resource, and nobody whom it could name. (The text is our own.)
    pub fn no_simulated_caller() -> Self {
        Self::invalid_input("CallerArn is required with ResourcePolicy.")
    }

    /// A case of resources that the action does not know.
    pub fn no_resource_handling(action: &str) -> Self {
        Self::invalid_input(format!(
            "Invalid input resource handling options. Action does not support resource handling \
             options: {action}. Please refer to the documentation for more details: \
             https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html"
        ))
    }

    /// More than is answered at once. (The text is our own.)
    pub fn simulation_too_large(most: usize) -> Self {
        Self::invalid_input(format!("The simulation has more than {most} actions and resources."))
    }

    /// A marker of something else.
    pub fn invalid_simulation_marker() -> Self {
        Self::invalid_input("Invalid marker for pagination.")
    }

    /// A condition key without a name.
    pub fn no_context_key() -> Self {
        Self::invalid_input("ContextKeyName cannot be null or empty.")
    }

    /// A condition key without a type.
    pub fn no_context_key_type(name: &str) -> Self {
        Self::invalid_input(format!("Context key {name} has invalid type null."))
    }

    /// A condition key without a value.
    pub fn no_context_values(name: &str) -> Self {
        Self::invalid_input(format!(
            "Context values for context key {name} cannot be null or empty."
        ))
    }

    /// A value that is none of its type.
    pub fn invalid_context_value(name: &str, expected: &str) -> Self {
        Self::invalid_input(format!("Invalid context value for key {name}: expected {expected}."))
    }

    /// A condition key that stands there twice.
    pub fn duplicate_context_key(name: &str) -> Self {
        Self::invalid_input(format!("Duplicate context key: {name}."))
    }
}
