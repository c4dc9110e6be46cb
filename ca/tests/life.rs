// SPDX-License-Identifier: Apache-2.0
//! The life of a CA in both families: made, issuing, revoking, listing, closing, opening again.

#![allow(clippy::disallowed_methods)] // tests look at the real disk

mod common;

use bccsp::{SecretBytes, Suite};
use common::{DAY, NOW, host, name, order, root};
use gmca_ca::{Authority, Error, NewCa, Order, Profile, Refusal, State};
use pki::extension::{BasicConstraints, GeneralName, ReasonCode, SubjectAltName, TypedExtension};
use pki::path::{CrlCheck, Options, Verifier};
use pki::{Certificate, RequestBuilder};
use sys::Timestamp;

fn in_both(test: impl Fn(Suite)) {
    Suite::ALL.into_iter().for_each(test);
}

#[test]
fn a_certificate_is_issued_verified_and_on_record() {
    in_both(|suite| {
        let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(suite));
        let home = dir.path().join("ca");
        let authority = root(&host, &home);
        let issued = authority.issue(&order(&host, "/O=Org1/CN=peer0")).unwrap();
        let verifier = Verifier::new(&host.providers, [authority.certificate().clone()], [], []);
        verifier.verify(&issued.certificate, &Options::at(NOW)).unwrap();
        let root = authority.certificate().clone();
        drop(authority);

        let authority = Authority::open(&host, &home).unwrap();
        assert_eq!(authority.certificate(), &root);
        let records = authority.records().unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].state, State::Issued);
        assert_eq!(records[0].subject, "CN=peer0,O=Org1");
        assert_eq!(records[0].certificate, issued.certificate.as_der());
        let actions: Vec<String> =
            authority.audit().unwrap().into_iter().map(|row| row.action).collect();
        assert_eq!(actions, ["init", "issue"]);
    });
}

#[test]
fn serial_numbers_are_long_positive_and_different() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let authority = root(&host, &dir.path().join("ca"));
    let one = order(&host, "/CN=x");
    let orders = vec![one; 200];
    let issued = authority.issue_many(&orders).unwrap();
    let mut serials: Vec<Vec<u8>> =
        issued.into_iter().map(|i| i.unwrap().certificate.serial().to_vec()).collect();
    assert!(serials.iter().all(|serial| serial.len() == 16 && (0x40..0x80).contains(&serial[0])));
    serials.sort();
    serials.dedup();
    assert_eq!(serials.len(), 200);
}

#[test]
fn revoked_certificates_are_on_the_next_list() {
    in_both(|suite| {
        let (dir, (host, clock)) = (tempfile::tempdir().unwrap(), host(suite));
        let authority = root(&host, &dir.path().join("ca"));
        let bad = authority.issue(&order(&host, "/CN=bad")).unwrap().certificate;
        let good = authority.issue(&order(&host, "/CN=good")).unwrap().certificate;
        let empty = authority.crl(30).unwrap();
        clock.set(NOW.plus(60));
        authority.revoke(bad.serial(), ReasonCode::KeyCompromise).unwrap();
        let again = authority.revoke(bad.serial(), ReasonCode::KeyCompromise);
        assert!(matches!(again, Err(Error::AlreadyRevoked(_))));
        assert!(matches!(
            authority.revoke(&[1, 2, 3], ReasonCode::KeyCompromise),
            Err(Error::UnknownSerial(_))
        ));
        let full = authority.crl(30).unwrap();
        let number = |crl: &pki::Crl| crl.number().unwrap().unwrap().0;
        assert!(number(&full) > number(&empty));

        let verifier =
            Verifier::new(&host.providers, [authority.certificate().clone()], [], [full]);
        let options = Options { crls: CrlCheck::All, ..Options::at(NOW.plus(120)) };
        verifier.verify(&good, &options).unwrap();
        assert!(verifier.verify(&bad, &options).is_err());
        let revoked: Vec<_> = authority.records().unwrap().into_iter().map(|r| r.state).collect();
        assert!(matches!(revoked[..], [State::Revoked(_), State::Issued]));
    });
}

#[test]
fn a_ca_below_another_issues_and_may_have_none_below() {
    in_both(|suite| {
        let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(suite));
        let parent = root(&host, &dir.path().join("root"));
        let new = NewCa::below(name("/O=Org1/CN=Issuing"));
        let (below, _) =
            Authority::init_below(&host, &dir.path().join("sub"), &new, &parent).unwrap();
        assert_eq!(below.chain().len(), 2);
        let basic = below.certificate().extensions().get::<BasicConstraints>().unwrap().unwrap();
        assert_eq!((basic.ca, basic.path_len), (true, Some(0)));
        let leaf = below.issue(&order(&host, "/CN=leaf")).unwrap().certificate;
        let anchors = [parent.certificate().clone()];
        let verifier = Verifier::new(&host.providers, anchors, [below.certificate().clone()], []);
        verifier.verify(&leaf, &Options::at(NOW)).unwrap();

        let third = Authority::init_below(&host, &dir.path().join("third"), &new, &below);
        assert!(matches!(third, Err(Error::Refused(Refusal::NoCaBelow))));
        assert!(!dir.path().join("third").exists());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    });
}

#[test]
fn alternative_names_are_taken_over_and_nothing_else() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Nist));
    let authority = root(&host, &dir.path().join("ca"));
    let names = SubjectAltName(vec![GeneralName::Dns("a.b".into())]);
    let wish_to_be_ca = BasicConstraints { ca: true, path_len: None };
    let request = RequestBuilder::new(&name("/CN=x"))
        .extension(names.extension(false))
        .extension(wish_to_be_ca.extension(true))
        .sign(common::key(&host).as_ref())
        .unwrap();
    let order = Order::new(request, Profile::named("tls-server").unwrap());
    let certificate = authority.issue(&order).unwrap().certificate;
    let extensions = certificate.extensions();
    assert_eq!(extensions.get::<SubjectAltName>().unwrap(), Some(names));
    assert!(!extensions.get::<BasicConstraints>().unwrap().unwrap().ca);
}

#[test]
fn a_certificate_does_not_outlive_its_issuer() {
    let (dir, (host, clock)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let authority = root(&host, &dir.path().join("ca"));
    clock.set(NOW.plus(3600 * DAY));
    let issued = authority.issue(&order(&host, "/CN=x")).unwrap();
    assert_eq!(issued.certificate.not_after(), authority.certificate().not_after());
    assert_eq!(issued.notes.len(), 1, "{:?}", issued.notes);

    clock.set(NOW.plus(3651 * DAY));
    assert!(matches!(authority.issue(&order(&host, "/CN=x")), Err(Error::Unusable { .. })));
    assert!(matches!(authority.crl(1), Err(Error::Unusable { .. })));
}

#[test]
fn bad_requests_are_refused_and_leave_no_record() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let (other, _) = common::host(Suite::Nist);
    let authority = root(&host, &dir.path().join("ca"));
    let refusal = |order: &Order| match authority.issue(order) {
        Err(Error::Refused(refusal)) => refusal,
        result => panic!("{result:?}"),
    };
    let mut der = common::request(&host, "/CN=x").as_der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let broken = pki::Request::from_der(&der).unwrap();
    let user = || Profile::named("user").unwrap();
    assert_eq!(refusal(&Order::new(broken, user())), Refusal::NoProofOfPossession);
    let foreign = order(&other, "/CN=x");
    assert!(matches!(refusal(&foreign), Refusal::OtherFamily { .. }));
    let nameless = Order { subject: Some(pki::Name::empty()), ..order(&host, "/CN=x") };
    assert_eq!(refusal(&nameless), Refusal::NoName);
    let never = Order { days: Some(0), ..order(&host, "/CN=x") };
    assert_eq!(refusal(&never), Refusal::Validity);
    let forever = Order { days: Some(u32::MAX), ..order(&host, "/CN=x") };
    assert_eq!(refusal(&forever), Refusal::Validity);
    assert_eq!(authority.records().unwrap(), []);

    authority.issue(&Order { any_key: true, ..foreign }).unwrap();
}

#[test]
fn one_bad_order_does_not_keep_the_others_back() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Nist));
    let (other, _) = common::host(Suite::Gm);
    let authority = root(&host, &dir.path().join("ca"));
    let mut orders: Vec<Order> = (0..100).map(|n| order(&host, &format!("/CN=n{n}"))).collect();
    orders[37] = order(&other, "/CN=foreign");
    let results = authority.issue_many(&orders).unwrap();
    for (n, result) in results.iter().enumerate() {
        match result {
            Ok(issued) => {
                let cn = issued.certificate.subject().common_name().map(str::to_owned);
                assert_eq!(cn, Some(format!("n{n}")));
            }
            Err(_) => assert_eq!(n, 37),
        }
    }
    assert_eq!(authority.records().unwrap().len(), 99);
}

#[test]
fn the_key_is_kept_under_its_password() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let home = dir.path().join("ca");
    let password = |text: &[u8]| Some(SecretBytes::copy_from(text));
    let new = NewCa { password: password(b"right"), ..NewCa::root(name("/CN=Root")) };
    drop(Authority::init(&host, &home, &new).unwrap());
    let mut authority = Authority::open(&host, &home).unwrap();
    assert!(matches!(authority.issue(&order(&host, "/CN=x")), Err(Error::Unusable { .. })));
    assert!(authority.unlock(None).is_err());
    assert!(matches!(
        authority.unlock(password(b"wrong")),
        Err(Error::Provider(bccsp::Error::Refused))
    ));
    authority.unlock(password(b"right")).unwrap();
    authority.issue(&order(&host, "/CN=x")).unwrap();
}

#[test]
fn an_existing_folder_is_kept_and_a_second_opener_refused_by_name() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let home = dir.path().join("ca");
    let authority = root(&host, &home);
    let again = Authority::init(&host, &home, &NewCa::root(name("/CN=Root")));
    assert!(matches!(again, Err(Error::Exists(_))));
    // The clock is set by hand, so that waiting takes no time here.
    match Authority::open(&host, &home) {
        Err(Error::InUse { holder, .. }) => {
            assert!(holder.contains(&std::process::id().to_string()), "{holder}");
        }
        result => panic!("{result:?}"),
    }
    drop(authority);
    Authority::open(&host, &home).unwrap();
    assert!(matches!(Authority::open(&host, dir.path()), Err(Error::NoCa(_))));
}

#[test]
fn a_name_that_is_a_certificate_can_be_read_by_others() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let home = dir.path().join("ca");
    let authority = root(&host, &home);
    let pem = std::fs::read(home.join("ca.crt")).unwrap();
    assert_eq!(&Certificate::from_pem_or_der(&pem).unwrap(), authority.certificate());
    assert_eq!(authority.certificate().not_after().timestamp(), Timestamp(NOW.0 + 3650 * DAY));
}
