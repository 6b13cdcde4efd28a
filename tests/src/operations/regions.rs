//! The life of multi-Region keys: what they share, what each Region has for itself, how they go.
//! Source: KMS developer guide, "Multi-Region keys in AWS KMS", and AWS's answers as captured in
//! September 2026.

mod imported;
mod leaving;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::kit::{Client, Inside, Refusal, encode, kms, with};

const HOME: &str = "us-east-1";
const AWAY: &str = "eu-west-1";
const THIRD: &str = "ap-east-1";
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A multi-Region key in a service whose clock the test tells.
struct World {
    inside: Inside,
    key: Value,
}

impl World {
    /// With a key that is in one Region.
    async fn new(members: Value) -> Self {
        let inside = Inside::new().await;
        let input = with(json!({"MultiRegion": true}), members);
        let key = inside.ok("CreateKey", input).await["KeyMetadata"]["KeyId"].clone();
        Self { inside, key }
    }

    /// The same, with a replica in another.
    async fn of_two() -> Self {
        let world = Self::new(json!({})).await;
        world.ok(HOME, "ReplicateKey", json!({"ReplicaRegion": AWAY})).await;
        world
    }

    async fn call(&self, region: &str, operation: &str, input: Value) -> Result<Value, Refusal> {
        let input = with(json!({"KeyId": self.key}), input);
        self.inside.call_in(region, operation, input).await
    }

    async fn ok(&self, region: &str, operation: &str, input: Value) -> Value {
        match self.call(region, operation, input.clone()).await {
            Ok(output) => output,
            Err(refusal) => panic!("{operation} {input} in {region}: {refusal:?}"),
        }
    }

    /// Must be refused in these words, behind the key's ARN in that Region.
    async fn refuses(&self, region: &str, operation: &str, input: Value, told: (&str, &str)) {
        let refusal = self.call(region, operation, input).await.expect_err("it is refused");
        let message = told.1.replace("ARN", &self.arn(region));
        assert_eq!((&*refusal.code, &*refusal.message), (told.0, &*message), "{operation}");
    }

    fn arn(&self, region: &str) -> String {
        let key = self.key.as_str().expect("a text");
        format!("arn:aws:kms:{region}:{}:key/{key}", self.inside.caller.account)
    }

    async fn metadata(&self, region: &str) -> Value {
        self.ok(region, "DescribeKey", json!({})).await["KeyMetadata"].clone()
    }

    async fn state(&self, region: &str) -> String {
        let metadata = self.metadata(region).await;
        metadata["KeyState"].as_str().expect("a text").to_owned()
    }

    async fn encrypt(&self, region: &str, text: &str) -> Value {
        let made = self.ok(region, "Encrypt", json!({"Plaintext": encode(text)})).await;
        made["CiphertextBlob"].clone()
    }

    /// What is decrypted in a Region without naming the key.
    async fn decrypt(&self, region: &str, ciphertext: &Value) -> Result<Value, Refusal> {
        let input = json!({"CiphertextBlob": ciphertext});
        Ok(self.inside.call_in(region, "Decrypt", input).await?["Plaintext"].clone())
    }

    /// All materials as a Region lists them: state, import state, and whether there is a rotation.
    async fn materials(&self, region: &str) -> Vec<Value> {
        let input = json!({"IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
        let listed = self.ok(region, "ListKeyRotations", input).await;
        listed["Rotations"].as_array().expect("a list").clone()
    }

    async fn rotate(&self, region: &str) {
        self.ok(region, "RotateKeyOnDemand", json!({})).await;
        self.pass(SignedDuration::from_secs(2)).await;
    }

    /// Time passes, and what falls due is done.
    async fn pass(&self, time: SignedDuration) {
        self.inside.pass(time);
        self.inside.sweep().await;
    }

    fn records(&self, name: &str) -> Vec<Value> {
        let all = self.inside.records().into_iter();
        all.filter(|record| record["eventName"] == name).collect()
    }
}

#[test]
fn ciphertexts_belong_to_the_key_in_all_its_regions() {
    let kms = kms();
    for spec in ["SYMMETRIC_DEFAULT", "RSA_2048"] {
        let algorithm = match spec {
            "RSA_2048" => "RSAES_OAEP_SHA_256",
            _ => "SYMMETRIC_DEFAULT",
        };
        let made = kms.ok(
            "CreateKey",
            json!({"MultiRegion": true, "KeySpec": spec, "KeyUsage": "ENCRYPT_DECRYPT"}),
        );
        let id = made["KeyMetadata"]["KeyId"].clone();
        kms.ok("ReplicateKey", json!({"KeyId": id, "ReplicaRegion": AWAY}));
        let there = kms.in_region(AWAY);
        for (one, other) in [(&kms, &there), (&there, &kms)] {
            let named = json!({"KeyId": id, "EncryptionAlgorithm": algorithm});
            let input = with(named.clone(), json!({"Plaintext": encode("across")}));
            let ciphertext = one.ok("Encrypt", input)["CiphertextBlob"].take();
            let input = with(named, json!({"CiphertextBlob": ciphertext}));
            let output = other.ok("Decrypt", input.clone());
            let arn =
                |client: &Client| client.arn(&format!("key/{}", id.as_str().expect("a text")));
            assert_eq!(output["Plaintext"], encode("across"));
            assert_eq!(output["KeyId"], arn(other));
            let foreign = with(input, json!({"KeyId": arn(one)}));
            let message = "The key ID in the request does not identify a CMK that can perform \
                           this operation.";
            other.refuses("Decrypt", foreign, "IncorrectKeyException", message);
            let message = format!("Invalid arn {}", one.region);
            let input = json!({"KeyId": arn(one)});
            other.refuses("DescribeKey", input, "NotFoundException", &message);
        }
    }
}

#[test]
fn a_ciphertext_is_reencrypted_where_it_was_not_made() {
    let kms = kms();
    let key = kms.multi_region_key();
    let (there, replica) = kms.replicate(&key, AWAY);
    let input = json!({
        "CiphertextBlob": kms.encrypt(&key, "moved"),
        "DestinationKeyId": replica.arn,
    });
    let output = there.ok("ReEncrypt", input.clone());
    assert_eq!(
        (&output["SourceKeyId"], &output["KeyId"]),
        (&json!(replica.arn), &json!(replica.arn))
    );
    assert_eq!(kms.decrypt(output["CiphertextBlob"].as_str().expect("a text")), b"moved");
    let message =
        "The key ID in the request does not identify a CMK that can perform this operation.";
    let foreign = with(input, json!({"SourceKeyId": key.arn}));
    there.refuses("ReEncrypt", foreign, "IncorrectKeyException", message);
}

#[test]
fn all_other_kinds_of_keys_agree_across_regions() {
    let kms = kms();
    for (spec, usage) in [
        ("RSA_2048", "SIGN_VERIFY"),
        ("ECC_NIST_P256", "SIGN_VERIFY"),
        ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY"),
        ("ECC_SECG_P256K1", "SIGN_VERIFY"),
        ("ML_DSA_44", "SIGN_VERIFY"),
        ("HMAC_256", "GENERATE_VERIFY_MAC"),
        ("ECC_NIST_P384", "KEY_AGREEMENT"),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE"),
    ] {
        let input = json!({"MultiRegion": true, "KeySpec": spec, "KeyUsage": usage});
        let made = kms.ok("CreateKey", input)["KeyMetadata"].take();
        let key = json!({"KeyId": made["KeyId"]});
        kms.ok("ReplicateKey", with(key.clone(), json!({"ReplicaRegion": AWAY})));
        let there = kms.in_region(AWAY);
        if usage != "GENERATE_VERIFY_MAC" {
            let public =
                |client: &Client| client.ok("GetPublicKey", key.clone())["PublicKey"].take();
            assert_eq!(public(&kms), public(&there), "{spec}");
        }
        for (one, other) in [(&kms, &there), (&there, &kms)] {
            match usage {
                "SIGN_VERIFY" => {
                    let algorithms = made["SigningAlgorithms"].as_array().expect("a list");
                    signed_here_and_verified_there(one, other, &key, algorithms.last());
                }
                "GENERATE_VERIFY_MAC" => {
                    let input = json!({"Message": "AAAA", "MacAlgorithm": "HMAC_SHA_256"});
                    let input = with(key.clone(), input);
                    let made = one.ok("GenerateMac", input.clone());
                    other.ok("VerifyMac", with(input, json!({"Mac": made["Mac"]})));
                }
                "KEY_AGREEMENT" => {
                    let peer = json!({"KeyId": one.key_of(spec, usage).id});
                    let peer = one.ok("GetPublicKey", peer)["PublicKey"].take();
                    let input = json!({"KeyAgreementAlgorithm": "ECDH", "PublicKey": peer});
                    let input = with(key.clone(), input);
                    let [one, other] = [one, other].map(|client| {
                        client.ok("DeriveSharedSecret", input.clone())["SharedSecret"].take()
                    });
                    assert_eq!(one, other);
                }
                _ => {
                    let input = with(key.clone(), json!({"EncapsulationAlgorithm": "ML_KEM"}));
                    let made = one.ok("Encapsulate", input.clone());
                    let name = "SharedSecretCiphertextBlob";
                    let back = other.ok("Decapsulate", with(input, json!({name: made[name]})));
                    assert_eq!(made["SharedSecret"], back["SharedSecret"]);
                }
            }
        }
    }
}

fn signed_here_and_verified_there(
    here: &Client,
    there: &Client,
    key: &Value,
    algorithm: Option<&Value>,
) {
    let input = with(key.clone(), json!({"Message": "AAAA", "SigningAlgorithm": algorithm}));
    let made = here.ok("Sign", input.clone());
    there.ok("Verify", with(input, json!({"Signature": made["Signature"]})));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_regions_are_rotated_at_once_and_decrypt_all_there_was() {
    let world = World::of_two().await;
    let mut ciphertexts = vec![world.encrypt(HOME, "0").await, world.encrypt(AWAY, "0").await];
    for _ in 0..2 {
        world.rotate(HOME).await;
        ciphertexts.push(world.encrypt(HOME, "more").await);
        ciphertexts.push(world.encrypt(AWAY, "more").await);
    }
    // One that comes later has all there was, too.
    world.ok(HOME, "ReplicateKey", json!({"ReplicaRegion": THIRD})).await;
    for region in [HOME, AWAY, THIRD] {
        for ciphertext in &ciphertexts {
            world.decrypt(region, ciphertext).await.expect("the key is in this Region");
        }
        let mut there = world.materials(region).await;
        assert_eq!(there.len(), 3, "{there:?}");
        for (entry, home) in there.iter_mut().zip(world.materials(HOME).await) {
            assert_eq!(entry["KeyId"], world.arn(region));
            entry["KeyId"] = home["KeyId"].clone();
            assert_eq!(*entry, home, "{region}");
        }
        let current = &world.metadata(region).await["CurrentKeyMaterialId"];
        assert_eq!(*current, there[2]["KeyMaterialId"]);
    }
    assert_eq!(world.records("RotateKey").len(), 2);
    let told = world.records("SynchronizeMultiRegionKey");
    assert_eq!(told.len(), 2);
    for record in told {
        assert_eq!(record["eventType"], "AwsServiceEvent");
        assert_eq!(record["userIdentity"]["invokedBy"], "AWS Internal");
        assert_eq!(record["responseElements"], json!({"keyId": world.arn(HOME)}));
        assert_eq!(record["resources"][0]["ARN"], world.arn(HOME));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_is_the_primarys_wherever_that_is() {
    let world = World::of_two().await;
    world.ok(HOME, "EnableKeyRotation", json!({"RotationPeriodInDays": 90})).await;
    world.ok(HOME, "ReplicateKey", json!({"ReplicaRegion": THIRD})).await;
    let status = async |region| {
        let mut status = world.ok(region, "GetKeyRotationStatus", json!({})).await;
        assert_eq!(status["KeyId"], world.arn(region));
        status["KeyId"] = Value::Null;
        status
    };
    assert_eq!(status(HOME).await["RotationPeriodInDays"], 90);
    for region in [AWAY, THIRD] {
        assert_eq!(status(region).await, status(HOME).await);
        for operation in ["EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand"] {
            let message =
                format!("ARN is a multi-region replica key which is not valid for {operation}.");
            let told = ("UnsupportedOperationException", &*message);
            world.refuses(region, operation, json!({}), told).await;
        }
    }
    // A replica's own state stops nothing.
    world.ok(AWAY, "DisableKey", json!({})).await;
    world.pass(DAY * 90).await;
    assert_eq!(world.materials(AWAY).await.len(), 2);
    world.ok(AWAY, "EnableKey", json!({})).await;
    world.ok(HOME, "UpdatePrimaryRegion", json!({"PrimaryRegion": AWAY})).await;
    let before = status(HOME).await;
    assert_eq!(status(AWAY).await, before);
    // The new primary's does.
    world.ok(AWAY, "DisableKey", json!({})).await;
    world.pass(DAY * 90).await;
    assert_eq!(world.materials(HOME).await.len(), 2);
    world.ok(AWAY, "EnableKey", json!({})).await;
    world.pass(SignedDuration::from_secs(1)).await;
    for region in [HOME, AWAY, THIRD] {
        assert_eq!(world.materials(region).await.len(), 3, "{region}");
        let ciphertext = world.encrypt(region, "under the third").await;
        world.decrypt(HOME, &ciphertext).await.expect("it is shared");
    }
    world.ok(AWAY, "DisableKeyRotation", json!({})).await;
    assert_eq!(status(THIRD).await["KeyRotationEnabled"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_was_asked_for_moves_on_with_the_primary() {
    let world = World::of_two().await;
    world.ok(HOME, "RotateKeyOnDemand", json!({})).await;
    world.ok(HOME, "UpdatePrimaryRegion", json!({"PrimaryRegion": AWAY})).await;
    world.pass(SignedDuration::from_secs(2)).await;
    for region in [HOME, AWAY] {
        assert_eq!(world.materials(region).await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rotations_and_replicas_come_at_once_and_none_is_lost() {
    let world = World::of_two().await;
    world.ok(HOME, "RotateKeyOnDemand", json!({})).await;
    world.inside.pass(SignedDuration::from_secs(2));
    let sweep = async {
        world.inside.sweep().await;
        // It may have come second.
        world.inside.sweep().await;
    };
    let (_, _, _) = tokio::join!(
        sweep,
        world.ok(HOME, "ReplicateKey", json!({"ReplicaRegion": THIRD})),
        world.ok(HOME, "ReplicateKey", json!({"ReplicaRegion": "us-west-2"})),
    );
    world.inside.sweep().await;
    let ciphertext = world.encrypt(HOME, "after").await;
    for region in [AWAY, THIRD, "us-west-2"] {
        assert_eq!(world.materials(region).await.len(), 2, "{region}");
        world.decrypt(region, &ciphertext).await.expect("it is shared");
    }
}
