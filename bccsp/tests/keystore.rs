// SPDX-License-Identifier: Apache-2.0
//! Key stores in memory and in a folder do the same; the folder is one that Fabric reads.

#![allow(clippy::disallowed_methods)] // tests touch the real disk

use gmca_bccsp::encoding::private_key;
use gmca_bccsp::keystore::{FolderKeyStore, KeyStore, MemoryKeyStore};
use gmca_bccsp::{Context, EngineChoice, Error, KeyUse, Providers, SecretBytes, Ski, Suite};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

fn providers() -> Arc<Providers> {
    Arc::new(Providers::new(Suite::Gm, EngineChoice::Portable).unwrap())
}

fn folder(path: &Path) -> FolderKeyStore {
    FolderKeyStore::open(providers(), path).unwrap()
}

/// What every key store must do.
fn check(store: &dyn KeyStore) {
    assert_eq!(store.list().unwrap(), []);
    let mut made = Vec::new();
    for suite in Suite::ALL {
        for key_use in [KeyUse::Sign, KeyUse::Decrypt] {
            made.push(store.generate(suite, key_use, &format!("{suite} {key_use}")).unwrap());
        }
    }
    made.sort_by_key(|info| info.ski);
    assert_eq!(store.list().unwrap(), made);
    for info in &made {
        assert_eq!(&store.find(&info.ski).unwrap(), info);
        match info.key_use {
            KeyUse::Sign => {
                let key = store.signing_key(&info.ski).unwrap();
                let signature = key.sign(Context::Fabric, &[b"x"]).unwrap();
                key.verifying_key().verify(Context::Fabric, &[b"x"], signature.as_ref()).unwrap();
                assert!(matches!(store.decryption_key(&info.ski), Err(Error::Misuse(_))));
                let again = store.import(&key.export().unwrap(), KeyUse::Sign, "");
                assert!(matches!(again, Err(Error::Misuse(_))));
            }
            KeyUse::Decrypt => {
                let key = store.decryption_key(&info.ski).unwrap();
                let sealed = key.encryption_key().encrypt(b"x").unwrap();
                assert_eq!(key.decrypt(&sealed).unwrap().expose(), b"x");
                assert!(matches!(store.signing_key(&info.ski), Err(Error::Misuse(_))));
            }
        }
    }
    let ski = made[0].ski;
    store.set_label(&ski, "another").unwrap();
    assert_eq!(store.find(&ski).unwrap().label, "another");
    for label in ["two\nlines", " space", &"x".repeat(65)] {
        assert!(matches!(store.set_label(&ski, label), Err(Error::Misuse(_))));
        assert!(store.generate(Suite::Gm, KeyUse::Sign, label).is_err());
    }
    store.delete(&ski).unwrap();
    assert!(matches!(store.find(&ski), Err(Error::NotFound(_))));
    assert!(matches!(store.signing_key(&ski), Err(Error::NotFound(_))));
    assert!(matches!(store.delete(&ski), Err(Error::NotFound(_))));
    assert!(matches!(store.set_label(&Ski([0; 32]), "x"), Err(Error::NotFound(_))));
    assert_eq!(store.list().unwrap().len(), 3);
}

#[test]
fn in_memory() {
    check(&MemoryKeyStore::new(providers()));
}

#[test]
fn in_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    check(&folder(&dir.path().join("keystore")));
}

#[test]
fn in_a_folder_under_a_password() {
    let dir = tempfile::tempdir().unwrap();
    let password = |text: &[u8]| SecretBytes::copy_from(text);
    let store = folder(dir.path()).with_password(password(b"right"));
    let info = store.generate(Suite::Gm, KeyUse::Sign, "peer0").unwrap();
    let file = std::fs::read(store.path_of(&info.ski)).unwrap();
    assert!(private_key::is_protected(&file));
    store.signing_key(&info.ski).unwrap();
    // Without the password it is still listed.
    assert_eq!(folder(dir.path()).list().unwrap(), std::slice::from_ref(&info));
    assert!(folder(dir.path()).signing_key(&info.ski).is_err());
    let wrong = folder(dir.path()).with_password(password(b"wrong"));
    assert!(matches!(wrong.signing_key(&info.ski), Err(Error::Refused)));
}

#[test]
fn files_are_named_as_fabric_names_them_and_closed_to_others() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keystore");
    let store = folder(&path);
    let info = store.generate(Suite::Nist, KeyUse::Sign, "").unwrap();
    let file = path.join(format!("{}_sk", info.ski));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(&path)), (0o600, 0o700));
    // Readers of PEM skip the text in front.
    let key = private_key::decode(
        &providers(),
        &std::fs::read(&file).unwrap(),
        &private_key::no_password,
    );
    assert_eq!(
        key.unwrap().public(),
        store.signing_key(&info.ski).unwrap().export().unwrap().public()
    );
}

#[test]
fn keys_that_others_put_there_are_found_by_looking() {
    let dir = tempfile::tempdir().unwrap();
    let providers = providers();
    let key = providers.default_provider().generate_signing_key().unwrap();
    let pem = private_key::encode(&key.export().unwrap()).unwrap();
    std::fs::write(dir.path().join("priv_sk"), pem.expose()).unwrap();
    std::fs::write(dir.path().join("README"), "not a key").unwrap();
    let store = folder(dir.path());
    let ski = providers.ski(key.verifying_key().public_key()).unwrap();
    assert_eq!(store.find(&ski).unwrap().key_use, KeyUse::Sign);
    store.signing_key(&ski).unwrap();
    store.set_label(&ski, "found").unwrap();
    assert_eq!(store.find(&ski).unwrap().label, "found");
}

#[test]
fn a_file_under_the_name_of_another_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = folder(dir.path());
    let one = store.generate(Suite::Gm, KeyUse::Sign, "").unwrap();
    let two = store.generate(Suite::Gm, KeyUse::Sign, "").unwrap();
    std::fs::copy(store.path_of(&one.ski), store.path_of(&two.ski)).unwrap();
    assert!(matches!(store.signing_key(&two.ski), Err(Error::Malformed { .. })));
}

#[test]
fn a_full_disk_leaves_nothing() {
    let disk = Arc::new(sys::sim::MemoryDisk::new(100));
    let store = FolderKeyStore::open_on(disk.clone(), providers(), "keystore").unwrap();
    assert!(matches!(store.generate(Suite::Gm, KeyUse::Sign, ""), Err(Error::Storage { .. })));
    assert_eq!(store.list().unwrap(), []);
}
