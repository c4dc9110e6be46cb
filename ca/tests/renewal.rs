// SPDX-License-Identifier: Apache-2.0
//! Certificates after certificates, and lists that say what is on hold and what is not any more.

mod common;

use bccsp::Suite;
use common::{DAY, NOW, host, key, name, order, root};
use gmca_ca::{Error, ListOrder, Order, Profile, Refusal, Renewal, State};
use pki::extension::{GeneralName, ReasonCode, SubjectAltName, TypedExtension};
use pki::path::{CrlCheck, Options, Verifier};
use pki::{Certificate, Crl, RequestBuilder};

fn in_both(test: impl Fn(Suite)) {
    Suite::ALL.into_iter().for_each(test);
}

fn refused(error: Error) -> String {
    match error {
        Error::Refused(refusal) => refusal.to_string(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_renewed_certificate_has_the_key_and_the_names_of_the_old_one() {
    in_both(|suite| {
        let (dir, (host, clock)) = (tempfile::tempdir().unwrap(), host(suite));
        let authority = root(&host, &dir.path().join("ca"));
        let names = SubjectAltName(vec![GeneralName::Dns("a.b".into())]);
        let request = RequestBuilder::new(&name("/O=Org1/CN=web"))
            .extension(names.extension(false))
            .sign(key(&host).as_ref())
            .unwrap();
        let order = Order::new(request, Profile::named("tls-server").unwrap());
        let old = authority.issue(&order).unwrap().certificate;
        clock.set(NOW.plus(300 * DAY));
        let new = authority.renew(old.serial(), &Renewal::default()).unwrap().certificate;
        assert_eq!(new.public_key_info(), old.public_key_info());
        assert_eq!(new.subject(), old.subject());
        assert_eq!(new.extensions(), old.extensions());
        assert_ne!(new.serial(), old.serial());
        assert_eq!(new.not_after().timestamp(), NOW.plus(665 * DAY));
        let records = authority.records().unwrap();
        assert_eq!(records[1].follows, Some(1));
        let rows = authority.audit().unwrap();
        assert_eq!(rows[2].action, "renew");
        assert!(rows[2].detail.ends_with(&format!(" after {}", old.serial_hex())));

        let again = authority.renew(old.serial(), &Renewal::default()).unwrap_err();
        assert!(refused(again).contains("followed by another already"));
        authority.renew(old.serial(), &Renewal { again: true, ..Renewal::default() }).unwrap();
    });
}

#[test]
fn a_new_key_is_proven_and_not_the_old_one() {
    in_both(|suite| {
        let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(suite));
        let authority = root(&host, &dir.path().join("ca"));
        let key_of_old = key(&host);
        let request = |subject: &str, key: &dyn bccsp::SigningKey| {
            RequestBuilder::new(&name(subject)).sign(key).unwrap()
        };
        let user = Profile::named("user").unwrap();
        let first = Order::new(request("/CN=x", key_of_old.as_ref()), user);
        let old = authority.issue(&first).unwrap().certificate;
        let rekey =
            |request: &pki::Request| authority.rekey(old.serial(), request, &Renewal::default());
        let same = rekey(&request("/CN=x", key_of_old.as_ref())).unwrap_err();
        assert!(refused(same).contains("has that key already"));
        let other = rekey(&request("/CN=y", key(&host).as_ref())).unwrap_err();
        assert!(refused(other).contains("another subject"));
        let mut forged = request("/CN=x", key(&host).as_ref()).as_der().to_vec();
        let at = forged.windows(2).position(|two| two == b"\x0c\x01").unwrap() + 2;
        forged[at] = b'X';
        let forged = rekey(&pki::Request::from_der(&forged).unwrap()).unwrap_err();
        assert!(matches!(forged, Error::Refused(Refusal::NoProofOfPossession)), "{forged}");

        let new = rekey(&request("/CN=x", key(&host).as_ref())).unwrap().certificate;
        assert_ne!(new.public_key_info(), old.public_key_info());
        authority.revoke(old.serial(), ReasonCode::Superseded).unwrap();
        let revoked = authority.renew(old.serial(), &Renewal::default()).unwrap_err();
        assert!(refused(revoked).contains("is revoked"));
    });
}

#[test]
fn what_has_ended_is_renewed_only_when_that_is_said() {
    let (dir, (host, clock)) = (tempfile::tempdir().unwrap(), host(Suite::Nist));
    let authority = root(&host, &dir.path().join("ca"));
    let old = authority.issue(&order(&host, "/CN=x")).unwrap().certificate;
    clock.set(NOW.plus(400 * DAY));
    let over = authority.renew(old.serial(), &Renewal::default()).unwrap_err();
    assert!(refused(over).contains("has ended"));
    let renewal = Renewal { expired: true, ..Renewal::default() };
    authority.renew(old.serial(), &renewal).unwrap();
}

#[test]
fn what_ends_soon_is_listed_unless_it_is_followed_or_revoked() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let authority = root(&host, &dir.path().join("ca"));
    let issue = |subject: &str, days| {
        let order = Order { days: Some(days), ..order(&host, subject) };
        authority.issue(&order).unwrap().certificate
    };
    let (soon, renewed, revoked) = (issue("/CN=soon", 30), issue("/CN=r", 31), issue("/CN=v", 32));
    let late = issue("/CN=late", 91);
    authority.renew(renewed.serial(), &Renewal::default()).unwrap();
    authority.revoke(revoked.serial(), ReasonCode::Superseded).unwrap();
    let found = |from: u64, until: u64| -> Vec<String> {
        let list = authority.expiring(NOW.plus(from * DAY), NOW.plus(until * DAY)).unwrap();
        list.iter().map(pki_serial).collect()
    };
    assert_eq!(found(0, 90), [soon.serial_hex()]);
    assert_eq!(found(0, 91), [soon.serial_hex(), late.serial_hex()]);
    assert_eq!(found(31, 91), [late.serial_hex()]);
}

fn pki_serial(record: &gmca_ca::Record) -> String {
    record.serial_hex()
}

struct Lists {
    providers: std::sync::Arc<bccsp::Providers>,
    root: Certificate,
}

impl Lists {
    fn says(&self, certificate: &Certificate, lists: &[&Crl]) -> bool {
        let lists: Vec<Crl> = lists.iter().map(|list| (*list).clone()).collect();
        let verifier = Verifier::new(&self.providers, [self.root.clone()], [], lists);
        let options = Options { crls: CrlCheck::All, ..Options::at(NOW.plus(120)) };
        verifier.verify(certificate, &options).is_ok()
    }
}

#[test]
fn what_is_on_hold_can_be_released_or_revoked_for_good() {
    in_both(|suite| {
        let (dir, (host, clock)) = (tempfile::tempdir().unwrap(), host(suite));
        let authority = root(&host, &dir.path().join("ca"));
        let lists =
            Lists { providers: host.providers.clone(), root: authority.certificate().clone() };
        let held = authority.issue(&order(&host, "/CN=held")).unwrap().certificate;
        let lost = authority.issue(&order(&host, "/CN=lost")).unwrap().certificate;
        let list =
            |delta| authority.list(&ListOrder { seconds: 3_600, delta, generation: None }).unwrap();
        assert!(matches!(
            authority.list(&ListOrder { seconds: 60, delta: true, generation: None }),
            Err(Error::NoCompleteList(_))
        ));
        authority.revoke(held.serial(), ReasonCode::CertificateHold).unwrap();
        authority.revoke(lost.serial(), ReasonCode::CertificateHold).unwrap();
        let twice = authority.revoke(lost.serial(), ReasonCode::CertificateHold);
        assert!(matches!(twice, Err(Error::AlreadyRevoked(_))));
        let base = list(false);
        assert!(!lists.says(&held, &[&base]) && !lists.says(&lost, &[&base]));
        clock.set(NOW.plus(60));
        authority.release(held.serial()).unwrap();
        authority.revoke(lost.serial(), ReasonCode::KeyCompromise).unwrap();
        let delta = list(true);
        assert_eq!(delta.entries().len(), 2);
        assert_eq!(delta.find(held.serial()).unwrap().reason().unwrap(), ReasonCode::RemoveFromCrl);
        assert!(lists.says(&held, &[&base, &delta]));
        assert!(!lists.says(&lost, &[&base, &delta]));
        let full = list(false);
        assert!(lists.says(&held, &[&full]) && !lists.says(&lost, &[&full]));
        assert_eq!(list(true).entries().len(), 0);

        assert!(matches!(authority.release(held.serial()), Err(Error::NotOnHold(_))));
        assert!(matches!(authority.release(lost.serial()), Err(Error::NotOnHold(_))));
        let again = authority.revoke(lost.serial(), ReasonCode::CertificateHold);
        assert!(matches!(again, Err(Error::AlreadyRevoked(_))));
        let back = authority.revoke(held.serial(), ReasonCode::RemoveFromCrl);
        assert!(matches!(back, Err(Error::Reason(_))));
        let states: Vec<State> =
            authority.records().unwrap().into_iter().map(|record| record.state).collect();
        assert!(matches!(states[..], [State::Issued, State::Revoked(_)]));
    });
}

#[test]
fn numbers_of_lists_go_up_and_deltas_name_their_base() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let authority = root(&host, &dir.path().join("ca"));
    let number = |crl: &Crl| crl.number().unwrap().unwrap().0;
    let list = |delta| authority.list(&ListOrder { seconds: 60, delta, generation: None }).unwrap();
    let (first, second) = (list(false), list(true));
    assert_eq!((number(&first), number(&second)), (vec![1], vec![2]));
    let base = second.extensions().get::<pki::extension::DeltaCrlIndicator>().unwrap().unwrap();
    assert_eq!(base.0, [1]);
    let next = second.next_update().unwrap().timestamp();
    assert_eq!(next, NOW.plus(60));
    let bad = authority.issue(&order(&host, "/CN=bad")).unwrap().certificate;
    let since = Some(NOW.plus(5));
    authority.revoke_suspect(bad.serial(), ReasonCode::KeyCompromise, since).unwrap();
    let entry = list(true).find(bad.serial()).unwrap().clone();
    let date = entry.extensions().get::<pki::extension::InvalidityDate>().unwrap().unwrap();
    assert_eq!(date.0.timestamp(), NOW.plus(5));
}
