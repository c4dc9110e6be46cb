// SPDX-License-Identifier: Apache-2.0
//! Signatures: ranges, encodings, digests, IDs.

use super::{File, Maker, N, add, int, number, scalar, sub, tlv};
use anyhow::Result;
use bccsp::encoding::signature::RawSignature;
use bccsp::encoding::spki;
use bccsp::{Context, SecretBytes};
use serde_json::{Value, json};

const NOTES: &[(&str, &str, &str)] = &[
    (
        "ValidSignature",
        "BASIC",
        "The signature is right and in DER, under the ID 1234567812345678.",
    ),
    (
        "InvalidRange",
        "MISSING_STEP",
        "r or s is out of 1 to n - 1: GB/T 32918.2-2016 clause 7.1 B1 and B2.",
    ),
    (
        "ZeroT",
        "MISSING_STEP",
        "r + s is a multiple of n, so t is 0: clause 7.1 B5. Without this step the signature may fit every key.",
    ),
    ("Congruent", "MISSING_STEP", "r or s is larger by n: it is congruent, and out of range."),
    (
        "Malleable",
        "SIGNATURE_MALLEABILITY",
        "r or s was replaced by n minus itself, which keeps ECDSA signatures valid and SM2 signatures not.",
    ),
    ("Swapped", "WRONG_ENCODING", "r and s changed places."),
    (
        "BerEncoding",
        "BER_ENCODING",
        "The numbers are right and the encoding is not DER: GB/T 35276-2017 clause 7.3.",
    ),
    (
        "InvalidEncoding",
        "WRONG_ENCODING",
        "The bytes are not SEQUENCE { r INTEGER, s INTEGER }, or not 64 bytes of r and s.",
    ),
    (
        "SignerId",
        "WRONG_PRIMITIVE",
        "Made under another signer ID than 1234567812345678: GB/T 35276-2017 clause 10.",
    ),
    (
        "Digest",
        "WRONG_PRIMITIVE",
        "Made over another digest than SM3(Z || M): clause 6.1 A1 and A2.",
    ),
    ("ModifiedMessage", "BASIC", "The signature is one of another message."),
];

/// The file, in DER or as r ‖ s.
pub(super) fn file(maker: &Maker, raw: bool) -> Result<File> {
    let der = spki::encode(&maker.public);
    let pem = bccsp::encoding::pem::encode("PUBLIC KEY", &der);
    let point = maker.public.point();
    let group = json!({
        "type": if raw { "EcdsaP1363Verify" } else { "EcdsaVerify" },
        "publicKey": {"type": "EcPublicKey", "curve": "sm2p256v1", "keySize": 256,
            "uncompressed": hex::encode(point), "wx": hex::encode(&point[1..33]), "wy": hex::encode(&point[33..])},
        "publicKeyDer": hex::encode(&der),
        "publicKeyPem": pem,
        "sha": "SM3",
    });
    let Value::Object(group) = group else { unreachable!("it is written as one") };
    let schema =
        if raw { "ecdsa_p1363_verify_schema_v1.json" } else { "ecdsa_verify_schema_v1.json" };
    let header =
        "SM2 signatures over SM3 under the signer ID 1234567812345678 (GB/T 32918.2, GB/T 35276).";
    let mut file = File { schema, header, group, tests: Vec::new(), notes: NOTES };
    for message in [&b""[..], b"abc", b"12340000", b"\0"] {
        let (r, s) = sign(maker, Context::X509, message, 1)?;
        let bytes = if raw { [r, s].concat() } else { pair(&r, &s) };
        push(&mut file, "ValidSignature", "a right signature", "valid", message, &bytes);
    }
    numbers(maker, &mut file, raw)?;
    digests(maker, &mut file, raw)?;
    encodings(maker, &mut file, raw)?;
    Ok(file)
}

fn push(file: &mut File, flag: &str, comment: &str, result: &str, message: &[u8], bytes: &[u8]) {
    let fields = json!({"msg": hex::encode(message), "sig": hex::encode(bytes)});
    file.push(flag, comment, result, fields);
}

fn pair(r: &[u8], s: &[u8]) -> Vec<u8> {
    tlv(0x30, &[int(r), int(s)].concat())
}

const MESSAGE: &[u8] = b"edge cases of SM2";

/// Signs with the digest that belongs to a context.
fn sign(maker: &Maker, ctx: Context<'_>, message: &[u8], seed: u8) -> Result<([u8; 32], [u8; 32])> {
    let digest = maker.hazmat()?.message_digest(&maker.public, ctx, &[message])?;
    sign_digest(maker, &digest, seed)
}

fn sign_digest(maker: &Maker, digest: &[u8; 32], seed: u8) -> Result<([u8; 32], [u8; 32])> {
    let nonce = SecretBytes::copy_from(&scalar(seed));
    let signature = maker.hazmat()?.sign_digest(&maker.key, digest, &nonce)?;
    let raw = RawSignature::from_der(signature.as_ref())?.to_raw();
    let (r, s) = raw.split_at(32);
    Ok((r.try_into()?, s.try_into()?))
}

fn numbers(maker: &Maker, file: &mut File, raw: bool) -> Result<()> {
    let n = number(N);
    let (r, s) = sign(maker, Context::X509, MESSAGE, 2)?;
    let (zero, one) = ([0; 32], number(&format!("{:064x}", 1)));
    let below = sub(&n, &one);
    let cases: [(&str, &str, [u8; 32], [u8; 32]); 15] = [
        ("InvalidRange", "r is 0", zero, s),
        ("InvalidRange", "s is 0", r, zero),
        ("InvalidRange", "both are 0", zero, zero),
        ("InvalidRange", "r is n", n, s),
        ("InvalidRange", "s is n", r, n),
        ("InvalidRange", "both are n", n, n),
        ("InvalidRange", "r is 2^256 - 1", [0xff; 32], s),
        ("InvalidRange", "s is 2^256 - 1", r, [0xff; 32]),
        ("ZeroT", "s is n - r", r, sub(&n, &r)),
        ("ZeroT", "r is 1, s is n - 1", one, below),
        ("ZeroT", "r is n - 1, s is 1", below, one),
        ("Malleable", "s is n - s", r, sub(&n, &s)),
        ("Malleable", "r is n - r", sub(&n, &r), s),
        ("Swapped", "s in front of r", s, r),
        ("ModifiedMessage", "r and s of 1", one, one),
    ];
    for (flag, comment, r, s) in cases {
        let bytes = if raw { [r, s].concat() } else { pair(&r, &s) };
        push(file, flag, comment, "invalid", MESSAGE, &bytes);
    }
    if !raw {
        push(file, "Congruent", "r + n", "invalid", MESSAGE, &pair(&add(&r, &n), &s));
        push(file, "Congruent", "s + n", "invalid", MESSAGE, &pair(&r, &add(&s, &n)));
        let large = [&[1], &r[..]].concat();
        push(file, "InvalidRange", "r + 2^256", "invalid", MESSAGE, &pair(&large, &s));
    }
    Ok(())
}

fn digests(maker: &Maker, file: &mut File, raw: bool) -> Result<()> {
    let mut put = |flag: &str, comment: &str, (r, s): ([u8; 32], [u8; 32])| {
        let bytes = if raw { [r, s].concat() } else { pair(&r, &s) };
        push(file, flag, comment, "invalid", MESSAGE, &bytes);
    };
    let ids: [(&str, &[u8]); 4] = [
        ("the empty ID", b""),
        ("the ID of TLS 1.3", b"TLSv1.3+GM+Cipher+Suite"),
        ("the ID of the standard's example", b"ALICE123@YAHOO.COM"),
        ("a zero behind the ID", b"1234567812345678\0"),
    ];
    for (comment, id) in ids {
        put("SignerId", comment, sign(maker, Context::SignerId(id), MESSAGE, 3)?);
    }
    let hash = maker.provider.hash()?;
    let digest = *hash.digest(&[MESSAGE]).as_bytes();
    put("Digest", "SM3(M) without Z", sign_digest(maker, &digest, 4)?);
    put("Digest", "the digest signed as the message", sign(maker, Context::X509, &digest, 5)?);
    let whole = maker.hazmat()?.message_digest(&maker.public, Context::X509, &[MESSAGE])?;
    let twice = *hash.digest(&[&whole]).as_bytes();
    put("Digest", "SM3(SM3(Z || M))", sign_digest(maker, &twice, 6)?);
    put("ModifiedMessage", "another message", sign(maker, Context::X509, b"other", 7)?);
    Ok(())
}

fn encodings(maker: &Maker, file: &mut File, raw: bool) -> Result<()> {
    let (r, s) = sign(maker, Context::X509, MESSAGE, 2)?;
    let der = pair(&r, &s);
    let joined = [r, s].concat();
    let mut put = |flag: &str, comment: &str, bytes: &[u8]| {
        push(file, flag, comment, "invalid", MESSAGE, bytes);
    };
    if raw {
        put("InvalidEncoding", "DER", &der);
        put("InvalidEncoding", "63 bytes", &joined[..63]);
        put("InvalidEncoding", "65 bytes", &[&joined[..], &[0]].concat());
        put("InvalidEncoding", "nothing", &[]);
        let turned: Vec<u8> = joined.iter().rev().copied().collect();
        put("InvalidEncoding", "little-endian", &turned);
        return Ok(());
    }
    let inside = [int(&r), int(&s)].concat();
    let length = inside.len() as u8;
    let padded = |bytes: &[u8; 32]| tlv(2, &[&[0, 0], &bytes[..]].concat());
    put(
        "BerEncoding",
        "length of the sequence in long form",
        &[&[0x30, 0x81, length], &inside[..]].concat(),
    );
    put(
        "BerEncoding",
        "length of the sequence in three bytes",
        &[&[0x30, 0x82, 0, length], &inside[..]].concat(),
    );
    put("BerEncoding", "indefinite length", &[&[0x30, 0x80], &inside[..], &[0, 0]].concat());
    put("BerEncoding", "zeros in front of r", &tlv(0x30, &[padded(&r), int(&s)].concat()));
    put("BerEncoding", "zeros in front of s", &tlv(0x30, &[int(&r), padded(&s)].concat()));
    put("InvalidEncoding", "a byte behind", &[&der[..], &[0]].concat());
    put("InvalidEncoding", "NULL behind s", &tlv(0x30, &[&inside[..], &[5, 0]].concat()));
    put("InvalidEncoding", "cut by one byte", &der[..der.len() - 1]);
    put("InvalidEncoding", "r alone", &tlv(0x30, &int(&r)));
    put("InvalidEncoding", "an empty sequence", &[0x30, 0]);
    put("InvalidEncoding", "nothing", &[]);
    put("InvalidEncoding", "a SET", &tlv(0x31, &inside));
    put("InvalidEncoding", "OCTET STRINGs", &tlv(0x30, &[tlv(4, &r), tlv(4, &s)].concat()));
    put("InvalidEncoding", "wrapped in a BIT STRING", &tlv(3, &[&[0], &der[..]].concat()));
    put("InvalidEncoding", "r and s without structure", &joined);
    put("InvalidEncoding", "negative r", &tlv(0x30, &[tlv(2, &[0xff]), int(&s)].concat()));
    Ok(())
}
