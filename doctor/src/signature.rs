// SPDX-License-Identifier: Apache-2.0
//! Signatures in whatever form: every way to read two numbers out of some bytes, each with the rules
//! that the form breaks.

use crate::coding;
use crate::number::{Modulus, Number};
use crate::rules::{self, Rule};

/// One way to read a signature: r ‖ s, both modulo the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) raw: [u8; 64],
    pub(crate) rules: Vec<&'static Rule>,
}

/// Two numbers as they stand there: big-endian, of any length.
struct Pair<'a> {
    r: &'a [u8],
    s: &'a [u8],
}

/// All the ways, those that break fewest rules in front; and the rules that are broken when the
/// bytes are no signature at all.
pub(crate) fn readings(bytes: &[u8], order: Modulus) -> (Vec<Reading>, Vec<&'static Rule>) {
    let mut out = Readings { order, all: Vec::new(), broken: Vec::new() };
    out.bytes(bytes, &[]);
    if let Some(decoded) = coding::decode_text(bytes) {
        out.bytes(&decoded, &[&rules::SIGNATURE_TEXT]);
    } else if let Some(decoded) = coding::decode_odd_hex(bytes) {
        out.bytes(&decoded, &[&rules::SIGNATURE_TEXT, &rules::SIGNATURE_ZEROS]);
    }
    out.all.sort_by_key(|reading| reading.rules.len());
    out.all.truncate(MAX_READINGS);
    (out.all, out.broken)
}

const MAX_READINGS: usize = 48;

struct Readings {
    order: Modulus,
    all: Vec<Reading>,
    broken: Vec<&'static Rule>,
}

impl Readings {
    fn bytes(&mut self, bytes: &[u8], rules: &[&'static Rule]) {
        self.raw(bytes, rules);
        let mut der = Lenient { rules: rules.to_vec(), numbers: Vec::new() };
        der.read(bytes, 0);
        if let [r, s, ..] = der.numbers.as_slice() {
            self.integers(r, s, &der.rules);
        }
        let more = der.rules.get(rules.len()..).unwrap_or_default();
        let new = more.iter().filter(|rule| !self.broken.contains(rule));
        let new: Vec<&'static Rule> = new.copied().collect();
        self.broken.extend(new);
    }

    /// r ‖ s, with the public key behind it, shortened, or turned round.
    fn raw(&mut self, bytes: &[u8], rules: &[&'static Rule]) {
        let with = |rule: &'static Rule| [rules, &[rule]].concat();
        match bytes.len() {
            64 => {
                let (r, s) = bytes.split_at(32);
                self.numbers(r, s, &with(&rules::SIGNATURE_RAW));
                let turned: Vec<u8> = bytes.iter().rev().copied().collect();
                let (s, r) = turned.split_at(32);
                self.numbers(r, s, &with(&rules::SIGNATURE_REVERSED));
            }
            128 => {
                let (r, s) = bytes.split_at(64).0.split_at(32);
                self.numbers(r, s, &with(&rules::SIGNATURE_RAW_KEY));
            }
            60..=63 => {
                for cut in bytes.len().saturating_sub(32)..=32 {
                    if let Some((r, s)) = bytes.split_at_checked(cut) {
                        self.numbers(r, s, &with(&rules::SIGNATURE_ZEROS));
                    }
                }
            }
            _ => {}
        }
    }

    /// Two INTEGERs: as they stand there, and as if a 00 were missing in front.
    fn integers(&mut self, r: &[u8], s: &[u8], rules: &[&'static Rule]) {
        let negative = [r, s].iter().any(|n| n.first().is_some_and(|byte| *byte >= 0x80));
        self.pair(&Pair { r, s }, negative, rules);
        if negative {
            self.pair(&Pair { r, s }, false, &[rules, &[&rules::SIGNATURE_NEGATIVE]].concat());
        }
    }

    /// Two numbers without sign.
    fn numbers(&mut self, r: &[u8], s: &[u8], rules: &[&'static Rule]) {
        self.pair(&Pair { r, s }, false, rules);
    }

    fn pair(&mut self, pair: &Pair<'_>, signed: bool, rules: &[&'static Rule]) {
        let read = |bytes: &[u8]| match signed {
            true => self.order.reduce_signed(bytes),
            false => self.order.reduce(bytes),
        };
        let (r, s) = (read(pair.r), read(pair.s));
        let mut rules = rules.to_vec();
        if signed || !in_range(pair.r, r) || !in_range(pair.s, s) {
            rules.push(&rules::SIGNATURE_RANGE);
        }
        if self.order.add(r, s).is_zero() {
            rules.push(&rules::SIGNATURE_T);
        }
        let forms = [
            (r, s, None),
            (s, r, Some(&rules::SIGNATURE_SWAPPED)),
            (r, self.order.neg(s), Some(&rules::SIGNATURE_MIRROR)),
            (self.order.neg(r), s, Some(&rules::SIGNATURE_MIRROR)),
        ];
        for (r, s, more) in forms {
            let mut raw = [0; 64];
            raw.iter_mut().zip([r.to_be(), s.to_be()].concat()).for_each(|(to, from)| *to = from);
            let rules = rules.iter().copied().chain(more).collect();
            self.all.push(Reading { raw, rules });
        }
    }
}

/// Whether the bytes are this remainder as it is, and not zero.
fn in_range(bytes: &[u8], remainder: Number) -> bool {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = bytes.get(start..).unwrap_or_default();
    digits.len() <= 32 && Number::from_be(digits) == remainder && !remainder.is_zero()
}

/// A reader of what should be `SEQUENCE { r INTEGER, s INTEGER }` that goes on where it can, and
/// notes what was wrong.
struct Lenient<'a> {
    rules: Vec<&'static Rule>,
    numbers: Vec<&'a [u8]>,
}

impl<'a> Lenient<'a> {
    fn note(&mut self, rule: &'static Rule) {
        if !self.rules.contains(&rule) {
            self.rules.push(rule);
        }
    }

    fn read(&mut self, bytes: &'a [u8], depth: u8) {
        let Some((head, length)) = header(bytes) else {
            self.note(&rules::SIGNATURE_CUT);
            return;
        };
        let tag = bytes.first().copied().unwrap_or_default();
        let rest = bytes.get(head.size..).unwrap_or_default();
        if !head.minimal || length.is_none() {
            self.note(&rules::SIGNATURE_BER);
        }
        let inside = match length {
            Some(length) if length <= rest.len() => {
                if length < rest.len() {
                    self.note(&rules::SIGNATURE_TRAILING);
                }
                // A length that is too small cuts s short: then what is behind belongs to it.
                rest
            }
            Some(_) => {
                self.note(&rules::SIGNATURE_CUT);
                rest
            }
            None => rest,
        };
        match tag {
            0x30 if inside.first() == Some(&0x30) && depth < 2 => {
                self.note(&rules::SIGNATURE_TYPE);
                self.read(inside, depth.saturating_add(1));
            }
            0x30 => self.integers(inside),
            0x03 if depth < 2 => {
                self.note(&rules::SIGNATURE_TYPE);
                self.read(inside.get(1..).unwrap_or_default(), depth.saturating_add(1));
            }
            0x04 if depth < 2 => {
                self.note(&rules::SIGNATURE_TYPE);
                self.read(inside, depth.saturating_add(1));
            }
            0x31 => {
                self.note(&rules::SIGNATURE_TYPE);
                self.integers(inside);
            }
            _ => {
                self.note(&rules::SIGNATURE_TYPE);
                // A stray byte in front.
                let next = bytes.get(1..).unwrap_or_default();
                if depth < 2 && next.first() == Some(&0x30) {
                    self.read(next, depth.saturating_add(1));
                } else if depth < 2 && tag & 0x1f == 0x1f {
                    self.integers(rest);
                }
            }
        }
    }

    fn integers(&mut self, mut rest: &'a [u8]) {
        while self.numbers.len() < 2 {
            let Some((head, Some(length))) = header(rest) else {
                self.note(&rules::SIGNATURE_CUT);
                return;
            };
            if rest.first() != Some(&0x02) {
                self.note(&rules::SIGNATURE_TYPE);
            }
            if !head.minimal {
                self.note(&rules::SIGNATURE_BER);
            }
            let behind = rest.get(head.size..).unwrap_or_default();
            if length > behind.len() {
                self.note(&rules::SIGNATURE_CUT);
            }
            let (number, next) = behind.split_at(length.min(behind.len()));
            match number {
                [] => self.note(&rules::SIGNATURE_CUT),
                [0, next, ..] if *next < 0x80 => self.note(&rules::SIGNATURE_BER),
                [0xff, next, ..] if *next >= 0x80 => self.note(&rules::SIGNATURE_RANGE),
                _ => {}
            }
            self.numbers.push(number);
            rest = next;
        }
        if !rest.is_empty() && rest != [0, 0] {
            self.note(&rules::SIGNATURE_TRAILING);
        }
    }
}

/// The front of an element.
pub(crate) struct Head {
    pub(crate) size: usize,
    pub(crate) minimal: bool,
}

/// Size of a header in BER, and the length in it: `None` is an indefinite one.
pub(crate) fn header(bytes: &[u8]) -> Option<(Head, Option<usize>)> {
    let [_, first, rest @ ..] = bytes else { return None };
    match *first {
        0..=0x7f => Some((Head { size: 2, minimal: true }, Some(usize::from(*first)))),
        0x80 => Some((Head { size: 2, minimal: false }, None)),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let digits = rest.get(..count)?;
            let length = digits.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
            let minimal = length >= 0x80 && digits.first() != Some(&0);
            Some((Head { size: count.saturating_add(2), minimal }, Some(length)))
        }
        _ => None,
    }
}
