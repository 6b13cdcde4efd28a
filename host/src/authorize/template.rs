//! Policy variables: `${key}`, `${key, 'otherwise'}` and the escapes `${*}`, `${?}`, `${$}`.
//!
//! Source: IAM user guide, "IAM policy elements: Variables and tags".

use super::{
    ConditionKeys, Values,
    pattern::{Token, tokens},
};

/// A text of a policy, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Token(Token),
    Variable {
        /// In lower case.
        key: String,
        /// What stands for it where the request has no such key.
        otherwise: Option<String>,
    },
}

impl Template {
    /// Takes a text apart; `None` if a variable has no end or no name.
    pub(super) fn parse(text: &str, variables: Variables) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let (Variables::Known, Some((before, after))) = (variables, rest.split_once("${")) {
            parts.extend(tokens(before).map(Part::Token));
            let (inside, after) = after.split_once('}')?;
            parts.push(variable(inside)?);
            rest = after;
        }
        parts.extend(tokens(rest).map(Part::Token));
        Some(Self(parts))
    }

    /// The keys that must have a value, in lower case.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable { key, otherwise: None } => Some(key.as_str()),
            Part::Variable { .. } | Part::Token(_) => None,
        })
    }

    /// The tokens, if there is no variable among them.
    pub(super) fn constant(&self) -> Option<Vec<Token>> {
        let token = |part: &Part| match part {
            Part::Token(token) => Some(*token),
            Part::Variable { .. } => None,
        };
        self.0.iter().map(token).collect()
    }

    /// The tokens with the values of this request; `None` if it lacks one. What stands in a value
    /// is no wildcard.
    pub(super) fn fill(&self, keys: &dyn ConditionKeys) -> Option<Vec<Token>> {
        let mut filled = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            match part {
                Part::Token(token) => filled.push(*token),
                Part::Variable { key, otherwise } => match (keys.get(key), otherwise) {
                    (Some(Values::One(value)), _) => filled.extend(value.chars().map(Token::Is)),
                    (None, Some(otherwise)) => filled.extend(otherwise.chars().map(Token::Is)),
                    (None, None) | (Some(Values::Many(_)), _) => return None,
                },
            }
        }
        Some(filled)
    }
}

/// Whether `${` begins a variable: it does since version 2012-10-17.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variables {
    Known,
    Unknown,
}

/// The text of tokens where wildcards are none.
pub(super) fn literal(tokens: &[Token]) -> String {
    let letter = |token: &Token| match token {
        Token::Run => '*',
        Token::One => '?',
        Token::Is(letter) => *letter,
    };
    tokens.iter().map(letter).collect()
}

fn variable(inside: &str) -> Option<Part> {
    if let "*" | "?" | "$" = inside {
        return inside.chars().next().map(|letter| Part::Token(Token::Is(letter)));
    }
    let (key, otherwise) = match inside.split_once(',') {
        None => (inside, None),
        Some((key, text)) => {
            let text = text.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key, Some(text.to_owned()))
        }
    };
    let key = key.trim().to_lowercase();
    (!key.is_empty()).then_some(Part::Variable { key, otherwise })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Name;

    impl ConditionKeys for Name {
        fn get(&self, name: &str) -> Option<Values<'_>> {
            match name {
                "aws:username" => Some("a*b".into()),
                "aws:tagkeys" => Some(Values::Many(vec!["a".into()])),
                _ => None,
            }
        }
    }

    #[test]
    fn variables_are_filled_in_with_what_is_no_wildcard() {
        let fill = |text: &str| {
            let template = Template::parse(text, Variables::Known)?;
            template.fill(&Name)
        };
        let is = |text: &str| Some(text.chars().map(Token::Is).collect::<Vec<_>>());
        assert_eq!(fill("${aws:UserName}"), is("a*b"));
        assert_eq!(fill("x${*}${?}${$}{"), is("x*?${"));
        assert_eq!(fill("${other, 'none'}"), is("none"));
        assert_eq!(fill("${aws:username, 'none'}"), is("a*b"));
        assert_eq!(fill("*"), Some(vec![Token::Run]));
        for unresolved in ["${other}", "${aws:TagKeys}", "${aws:TagKeys, 'none'}"] {
            assert_eq!(fill(unresolved), None, "{unresolved}");
        }
        for malformed in ["${", "${}", "${a, none}", "a${b"] {
            assert_eq!(Template::parse(malformed, Variables::Known), None, "{malformed}");
        }
        let old = Template::parse("${a", Variables::Unknown).expect("there are no variables");
        assert_eq!(old.constant(), is("${a"));
    }
}
