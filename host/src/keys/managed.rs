//! AWS managed keys: one for each service of AWS, with a policy that serves this service alone and
//! that nobody changes.
//!
//! Source: KMS developer guide, "AWS managed keys"; the policies and the words are those of keys
//! that AWS has made.

use crate::{
    arn::{AccountId, KeyId, Region},
    authorize::KeyPolicy,
    wire::Result,
};

use super::{
    Key, Manager, Origin, Rotation, Spec, Standing, Tags, Usage, policy_text::Statement,
    policy_text::document, rotation::Schedule,
};

/// What AWS keeps of one service's keys.
#[derive(Debug)]
pub struct Managed {
    /// `s3` of `alias/aws/s3`.
    service: &'static str,
    /// The policy's id.
    id: &'static str,
    /// What the key protects.
    protects: &'static str,
    /// Who may do what.
    statements: &'static [Statement],
}

impl Managed {
    /// The one whose keys an alias stands for: `alias/aws/…`.
    pub fn of_alias(name: &str) -> Option<&'static Self> {
        let service = name.strip_prefix("alias/aws/")?;
        SERVICES.iter().find(|managed| managed.service == service)
    }

    /// A key of this service, still without material.
    pub fn key(&self, account: AccountId, region: Region, id: KeyId, now: i64) -> Result<Key> {
        let Self { protects, .. } = self;
        let schedule = Some(Schedule::new(Key::ROTATION_PERIOD, now));
        Ok(Key {
            account,
            region,
            id,
            description: format!(
                "Default key that protects my {protects} when no other key is defined"
            ),
            created: now,
            standing: Standing::Enabled,
            spec: Spec::SymmetricDefault,
            usage: Usage::EncryptDecrypt,
            origin: Origin::AwsKms,
            manager: Manager::Aws,
            policy: KeyPolicy::written(&document(self.id, self.statements, account, region))?,
            tags: Tags::default(),
            materials: Vec::new(),
            rotation: Rotation { schedule, ..Rotation::default() },
            deletion: None,
            topology: None,
        })
    }
}

/// `… through NAME for all principals … authorized to use NAME`, by way of that service.
const fn through(name: &'static str, via: &'static str, actions: &'static [&str]) -> Statement {
    Statement::Through { how: "through", name, uses: name, via, anywhere: false, actions }
}

/// The same of a service that calls in the name of others from other Regions, too.
const fn anywhere(name: &'static str, via: &'static str, actions: &'static [&str]) -> Statement {
    Statement::Through { how: "through", name, uses: name, via, anywhere: true, actions }
}

const ENCRYPTS: &[&str] = &["Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "DescribeKey"];
const GRANTS: &[&str] =
    &["Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "CreateGrant", "DescribeKey"];
const LISTS_GRANTS: &[&str] = &[
    "Encrypt",
    "Decrypt",
    "ReEncrypt*",
    "GenerateDataKey*",
    "CreateGrant",
    "ListGrants",
    "DescribeKey",
];
const RETIRES_GRANTS: &[&str] = &[
    "Encrypt",
    "Decrypt",
    "ReEncrypt*",
    "GenerateDataKey*",
    "CreateGrant",
    "DescribeKey",
    "RetireGrant",
];
const READ: Statement = Statement::Metadata { revokes: false };
const READ_AND_REVOKE: Statement = Statement::Metadata { revokes: true };
const DYNAMODB: &str = "Amazon DynamoDB";
const SECRETS_MANAGER: &str = "AWS Secrets Manager";

/// The services, in the order of their names.
const SERVICES: &[Managed] = &[
    Managed {
        service: "backup",
        id: "auto-backup-1",
        protects: "Backup data",
        statements: &[
            Statement::Through {
                how: "through",
                name: "Backup",
                uses: "Backup Storage",
                via: "backup",
                anywhere: false,
                actions: &["CreateGrant", "Decrypt", "GenerateDataKey*"],
            },
            READ_AND_REVOKE,
        ],
    },
    Managed {
        service: "codecommit",
        id: "auto-codecommit-2",
        protects: "CodeCommit repositories",
        statements: &[through("CodeCommit", "codecommit", ENCRYPTS), READ],
    },
    Managed {
        service: "dms",
        id: "auto-dms-1",
        protects: "DMS replication instance volumes",
        statements: &[through("DMS", "dms", LISTS_GRANTS), READ_AND_REVOKE],
    },
    Managed {
        service: "dynamodb",
        id: "auto-dynamodb-3",
        protects: "DynamoDB data",
        statements: &[
            anywhere(DYNAMODB, "dynamodb", GRANTS),
            READ_AND_REVOKE,
            Statement::Describe {
                sid: "Allow DynamoDB to directly describe the key",
                by: "dynamodb",
            },
        ],
    },
    Managed {
        service: "ebs",
        id: "auto-ebs-2",
        protects: "EBS volumes",
        statements: &[through("EBS", "ec2", GRANTS), READ_AND_REVOKE],
    },
    Managed {
        service: "ecr",
        id: "auto-ecr-1",
        protects: "ECR data",
        statements: &[through("Amazon ECR", "ecr", RETIRES_GRANTS), READ_AND_REVOKE],
    },
    Managed {
        service: "elasticfilesystem",
        id: "auto-elasticfilesystem-1",
        protects: "EFS filesystems",
        statements: &[
            Statement::Through {
                how: "to",
                name: "EFS",
                uses: "EFS",
                via: "elasticfilesystem",
                anywhere: false,
                actions: GRANTS,
            },
            READ_AND_REVOKE,
        ],
    },
    Managed {
        service: "glue",
        id: "auto-glue-1",
        protects: "Glue data",
        statements: &[through("Glue", "glue", GRANTS), READ_AND_REVOKE],
    },
    Managed {
        service: "kinesis",
        id: "auto-kinesis-1",
        protects: "Kinesis data",
        statements: &[through("Amazon Kinesis", "kinesis", ENCRYPTS), READ],
    },
    Managed {
        service: "kinesisvideo",
        id: "auto-kinesisvideo-1",
        protects: "kinesis video data",
        statements: &[through("Kinesis Video Streams", "kinesisvideo", GRANTS), READ_AND_REVOKE],
    },
    Managed {
        service: "lambda",
        id: "auto-awslambda",
        protects: "Lambda functions",
        statements: &[through("AWS Lambda", "lambda", GRANTS), READ_AND_REVOKE],
    },
    Managed {
        service: "rds",
        id: "auto-rds-2",
        protects: "RDS database volumes",
        statements: &[through("RDS", "rds", LISTS_GRANTS), READ_AND_REVOKE],
    },
    Managed {
        service: "s3",
        id: "auto-s3-2",
        protects: "S3 objects",
        statements: &[through("S3", "s3", ENCRYPTS), READ],
    },
    Managed {
        service: "secretsmanager",
        id: "auto-secretsmanager-2",
        protects: "Secrets Manager data",
        statements: &[
            through(
                SECRETS_MANAGER,
                "secretsmanager",
                &["Encrypt", "Decrypt", "ReEncrypt*", "CreateGrant", "DescribeKey"],
            ),
            anywhere(SECRETS_MANAGER, "secretsmanager", &["GenerateDataKey*"]),
            READ_AND_REVOKE,
        ],
    },
    Managed {
        service: "sns",
        id: "auto-sns-1",
        protects: "SNS data",
        statements: &[
            through(
                "SNS",
                "sns",
                &["Decrypt", "GenerateDataKey*", "CreateGrant", "ListGrants", "DescribeKey"],
            ),
            READ_AND_REVOKE,
        ],
    },
    Managed {
        service: "sqs",
        id: "auto-sqs-1",
        protects: "SQS messages",
        statements: &[
            Statement::Through {
                how: "through",
                name: "Simple Queue Service (SQS)",
                uses: "SQS",
                via: "sqs",
                anywhere: false,
                actions: GRANTS,
            },
            READ_AND_REVOKE,
        ],
    },
    Managed {
        service: "ssm",
        id: "auto-ssm-1",
        protects: "SSM parameters",
        statements: &[through("SSM", "ssm", ENCRYPTS), READ],
    },
    Managed {
        service: "xray",
        id: "auto-xray-1",
        protects: "X-Ray data",
        statements: &[
            through("X-Ray", "xray", GRANTS),
            READ_AND_REVOKE,
            Statement::Describe {
                sid: "Allow X-Ray Service with service principal name xray.amazonaws.com to \
                      describe the key directly",
                by: "xray",
            },
        ],
    },
];

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn made(managed: &Managed) -> Key {
        let (account, region) = ("111122223333".parse().unwrap(), "eu-west-1".parse().unwrap());
        managed.key(account, region, ID.parse().unwrap(), 1000).unwrap()
    }

    #[test]
    fn every_service_has_a_key_with_a_policy_that_is_one() {
        assert!(SERVICES.is_sorted_by_key(|managed| managed.service));
        for managed in SERVICES {
            let key = made(managed);
            assert!(!key.manager.is_customer() && key.rotation.schedule.is_some());
            // It is rotated, and nobody is told of a schedule that is nobody's to change.
            assert_eq!(key.schedule(), None);
            let alias = format!("alias/aws/{}", managed.service);
            assert_eq!(Managed::of_alias(&alias).unwrap().id, managed.id);
        }
    }

    #[test]
    fn other_aliases_are_nobodys() {
        for name in ["alias/aws/", "alias/aws/nothing", "alias/s3", "aws/s3", "alias/aws/S3"] {
            assert!(Managed::of_alias(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_policy_reads_as_aws_writes_it() {
        let key = made(Managed::of_alias("alias/aws/s3").unwrap());
        let text = key.policy.text(key.account);
        let lines: Vec<_> = text.lines().collect();
        let first = ["{", "  \"Version\" : \"2012-10-17\",", "  \"Id\" : \"auto-s3-2\","];
        assert_eq!(&lines[..3], first);
        assert_eq!(
            &lines[3..5],
            [
                "  \"Statement\" : [ {",
                "    \"Sid\" : \"Allow access through S3 for all principals in the account that \
                 are authorized to use S3\","
            ]
        );
        assert_eq!(&lines[lines.len() - 3..], ["    \"Resource\" : \"*\"", "  } ]", "}"]);
        let policy: Value = serde_json::from_str(&text).unwrap();
        let [through, metadata] = policy["Statement"].as_array().unwrap().as_slice() else {
            panic!("{text}")
        };
        let condition = json!({"StringEquals": {
            "kms:CallerAccount": "111122223333",
            "kms:ViaService": "s3.eu-west-1.amazonaws.com",
        }});
        assert_eq!(through["Principal"], json!({"AWS": "*"}));
        assert_eq!(through["Condition"], condition);
        assert_eq!(through["Action"][3], "kms:GenerateDataKey*");
        assert_eq!(metadata["Principal"], json!({"AWS": "arn:aws:iam::111122223333:root"}));
        assert_eq!(metadata["Action"], json!(["kms:Describe*", "kms:Get*", "kms:List*"]));
        assert!(metadata.get("Condition").is_none());
    }

    #[test]
    fn some_services_come_from_any_region() {
        let key = made(Managed::of_alias("alias/aws/dynamodb").unwrap());
        let policy: Value = serde_json::from_str(&key.policy.text(key.account)).unwrap();
        let condition = json!({
            "StringEquals": {"kms:CallerAccount": "111122223333"},
            "StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"},
        });
        assert_eq!(policy["Statement"][0]["Condition"], condition);
        assert_eq!(
            policy["Statement"][2]["Principal"],
            json!({"Service": "dynamodb.amazonaws.com"})
        );
    }
}
