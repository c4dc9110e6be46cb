// SPDX-License-Identifier: Apache-2.0
//! Identities of a channel with organisations of both families: judged, remembered, counted.

mod support;

use bccsp::encoding::signature::RawSignature;
use bccsp::{Context, Suite};
use gmca_msp::{
    Contents, Decision, Definition, Error, Identity as Judged, Manager, MspRole, Principal,
    Refused, SerializedIdentity, Signers, Verdict, WhyDropped, WhyNot,
};
use pki::Certificate;
use proto::{Bytes, SignedData};
use std::sync::Arc;
use support::channel::{Pair, define, definition, forged, policy, serialized, signed};
use support::{Identity, Org, crl, make, plan};

fn whys(signers: &Signers) -> Vec<(usize, WhyDropped)> {
    signers.dropped().iter().map(|dropped| (dropped.index, dropped.why.clone())).collect()
}

fn judged(manager: &Manager, id: &str, certificate: &Certificate) -> Arc<Judged> {
    manager.identity(&serialized(id, certificate)).unwrap()
}

#[test]
fn organisations_of_both_families_sign_together() {
    let Pair { nist, gm, manager } = Pair::new();
    let both = [signed("NistOrg", &nist.peer), signed("GmOrg", &gm.peer)];
    let and = policy("AND('NistOrg.peer', 'GmOrg.peer')");
    let signers = manager.verify(&both);
    signers.check().unwrap();
    assert!(and.evaluate(&signers).is_satisfied(), "{}", and.evaluate(&signers));
    for at in 0..2 {
        let one = &both[at..=at];
        assert!(!and.evaluate(&manager.verify(one)).is_satisfied());
        let mut crossed = both.to_vec();
        crossed[at].signature = both[1 - at].signature.clone();
        let signers = manager.verify(&crossed);
        assert_eq!(whys(&signers), [(at, WhyDropped::Signature)]);
        assert!(!and.evaluate(&signers).is_satisfied());
    }
    // The name of an organisation makes nobody its member.
    let stranger = signed("GmOrg", &nist.peer);
    let signers = manager.verify(&[both[0].clone(), stranger]);
    assert_eq!(signers.valid().len(), 2, "the signature itself is right");
    let decision = and.evaluate(&signers);
    assert!(decision.to_string().contains("does not chain"), "{decision}");
}

#[test]
fn only_a_valid_signature_uses_an_identity_up() {
    let Pair { nist, gm, manager } = Pair::new();
    for (id, peer) in [("NistOrg", &nist.peer), ("GmOrg", &gm.peer)] {
        let (good, bad) = (signed(id, peer), forged(id, peer));
        let or = policy(&format!("OR('{id}.peer')"));
        let two = policy(&format!("AND('{id}.peer', '{id}.peer')"));
        let signers = manager.verify(&[bad.clone(), good.clone()]);
        assert_eq!(whys(&signers), [(0, WhyDropped::Signature)]);
        assert!(or.evaluate(&signers).is_satisfied());
        let signers = manager.verify(&[good.clone(), bad.clone()]);
        assert_eq!(whys(&signers), [(1, WhyDropped::Signature)]);
        assert!(or.evaluate(&signers).is_satisfied());
        let signers = manager.verify(&[good.clone(), signed(id, peer)]);
        assert_eq!(whys(&signers), [(1, WhyDropped::Repeated)]);
        assert!(or.evaluate(&signers).is_satisfied());
        assert!(!two.evaluate(&signers).is_satisfied(), "one peer is not two");
        assert!(!or.evaluate(&manager.verify(&[bad])).is_satisfied());
        assert!(!or.evaluate(&manager.verify(&[])).is_satisfied());
    }
}

#[test]
fn sets_are_judged_in_one_batch_and_kept_apart() {
    let Pair { nist, gm, manager } = Pair::new();
    let unreadable = SignedData {
        identity: Bytes::from_static(b"\xff"),
        message: Vec::new(),
        signature: Bytes::new(),
    };
    let first = [signed("NistOrg", &nist.peer), unreadable, signed("GmOrg", &gm.peer)];
    let second = [forged("GmOrg", &gm.admin), signed("GmOrg", &gm.admin)];
    let sets: [&[SignedData]; 4] = [&first, &[], &second, &first[..1]];
    let together = manager.verify_sets(&sets);
    assert_eq!(together.len(), 4);
    for (signers, set) in together.iter().zip(sets) {
        let alone = manager.verify(set);
        let ids = |signers: &Signers| -> Vec<_> {
            signers.valid().iter().map(|identity| identity.id().clone()).collect()
        };
        assert_eq!(ids(signers), ids(&alone));
        assert_eq!(whys(signers), whys(&alone));
    }
    assert_eq!(together[0].valid().len(), 2);
    assert!(matches!(together[0].dropped()[0].why, WhyDropped::Identity(Refused::Malformed(_))));
    assert_eq!(together[2].valid().len(), 1);
}

#[test]
fn a_revoked_identity_signs_in_vain() {
    for suite in Suite::ALL {
        let org = Org::new(suite, suite);
        let mut contents = org.contents();
        contents.crls.push(crl(
            &org.providers,
            &org.intermediate,
            &[&org.peer.certificate],
            // A CRL that is long over revokes as well.
            "2026-03-01",
        ));
        let definition = definition(&org.providers, "Org", &contents);
        let manager = Manager::new(&org.providers, [definition]).unwrap();
        let signers = manager.verify(&[signed("Org", &org.peer)]);
        assert_eq!(signers.valid().len(), 1);
        let decision = policy("OR('Org.peer', 'Org.member')").evaluate(&signers);
        assert!(!decision.is_satisfied());
        assert!(decision.to_string().contains("revoked"), "{decision}");
        let signers = manager.verify(&[signed("Org", &org.admin)]);
        assert!(policy("OR('Org.admin')").evaluate(&signers).is_satisfied());
    }
}

#[test]
fn principals() {
    let Pair { nist, gm, manager } = Pair::new();
    let peer = judged(&manager, "GmOrg", &gm.peer.certificate);
    let unit = |msp_id: &str, unit: &str, certifiers: &[u8]| Principal::OrganizationalUnit {
        msp_id: msp_id.to_owned(),
        unit: unit.to_owned(),
        certifiers: Bytes::copy_from_slice(certifiers),
    };
    let chain = [gm.intermediate.certificate.as_der(), gm.root.certificate.as_der()];
    let hash = gm.providers.get(Suite::Gm).unwrap().hash().unwrap().digest(&chain);
    let other = nist.providers.get(Suite::Nist).unwrap().hash().unwrap().digest(&chain);
    assert_eq!(&peer.certifiers()[..], hash.as_ref());
    let identity = |certificate| Principal::Identity(serialized("GmOrg", certificate));
    let crlf = SerializedIdentity {
        msp_id: "GmOrg".to_owned(),
        certificate: gm.peer.certificate.to_pem().replace('\n', "\r\n").into(),
    };
    let member = |id: &str| Principal::role(id, MspRole::Member);
    for (principal, expected) in [
        (unit("GmOrg", "peer", hash.as_ref()), true),
        // As in Fabric: no certifiers are nobody's.
        (unit("GmOrg", "peer", b""), false),
        (unit("GmOrg", "peer", other.as_ref()), false),
        (unit("GmOrg", "admin", hash.as_ref()), false),
        (unit("NistOrg", "peer", hash.as_ref()), false),
        (identity(&gm.peer.certificate), true),
        (Principal::Identity(crlf.encode()), true),
        (identity(&gm.admin.certificate), false),
        (Principal::Identity(serialized("NistOrg", &gm.peer.certificate)), false),
        (Principal::Identity(Bytes::from_static(b"\xff")), false),
        (Principal::Nominal, true),
        (Principal::Anonymous, false),
        (Principal::Combined(vec![member("GmOrg"), unit("GmOrg", "peer", hash.as_ref())]), true),
        (Principal::Combined(vec![member("GmOrg"), unit("GmOrg", "admin", hash.as_ref())]), false),
        (Principal::Combined(vec![member("GmOrg"), Principal::Anonymous]), false),
        (Principal::Combined(vec![]), false),
        (member("GmOrg"), true),
        (member("NistOrg"), false),
        (Principal::role("GmOrg", MspRole::Orderer), false),
    ] {
        let judged = peer.satisfies(&principal);
        assert_eq!(judged.is_ok(), expected, "{principal}: {judged:?}");
        match Principal::from_proto(&principal.to_proto()) {
            Ok(read) => assert_eq!(read, principal),
            Err(error) => assert_eq!(principal, Principal::Combined(vec![]), "{error}"),
        }
    }
    // Whoever is no member is nobody at all.
    let stranger =
        make(&gm.providers, Suite::Gm, plan("/OU=peer/CN=x", 9), Some(&nist.intermediate));
    let stranger = judged(&manager, "GmOrg", &stranger.certificate);
    for principal in [
        unit("GmOrg", "peer", b""),
        Principal::Nominal,
        Principal::Identity(stranger.serialized().encode()),
    ] {
        assert!(matches!(stranger.satisfies(&principal), Err(WhyNot::NoMember(_))), "{principal}");
    }
}

#[test]
fn principals_that_cannot_be_read() {
    let mut message = Principal::role("A", MspRole::Peer).to_proto();
    message.principal = Bytes::from_static(b"\x0a\x01A\x10\x09");
    assert!(Principal::from_proto(&message).unwrap_err().to_string().contains("9 is no role"));
    message.principal = Bytes::from_static(b"\xff");
    assert!(Principal::from_proto(&message).is_err());
    message.principal_classification = 5;
    assert!(Principal::from_proto(&message).unwrap_err().to_string().contains("5 is no kind"));
    let deep =
        |depth| (0..depth).fold(Principal::Nominal, |inner, _| Principal::Combined(vec![inner]));
    assert!(Principal::from_proto(&deep(8).to_proto()).is_ok());
    assert!(Principal::from_proto(&deep(9).to_proto()).is_err());
}

#[test]
fn admins_by_list_and_roles_without_units() {
    let org = Org::new(Suite::Gm, Suite::Nist);
    let contents = Contents { config: None, ..org.contents() };
    let manager =
        Manager::new(&org.providers, [definition(&org.providers, "Org", &contents)]).unwrap();
    let asked = |identity: &Identity, role| {
        judged(&manager, "Org", &identity.certificate).satisfies(&Principal::role("Org", role))
    };
    assert!(asked(&org.admin, MspRole::Admin).is_ok());
    assert!(asked(&org.peer, MspRole::Admin).is_err());
    assert!(asked(&org.peer, MspRole::Member).is_ok());
    // Without NodeOUs nobody can tell a peer.
    assert!(asked(&org.peer, MspRole::Peer).is_err());
}

#[test]
fn who_cannot_be_known() {
    let Pair { gm, manager, .. } = Pair::new();
    let pem = gm.peer.certificate.to_pem();
    let refused = |msp_id: &str, certificate: &[u8]| {
        let certificate = Bytes::copy_from_slice(certificate);
        let identity = SerializedIdentity { msp_id: msp_id.to_owned(), certificate };
        manager.identity(&identity.encode()).unwrap_err()
    };
    assert!(matches!(manager.identity(b"\xff"), Err(Refused::Malformed(_))));
    assert_eq!(refused("Org9", pem.as_bytes()), Refused::UnknownMsp("Org9".to_owned()));
    assert_eq!(manager.identity(b"").unwrap_err(), Refused::UnknownMsp(String::new()));
    let der = gm.peer.certificate.as_der();
    assert!(matches!(refused("GmOrg", der), Refused::Certificate(_)), "Fabric reads PEM only");
    assert!(matches!(refused("GmOrg", b"x"), Refused::Certificate(_)));
    let key = bccsp::encoding::pem::encode("PRIVATE KEY", b"\x30\x00");
    assert!(matches!(refused("GmOrg", key.as_bytes()), Refused::Certificate(_)));
    let both = format!("{key}{pem}");
    assert!(
        matches!(refused("GmOrg", both.as_bytes()), Refused::Certificate(_)),
        "the first counts"
    );
    assert_eq!(manager.remembered(), 0);
}

#[test]
fn identities_are_remembered_so_many_and_no_more() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let manager = Manager::new(&org.providers, [define(&org, "Org")]).unwrap().with_capacity(4);
    let members: Vec<Bytes> = (10..20)
        .map(|serial| org.member("/OU=client/CN=x", serial))
        .map(|member| serialized("Org", &member.certificate))
        .collect();
    let first = manager.identity(&members[0]).unwrap();
    assert!(first.verdict().is_yes());
    assert!(Arc::ptr_eq(&first, &manager.identity(&members[0]).unwrap()), "remembered");
    assert_eq!(manager.judged(), 1);
    for member in &members {
        // Whoever is asked for again and again stays.
        manager.identity(&members[0]).unwrap();
        manager.identity(member).unwrap();
        assert!(manager.remembered() <= 4, "{}", manager.remembered());
    }
    assert_eq!(manager.judged(), 10);
    manager.identity(&members[1]).unwrap();
    assert_eq!(manager.judged(), 11, "forgotten since");
    let none = Manager::new(&org.providers, [define(&org, "Org")]).unwrap().with_capacity(0);
    for _ in 0..2 {
        none.identity(&members[0]).unwrap();
    }
    assert_eq!((none.judged(), none.remembered()), (2, 0));
    // Text around a certificate is read, and is no way to fill the memory.
    let long = SerializedIdentity {
        msp_id: "Org".to_owned(),
        certificate: format!("{}{}", "x\n".repeat(9000), org.peer.certificate.to_pem()).into(),
    };
    let before = manager.remembered();
    assert!(manager.identity(&long.encode()).unwrap().verdict().is_yes());
    assert_eq!(manager.remembered(), before);
}

#[test]
fn many_threads_ask_at_once() {
    let Pair { nist, gm, manager } = Pair::new();
    let all =
        [serialized("NistOrg", &nist.peer.certificate), serialized("GmOrg", &gm.peer.certificate)];
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for serialized in all.iter().cycle().take(40) {
                    assert!(manager.identity(serialized).unwrap().verdict().is_yes());
                }
            });
        }
    });
    assert!(manager.judged() <= 8);
    assert_eq!(manager.remembered(), 2);
}

/// n of FIPS 186-5 P-256 (SP 800-186).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The other form of a signature, with n − s for s.
fn other_form(der: &[u8]) -> Vec<u8> {
    let mut raw = RawSignature::from_der(der).unwrap().to_raw();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = i16::from(ORDER[at]) - i16::from(raw[32 + at]) - borrow;
        borrow = i16::from(difference < 0);
        raw[32 + at] = difference.rem_euclid(256) as u8;
    }
    RawSignature::new(raw).to_der()
}

/// The certificate with the other form of its own signature: everybody can write it.
fn rewritten(certificate: &Certificate) -> Certificate {
    let signature = other_form(certificate.signature());
    let mut tail = certificate.signature_algorithm().as_der().to_vec();
    tail.extend([3, signature.len() as u8 + 1, 0]);
    tail.extend(signature);
    let inside = [certificate.tbs(), &tail].concat();
    let mut der = vec![0x30, 0x82];
    der.extend((inside.len() as u16).to_be_bytes());
    der.extend(inside);
    Certificate::from_der(&der).unwrap()
}

#[test]
fn a_certificate_written_in_two_forms_is_one_identity() {
    let Pair { nist, gm, manager } = Pair::new();
    let high = rewritten(&nist.peer.certificate);
    assert_ne!(high, nist.peer.certificate);
    assert_eq!(high.low_s_der(), nist.peer.certificate.as_der());
    let (low_id, high_id) =
        (judged(&manager, "NistOrg", &nist.peer.certificate), judged(&manager, "NistOrg", &high));
    assert!(high_id.verdict().is_yes(), "{}", high_id.verdict());
    assert_eq!(low_id.id(), high_id.id());
    assert_ne!(low_id.id(), judged(&manager, "NistOrg", &nist.admin.certificate).id());
    let twice = Identity { certificate: high, key: Arc::clone(&nist.peer.key) };
    let signers = manager.verify(&[signed("NistOrg", &nist.peer), signed("NistOrg", &twice)]);
    assert_eq!(whys(&signers), [(1, WhyDropped::Repeated)]);
    let principal = Principal::Identity(high_id.serialized().encode());
    assert!(low_id.satisfies(&principal).is_ok());
    // Signatures of the other family have one form.
    assert_eq!(gm.peer.certificate.low_s_der(), gm.peer.certificate.as_der());
}

#[test]
fn a_message_signed_with_high_s_does_not_count() {
    let Pair { nist, manager, .. } = Pair::new();
    let mut data = signed("NistOrg", &nist.peer);
    data.signature = other_form(&data.signature).into();
    let parts: Vec<&[u8]> = data.message.iter().map(|part| &part[..]).collect();
    let key = nist.peer.key.verifying_key();
    key.verify(Context::X509, &parts, &data.signature).unwrap();
    assert_eq!(whys(&manager.verify(&[data])), [(0, WhyDropped::Signature)]);
}

#[test]
fn two_organisations_of_one_name() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let two = [define(&org, "Org"), define(&org, "Org")];
    assert!(
        matches!(Manager::new(&org.providers, two), Err(Error::SameMsp(name)) if name == "Org")
    );
}

#[test]
fn a_decision_says_who_is_missing() {
    let Pair { nist, gm, manager } = Pair::new();
    let set = [signed("NistOrg", &nist.admin), forged("GmOrg", &gm.peer)];
    let signers = manager.verify(&set);
    let decision = policy("AND('NistOrg.peer', 'GmOrg.peer')").evaluate(&signers);
    let Decision::Unsatisfied(shortfall) = decision else { panic!() };
    let lines = shortfall.lines();
    assert_eq!(lines[0], "2 of 2 rules must hold, and 0 do");
    assert_eq!(lines[1], "  nobody left who signed is 'NistOrg.peer'");
    assert!(
        lines[2].contains("CN=Admin@org1") && lines[2].contains("says admin, not peer"),
        "{}",
        lines[2]
    );
    assert_eq!(lines[3], "  nobody left who signed is 'GmOrg.peer'");
    assert!(lines[4].ends_with("its MSP is NistOrg, not GmOrg"), "{}", lines[4]);
    assert!(lines[5].starts_with("not counted: signature 2 of"), "{}", lines[5]);
    assert!(lines[5].ends_with("the signature is wrong"), "{}", lines[5]);
}

#[test]
fn a_listed_admin_who_is_no_member_is_none() {
    let (org, other) = (Org::new(Suite::Gm, Suite::Gm), Org::new(Suite::Gm, Suite::Gm));
    let contents = Contents { admins: vec![other.admin.certificate.clone()], ..org.contents() };
    let definition: Definition = definition(&org.providers, "Org", &contents);
    let manager = Manager::new(&org.providers, [definition]).unwrap();
    let admin = judged(&manager, "Org", &other.admin.certificate);
    assert!(matches!(admin.verdict(), Verdict::No(_)));
    assert!(admin.satisfies(&Principal::role("Org", MspRole::Admin)).is_err());
}
