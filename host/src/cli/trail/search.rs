//! `keycell trail search`: the records that have all that is asked for, newest first. It reads the
//! files alone, and writes nothing.

use jiff::{SignedDuration, Timestamp};
use keycell::audit::{
    entry::{Entry, Field, Term},
    history::{History, Query},
};

use super::{DataFolder, Result, print};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    data: DataFolder,
    /// Of this key: its id, its ARN, an alias as requests name it; or any other resource so
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Of this operation: Encrypt
    #[arg(long, value_name = "NAME")]
    event: Option<String>,
    /// By this user or session; root, and operator for those who run the service
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Signed with this access key
    #[arg(long, value_name = "ID")]
    access_key: Option<String>,
    /// In the trail of this account
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// In this Region
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Not before this time (RFC 3339), or this long ago: 15m, 2h, 7d
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<Timestamp>,
    /// Not after this time, or this long ago
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
    /// Only what was refused or failed
    #[arg(long)]
    errors: bool,
    /// At most as many
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    limit: usize,
    /// Print whole records, one a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let folder = arguments.data.path.join("trail");
    if !folder.is_dir() {
        return Err(format!("there is no trail: {}", folder.display()).into());
    }
    let history = History::new(folder);
    let search = history.search(arguments.query(), arguments.limit)?;
    for hit in search.take(arguments.limit) {
        let hit = hit?;
        let line = match arguments.json {
            true => hit.record,
            false => line(&hit.record).into_bytes(),
        };
        if !print(&[line])? {
            break;
        }
    }
    Ok(())
}

impl Arguments {
    fn query(&self) -> Query {
        let asked = [
            (Field::Named, self.key.as_deref()),
            (Field::EventName, self.event.as_deref()),
            (Field::Username, self.user.as_deref()),
            (Field::AccessKeyId, self.access_key.as_deref()),
            (Field::Account, self.account.as_deref()),
            (Field::Region, self.region.as_deref()),
            (Field::Failed, self.errors.then_some("true")),
        ];
        let asked = asked.into_iter().filter_map(|(field, value)| Some((field, value?)));
        Query {
            terms: asked.map(|(field, value)| Term::new(field, value)).collect(),
            from: self.since.map(Timestamp::as_second),
            until: self.until.map(Timestamp::as_second),
            ..Query::default()
        }
    }
}

/// A record in a readable line: when, whose, where, what, who, on what, and how it ended. What a
/// client has chosen cannot pretend to be another line or another column.
fn line(record: &[u8]) -> String {
    let Some(entry) = Entry::read(record) else { return String::new() };
    let resources = entry.resources();
    let names = resources.iter().map(|resource| &*resource.name).collect::<Vec<_>>().join(",");
    let columns = [
        entry.time_text(),
        entry.account().unwrap_or(NONE),
        entry.region().unwrap_or(NONE),
        entry.event_name(),
        entry.username().unwrap_or(NONE),
        if names.is_empty() { NONE } else { &names },
        entry.error_code().unwrap_or("ok"),
    ];
    columns.map(plain).join("  ")
}

/// Without white space and control characters.
fn plain(text: &str) -> String {
    let is_odd = |c: char| c.is_whitespace() || c.is_control();
    text.chars().map(|c| if is_odd(c) { '?' } else { c }).collect()
}

/// A time as it is written, or so long ago.
fn time(text: &str) -> std::result::Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let wrong = || format!("{text:?} is neither 15m, 2h, 7d or the like nor a time of RFC 3339");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let count: u32 = text.strip_suffix(unit).unwrap_or_default().parse().map_err(|_| wrong())?;
    let ago = SignedDuration::from_secs(i64::from(count) * seconds);
    Timestamp::now().checked_sub(ago).map_err(|_| wrong())
}

/// What stands where a record says nothing.
const NONE: &str = "-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_two_ways() {
        let ago = |text| {
            let then = time(text).unwrap();
            Timestamp::now().duration_since(then).as_secs()
        };
        for (text, seconds) in [("30s", 30), ("15m", 900), ("2h", 7200), ("7d", 604_800)] {
            assert!((seconds..seconds + 60).contains(&ago(text)), "{text}");
        }
        let written = time("2026-11-21T19:20:03Z").unwrap();
        assert_eq!(written.as_second(), 1_795_288_803);
        for text in ["", "m", "1", "1w", "-1h", "1hh", "yesterday", "4294967295d"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_line_has_seven_columns_whatever_clients_choose() {
        let record = br#"{"userIdentity":{"type":"IAMUser","userName":"a  b\nc"},"eventTime":"t",
            "eventSource":"kms.amazonaws.com","eventName":"Encrypt","eventID":"e"}"#;
        assert_eq!(line(record), "t  -  -  Encrypt  a??b?c  -  ok");
    }
}
