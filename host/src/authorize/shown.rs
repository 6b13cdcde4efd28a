//! Policies as they are shown: the text that was written, but for principals who are called
//! otherwise by now.

use std::ops::Range;

/// A policy's text, where each principal is called as `name` says, if it says anything: nothing
/// else of the text is touched. The text must be that of a policy.
pub fn shown(text: &str, name: impl Fn(&str) -> Option<String>) -> String {
    let mut places = Vec::new();
    let mut reader = Reader { text, at: 0, places: &mut places };
    // Of what is no JSON, as much is shown as is.
    let _ = reader.value(Level::Policy);
    let mut out = String::with_capacity(text.len());
    let mut after = 0;
    for place in places {
        let written = text.get(place.clone()).unwrap_or_default();
        let known = serde_json::from_str::<String>(written).ok();
        let Some(new) = known.and_then(|known| name(&known)) else { continue };
        out.push_str(text.get(after..place.start).unwrap_or_default());
        out.push_str(&serde_json::Value::from(new).to_string());
        after = place.end;
    }
    out.push_str(text.get(after..).unwrap_or_default());
    out
}

/// Where in a policy a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// It is the policy.
    Policy,
    /// It is a statement, or a list of them.
    Statement,
    /// It is what a statement says of its principals.
    Principals,
    /// It is the name of one, or a list of names.
    Names,
    /// It is something else.
    Other,
}

impl Level {
    /// Where the value of a member stands.
    fn below(self, member: &str) -> Self {
        match (self, member) {
            (Self::Policy, "Statement") => Self::Statement,
            (Self::Statement, "Principal" | "NotPrincipal") => Self::Principals,
            (Self::Principals, "AWS") => Self::Names,
            _ => Self::Other,
        }
    }
}

/// Reads JSON that was read before, and so is not nested too deep: it only has to find places.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    places: &'a mut Vec<Range<usize>>,
}

impl Reader<'_> {
    fn value(&mut self, level: Level) -> Option<()> {
        match self.peek()? {
            b'{' => self.members(level),
            b'[' => self.elements(level),
            b'"' => {
                let place = self.string()?;
                if level == Level::Names {
                    self.places.push(place);
                }
                Some(())
            }
            // A number or a word.
            _ => {
                let rest = self.text.get(self.at..)?;
                let end = rest.find(|letter: char| {
                    letter.is_ascii_whitespace() || matches!(letter, ',' | ']' | '}')
                });
                self.at += end.filter(|end| *end > 0)?;
                Some(())
            }
        }
    }

    fn members(&mut self, level: Level) -> Option<()> {
        self.at += 1;
        while self.peek()? != b'}' {
            let name = self.string()?;
            let name: String = serde_json::from_str(self.text.get(name)?).ok()?;
            self.skip(b':')?;
            self.value(level.below(&name))?;
            self.comma()?;
        }
        self.at += 1;
        Some(())
    }

    fn elements(&mut self, level: Level) -> Option<()> {
        self.at += 1;
        while self.peek()? != b']' {
            self.value(level)?;
            self.comma()?;
        }
        self.at += 1;
        Some(())
    }

    /// A text with its quotes.
    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        self.skip(b'"')?;
        let start = start.max(self.at - 1);
        loop {
            match self.text.as_bytes().get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(start..self.at)
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, wanted: u8) -> Option<()> {
        let is_there = self.peek()? == wanted;
        self.at += usize::from(is_there);
        is_there.then_some(())
    }

    fn comma(&mut self) -> Option<()> {
        if self.peek()? == b',' {
            self.at += 1;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_called_otherwise_and_nothing_else_is() {
        let text = r#" {"Version":"2012-10-17","Id":"a","Statement" : [
            {"Sid":"a\\","Principal":{"AWS" : ["a", "\u0061","b",  "c"],"Service":"a"},
             "Action":"a","Condition":{"x":{"AWS":["a",1,true,null]}}},
            { "NotPrincipal" : {"AWS":"b"}},{"Principal":"a"},{"Principal":{"AWS":[]}} ] } "#;
        let name = |known: &str| match known {
            "a" => Some("A\"".to_owned()),
            "b" => Some("BB".to_owned()),
            _ => None,
        };
        let expected = text
            .replace(r#"["a", "\u0061","b",  "c"]"#, r#"["A\"", "A\"","BB",  "c"]"#)
            .replace(r#"{"AWS":"b"}"#, r#"{"AWS":"BB"}"#);
        assert_eq!(shown(text, name), expected);
        assert_eq!(shown(text, |_| None), text);
        let one = r#"{"Statement":{"Principal":{"AWS":"a"}}}"#;
        assert_eq!(shown(one, name), r#"{"Statement":{"Principal":{"AWS":"A\""}}}"#);
    }

    #[test]
    fn what_is_no_policy_is_shown_as_it_is() {
        for text in
            ["", "{", "[", "\"", "{\"Statement", "{\"Statement\":{\"Principal\":{\"AWS\":\"a"]
        {
            assert_eq!(shown(text, |_| Some("b".to_owned())), text);
        }
    }
}
