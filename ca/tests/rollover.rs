// SPDX-License-Identifier: Apache-2.0
//! CAs after each other and beside each other: new keys with certificates that link them, renewed
//! CA certificates, and CAs that vouch for each other.

mod common;

use bccsp::{SecretBytes, Suite};
use common::{DAY, NOW, host, key, name, order, root};
use gmca_ca::{Authority, Error, ListOrder, NewCa, Profile, Rollover, Shape};
use pki::extension::{BasicConstraints, ReasonCode, SubjectKeyId, TypedExtension};
use pki::path::{CrlCheck, Options, Verifier};
use pki::{Certificate, CertificateBuilder, Crl, Time};

fn in_both(test: impl Fn(Suite)) {
    Suite::ALL.into_iter().for_each(test);
}

fn verify(
    host: &gmca_ca::Host,
    anchor: &Certificate,
    between: &[&Certificate],
    crls: &[Crl],
    leaf: &Certificate,
    at: u64,
) -> bool {
    let between = between.iter().map(|one| (*one).clone());
    let anchors = [anchor.clone()];
    let verifier = Verifier::new(&host.providers, anchors, between, crls.iter().cloned());
    let crls = if crls.is_empty() { CrlCheck::None } else { CrlCheck::Leaf };
    verifier.verify(leaf, &Options { crls, ..Options::at(NOW.plus(at)) }).is_ok()
}

#[test]
fn a_root_goes_on_with_a_new_key_and_both_are_linked() {
    in_both(|suite| {
        let (dir, (host, clock)) = (tempfile::tempdir().unwrap(), host(suite));
        let home = dir.path().join("ca");
        let mut authority = root(&host, &home);
        let first = authority.certificate().clone();
        let early = authority.issue(&order(&host, "/CN=early")).unwrap().certificate;
        clock.set(NOW.plus(100 * DAY));
        let rolled = authority.roll_over(&Rollover::default(), None).unwrap();
        let second = rolled.certificate.clone();
        assert_eq!(authority.certificate(), &second);
        assert_eq!(second.subject(), first.subject());
        assert_ne!(second.public_key_info(), first.public_key_info());
        let late = authority.issue(&order(&host, "/CN=late")).unwrap().certificate;
        let new_with_old = rolled.new_with_old.unwrap();
        let old_with_new = rolled.old_with_new.unwrap();
        // A link lives within the lives of both.
        assert_eq!(new_with_old.not_after(), first.not_after());
        assert_eq!(old_with_new.not_before(), first.not_before());
        let at = 100 * DAY;
        assert!(verify(&host, &second, &[], &[], &late, at));
        assert!(!verify(&host, &first, &[], &[], &late, at));
        assert!(verify(&host, &first, &[&new_with_old], &[], &late, at));
        assert!(!verify(&host, &second, &[], &[], &early, at));
        assert!(verify(&host, &second, &[&old_with_new], &[], &early, at));

        drop(authority);
        let authority = Authority::open_unlocked(&host, &home, None).unwrap();
        assert_eq!((authority.certificate(), authority.generation()), (&second, 1));
        let profiles: Vec<String> =
            authority.records().unwrap().into_iter().map(|record| record.profile).collect();
        assert_eq!(profiles, ["user", "root", "new-with-old", "old-with-new", "user"]);
        authority.audit().unwrap();
    });
}

#[test]
fn lists_are_signed_by_the_key_of_the_certificates_they_are_for() {
    in_both(|suite| {
        let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(suite));
        let mut authority = root(&host, &dir.path().join("ca"));
        let first = authority.certificate().clone();
        let bad = authority.issue(&order(&host, "/CN=bad")).unwrap().certificate;
        let good = authority.issue(&order(&host, "/CN=good")).unwrap().certificate;
        authority.roll_over(&Rollover::default(), None).unwrap();
        authority.revoke(bad.serial(), ReasonCode::KeyCompromise).unwrap();
        let list = |generation, delta| {
            authority.list(&ListOrder { seconds: DAY, delta, generation }).unwrap()
        };
        let (old, new) = (list(Some(0), false), list(None, false));
        assert!(verify(&host, &first, &[], std::slice::from_ref(&old), &good, 1));
        assert!(!verify(&host, &first, &[], std::slice::from_ref(&old), &bad, 1));
        assert!(!verify(&host, &first, &[], std::slice::from_ref(&new), &good, 1));
        let base = |crl: &Crl| {
            crl.extensions().get::<pki::extension::DeltaCrlIndicator>().unwrap().unwrap().0
        };
        assert_eq!(base(&list(Some(0), true)), old.number().unwrap().unwrap().0);
        assert_eq!(base(&list(None, true)), new.number().unwrap().unwrap().0);
        let missing = ListOrder { seconds: 1, delta: false, generation: Some(7) };
        assert!(matches!(authority.list(&missing), Err(Error::Unusable { .. })));
    });
}

#[test]
fn a_ca_is_renewed_with_the_key_it_has() {
    in_both(|suite| {
        let (dir, (host, clock)) = (tempfile::tempdir().unwrap(), host(suite));
        let mut top = root(&host, &dir.path().join("root"));
        let new = NewCa::below(name("/O=Org1/CN=Issuing"));
        let (mut below, _) =
            Authority::init_below(&host, &dir.path().join("sub"), &new, &top).unwrap();
        below.issue(&order(&host, "/CN=leaf")).unwrap();
        clock.set(NOW.plus(1_000 * DAY));
        let keep = Rollover { keep_key: true, ..Rollover::default() };
        let old_root = top.certificate().clone();
        let rolled = top.roll_over(&keep, None).unwrap();
        assert!(rolled.new_with_old.is_none());
        assert_eq!(rolled.certificate.public_key_info(), old_root.public_key_info());
        assert_eq!(rolled.certificate.not_after().timestamp(), NOW.plus(4_650 * DAY));
        let again = below.roll_over(&keep, Some(&top)).unwrap().certificate;
        assert_eq!(again.not_after().timestamp(), NOW.plus(2_825 * DAY));
        assert_eq!(below.chain().len(), 2);
        let fresh = below.issue(&order(&host, "/CN=fresh")).unwrap().certificate;
        for anchor in [&old_root, top.certificate()] {
            assert!(verify(&host, anchor, &[&again], &[], &fresh, 1_000 * DAY));
        }

        let alone = below.roll_over(&keep, None).unwrap_err();
        assert!(alone.to_string().contains("name it (--parent)"), "{alone}");
        let change = below.roll_over(&Rollover::default(), Some(&top)).unwrap().certificate;
        assert_ne!(change.public_key_info(), again.public_key_info());
    });
}

#[test]
fn a_password_guards_the_new_key_too() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let home = dir.path().join("ca");
    let password = || Some(SecretBytes::copy_from(b"correct horse"));
    let new = NewCa { password: password(), ..NewCa::root(name("/CN=Root")) };
    let (mut authority, _) = Authority::init(&host, &home, &new).unwrap();
    let order_ = Rollover { password: password(), ..Rollover::default() };
    authority.roll_over(&order_, None).unwrap();
    drop(authority);
    assert!(Authority::open_unlocked(&host, &home, None).is_err());
    let authority = Authority::open_unlocked(&host, &home, password()).unwrap();
    authority.issue(&order(&host, "/CN=x")).unwrap();
    let old = ListOrder { seconds: DAY, delta: false, generation: Some(0) };
    authority.list(&old).unwrap();
}

#[test]
fn the_file_follows_the_record() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Nist));
    let home = dir.path().join("ca");
    let mut authority = root(&host, &home);
    let before = sys::Disk::read(&sys::SystemDisk, &home.join("ca.crt")).unwrap();
    let rolled = authority.roll_over(&Rollover::default(), None).unwrap();
    drop(authority);
    // As if the process had ended between the two.
    let path = home.join("ca.crt");
    sys::Disk::replace(&sys::SystemDisk, &path, &before, sys::Access::Public).unwrap();
    let authority = Authority::open_unlocked(&host, &home, None).unwrap();
    assert_eq!(authority.certificate(), &rolled.certificate);
    let after = sys::Disk::read(&sys::SystemDisk, &path).unwrap();
    assert_eq!(Certificate::from_pem_or_der(&after).unwrap(), rolled.certificate);
}

#[test]
fn two_roots_vouch_for_each_other() {
    let (dir, (gm, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let (nist, _) = host(Suite::Nist);
    let one = root(&gm, &dir.path().join("one"));
    let new = NewCa::root(name("/O=Org2/CN=Root 2"));
    let (other, _) = Authority::init(&nist, &dir.path().join("other"), &new).unwrap();
    let shape = Shape::from(Profile::named("cross").unwrap());
    let cross = one.cross_certify(other.certificate(), &shape, None).unwrap().certificate;
    assert_eq!(cross.subject(), other.certificate().subject());
    assert_eq!(cross.public_key_info(), other.certificate().public_key_info());
    let leaf = other.issue(&order(&nist, "/CN=leaf")).unwrap().certificate;
    assert!(verify(&gm, one.certificate(), &[&cross], &[], &leaf, 1));
    assert!(!verify(&gm, one.certificate(), &[], &[], &leaf, 1));
    assert_eq!(one.audit().unwrap().last().unwrap().action, "cross");

    let own = one.cross_certify(one.certificate(), &shape, None).unwrap_err();
    assert!(matches!(own, Error::Refused(gmca_ca::Refusal::OwnKey)), "{own}");
    let user = other.issue(&order(&nist, "/CN=user")).unwrap().certificate;
    let no_ca = one.cross_certify(&user, &shape, None).unwrap_err();
    assert!(no_ca.to_string().contains("only a root CA"), "{no_ca}");
}

#[test]
fn another_root_is_known_by_the_identifier_that_it_has() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Nist));
    let authority = root(&host, &dir.path().join("ca"));
    let key = key(&host);
    let (from, until) = (Time::new(NOW), Time::new(NOW.plus(DAY)));
    let public = key.verifying_key().public_key();
    let other = CertificateBuilder::new(&name("/CN=Other"), public, &[1], from, until)
        .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
        .extension(SubjectKeyId(vec![7; 20]).extension(false))
        .sign_self(key.as_ref())
        .unwrap();
    let shape = Shape::from(Profile::named("cross").unwrap());
    let cross = authority.cross_certify(&other, &shape, None).unwrap().certificate;
    let id = cross.extensions().get::<SubjectKeyId>().unwrap().unwrap();
    assert_eq!(id.0, [7; 20]);

    // The same under another name: its signature proves nothing any more.
    let mut forged = other.as_der().to_vec();
    while let Some(at) = forged.windows(5).position(|part| part == b"Other") {
        forged[at..at + 5].copy_from_slice(b"OTHER");
    }
    let forged = Certificate::from_der(&forged).unwrap();
    let refused = authority.cross_certify(&forged, &shape, None).unwrap_err();
    let unproven = matches!(refused, Error::Refused(gmca_ca::Refusal::NoProofOfPossession));
    assert!(unproven, "{refused}");
}
