// SPDX-License-Identifier: Apache-2.0
//! Public keys as bare points, in whatever form; and why a point is none.

use crate::coding;
use crate::curve::Curve;
use crate::number::Number;
use crate::rules::{self, Rule};
use bccsp::{Provider, Providers, PublicKey, Suite};

/// A public key, and the rules its form breaks.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) key: PublicKey,
    pub(crate) rules: Vec<&'static Rule>,
}

/// Every key that the bytes can be, on either curve; of the named family first.
pub(crate) fn read(providers: &Providers, suite: Suite, bytes: &[u8]) -> Vec<Point> {
    let other = Suite::ALL.into_iter().find(|other| *other != suite);
    let mut all = on_curve(providers, suite, bytes, &[]);
    // Of a compressed point one half of all numbers is an x on either curve: that shows nothing.
    if let Some(other) = other.filter(|_| bytes.len() >= 64) {
        all.extend(on_curve(providers, other, bytes, &[&rules::CURVE_OTHER]));
    }
    all.truncate(MAX_POINTS);
    all
}

const MAX_POINTS: usize = 8;

/// Every key of one family that the bytes can be, text or not.
fn on_curve(
    providers: &Providers,
    suite: Suite,
    bytes: &[u8],
    rules: &[&'static Rule],
) -> Vec<Point> {
    let Ok(provider) = providers.get(suite) else { return Vec::new() };
    let mut all = forms(provider.as_ref(), bytes, rules);
    let text = [rules, &[&rules::POINT_TEXT]].concat();
    if all.is_empty()
        && let Some(decoded) = coding::decode_text(bytes)
    {
        all = forms(provider.as_ref(), &decoded, &text);
    }
    if all.is_empty() {
        let short = [&text[..], &[&rules::POINT_ZEROS]].concat();
        let found = padded_text(bytes).into_iter();
        let found = found.filter_map(|point| provider.public_key(&point).ok());
        all.extend(found.map(|key| Point { key, rules: short.clone() }));
    }
    all
}

/// Points in hex digits, of which one or both coordinates may have lost up to six digits in all.
fn padded_text(bytes: &[u8]) -> Vec<Vec<u8>> {
    let text = core::str::from_utf8(bytes).unwrap_or_default().trim();
    let digits = text.strip_prefix("04").unwrap_or(text);
    let mut all = Vec::new();
    let missing = 128_usize.saturating_sub(digits.len());
    if !(1..=6).contains(&missing) {
        return all;
    }
    for lost in 0..=missing {
        let Some((x, y)) = digits.split_at_checked(64_usize.saturating_sub(lost)) else { continue };
        all.extend(hex::decode(format!("04{x:0>64}{y:0>64}")));
    }
    all
}

fn forms(provider: &dyn Provider, bytes: &[u8], rules: &[&'static Rule]) -> Vec<Point> {
    let mut all = Vec::new();
    let mut push = |form: &[u8], more: &[&'static Rule]| {
        if let Ok(key) = provider.public_key(form) {
            all.push(Point { key, rules: [rules, more].concat() });
        }
    };
    match bytes {
        [4, ..] if bytes.len() == 65 => push(bytes, &[]),
        [2 | 3, ..] if bytes.len() == 33 => push(bytes, &[&rules::POINT_COMPRESSED]),
        [first @ (6 | 7), rest @ ..] if rest.len() == 64 => {
            let odd = rest.last().is_some_and(|byte| byte & 1 == 1);
            let parity = (*first == 7) != odd;
            let more = [&rules::POINT_HYBRID, &rules::POINT_PARITY];
            let count = if parity { 2 } else { 1 };
            push(&[&[4], rest].concat(), more.get(..count).unwrap_or_default());
        }
        _ if bytes.len() == 64 => push(&[&[4], bytes].concat(), &[&rules::POINT_PREFIX]),
        _ => {}
    }
    if all.is_empty() {
        let (rest, more): (&[u8], &[&'static Rule]) = match bytes {
            [4, rest @ ..] if rest.len() < 64 => (rest, &[&rules::POINT_ZEROS]),
            _ => (bytes, &[&rules::POINT_PREFIX, &rules::POINT_ZEROS]),
        };
        for point in padded(rest) {
            if let Ok(key) = provider.public_key(&point) {
                all.push(Point { key, rules: [rules, more].concat() });
            }
        }
    }
    all
}

/// Points of which one or both coordinates may have lost up to three zeros in all.
pub(crate) fn padded(coordinates: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    if !(61..=63).contains(&coordinates.len()) {
        return all;
    }
    for cut in coordinates.len().saturating_sub(32)..=32 {
        let Some((x, y)) = coordinates.split_at_checked(cut) else { continue };
        let pad = |number: &[u8]| vec![0; 32_usize.saturating_sub(number.len())];
        all.push([&[4], &pad(x)[..], x, &pad(y), y].concat());
    }
    all
}

/// What is wrong with bytes that are no point of the family's curve.
pub(crate) fn why_not(suite: Suite, bytes: &[u8]) -> &'static Rule {
    let field = Curve::of(suite).field();
    let out_of_range = |number: &[u8]| !Number::from_be(number).below(field.0);
    match bytes {
        [0] | [] => &rules::POINT_INFINITY,
        [4 | 6 | 7, rest @ ..] if rest.len() == 64 => {
            let (x, y) = rest.split_at(32);
            if out_of_range(x) || out_of_range(y) { &rules::POINT_RANGE } else { &rules::POINT_OFF }
        }
        [2 | 3, x @ ..] if x.len() == 32 => {
            if out_of_range(x) {
                &rules::POINT_RANGE
            } else {
                &rules::POINT_OFF
            }
        }
        _ => &rules::POINT_LENGTH,
    }
}
