//! What a key is asked to do, in the words of the boundary: algorithms and forms of messages.

/// How something is encrypted: AWS's `EncryptionAlgorithmSpec`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// `SYMMETRIC_DEFAULT`.
    Symmetric,
    /// `RSAES_OAEP_SHA_1`: RSAES-OAEP (RFC 8017) with SHA-1 for label and mask.
    OaepSha1,
    /// `RSAES_OAEP_SHA_256`: the same with SHA-256.
    OaepSha256,
}

/// How something is signed: AWS's `SigningAlgorithmSpec`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// RSASSA-PSS (RFC 8017), mask and salt length as the digest.
    PssSha256,
    /// The same with SHA-384.
    PssSha384,
    /// The same with SHA-512.
    PssSha512,
    /// RSASSA-PKCS1-v1_5 (RFC 8017).
    Pkcs1Sha256,
    /// The same with SHA-384.
    Pkcs1Sha384,
    /// The same with SHA-512.
    Pkcs1Sha512,
    /// ECDSA (FIPS 186-5), signatures in DER.
    EcdsaSha256,
    /// The same with SHA-384.
    EcdsaSha384,
    /// The same with SHA-512.
    EcdsaSha512,
    /// Ed25519 (RFC 8032) over the message.
    Ed25519,
    /// Ed25519ph over a digest of 64 bytes, which is hashed once more, as AWS does.
    Ed25519Ph,
    /// ML-DSA (FIPS 204) with an empty context.
    MlDsa,
}

/// In which form a message comes: AWS's `MessageType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// The message itself.
    Raw(&'a [u8]),
    /// Its digest, of exactly the algorithm's length.
    Digest(&'a [u8]),
    /// The message representative (the 64 bytes `mu` of FIPS 204), for ML-DSA only.
    ExternalMu(&'a [u8]),
}

/// How material is wrapped on its way in: AWS's `AlgorithmSpec` of GetParametersForImport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// `RSAES_OAEP_SHA_1`.
    OaepSha1,
    /// `RSAES_OAEP_SHA_256`.
    OaepSha256,
    /// `RSA_AES_KEY_WRAP_SHA_1`: an AES-256 key under RSAES-OAEP, then AES key wrap with padding
    /// (RFC 5649; PKCS #11's `CKM_RSA_AES_KEY_WRAP`).
    AesKeyWrapSha1,
    /// `RSA_AES_KEY_WRAP_SHA_256`.
    AesKeyWrapSha256,
}
