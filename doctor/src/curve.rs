// SPDX-License-Identifier: Apache-2.0
//! What the two curves are made of, where a digest has to be put together by hand.

use crate::number::{Modulus, Number};
use bccsp::{Provider, PublicKey, Suite};

/// The parameters of a curve y² = x³ + ax + b, 32 bytes each.
#[derive(Debug)]
pub(crate) struct Curve {
    p: &'static str,
    n: &'static str,
    /// a ‖ b ‖ x ‖ y of the generator, as it is hashed into Z.
    pub(crate) constants: [&'static str; 4],
}

impl Curve {
    pub(crate) const fn of(suite: Suite) -> &'static Self {
        match suite {
            Suite::Gm => &GM,
            Suite::Nist => &NIST,
        }
    }

    /// The order of the generator.
    pub(crate) fn order(&self) -> Modulus {
        Modulus(Number::from_be(&hex::decode(self.n).unwrap_or_default()))
    }

    /// The field that coordinates are from.
    pub(crate) fn field(&self) -> Modulus {
        Modulus(Number::from_be(&hex::decode(self.p).unwrap_or_default()))
    }

    /// a ‖ b ‖ xG ‖ yG (128 bytes).
    pub(crate) fn hashed(&self) -> Vec<u8> {
        self.constants.iter().flat_map(|digits| hex::decode(digits).unwrap_or_default()).collect()
    }
}

/// The point with the other y: the negated public key.
pub(crate) fn negated(provider: &dyn Provider, key: &PublicKey) -> Option<PublicKey> {
    let field = Curve::of(key.algorithm().suite()).field();
    let (x, y) = key.point().get(1..)?.split_at_checked(32)?;
    let y = field.neg(Number::from_be(y)).to_be();
    provider.public_key(&[&[4], x, &y[..]].concat()).ok()
}

/// GB/T 32918.5-2017.
pub(crate) static GM: Curve = Curve {
    p: "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF",
    n: "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123",
    constants: [
        "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC",
        "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93",
        "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7",
        "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0",
    ],
};

/// FIPS 186-5 and SP 800-186 clause 3.2.1.3.
pub(crate) static NIST: Curve = Curve {
    p: "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF",
    n: "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
    constants: [
        "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC",
        "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B",
        "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296",
        "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5",
    ],
};
