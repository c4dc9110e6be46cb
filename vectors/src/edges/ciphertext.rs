// SPDX-License-Identifier: Apache-2.0
//! Ciphertexts: points, check values, encodings.

use super::{File, Maker, P, add, int, number, scalar, sub, tlv};
use anyhow::Result;
use bccsp::SecretBytes;
use bccsp::encoding::pkcs8;
use bccsp::encoding::sm2_ciphertext::Sm2Ciphertext;
use serde_json::{Value, json};

const NOTES: &[(&str, &str, &str)] = &[
    (
        "ValidCiphertext",
        "BASIC",
        "The ciphertext is right, as SM2Cipher of GB/T 35276-2017 clause 7.2.",
    ),
    (
        "InvalidPoint",
        "MISSING_STEP",
        "C1 is not a point of the curve: GB/T 32918.4-2016 clause 7.1 B1. Opening it gives the private key away.",
    ),
    (
        "InvalidRange",
        "MISSING_STEP",
        "A coordinate of C1 is not smaller than p: GB/T 32918.1-2016 clause 4.2.10.",
    ),
    ("WrongCheck", "MISSING_STEP", "C3 is not SM3(x2 || M || y2): clause 7.1 B6."),
    ("Empty", "MISSING_STEP", "There is no data: SM2 encrypts one byte at least."),
    ("BerEncoding", "BER_ENCODING", "The parts are right and the encoding is not DER."),
    (
        "InvalidEncoding",
        "WRONG_ENCODING",
        "The bytes are not SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, data OCTET STRING }.",
    ),
    (
        "RawForm",
        "WRONG_ENCODING",
        "A raw form (C1 C3 C2 or C1 C2 C3), where the ASN.1 form is asked for.",
    ),
];

pub(super) fn file(maker: &Maker) -> Result<File> {
    let key = pkcs8::encode(&maker.open.export()?)?;
    let group = json!({"type": "Sm2Decrypt", "privateKeyPkcs8": hex::encode(key.expose())});
    let Value::Object(group) = group else { unreachable!("it is written as one") };
    let header =
        "Ciphertexts of SM2 with SM3 (GB/T 32918.4), in the form of GB/T 35276-2017 clause 7.2.";
    let schema = "sm2_decrypt_schema_v1.json";
    let mut file = File { schema, header, group, tests: Vec::new(), notes: NOTES };
    for (seed, length) in [(1_u8, 1_usize), (2, 16), (3, 32), (4, 33), (5, 200)] {
        let message: Vec<u8> = (0..length).map(|at| at as u8).collect();
        let der = encrypt(maker, &message, seed)?;
        push(&mut file, "ValidCiphertext", "a right ciphertext", "valid", &message, &der);
    }
    let good = Parts::of(&encrypt(maker, MESSAGE, 6)?)?;
    contents(&mut file, &good);
    encodings(&mut file, &good);
    Ok(file)
}

const MESSAGE: &[u8] = b"a message to be hidden";

fn push(file: &mut File, flag: &str, comment: &str, result: &str, message: &[u8], bytes: &[u8]) {
    let fields = json!({"msg": hex::encode(message), "ct": hex::encode(bytes)});
    file.push(flag, comment, result, fields);
}

fn encrypt(maker: &Maker, message: &[u8], seed: u8) -> Result<Vec<u8>> {
    let nonce = SecretBytes::copy_from(&scalar(seed));
    Ok(maker.hazmat()?.encrypt(&maker.public, message, &nonce)?)
}

#[derive(Clone)]
struct Parts {
    x: Vec<u8>,
    y: Vec<u8>,
    c3: Vec<u8>,
    c2: Vec<u8>,
}

impl Parts {
    fn of(der: &[u8]) -> Result<Self> {
        let ciphertext = Sm2Ciphertext::from_der(der)?;
        let (x, y) = ciphertext.c1()[1..].split_at(32);
        Ok(Self {
            x: x.to_vec(),
            y: y.to_vec(),
            c3: ciphertext.c3().to_vec(),
            c2: ciphertext.c2().to_vec(),
        })
    }

    fn inside(&self) -> Vec<u8> {
        [int(&self.x), int(&self.y), tlv(4, &self.c3), tlv(4, &self.c2)].concat()
    }

    fn der(&self) -> Vec<u8> {
        tlv(0x30, &self.inside())
    }
}

fn contents(file: &mut File, good: &Parts) {
    let p = number(P);
    let array = |bytes: &[u8]| -> [u8; 32] { bytes.try_into().unwrap_or([0; 32]) };
    let mut put = |flag: &str, comment: &str, change: &dyn Fn(&mut Parts)| {
        let mut parts = good.clone();
        change(&mut parts);
        push(file, flag, comment, "invalid", MESSAGE, &parts.der());
    };
    put("InvalidPoint", "y off by one bit", &|c| c.y[31] ^= 1);
    put("InvalidPoint", "the point (0, 0)", &|c| {
        (c.x, c.y) = (vec![0], vec![0]);
    });
    put("InvalidPoint", "the point (7, 0), of order 2 on another curve", &|c| {
        (c.x, c.y) = (vec![7], vec![0]);
    });
    put("InvalidPoint", "coordinates changed about", &|c| std::mem::swap(&mut c.x, &mut c.y));
    put("InvalidRange", "x + p", &|c| c.x = add(&array(&c.x), &p));
    put("InvalidRange", "y + p", &|c| c.y = add(&array(&c.y), &p));
    put("InvalidRange", "x is p", &|c| c.x = p.to_vec());
    put("WrongCheck", "C1 negated", &|c| c.y = sub(&p, &array(&c.y)).to_vec());
    put("WrongCheck", "a bit of C3", &|c| c.c3[0] ^= 0x80);
    put("WrongCheck", "C3 all zero", &|c| c.c3 = vec![0; 32]);
    put("WrongCheck", "a bit of C2", &|c| c.c2[0] ^= 1);
    put("WrongCheck", "C2 cut", &|c| c.c2.truncate(5));
    put("WrongCheck", "a byte more in C2", &|c| c.c2.push(0));
    put("InvalidEncoding", "C3 of 31 bytes", &|c| c.c3.truncate(31));
    put("InvalidEncoding", "C3 of 33 bytes", &|c| c.c3.push(0));
    put("InvalidEncoding", "C3 empty", &|c| c.c3.clear());
    put("InvalidEncoding", "C2 and C3 changed about", &|c| std::mem::swap(&mut c.c2, &mut c.c3));
    put("Empty", "no data", &|c| c.c2.clear());
}

fn encodings(file: &mut File, good: &Parts) {
    let (inside, der) = (good.inside(), good.der());
    let c1 = [&[4], &good.x[..], &good.y].concat();
    let mut put = |flag: &str, comment: &str, bytes: &[u8]| {
        push(file, flag, comment, "invalid", MESSAGE, bytes);
    };
    put("RawForm", "C1 C3 C2", &[&c1[..], &good.c3, &good.c2].concat());
    put("RawForm", "C1 C2 C3", &[&c1[..], &good.c2, &good.c3].concat());
    put("RawForm", "C1 C3 C2 without 04", &[&c1[1..], &good.c3, &good.c2].concat());
    put("BerEncoding", "indefinite length", &[&[0x30, 0x80], &inside[..], &[0, 0]].concat());
    let long = [&[0x30, 0x82, 0, inside.len() as u8], &inside[..]].concat();
    put("BerEncoding", "length in three bytes", &long);
    let zero = tlv(2, &[&[0, 0], &good.x[..]].concat());
    let rest = [int(&good.y), tlv(4, &good.c3), tlv(4, &good.c2)].concat();
    put("BerEncoding", "zeros in front of x", &tlv(0x30, &[zero, rest].concat()));
    put("InvalidEncoding", "a byte behind", &[&der[..], &[0]].concat());
    put("InvalidEncoding", "NULL behind C2", &tlv(0x30, &[&inside[..], &[5, 0]].concat()));
    put("InvalidEncoding", "cut by one byte", &der[..der.len() - 1]);
    put("InvalidEncoding", "a SET", &tlv(0x31, &inside));
    put(
        "InvalidEncoding",
        "no C2",
        &tlv(0x30, &[int(&good.x), int(&good.y), tlv(4, &good.c3)].concat()),
    );
    put("InvalidEncoding", "nothing", &[]);
}
