//! Whatever happens to keys, in whatever order: what they have encrypted either decrypts, or is
//! refused with the error that the key's state calls for; and when its owner has put all in order
//! again, it decrypts. Checked against a model that knows nothing of materials and states, but what
//! was done and what the service says of itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use crate::kit::{Inside, Parameters, Refusal, with};

#[test]
fn every_ciphertext_decrypts_or_is_refused_as_the_keys_state_says() {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 64,
        ..Config::default()
    };
    let steps = vec(any::<[u8; 3]>(), 8..40);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    TestRunner::new(config)
        .run(&steps, |steps| {
            runtime.block_on(async {
                let mut life = Life::begin().await;
                for [what, which, how] in steps {
                    life.step(what, which, how).await;
                    life.check().await;
                }
                life.put_in_order().await;
            });
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

/// What is always refused shows nothing.
#[tokio::test(flavor = "multi_thread")]
async fn everything_that_can_happen_can_succeed() {
    let mut life = Life::begin().await;
    let mut names = BTreeSet::new();
    // Keys 0 to 3, and their Regions in the upper four bits.
    for [what, which, how] in [
        [1, 0, 0],
        [12, 0, 0],
        [2, 0, 0],
        [3, 0, 0],
        [4, 0, 0],
        [0, 0, 0],
        [5, 0, 0],
        [6, 0, 0],
        [7, 2, 1],
        [8, 2, 0],
        [9, 1, 0],
        [0, 17, 0],
        [10, 17, 0],
        [11, 0, 1],
    ] {
        let (name, is_done) = life.step(what, which, how).await;
        assert!(is_done, "{name}");
        names.insert(name);
        life.check().await;
    }
    assert_eq!(names.len(), STEPS, "{names:?}");
    life.put_in_order().await;
}

/// A service, its keys, and what they have encrypted.
struct Life {
    inside: Inside,
    keys: Vec<Key>,
    ciphertexts: Vec<Ciphertext>,
    /// What imports material, by key and Region, and until when.
    parameters: BTreeMap<(usize, &'static str), (Parameters, i64)>,
}

struct Key {
    id: Value,
    is_imported: bool,
    /// The materials that were imported, as bytes of which each is 32 of the same; the first is the
    /// first one.
    materials: Vec<u8>,
}

struct Ciphertext {
    key: usize,
    blob: Value,
    plaintext: String,
}

impl Life {
    /// Four keys, one of each kind, and something that each has encrypted.
    async fn begin() -> Self {
        let inside = Inside::new().await;
        let (keys, ciphertexts) = (Vec::new(), Vec::new());
        let mut life = Self { inside, keys, ciphertexts, parameters: BTreeMap::new() };
        for (number, (origin, multi_region)) in
            [("AWS_KMS", false), ("AWS_KMS", true), ("EXTERNAL", false), ("EXTERNAL", true)]
                .into_iter()
                .enumerate()
        {
            let input = json!({"Origin": origin, "MultiRegion": multi_region});
            let made = life.inside.ok("CreateKey", input).await;
            let id = made["KeyMetadata"]["KeyId"].clone();
            let is_imported = origin == "EXTERNAL";
            life.keys.push(Key { id, is_imported, materials: Vec::new() });
            if is_imported {
                assert!(life.import(number, REGIONS[0], 1, "NEW_KEY_MATERIAL").await);
                life.keys[number].materials.push(1);
            }
            assert!(life.encrypt(number, REGIONS[0]).await);
        }
        life
    }

    /// Does one thing, and returns its name and whether it was not refused.
    async fn step(&mut self, what: u8, which: u8, how: u8) -> (&'static str, bool) {
        let number = usize::from(which) % self.keys.len();
        let region = REGIONS[usize::from(which / 16) % REGIONS.len()];
        let key = json!({"KeyId": self.keys[number].id});
        let of_key = |members: Value| with(key.clone(), members);
        let (name, input) = match usize::from(what) % STEPS {
            0 => return ("Encrypt", self.encrypt(number, region).await),
            1 => ("RotateKeyOnDemand", key),
            2 => ("EnableKeyRotation", of_key(json!({"RotationPeriodInDays": 90}))),
            3 => ("DisableKey", key),
            4 => ("EnableKey", key),
            5 => ("ScheduleKeyDeletion", of_key(json!({"PendingWindowInDays": 7}))),
            6 => ("CancelKeyDeletion", key),
            7 => return ("ImportKeyMaterial", self.import_something(number, region, how).await),
            8 => ("DeleteImportedKeyMaterial", key),
            9 => (
                "ReplicateKey",
                of_key(json!({"ReplicaRegion": REGIONS[1 + usize::from(how) % 2]})),
            ),
            10 => ("UpdatePrimaryRegion", of_key(json!({"PrimaryRegion": region}))),
            11 => {
                // Less than a deletion takes, so that no key is lost for good.
                self.inside.pass(SignedDuration::from_hours(24 * i64::from(how % 3)));
                self.inside.sweep().await;
                self.keep_all().await;
                return ("time passes", true);
            }
            _ => {
                self.inside.pass(SignedDuration::from_secs(2));
                self.inside.sweep().await;
                return ("the sweep", true);
            }
        };
        // Topology is the primary's affair, wherever it is; the rest is done anywhere.
        let region = match name {
            "ReplicateKey" | "UpdatePrimaryRegion" => self.primary(number).await,
            _ => region,
        };
        (name, self.is_done(region, name, input).await)
    }

    /// A call that may be refused, but only in a way that is documented.
    async fn is_done(&self, region: &str, operation: &str, input: Value) -> bool {
        match self.inside.call_in(region, operation, input.clone()).await {
            Ok(_) => true,
            Err(refusal) => {
                let code = refusal.code.as_str();
                assert!(DOCUMENTED.contains(&code), "{operation} {input} {region}: {refusal:?}");
                false
            }
        }
    }

    async fn encrypt(&mut self, number: usize, region: &str) -> bool {
        let plaintext = crate::kit::encode(format!("{}", self.ciphertexts.len()));
        let input = json!({"KeyId": self.keys[number].id, "Plaintext": plaintext});
        let Ok(output) = self.inside.call_in(region, "Encrypt", input).await else { return false };
        let blob = output["CiphertextBlob"].clone();
        self.ciphertexts.push(Ciphertext { key: number, blob, plaintext });
        true
    }

    /// New material, or what was there before.
    async fn import_something(&mut self, number: usize, region: &'static str, how: u8) -> bool {
        if !self.keys[number].is_imported {
            return false;
        }
        let known = self.keys[number].materials.clone();
        if how.is_multiple_of(2) {
            let byte = known[usize::from(how / 2) % known.len()];
            return self.import(number, region, byte, "EXISTING_KEY_MATERIAL").await;
        }
        let byte = u8::try_from(known.len() + 1).expect("there are few");
        let is_new = self.import(number, region, byte, "NEW_KEY_MATERIAL").await;
        if is_new {
            self.keys[number].materials.push(byte);
        }
        is_new
    }

    async fn import(&mut self, number: usize, region: &'static str, byte: u8, way: &str) -> bool {
        let id = self.keys[number].id.clone();
        let now = self.inside.now().as_second();
        let known = self.parameters.get(&(number, region)).filter(|(_, until)| now < *until);
        if known.is_none() {
            let algorithm = "RSAES_OAEP_SHA_256";
            let input = json!({
                "KeyId": id, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048",
            });
            let output = self.inside.call_in(region, "GetParametersForImport", input).await;
            let Ok(output) = output else { return false };
            let parameters = (Parameters::new(algorithm, &output), now + 23 * 3600);
            self.parameters.insert((number, region), parameters);
        }
        let (parameters, _) = &self.parameters[&(number, region)];
        let input = with(parameters.import(&id, &[byte; 32]), json!({"ImportType": way}));
        self.is_done(region, "ImportKeyMaterial", input).await
    }

    /// Takes back what would be deleted before long.
    async fn keep_all(&self) {
        for key in &self.keys {
            for region in REGIONS {
                let input = json!({"KeyId": key.id});
                let described = self.inside.call_in(region, "DescribeKey", input.clone()).await;
                let Ok(described) = described else { continue };
                let state = &described["KeyMetadata"]["KeyState"];
                if *state == "PendingDeletion" || *state == "PendingReplicaDeletion" {
                    assert!(self.is_done(region, "CancelKeyDeletion", input).await);
                }
            }
        }
    }

    async fn primary(&self, number: usize) -> &'static str {
        let input = json!({"KeyId": self.keys[number].id});
        let described = self.inside.ok("DescribeKey", input).await;
        let told = &described["KeyMetadata"]["MultiRegionConfiguration"]["PrimaryKey"]["Region"];
        REGIONS.into_iter().find(|region| told == region).unwrap_or(REGIONS[0])
    }

    /// All ciphertexts, in all Regions.
    async fn check(&self) {
        for ciphertext in &self.ciphertexts {
            for region in REGIONS {
                self.check_in(region, ciphertext).await;
            }
        }
    }

    async fn check_in(&self, region: &str, ciphertext: &Ciphertext) {
        let key = &self.keys[ciphertext.key].id;
        let described = self.inside.call_in(region, "DescribeKey", json!({"KeyId": key})).await;
        let input = json!({"CiphertextBlob": ciphertext.blob});
        let decrypted = self.inside.call_in(region, "Decrypt", input).await;
        let Ok(described) = described else {
            let refusal = decrypted.expect_err("there is no such key in this Region");
            assert_eq!(refusal.code, "AccessDeniedException", "{refusal:?}");
            return;
        };
        let metadata = &described["KeyMetadata"];
        let is = |code: &str, what: &str| {
            let message = format!("{} is {what}.", metadata["Arn"].as_str().expect("a text"));
            Err(Refusal { status: 400, code: code.to_owned(), message })
        };
        let expected = match metadata["KeyState"].as_str().expect("a text") {
            "Enabled" => Ok(json!(ciphertext.plaintext)),
            "Disabled" => is("DisabledException", "disabled"),
            "PendingImport" => is("KMSInvalidStateException", "pending import"),
            "PendingDeletion" => is("KMSInvalidStateException", "pending deletion"),
            "PendingReplicaDeletion" => is("KMSInvalidStateException", "pending replica deletion"),
            other => panic!("{other} is no state that lasts"),
        };
        assert_eq!(decrypted.map(|output| output["Plaintext"].clone()), expected, "{metadata}");
    }

    /// Its owner takes back deletions, imports all that is missing, and enables all keys: then
    /// nothing is lost.
    async fn put_in_order(&mut self) {
        self.keep_all().await;
        for number in 0..self.keys.len() {
            for region in REGIONS {
                let key = json!({"KeyId": self.keys[number].id});
                if self.inside.call_in(region, "DescribeKey", key.clone()).await.is_err() {
                    continue;
                }
                for byte in self.keys[number].materials.clone() {
                    self.import(number, region, byte, "EXISTING_KEY_MATERIAL").await;
                }
                let enabled = self.inside.call_in(region, "EnableKey", key).await;
                enabled.unwrap_or_else(|refusal| panic!("{region}: {refusal:?}"));
            }
        }
        self.check().await;
        for ciphertext in &self.ciphertexts {
            let region = self.primary(ciphertext.key).await;
            let input = json!({"CiphertextBlob": ciphertext.blob});
            let output = self.inside.call_in(region, "Decrypt", input).await;
            let output = output.expect("nothing is lost");
            assert_eq!(output["Plaintext"], json!(ciphertext.plaintext));
        }
    }
}

/// How many different things can happen.
const STEPS: usize = 13;
const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-southeast-2"];
/// What a step may be refused with.
const DOCUMENTED: &[&str] = &[
    "AlreadyExistsException",
    "ConflictException",
    "DisabledException",
    "IncorrectKeyMaterialException",
    "KMSInvalidStateException",
    "LimitExceededException",
    "NotFoundException",
    "UnsupportedOperationException",
    "ValidationException",
];
/// Each is a life of some dozens of steps.
const CASES: u32 = 16;
