// SPDX-License-Identifier: Apache-2.0
//! Whole files of the Wycheproof collection, in their own schemas.

use super::cipher::{Texts, aead, block_mode};
use super::{agreement, key_files};
use crate::case::{Case, Outcome, must, same};
use crate::engines::Engines;
use crate::report::Report;
use anyhow::{Context as _, Result, bail};
use base64ct::{Base64UrlUnpadded, Encoding};
use bccsp::encoding::signature::RawSignature;
use bccsp::encoding::{pem, spki};
use bccsp::{AeadMode, CipherMode, Context, Error, KeyMaterial, Provider, Providers, Suite};
use serde_json::{Map, Value};
use std::path::Path;

type Answer = Result<Outcome, String>;
type Fields = Map<String, Value>;
type Check = fn(&Case<'_>, &Case<'_>, &Engines, Suite) -> Answer;

/// Checks a file: each of its groups, each test in them.
pub(crate) fn check_file(
    path: &Path,
    root: &Fields,
    engines: &Engines,
    report: &mut Report,
) -> Result<()> {
    let name = path.display().to_string();
    let text = |field: &str| root.get(field).and_then(Value::as_str).unwrap_or_default();
    let Some((suite, check)) = checks(text("schema"), text("algorithm"), path) else {
        report.fail(&name, "*", &format!("no checks for schema `{}`", text("schema")));
        return Ok(());
    };
    let before = report.passed + report.failed.len() + report.skipped.values().sum::<usize>();
    for group in list(root, "testGroups").with_context(|| name.clone())? {
        let tests = list(group, "tests").with_context(|| name.clone())?;
        for test in tests {
            let result = check_test(path, group, test, check, engines, suite);
            let id = test.get("tcId").map_or_else(|| "?".to_owned(), ToString::to_string);
            report.add(&name, &format!("tcId {id}"), result);
        }
    }
    let after = report.passed + report.failed.len() + report.skipped.values().sum::<usize>();
    let expected = root.get("numberOfTests").and_then(Value::as_u64);
    if expected != Some((after - before) as u64) {
        report.fail(&name, "*", "holds another number of tests than it says");
    }
    Ok(())
}

/// The list of the files beside it: each must be there, with as many tests as it says.
pub(crate) fn check_manifest(path: &Path, root: &Fields, report: &mut Report) -> Result<()> {
    let name = path.display().to_string();
    for entry in list(root, "cases").with_context(|| name.clone())? {
        let file = entry.get("file").and_then(Value::as_str).unwrap_or_default();
        let read = std::fs::read_to_string(path.with_file_name(file)).ok();
        let beside: Option<Value> = read.and_then(|text| serde_json::from_str(&text).ok());
        let count = |fields: Option<&Value>, key| fields.and_then(|f| f.get(key)?.as_u64());
        let found = count(beside.as_ref(), "numberOfTests");
        let said = entry.get("number_of_tests").and_then(Value::as_u64);
        let same = if found.is_some() && found == said { Ok(Outcome::Pass) } else { Err(()) };
        report.add(&name, file, same.map_err(|()| "not beside it, or of another size".to_owned()));
    }
    Ok(())
}

fn list<'a>(fields: &'a Fields, name: &str) -> Result<impl Iterator<Item = &'a Fields> + use<'a>> {
    let items = fields.get(name).and_then(Value::as_array);
    let items = items.with_context(|| format!("no list `{name}`"))?;
    if items.iter().any(|item| !item.is_object()) {
        bail!("`{name}` holds something that is no object");
    }
    Ok(items.iter().filter_map(Value::as_object))
}

fn checks(schema: &str, algorithm: &str, path: &Path) -> Option<(Suite, Check)> {
    let file = path.file_name()?.to_str()?;
    let gm = algorithm.contains("SM3") || algorithm.contains("SM4") || file.contains("sm");
    let suite = if gm { Suite::Gm } else { Suite::Nist };
    let check: Check = match schema {
        "aead_test_schema_v1.json" if algorithm.ends_with("CCM") => {
            |_, t, e, s| sealed(t, e, s, AeadMode::Ccm)
        }
        "aead_test_schema_v1.json" if algorithm.ends_with("GCM") => {
            |_, t, e, s| sealed(t, e, s, AeadMode::Gcm)
        }
        "ind_cpa_test_schema_v1.json" => |_, t, e, s| cbc(t, e, s),
        "mac_test_schema_v1.json" => hmac,
        "hkdf_test_schema_v1.json" => |_, t, e, s| hkdf(t, e, s),
        "pbkdf_test_schema.json" => |_, t, e, s| pbkdf2(t, e, s),
        "pbe_test_schema.json" => {
            |_, t, e, s| pbes2(t, e, s, if key_bits_256(t) { 32 } else { 16 })
        }
        "ecdsa_verify_schema_v1.json" => |g, t, e, s| ecdsa(g, t, e, s, false),
        "ecdsa_p1363_verify_schema_v1.json" => |g, t, e, s| ecdsa(g, t, e, s, true),
        "sm2_decrypt_schema_v1.json" => sm2_decrypt,
        "sm2_key_exchange_schema_v1.json" => |_, t, e, _| agreement::one_side(t, e),
        "sm2_private_key_schema_v1.json" => |_, t, e, _| private_key(t, e),
        "ecdh_ecpoint_test_schema_v1.json" => |_, t, e, s| ecdh(t, e, s, point_pair),
        "ecdh_test_schema_v1.json" => |_, t, e, s| ecdh(t, e, s, der_pair),
        "ecdh_pem_test_schema_v1.json" => |_, t, e, s| ecdh(t, e, s, pem_pair),
        "ecdh_webcrypto_test_schema_v1.json" => |_, t, e, s| ecdh(t, e, s, jwk_pair),
        _ => return None,
    };
    Some((suite, check))
}

fn check_test(
    path: &Path,
    group: &Fields,
    test: &Fields,
    check: Check,
    engines: &Engines,
    suite: Suite,
) -> Answer {
    // "acceptable" is Wycheproof's word for what a library may refuse.
    let mut test = test.clone();
    if test.get("result").and_then(Value::as_str) == Some("acceptable") {
        test.insert("result".to_owned(), "valid".into());
        test.insert("policy".to_owned(), "acceptable".into());
    }
    let (group, test) = (Case::new(group, path), Case::new(&test, path));
    test.implied(&["tcId", "flags", "policy"]);
    group.implied(&["tests", "keySize", "ivSize", "tagSize", "sha", "curve", "encoding"]);
    group.implied(&["publicKey", "publicKeyDer", "publicKeyPem", "publicKeyJwk"]);
    let outcome = check(&group, &test, engines, suite)?;
    if outcome == Outcome::Pass {
        test.all_fields_used()?;
        group.all_fields_used()?;
    }
    Ok(outcome)
}

fn aes_192(test: &Case<'_>, suite: Suite) -> Result<bool, String> {
    Ok(suite == Suite::Nist && test.bytes("key")?.len() == 24)
}

fn sealed(test: &Case<'_>, engines: &Engines, suite: Suite, mode: AeadMode) -> Answer {
    if aes_192(test, suite)? {
        return Ok(Outcome::Skip("AES-192"));
    }
    engines.each(suite, |provider| {
        let texts = Texts::of(test, "msg", "ct")?;
        aead(test, provider, mode, &texts, &test.bytes("aad")?, &test.bytes("tag")?)
    })
}

fn cbc(test: &Case<'_>, engines: &Engines, suite: Suite) -> Answer {
    if aes_192(test, suite)? {
        return Ok(Outcome::Skip("AES-192"));
    }
    engines.each(suite, |provider| {
        block_mode(test, provider, CipherMode::CbcPkcs7, &Texts::of(test, "msg", "ct")?)
    })
}

fn hmac(group: &Case<'_>, test: &Case<'_>, engines: &Engines, suite: Suite) -> Answer {
    let tag_len = usize::try_from(group.number("tagSize")? / 8).map_err(|e| e.to_string())?;
    engines.each(suite, |provider| {
        let (key, message, tag) = (test.bytes("key")?, test.bytes("msg")?, test.bytes("tag")?);
        let mac = must("mac", provider.mac())?;
        if test.valid()? {
            same("tag", &mac.tag(&key, &[&message]).as_bytes()[..tag_len], &tag)?;
        }
        test.judge(mac.verify(&key, &[&message], &tag), |()| Ok(()))
    })
}

fn hkdf(test: &Case<'_>, engines: &Engines, suite: Suite) -> Answer {
    let size = usize::try_from(test.number("size")?).map_err(|e| e.to_string())?;
    engines.each(suite, |provider| {
        let (salt, input, info) = (test.bytes("salt")?, test.bytes("ikm")?, test.bytes("info")?);
        let kdf = must("kdf", provider.kdf())?;
        let key = test.bytes("okm")?;
        test.judge(kdf.hkdf(&salt, &input, &info, size), |out| same("key", out.expose(), &key))
    })
}

fn pbkdf2(test: &Case<'_>, engines: &Engines, suite: Suite) -> Answer {
    let rounds = u32::try_from(test.number("iterationCount")?).map_err(|e| e.to_string())?;
    let size = usize::try_from(test.number("dkLen")?).map_err(|e| e.to_string())?;
    engines.each(suite, |provider| {
        let (password, salt) = (test.bytes("password")?, test.bytes("salt")?);
        let kdf = must("kdf", provider.kdf())?;
        let key = test.bytes("dk")?;
        let answer = kdf.pbkdf2(&password, &salt, rounds, size);
        test.judge(answer, |out| same("key", out.expose(), &key))
    })
}

/// The file's name alone tells how long the key is.
fn key_bits_256(test: &Case<'_>) -> bool {
    test.file().to_string_lossy().contains("aes_256")
}

fn pbes2(test: &Case<'_>, engines: &Engines, suite: Suite, key_len: usize) -> Answer {
    let rounds = u32::try_from(test.number("iterationCount")?).map_err(|e| e.to_string())?;
    engines.each(suite, |provider| {
        let (password, salt) = (test.bytes("password")?, test.bytes("salt")?);
        let (iv, message, sealed) = (test.bytes("iv")?, test.bytes("msg")?, test.bytes("ct")?);
        let kdf = must("kdf", provider.kdf())?;
        let key = must("pbkdf2", kdf.pbkdf2(&password, &salt, rounds, key_len))?;
        let cipher = must("cipher", provider.cipher(CipherMode::CbcPkcs7, key.expose()))?;
        same("ciphertext", &must("encrypt", cipher.encrypt(&iv, &message))?, &sealed)?;
        test.judge(cipher.decrypt(&iv, &sealed), |plain| same("plaintext", &plain, &message))
    })
}

fn ecdsa(group: &Case<'_>, test: &Case<'_>, engines: &Engines, _: Suite, raw: bool) -> Answer {
    let key_der = group.bytes("publicKeyDer")?;
    let (message, bytes) = (test.bytes("msg")?, test.bytes("sig")?);
    engines.each_set(|providers| {
        let public = must("public key", spki::decode(providers, &key_der))?;
        let key = must("public key", providers.verifying_key(&public))?;
        let from_raw = || RawSignature::from_raw(&bytes).map(|signature| signature.to_der());
        let der = if raw { from_raw() } else { Ok(bytes.clone()) };
        let verdict = der.and_then(|der| key.verify(Context::X509, &[&message], &der));
        test.judge(verdict, |()| Ok(()))
    })
}

fn sm2_decrypt(group: &Case<'_>, test: &Case<'_>, engines: &Engines, _: Suite) -> Answer {
    let key_der = group.bytes("privateKeyPkcs8")?;
    let (message, sealed) = (test.bytes("msg")?, test.bytes("ct")?);
    engines.each_set(|providers| {
        let material = must("private key", key_files::open(providers, &key_der, None))?;
        let key = must("private key", providers.decryption_key(&material))?;
        test.judge(key.decrypt(&sealed), |plain| same("plaintext", plain.expose(), &message))
    })
}

fn private_key(test: &Case<'_>, engines: &Engines) -> Answer {
    let (der, number) = (test.bytes("privateKey")?, test.bytes("d")?);
    engines.each_set(|providers| {
        let key = key_files::open(providers, &der, None);
        test.judge(key, |key| same("private value", key.scalar().expose(), &number))
    })
}

/// Reads a test's two keys: the other's public one and one's own private one.
type Pair =
    fn(&Case<'_>, &Providers, Suite) -> Result<(Result<Vec<u8>, Error>, KeyMaterial), String>;

fn ecdh(test: &Case<'_>, engines: &Engines, suite: Suite, pair: Pair) -> Answer {
    let shared = test.bytes("shared")?;
    engines.each_set(|providers| {
        let (public, private) = pair(test, providers, suite)?;
        let provider: &dyn Provider = must("provider", providers.get(suite))?.as_ref();
        let answer = public.and_then(|point| {
            let peer = provider.public_key(&point)?;
            provider.decryption_key(&private)?.agree(&peer)
        });
        test.judge(answer, |secret| same("shared secret", secret.expose(), &shared))
    })
}

/// A private value in as many bytes as an INTEGER takes.
fn scalar(suite: Suite, bytes: &[u8]) -> Result<KeyMaterial, String> {
    let start = bytes.len().saturating_sub(32);
    let (front, tail) = bytes.split_at(start);
    if front.iter().any(|byte| *byte != 0) {
        return Err("a private value of more than 32 bytes".to_owned());
    }
    let mut padded = vec![0; 32 - tail.len()];
    padded.extend_from_slice(tail);
    must("private key", KeyMaterial::new(suite.key_algorithm(), padded.into(), None))
}

fn point_pair(
    test: &Case<'_>,
    _: &Providers,
    suite: Suite,
) -> Result<(Result<Vec<u8>, Error>, KeyMaterial), String> {
    Ok((Ok(test.bytes("public")?), scalar(suite, &test.bytes("private")?)?))
}

fn der_pair(
    test: &Case<'_>,
    providers: &Providers,
    suite: Suite,
) -> Result<(Result<Vec<u8>, Error>, KeyMaterial), String> {
    let public = spki::decode(providers, &test.bytes("public")?);
    Ok((public.map(|key| key.point().to_vec()), scalar(suite, &test.bytes("private")?)?))
}

fn pem_pair(
    test: &Case<'_>,
    providers: &Providers,
    _: Suite,
) -> Result<(Result<Vec<u8>, Error>, KeyMaterial), String> {
    let public = pem::decode_first(test.text("public")?.as_bytes(), "PUBLIC KEY")
        .and_then(|block| spki::decode(providers, block.der()));
    let private = key_files::open(providers, test.text("private")?.as_bytes(), None);
    Ok((public.map(|key| key.point().to_vec()), must("private key", private)?))
}

fn jwk_pair(
    test: &Case<'_>,
    _: &Providers,
    suite: Suite,
) -> Result<(Result<Vec<u8>, Error>, KeyMaterial), String> {
    let jwk = |name: &str| test.object(name)?.ok_or_else(|| format!("no key `{name}`"));
    let (public, private) = (jwk("public")?, jwk("private")?);
    let number = |key: &Fields, name: &str| {
        let text = key.get(name).and_then(Value::as_str).unwrap_or_default();
        Base64UrlUnpadded::decode_vec(text).ok()
    };
    let point =
        match (public.get("crv").and_then(Value::as_str), number(public, "x"), number(public, "y"))
        {
            (Some("P-256"), Some(x), Some(y)) => Ok([&[4], x.as_slice(), &y].concat()),
            _ => Err(Error::Malformed { what: "JWK", why: "no P-256 public key" }),
        };
    Ok((point, scalar(suite, &number(private, "d").ok_or("no private value")?)?))
}
