//! The canonical request, written piece by piece into a hash or a buffer. May not decide.

use super::{Head, headers, query};

/// Writes the canonical request of `head`, with `payload` as the hex digest of the body.
pub(super) fn write(head: &Head<'_>, signed: &str, payload: &[u8], out: &mut impl FnMut(&[u8])) {
    out(head.method.as_bytes());
    out(b"\n");
    write_path(head.path, out);
    out(b"\n");
    if let Some(query) = head.query {
        query::write_canonical(query, out);
    }
    out(b"\n");
    for name in signed.split(';') {
        write_header(head, name, out);
    }
    for piece in [b"\n", signed.as_bytes(), b"\n", payload] {
        out(piece);
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters, with upper-case digits.
pub(super) fn encode(bytes: &[u8], out: &mut impl FnMut(&[u8])) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out(&[byte]);
        } else {
            out(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// Writes the path without `.`, `..` and empty segments, and encodes what is encoded already once
/// more, as every service but S3 does. Only a slash at the very end stays.
fn write_path(path: &str, out: &mut impl FnMut(&[u8])) {
    if path == "/" {
        return out(b"/");
    }
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    for segment in &segments {
        out(b"/");
        encode(segment.as_bytes(), out);
    }
    if segments.is_empty() || path.ends_with('/') {
        out(b"/");
    }
}

/// Writes `name:value`; values of headers of one name are joined by commas as they arrived.
fn write_header(head: &Head<'_>, name: &str, out: &mut impl FnMut(&[u8])) {
    out(name.as_bytes());
    let mut separator = b":";
    for value in head.headers.get_all(name) {
        out(separator);
        write_folded(value.as_bytes(), out);
        separator = b",";
    }
    if headers::host_is_authority(head, name) {
        out(b":");
        out(head.authority.unwrap_or_default().as_bytes());
    }
    out(b"\n");
}

/// Writes a header's value trimmed, with one space for each run of blanks.
fn write_folded(value: &[u8], out: &mut impl FnMut(&[u8])) {
    let mut separator: &[u8] = b"";
    for word in value.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty()) {
        out(separator);
        out(word);
        separator = b" ";
    }
}
