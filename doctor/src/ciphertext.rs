// SPDX-License-Identifier: Apache-2.0
//! Ciphertexts of the gm family in whatever form: every way to find C1, C3 and C2 in some bytes, tried
//! on every private key; and why none opens. No plaintext is ever shown, not even its digest.

use crate::coding;
use crate::curve;
use crate::number::Number;
use crate::point;
use crate::rules::{self, Rule};
use crate::signature::header;
use bccsp::{DecryptionKey, Providers, PublicKey, Suite};
use pki::asn1::{tag, write};
use std::sync::Arc;

/// One way to read a ciphertext. `c1` is 04 ‖ x ‖ y, of whatever numbers.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    c1: Vec<u8>,
    c3: Vec<u8>,
    c2: Vec<u8>,
    pub(crate) rules: Vec<&'static Rule>,
}

/// What came of trying to open it.
#[derive(Debug)]
pub(crate) enum Opened {
    /// It opens, to so many bytes.
    Yes { len: usize, rules: Vec<&'static Rule> },
    /// It does not.
    No(Vec<&'static Rule>),
}

/// How many attempts to decrypt one ciphertext is worth.
const MAX_TRIALS: usize = 200;

/// Tries every reading on a key.
pub(crate) fn open(providers: &Providers, key: &Arc<dyn DecryptionKey>, bytes: &[u8]) -> Opened {
    let (readings, broken) = readings(providers, bytes);
    for reading in readings.iter().take(MAX_TRIALS) {
        // A check value of another length is no check.
        if reading.c3.len() != 32 {
            continue;
        }
        if let Ok(plain) = key.decrypt(&reading.to_der()) {
            return Opened::Yes { len: plain.len(), rules: reading.rules.clone() };
        }
    }
    Opened::No(why_not(providers, key, &readings, broken))
}

/// What is certain about a ciphertext that does not open.
fn why_not(
    providers: &Providers,
    key: &Arc<dyn DecryptionKey>,
    readings: &[Reading],
    mut broken: Vec<&'static Rule>,
) -> Vec<&'static Rule> {
    // What is read as raw bytes is no broken structure.
    if !readings.is_empty() {
        broken.clear();
    }
    let on_curve = |reading: &&Reading| gm_point(providers, &reading.c1).is_some();
    for reading in readings.iter().filter(on_curve).take(MAX_TRIALS) {
        if let Some(more) = by_hand(providers, key, reading) {
            crate::verify::merge(&mut broken, &reading.rules);
            crate::verify::merge(&mut broken, &more);
            return broken;
        }
    }
    let Some(first) = readings.iter().find(on_curve).or(readings.first()) else {
        crate::verify::merge(&mut broken, &[&rules::CIPHER_CUT]);
        return broken;
    };
    let verdict: &'static Rule = match point::why_not(Suite::Gm, &first.c1) {
        _ if on_curve(&first) && first.c3.len() != 32 => &rules::CIPHER_CHECK_LENGTH,
        _ if on_curve(&first) && first.c2.is_empty() => &rules::CIPHER_EMPTY,
        _ if on_curve(&first) => &rules::CIPHER_CHECK,
        rule if *rule == rules::POINT_RANGE => &rules::CIPHER_RANGE,
        _ => &rules::CIPHER_POINT,
    };
    crate::verify::merge(&mut broken, &first.rules);
    crate::verify::merge(&mut broken, &[verdict]);
    broken
}

/// Opens by the steps of GB/T 32918.4-2016 clause 7.1, to say at which of them it ends: the check value
/// may fit where the standard says to stop all the same.
fn by_hand(
    providers: &Providers,
    key: &Arc<dyn DecryptionKey>,
    reading: &Reading,
) -> Option<Vec<&'static Rule>> {
    let provider = providers.get(Suite::Gm).ok()?;
    let c1 = gm_point(providers, &reading.c1)?;
    // The shared x alone comes out of the key; there are two points with it.
    let x = key.agree(&c1).ok()?;
    for prefix in [2, 3] {
        let shared = provider.public_key(&[&[prefix], x.expose()].concat()).ok()?;
        let (x, y) = shared.point().get(1..)?.split_at_checked(32)?;
        let stream = provider.kdf().ok()?.x963(&[x, y], reading.c2.len().max(1)).ok()?;
        let plain: Vec<u8> =
            reading.c2.iter().zip(stream.expose()).map(|(data, key)| data ^ key).collect();
        let plain = bccsp::SecretBytes::new(plain);
        let check = provider.hash().ok()?.digest(&[x, plain.expose(), y]);
        if check.as_ref() != reading.c3.as_slice() {
            continue;
        }
        if reading.c2.is_empty() {
            return Some(vec![&rules::CIPHER_EMPTY]);
        }
        let zero = stream.expose().iter().all(|byte| *byte == 0);
        let rule = if zero { &rules::CIPHER_ZERO_STREAM } else { &rules::CIPHER_MIRROR };
        return Some(vec![rule]);
    }
    None
}

fn gm_point(providers: &Providers, c1: &[u8]) -> Option<PublicKey> {
    providers.get(Suite::Gm).ok()?.public_key(c1).ok()
}

impl Reading {
    /// The ASN.1 form, which keys take.
    fn to_der(&self) -> Vec<u8> {
        let (x, y) = self.c1.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
        write::sequence(&[
            &write::unsigned(tag::INTEGER, x),
            &write::unsigned(tag::INTEGER, y),
            &write::tlv(tag::OCTET_STRING, &self.c3),
            &write::tlv(tag::OCTET_STRING, &self.c2),
        ])
    }
}

/// All the ways to read the bytes, and the rules that are broken where they are no ciphertext at all.
pub(crate) fn readings(providers: &Providers, bytes: &[u8]) -> (Vec<Reading>, Vec<&'static Rule>) {
    let mut all = Vec::new();
    let mut broken = Vec::new();
    let text = coding::decode_text(bytes);
    let layers = [(Some(bytes.to_vec()), None), (text, Some(&rules::CIPHER_TEXT))];
    for (bytes, rule) in layers {
        let Some(bytes) = bytes else { continue };
        let outer: Vec<&'static Rule> = rule.into_iter().collect();
        structures(&bytes, &outer, &mut all, &mut broken);
        raw(providers, &bytes, &outer, &mut all);
    }
    all.sort_by_key(|reading| reading.rules.len());
    (all, broken)
}

/// The raw orders: C1 with 04, without, compressed, mixed, or with zeros lost.
fn raw(providers: &Providers, bytes: &[u8], outer: &[&'static Rule], all: &mut Vec<Reading>) {
    let mut push = |c1: Vec<u8>, rest: &[u8], more: &[&'static Rule]| {
        let Some(at) = rest.len().checked_sub(32) else { return };
        let rules = |rule: &'static Rule| [outer, more, &[rule]].concat();
        let (c3, c2) = rest.split_at_checked(32).unwrap_or_default();
        let (new, old) = (rules(&rules::CIPHER_RAW_NEW), rules(&rules::CIPHER_RAW_OLD));
        all.push(Reading { c1: c1.clone(), c3: c3.to_vec(), c2: c2.to_vec(), rules: new });
        let (c2, c3) = rest.split_at_checked(at).unwrap_or_default();
        all.push(Reading { c1, c3: c3.to_vec(), c2: c2.to_vec(), rules: old });
    };
    let whole = bytes.split_at_checked(65);
    match (bytes.first(), whole) {
        (Some(4), Some((c1, rest))) => push(c1.to_vec(), rest, &[]),
        (Some(6 | 7), Some((c1, rest))) => {
            let c1 = [&[4], c1.get(1..).unwrap_or_default()].concat();
            push(c1, rest, &[&rules::CIPHER_COMPRESSED]);
        }
        // The point at infinity, as it is written.
        (Some(0), _) => push(vec![0], bytes.get(1..).unwrap_or_default(), &[]),
        _ => {}
    }
    if let (Some(2 | 3), Some((c1, rest))) = (bytes.first(), bytes.split_at_checked(33))
        && let Some(point) = gm_point(providers, c1)
    {
        push(point.point().to_vec(), rest, &[&rules::CIPHER_COMPRESSED]);
    }
    if let Some((c1, rest)) = bytes.split_at_checked(64) {
        let c1 = [&[4], c1].concat();
        if gm_point(providers, &c1).is_some() {
            push(c1, rest, &[&rules::CIPHER_PREFIX]);
        }
    }
    for (front, more) in [(1, &[][..]), (0, &[&rules::CIPHER_PREFIX][..])] {
        if front == 1 && bytes.first() != Some(&4) {
            continue;
        }
        let Some(behind) = bytes.get(front..) else { continue };
        for length in 61..64 {
            let Some((c1, rest)) = behind.split_at_checked(length) else { continue };
            let more = [more, &[&rules::CIPHER_ZEROS]].concat();
            let points = point::padded(c1).into_iter();
            for c1 in points.filter(|c1| gm_point(providers, c1).is_some()) {
                push(c1, rest, &more);
            }
        }
    }
}

/// The ASN.1 form, as strictly or loosely as it was written.
fn structures(
    bytes: &[u8],
    outer: &[&'static Rule],
    all: &mut Vec<Reading>,
    broken: &mut Vec<&'static Rule>,
) {
    let mut reader = Loose { rules: Vec::new(), elements: Vec::new() };
    reader.read(bytes);
    let [x, y, first, second, ..] = reader.elements.as_slice() else {
        crate::verify::merge(broken, &reader.rules);
        return;
    };
    let (x, y) = (x.number(&mut reader.rules), y.number(&mut reader.rules));
    let c1 = [&[4], &x[..], &y].concat();
    let (first, second) = (first.octets(&mut reader.rules), second.octets(&mut reader.rules));
    let own = [outer, &reader.rules].concat();
    let swapped = [&own[..], &[&rules::CIPHER_SWAPPED]].concat();
    all.push(Reading { c1: c1.clone(), c3: first.clone(), c2: second.clone(), rules: own });
    all.push(Reading { c1, c3: second, c2: first, rules: swapped });
}

/// One element that was met.
struct Element<'a> {
    tag: u8,
    value: &'a [u8],
}

impl Element<'_> {
    /// A coordinate in 32 bytes; of what does not fit, the remainder modulo p.
    fn number(&self, rules: &mut Vec<&'static Rule>) -> [u8; 32] {
        let field = curve::GM.field();
        match self.value {
            [0, next, ..] if *next < 0x80 => crate::verify::merge(rules, &[&rules::CIPHER_BER]),
            [first, ..] if *first >= 0x80 => crate::verify::merge(rules, &[&rules::CIPHER_RANGE]),
            _ => {}
        }
        let start = self.value.iter().position(|byte| *byte != 0).unwrap_or(self.value.len());
        let digits = self.value.get(start..).unwrap_or_default();
        let number = Number::from_be(digits);
        if digits.len() > 32 || !number.below(field.0) {
            crate::verify::merge(rules, &[&rules::CIPHER_RANGE]);
            return field.reduce(digits).to_be();
        }
        number.to_be()
    }

    fn octets(&self, rules: &mut Vec<&'static Rule>) -> Vec<u8> {
        match self.tag {
            tag::OCTET_STRING => self.value.to_vec(),
            // Constructed: pieces one after the other.
            0x24 => {
                crate::verify::merge(rules, &[&rules::CIPHER_BER]);
                let mut inner = Loose { rules: Vec::new(), elements: Vec::new() };
                inner.elements(self.value);
                inner.elements.iter().flat_map(|piece| piece.value).copied().collect()
            }
            _ => {
                crate::verify::merge(rules, &[&rules::CIPHER_TYPE]);
                let skip = usize::from(self.tag == tag::BIT_STRING);
                self.value.get(skip..).unwrap_or_default().to_vec()
            }
        }
    }
}

/// Reads what should be an SM2Cipher and goes on where it can.
struct Loose<'a> {
    rules: Vec<&'static Rule>,
    elements: Vec<Element<'a>>,
}

impl<'a> Loose<'a> {
    fn note(&mut self, rule: &'static Rule) {
        crate::verify::merge(&mut self.rules, &[rule]);
    }

    fn read(&mut self, bytes: &'a [u8]) {
        let Some((head, length)) = header(bytes) else {
            self.note(&rules::CIPHER_CUT);
            return;
        };
        if bytes.first() != Some(&tag::SEQUENCE) {
            self.note(&rules::CIPHER_TYPE);
        }
        if !head.minimal {
            self.note(&rules::CIPHER_BER);
        }
        let rest = bytes.get(head.size..).unwrap_or_default();
        let inside = match length {
            None => rest.strip_suffix(&[0, 0]).unwrap_or(rest),
            Some(length) if length <= rest.len() => {
                let (inside, behind) = rest.split_at(length);
                if !behind.is_empty() {
                    self.note(&rules::CIPHER_TRAILING);
                }
                inside
            }
            Some(_) => {
                self.note(&rules::CIPHER_CUT);
                rest
            }
        };
        self.elements(inside);
        if self.elements.len() > 4 {
            self.note(&rules::CIPHER_TRAILING);
        }
    }

    fn elements(&mut self, mut rest: &'a [u8]) {
        while !rest.is_empty() && self.elements.len() < MAX_ELEMENTS {
            let Some((head, Some(length))) = header(rest) else {
                self.note(&rules::CIPHER_CUT);
                return;
            };
            if !head.minimal {
                self.note(&rules::CIPHER_BER);
            }
            let tag = rest.first().copied().unwrap_or_default();
            let behind = rest.get(head.size..).unwrap_or_default();
            if length > behind.len() {
                self.note(&rules::CIPHER_CUT);
            }
            let (value, next) = behind.split_at(length.min(behind.len()));
            self.elements.push(Element { tag, value });
            rest = next;
        }
        if self.elements.len() < 4 {
            self.note(&rules::CIPHER_TYPE);
        }
    }
}

const MAX_ELEMENTS: usize = 1 << 16;
