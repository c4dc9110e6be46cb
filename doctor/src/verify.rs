// SPDX-License-Identifier: Apache-2.0
//! The search for a combination under which a signature holds: readings of the signature × keys ×
//! readings of the message × digests, those that break fewest rules first, within a bound.

use crate::curve::{self, Curve};
use crate::digest::{self, Equation, Id, Recipe, Variant};
use crate::number::Number;
use crate::rules::{self, Rule};
use crate::signature::{self, Reading};
use bccsp::encoding::signature::RawSignature;
use bccsp::{Providers, PublicKey};
use std::cell::OnceCell;

/// A key that may have signed, and what is odd about it.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) key: PublicKey,
    pub(crate) rules: Vec<&'static Rule>,
    /// The file it is from.
    pub(crate) from: String,
}

/// The combination that holds.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) key: PublicKey,
    pub(crate) from: String,
    pub(crate) id: Option<Vec<u8>>,
    pub(crate) rules: Vec<&'static Rule>,
}

/// What came of a search.
#[derive(Debug)]
pub(crate) enum Found {
    Hit(Hit),
    /// Nothing holds; what is wrong with the signature in itself.
    Nothing(Vec<&'static Rule>),
}

/// How many signatures one search judges at most.
pub(crate) const MAX_TRIALS: usize = 4_000;
/// How many rules may be broken at once.
const MAX_BROKEN: usize = 3;

/// Looks for the combination that breaks fewest rules.
pub(crate) fn search(
    providers: &Providers,
    keys: &[Candidate],
    ids: &[Id],
    message: &[u8],
    signature: &[u8],
) -> Found {
    let variants = digest::variants(providers, message);
    let mut broken = Vec::new();
    let mut work = Vec::new();
    for candidate in with_mirrors(providers, keys) {
        let suite = candidate.key.algorithm().suite();
        let (readings, wrong) = signature::readings(signature, Curve::of(suite).order());
        merge(&mut broken, readings.first().map_or(&wrong, |reading| &reading.rules));
        let others: Vec<PublicKey> = keys
            .iter()
            .map(|other| other.key)
            .filter(|other| *other != candidate.key && other.algorithm().suite() == suite)
            .collect();
        for variant in &variants {
            let recipes = digest::recipes(providers, &candidate.key, &others, ids, &variant.bytes);
            let inverses = readings.iter().map(|_| OnceCell::new()).collect();
            let (candidate, readings) = (candidate.clone(), readings.clone());
            work.push(Work { candidate, readings, inverses, variant, recipes });
        }
    }
    let mut trials = MAX_TRIALS;
    let hit = (0..=MAX_BROKEN)
        .find_map(|count| work.iter().find_map(|work| work.at(providers, count, &mut trials)));
    hit.map_or(Found::Nothing(broken), Found::Hit)
}

/// The keys, and each with its y negated.
fn with_mirrors(providers: &Providers, keys: &[Candidate]) -> Vec<Candidate> {
    let mirror = |candidate: &Candidate| {
        let provider = providers.get(candidate.key.algorithm().suite()).ok()?;
        let key = curve::negated(provider.as_ref(), &candidate.key)?;
        let rules = [&candidate.rules[..], &[&rules::KEY_MIRROR]].concat();
        Some(Candidate { key, rules, from: candidate.from.clone() })
    };
    let mirrors: Vec<Candidate> = keys.iter().filter_map(mirror).collect();
    keys.iter().cloned().chain(mirrors).collect()
}

pub(crate) fn merge(all: &mut Vec<&'static Rule>, more: &[&'static Rule]) {
    let new: Vec<&'static Rule> = more.iter().filter(|rule| !all.contains(rule)).copied().collect();
    all.extend(new);
}

/// One key and one reading of the message.
struct Work<'a> {
    candidate: Candidate,
    readings: Vec<Reading>,
    /// 1/s of each reading, made when it is asked for.
    inverses: Vec<OnceCell<Number>>,
    variant: &'a Variant,
    recipes: Vec<Recipe>,
}

impl Work<'_> {
    /// The first combination that holds among those that break so many rules.
    fn at(&self, providers: &Providers, count: usize, trials: &mut usize) -> Option<Hit> {
        let base = self.candidate.rules.len().saturating_add(self.variant.rules.len());
        for (reading, inverse) in self.readings.iter().zip(&self.inverses) {
            for recipe in &self.recipes {
                let broken = [base, reading.rules.len(), recipe.rules.len()].iter().sum::<usize>();
                if broken != count || *trials == 0 {
                    continue;
                }
                *trials = trials.saturating_sub(1);
                if self.holds(providers, reading, inverse, recipe) {
                    return Some(self.hit(reading, recipe));
                }
            }
        }
        None
    }

    fn hit(&self, reading: &Reading, recipe: &Recipe) -> Hit {
        let parts = [&self.candidate.rules, &reading.rules, &self.variant.rules, &recipe.rules];
        let mut rules = Vec::new();
        parts.iter().for_each(|part| merge(&mut rules, part));
        let Candidate { key, from, .. } = &self.candidate;
        Hit { key: *key, from: from.clone(), id: recipe.id.clone(), rules }
    }

    fn holds(
        &self,
        providers: &Providers,
        reading: &Reading,
        inverse: &OnceCell<Number>,
        recipe: &Recipe,
    ) -> bool {
        let suite = self.candidate.key.algorithm().suite();
        let own = match recipe.equation {
            Equation::Own => Some((recipe.digest, reading.raw)),
            Equation::Foreign => foreign(&recipe.digest, &reading.raw, inverse),
        };
        let Some((digest, raw)) = own else { return false };
        let Ok(provider) = providers.get(suite) else { return false };
        let Some(hazmat) = provider.hazmat() else { return false };
        let der = RawSignature::new(raw).to_der();
        hazmat.verify_digest(&self.candidate.key, &digest, &der).is_ok()
    }
}

/// ECDSA on the gm curve, written as an equation of the gm family.
///
/// ECDSA holds when x(u₁G + u₂P) = r with u₁ = e/s and u₂ = r/s (SEC 1 section 4.1.4). The gm family
/// asks for e′ + x(s′G + (r′ + s′)P) = r′ (GB/T 32918.2-2016 clause 7.1). Both are the same when
/// s′ = u₁, r′ = u₂ − u₁ and e′ = r′ − r.
fn foreign(
    digest: &[u8; 32],
    raw: &[u8; 64],
    inverse: &OnceCell<Number>,
) -> Option<([u8; 32], [u8; 64])> {
    let n = curve::GM.order();
    let (r, s) = raw.split_at_checked(32)?;
    let (r, s) = (Number::from_be(r), Number::from_be(s));
    if s.is_zero() || r.is_zero() {
        return None;
    }
    let inverse = *inverse.get_or_init(|| n.inverse(s));
    let u1 = n.mul(n.reduce(digest), inverse);
    let u2 = n.mul(r, inverse);
    let r_prime = n.sub(u2, u1);
    let e_prime = n.sub(r_prime, r);
    let mut out = [0; 64];
    let digits = [r_prime.to_be(), u1.to_be()].concat();
    out.iter_mut().zip(digits).for_each(|(to, from)| *to = from);
    Some((e_prime.to_be(), out))
}
