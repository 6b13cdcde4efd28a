//! Comparisons as iam-simulate sees them.

use std::net::{IpAddr, Ipv6Addr};

use super::{Pair, Seen};

impl Pair<'_> {
    fn is_about(&self, types: &str) -> bool {
        self.operator.contains(types)
    }

    fn is_negated(&self) -> bool {
        self.operator.contains("Not")
    }

    /// The operand with its variable written out.
    fn filled(&self, variable: &str, text: &str) -> Option<Seen> {
        let operand = self.operand.replace(variable, text);
        (operand != self.operand).then(|| self.of(&operand))
    }

    fn of(&self, operand: &str) -> Seen {
        seen(self.value, operand)
    }
}

fn seen(value: &str, operand: &str) -> Seen {
    Seen::As(value.to_owned(), operand.to_owned())
}

pub(super) fn prefixes(pair: &Pair<'_>) -> Option<Seen> {
    let is_it = pair.is_about("Numeric") && pair.value == "7 days";
    is_it.then(|| seen("7", pair.operand))
}

pub(super) fn fractions(pair: &Pair<'_>) -> Option<Seen> {
    let is_it = pair.is_about("Numeric") && pair.value == "0.30000000000000001";
    is_it.then(|| seen("0.3", pair.operand))
}

pub(super) fn unequal(pair: &Pair<'_>) -> Option<Seen> {
    let is_it = match pair.operator {
        "NumericNotEquals" => pair.value == "many",
        "DateNotEquals" => pair.value == "soon",
        _ => false,
    };
    is_it.then_some(Seen::Never)
}

pub(super) fn seconds(pair: &Pair<'_>) -> Option<Seen> {
    // As many milliseconds.
    let least = |text: &str| text.replace("1767323045", "1767323.045");
    pair.is_about("Date").then(|| Seen::As(least(pair.value), least(pair.operand)))
}

pub(super) fn truths(pair: &Pair<'_>) -> Option<Seen> {
    (pair.operator == "Bool" && pair.value == "maybe").then_some(Seen::Never)
}

pub(super) fn everywhere(pair: &Pair<'_>) -> Option<Seen> {
    (pair.is_about("IpAddress") && pair.operand == "0.0.0.0/0").then(|| pair.of("0.0.0.0/32"))
}

pub(super) fn spelled(pair: &Pair<'_>) -> Option<Seen> {
    let [value, operand] = [pair.value, pair.operand].map(|text| text.parse::<Ipv6Addr>().ok());
    let is_it = pair.is_about("IpAddress") && operand.is_some() && value == operand;
    (is_it && pair.value != pair.operand).then(|| pair.of("2001:db8::"))
}

pub(super) fn families(pair: &Pair<'_>) -> Option<Seen> {
    let [value, operand] = [pair.value, pair.operand].map(|text| text.parse::<IpAddr>().ok());
    let differ = value.zip(operand).is_some_and(|(one, other)| one.is_ipv4() != other.is_ipv4());
    (pair.operator == "NotIpAddress" && differ).then_some(Seen::Never)
}

pub(super) fn hosts(pair: &Pair<'_>) -> Option<Seen> {
    (pair.is_about("IpAddress") && pair.operand == "2001:db8::5/64")
        .then(|| pair.of("2001:db8::/64"))
}

pub(super) fn mapped(pair: &Pair<'_>) -> Option<Seen> {
    (pair.is_about("IpAddress") && pair.value.starts_with("::ffff:"))
        .then(|| seen("::1", pair.operand))
}

pub(super) fn padded(pair: &Pair<'_>) -> Option<Seen> {
    (pair.is_about("IpAddress") && pair.value.contains(".000.")).then_some(Seen::Never)
}

pub(super) fn lone(pair: &Pair<'_>) -> Option<Seen> {
    (pair.is_about("Arn") && pair.operand == "*").then_some(Seen::Never)
}

pub(super) fn begun(pair: &Pair<'_>) -> Option<Seen> {
    let rest = pair.value.strip_prefix("urn:").filter(|_| pair.is_about("Arn"))?;
    Some(seen(&format!("arn:{rest}"), pair.operand))
}

pub(super) fn lines(pair: &Pair<'_>) -> Option<Seen> {
    let is_it = pair.is_about("Like") && pair.is_about("String") && pair.value.contains('\n');
    (is_it && pair.operand.contains(['*', '?'])).then(|| seen("one", "other"))
}

pub(super) fn escapes(pair: &Pair<'_>) -> Option<Seen> {
    let is_it = pair.is_about("String") && !pair.is_about("Like");
    let has_escape = pair.operand.contains("${*}") || pair.operand.contains("${$}");
    (is_it && has_escape).then(|| seen("one", "other"))
}

pub(super) fn folded(pair: &Pair<'_>) -> Option<Seen> {
    match (pair.value, pair.operand) {
        _ if !pair.is_about("IgnoreCase") => None,
        ("ΟΣ", "οσ") => Some(seen("one", "one")),
        ("\u{10400}", "\u{10428}") => Some(seen("one", "other")),
        _ => None,
    }
}

pub(super) fn blank(pair: &Pair<'_>) -> Option<Seen> {
    pair.filled("${aws:PrincipalTag/blank, 'blue'}", "blue")
}

pub(super) fn tight(pair: &Pair<'_>) -> Option<Seen> {
    pair.operand.contains("none,'").then_some(Seen::Never)
}

pub(super) fn several(pair: &Pair<'_>) -> Option<Seen> {
    pair.filled("${aws:CalledVia, 'blue'}", "blue")
}

pub(super) fn unfilled(pair: &Pair<'_>) -> Option<Seen> {
    let is_unfilled = ["${aws:CalledVia}", "${aws:PrincipalTag/none}"].contains(&pair.operand);
    (pair.is_negated() && is_unfilled).then_some(Seen::Never)
}
