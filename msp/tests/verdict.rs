// SPDX-License-Identifier: Apache-2.0
//! Who is a member and who an admin, and the reason that is given.

mod support;

use bccsp::Suite;
use gmca_msp::{Config, Msp, NodeOus, OuIdentifier, Parts, Role, Verdict, Why};
use pki::Certificate;
use pki::path::Rule;
use support::{Identity, OnDisk, Org, Plan, ca_plan, crl, make, plan, root, time};

const MIXES: [(Suite, Suite); 4] = [
    (Suite::Gm, Suite::Gm),
    (Suite::Nist, Suite::Nist),
    (Suite::Nist, Suite::Gm),
    (Suite::Gm, Suite::Nist),
];

fn msp(org: &Org, change: impl FnOnce(&mut gmca_msp::Contents)) -> Msp {
    let mut contents = org.contents();
    change(&mut contents);
    OnDisk::write(&org.providers, &contents).read().msp(&org.providers).unwrap()
}

#[track_caller]
fn no(verdict: Verdict) -> Why {
    match verdict {
        Verdict::No(why) => why,
        Verdict::Yes(member) => panic!("yes: {member}"),
    }
}

#[test]
fn members_and_admins_of_any_mix_of_families() {
    for (cas, members) in MIXES {
        let org = Org::new(cas, members);
        let msp = msp(&org, |_| {});
        let Verdict::Yes(peer) = msp.is_member(&org.peer.certificate).unwrap() else {
            panic!("the peer is not a member");
        };
        assert_eq!((peer.role(), peer.is_admin()), (Some(Role::Peer), false));
        assert_eq!(peer.path().certificates().len(), 3);
        assert_eq!(
            peer.to_string(),
            "CN=peer0.org1,OU=peer,O=Org1 is issued by CN=ica.org1,O=Org1, that by \
             CN=ca.org1,O=Org1, a root of this MSP; its organizational unit says peer"
        );
        assert_eq!(no(msp.is_admin(&org.peer.certificate).unwrap()), Why::NotAdmin);
        assert!(msp.is_admin(&org.admin.certificate).unwrap().is_yes());
    }
}

#[test]
fn strangers_are_not_members() {
    let (org, other) = (Org::new(Suite::Gm, Suite::Gm), Org::new(Suite::Gm, Suite::Gm));
    let msp = msp(&org, |_| {});
    // The names are the same; the keys are not.
    assert!(matches!(no(msp.is_member(&other.peer.certificate).unwrap()), Why::Path(_)));
    assert!(matches!(no(msp.is_admin(&other.admin.certificate).unwrap()), Why::Path(_)));
}

#[test]
fn one_changed_byte_is_enough() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let msp = msp(&org, |_| {});
    let mut der = org.peer.certificate.as_der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let changed = Certificate::from_der(&der).unwrap();
    assert!(matches!(no(msp.is_member(&changed).unwrap()), Why::Path(_)));
}

#[test]
fn cas_are_not_members() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let msp = msp(&org, |contents| contents.admins.push(org.root.certificate.clone()));
    for ca in [&org.root, &org.intermediate] {
        assert_eq!(no(msp.is_member(&ca.certificate).unwrap()), Why::IsCa);
        assert_eq!(no(msp.is_admin(&ca.certificate).unwrap()), Why::IsCa);
    }
    let odd = make(&org.providers, Suite::Gm, plan("/OU=peer/CN=odd", 7), None);
    let parts = Parts { roots: vec![odd.certificate.clone()], ..Parts::default() };
    let msp = Msp::new(&org.providers, parts).unwrap();
    assert_eq!(no(msp.is_member(&odd.certificate).unwrap()), Why::IsRoot);
}

#[test]
fn only_cas_without_cas_below_them_issue_members() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let direct = make(&org.providers, Suite::Gm, plan("/OU=peer/CN=x", 9), Some(&org.root));
    let unbound = |contents: &mut gmca_msp::Contents| {
        contents.config.as_mut().unwrap().node_ous = Some(NodeOus::usual(None));
    };
    let with = msp(&org, unbound);
    let why = no(with.is_member(&direct.certificate).unwrap());
    assert!(matches!(why, Why::IssuerIsNoLeafCa { .. }), "{why}");
    let without = msp(&org, |contents| {
        unbound(contents);
        contents.intermediates.clear();
    });
    assert!(without.is_member(&direct.certificate).unwrap().is_yes());
}

#[test]
fn fabric_wants_a_key_identifier_of_every_ca_and_the_field_has_some_without() {
    for (cas, members) in MIXES {
        let providers = support::providers();
        let plan_of_root = Plan { key_id: false, ..ca_plan("/CN=ca", 1) };
        let root = make(&providers, cas, plan_of_root, None);
        let member = make(&providers, members, plan("/CN=x", 2), Some(&root));
        let parts = Parts { roots: vec![root.certificate.clone()], ..Parts::default() };
        let verdict = Msp::new(&providers, parts).unwrap().is_member(&member.certificate).unwrap();
        if cas == Suite::Gm {
            assert!(verdict.is_yes(), "{members}");
            continue;
        }
        let Why::Path(failure) = no(verdict) else { panic!("refused for something else") };
        assert_eq!(*failure.rule(), Rule::Policy("a CA without subjectKeyIdentifier"));
    }
}

#[test]
fn the_revoked_are_out_at_once() {
    for (cas, members) in MIXES {
        let org = Org::new(cas, members);
        let (peer, admin) = (&org.peer.certificate, &org.admin.certificate);
        let list = |ca, revoked: &[&Certificate]| crl(&org.providers, ca, revoked, "2026-03-01");
        // A list that is long out of date still counts.
        let revoked = msp(&org, |c| c.crls = vec![list(&org.intermediate, &[admin])]);
        let why = no(revoked.is_member(admin).unwrap());
        assert!(matches!(why, Why::Revoked { .. }), "{why}");
        assert!(matches!(no(revoked.is_admin(admin).unwrap()), Why::Revoked { .. }));
        assert!(revoked.is_member(peer).unwrap().is_yes());
        // The CA above: everybody below it is out.
        let above = msp(&org, |c| c.crls = vec![list(&org.root, &[&org.intermediate.certificate])]);
        assert!(matches!(no(above.is_member(peer).unwrap()), Why::Revoked { .. }));
        // The same serial number on the list of another CA, or of a stranger with its name.
        let other = make(&org.providers, cas, ca_plan("/O=Org1/CN=ica.org1", 2), Some(&org.root));
        let lists = vec![list(&org.root, &[admin]), list(&other, &[admin])];
        assert!(msp(&org, |c| c.crls = lists).is_member(admin).unwrap().is_yes());
    }
}

#[test]
fn a_list_counts_only_when_its_ca_signed_it() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let other = root(&org.providers, Suite::Gm, "/O=Org1/CN=ica.org1");
    let list = |named: &Identity, signed: &Identity| {
        let mixed = Identity {
            certificate: named.certificate.clone(),
            key: std::sync::Arc::clone(&signed.key),
        };
        crl(&org.providers, &mixed, &[&org.peer.certificate], "2036-01-01")
    };
    let is_member = |list| {
        let msp = msp(&org, |contents| contents.crls = vec![list]);
        msp.is_member(&org.peer.certificate).unwrap().is_yes()
    };
    assert!(!is_member(list(&org.intermediate, &org.intermediate)));
    // Named right and forged; signed right and named wrong, which Fabric passes over.
    assert!(is_member(list(&org.intermediate, &other)));
    assert!(is_member(list(&other, &org.intermediate)));
}

#[test]
fn no_clock_is_asked() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let msp = msp(&org, |_| {});
    let of = |from: &str, until: &str| {
        let (from, until) = (time(from), time(until));
        let plan = Plan { from, until, ..plan("/OU=client/CN=x", 9) };
        make(&org.providers, Suite::Gm, plan, Some(&org.intermediate)).certificate
    };
    for (from, until) in
        [("2026-01-01", "2026-01-02"), ("2035-12-30", "2099-01-01"), ("2030-01-01", "2030-01-01")]
    {
        let verdict = msp.is_member(&of(from, until)).unwrap();
        assert!(verdict.is_yes(), "{from} to {until}: {verdict}");
    }
    // A CA that began later than what it issued, or had ended, does not count, as in Fabric.
    assert!(!msp.is_member(&of("2025-12-31", "2030-01-01")).unwrap().is_yes());
    assert!(!msp.is_member(&of("2036-01-02", "2040-01-01")).unwrap().is_yes());
}

#[test]
fn exactly_one_unit_gives_a_role() {
    let org = Org::new(Suite::Nist, Suite::Nist);
    let msp = msp(&org, |_| {});
    let judge = |name: &str| msp.is_member(&org.member(name, 9).certificate).unwrap();
    for (unit, role) in [
        ("client", Role::Client),
        ("peer", Role::Peer),
        ("admin", Role::Admin),
        ("orderer", Role::Orderer),
    ] {
        let Verdict::Yes(member) = judge(&format!("/OU=sales/OU={unit}/CN=x")) else {
            panic!("{unit} is not a member");
        };
        assert_eq!(member.role(), Some(role));
    }
    assert!(matches!(no(judge("/OU=sales/CN=x")), Why::NoRole { .. }));
    assert!(matches!(no(judge("/CN=x")), Why::NoRole { .. }));
    assert!(matches!(no(judge("/OU=peer/OU=admin/CN=x")), Why::SeveralRoles(_)));
    // Units are compared byte by byte, as in Fabric.
    assert!(matches!(no(judge("/OU=Admin/CN=x")), Why::NoRole { .. }));
}

#[test]
fn a_unit_that_is_bound_to_a_ca_counts_only_from_there() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let second = make(&org.providers, Suite::Gm, ca_plan("/CN=ica2", 5), Some(&org.root));
    let intermediates = vec![org.intermediate.certificate.clone(), second.certificate.clone()];
    let msp = msp(&org, |contents| contents.intermediates = intermediates);
    let from_second = |name| make(&org.providers, Suite::Gm, plan(name, 9), Some(&second));
    let why = no(msp.is_member(&from_second("/OU=admin/CN=x").certificate).unwrap());
    assert!(matches!(why, Why::UnitOfOtherIssuer { .. }), "{why}");
    assert!(why.to_string().contains("ica.org1"), "{why}");
}

#[test]
fn without_roles_the_list_of_admins_decides() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let msp = msp(&org, |contents| contents.config = None);
    let member = msp.is_member(&org.member("/OU=whatever/CN=x", 9).certificate).unwrap();
    assert!(member.is_yes());
    assert!(msp.is_admin(&org.admin.certificate).unwrap().is_yes());
    // The unit alone means nothing now.
    let other = org.member("/OU=admin/CN=x", 9).certificate;
    assert_eq!(no(msp.is_admin(&other).unwrap()), Why::NotAdmin);
    let disabled = |contents: &mut gmca_msp::Contents| {
        contents.config.as_mut().unwrap().node_ous.as_mut().unwrap().enable = false;
    };
    assert_eq!(no(self::msp(&org, disabled).is_admin(&other).unwrap()), Why::NotAdmin);
}

#[test]
fn members_must_be_in_a_unit_of_the_msp() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let unit = |certificate: Option<&str>| OuIdentifier {
        certificate: certificate.map(str::to_owned),
        name: "sales".to_owned(),
    };
    let with = |unit| {
        let config = Config { organizational_units: vec![unit], ..Config::default() };
        msp(&org, |contents| contents.config = Some(config))
    };
    let sales: Identity = org.member("/OU=sales/CN=x", 9);
    assert!(with(unit(None)).is_member(&sales.certificate).unwrap().is_yes());
    let why = no(with(unit(None)).is_member(&org.peer.certificate).unwrap());
    assert!(matches!(why, Why::NoUnit { .. }), "{why}");
    let root = Some("cacerts/ca.org1-cert.pem");
    assert!(!with(unit(root)).is_member(&sales.certificate).unwrap().is_yes());
    let issuer = Some("intermediatecerts/ica.org1-cert.pem");
    assert!(with(unit(issuer)).is_member(&sales.certificate).unwrap().is_yes());
}

#[test]
fn an_organisation_with_a_ca_in_each_family() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let other = root(&org.providers, Suite::Nist, "/O=Org1/CN=ca2.org1");
    let member = make(&org.providers, Suite::Nist, plan("/OU=peer/CN=y", 9), Some(&other));
    let msp = msp(&org, |contents| {
        contents.ca_certificates.push(other.certificate.clone());
        contents.config.as_mut().unwrap().node_ous = Some(NodeOus::usual(None));
    });
    assert!(msp.is_member(&member.certificate).unwrap().is_yes());
    assert!(msp.is_member(&org.peer.certificate).unwrap().is_yes());
}
