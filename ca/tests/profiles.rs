// SPDX-License-Identifier: Apache-2.0
//! Profiles as data: what is read, what is refused and how it says so, and what they make of
//! requests, in both families.

mod common;

use bccsp::Suite;
use common::{DAY, NOW, host, key, name, request, root};
use gmca_ca::{Error, Order, Profile, Profiles, Refusal, Wishes};
use pki::extension::{
    BasicConstraints, ExtendedKeyUsage, GeneralName, KeyUsage, NameConstraints, SubjectAltName,
    SubjectId, TypedExtension,
};
use pki::{RequestBuilder, oid};

/// What a file is refused with.
fn refused(yaml: &str) -> String {
    Profiles::parse(yaml, "p.yaml").unwrap_err().to_string()
}

fn profile(yaml: &str, name: &str) -> Profile {
    Profiles::parse(yaml, "p.yaml").unwrap().named(name).unwrap().clone()
}

#[test]
fn those_that_are_built_in_are_all_there_and_survive_being_written_down() {
    let names: Vec<String> = Profiles::built_in().iter().map(|p| p.name.clone()).collect();
    for wanted in [
        "root-ca",
        "ca",
        "cross",
        "user",
        "end-entity",
        "member",
        "admin",
        "client",
        "peer",
        "orderer",
        "tls-server",
        "tls-client",
        "ocsp",
        "sign",
        "encrypt",
    ] {
        assert!(names.iter().any(|name| name == wanted), "{wanted}");
    }
    for profile in Profiles::built_in() {
        let yaml = profile.to_yaml();
        let indented = yaml.trim_end().replace('\n', "\n    ");
        let again = Profiles::parse(&format!("builtIn: false\nprofiles:\n  - {indented}\n"), "p");
        let again = again.unwrap_or_else(|error| panic!("{}: {error}\n{yaml}", profile.name));
        assert_eq!(again.named(&profile.name).unwrap().to_yaml(), yaml);
    }
}

#[test]
fn what_is_not_known_is_refused_with_its_line() {
    for (yaml, line, why) in [
        ("profiles:\n  - name: a\n    keyUsages: [x]\n", 3, "keyUsages"),
        ("profil:\n  - name: a\n", 1, "profil"),
        ("profiles:\n  - name: a\n    days: many\n", 3, ""),
        ("profiles:\n  - name: a\n    keyUsage: [signing]\n", 2, "there are: digitalSignature"),
        ("profiles:\n  - {name: a, base: b}\n", 2, "no base `b` before it"),
        ("profiles:\n  - {name: a}\n", 2, "say what the key is for"),
        ("profiles:\n  - name: user\n    base: user\n    days: 0\n", 2, "at least 1"),
        ("profiles:\n  - {name: u, base: user, days: 9, maxDays: 5}\n", 2, "maxDays"),
        ("profiles:\n  - {name: u, base: user, keyUsage: [keyCertSign]}\n", 2, "add `ca: {}`"),
        ("profiles:\n  - {name: u, base: user, ca: {}}\n", 2, "needs keyCertSign"),
        ("profiles:\n  - {name: u, base: user, ocspNoCheck: true}\n", 2, "add OCSPSigning"),
        ("profiles:\n  - {name: u, base: user, crl: [here]}\n", 2, "is no URI"),
        ("profiles:\n  - {name: u, base: user, notAfter: soon}\n", 2, "is no date"),
        ("profiles:\n  - {name: u, base: user, names: {ip: [10.0.0.0/40]}}\n", 2, "no network"),
        ("profiles:\n  - {name: u, base: user, names: {require: [mail]}}\n", 2, "none of dns"),
        ("profiles:\n  - {name: u, base: user, subject: {require: [Cn2]}}\n", 2, "attribute type"),
        (
            "profiles:\n  - {name: u, base: user, subjectIds: [shoe]}\n",
            2,
            "there are: residentCard",
        ),
        ("profiles:\n  - {name: u, base: user, nameConstraints: {permitted: [a]}}\n", 2, "DNS:"),
        ("profiles:\n  - {name: u, base: user}\n  - {name: u, base: user}\n", 3, "twice"),
        ("profiles:\n  - {name: 'a b', base: user}\n", 2, "1 to 64 letters"),
    ] {
        let found = refused(yaml);
        assert!(found.starts_with(&format!("p.yaml:{line}: ")), "{found}");
        assert!(found.contains(why), "no `{why}` in: {found}");
        assert_eq!(found.lines().count(), 1, "{found}");
    }
}

#[test]
fn a_file_adds_to_what_is_built_in_or_takes_its_place() {
    let profiles = Profiles::parse(
        "profiles:\n  - {name: user, base: user, days: 7}\n  - {name: web, base: tls-server}\n",
        "p.yaml",
    )
    .unwrap();
    assert_eq!(profiles.named("user").unwrap().days, 7);
    assert_eq!(profiles.named("web").unwrap().days, 365);
    assert_eq!(profiles.iter().count(), Profiles::built_in().iter().count() + 1);
    let alone = "builtIn: false\nprofiles:\n  - {name: a, keyUsage: [digitalSignature]}\n";
    assert_eq!(Profiles::parse(alone, "p.yaml").unwrap().iter().count(), 1);
}

#[test]
fn a_ca_s_own_file_is_read_from_its_folder() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let home = dir.path().join("ca");
    let authority = root(&host, &home);
    assert!(authority.profiles().unwrap().named("web").is_none());
    let write = |text: &str| {
        let path = home.join("profiles.yaml");
        sys::Disk::replace(&sys::SystemDisk, &path, text.as_bytes(), sys::Access::Public).unwrap();
    };
    write("profiles:\n  - {name: web, base: tls-server}\n");
    assert!(authority.profiles().unwrap().named("web").is_some());
    write("profiles:\n  - {name: web, bass: tls-server}\n");
    let error = authority.profiles().unwrap_err();
    assert!(matches!(error, Error::Profiles(_)), "{error}");
    assert!(error.to_string().contains("profiles.yaml:2: "), "{error}");
}

#[test]
fn names_outside_of_the_policy_get_no_certificate() {
    let yaml = "profiles:\n  - name: web\n    base: tls-server\n    maxDays: 90\n    days: 30\n    \
                names: { require: [dns], dns: [.org1.example], ip: [10.0.0.0/8] }\n    \
                subject: { require: [CN], allow: [O, CN], within: /O=Org1 }\n";
    for suite in Suite::ALL {
        let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(suite));
        let authority = root(&host, &dir.path().join("ca"));
        let ask = |subject: &str, names: &[GeneralName], days| {
            let mut builder = RequestBuilder::new(&name(subject));
            if !names.is_empty() {
                builder = builder.extension(SubjectAltName(names.to_vec()).extension(false));
            }
            let request = builder.sign(key(&host).as_ref()).unwrap();
            let order = Order { days, ..Order::new(request, profile(yaml, "web")) };
            authority.issue(&order)
        };
        let dns = |host: &str| GeneralName::Dns(host.into());
        let good = [dns("a.org1.example"), GeneralName::ip("10.1.2.3").unwrap()];
        let issued = ask("/O=Org1/CN=web", &good, Some(90)).unwrap().certificate;
        assert_eq!(issued.not_after().timestamp(), NOW.plus(90 * DAY));
        for (subject, names, days) in [
            ("/O=Org1/CN=web", vec![dns("a.org2.example")], None),
            ("/O=Org1/CN=web", vec![dns("*.org1.example")], None),
            ("/O=Org1/CN=web", vec![good[0].clone(), GeneralName::ip("11.0.0.1").unwrap()], None),
            ("/O=Org1/CN=web", vec![good[1].clone()], None),
            ("/O=Org1/CN=web", vec![], None),
            ("/O=Org1", good.to_vec(), None),
            ("/O=Org2/CN=web", good.to_vec(), None),
            ("/O=Org1/OU=x/CN=web", good.to_vec(), None),
            ("/O=Org1/CN=web", good.to_vec(), Some(91)),
        ] {
            let refused = ask(subject, &names, days).unwrap_err();
            let policy = matches!(&refused, Error::Refused(Refusal::Policy { .. }));
            assert!(policy, "{subject} {names:?} {days:?}: {refused}");
        }
        assert_eq!(authority.records().unwrap().len(), 1);
    }
}

#[test]
fn fabric_identities_have_units_and_attributes_of_the_ca() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Nist));
    let authority = root(&host, &dir.path().join("ca"));
    let wishes = Wishes {
        affiliation: Some("org1.department1".into()),
        attributes: [("app.role".to_owned(), "auditor".to_owned())].into(),
        ..Wishes::default()
    };
    let order = Order {
        wishes,
        ..Order::new(request(&host, "/C=CN/OU=admin/CN=peer0"), Profile::named("peer").unwrap())
    };
    let issued = authority.issue(&order).unwrap().certificate;
    let units: Vec<&str> = issued.subject().values(oid::ORGANIZATIONAL_UNIT_NAME).collect();
    assert_eq!(units.len(), 3);
    assert!(["peer", "org1", "department1"].iter().all(|unit| units.contains(unit)), "{units:?}");
    let json = &issued.extensions().find(oid::FABRIC_ATTRIBUTES).unwrap().value;
    assert_eq!(
        String::from_utf8(json.clone()).unwrap(),
        r#"{"attrs":{"app.role":"auditor","hf.Affiliation":"org1.department1","hf.EnrollmentID":"peer0","hf.Type":"peer"}}"#
    );
    // What the CA says of an identity is not for others to say.
    let forged = Wishes {
        attributes: [("hf.Registrar.Roles".to_owned(), "*".to_owned())].into(),
        ..Wishes::default()
    };
    let order = Order { wishes: forged, ..order };
    assert!(matches!(authority.issue(&order), Err(Error::Refused(Refusal::Policy { .. }))));
}

#[test]
fn numbers_and_addresses_stand_in_extensions() {
    let yaml = "profiles:\n  - name: person\n    base: end-entity\n    backdateMinutes: 10\n    \
                subjectIds: [residentCard, taxNumber]\n    crl: [http://crl.example/ca.crl]\n    \
                ocsp: [http://ocsp.example]\n    policies: [1.2.3.4]\n";
    let (dir, (host, clock)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let authority = root(&host, &dir.path().join("ca"));
    clock.set(NOW.plus(DAY));
    let id = |kind: &str| SubjectId::new(kind, "11010519491231002X").unwrap();
    let ask = |ids: Vec<SubjectId>| {
        let wishes = Wishes { subject_ids: ids, ..Wishes::default() };
        let order = Order::new(request(&host, "/CN=张伟"), profile(yaml, "person"));
        authority.issue(&Order { wishes, ..order })
    };
    let issued = ask(vec![id("residentCard"), id("taxNumber")]).unwrap().certificate;
    let found: Vec<SubjectId> = issued.extensions().iter().filter_map(SubjectId::read).collect();
    assert_eq!(found, [id("residentCard"), id("taxNumber")]);
    assert_eq!(issued.not_before().timestamp().0, NOW.0 + DAY - 600);
    let text = pki::text::certificate(&issued);
    for line in ["GB/T 20518 Identify Code", "URI:http://crl.example/ca.crl", "1.2.3.4"] {
        assert!(text.contains(line), "no {line} in {text}");
    }
    assert!(matches!(ask(vec![id("passport")]), Err(Error::Refused(Refusal::Policy { .. }))));
}

#[test]
fn kinds_of_certificates_are_what_rfc_5280_wants() {
    let (dir, (host, _)) = (tempfile::tempdir().unwrap(), host(Suite::Gm));
    let authority = root(&host, &dir.path().join("ca"));
    let issue = |profile: Profile| {
        authority.issue(&Order::new(request(&host, "/CN=x"), profile)).unwrap().certificate
    };
    let ocsp = issue(Profile::named("ocsp").unwrap());
    assert_eq!(ocsp.extensions().find(oid::OCSP_NO_CHECK).unwrap().value, [5, 0]);
    let purposes = ocsp.extensions().get::<ExtendedKeyUsage>().unwrap().unwrap();
    assert_eq!(purposes.0, [oid::OCSP_SIGNING]);
    let yaml = "profiles:\n  - name: below\n    base: ca\n    ca: { pathLen: 1 }\n    \
                nameConstraints: { permitted: ['DNS:org1.example', 'dirName:/O=Org1'], \
                excluded: ['IP:10.0.0.0/8'] }\n";
    let below = issue(profile(yaml, "below"));
    let basic = below.extensions().get::<BasicConstraints>().unwrap().unwrap();
    assert_eq!((basic.ca, basic.path_len), (true, Some(1)));
    let names = below.extensions().get::<NameConstraints>().unwrap().unwrap();
    assert_eq!((names.permitted.len(), names.excluded.len()), (2, 1));
    let usage = below.extensions().get::<KeyUsage>().unwrap().unwrap();
    assert!(usage.contains(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN));
}
