//! How users, groups, roles and policies are shown in answers.

use jiff::Timestamp;
use serde::Serialize;

use crate::identity::User;

/// A time as the query protocol writes it: whole seconds.
pub(super) fn time(milliseconds: i64) -> String {
    Timestamp::from_second(milliseconds.div_euclid(1000)).unwrap_or_default().to_string()
}

/// `User` of answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownUser {
    path: String,
    user_name: String,
    user_id: String,
    arn: String,
    create_date: String,
}

impl ShownUser {
    pub(super) fn of(user: &User) -> Self {
        Self {
            path: user.path.clone(),
            user_name: user.name.clone(),
            user_id: user.id.to_string(),
            arn: user.arn(),
            create_date: time(user.created),
        }
    }
}
