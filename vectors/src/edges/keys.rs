// SPDX-License-Identifier: Apache-2.0
//! Private keys in PKCS#8: ranges, lengths, versions, curves.

use super::{File, Maker, N, int, number, sub, tlv};
use anyhow::Result;
use bccsp::encoding::{oid, pkcs8, sec1};
use serde_json::{Map, json};

const NOTES: &[(&str, &str, &str)] = &[
    ("Normal", "BASIC", "A right key."),
    (
        "FieldForm",
        "BASIC",
        "A form that programs write: version 2, the curve inside, no public key, the curve as algorithm.",
    ),
    (
        "InvalidRange",
        "MISSING_STEP",
        "The private value is out of 1 to n - 2; of n - 1 the value 1 + d has no inverse (GB/T 32918.1-2016 clause 6.1).",
    ),
    (
        "InvalidLength",
        "WRONG_ENCODING",
        "The private value is not in 32 bytes: RFC 5915 section 3.",
    ),
    ("WrongPublicKey", "MISSING_STEP", "The public key inside is another one."),
    ("WrongCurve", "WRONG_PRIMITIVE", "Outside and inside name different curves, or none."),
    (
        "InvalidVersion",
        "WRONG_ENCODING",
        "A version that there is not: RFC 5958 section 2, RFC 5915 section 3.",
    ),
    ("InvalidEncoding", "WRONG_ENCODING", "Bytes behind, cut, or not DER."),
];

pub(super) fn file(maker: &Maker) -> Result<File> {
    let mut group = Map::new();
    group.insert("type".into(), "PrivateKey".into());
    let header = "Private keys on the curve of GB/T 32918.5 in PKCS#8 (RFC 5958).";
    let schema = "sm2_private_key_schema_v1.json";
    let mut file = File { schema, header, group, tests: Vec::new(), notes: NOTES };
    let key = maker.open.export()?;
    let good = pkcs8::encode(&key)?;
    let d = key.scalar().expose();
    let point = maker.public.point();
    let mut put = |flag: &str, comment: &str, result: &str, der: &[u8]| {
        let fields = json!({"privateKey": hex::encode(der), "d": hex::encode(d)});
        file.push(flag, comment, result, fields);
    };
    put("Normal", "as it is written here", "valid", good.expose());
    put("FieldForm", "the curve inside", "valid", pkcs8::encode_naming_the_curve(&key)?.expose());
    put("FieldForm", "EC PRIVATE KEY", "acceptable", sec1::encode(&key, true)?.expose());
    let inner = |version: u8, d: &[u8], more: &[u8]| {
        tlv(0x30, &[int(&[version]), tlv(4, d), more.to_vec()].concat())
    };
    let public = |point: &[u8]| tlv(0xa1, &tlv(3, &[&[0], point].concat()));
    put("FieldForm", "no public key", "valid", &outer(0, &algorithm(), &inner(1, d, &[])));
    let own = inner(1, d, &public(point));
    put("FieldForm", "version 1 of PKCS#8", "acceptable", &outer(1, &algorithm(), &own));
    let bare = tlv(0x30, &tlv(6, oid::SM2.as_bytes()));
    put("FieldForm", "the curve as algorithm", "acceptable", &outer(0, &bare, &own));
    let n = number(N);
    let one = number(&format!("{:064x}", 1));
    for (comment, value) in
        [("0", [0; 32]), ("n - 1", sub(&n, &one)), ("n", n), ("2^256 - 1", [0xff; 32])]
    {
        put("InvalidRange", comment, "invalid", &outer(0, &algorithm(), &inner(1, &value, &[])));
    }
    for (comment, value) in
        [("31 bytes", d[1..].to_vec()), ("33 bytes", [&[0], d].concat()), ("none", vec![])]
    {
        put("InvalidLength", comment, "invalid", &outer(0, &algorithm(), &inner(1, &value, &[])));
    }
    let mut other = *point;
    other[64] ^= 1;
    put(
        "WrongPublicKey",
        "off by one bit",
        "invalid",
        &outer(0, &algorithm(), &inner(1, d, &public(&other))),
    );
    let nist = tlv(0xa0, &tlv(6, oid::P256.as_bytes()));
    put("WrongCurve", "P-256 inside", "invalid", &outer(0, &algorithm(), &inner(1, d, &nist)));
    let none = tlv(0x30, &tlv(6, oid::EC_PUBLIC_KEY.as_bytes()));
    put("WrongCurve", "no curve", "invalid", &outer(0, &none, &own));
    put("InvalidVersion", "5 outside", "invalid", &outer(5, &algorithm(), &own));
    put("InvalidVersion", "0 inside", "invalid", &outer(0, &algorithm(), &inner(0, d, &[])));
    put("InvalidEncoding", "a byte behind", "invalid", &[good.expose(), &[0]].concat());
    put("InvalidEncoding", "cut", "invalid", &good.expose()[..good.len() - 1]);
    put("InvalidEncoding", "nothing", "invalid", &[]);
    Ok(file)
}

fn algorithm() -> Vec<u8> {
    tlv(0x30, &[tlv(6, oid::EC_PUBLIC_KEY.as_bytes()), tlv(6, oid::SM2.as_bytes())].concat())
}

fn outer(version: u8, algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    tlv(0x30, &[int(&[version]), algorithm.to_vec(), tlv(4, key)].concat())
}
