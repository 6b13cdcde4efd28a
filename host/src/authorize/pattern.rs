//! Texts with wildcards, and ARNs with wildcards in their elements.

/// A character of a policy's text, or a wildcard in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `*`: any run of characters.
    Run,
    /// `?`: one character, counted as UTF-16 does.
    One,
    /// Itself.
    Is(char),
}

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Glob {
    /// `*`
    Everything,
    /// No wildcard.
    Exact(String),
    /// A star at the end alone: the most frequent form.
    Prefix(String),
    /// Nothing but stars between texts: each is found from where the last one ended, in time that
    /// is linear in the text.
    Stars {
        /// What the text begins with.
        first: String,
        /// What follows somewhere, in this order.
        inner: Vec<String>,
        /// What the text ends with.
        last: String,
    },
    /// Question marks too. Going back to the last star alone is enough, so the time is at most the
    /// product of the two lengths, of which the policy's is at most 32 KiB and a value's 8 KiB.
    Marks(Vec<Mark>),
}

/// A UTF-16 unit of a pattern, or a wildcard in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Run,
    One,
    Is(u16),
}

/// The tokens of a text in which `*` and `?` are wildcards.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token> {
    text.chars().map(|letter| match letter {
        '*' => Token::Run,
        '?' => Token::One,
        other => Token::Is(other),
    })
}

impl Glob {
    pub(super) fn new(tokens: &[Token]) -> Self {
        if tokens.contains(&Token::One) {
            return Self::Marks(marks(tokens));
        }
        let mut texts = vec![String::new()];
        for token in tokens {
            match (token, texts.last_mut()) {
                (Token::Is(letter), Some(text)) => text.push(*letter),
                (Token::Run | Token::One | Token::Is(_), _) => texts.push(String::new()),
            }
        }
        let Some(last) = texts.pop().filter(|_| !texts.is_empty()) else {
            return Self::Exact(tokens.iter().filter_map(Token::letter).collect());
        };
        let first = texts.remove(0);
        texts.retain(|text| !text.is_empty());
        if texts.is_empty() && last.is_empty() {
            return if first.is_empty() { Self::Everything } else { Self::Prefix(first) };
        }
        Self::Stars { first, inner: texts, last }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Exact(exact) => exact == text,
            Self::Prefix(first) => text.starts_with(first.as_str()),
            Self::Stars { first, inner, last } => {
                let rest = text.strip_prefix(first.as_str());
                let rest = rest.and_then(|rest| rest.strip_suffix(last.as_str()));
                let rest = inner.iter().fold(rest, |rest, text| {
                    let (_, after) = rest?.split_once(text.as_str())?;
                    Some(after)
                });
                rest.is_some()
            }
            Self::Marks(marks) => {
                let units: Vec<_> = text.encode_utf16().collect();
                matches_marks(marks, &units)
            }
        }
    }
}

impl Token {
    fn letter(&self) -> Option<char> {
        match self {
            Self::Is(letter) => Some(*letter),
            Self::Run | Self::One => None,
        }
    }
}

fn marks(tokens: &[Token]) -> Vec<Mark> {
    let mut marks = Vec::with_capacity(tokens.len());
    for token in tokens {
        match token {
            Token::Run => marks.push(Mark::Run),
            Token::One => marks.push(Mark::One),
            Token::Is(letter) => {
                marks.extend(letter.encode_utf16(&mut [0; 2]).iter().map(|unit| Mark::Is(*unit)));
            }
        }
    }
    marks
}

fn matches_marks(mut marks: &[Mark], mut units: &[u16]) -> bool {
    // What is left behind the last star, and of the text where that star's run ends.
    let mut star: Option<(&[Mark], &[u16])> = None;
    loop {
        match (marks.split_first(), units.split_first()) {
            (Some((Mark::Run, rest)), _) => {
                star = Some((rest, units));
                marks = rest;
                continue;
            }
            (Some((Mark::One, rest)), Some((_, after))) => {
                (marks, units) = (rest, after);
                continue;
            }
            (Some((Mark::Is(mark), rest)), Some((unit, after))) if mark == unit => {
                (marks, units) = (rest, after);
                continue;
            }
            (None, None) => return true,
            (Some((Mark::One | Mark::Is(_), _)) | None, _) => {}
        }
        // The last star's run is one longer.
        let Some((behind, Some((_, later)))) =
            star.map(|(behind, from)| (behind, from.split_first()))
        else {
            return false;
        };
        star = Some((behind, later));
        (marks, units) = (behind, later);
    }
}

/// An ARN, each of whose elements may have wildcards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ArnGlob {
    /// `*`
    Everything,
    /// No wildcard: one comparison is enough.
    Exact(String),
    /// Six elements. A star crosses no colon, but in the last.
    Elements(Box<[Glob; 6]>),
}

impl ArnGlob {
    /// `None` if that is no ARN. Elements that are missing at the end are `*` if `is_padded`.
    pub(super) fn new(tokens: &[Token], is_padded: bool) -> Option<Self> {
        if tokens == [Token::Run] {
            return Some(Self::Everything);
        }
        let mut elements: Vec<_> = tokens.splitn(6, |token| *token == Token::Is(':')).collect();
        let begins_right = elements.first().is_some_and(|first| {
            first.iter().filter_map(Token::letter).eq("arn".chars()) && first.len() == 3
        });
        let letters = tokens.iter().map(Token::letter).collect::<Option<String>>();
        if let (6, true, Some(exact)) = (elements.len(), begins_right, letters) {
            return Some(Self::Exact(exact));
        }
        while is_padded && elements.len() < 6 {
            elements.push(&[Token::Run]);
        }
        let globs: Vec<_> = elements.into_iter().map(Glob::new).collect();
        let globs = Box::<[Glob; 6]>::try_from(globs.into_boxed_slice()).ok()?;
        begins_right.then_some(Self::Elements(globs))
    }

    pub(super) fn matches(&self, arn: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Exact(exact) => exact == arn,
            Self::Elements(globs) => {
                let mut elements = arn.splitn(6, ':');
                // There are never more than six, and the last of these is all that is left.
                globs.iter().all(|glob| elements.next().is_some_and(|one| glob.matches(one)))
            }
        }
    }
}

/// Whether a value is an ARN at all.
pub(super) fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.splitn(6, ':').count() == 6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str) -> Glob {
        Glob::new(&tokens(text).collect::<Vec<_>>())
    }

    #[test]
    fn wildcards_stand_for_runs_and_for_single_units() {
        let rows = [
            ("*", "", true),
            ("a", "a", true),
            ("a", "A", false),
            ("a*", "a", true),
            ("a*", "b", false),
            ("*a", "ba", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a**c", "abc", true),
            ("*ab*ab*", "ab", false),
            ("*ab*ab*", "-ab-ab-", true),
            ("?", "", false),
            ("?", "é", true),
            ("?", "\u{10400}", false),
            ("??", "\u{10400}", true),
            ("*?b", "ab", true),
            ("*?b", "b", false),
            ("a?c*", "abcd", true),
            ("*a?a", "aaaa", true),
            ("*[a]", "x[a]", true),
            ("a\nb*", "a\nb\nc", true),
        ];
        for (pattern, text, expected) in rows {
            assert_eq!(glob(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn many_wildcards_take_no_time_out_of_proportion() {
        let text = "a".repeat(8192);
        for pattern in ["*a".repeat(8192), "*a?".repeat(2000)] {
            assert!(!glob(&(pattern + "b")).matches(&text));
        }
    }

    #[test]
    fn wildcards_cross_no_colon_but_in_the_last_element() {
        let arn = "arn:aws:kms:eu-central-1:111122223333:key/a:b";
        let rows = [
            ("*", true),
            ("arn:aws:kms:*:111122223333:key/*", true),
            ("arn:aws:kms:eu-*-1:*:*", true),
            ("arn:aws:kms:*:key/*", false),
            ("arn:aws:kms:*:*:*", true),
            ("arn:aws:kms:eu-central-?:111122223333:key/a?b", true),
            ("arn:aws:iam:*:*:*", false),
        ];
        for (pattern, expected) in rows {
            let tokens: Vec<_> = tokens(pattern).collect();
            let found = ArnGlob::new(&tokens, false).is_some_and(|glob| glob.matches(arn));
            assert_eq!(found, expected, "{pattern}");
        }
        let short: Vec<_> = tokens("arn:aws:kms:eu-*").collect();
        assert_eq!(ArnGlob::new(&short, false), None);
        assert!(ArnGlob::new(&short, true).expect("it is padded").matches(arn));
        let exact: Vec<_> = tokens(arn).collect();
        assert_eq!(ArnGlob::new(&exact, true), Some(ArnGlob::Exact(arn.to_owned())));
        let short: Vec<_> = tokens("arn:aws:kms:eu-central-1").collect();
        assert!(ArnGlob::new(&short, true).expect("it is padded").matches(arn));
    }
}
