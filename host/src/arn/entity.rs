//! The kinds of what IAM knows by name.

/// What IAM knows by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// An IAM user.
    User,
    /// A group of users.
    Group,
    /// A role.
    Role,
    /// A managed policy.
    Policy,
}

impl Entity {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::User, Self::Group, Self::Role, Self::Policy];

    /// As ARNs name the kind, and sentences in their middle.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::Policy => "policy",
        }
    }

    /// As sentences begin, and names of quotas end.
    pub fn title(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Role => "Role",
            Self::Policy => "Policy",
        }
    }

    /// How the unique ids of this kind begin.
    pub fn id_prefix(self) -> &'static str {
        match self {
            Self::User => "AIDA",
            Self::Group => "AGPA",
            Self::Role => "AROA",
            Self::Policy => "ANPA",
        }
    }
}
