// The two components under Node, once `jco transpile` has made modules of them beside this file.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { domain } from './root/root.js';
import { cipher, keys, sealing, signing } from './tenant/tenant.js';

const bytes = (text) => new TextEncoder().encode(text);
// An operator's X25519 public key, to which the unseal key is encrypted; here Alice's of RFC 7748.
const operator = Buffer.from(
    '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a', 'hex');

domain.initialise(1, [operator]);
const [account, region] = [bytes('111122223333'), bytes('us-east-1')];
const sealedRoot = domain.createTenant(account, region);
const digest = createHash('sha256').update(await readFile(process.argv[2])).digest();
const admission = domain.admit(account, region, [sealedRoot], sealing.hello(), digest);
sealing.unseal(admission.parcel);

function create(name, spec, usage) {
    const binding = { account, region, keyId: bytes(name), spec, usage, multiRegion: false };
    return { sealed: keys.generate(binding).sealed, binding };
}

const key = create('one key', 'symmetric', 'encrypt-decrypt');
const under = { key, algorithm: 'symmetric-default', context: bytes('') };
const plaintext = bytes('attack at dawn');
const ciphertext = cipher.encrypt(under, plaintext);
assert.deepEqual(cipher.decrypt(under, ciphertext), plaintext);

const signer = create('another key', 'p256', 'sign-verify');
const message = { tag: 'raw', val: plaintext };
const signature = signing.sign(signer, 'ecdsa-sha256', message);
signing.verify(signer, 'ecdsa-sha256', message, signature);

// What is refused throws, and says why in a word of types.wit.
const another = { tag: 'raw', val: bytes('attack at noon') };
assert.throws(
    () => signing.verify(signer, 'ecdsa-sha256', another, signature), { payload: 'unverified' });
console.log('ok');
