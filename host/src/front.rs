//! What stands in front of the service and ends the encryption: which peers are believed when they
//! tell where a request comes from.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};

use crate::{audit::record::Network, authorize};

/// The peers that are believed, and the headers that they tell it with. What others send in these
/// headers is ignored.
#[derive(Clone, Debug)]
pub struct Front {
    peers: Vec<authorize::Network>,
    /// The addresses that the request has passed, the last one at the end.
    source_address: HeaderName,
    /// `https`, if the request came encrypted.
    protocol: HeaderName,
    /// `TLSv1.3`
    tls_version: HeaderName,
    /// `TLS_AES_128_GCM_SHA256`
    cipher_suite: HeaderName,
    /// `vpc-…`
    vpc: HeaderName,
    /// `vpce-…`
    vpc_endpoint: HeaderName,
}

/// Nobody is believed.
impl Default for Front {
    fn default() -> Self {
        Self {
            peers: Vec::new(),
            source_address: HeaderName::from_static("x-forwarded-for"),
            protocol: HeaderName::from_static("x-forwarded-proto"),
            tls_version: HeaderName::from_static("x-amzn-tls-version"),
            cipher_suite: HeaderName::from_static("x-amzn-tls-cipher-suite"),
            vpc: HeaderName::from_static("x-keycell-vpc"),
            vpc_endpoint: HeaderName::from_static("x-keycell-vpc-endpoint"),
        }
    }
}

impl Front {
    /// Believes these peers, each an address or a range of them.
    ///
    /// # Errors
    ///
    /// What is neither.
    pub fn believe(&mut self, peers: &[String]) -> Result<(), String> {
        for peer in peers {
            let network = authorize::Network::parse(peer);
            self.peers.push(network.ok_or_else(|| format!("\"{peer}\" is no range of addresses"))?);
        }
        Ok(())
    }

    /// Reads these headers, where others than the usual ones are named.
    ///
    /// # Errors
    ///
    /// What is no name of a header.
    pub fn read(&mut self, names: [Option<&str>; 6]) -> Result<(), String> {
        let own = [
            &mut self.source_address,
            &mut self.protocol,
            &mut self.tls_version,
            &mut self.cipher_suite,
            &mut self.vpc,
            &mut self.vpc_endpoint,
        ];
        for (own, name) in own.into_iter().zip(names) {
            if let Some(name) = name {
                *own = name.parse().map_err(|_| format!("\"{name}\" is no name of a header"))?;
            }
        }
        Ok(())
    }

    /// Where a request comes from: the peer itself, if it is not believed. `host` is whom the
    /// client wants to talk to.
    pub fn told(&self, peer: IpAddr, host: Option<&str>, headers: &HeaderMap) -> (IpAddr, Network) {
        if !self.believes(peer) {
            return (peer, Network::default());
        }
        let text = |name: &HeaderName| headers.get(name)?.to_str().ok();
        let is_id = |text: &&str| {
            let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(is_word)
        };
        let id = |name| text(name).filter(is_id).map(str::to_owned);
        let network = Network {
            is_secure: text(&self.protocol).is_some_and(|told| told.eq_ignore_ascii_case("https")),
            tls_version: id(&self.tls_version),
            cipher_suite: id(&self.cipher_suite),
            host: host.filter(|host| host.len() <= LONGEST_HOST).map(str::to_owned),
            vpc: id(&self.vpc),
            vpc_endpoint: id(&self.vpc_endpoint),
        };
        (self.source(headers).unwrap_or(peer), network)
    }

    /// The last address of the way that is none of a believed peer: whoever is behind it may say of
    /// the way before whatever it likes.
    fn source(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lists = headers.get_all(&self.source_address).iter().rev();
        let texts = lists.flat_map(|list| list.to_str().unwrap_or_default().rsplit(','));
        let mut source = None;
        for text in texts.take(MOST_PASSED) {
            let Some(address) = address(text.trim()) else { break };
            source = Some(address);
            if !self.believes(address) {
                break;
            }
        }
        source
    }

    fn believes(&self, peer: IpAddr) -> bool {
        self.peers.iter().any(|network| network.contains(peer.to_canonical()))
    }
}

/// An address, which may have a port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let plain = text.trim_start_matches('[').trim_end_matches(']').parse().ok();
    plain.or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

/// Characters of a network's id.
const LONGEST_ID: usize = 64;
/// Bytes of a name of a host with a port.
const LONGEST_HOST: usize = 262;
/// Addresses of a way that are looked at.
const MOST_PASSED: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn front() -> Front {
        let mut front = Front::default();
        front.believe(&["10.0.0.0/8".to_owned(), "::1".to_owned()]).unwrap();
        front
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn source(peer: &str, way: &str) -> String {
        let headers = headers(&[("x-forwarded-for", way)]);
        front().told(peer.parse().unwrap(), None, &headers).0.to_string()
    }

    #[test]
    fn the_last_stranger_of_the_way_is_the_source() {
        for (peer, way, expected) in [
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "192.0.2.1, 203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "192.0.2.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
            ("10.0.0.1", "10.0.0.9, 10.0.0.7", "10.0.0.9"),
            ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
            ("::1", "[2001:db8::1]:4711", "2001:db8::1"),
            ("::1", "::ffff:203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "somewhere", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("192.0.2.77", "203.0.113.9", "192.0.2.77"),
        ] {
            assert_eq!(source(peer, way), expected, "{peer} {way}");
        }
    }

    #[test]
    fn only_believed_peers_tell_of_networks() {
        let all = headers(&[
            ("x-forwarded-proto", "https"),
            ("x-amzn-tls-version", "TLSv1.3"),
            ("x-amzn-tls-cipher-suite", "TLS_AES_256_GCM_SHA384"),
            ("x-keycell-vpc", "vpc-1"),
            ("x-keycell-vpc-endpoint", "vpce-1"),
        ]);
        let (_, network) = front().told("10.0.0.1".parse().unwrap(), Some("kms"), &all);
        assert!(network.is_secure && network.is_private());
        assert_eq!(network.vpc.as_deref(), Some("vpc-1"));
        assert_eq!(network.tls_version.as_deref(), Some("TLSv1.3"));
        assert_eq!(network.cipher_suite.as_deref(), Some("TLS_AES_256_GCM_SHA384"));
        assert_eq!(network.host.as_deref(), Some("kms"));
        assert_eq!(network.vpc_endpoint.as_deref(), Some("vpce-1"));
        let nothing = Network::default();
        let (_, network) = front().told("192.0.2.1".parse().unwrap(), Some("kms"), &all);
        assert_eq!(network, nothing);
        assert_eq!(Front::default().told("10.0.0.1".parse().unwrap(), None, &all).1, nothing);
        let odd = headers(&[("x-keycell-vpc", "vpc 1\""), ("x-amzn-tls-version", "1,3")]);
        assert_eq!(front().told("10.0.0.1".parse().unwrap(), None, &odd).1, nothing);
    }

    #[test]
    fn names_and_ranges_are_checked() {
        assert!(front().believe(&["ten".to_owned()]).is_err());
        assert!(front().read([Some("a b"), None, None, None, None, None]).is_err());
        let mut own = front();
        own.read([Some("Client-Address"), None, None, None, None, None]).unwrap();
        let headers = headers(&[("client-address", "203.0.113.9")]);
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(own.told(peer, None, &headers).0.to_string(), "203.0.113.9");
    }
}
