//! Signature Version 4: what is verified, and what is refused in which words.

use keycell::sigv4::Code::{
    IncompleteSignature, InvalidSignature, MissingAuthenticationToken, UnrecognizedClient,
};
use keycell::sigv4::Policy;

use self::kit::*;

mod kit;
mod suite;

#[test]
fn a_signed_request_is_verified_and_tells_who_signed() {
    accepted(&Request::header());
    accepted(&Request::query());
    Request::header().in_parts(|head| {
        let presented = SETTING.present(head).expect("well-formed");
        assert_eq!(presented.access_key_id(), "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(presented.date(), "20150830");
        assert_eq!((presented.region(), presented.service()), ("us-east-1", "kms"));
        assert_eq!(presented.session_token(), Some("token"));
    });
    Request::query().in_parts(|head| {
        let presented = SETTING.present(head).expect("well-formed");
        assert_eq!(presented.session_token(), Some("to/ken"));
    });
}

#[test]
fn every_part_of_a_signed_request_is_covered() {
    for (name, value) in [
        ("Content-Type", "text/plain"),
        ("X-Amz-Target", "TrentService.Decrypt"),
        ("X-Amz-Security-Token", "other"),
        ("X-Amz-Date", "20150830T123601Z"),
    ] {
        refused(&Request::header().signed().set(name, value), InvalidSignature, MISMATCH);
    }
    refused(&Request::header().signed().method("PUT"), InvalidSignature, MISMATCH);
    refused(&Request::header().signed().target("/x"), InvalidSignature, MISMATCH);
    refused(&Request::header().signed().target("/?x"), InvalidSignature, MISMATCH);
    refused(&Request::header().signed().body(b"{ }"), InvalidSignature, MISMATCH);
    refused(&Request::query().signed().body(b"{ }"), InvalidSignature, MISMATCH);
    refused(&Request::query().signed().add_query("x=1"), InvalidSignature, MISMATCH);
}

#[test]
fn a_request_without_a_signature_is_missing_its_token() {
    let missing = "Missing Authentication Token";
    refused(&Request::header().remove("Authorization"), MissingAuthenticationToken, missing);
    let basic = Request::header().set("Authorization", "Basic QTpC");
    refused(&basic, MissingAuthenticationToken, missing);
    let query = Request::query().edit_query("X-Amz-Algorithm", "X-Amz-Algorithn");
    refused(&query, MissingAuthenticationToken, missing);
}

#[test]
fn header_and_query_authentication_exclude_each_other() {
    let both = |name: &str| {
        format!("Found both '{name}' as a query-string param and 'Authorization' as HTTP header.")
    };
    let algorithm = Request::header().target("/?X-Amz-Algorithm=AWS4-HMAC-SHA256");
    refused(&algorithm, InvalidSignature, &both("X-Amz-Algorithm"));
    let encoded = Request::header().target("/?a=b&x-%41mz-security-token=t");
    refused(&encoded, InvalidSignature, &both("X-Amz-Security-Token"));
    for name in ["X-Amz-Date", "X-Amz-Security-Token"] {
        let text = format!(
            "Found both 'X-Amz-Algorithm' as a query-string param and '{name}' as HTTP header."
        );
        refused(&Request::query().add(name, "20150830T123600Z"), InvalidSignature, &text);
    }
}

#[test]
fn an_incomplete_authorization_header_is_told_what_it_lacks() {
    let requires = |name: &str| format!("Authorization header requires '{name}' parameter. ");
    let all = ["Credential", "Signature", "SignedHeaders"].map(requires).concat()
        + "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        + "Authorization=AWS4-HMAC-SHA256";
    let bare = Request::header().remove("X-Amz-Date").set("Authorization", "AWS4-HMAC-SHA256");
    refused(&bare, IncompleteSignature, &all);
    let empty = Request::header().edit_authorization("Signature=", "Signature=,x=");
    let text = requires("Signature") + "Authorization=" + empty.header_value("Authorization");
    refused(&empty, IncompleteSignature, &text);
    let none = Request::header().set("Authorization", " ");
    refused(&none, IncompleteSignature, "Authorization header cannot be empty.");
    let no_equal_sign = Request::header().set("Authorization", "AWS4-HMAC-SHA256 Credential");
    let text = "'Credential' not a valid key=value pair (missing equal-sign) in Authorization \
                header: 'AWS4-HMAC-SHA256 Credential'.";
    refused(&no_equal_sign, IncompleteSignature, text);
    let twice = Request::header().edit_authorization("Signature=", "Signature=a, Signature=");
    let text = "Authorization header requires only one 'Signature' parameter.";
    refused(&twice, IncompleteSignature, text);
}

#[test]
fn an_incomplete_query_is_told_what_it_lacks() {
    let must = |name: &str| format!("AWS query-string parameters must include '{name}'. ");
    let bare = Request::query().target("/?X-Amz-Algorithm=");
    let names = ["Algorithm", "Credential", "Signature", "SignedHeaders", "Date"];
    let text = names.map(|name| must(&format!("X-Amz-{name}"))).concat();
    refused(&bare, IncompleteSignature, &(text + "Re-examine the query-string parameters."));
}

#[test]
fn a_date_is_well_formed_and_near() {
    let got = |date: &str| {
        format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'. \
             See http://en.wikipedia.org/wiki/ISO_8601"
        )
    };
    for date in [
        "201",
        "2015-08-30T12:36Z",
        "20150230T123600Z",
        "+0150830T123600Z",
        "20150830T1236000",
        "20150830 123600Z",
        DATE_1123,
    ] {
        refused(&Request::header().set("X-Amz-Date", date), IncompleteSignature, &got(date));
    }
    let query = Request::query().edit_query("20150830T123600Z", "201");
    refused(&query, IncompleteSignature, &got("201"));

    let dated = |date: &str| Request::header().set("X-Amz-Date", date);
    accepted(&dated("20150830T123100Z"));
    accepted(&dated("20150830T124100Z"));
    let old = "Signature expired: 20150830T123059Z is now earlier than 20150830T123100Z \
               (20150830T123600Z - 5 min.)";
    refused(&dated("20150830T123059Z"), InvalidSignature, old);
    let new = "Signature not yet current: 20150830T124101Z is still later than 20150830T124100Z \
               (20150830T123600Z + 5 min.)";
    refused(&dated("20150830T124101Z"), InvalidSignature, new);
}

#[test]
fn the_date_header_serves_where_x_amz_date_is_absent() {
    for date in ["20150830T123600Z", DATE_1123] {
        let request = Request::header().remove("X-Amz-Date").add("Date", date);
        accepted(&request.clone().edit_authorization("host;x-amz-date", "date;host"));
        let unsigned = request.edit_authorization("host;x-amz-date", "host");
        refused(&unsigned, InvalidSignature, &must_be_signed("Date"));
    }
    accepted(&Request::header().add("Date", "not used, not signed"));
}

#[test]
fn a_presigned_request_is_valid_until_it_expires() {
    let query = |date: &str, expires: &str| {
        let request = Request::query().edit_query("20150830T123600Z", date);
        request.edit_query("Expires=60", &format!("Expires={expires}"))
    };
    accepted(&query("20150830T123600Z", "1"));
    accepted(&query("20150830T123600Z", "604800"));
    accepted(&query("20150830T123500Z", "60"));
    accepted(&query("20150830T124100Z", "60"));
    let unsaid = |date: &str| query(date, "60").edit_query("&X-Amz-Expires=60", "");
    accepted(&unsaid("20150830T123100Z"));
    let old = "Signature expired: 20150830T123059Z is now earlier than 20150830T123100Z \
               (20150830T123600Z - 5 min.)";
    refused(&unsaid("20150830T123059Z"), InvalidSignature, old);
    let sts = Setting { policy: Policy::STS, ..SETTING };
    for expires in ["1", "604800"] {
        let is_taken = |date| query(date, expires).in_parts(|head| sts.present(head).is_ok());
        assert!(is_taken("20150830T122100Z") && !is_taken("20150830T122059Z"), "{expires}");
    }
    let old = "Signature expired: 20150830T123459Z is now earlier than 20150830T123500Z \
               (20150830T123600Z - 1 min.)";
    refused(&query("20150830T123459Z", "60"), InvalidSignature, old);
    let new = "Signature not yet current: 20150830T124101Z is still later than 20150830T124100Z \
               (20150830T123600Z + 5 min.)";
    refused(&query("20150830T124101Z", "60"), InvalidSignature, new);
    let text = "'X-Amz-Expires' must be a number of seconds between 1 and 604800.";
    for expires in ["0", "604801", "-1", "%2B60", "1.5", "99999999999999999999"] {
        refused(&query("20150830T123600Z", expires), InvalidSignature, text);
    }
}

#[test]
fn headers_that_matter_stand_once() {
    for (name, value) in [
        ("Authorization", "AWS4-HMAC-SHA256"),
        ("Host", "kms.us-east-1.amazonaws.com"),
        ("X-Amz-Date", "20150830T123600Z"),
        ("X-Amz-Target", "TrentService.Encrypt"),
        ("X-Amz-Security-Token", "token"),
        ("Content-Type", "application/x-amz-json-1.1"),
    ] {
        let text = format!("'{name}' must not be given more than once.");
        refused(&Request::header().add(name, value), InvalidSignature, &text);
    }
    for name in ["X-Amz-Date", "x-amz-credential", "X%2DAmz-Expires"] {
        let text = format!("'{}' must not be given more than once.", name.replace("%2D", "-"));
        refused(&Request::query().add_query(&format!("{name}=x")), InvalidSignature, &text);
    }
    let many: String = (0..26).map(|number| format!("X-Amz-{number}&")).collect();
    let text = "'X-Amz-' query-string params must be at most 32.";
    refused(&Request::query().add_query(&many), InvalidSignature, text);
}

#[test]
fn headers_that_matter_are_signed() {
    for (name, signed) in [
        ("Host", "host;"),
        ("X-Amz-Date", "x-amz-date;"),
        ("X-Amz-Target", ";x-amz-target"),
        ("X-Amz-Security-Token", "x-amz-security-token;"),
    ] {
        let request = Request::header().edit_authorization(signed, "");
        refused(&request, InvalidSignature, &must_be_signed(name));
    }
    let name = "X-Amz-Target";
    refused(&Request::query().add(name, "x"), InvalidSignature, &must_be_signed(name));
}

/// The second SDK for JavaScript, the one for PHP and others leave it out.
#[test]
fn the_media_type_need_not_be_signed() {
    accepted(&Request::header().edit_authorization("content-type;", ""));
    accepted(&Request::query().add("Content-Type", "x"));
}

#[test]
fn signed_headers_are_sorted_unique_in_lower_case_few_and_there() {
    let many: String = (100..200).map(|number| format!("a{number};")).collect();
    let text = "'SignedHeaders' must be sorted, unique, in lower case and at most 100.";
    for wrong in ["host;content-type", "content-type;content-type;host", "Content-Type;host", ""] {
        let request = Request::header().edit_authorization("content-type;host", wrong);
        refused(&request, InvalidSignature, text);
    }
    let request = Request::header().edit_authorization("content-type", &(many + "content-type"));
    refused(&request, InvalidSignature, text);
    let absent = Request::header().edit_authorization("content-type", "accept;content-type");
    refused(&absent, InvalidSignature, MISMATCH);
    // Refused without a look at the signature, which could cover the empty value.
    assert!(absent.in_parts(|head| SETTING.present(head).is_err()));
}

#[test]
fn the_authority_of_http_2_is_the_host() {
    let authority = |name| Request { authority: Some(name), ..Request::header() };
    accepted(&authority("kms.us-east-1.amazonaws.com"));
    accepted(&authority("kms.us-east-1.amazonaws.com").remove("Host"));
    let text = "'Host' must be the authority of the request.";
    refused(&authority("other"), InvalidSignature, text);
    refused(&authority("kms.us-east-1.amazonaws.com:443"), InvalidSignature, text);
    refused(&Request::header().remove("Host"), InvalidSignature, MISMATCH);
    let signed = authority("kms.us-east-1.amazonaws.com").remove("Host").signed();
    refused(&Request { authority: Some("other"), ..signed }, InvalidSignature, MISMATCH);
}

#[test]
fn a_declared_payload_hash_is_that_of_the_body() {
    let declared = |hash: &str| {
        let signed = "host;x-amz-content-sha256;x-amz-date";
        let request = Request::header().edit_authorization("host;x-amz-date", signed);
        request.add("x-amz-content-sha256", hash)
    };
    accepted(&declared("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"));
    for other in [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "",
    ] {
        let request = Request::header().add("x-amz-content-sha256", other).signed();
        refused(&request, InvalidSignature, MISMATCH);
        refused(&declared(other).signed(), InvalidSignature, MISMATCH);
    }
}

#[test]
fn a_credential_has_five_elements_and_the_right_scope() {
    let credential = |text: &str| Request::header().edit_authorization(CREDENTIAL, text);
    for wrong in ["a/b/c/d", "a/b/c/d/e/", "a"] {
        let text = format!(
            "Credential must have exactly 5 slash-delimited elements, \
             e.g. keyid/date/region/service/term, got '{wrong}'"
        );
        refused(&credential(wrong), IncompleteSignature, &text);
    }
    let text = "Credential should be scoped to a valid region, not 'c'. \
                Credential should be scoped to correct service: 'kms'. \
                Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. \
                Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                from HTTP: 'b' != '20150830', from '20150830T123600Z'.";
    refused(&credential("a/b/c/d/e"), InvalidSignature, text);
    for (right, wrong, text) in [
        ("us-east-1", "us-west-2", "to a valid region, not 'us-west-2'. "),
        ("/kms/", "/iam/", "to correct service: 'kms'. "),
        ("aws4", "aws5", "with a valid terminator: 'aws4_request', not 'aws5_request'. "),
    ] {
        let text = format!("Credential should be scoped {text}");
        refused(&credential(&CREDENTIAL.replace(right, wrong)), InvalidSignature, &text);
    }
    let text = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                from HTTP: '20150831' != '20150830', from '20150830T123600Z'.";
    refused(&credential(&CREDENTIAL.replace("0830", "0831")), InvalidSignature, text);
}

#[test]
fn other_algorithms_are_refused() {
    let text = "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). ";
    let request = Request::header().edit_authorization("SHA256", "SHA25");
    refused(&request, IncompleteSignature, text);
}

#[test]
fn an_access_key_id_is_a_word_of_16_to_128_characters() {
    let key = |id: &str| {
        let credential = CREDENTIAL.replace("AKIAIOSFODNN7EXAMPLE", id);
        Request::header().edit_authorization(CREDENTIAL, &credential)
    };
    accepted(&key(&"A".repeat(16)));
    accepted(&key(&"A".repeat(128)));
    let text = "The security token included in the request is invalid.";
    for id in ["", &"A".repeat(15), &"A".repeat(129), "AKIAIOSFODNN7EXAMP-E"] {
        refused(&key(id), UnrecognizedClient, text);
    }
}

#[test]
fn a_signature_is_64_digits_of_lower_case_hex() {
    let signed = Request::header().signed();
    let (_, signature) = signed.header_value("Authorization").rsplit_once('=').expect("signed");
    let signature = signature.to_owned();
    let short = signature.get(1..).expect("64 digits").to_owned();
    for other in [signature.to_uppercase(), signature.clone() + "0", short, "g".repeat(64)] {
        let request = signed.clone().edit_authorization(&signature, &other);
        refused(&request, InvalidSignature, MISMATCH);
    }
}

#[test]
fn what_is_echoed_is_bounded() {
    let long = "a".repeat(8000);
    let refusal = SETTING.outcome(&Request::header().edit_authorization(CREDENTIAL, &long));
    assert!(refusal.expect_err("malformed").message().len() < 2048);
    let longer = Request::header().set("Authorization", &format!("AWS4-{}", "a".repeat(8192)));
    let text = "Authorization header cannot be longer than 8192 bytes.";
    refused(&longer, IncompleteSignature, text);
    let control = Request::query().edit_query("20150830T123600Z", "%00%F0%9F%94%91");
    let refusal = SETTING.outcome(&control).expect_err("no date");
    assert!(refusal.message().contains("Got '\u{FFFD}\u{1F511}'"), "{}", refusal.message());
}

#[test]
fn the_path_is_normalised_and_encoded_once_more() {
    for (path, canonical) in [
        ("/test/@connections/JBDvjfGEIAMCERw%3D", "/test/%40connections/JBDvjfGEIAMCERw%253D"),
        ("/a%2fb%2F..", "/a%252fb%252F.."),
        ("/a/./b/../../c//", "/c/"),
        ("/../..", "/"),
        ("", "/"),
    ] {
        assert_eq!(Request::header().target(path).canonical_line(1), canonical);
    }
}

#[test]
fn the_query_is_decoded_encoded_and_sorted() {
    for (query, canonical) in [
        ("b=2&a=1", "a=1&b=2"),
        ("a-=1&a=2&a=1&a", "a=&a=1&a=2&a-=1"),
        ("a=b=c&&+=%20", "%2B=%20&a=b%3Dc"),
        ("%7e=%7E&%zz=%4", "%25zz=%254&~=~"),
        ("", ""),
    ] {
        assert_eq!(Request::header().target(&format!("/?{query}")).canonical_line(2), canonical);
    }
}

#[test]
fn header_values_are_trimmed_folded_and_joined() {
    let request = Request::header().set("Content-Type", " a \t b  c\t");
    assert_eq!(request.canonical_line(3), "content-type:a b c");
    let request = Request::header().add("Accept", "b").add("Accept", "a");
    let request = request.edit_authorization("content-type", "accept;content-type");
    assert_eq!(request.canonical_line(3), "accept:b,a");
}

#[test]
fn no_input_panics() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..20_000 {
        let mut request = if round % 2 == 0 { Request::header() } else { Request::query() };
        for _ in 0..=random.below(2) {
            match random.below(4) {
                0 => request.target = random.spoil(&request.target),
                1 => request.body = random.spoil("{}").into_bytes(),
                _ => {
                    let place = random.below(request.headers.len());
                    let (_, value) = request.headers.get_mut(place).expect("below the length");
                    *value = random.spoil(value);
                }
            }
        }
        request.in_parts(|head| {
            if let Ok(presented) = SETTING.present(head) {
                presented.canonical_request(&request.body);
                let _ = presented
                    .verify(&request.body, &SETTING.key(presented.date(), presented.region()));
            }
        });
    }
}

fn must_be_signed(header: &str) -> String {
    format!("'{header}' must be a 'SignedHeader' in the AWS Authorization.")
}

const DATE_1123: &str = "Sun, 30 Aug 2015 12:36:00 GMT";
