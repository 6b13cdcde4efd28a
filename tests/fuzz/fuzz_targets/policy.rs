//! Key policies: what is read is decided over, and is read again from its record.
#![no_main]

use keycell::authorize::{
    ConditionKeys, IdentityPolicy, KeyPolicy, Own, Place, Policy, Question, Resource, Subject,
    TrustPolicy, Values, Who, decide, shown, statements,
};

/// A request that has every key, with a value that is cut from the key's name.
struct Request;

impl ConditionKeys for Request {
    fn get(&self, name: &str) -> Option<Values<'_>> {
        let (kind, value) = name.split_once(':')?;
        Some(match kind {
            "many" => Values::many(value.split('/')),
            _ => Values::One(value.to_owned().into()),
        }
        .kept())
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let account = "111122223333".parse().expect("an account");
    let user = Who::User { arn: "arn:aws:iam::111122223333:user/alice" };
    let identity = Policy::parse(text, Place::Identity).ok();
    let identity: Vec<_> = identity.iter().collect();
    // Where its statements are: each has its place, in their order.
    if !identity.is_empty() {
        for (begin, end) in statements(text) {
            assert!((begin.line, begin.column) <= (end.line, end.column), "{begin:?} {end:?}");
        }
    }
    // What IAM takes of what is written can be stored and read again; a managed policy could be an
    // inline one.
    let inline = IdentityPolicy::inline(text).is_ok();
    assert!(inline || IdentityPolicy::managed(text).is_err());
    assert!(!inline || !identity.is_empty());
    if TrustPolicy::written(text).is_ok() {
        TrustPolicy::parse(text).expect("it was written");
    }
    let policy = KeyPolicy::written(text).unwrap_or(KeyPolicy::Default);
    let arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let resource = Resource::Key { arn, owner: account, policy: &policy };
    let own = Own { identity: &identity, ..Own::default() };
    for (who, own) in [(Who::Root, None), (user, Some(own))] {
        let subject = Subject { account, who, id: None, own };
        let _ = decide(&Question {
            subject: &subject,
            action: "kms:Encrypt",
            resource: &resource,
            keys: &Request,
            granted: None,
        });
    }
    if let KeyPolicy::Written(_) = &policy {
        let stored = serde_json::to_string(&policy).expect("a policy is text");
        let read: KeyPolicy = serde_json::from_str(&stored).expect("what was written is read");
        assert_eq!((read.text(account), &read), (text.to_owned(), &policy));
        // However its principals are called, it is a policy of as many statements.
        assert_eq!(shown(text, |_| None), text);
        let renamed = shown(text, |_| Some("111122223333".to_owned()));
        if renamed.len() <= KeyPolicy::LONGEST {
            KeyPolicy::written(&renamed).expect("another name makes it no other document");
        }
    }
});
