// SPDX-License-Identifier: Apache-2.0
//! Chains from a seed, in both families and mixed, with mistakes in them: what our engine says, what
//! rustls-webpki says with both families plugged in, and what both should say.

use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use gmca_vectors::limbo::Question;
use gmca_vectors::oracle::Opinions;
use pki::extension::{
    BasicConstraints, ExtendedKeyUsage, Extension, GeneralName, KeyUsage, NameConstraints,
    SubjectAltName, TypedExtension as _,
};
use pki::path::{Host, Options, Policy, Purpose};
use pki::{Certificate, CertificateBuilder, Name, Time};
use std::sync::Arc;

/// A mistake, and where it may be: in the leaf, in a CA between, in the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    Expired,
    NotYetValid,
    NotACa,
    NoBasicConstraints,
    PathLen,
    OutsideOfPermitted,
    Excluded,
    OtherPurpose,
    OtherHost,
    Forged,
    OtherIssuer,
    Missing,
    UnknownCritical,
    NoKeyCertSign,
}

use Flaw::*;

const OF_LEAF: &[Flaw] =
    &[Expired, NotYetValid, OtherPurpose, OtherHost, Forged, OtherIssuer, UnknownCritical];
const OF_MIDDLE: &[Flaw] = &[
    Expired,
    NotYetValid,
    NotACa,
    NoBasicConstraints,
    PathLen,
    OutsideOfPermitted,
    Excluded,
    OtherPurpose,
    Forged,
    OtherIssuer,
    Missing,
    UnknownCritical,
    NoKeyCertSign,
];
const OF_ROOT: &[Flaw] =
    &[Expired, NotYetValid, OutsideOfPermitted, Excluded, Missing, NoKeyCertSign, PathLen];

/// A chain in the making: the leaf is number 0, the root the last.
struct Plan {
    families: Vec<Suite>,
    flaws: Vec<(usize, Flaw)>,
}

impl Plan {
    fn new(random: &mut Random) -> Self {
        let length = 2 + random.below(4);
        let families = (0..length).map(|_| Suite::ALL[random.below(2)]).collect();
        let mut flaws = Vec::new();
        for _ in 0..random.below(3) {
            let at = random.below(length);
            let kinds = match at {
                0 => OF_LEAF,
                at if at + 1 == length => OF_ROOT,
                _ => OF_MIDDLE,
            };
            let flaw = kinds[random.below(kinds.len())];
            // With none between it and the leaf, a CA has nobody to be too many.
            if !(flaw == PathLen && at < 2) && flaws.iter().all(|(other, _)| *other != at) {
                flaws.push((at, flaw));
            }
        }
        Self { families, flaws }
    }

    fn is(&self, at: usize, flaw: Flaw) -> bool {
        self.flaws.contains(&(at, flaw))
    }

    /// rustls-webpki takes a root for a name and a key with name constraints, and no more; and it
    /// leaves keyCertSign to whoever issued the CA.
    fn they_see(&self, (at, flaw): (usize, Flaw)) -> bool {
        let of_root = at + 1 == self.families.len();
        let unseen_there = matches!(flaw, Expired | NotYetValid | PathLen);
        flaw != NoKeyCertSign && !(of_root && unseen_there)
    }

    fn extensions(&self, at: usize) -> Vec<Extension> {
        let mut all = Vec::new();
        if at == 0 {
            let name = if self.is(0, OtherHost) { "b.example.com" } else { "a.example.com" };
            all.push(SubjectAltName(vec![GeneralName::Dns(name.into())]).extension(false));
            all.push(KeyUsage::DIGITAL_SIGNATURE.extension(true));
        } else {
            let path_len = self.is(at, PathLen).then_some(0);
            let basic = BasicConstraints { ca: !self.is(at, NotACa), path_len };
            if !self.is(at, NoBasicConstraints) {
                all.push(basic.extension(true));
            }
            let signs = !self.is(at, NoKeyCertSign);
            let usage = if signs { KeyUsage::KEY_CERT_SIGN } else { KeyUsage::CRL_SIGN };
            all.push(usage.extension(true));
        }
        let purpose = if self.is(at, OtherPurpose) { "clientAuth" } else { "serverAuth" };
        let is_root = at + 1 == self.families.len();
        if !is_root {
            let purpose = ExtendedKeyUsage::named(purpose).unwrap();
            all.push(ExtendedKeyUsage(vec![purpose]).extension(false));
        }
        if at > 0 {
            let permitted = if self.is(at, OutsideOfPermitted) { "example.org" } else { "com" };
            let excluded = if self.is(at, Excluded) { "example.com" } else { "b.com" };
            let names = |name: &str| vec![GeneralName::Dns(name.into())];
            let constraints =
                NameConstraints { permitted: names(permitted), excluded: names(excluded) };
            all.push(constraints.extension(true));
        }
        if self.is(at, UnknownCritical) {
            let id = Purpose::named("1.3.6.1.4.1.99999.1");
            let Some(Purpose::Other(id)) = id else { panic!("no identifier") };
            all.push(Extension { id, critical: true, value: vec![5, 0] });
        }
        all
    }

    fn dates(&self, at: usize) -> [Time; 2] {
        let dates = match self.flaws.iter().find(|(place, _)| *place == at) {
            Some((_, Expired)) => ["2020-01-01", "2029-01-01"],
            Some((_, NotYetValid)) => ["2031-01-01", "2040-01-01"],
            _ => ["2020-01-01", "2040-01-01"],
        };
        dates.map(|text| Time::parse(text).unwrap())
    }
}

/// Keys to make chains with: one of each family for each place, and for whoever forges.
struct Keys(Vec<[Arc<dyn SigningKey>; 2]>);

impl Keys {
    fn new(providers: &Providers) -> Self {
        let one = |suite| providers.get(suite).unwrap().generate_signing_key().unwrap();
        Self((0..7).map(|_| Suite::ALL.map(one)).collect())
    }

    fn at(&self, place: usize, suite: Suite) -> &Arc<dyn SigningKey> {
        &self.0[place][usize::from(suite == Suite::ALL[1])]
    }
}

fn question(plan: &Plan, keys: &Keys, providers: &Providers, random: &mut Random) -> Question {
    let root = plan.families.len() - 1;
    let name = |at: usize| Name::parse(&format!("/O=Org/CN=number {at}")).unwrap();
    let mut above: Option<Certificate> = None;
    let mut made = Vec::new();
    for at in (0..=root).rev() {
        let key = keys.at(at, plan.families[at]);
        let issuer_at = (at + 1).min(root);
        let issuer = keys.at(issuer_at, plan.families[issuer_at]);
        let signer =
            if plan.is(at, Forged) { keys.at(6, plan.families[issuer_at]) } else { issuer };
        let [from, until] = plan.dates(at);
        let public = key.verifying_key().public_key();
        let mut builder = CertificateBuilder::new(&name(at), public, &[7], from, until)
            .subject_key_id(providers)
            .unwrap();
        if let Some(above) = &above {
            builder = builder.authority_key_id(providers, above).unwrap();
        }
        for extension in plan.extensions(at) {
            builder = builder.extension(extension);
        }
        let issuer = if plan.is(at, OtherIssuer) { name(99) } else { name(issuer_at) };
        let certificate = builder.sign(&issuer, &**signer).unwrap();
        above = Some(certificate.clone());
        made.push((at, certificate));
    }
    let at_hand = |at: usize| !plan.is(at, Missing);
    let of = |wanted: &dyn Fn(usize) -> bool| -> Vec<Certificate> {
        let some = made.iter().filter(|(at, _)| wanted(*at) && at_hand(*at));
        some.map(|(_, certificate)| certificate.clone()).collect()
    };
    let mut intermediates = of(&|at| at > 0 && at < root);
    if random.below(2) == 0 {
        intermediates.reverse();
    }
    let mut options = Options::at(Time::parse("2030-01-01").unwrap().timestamp());
    options.policy = Policy::WebPki;
    options.purpose = Purpose::ServerAuth;
    options.host = Some(Host::parse("a.example.com").unwrap());
    let leaf = made.last().unwrap().1.clone();
    Question { anchors: of(&|at| at == root), intermediates, leaf, crls: Vec::new(), options }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }
}

#[test]
fn chains_from_a_seed_have_the_same_verdict_of_both_engines() {
    let providers = Providers::new(Suite::Gm, EngineChoice::Auto).unwrap();
    let keys = Keys::new(&providers);
    let mut random = Random(20_261_129);
    let (mut good, mut met, mut unseen) = (0, Vec::new(), 0);
    for round in 0..600 {
        let plan = Plan::new(&mut random);
        let question = question(&plan, &keys, &providers, &mut random);
        let opinions = Opinions::of(&question, &providers);
        let what = format!("{round}: {:?} of {:?}: {opinions}", plan.flaws, plan.families);
        assert_eq!(opinions.ours.is_ok(), plan.flaws.is_empty(), "{what}");
        let seen = plan.flaws.iter().any(|flaw| plan.they_see(*flaw));
        assert_eq!(opinions.theirs.is_ok(), !seen, "{what}");
        good += usize::from(plan.flaws.is_empty());
        unseen += usize::from(!opinions.agree());
        met.extend(plan.flaws.iter().map(|(_, flaw)| *flaw));
    }
    // Or the seed looks at less than it should.
    assert!(good > 100 && unseen > 10, "{good} {unseen}");
    for flaw in OF_LEAF.iter().chain(OF_MIDDLE).chain(OF_ROOT) {
        assert!(met.contains(flaw), "{flaw:?} was never met");
    }
}
