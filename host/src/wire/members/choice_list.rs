//! Lists of choices.

use serde_json::Value;

use crate::wire::{
    error::{Error, Result},
    member::{ANY_NUMBER, Echo, Kind, Member, Shape, Violations, text},
};

use super::{
    choices::{DryRunModifier, ResourceOwner},
    reading::length_rule,
};

/// One of a few texts.
pub trait Choice: Member + Copy + PartialEq + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// As it stands on the wire.
    fn text(&self) -> &'static str;
}

/// A list of choices, with the least and the most entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceList<T, const LEAST: u32, const MOST: u32>(Vec<T>);

/// What a dry run does without.
pub type DryRunModifiers = ChoiceList<DryRunModifier, 0, ANY_NUMBER>;

/// Whose keys are listed.
pub type ResourceOwners = ChoiceList<ResourceOwner, 1, 2>;

impl<T: Choice, const LEAST: u32, const MOST: u32> ChoiceList<T, LEAST, MOST> {
    /// The choices, as they were given.
    pub fn choices(&self) -> &[T] {
        &self.0
    }

    /// Whether the choice is among them.
    pub fn has(&self, choice: T) -> bool {
        self.0.contains(&choice)
    }
}

impl<T: Choice, const LEAST: u32, const MOST: u32> Member for ChoiceList<T, LEAST, MOST> {
    const SHAPE: Shape =
        Shape { kind: Kind::List(&T::SHAPE.kind, (LEAST, MOST)), required: true, sensitive: false };

    /// What is no choice is told once, with the whole list, as AWS does.
    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        let Some(value) = value else {
            violations.add_missing(path);
            return Ok(None);
        };
        let Value::Array(values) = value else {
            return Err(Error::serialization("Expected list or null"));
        };
        let texts = values.iter().map(text).collect::<Result<Vec<_>>>()?;
        let told = format!("[{}]", texts.join(", "));
        if let Some(rule) = length_rule(texts.len(), (LEAST, MOST)) {
            violations.add(&told, path, &rule);
            return Ok(None);
        }
        let named = |text: &&str| T::ALL.iter().copied().find(|choice| choice.text() == *text);
        let choices: Option<Vec<_>> = texts.iter().map(named).collect();
        if choices.is_none() {
            let all: Vec<_> = T::ALL.iter().map(Choice::text).collect();
            let rule = format!(
                "Member must satisfy constraint: [Member must satisfy enum value set: [{}]]",
                all.join(", ")
            );
            violations.add(&told, path, &rule);
        }
        Ok(choices.map(Self))
    }

    fn echo(&self, name: &str, echo: &mut Echo) {
        echo.texts(name, self.0.iter().map(Choice::text));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(value: &Value) -> String {
        let mut violations = Violations::default();
        assert!(ResourceOwners::read(Some(value), "o", &mut violations).unwrap().is_none());
        let Err(Error::Caller(error)) = violations.check() else { panic!("a rule is broken") };
        let message = error.message.unwrap();
        message.split_once("Value ").unwrap().1.to_owned()
    }

    #[test]
    fn a_list_of_choices_is_read_and_shown_as_it_was_given() {
        let value = json!(["OTHER_ACCOUNTS_VIA_RAM", "SELF"]);
        let mut violations = Violations::default();
        let read = ResourceOwners::read(Some(&value), "o", &mut violations).unwrap().unwrap();
        assert!(read.has(ResourceOwner::Own) && read.has(ResourceOwner::OtherAccountsViaRam));
        let mut echo = Echo::default();
        read.echo("ResourceOwners", &mut echo);
        let shown = r#"{"resourceOwners":["OTHER_ACCOUNTS_VIA_RAM","SELF"]}"#;
        assert_eq!(echo.finish().unwrap(), shown);
    }

    #[test]
    fn violations_name_the_whole_list() {
        assert_eq!(
            refused(&json!(["SELF", "x"])),
            "'[SELF, x]' at 'o' failed to satisfy constraint: Member must satisfy constraint: \
             [Member must satisfy enum value set: [SELF, OTHER_ACCOUNTS_VIA_RAM]]"
        );
        let rule = "'[]' at 'o' failed to satisfy constraint: Member must have length greater \
                    than or equal to 1";
        assert_eq!(refused(&json!([])), rule);
        let rule = "'[SELF, SELF, SELF]' at 'o' failed to satisfy constraint: Member must have \
                    length less than or equal to 2";
        assert_eq!(refused(&json!(["SELF", "SELF", "SELF"])), rule);
    }
}
