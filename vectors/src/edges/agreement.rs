// SPDX-License-Identifier: Apache-2.0
//! Plain Diffie-Hellman on the curve: public keys in every form.

use super::{File, Maker, P, add, material, number, scalar, sub, tlv};
use anyhow::Result;
use bccsp::encoding::oid;
use const_oid_bytes::{EC, NIST};
use serde_json::{Value, json};

/// Identifiers in DER.
mod const_oid_bytes {
    pub(super) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    pub(super) const NIST: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
}

const NOTES: &[(&str, &str, &str)] = &[
    ("Normal", "BASIC", "A right public key; the shared secret is the x coordinate in 32 bytes."),
    (
        "Compressed",
        "BASIC",
        "The same point compressed (GB/T 32918.1-2016 clause 4.2.9); a program may refuse it.",
    ),
    (
        "CurveAsAlgorithm",
        "BASIC",
        "The curve's identifier as the algorithm (GM/T 0015-2023); a program may refuse it.",
    ),
    (
        "Hybrid",
        "WRONG_ENCODING",
        "The mixed form 06 or 07, which RFC 5480 section 2.2 does not allow.",
    ),
    (
        "InvalidPoint",
        "MISSING_STEP",
        "Not a point of the curve: agreeing with it gives the private key away.",
    ),
    ("InvalidRange", "MISSING_STEP", "A coordinate is not smaller than p."),
    ("WrongCurve", "WRONG_PRIMITIVE", "The key says that it is on another curve."),
    (
        "InvalidEncoding",
        "WRONG_ENCODING",
        "Not a point: infinity, a wrong length or first byte, bytes behind.",
    ),
];

pub(super) fn file(maker: &Maker) -> Result<File> {
    let group = json!({"type": "EcdhTest", "curve": "sm2p256v1", "encoding": "asn"});
    let Value::Object(group) = group else { unreachable!("it is written as one") };
    let header =
        "Plain Diffie-Hellman on the curve of GB/T 32918.5; public keys are SubjectPublicKeyInfo.";
    let schema = "ecdh_test_schema_v1.json";
    let mut file = File { schema, header, group, tests: Vec::new(), notes: NOTES };
    for seed in 8..12 {
        let other = maker.provider.decryption_key(&material(&scalar(seed))?)?;
        let peer = other.encryption_key().public_key();
        let shared = maker.open.agree(peer)?;
        let point = peer.point();
        push(&mut file, maker, "Normal", "a right key", "valid", &info(point), shared.expose());
        if seed == 8 {
            forms(&mut file, maker, point, shared.expose());
        }
    }
    Ok(file)
}

fn push(
    file: &mut File,
    maker: &Maker,
    flag: &str,
    comment: &str,
    result: &str,
    public: &[u8],
    shared: &[u8],
) {
    let private = hex::encode(maker.key.scalar().expose());
    let fields =
        json!({"public": hex::encode(public), "private": private, "shared": hex::encode(shared)});
    file.push(flag, comment, result, fields);
}

/// SubjectPublicKeyInfo around a point, whatever it is.
fn info(point: &[u8]) -> Vec<u8> {
    shell(&[tlv(6, EC), tlv(6, oid::SM2.as_bytes())].concat(), point)
}

fn shell(algorithm: &[u8], point: &[u8]) -> Vec<u8> {
    let bits = tlv(3, &[&[0], point].concat());
    tlv(0x30, &[tlv(0x30, algorithm), bits].concat())
}

fn forms(file: &mut File, maker: &Maker, point: &[u8; 65], shared: &[u8]) {
    let p = number(P);
    let (x, y) = point[1..].split_at(32);
    let array = |bytes: &[u8]| -> [u8; 32] { bytes.try_into().unwrap_or([0; 32]) };
    let odd = y[31] & 1;
    let mut put = |flag: &str, comment: &str, result: &str, public: Vec<u8>| {
        push(file, maker, flag, comment, result, &public, shared);
    };
    put("Compressed", "compressed", "acceptable", info(&[&[2 + odd], x].concat()));
    put(
        "CurveAsAlgorithm",
        "the curve alone",
        "acceptable",
        shell(&tlv(6, oid::SM2.as_bytes()), point),
    );
    put("Hybrid", "mixed", "invalid", info(&[&[6 + odd], x, y].concat()));
    put(
        "InvalidPoint",
        "y off by one bit",
        "invalid",
        info(&[&[4], x, &y[..31], &[y[31] ^ 1]].concat()),
    );
    put("InvalidPoint", "(0, 0)", "invalid", info(&[&[4][..], &[0; 64]].concat()));
    put("InvalidPoint", "(7, 0), of order 2 on another curve", "invalid", {
        let mut seven = [0; 65];
        (seven[0], seven[32]) = (4, 7);
        info(&seven)
    });
    put("InvalidRange", "x is p", "invalid", info(&[&[4], &p[..], y].concat()));
    put("InvalidRange", "y is 2^256 - 1", "invalid", info(&[&[4], x, &[0xff; 32]].concat()));
    let large = add(&array(x), &p);
    put("InvalidEncoding", "x + p in 33 bytes", "invalid", info(&[&[4], &large[..], y].concat()));
    let p256 = [tlv(6, EC), tlv(6, NIST)].concat();
    put("WrongCurve", "P-256 by name", "invalid", shell(&p256, point));
    put("WrongCurve", "no curve at all", "invalid", shell(&tlv(6, EC), point));
    put("InvalidEncoding", "infinity", "invalid", info(&[0]));
    put("InvalidEncoding", "no bytes", "invalid", info(&[]));
    put("InvalidEncoding", "without 04", "invalid", info(&point[1..]));
    put("InvalidEncoding", "64 bytes", "invalid", info(&point[..64]));
    put("InvalidEncoding", "66 bytes", "invalid", info(&[&point[..], &[0]].concat()));
    put("InvalidEncoding", "first byte 05", "invalid", info(&[&[5], x, y].concat()));
    put("InvalidEncoding", "a byte behind", "invalid", [info(point), vec![0]].concat());
    let negated = sub(&p, &array(y));
    // The same x: a program that looks at no more than the secret cannot tell.
    put("Normal", "the negated point", "valid", info(&[&[4], x, &negated[..]].concat()));
}
