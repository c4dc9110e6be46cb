// SPDX-License-Identifier: Apache-2.0
//! Definitions of MSPs: read, written, and refused in words; and who signs with what is in a folder.

mod support;

use bccsp::{Context, Suite};
use gmca_msp::{Contents, Definition, Error, Manager, MspFolder, SigningIdentity};
use pki::Certificate;
use pki::extension::{BasicConstraints, TypedExtension};
use proto::Bytes;
use proto::msp::{FabricCryptoConfig, FabricMspConfig, FabricOuIdentifier, MspConfig};
use proto::prost::Message;
use std::path::Path;
use std::time::Duration;
use support::channel::{define, definition, policy};
use support::{Identity, OnDisk, Org, Plan, ca_plan, make, path, plan, time};

fn pem(certificate: &Certificate) -> Bytes {
    certificate.to_pem().into()
}

/// What is said about the definition of an organisation after a change to its message.
fn refused(org: &Org, change: impl FnOnce(&mut FabricMspConfig)) -> String {
    match changed(org, change) {
        Err(error) => error.to_string(),
        Ok(definition) => panic!("{definition:?}"),
    }
}

fn changed(org: &Org, change: impl FnOnce(&mut FabricMspConfig)) -> Result<Definition, Error> {
    let mut message = define(org, "Org").message().clone();
    change(&mut message);
    let outer = MspConfig { r#type: 0, config: message.encode_to_vec().into() };
    Definition::from_proto(&outer.encode_to_vec(), &org.providers)
}

#[test]
fn definitions_round_trip_in_each_family() {
    for (suite, family, function) in [(Suite::Nist, "SHA2", "SHA256"), (Suite::Gm, "SM3", "SM3")] {
        let org = Org::new(suite, suite);
        let definition = define(&org, "Org");
        let read = Definition::from_proto(&definition.to_proto(), &org.providers).unwrap();
        assert_eq!(read, definition);
        assert_eq!(read.to_proto(), definition.to_proto());
        let crypto = read.message().crypto_config.clone().unwrap();
        assert_eq!(crypto.signature_hash_family, family);
        assert_eq!(crypto.identity_identifier_hash_function, function);
        assert!(read.message().signing_identity.is_none());
        let msp = read.msp(&org.providers).unwrap();
        assert_eq!(msp.id(), "Org");
        assert!(msp.is_member(&org.peer.certificate).unwrap().is_yes());
        assert!(msp.is_admin(&org.admin.certificate).unwrap().is_yes());
        assert!(!msp.is_member(&org.intermediate.certificate).unwrap().is_yes());
    }
}

#[test]
fn bytes_stay_as_they_travelled() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let disk = org.folder();
    let odd = format!("a note\r\n{}", org.root.certificate.to_pem().replace('\n', "\r\n"));
    let name = "cacerts/ca.org1-cert.pem";
    disk.put(name, &odd);
    let definition = disk.read().definition(&org.providers, "Org").unwrap();
    assert_eq!(definition.message().root_certs, [Bytes::from(odd)]);
    // A private key beside a certificate does not travel.
    let with_key = format!(
        "{}{}",
        bccsp::encoding::pem::encode("PRIVATE KEY", b"secret"),
        org.root.certificate.to_pem()
    );
    disk.put(name, with_key);
    let definition = disk.read().definition(&org.providers, "Org").unwrap();
    assert_eq!(definition.message().root_certs, [pem(&org.root.certificate)]);
    // An unknown field is no reason to write anything else than what was read.
    let mut inner = define(&org, "Org").message().encode_to_vec();
    inner.extend([0xfa, 0x01, 1, b'x']);
    let outer = MspConfig { r#type: 0, config: inner.into() }.encode_to_vec();
    let read = Definition::from_proto(&outer, &org.providers).unwrap();
    assert_eq!(&read.to_proto()[..], outer);
}

#[test]
fn names_of_algorithms_are_known_and_fit() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let crypto = |family: &str, function: &str| {
        let (signature_hash_family, identity_identifier_hash_function) =
            (family.to_owned(), function.to_owned());
        Some(FabricCryptoConfig { signature_hash_family, identity_identifier_hash_function })
    };
    let with = |crypto| refused(&org, |message| message.crypto_config = crypto);
    assert!(with(crypto("SM3", "MD5")).contains("`MD5` is not known"));
    assert!(with(crypto("SHA2", "SM3")).contains("signature_hash_family is `SHA2`"));
    // What a configtxgen that does not know the keys writes.
    let why = with(crypto("SHA2", "SHA256"));
    assert!(why.contains("MSP `Org`") && why.contains("set SM3 and SM3"), "{why}");
    for absent in [None, crypto("", ""), crypto("SM3", ""), crypto("", "SM3")] {
        assert!(changed(&org, |message| message.crypto_config = absent).is_ok());
    }
    // While an organisation moves from one family to the other, it has roots of both.
    let new = Org::new(Suite::Nist, Suite::Nist);
    let both = |message: &mut FabricMspConfig| {
        message.root_certs.push(pem(&new.root.certificate));
        message.intermediate_certs.push(pem(&new.intermediate.certificate));
        message.fabric_node_ous = None;
    };
    let moving = changed(&org, both).unwrap().msp(&org.providers).unwrap();
    for peer in [&org.peer, &new.peer] {
        assert!(moving.is_member(&peer.certificate).unwrap().is_yes());
    }
}

#[test]
fn cas_say_that_they_are() {
    let org = Org::new(Suite::Nist, Suite::Nist);
    let flagless = make(&org.providers, Suite::Nist, plan("CN=flagless", 7), None);
    let no_flag = BasicConstraints { ca: false, path_len: None }.extension(true);
    let unset = Plan { extensions: vec![no_flag], ..plan("CN=unset", 7) };
    let unset = make(&org.providers, Suite::Nist, unset, None);
    let nameless = Plan { key_id: false, ..ca_plan("CN=nameless", 7) };
    let nameless = make(&org.providers, Suite::Nist, nameless, None);
    for (bad, words) in [
        (&flagless, "CN=flagless (serial 7) does not say that it is a CA"),
        (&unset, "CN=unset (serial 7) does not say that it is a CA"),
        (&nameless, "CN=nameless (serial 7) has no subjectKeyIdentifier"),
    ] {
        let bad = pem(&bad.certificate);
        for why in [
            refused(&org, |message| message.root_certs.push(bad.clone())),
            refused(&org, |message| message.tls_root_certs.push(bad.clone())),
            refused(&org, |message| message.tls_intermediate_certs.push(bad.clone())),
            refused(&org, |message| message.intermediate_certs.push(bad.clone())),
        ] {
            assert!(why.starts_with("MSP `Org`: ") && why.contains(words), "{why}");
        }
    }
}

#[test]
fn what_no_msp_is_made_of() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let other = Org::new(Suite::Gm, Suite::Gm);
    let from =
        |bytes: &[u8]| Definition::from_proto(bytes, &org.providers).unwrap_err().to_string();
    assert!(from(b"\xff").contains("no MSPConfig"));
    let kind = |r#type, config| MspConfig { r#type, config }.encode_to_vec();
    assert!(from(&kind(1, Bytes::new())).contains("Idemix"));
    assert!(from(&kind(2, Bytes::new())).contains("type 2"));
    assert!(from(&kind(0, Bytes::from_static(b"\xff"))).contains("no FabricMSPConfig"));
    assert!(from(b"").contains("without a name"));
    for (words, change) in [
        ("at least one CA", (|message| message.root_certs.clear()) as fn(&mut FabricMspConfig)),
        ("it is not PEM", |message| message.root_certs[0] = Bytes::from_static(b"x")),
        ("(admin)", |message| message.admins.push(Bytes::new())),
        ("a CRL", |message| message.revocation_list.push(Bytes::from_static(b"x"))),
        ("without a name", |message| message.name.clear()),
    ] {
        let why = refused(&org, change);
        assert!(why.contains(words), "{why}");
    }
    let stranger = pem(&other.intermediate.certificate);
    let why = refused(&org, |message| message.intermediate_certs.push(stranger.clone()));
    assert!(why.contains("issues nobody"), "{why}");
    let unit = FabricOuIdentifier {
        certificate: stranger,
        organizational_unit_identifier: "peer".to_owned(),
    };
    let why = refused(&org, |message| message.organizational_unit_identifiers.push(unit.clone()));
    assert!(why.contains("`peer` is pinned to") && why.contains("no CA of this MSP"), "{why}");
    let why = refused(&org, |message| {
        message.fabric_node_ous.as_mut().unwrap().peer_ou_identifier = Some(unit);
    });
    assert!(why.contains("no CA of this MSP"), "{why}");
}

#[test]
fn units_may_be_pinned_to_a_ca() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let second = ca_plan("/O=Org1/CN=ica2.org1", 5);
    let second = make(&org.providers, Suite::Gm, second, Some(&org.root));
    let peer = plan("/O=Org1/OU=peer/CN=peer9.org1", 6);
    let peer = make(&org.providers, Suite::Gm, peer, Some(&second));
    let definition = changed(&org, |message| {
        message.intermediate_certs.push(pem(&second.certificate));
    });
    let msp = definition.unwrap().msp(&org.providers).unwrap();
    let verdict = msp.is_member(&peer.certificate).unwrap();
    assert!(verdict.to_string().contains("counts only when"), "{verdict}");
    let loose = changed(&org, |message| {
        message.intermediate_certs.push(pem(&second.certificate));
        let units = message.fabric_node_ous.as_mut().unwrap();
        units.peer_ou_identifier.as_mut().unwrap().certificate = Bytes::new();
    });
    let msp = loose.unwrap().msp(&org.providers).unwrap();
    assert!(msp.is_member(&peer.certificate).unwrap().is_yes());
}

#[test]
fn what_ends_soon_is_another_question() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let (now, day) = (time("2035-12-30").timestamp(), Duration::from_secs(24 * 3600));
    let definition = define(&org, "Org");
    assert_eq!(definition.ending(now, day).unwrap(), []);
    let soon = definition.ending(now, 3 * day).unwrap();
    let what: Vec<_> = soon.iter().map(|one| (one.what, one.is_past)).collect();
    assert_eq!(what, [("root CA", false), ("intermediate CA", false), ("admin", false)]);
    let text = soon[0].to_string();
    assert!(text.contains("CN=ca.org1") && text.contains("ends on 2036-01-01"), "{text}");
    let after = definition.ending(time("2036-06-01").timestamp(), Duration::ZERO).unwrap();
    assert!(after.iter().all(|one| one.is_past) && after.len() == 3);
    // Nobody is less of a member for it, whatever the time is.
    let plan = Plan { until: time("2026-01-02"), ..plan("/OU=peer/CN=short", 9) };
    let short = make(&org.providers, Suite::Gm, plan, Some(&org.intermediate));
    let msp = definition.msp(&org.providers).unwrap();
    assert!(msp.is_member(&short.certificate).unwrap().is_yes());
}

fn signer(disk: &OnDisk) -> Result<SigningIdentity, Error> {
    SigningIdentity::from_folder(&*disk.disk, &disk.providers, Path::new("msp"), "Org")
}

#[test]
fn who_lives_in_a_folder_signs() {
    for suite in Suite::ALL {
        let org = Org::new(suite, suite);
        let disk = org.folder();
        let check = |identity: &SigningIdentity| {
            let message: [&[u8]; 2] = [b"a", b"b"];
            let signature = identity.sign(&message).unwrap();
            let key = identity.key().verifying_key();
            key.verify(Context::Fabric, &[b"ab"], signature.as_ref()).unwrap();
            let manager = Manager::new(&org.providers, [define(&org, "Org")]).unwrap();
            let data = proto::SignedData {
                identity: identity.serialized().clone(),
                message: vec![Bytes::from_static(b"ab")],
                signature: signature.into_vec().into(),
            };
            let decision = policy("'Org.peer'").evaluate(&manager.verify(&[data]));
            assert!(decision.is_satisfied(), "{decision}");
            let soon = identity.ending(time("2035-12-31").timestamp(), Duration::from_secs(90_000));
            assert!(soon.is_some_and(|ending| !ending.is_past));
        };
        let identity = signer(&disk).unwrap();
        assert_eq!(identity.msp_id(), "Org");
        assert_eq!(identity.certificate(), &org.peer.certificate);
        check(&identity);
        // As cryptogen calls it.
        let key = disk.read().keys()[0].path.clone();
        let text = disk.disk.read(&key).unwrap();
        disk.disk.remove(&key).unwrap();
        assert!(matches!(signer(&disk), Err(Error::NoSigner { .. })));
        let stray = org.admin.key.export().unwrap();
        let stray = bccsp::encoding::private_key::encode(&stray).unwrap();
        disk.put("keystore/a_sk", stray.expose());
        let why = signer(&disk).unwrap_err().to_string();
        assert!(why.contains("no file here holds the private key of"), "{why}");
        disk.put("keystore/priv_sk", text);
        check(&signer(&disk).unwrap());
        let store = bccsp::keystore::MemoryKeyStore::new(org.providers.clone());
        let stored = |store| {
            SigningIdentity::from_store(&org.providers, "Org", org.peer.certificate.clone(), store)
        };
        assert!(stored(&store).is_err());
        let key = org.peer.key.export().unwrap();
        bccsp::keystore::KeyStore::import(&store, &key, bccsp::KeyUse::Sign, "").unwrap();
        check(&stored(&store).unwrap());
    }
}

#[test]
fn a_key_of_somebody_else() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let Identity { certificate, .. } = &org.peer;
    let made =
        SigningIdentity::new(&org.providers, "Org", certificate.clone(), org.admin.key.clone());
    assert!(matches!(made, Err(Error::KeyDiffers { .. })));
    let disk = org.folder();
    disk.disk.remove(&path("signcerts/peer0.org1-cert.pem")).unwrap();
    assert!(matches!(signer(&disk), Err(Error::NoSigner { .. })));
}

#[test]
fn a_folder_that_is_no_definition() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let disk = org.folder();
    disk.put("config.yaml", "NodeOUs:\n  Enable: perhaps\n");
    let folder: MspFolder = disk.read();
    assert!(matches!(folder.definition(&org.providers, "Org"), Err(Error::Config(_))));
    let contents = Contents { config: None, ..org.contents() };
    let made = definition(&org.providers, "Org", &contents);
    assert!(made.message().fabric_node_ous.is_none());
}
