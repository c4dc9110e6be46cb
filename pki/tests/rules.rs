// SPDX-License-Identifier: Apache-2.0
//! Each rule of the path check, broken once in a chain of our own making, in both families and
//! across: the chain holds without the fault and fails with it, for the right reason.

mod common;

use bccsp::Suite;
use common::{NOW, Party, Plan, ca_extensions, name, providers, time};
use gmca_pki::extension::{
    BasicConstraints, CrlDistributionPoints, DistributionPoint, ExtendedKeyUsage, Extension,
    GeneralName, IssuingDistributionPoint, KeyUsage, NameConstraints, ReasonCode, SubjectAltName,
    TypedExtension,
};
use gmca_pki::path::{
    CrlCheck, Failure, Host, Options, Policy, Purpose, Rule, VerifiedPath, Verifier,
};
use gmca_pki::{Certificate, Crl, CrlBuilder, RevokedEntry, oid};

/// Root, CA and leaf of which the tests change one.
struct Chain {
    root: Party,
    ca: Party,
    leaf: Party,
}

const ROOT: &str = "/C=CN/O=Org/CN=Root";
const CA: &str = "/C=CN/O=Org/CN=CA";
const LEAF: &str = "/C=CN/O=Org/CN=leaf/emailAddress=a@b.test";

fn leaf_names() -> Extension {
    SubjectAltName(vec![
        GeneralName::Dns("www.b.test".into()),
        GeneralName::Dns("*.w.b.test".into()),
        GeneralName::ip("10.0.0.1").unwrap(),
        GeneralName::Uri("https://u.b.test/x".into()),
    ])
    .extension(false)
}

fn chain(ca: Vec<Extension>, leaf: Vec<Extension>) -> Chain {
    // Across the families: an SM2 root, a P-256 CA, an SM2 leaf.
    let root = Plan::ca(ROOT, Suite::Gm).issue(None);
    let ca = Plan { extensions: ca, serial: 2, ..Plan::new(CA, Suite::Nist) }.issue(Some(&root));
    let leaf = Plan { extensions: leaf, serial: 3, ..Plan::new(LEAF, Suite::Gm) }.issue(Some(&ca));
    Chain { root, ca, leaf }
}

fn good() -> Chain {
    chain(ca_extensions(Some(0)), vec![leaf_names()])
}

fn now() -> Options {
    Options::at(time(NOW).timestamp())
}

impl Chain {
    fn check(&self, options: &Options) -> Result<VerifiedPath, Failure> {
        self.check_with(&[], options)
    }

    fn check_with(&self, crls: &[Crl], options: &Options) -> Result<VerifiedPath, Failure> {
        let of = |party: &Party| [party.certificate.clone()];
        Verifier::new(&providers(), of(&self.root), of(&self.ca), crls.to_vec())
            .verify(&self.leaf.certificate, options)
    }
}

fn broken(result: Result<VerifiedPath, Failure>, index: usize) -> Rule {
    let failure = result.expect_err("it should not hold");
    assert_eq!(failure.index(), index, "{failure}");
    failure.rule().clone()
}

fn host(text: &str) -> Options {
    Options { host: Some(Host::parse(text).unwrap()), ..now() }
}

#[test]
fn a_good_chain_holds_and_is_given_back() {
    let chain = good();
    let path = chain.check(&now()).unwrap();
    let expected = [&chain.leaf, &chain.ca, &chain.root].map(|party| party.certificate.clone());
    assert_eq!(path.certificates(), expected);
    for policy in [Policy::GmField, Policy::Rfc5280] {
        chain.check(&Options { policy, ..now() }).unwrap();
    }
    // A verifier is used again and again, and its memory changes no verdict.
    let root = [chain.root.certificate.clone()];
    let verifier = Verifier::new(&providers(), root, [], []);
    for _ in 0..3 {
        let more = [chain.ca.certificate.clone()];
        assert!(verifier.verify(&chain.leaf.certificate, &now()).is_err());
        verifier.verify_with(&chain.leaf.certificate, &more, &now()).unwrap();
    }
}

#[test]
fn dates_of_every_certificate() {
    let chain = good();
    let at = |text: &str| Options::at(time(text).timestamp());
    assert!(matches!(
        broken(chain.check(&at("2025-12-31T23:59:59Z")), 0),
        Rule::NotYetValid { .. }
    ));
    chain.check(&at("2026-01-01T00:00:00Z")).unwrap();
    chain.check(&at("2027-01-01T00:00:00Z")).unwrap();
    assert!(matches!(broken(chain.check(&at("2027-01-01T00:00:01Z")), 0), Rule::Expired { .. }));

    let root = Plan { until: "2026-02-01", ..Plan::ca(ROOT, Suite::Nist) }.issue(None);
    let ca = Plan::ca(CA, Suite::Nist).issue(Some(&root));
    let leaf = Plan::new(LEAF, Suite::Nist).issue(Some(&ca));
    let old = Chain { root, ca, leaf };
    assert!(matches!(broken(old.check(&now()), 2), Rule::Expired { .. }));
}

#[test]
fn who_may_issue() {
    let none = |ca: Vec<Extension>| broken(chain(ca, vec![]).check(&now()), 1);
    assert_eq!(none(vec![]), Rule::NotACa);
    let not_ca = BasicConstraints { ca: false, path_len: None }.extension(true);
    assert_eq!(none(vec![not_ca]), Rule::NotACa);
    let ca = BasicConstraints { ca: true, path_len: None }.extension(true);
    let usage = KeyUsage::CRL_SIGN.extension(true);
    assert_eq!(none(vec![ca.clone(), usage]), Rule::NoKeyCertSign);
    chain(vec![ca], vec![]).check(&now()).unwrap();
}

#[test]
fn path_length() {
    let root =
        Plan { extensions: ca_extensions(Some(0)), ..Plan::new(ROOT, Suite::Gm) }.issue(None);
    let ca = Plan::ca(CA, Suite::Gm).issue(Some(&root));
    let leaf = Plan::new(LEAF, Suite::Gm).issue(Some(&ca));
    let chain = Chain { root, ca, leaf };
    assert_eq!(broken(chain.check(&now()), 2), Rule::PathTooLong { allowed: 0 });
}

/// Key rollover: a self-issued certificate counts neither for pathLen nor for depth.
#[test]
fn self_issued_certificates_do_not_count() {
    let root = Plan::ca(ROOT, Suite::Gm).issue(None);
    let old =
        Plan { extensions: ca_extensions(Some(0)), ..Plan::new(CA, Suite::Gm) }.issue(Some(&root));
    let new =
        Plan { extensions: ca_extensions(Some(0)), ..Plan::new(CA, Suite::Gm) }.issue(Some(&old));
    let leaf = Plan::new(LEAF, Suite::Gm).issue(Some(&new));
    let verifier =
        Verifier::new(&providers(), [root.certificate], [old.certificate, new.certificate], []);
    let path = verifier.verify(&leaf.certificate, &Options { max_depth: 1, ..now() }).unwrap();
    assert_eq!(path.certificates().len(), 4);
}

#[test]
fn depth() {
    let chain = good();
    chain.check(&Options { max_depth: 1, ..now() }).unwrap();
    let rule = broken(chain.check(&Options { max_depth: 0, ..now() }), 1);
    assert_eq!(rule, Rule::TooDeep { allowed: 0 });
}

#[test]
fn purposes_nest() {
    let server = ExtendedKeyUsage(vec![oid::SERVER_AUTH]).extension(false);
    let client = ExtendedKeyUsage(vec![oid::CLIENT_AUTH]).extension(false);
    let any = ExtendedKeyUsage(vec![oid::ANY_EXTENDED_KEY_USAGE]).extension(false);
    let as_server = Options { purpose: Purpose::ServerAuth, ..now() };
    let with = |ca: Option<&Extension>, leaf: Option<&Extension>| {
        let ca_all = ca_extensions(None).into_iter().chain(ca.cloned()).collect();
        chain(ca_all, leaf.cloned().into_iter().collect()).check(&as_server)
    };
    for (ca, leaf) in
        [(None, None), (None, Some(&server)), (Some(&server), Some(&any)), (Some(&any), None)]
    {
        with(ca, leaf).unwrap();
    }
    let wanted = Purpose::ServerAuth;
    assert_eq!(broken(with(None, Some(&client)), 0), Rule::Purpose { wanted });
    assert_eq!(broken(with(Some(&client), Some(&server)), 1), Rule::Purpose { wanted });
    let usage = KeyUsage::KEY_CERT_SIGN.extension(true);
    assert_eq!(broken(with(None, Some(&usage)), 0), Rule::KeyUsage { wanted });
    let other = Options { purpose: Purpose::named("codeSigning").unwrap(), ..now() };
    let leaf = chain(ca_extensions(None), vec![server]);
    assert!(matches!(broken(leaf.check(&other), 0), Rule::Purpose { .. }));
}

#[test]
fn hosts() {
    let chain = good();
    for good in ["www.b.test", "WWW.b.test.", "x.w.b.test", "10.0.0.1"] {
        chain.check(&host(good)).unwrap();
    }
    for bad in ["b.test", "x.y.w.b.test", "w.b.test", "10.0.0.2", "leaf"] {
        assert!(matches!(broken(chain.check(&host(bad)), 0), Rule::Host { .. }), "{bad}");
    }
    // The common name counts only when asked for, and only without alternative names.
    let plain = Plan::new("/CN=old.b.test", Suite::Gm).issue(Some(&chain.ca));
    let plain = Chain { leaf: plain, ..good_with(&chain) };
    assert!(matches!(broken(plain.check(&host("old.b.test")), 0), Rule::Host { .. }));
    plain.check(&Options { common_name_as_host: true, ..host("old.b.test") }).unwrap();
    assert!(chain.check(&Options { common_name_as_host: true, ..host("leaf") }).is_err());
}

fn good_with(chain: &Chain) -> Chain {
    Chain { root: chain.root.clone(), ca: chain.ca.clone(), leaf: chain.leaf.clone() }
}

#[test]
fn name_constraints_of_every_kind() {
    let verdict = |permitted: Vec<GeneralName>, excluded: Vec<GeneralName>| {
        let constraints = NameConstraints { permitted, excluded }.extension(true);
        let ca = ca_extensions(None).into_iter().chain([constraints]).collect();
        chain(ca, vec![leaf_names()]).check(&now())
    };
    let range = |ip: [u8; 4]| GeneralName::Ip([ip, [255, 0, 0, 0]].concat());
    let dns = |text: &str| GeneralName::Dns(text.into());
    let email = |text: &str| GeneralName::Email(text.into());
    let uri = |text: &str| GeneralName::Uri(text.into());
    let directory = |text: &str| GeneralName::Directory(name(text));
    for (inside, outside) in [
        (dns("b.test"), dns("c.test")),
        (range([10, 0, 0, 0]), range([11, 0, 0, 0])),
        (email("b.test"), email("c@b.test")),
        (uri(".b.test"), uri("b.test")),
        (directory("/C=CN/O=org"), directory("/C=CN/O=Other")),
    ] {
        verdict(vec![inside.clone()], vec![]).unwrap();
        verdict(vec![outside.clone(), inside.clone()], vec![]).unwrap();
        verdict(vec![], vec![outside.clone()]).unwrap();
        for fault in [verdict(vec![outside], vec![]), verdict(vec![], vec![inside.clone()])] {
            assert!(matches!(broken(fault, 0), Rule::NameConstraint { .. }), "{inside:?}");
        }
    }
    // A wildcard reaches into an excluded name below it.
    assert!(verdict(vec![], vec![dns("secret.w.b.test")]).is_err());
    // Constraints that cannot be judged against names of their kind refuse them.
    assert!(verdict(vec![dns("*.b.test")], vec![]).is_err());
}

/// Constraints reach every certificate below, not only the leaf, but not self-issued CAs.
#[test]
fn name_constraints_reach_down() {
    let constraints = NameConstraints {
        permitted: vec![GeneralName::Directory(name("/C=CN/O=Org"))],
        excluded: vec![],
    };
    let root = Plan::ca("/C=AA/CN=Root", Suite::Gm).with(constraints.extension(true)).issue(None);
    let verdict = |ca: &str, leaf: &str| {
        let ca = Plan::ca(ca, Suite::Gm).issue(Some(&root));
        let leaf = Plan::new(leaf, Suite::Gm).issue(Some(&ca));
        Chain { root: root.clone(), ca, leaf }.check(&now())
    };
    verdict("/C=CN/O=Org/CN=CA", "/C=CN/O=Org/CN=x").unwrap();
    assert!(matches!(
        broken(verdict("/C=AA/CN=CA", "/C=CN/O=Org/CN=x"), 1),
        Rule::NameConstraint { .. }
    ));
    verdict("/C=AA/CN=Root", "/C=CN/O=Org/CN=x").unwrap();
}

#[test]
fn extensions_that_are_not_understood() {
    let id = const_oid::ObjectIdentifier::new_unwrap("1.2.3.4");
    let unknown = |critical| Extension { id, critical, value: vec![5, 0] };
    chain(ca_extensions(None), vec![unknown(false)]).check(&now()).unwrap();
    let fault = chain(ca_extensions(None), vec![unknown(true)]).check(&now());
    assert_eq!(broken(fault, 0), Rule::CriticalExtension { id });
    let ca = ca_extensions(None).into_iter().chain([unknown(true)]).collect();
    assert_eq!(broken(chain(ca, vec![]).check(&now()), 1), Rule::CriticalExtension { id });
    let bad = Extension { id: oid::KEY_USAGE, critical: false, value: vec![5, 0] };
    let fault = chain(ca_extensions(None), vec![bad]).check(&now());
    assert!(matches!(broken(fault, 0), Rule::Malformed(_)));
}

#[test]
fn signatures_and_issuers() {
    let chain = good();
    // Another CA of the same name: its key did not sign.
    let impostor = Plan::ca(CA, Suite::Nist).issue(Some(&chain.root));
    let forged = Chain { ca: impostor.clone(), ..good_with(&chain) };
    assert!(matches!(broken(forged.check(&now()), 0), Rule::Signature { .. }));
    // With both at hand the right one is found, in either order.
    for order in [[&impostor, &chain.ca], [&chain.ca, &impostor]] {
        let pool = order.map(|party| party.certificate.clone());
        let verifier = Verifier::new(&providers(), [chain.root.certificate.clone()], pool, []);
        verifier.verify(&chain.leaf.certificate, &now()).unwrap();
    }
    let nobody = Verifier::new(&providers(), [chain.root.certificate.clone()], [], []);
    let rule = broken(nobody.verify(&chain.leaf.certificate, &now()), 0);
    assert_eq!(rule, Rule::IssuerUnknown { issuer: name(CA) });
    // A trusted leaf needs nobody.
    let own = Verifier::new(&providers(), [chain.leaf.certificate.clone()], [], []);
    assert_eq!(own.verify(&chain.leaf.certificate, &now()).unwrap().certificates().len(), 1);
}

/// An expired certificate of the CA beside its successor with the same name and key.
#[test]
fn a_dead_end_is_left_again() {
    let root = Plan::ca(ROOT, Suite::Gm).issue(None);
    let old = Plan { until: "2026-02-01", ..Plan::ca(CA, Suite::Gm) }.issue(Some(&root));
    let new = Plan { serial: 9, ..Plan::ca(CA, Suite::Gm) }.issue_for(Some(&root), &old.key);
    let leaf = Plan::new(LEAF, Suite::Gm).issue(Some(&old));
    let pool = [old.certificate, new.certificate.clone()];
    let verifier = Verifier::new(&providers(), [root.certificate], pool, []);
    let path = verifier.verify(&leaf.certificate, &now()).unwrap();
    assert_eq!(path.certificates()[1], new.certificate);
}

/// Twelve CAs that all certify each other under one name, and no root: a plain search would try
/// 12! orders.
#[test]
fn hostile_loops_cost_little() {
    let start = Plan::ca(CA, Suite::Gm).issue(None);
    let mut pool = vec![start.certificate.clone()];
    let mut parties = vec![start];
    for _ in 0..11 {
        let next = Plan::ca(CA, Suite::Gm).issue(parties.last());
        pool.push(next.certificate.clone());
        parties.push(next);
    }
    for (signer, subject) in (0..12).flat_map(|a| (0..12).map(move |b| (a, b))) {
        if signer != subject {
            let plan = Plan { serial: 100, ..Plan::ca(CA, Suite::Gm) };
            let cross = plan.issue_for(Some(&parties[signer]), &parties[subject].key);
            pool.push(cross.certificate);
        }
    }
    let leaf = Plan::new(LEAF, Suite::Gm).issue(parties.last());
    let other = Plan::ca(ROOT, Suite::Gm).issue(None);
    let verifier = Verifier::new(&providers(), [other.certificate], pool, []);
    assert_eq!(broken(verifier.verify(&leaf.certificate, &now()), 0), Rule::Budget);
}

fn crl(
    ca: &Party,
    from: &str,
    until: &str,
    revoked: Option<(u8, ReasonCode)>,
    more: Option<Extension>,
) -> Crl {
    let mut builder =
        CrlBuilder::new(&providers(), &ca.certificate, 1, time(from), time(until)).unwrap();
    if let Some((serial, reason)) = revoked {
        let (serial, date) = (vec![serial], time(from));
        builder = builder.revoke(RevokedEntry { serial, date, reason, invalidity: None });
    }
    if let Some(extension) = more {
        builder = builder.extension(extension);
    }
    builder.sign(&*ca.key).unwrap()
}

#[test]
fn revocation() {
    let chain = good();
    let fresh = |revoked| crl(&chain.ca, "2026-05-01", "2026-07-01", revoked, None);
    let leaf_only = Options { crls: CrlCheck::Leaf, ..now() };
    let check = |crls: &[Crl]| chain.check_with(crls, &leaf_only);
    assert_eq!(broken(check(&[]), 0), Rule::NoCrl);
    check(&[fresh(None)]).unwrap();
    check(&[fresh(Some((4, ReasonCode::KeyCompromise)))]).unwrap();
    let rule = broken(check(&[fresh(Some((3, ReasonCode::KeyCompromise)))]), 0);
    assert!(matches!(rule, Rule::Revoked { reason: ReasonCode::KeyCompromise, .. }));
    check(&[fresh(Some((3, ReasonCode::RemoveFromCrl)))]).unwrap();
    // The newest usable one decides.
    let newer = crl(&chain.ca, "2026-05-20", "2026-07-01", None, None);
    let hold = fresh(Some((3, ReasonCode::CertificateHold)));
    check(&[newer.clone(), hold.clone()]).unwrap();
    check(&[hold.clone(), newer]).unwrap();
    let rule = broken(check(&[hold]), 0);
    assert!(matches!(rule, Rule::Revoked { reason: ReasonCode::CertificateHold, .. }));
    // `All` asks for the CA, too.
    let all = Options { crls: CrlCheck::All, ..now() };
    assert_eq!(broken(chain.check_with(&[fresh(None)], &all), 1), Rule::NoCrl);
    let of_root = |revoked| crl(&chain.root, "2026-05-01", "2026-07-01", revoked, None);
    chain.check_with(&[fresh(None), of_root(None)], &all).unwrap();
    let revoked = of_root(Some((2, ReasonCode::CaCompromise)));
    assert!(matches!(
        broken(chain.check_with(&[fresh(None), revoked], &all), 1),
        Rule::Revoked { .. }
    ));
}

#[test]
fn lists_that_cannot_be_relied_on() {
    let chain = good();
    let options = Options { crls: CrlCheck::Leaf, ..now() };
    let refused = |crl: Crl, words: &str| {
        let Rule::Crl(text) = broken(chain.check_with(&[crl], &options), 0) else {
            panic!("{words}");
        };
        assert!(text.contains(words), "{text}");
    };
    let of = |from, until, more| crl(&chain.ca, from, until, None, more);
    refused(of("2026-04-01", "2026-05-01", None), "out of date");
    refused(of("2026-06-02", "2026-07-01", None), "not valid before");
    let fresh = |more| of("2026-05-01", "2026-07-01", Some(more));
    let id = const_oid::ObjectIdentifier::new_unwrap("1.2.3.4");
    refused(fresh(Extension { id, critical: true, value: vec![5, 0] }), "unknown critical");
    let delta = Extension { id: oid::DELTA_CRL_INDICATOR, critical: true, value: vec![2, 1, 1] };
    refused(fresh(delta), "delta");
    let scope = |point: IssuingDistributionPoint| fresh(point.extension(true));
    let none = IssuingDistributionPoint::default;
    refused(scope(IssuingDistributionPoint { indirect: true, ..none() }), "indirect");
    refused(scope(IssuingDistributionPoint { only_ca: true, ..none() }), "CAs only");
    let some = Some(vec![6, 0x40]);
    refused(scope(IssuingDistributionPoint { only_some_reasons: some, ..none() }), "some reasons");
    let names = vec![GeneralName::Uri("http://x/1".into())];
    refused(scope(IssuingDistributionPoint { names, ..none() }), "distribution point");
    let user = scope(IssuingDistributionPoint { only_user: true, ..none() });
    chain.check_with(&[user], &options).unwrap();
    // By another key in the name of the CA.
    let impostor = Plan::ca(CA, Suite::Nist).issue(Some(&chain.root));
    refused(crl(&impostor, "2026-05-01", "2026-07-01", None, None), "not by the issuer's key");
}

#[test]
fn lists_of_the_named_distribution_point() {
    let points = CrlDistributionPoints(vec![DistributionPoint::uri("http://x/1")]);
    let chain = chain(ca_extensions(None), vec![points.extension(false)]);
    let options = Options { crls: CrlCheck::Leaf, ..now() };
    let names = vec![GeneralName::Uri("http://x/1".into())];
    let point = IssuingDistributionPoint { names, ..IssuingDistributionPoint::default() };
    let list = crl(&chain.ca, "2026-05-01", "2026-07-01", None, Some(point.extension(true)));
    chain.check_with(&[list], &options).unwrap();
}

#[test]
fn a_ca_without_crl_sign() {
    let usage = KeyUsage::KEY_CERT_SIGN.extension(true);
    let basic = BasicConstraints { ca: true, path_len: None }.extension(true);
    let chain = chain(vec![basic, usage], vec![]);
    let options = Options { crls: CrlCheck::Leaf, ..now() };
    let list = crl(&chain.ca, "2026-05-01", "2026-07-01", None, None);
    assert!(matches!(broken(chain.check_with(&[list], &options), 0), Rule::Crl(_)));
}

/// Inner and outer algorithm must be the same bytes: NULL outside and nothing inside is refused.
#[test]
fn algorithms_inside_and_outside() {
    let root = Plan::ca(ROOT, Suite::Gm).issue(None);
    let der = root.certificate.as_der();
    let outer = root.certificate.signature_algorithm().as_der();
    let at = der.windows(outer.len()).rposition(|w| w == outer).unwrap();
    let mut with_null = outer.to_vec();
    with_null[1] += 2;
    with_null.extend([5, 0]);
    let mut changed = [&der[..at], &with_null, &der[at + outer.len()..]].concat();
    let length = u16::from_be_bytes([changed[2], changed[3]]) + 2;
    changed[2..4].copy_from_slice(&length.to_be_bytes());
    let changed = Certificate::from_der(&changed).unwrap();
    let key = root.key.verifying_key().public_key();
    let error = changed.verify_signature(&providers(), key).unwrap_err();
    assert!(matches!(error, gmca_pki::Error::AlgorithmsDiffer { .. }), "{error}");
}
