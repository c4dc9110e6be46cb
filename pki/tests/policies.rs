// SPDX-License-Identifier: Apache-2.0
//! What the named policies differ in, certificate policies along a path, and delta CRLs.

mod common;

use bccsp::Suite;
use common::{NOW, Party, Plan, ca_extensions, providers, time};
use const_oid::ObjectIdentifier;
use gmca_pki::extension::{
    CertificatePolicies, DeltaCrlIndicator, Extension, InhibitAnyPolicy, IssuingDistributionPoint,
    PolicyConstraints, PolicyInformation, PolicyMappings, ReasonCode, TypedExtension,
};
use gmca_pki::path::{CrlCheck, Failure, Options, Policy, Rule, VerifiedPath, Verifier};
use gmca_pki::{Crl, CrlBuilder, RevokedEntry, oid};

const GOLD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.3.1");
const SILVER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.3.2");

fn now() -> Options {
    Options::at(time(NOW).timestamp())
}

/// Root, CA and leaf, in this order.
fn check(chain: [&Party; 3], crls: &[Crl], options: &Options) -> Result<VerifiedPath, Failure> {
    let [root, ca, leaf] = chain.map(|party| party.certificate.clone());
    Verifier::new(&providers(), [root], [ca], crls.to_vec()).verify(&leaf, options)
}

/// The table of docs/paths.md says what is refused, and nothing else.
#[test]
fn the_documentation_has_every_demand() {
    let page = include_str!("../../docs/paths.md");
    let strict = [Policy::FabricMsp, Policy::Rfc5280, Policy::WebPki];
    let mut expected = Vec::new();
    for (of, why) in strict.iter().flat_map(|policy| policy.demands()) {
        let mark = |policy: &Policy| {
            if policy.demands().any(|demand| demand == (of, why)) { " x " } else { "  " }
        };
        let marks: Vec<&str> = strict.iter().map(mark).collect();
        let row = format!("| {of} | {why} |{}|", marks.join("|"));
        assert!(page.lines().any(|line| line == row), "docs/paths.md lacks: {row}");
        expected.push(row);
    }
    for line in page.lines().filter(|line| line.ends_with(" x |") || line.ends_with(" x |  |")) {
        assert!(expected.iter().any(|row| row == line), "docs/paths.md has too much: {line}");
    }
    assert_eq!(Policy::GmField.demands().count(), 0);
    assert!(Policy::ALL.iter().all(|policy| page.contains(policy.name())));
}

#[test]
fn fabric_judges_at_the_start_and_takes_no_ca() {
    let root = Plan::ca("/CN=Root", Suite::Gm).issue(None);
    let ca = Plan::ca("/CN=CA", Suite::Gm).issue(Some(&root));
    let leaf = Plan { until: "2026-02-01", ..Plan::new("/CN=leaf", Suite::Nist) };
    let leaf = leaf.issue(Some(&ca));
    let fabric = Options { policy: Policy::FabricMsp, ..now() };
    assert!(matches!(
        check([&root, &ca, &leaf], &[], &now()).unwrap_err().rule(),
        Rule::Expired { .. }
    ));
    check([&root, &ca, &leaf], &[], &fabric).unwrap();
    let late = Plan { from: "2026-03-01", ..Plan::ca("/CN=CA", Suite::Gm) };
    let late = late.issue_for(Some(&root), &ca.key);
    let failure = check([&root, &late, &leaf], &[], &fabric).unwrap_err();
    assert!(matches!(failure.rule(), Rule::NotYetValid { .. }), "{failure}");
    let sub = Plan::ca("/CN=sub", Suite::Gm).issue(Some(&ca));
    check([&root, &ca, &sub], &[], &now()).unwrap();
    let failure = check([&root, &ca, &sub], &[], &fabric).unwrap_err();
    assert_eq!(*failure.rule(), Rule::Policy("a CA in the place of an end entity"));
}

fn policies(list: &[ObjectIdentifier]) -> Extension {
    let one = |id: &ObjectIdentifier| PolicyInformation { id: *id, qualifiers: Vec::new() };
    CertificatePolicies(list.iter().map(one).collect()).extension(false)
}

/// A chain whose CA and leaf have these extensions.
fn under_policies(ca: Vec<Extension>, leaf: Vec<Extension>) -> [Party; 3] {
    let root = Plan::ca("/CN=Root", Suite::Gm).issue(None);
    let ca: Vec<Extension> = ca_extensions(None).into_iter().chain(ca).collect();
    let ca = Plan { extensions: ca, ..Plan::new("/CN=CA", Suite::Nist) }.issue(Some(&root));
    let leaf = Plan { extensions: leaf, ..Plan::new("/CN=leaf", Suite::Gm) }.issue(Some(&ca));
    [root, ca, leaf]
}

#[test]
fn certificate_policies() {
    let explicit = || {
        let constraints = PolicyConstraints { require_explicit: Some(0), inhibit_mapping: None };
        constraints.extension(true)
    };
    let verdict = |ca: Vec<Extension>, leaf: Vec<Extension>, accepted: &[ObjectIdentifier]| {
        let [root, ca, leaf] = under_policies(ca, leaf);
        let explicit_policy = !accepted.is_empty();
        let options = Options { policies: accepted.to_vec(), explicit_policy, ..now() };
        match check([&root, &ca, &leaf], &[], &options) {
            Ok(_) => true,
            Err(failure) => {
                assert_eq!(*failure.rule(), Rule::NoPolicy, "{failure}");
                false
            }
        }
    };
    let any = oid::ANY_POLICY;
    // Nobody asks: whatever is named is taken.
    assert!(verdict(vec![policies(&[GOLD])], vec![policies(&[SILVER])], &[]));
    // The CA asks.
    assert!(!verdict(vec![explicit(), policies(&[GOLD])], vec![policies(&[SILVER])], &[]));
    assert!(!verdict(vec![explicit(), policies(&[GOLD])], vec![], &[]));
    assert!(verdict(vec![explicit(), policies(&[GOLD])], vec![policies(&[GOLD])], &[]));
    // The caller asks.
    assert!(verdict(vec![policies(&[any])], vec![policies(&[GOLD])], &[GOLD]));
    assert!(!verdict(vec![policies(&[any])], vec![policies(&[GOLD])], &[SILVER]));
    assert!(verdict(vec![policies(&[GOLD])], vec![policies(&[any])], &[GOLD]));
    assert!(verdict(vec![policies(&[any])], vec![policies(&[any])], &[SILVER]));
    assert!(!verdict(vec![], vec![policies(&[GOLD])], &[GOLD]));
    // anyPolicy in the leaf counts no more.
    let inhibit = || InhibitAnyPolicy(0).extension(true);
    assert!(!verdict(vec![inhibit(), policies(&[GOLD])], vec![policies(&[any])], &[GOLD]));
    // The CA's gold is the leaf's silver: who accepts gold takes it, who accepts silver does not.
    let map = || PolicyMappings(vec![(GOLD, SILVER)]).extension(true);
    assert!(verdict(vec![map(), policies(&[GOLD])], vec![policies(&[SILVER])], &[GOLD]));
    assert!(!verdict(vec![map(), policies(&[GOLD])], vec![policies(&[SILVER])], &[SILVER]));
    assert!(!verdict(vec![map(), policies(&[GOLD])], vec![policies(&[GOLD])], &[GOLD]));
    assert!(verdict(vec![map(), policies(&[any])], vec![policies(&[SILVER])], &[GOLD]));
}

#[test]
fn any_policy_is_not_mapped() {
    let map = PolicyMappings(vec![(oid::ANY_POLICY, SILVER)]).extension(true);
    let [root, ca, leaf] = under_policies(vec![map, policies(&[GOLD])], vec![]);
    let failure = check([&root, &ca, &leaf], &[], &now()).unwrap_err();
    assert_eq!(
        (failure.index(), failure.rule()),
        (1, &Rule::Malformed("it maps anyPolicy".into()))
    );
}

/// A list of the CA with the leaf on it or not; a delta where `base` says to which.
fn list(ca: &Party, number: u64, base: Option<u8>, revoked: Option<ReasonCode>) -> Crl {
    let from = time("2026-05-01");
    let until = time("2026-07-01");
    let mut builder = CrlBuilder::new(&providers(), &ca.certificate, number, from, until).unwrap();
    if let Some(reason) = revoked {
        let serial = vec![1];
        builder = builder.revoke(RevokedEntry { serial, date: from, reason, invalidity: None });
    }
    if let Some(base) = base {
        builder = builder.extension(DeltaCrlIndicator(vec![base]).extension(true));
    }
    builder.sign(&*ca.key).unwrap()
}

#[test]
fn delta_lists() {
    let root = Plan::ca("/CN=Root", Suite::Gm).issue(None);
    let ca = Plan::ca("/CN=CA", Suite::Gm).issue(Some(&root));
    let leaf = Plan::new("/CN=leaf", Suite::Nist).issue(Some(&ca));
    let options = Options { crls: CrlCheck::Leaf, ..now() };
    let is_revoked = |crls: &[Crl]| match check([&root, &ca, &leaf], crls, &options) {
        Ok(_) => Some(false),
        Err(failure) if matches!(failure.rule(), Rule::Revoked { .. }) => Some(true),
        Err(_) => None,
    };
    let compromised = Some(ReasonCode::KeyCompromise);
    let complete = list(&ca, 3, None, None);
    let delta = list(&ca, 5, Some(3), compromised);
    assert_eq!(is_revoked(&[complete.clone(), delta.clone()]), Some(true));
    assert_eq!(is_revoked(&[delta.clone(), complete.clone()]), Some(true));
    // Off hold again.
    let hold = list(&ca, 3, None, Some(ReasonCode::CertificateHold));
    let off = list(&ca, 4, Some(3), Some(ReasonCode::RemoveFromCrl));
    assert_eq!(is_revoked(std::slice::from_ref(&hold)), Some(true));
    assert_eq!(is_revoked(&[hold, off]), Some(false));
    // A delta by itself says nothing, nor does one to a later list or one that is older.
    assert_eq!(is_revoked(&[delta]), None);
    assert_eq!(is_revoked(&[complete.clone(), list(&ca, 5, Some(4), compromised)]), Some(false));
    assert_eq!(is_revoked(&[complete.clone(), list(&ca, 2, Some(1), compromised)]), Some(false));
    // Of another scope.
    let point = IssuingDistributionPoint { only_user: true, ..Default::default() };
    let (from, until) = (time("2026-05-01"), time("2026-07-01"));
    let scoped = CrlBuilder::new(&providers(), &ca.certificate, 3, from, until).unwrap();
    let scoped = scoped.extension(point.extension(true)).sign(&*ca.key).unwrap();
    let delta = list(&ca, 5, Some(3), compromised);
    assert_eq!(is_revoked(&[scoped, delta]), Some(false));
    // Not by the CA.
    let forged = Party { key: root.key.clone(), ..ca.clone() };
    assert_eq!(is_revoked(&[complete, list(&forged, 5, Some(3), compromised)]), Some(false));
}
