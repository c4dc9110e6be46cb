// SPDX-License-Identifier: Apache-2.0
//! Edge cases of SM2 in the schemas of Wycheproof: signatures, ciphertexts, key agreement, the key
//! exchange and private keys, each with its verdict and, by its flags, the reason for it. The same bytes every time.

mod agreement;
mod ciphertext;
mod exchange;
mod keys;
mod signature;

use anyhow::{Context as _, Result};
use bccsp::hazmat::Hazmat;
use bccsp::{
    DecryptionKey, EngineChoice, KeyAlgorithm, KeyMaterial, Provider, Providers, PublicKey,
    SecretBytes, Suite,
};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;

/// Writes every file into a folder, and says how many cases each has.
///
/// # Errors
/// When a file cannot be written.
pub fn write_all(dir: &Path) -> Result<Vec<(&'static str, usize)>> {
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    let maker = Maker::new()?;
    let files = [
        ("sm2_sm3_test.json", signature::file(&maker, false)?),
        ("sm2_sm3_p1363_test.json", signature::file(&maker, true)?),
        ("sm2_decrypt_test.json", ciphertext::file(&maker)?),
        ("sm2_ecdh_test.json", agreement::file(&maker)?),
        ("sm2_key_exchange_test.json", exchange::file(&maker)?),
        ("sm2_pkcs8_test.json", keys::file(&maker)?),
    ];
    let mut counts = Vec::new();
    for (name, file) in files {
        let path = dir.join(name);
        let count = file.tests.len();
        let text = serde_json::to_string_pretty(&file.into_json())? + "\n";
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        counts.push((name, count));
    }
    Ok(counts)
}

/// One file in the making.
struct File {
    schema: &'static str,
    header: &'static str,
    group: Map<String, Value>,
    tests: Vec<Value>,
    notes: &'static [(&'static str, &'static str, &'static str)],
}

impl File {
    /// Adds a case; its reason is behind the flag, in the notes.
    fn push(&mut self, flag: &str, comment: &str, result: &str, fields: Value) {
        let reason = self.notes.iter().any(|(name, _, _)| *name == flag);
        assert!(reason, "no reason is stated for {flag}");
        let mut test = Map::new();
        test.insert("tcId".into(), (self.tests.len() + 1).into());
        test.insert("comment".into(), comment.into());
        test.insert("flags".into(), json!([flag]));
        if let Value::Object(fields) = fields {
            test.extend(fields);
        }
        test.insert("result".into(), result.into());
        self.tests.push(test.into());
    }

    fn into_json(self) -> Value {
        let notes: Map<String, Value> = self
            .notes
            .iter()
            .map(|(name, kind, reason)| {
                ((*name).to_owned(), json!({"bugType": kind, "description": reason}))
            })
            .collect();
        let mut group = self.group;
        group.insert("source".into(), json!({"name": "gmca", "version": "1"}));
        let count = self.tests.len();
        group.insert("tests".into(), self.tests.into());
        json!({
            "algorithm": "SM2",
            "schema": self.schema,
            "numberOfTests": count,
            "header": [self.header],
            "notes": notes,
            "testGroups": [group],
        })
    }
}

/// What the cases are made with: one key that everybody knows.
struct Maker {
    provider: Arc<dyn Provider>,
    key: KeyMaterial,
    public: PublicKey,
    open: Arc<dyn DecryptionKey>,
}

impl Maker {
    fn new() -> Result<Self> {
        let providers = Providers::new(Suite::Gm, EngineChoice::Portable)?;
        let provider = Arc::clone(providers.get(Suite::Gm)?);
        let key = material(&scalar(0x77))?;
        let public = *provider.signing_key(&key)?.verifying_key().public_key();
        let open = provider.decryption_key(&key)?;
        Ok(Self { provider, key, public, open })
    }

    fn hazmat(&self) -> Result<&dyn Hazmat> {
        self.provider.hazmat().context("the portable engine has hazardous operations")
    }
}

fn material(number: &[u8; 32]) -> Result<KeyMaterial> {
    Ok(KeyMaterial::new(KeyAlgorithm::Sm2, SecretBytes::copy_from(number), None)?)
}

/// A number in range, different for every seed.
fn scalar(seed: u8) -> [u8; 32] {
    core::array::from_fn(|at| seed.wrapping_mul(31).wrapping_add((at as u8).wrapping_mul(7)) | 1)
}

/// The order of the generator and the prime of the field (GB/T 32918.5-2017).
const N: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
const P: &str = "fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff";

fn number(hex: &str) -> [u8; 32] {
    let bytes = hex::decode(hex).unwrap_or_default();
    bytes.try_into().unwrap_or([0; 32])
}

/// a + b in 33 bytes, big-endian.
fn add(a: &[u8; 32], b: &[u8; 32]) -> Vec<u8> {
    let mut out = vec![0; 33];
    let mut carry = 0_u16;
    for at in (0..32).rev() {
        let sum = u16::from(a[at]) + u16::from(b[at]) + carry;
        out[at + 1] = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    out[0] = carry as u8;
    out
}

/// a − b, where a is the larger.
fn sub(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut out = [0; 32];
    let mut borrow = 0_i16;
    for at in (0..32).rev() {
        let rest = i16::from(a[at]) - i16::from(b[at]) - borrow;
        borrow = i16::from(rest < 0);
        out[at] = (rest & 0xff) as u8;
    }
    out
}

/// An element of DER with a short or long length, as it should be.
fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    pki::asn1::write::tlv(tag, contents)
}

/// An INTEGER that is not negative.
fn int(bytes: &[u8]) -> Vec<u8> {
    pki::asn1::write::unsigned(2, bytes)
}
