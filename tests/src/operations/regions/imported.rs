//! Multi-Region keys of imported material: its owner brings it to each Region.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::kit::{Inside, Parameters, Refusal, with};

use super::{AWAY, HOME, World};

/// What imports material in one Region.
struct Importer<'a> {
    world: &'a World,
    region: &'static str,
    parameters: Parameters,
}

impl<'a> Importer<'a> {
    async fn new(world: &'a World, region: &'static str, algorithm: &str) -> Self {
        let input = json!({"WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048"});
        let output = world.ok(region, "GetParametersForImport", input).await;
        Self { world, region, parameters: Parameters::new(algorithm, &output) }
    }

    async fn import(&self, material: &[u8], members: Value) -> Result<Value, Refusal> {
        let input = with(self.parameters.import(&self.world.key, material), members);
        let output = self.world.call(self.region, "ImportKeyMaterial", input).await?;
        Ok(output["KeyMaterialId"].clone())
    }

    async fn ok(&self, byte: u8, members: Value) -> Value {
        self.import(&[byte; 32], members).await.expect("the material is taken")
    }

    async fn refuses(&self, byte: u8, members: Value, code: &str, message: &str) {
        let refusal = self.import(&[byte; 32], members).await.expect_err("it is refused");
        assert_eq!((&*refusal.code, &*refusal.message), (code, message));
    }
}

/// A key with imported material, and a replica that has none yet.
async fn external() -> World {
    let world = World::new(json!({"Origin": "EXTERNAL"})).await;
    let words = json!({"KeyMaterialDescription": "primary first"});
    Importer::new(&world, HOME, OAEP).await.ok(1, words).await;
    let answer = world.ok(HOME, "ReplicateKey", json!({"ReplicaRegion": AWAY})).await;
    let metadata = &answer["ReplicaKeyMetadata"];
    assert_eq!(metadata["KeyState"], "Creating");
    assert_eq!(metadata["ExpirationModel"], "KEY_MATERIAL_DOES_NOT_EXPIRE");
    world
}

/// State, import state and description of each material.
async fn told(world: &World, region: &str) -> Vec<[String; 3]> {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let all = world.materials(region).await;
    let names = ["KeyMaterialState", "ImportState", "KeyMaterialDescription"];
    all.iter().map(|entry| names.map(|name| text(entry, name))).collect()
}

fn lines<const N: usize>(expected: [[&str; 3]; N]) -> Vec<[String; 3]> {
    expected.map(|line| line.map(str::to_owned)).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_waits_for_the_material_that_its_primary_has() {
    let world = external().await;
    let id = world.metadata(HOME).await["CurrentKeyMaterialId"].clone();
    let metadata = world.metadata(AWAY).await;
    assert_eq!(metadata["KeyState"], "PendingImport");
    assert_eq!(metadata["CurrentKeyMaterialId"], id);
    assert!(metadata.get("ExpirationModel").is_none());
    let waiting = lines([["CURRENT", "PENDING_IMPORT", "primary first"]]);
    assert_eq!(told(&world, AWAY).await, waiting);

    let away = Importer::new(&world, AWAY, OAEP).await;
    let message = format!(
        "Imported key material does not have the expected identifier ({}).",
        id.as_str().expect("a text")
    );
    away.refuses(2, json!({}), "IncorrectKeyMaterialException", &message).await;
    let message = "Key material description can only be specified on primary Multi-Region keys";
    let words = json!({"KeyMaterialDescription": "replica first"});
    away.refuses(1, words, "ValidationException", message).await;
    let message = "Input parameter ImportType NEW_KEY_MATERIAL cannot be used on replica \
                   Multi-Region keys";
    let new = json!({"ImportType": "NEW_KEY_MATERIAL"});
    away.refuses(2, new, "ValidationException", message).await;
    let ciphertext = world.encrypt(HOME, "imported").await;
    world.decrypt(AWAY, &ciphertext).await.expect_err("nothing has come yet");

    assert_eq!(away.ok(1, json!({})).await, id);
    assert_eq!(world.state(AWAY).await, "Enabled");
    world.decrypt(AWAY, &ciphertext).await.expect("it is the same material");
    let there = lines([["CURRENT", "IMPORTED", "primary first"]]);
    assert_eq!(told(&world, AWAY).await, there);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_material_waits_until_all_regions_have_it() {
    let world = external().await;
    let home = Importer::new(&world, HOME, OAEP).await;
    let away = Importer::new(&world, AWAY, OAEP).await;
    let new = || json!({"ImportType": "NEW_KEY_MATERIAL"});
    let second = home.ok(2, new()).await;
    let missing = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION";
    let at_home = ["CURRENT", "IMPORTED", "primary first"];
    let at_away = ["CURRENT", "PENDING_IMPORT", "primary first"];
    assert_eq!(told(&world, HOME).await, lines([at_home, [missing, "IMPORTED", ""]]));
    let bare = lines([at_away, [missing, "PENDING_IMPORT", ""]]);
    assert_eq!(told(&world, AWAY).await, bare);
    let refusal = (
        "KMSInvalidStateException",
        "Cannot perform key material rotation: Key material has not been imported for replicas of \
         the Multi-Region key.",
    );
    world.refuses(HOME, "RotateKeyOnDemand", json!({}), refusal).await;
    // The replica's first material may be missing all the same.
    assert_eq!(away.ok(2, json!({})).await, second);
    assert_eq!(told(&world, HOME).await[1], ["PENDING_ROTATION", "IMPORTED", ""]);
    assert_eq!(told(&world, AWAY).await[1], ["PENDING_ROTATION", "IMPORTED", ""]);
    // What is deleted in a replica is missing again; in the primary, it is gone everywhere.
    let named = json!({"KeyMaterialId": second});
    world.ok(AWAY, "DeleteImportedKeyMaterial", named.clone()).await;
    assert_eq!(told(&world, HOME).await[1], [missing, "IMPORTED", ""]);
    assert_eq!(told(&world, AWAY).await, bare);
    away.ok(2, json!({})).await;
    world.ok(HOME, "DeleteImportedKeyMaterial", named).await;
    assert_eq!(told(&world, AWAY).await, lines([at_away]));

    home.ok(2, with(new(), json!({"KeyMaterialDescription": "second"}))).await;
    away.ok(2, json!({})).await;
    world.rotate(HOME).await;
    let old = ["NON_CURRENT", "IMPORTED", "primary first"];
    assert_eq!(told(&world, HOME).await, lines([old, ["CURRENT", "IMPORTED", "second"]]));
    let old = ["NON_CURRENT", "PENDING_IMPORT", "primary first"];
    assert_eq!(told(&world, AWAY).await, lines([old, ["CURRENT", "IMPORTED", "second"]]));
    let [home, away] = [world.materials(HOME).await, world.materials(AWAY).await];
    assert_eq!(home[1]["RotationDate"], away[1]["RotationDate"]);
    assert_eq!(away[1]["RotationType"], "ON_DEMAND");
    // Any missing material stops a Region, and only that one.
    assert_eq!(world.state(AWAY).await, "PendingImport");
    assert_eq!(world.state(HOME).await, "Enabled");
    Importer::new(&world, AWAY, OAEP).await.ok(1, json!({})).await;
    assert_eq!(world.state(AWAY).await, "Enabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_rotation_is_done_although_a_replica_has_lost_its_material() {
    let world = external().await;
    let home = Importer::new(&world, HOME, OAEP).await;
    let away = Importer::new(&world, AWAY, OAEP).await;
    away.ok(1, json!({})).await;
    let old = world.encrypt(AWAY, "old").await;
    let second = home.ok(2, json!({"ImportType": "NEW_KEY_MATERIAL"})).await;
    away.ok(2, json!({})).await;
    world.ok(HOME, "RotateKeyOnDemand", json!({})).await;
    world.ok(AWAY, "DeleteImportedKeyMaterial", json!({"KeyMaterialId": second})).await;
    world.pass(SignedDuration::from_secs(2)).await;
    assert_eq!((world.state(HOME).await, world.state(AWAY).await), two("Enabled", "PendingImport"));
    for region in [HOME, AWAY] {
        assert_eq!(world.metadata(region).await["CurrentKeyMaterialId"], second);
    }
    let new = world.encrypt(HOME, "new").await;
    let refusal = ("KMSInvalidStateException", "ARN is pending import.");
    world.refuses(AWAY, "Encrypt", json!({"Plaintext": "AAAA"}), refusal).await;
    away.ok(2, json!({})).await;
    for ciphertext in [&old, &new] {
        world.decrypt(AWAY, ciphertext).await.expect("all is there again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pending_may_be_exchanged_while_the_rotation_is_under_way() {
    let world = external().await;
    let home = Importer::new(&world, HOME, OAEP).await;
    let away = Importer::new(&world, AWAY, OAEP).await;
    let new = || json!({"ImportType": "NEW_KEY_MATERIAL"});
    away.ok(1, json!({})).await;
    let second = home.ok(2, new()).await;
    away.ok(2, json!({})).await;
    world.ok(HOME, "RotateKeyOnDemand", json!({})).await;
    world.ok(HOME, "DeleteImportedKeyMaterial", json!({"KeyMaterialId": second})).await;
    let third = home.ok(3, new()).await;
    world.pass(SignedDuration::from_secs(2)).await;
    assert_eq!(world.metadata(HOME).await["CurrentKeyMaterialId"], third);
    assert_eq!((world.state(HOME).await, world.state(AWAY).await), two("Enabled", "PendingImport"));
    assert_eq!(world.materials(AWAY).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn material_expires_in_each_region_by_itself() {
    let world = external().await;
    let home = Importer::new(&world, HOME, OAEP).await;
    Importer::new(&world, AWAY, OAEP).await.ok(1, json!({})).await;
    home.ok(1, expiring(&world.inside)).await;
    world.pass(SignedDuration::from_hours(1)).await;
    assert_eq!((world.state(HOME).await, world.state(AWAY).await), two("PendingImport", "Enabled"));
    home.ok(1, json!({})).await;
    assert_eq!(world.state(HOME).await, "Enabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_material_that_has_expired_is_rotated_to_and_then_missed() {
    let world = external().await;
    let home = Importer::new(&world, HOME, OAEP).await;
    let away = Importer::new(&world, AWAY, OAEP).await;
    away.ok(1, json!({})).await;
    let new = with(expiring(&world.inside), json!({"ImportType": "NEW_KEY_MATERIAL"}));
    let second = home.ok(2, new).await;
    away.ok(2, json!({})).await;
    world.pass(SignedDuration::from_hours(1)).await;
    assert_eq!((world.state(HOME).await, world.state(AWAY).await), two("Enabled", "Enabled"));
    world.rotate(HOME).await;
    assert_eq!((world.state(HOME).await, world.state(AWAY).await), two("PendingImport", "Enabled"));
    assert_eq!(world.metadata(HOME).await["CurrentKeyMaterialId"], second);
    let ciphertext = world.encrypt(AWAY, "new").await;
    home.ok(2, json!({})).await;
    world.decrypt(HOME, &ciphertext).await.expect("it is there again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_becomes_the_primary_says_which_material_is_new() {
    let world = external().await;
    let away = Importer::new(&world, AWAY, OAEP).await;
    let move_there = json!({"PrimaryRegion": AWAY});
    let refusal = world.call(HOME, "UpdatePrimaryRegion", move_there.clone()).await;
    let refusal = refusal.expect_err("the replica has no material yet");
    assert_eq!(refusal.message, format!("{} is pending import.", world.arn(AWAY)));
    away.ok(1, json!({})).await;
    world.ok(HOME, "UpdatePrimaryRegion", move_there).await;
    let words = json!({"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialDescription": "second"});
    away.ok(2, words).await;
    let home = Importer::new(&world, HOME, OAEP).await;
    home.ok(2, json!({})).await;
    world.rotate(AWAY).await;
    for region in [HOME, AWAY] {
        let expected = lines([
            ["NON_CURRENT", "IMPORTED", "primary first"],
            ["CURRENT", "IMPORTED", "second"],
        ]);
        assert_eq!(told(&world, region).await, expected, "{region}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_kinds_of_imported_keys_take_the_same_bytes_only() {
    let members = json!({
        "Origin": "EXTERNAL", "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC",
    });
    let world = World::new(members).await;
    let home = Importer::new(&world, HOME, OAEP).await;
    assert_eq!(home.ok(5, json!({})).await, Value::Null);
    world.ok(HOME, "ReplicateKey", json!({"ReplicaRegion": AWAY})).await;
    let away = Importer::new(&world, AWAY, OAEP).await;
    let refusal = away.import(&[6; 32], json!({})).await.expect_err("other bytes");
    assert_eq!(refusal.code, "IncorrectKeyMaterialException");
    assert_eq!(world.state(AWAY).await, "PendingImport");
    away.ok(5, json!({})).await;
    let message = json!({"Message": "AAAA", "MacAlgorithm": "HMAC_SHA_256"});
    let made = world.ok(HOME, "GenerateMac", message.clone()).await;
    world.ok(AWAY, "VerifyMac", with(message, json!({"Mac": made["Mac"]}))).await;
}

/// For an hour.
fn expiring(inside: &Inside) -> Value {
    let valid_to = (inside.now() + SignedDuration::from_hours(1)).as_second();
    json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": valid_to})
}

fn two(one: &str, other: &str) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

const OAEP: &str = "RSAES_OAEP_SHA_256";
