//! What is written, case by case.

use std::collections::BTreeMap;

use serde::Serialize;

use super::*;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    user: User,
    tags: Vec<Tag>,
    names: Vec<&'static str>,
    summary_map: BTreeMap<&'static str, u32>,
    is_truncated: bool,
    marker: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    user_name: &'static str,
    path: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: &'static str,
    value: Option<&'static str>,
}

#[derive(Serialize)]
struct Nothing {
    member: Option<u32>,
}

fn rendered<T: Serialize>(output: &T) -> String {
    String::from_utf8(result("Op", output).unwrap()).unwrap()
}

#[test]
fn an_answer_has_its_members_in_their_order() {
    let output = Output {
        user: User { user_name: "a<b>&\"'", path: "/" },
        tags: vec![Tag { key: "k", value: Some("") }, Tag { key: "l", value: None }],
        names: Vec::new(),
        summary_map: BTreeMap::from([("Users", 1), ("Groups", 0)]),
        is_truncated: false,
        marker: None,
    };
    assert_eq!(
        rendered(&output),
        "<OpResult><User><UserName>a&lt;b&gt;&amp;\"'</UserName><Path>/</Path></User>\
         <Tags><member><Key>k</Key><Value></Value></member><member><Key>l</Key></member></Tags>\
         <Names></Names><SummaryMap><entry><key>Groups</key><value>0</value></entry><entry>\
         <key>Users</key><value>1</value></entry></SummaryMap><IsTruncated>false</IsTruncated>\
         </OpResult>"
    );
}

#[test]
fn an_operation_without_output_has_no_result_and_an_empty_output_an_empty_one() {
    assert_eq!(rendered(&()), "");
    // Clients look for the element.
    assert_eq!(rendered(&Nothing { member: None }), "<OpResult></OpResult>");
}

#[test]
fn a_result_stands_in_its_response() {
    let body = answer("Op", "https://n/", b"<OpResult></OpResult>", "id");
    assert_eq!(
        String::from_utf8(body).unwrap(),
        "<OpResponse xmlns=\"https://n/\"><OpResult></OpResult><ResponseMetadata>\
         <RequestId>id</RequestId></ResponseMetadata></OpResponse>"
    );
}

#[test]
fn errors_say_whose_fault_they_are() {
    let Error::Caller(bad) = Error::validation("'x' & <y>") else { panic!("the caller's fault") };
    assert_eq!(
        String::from_utf8(error("https://n/", &bad.as_query(), "id")).unwrap(),
        "<ErrorResponse xmlns=\"https://n/\"><Error><Type>Sender</Type>\
         <Code>ValidationError</Code><Message>'x' &amp; &lt;y&gt;</Message></Error>\
         <RequestId>id</RequestId></ErrorResponse>"
    );
    let body = String::from_utf8(error("n", &Error::internal().as_query(), "id")).unwrap();
    assert!(body.contains("<Type>Receiver</Type><Code>InternalFailure</Code>"));
}

#[test]
fn text_comes_out_as_it_went_in_as_far_as_xml_can_carry_it() {
    assert_eq!(rendered(&"a\tb\r\n é 😀\u{85}"), "<OpResult>a\tb&#xD;\n é 😀\u{85}</OpResult>");
    assert_eq!(
        rendered(&"\0\u{1b}\u{fffe}\u{ffff}"),
        format!("<OpResult>{}</OpResult>", "\u{fffd}".repeat(4))
    );
}

#[test]
fn what_no_answer_has_is_an_error_and_no_panic() {
    #[derive(Serialize)]
    enum Union {
        One(u32),
    }
    assert!(result("Op", &Union::One(1)).is_err());
    assert!(result("Op", &vec![Union::One(1)]).is_err());
}
