//! What conditions compare besides texts: numbers, moments, networks.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::cmp::Ordering;

use jiff::{Timestamp, civil, tz::TimeZone};

/// A decimal number of any length, compared exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    is_negative: bool,
    /// Without zeros before.
    whole: String,
    /// Without zeros behind.
    fraction: String,
}

impl Decimal {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !are_digits(whole) || !are_digits(fraction)
        {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self { is_negative: is_negative && !is_zero, whole, fraction })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |one: &Self, two: &Self| {
            let whole = one.whole.len().cmp(&two.whole.len()).then(one.whole.cmp(&two.whole));
            whole.then_with(|| one.fraction.cmp(&two.fraction))
        };
        match (self.is_negative, other.is_negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A moment in milliseconds since 1970: ISO 8601, or seconds since 1970.
pub(super) fn moment(text: &str) -> Option<i64> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    if let Some(number) = Decimal::parse(text) {
        let fraction = number.fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
        let digits = number.whole.bytes().chain(fraction).map(char::from).collect::<String>();
        let milliseconds: i64 = digits.parse().ok()?;
        return Some(if number.is_negative { -milliseconds } else { milliseconds });
    }
    // A date, or a time of day that names no offset.
    let time = text.parse::<civil::DateTime>().ok();
    let time =
        time.or_else(|| Some(text.parse::<civil::Date>().ok()?.to_datetime(Default::default())));
    Some(time?.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// An address of a request. One of IPv4 that is mapped into IPv6 is one of IPv4.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    match ipv4(text) {
        Some(address) => Some(address.into()),
        None => text.parse::<Ipv6Addr>().ok().map(|address| IpAddr::V6(address).to_canonical()),
    }
}

/// A network of a policy, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Of the fourth version.
    V4 {
        /// Its first address.
        address: u32,
        /// The bits that all its addresses share.
        mask: u32,
    },
    /// Of the sixth version.
    V6 {
        /// Its first address.
        address: u128,
        /// The bits that all its addresses share.
        mask: u128,
    },
}

impl Network {
    /// `192.0.2.0/24`; without a length, one address.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        if let Some(address) = ipv4(address) {
            let length = length.unwrap_or(32);
            let mask = u32::MAX.checked_shl(32u32.checked_sub(length)?).unwrap_or(0);
            return Some(Self::V4 { address: address.to_bits() & mask, mask });
        }
        let address = address.parse::<Ipv6Addr>().ok()?.to_bits();
        let mask = u128::MAX.checked_shl(128u32.checked_sub(length.unwrap_or(128))?).unwrap_or(0);
        // One whose host bits are set matches nothing: they stay, and no masked address has them.
        Some(Self::V6 { address, mask })
    }

    /// Whether a canonical address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4 { address, mask }, IpAddr::V4(one)) => one.to_bits() & mask == *address,
            (Self::V6 { address, mask }, IpAddr::V6(one)) => one.to_bits() & mask == *address,
            (Self::V4 { .. }, IpAddr::V6(_)) | (Self::V6 { .. }, IpAddr::V4(_)) => false,
        }
    }
}

/// Four decimal numbers, with zeros before them or without.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let octet = |text: &str| {
        let are_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if are_digits { text.parse::<u8>().ok() } else { None }
    };
    let mut texts = text.split('.');
    let mut octets = [0; 4];
    for place in &mut octets {
        *place = octet(texts.next()?)?;
    }
    texts.next().is_none().then_some(octets.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_compared_exactly() {
        let order =
            ["-10.5", "-10.25", "-2", "-0.1", "0", "0.10000000000000000001", "+0.2", "9", "010"];
        for pair in order.windows(2) {
            let [one, two] = [0, 1].map(|at| Decimal::parse(pair[at]).expect("a number"));
            assert!(one < two, "{pair:?}");
        }
        assert_eq!(Decimal::parse("-0.0"), Decimal::parse("000"));
        assert_eq!(Decimal::parse("1.50"), Decimal::parse("+01.5"));
        for text in ["", ".", "-", "1e3", "0x1", "1,5", " 1", "--1", "٣"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn moments_have_two_forms_and_milliseconds() {
        let rows = [
            ("2013-06-30T00:00:00Z", Some(1_372_550_400_000)),
            ("2013-06-30T02:00:00.0019+02:00", Some(1_372_550_400_001)),
            ("2013-06-30T00:00:00", Some(1_372_550_400_000)),
            ("2013-06-30", Some(1_372_550_400_000)),
            ("1372550400", Some(1_372_550_400_000)),
            ("1.0019", Some(1001)),
            ("-1.5", Some(-1500)),
            ("yesterday", None),
            ("99999999999999999999", None),
        ];
        for (text, expected) in rows {
            assert_eq!(moment(text), expected, "{text}");
        }
    }

    #[test]
    fn networks_contain_addresses_of_their_family() {
        let rows = [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.7/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.000.002.001", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("0.0.0.0/0", "192.0.2.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("192.0.2.0/24", "::ffff:192.0.2.1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("2001:db8::5/64", "2001:db8::5", false),
            ("2001:db8::4/127", "2001:db8::5", true),
            ("2001:db8::5", "2001:db8::5", true),
            ("::/0", "2001:db8::5", true),
        ];
        for (network, text, expected) in rows {
            let network = Network::parse(network).expect(network);
            assert_eq!(
                network.contains(address(text).expect(text)),
                expected,
                "{network:?} {text}"
            );
        }
        for text in [
            "",
            "192.0.2.0/33",
            "192.0.2",
            "192.0.2.256",
            "::/129",
            "a",
            "192.0.2.0/",
            "1.2.3.4/-1",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
