//! Tests of grants: who is meant, and what tells them apart.

use super::*;
use crate::{
    arn::UniqueId,
    authorize::{Reach, Subject, Who},
};

const ACCOUNT: &str = "111122223333";

fn told<T>(result: Result<T>) -> std::result::Result<T, String> {
    result.map_err(|error| match error {
        Error::Caller(error) => format!("{}: {}", error.code, error.message.unwrap_or_default()),
        other => panic!("{other:?}"),
    })
}

fn grant(grantee: &str, retiring: Option<&str>, name: Option<&str>) -> Grant {
    let holder = |name: &str| Holder::Principal(name.to_owned());
    Grant {
        account: ACCOUNT.parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        key: "1234abcd-12ab-34cd-56ef-1234567890ab".parse().unwrap(),
        id: GrantId([7; 32]),
        created: 0,
        issuer: ACCOUNT.parse().unwrap(),
        proof: vec![9; GrantToken::PROOF],
        terms: Terms {
            name: name.map(str::to_owned),
            grantee: holder(grantee),
            retiring: retiring.map(holder),
            allowance: Allowance {
                operations: vec![GrantOperation::Decrypt],
                constraints: Constraints::default(),
            },
        },
    }
}

#[test]
fn accounts_users_roles_and_sessions_are_principals() {
    for arn in [
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333:user/alice",
        "arn:aws:iam::111122223333:user/some/path/alice",
        "arn:aws:iam::111122223333:role/path/worker",
        "arn:aws:sts::111122223333:assumed-role/worker/session",
        "arn:aws:sts::111122223333:federated-user/guest",
        "AIDAIOSFODNN7EXAMPLE",
        "AROAIOSFODNN7EXAMPLE",
        "AROAIOSFODNN7EXAMPLE:session",
    ] {
        let nominee = Nominee::principal(arn, Office::Grantee).unwrap();
        assert_eq!(nominee.name(), arn);
    }
}

#[test]
fn what_is_no_principal_is_refused_in_the_words_of_aws() {
    let grantee = |name| told(Nominee::principal(name, Office::Grantee));
    let form = |arn: &str| format!("InvalidArnException: ARN is not valid: {arn}");
    let nobody =
        |arn: &str| format!("InvalidArnException: ARN does not refer to a valid principal: {arn}");
    for arn in [
        "arn:aws:sts::111122223333:assumed-role/path/worker/session",
        "arn:aws:sts::111122223333:assumed-role/worker",
        "arn:aws:iam::111122223333:user/",
        "arn:aws:iam::111122223333:role//worker",
        "arn:aws:iam::111122223333:root/x",
        "arn:aws:iam::1111:root",
        "arn:aws:iam:us-east-1:111122223333:root",
        "arn:aws-cn:iam::111122223333:root",
        "arn:aws",
    ] {
        assert_eq!(grantee(arn), Err(form(arn)));
    }
    for arn in ["arn:aws:iam::111122223333:group/all", "arn:aws:kms::111122223333:key/x"] {
        assert_eq!(grantee(arn), Err(nobody(arn)));
    }
    let user = "arn:aws:iam::111122223333:user/alice";
    assert_eq!(told::<()>(Err(grantee(user).unwrap().is_nobody())), Err(nobody(user)));
    let gone = "AROA00000000000000100:future";
    for (office, message) in [
        (
            Office::Grantee,
            "InvalidArnException: GranteePrincipal does not refer to a valid principal.",
        ),
        (Office::Listed, "InvalidArnException: Input does not refer to a valid principal"),
        (
            Office::Retiring,
            "NotFoundException: Retiring principal AROA00000000000000100:future could not be found",
        ),
    ] {
        let nominee = Nominee::principal(gone, office).unwrap();
        assert_eq!(told::<()>(Err(nominee.is_nobody())), Err(message.to_owned()));
        for id in ["AROA0:x", "AGPA00000000000000100", "AIDA00000000000000100:session", "x", ""] {
            let message = message.replace(gone, id);
            assert_eq!(told(Nominee::principal(id, office)), Err(message));
        }
    }
}

#[test]
fn a_caller_is_meant_by_its_own_name_its_role_and_its_account() {
    let names = |who| {
        let id = match who {
            Who::User { .. } | Who::Session { .. } => Some("id"),
            Who::Root | Who::Federated { .. } | Who::Service { .. } => None,
        };
        let subject = Subject { account: ACCOUNT.parse().unwrap(), who, id, own: None };
        names(&subject).into_iter().collect::<Vec<_>>()
    };
    let root = |reach| ("arn:aws:iam::111122223333:root".to_owned(), reach);
    let named = |name: &str, reach| (name.to_owned(), reach);
    assert_eq!(names(Who::Root), [root(Reach::Exact)]);
    let federated = Who::Federated { arn: "me" };
    assert_eq!(names(federated), [named("me", Reach::Exact), root(Reach::Account)]);
    // Not by its ARN, which another may have had.
    let user = Who::User { arn: "me" };
    assert_eq!(names(user), [named("id", Reach::Exact), root(Reach::Account)]);
    assert_eq!(
        names(Who::Session { role: "role", arn: "assumed-role/role/me" }),
        [named("id:me", Reach::Exact), named("id", Reach::Role), root(Reach::Account)]
    );
    assert_eq!(names(Who::Service { name: "s.a.com" }), [named("s.a.com", Reach::Exact)]);
}

#[test]
fn a_token_is_good_for_its_grant_alone() {
    let grant = grant("arn:aws:iam::111122223333:user/x", None, None);
    let text = GrantToken::of(&grant, [1; 16]).unwrap().encode();
    let token = GrantToken::parse(&text).unwrap();
    assert!(token.is_of(&grant));
    assert_eq!(token.encode(), text);
    assert!(GrantToken::parse(&GrantToken::of(&grant, [2; 16]).unwrap().encode()).is_some());
    let others = [
        Grant { id: GrantId([8; 32]), ..grant.clone() },
        Grant { proof: vec![8; GrantToken::PROOF], ..grant.clone() },
        Grant { account: "444455556666".parse().unwrap(), ..grant.clone() },
        Grant { region: "eu-west-1".parse().unwrap(), ..grant.clone() },
        Grant { proof: Vec::new(), ..grant.clone() },
    ];
    assert!(others.iter().all(|other| !token.is_of(other)));
    assert_eq!(GrantToken::of(&others[4], [1; 16]), None);
    for end in 0..text.len() {
        let cut = GrantToken::parse(&text[..end]);
        assert!(cut.is_none_or(|cut| !cut.is_of(&grant)), "{end}");
    }
    for other in ["", "x", "é", &format!("{text}="), &format!("B{}", &text[1..])] {
        assert_eq!(GrantToken::parse(other), None, "{other}");
    }
}

#[test]
fn the_rows_of_one_principal_are_never_those_of_another() {
    let short = "arn:aws:iam::111122223333:user/x";
    let (one, other) = (grant(short, Some(short), None), grant(&format!("{short}/y"), None, None));
    let prefix = GranteeRow::prefix(one.account, one.region, &one.key, short);
    assert!(GranteeRow::of(&one).0.starts_with(&prefix));
    assert!(!GranteeRow::of(&other).0.starts_with(&prefix));
    let rows: Vec<_> = GrantRow::of(&one).into_iter().map(|(path, _)| path).collect();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].starts_with(&GrantRow::retiring_prefix(one.region, short)));
}

#[test]
fn a_name_leads_to_a_grant_of_the_same_terms_alone() {
    let path = |grant: &Grant| {
        let Grant { account, region, key, issuer, terms, .. } = grant;
        GrantRow::named_path(*account, *region, key, *issuer, terms)
    };
    let named = grant("arn:aws:iam::111122223333:user/x", None, Some("n"));
    assert_eq!(path(&named), path(&Grant { id: GrantId([1; 32]), created: 5, ..named.clone() }));
    assert!(path(&named).is_some());
    let others = [
        grant("arn:aws:iam::111122223333:user/y", None, Some("n")),
        grant("arn:aws:iam::111122223333:user/x", None, Some("m")),
        grant("arn:aws:iam::111122223333:user/x", None, None),
        Grant { issuer: "444455556666".parse().unwrap(), ..named.clone() },
    ];
    assert!(others.iter().all(|other| path(other) != path(&named)));
}

#[test]
fn an_id_is_64_lower_case_digits() {
    let text = "0123456789abcdef".repeat(4);
    let id: GrantId = text.parse().unwrap();
    assert_eq!(id.to_string(), text);
    for wrong in ["", &text[1..], &format!("{text}0"), &text.to_uppercase(), &"g".repeat(64)] {
        assert!(wrong.parse::<GrantId>().is_err(), "{wrong}");
    }
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let mut grant = grant("arn:aws:iam::111122223333:root", Some("a"), Some("n"));
    grant.terms.retiring = Some(Holder::Bound {
        account: ACCOUNT.parse().unwrap(),
        id: UniqueId::parse("AROA00000000000000100").unwrap(),
        session: Some("future".to_owned()),
    });
    assert_eq!(grant.terms.retiring.as_ref().unwrap().name(), "AROA00000000000000100:future");
    grant.terms.allowance.constraints.equals = Some([("a".to_owned(), "b".to_owned())].into());
    let record = serde_json::to_vec(&grant).unwrap();
    let read: Grant = serde_json::from_slice(&record).unwrap();
    assert_eq!((read.id, read.proof, read.terms), (grant.id, grant.proof, grant.terms));
}
