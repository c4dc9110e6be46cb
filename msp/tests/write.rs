// SPDX-License-Identifier: Apache-2.0
//! What is written, under which names and modes, and that nothing is left behind.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod support;

use bccsp::Suite;
use gmca_msp::{Contents, Error, MspFolder, Place};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use support::{Org, ca_plan, crl, make, root};
use sys::sim::MemoryDisk;
use sys::{Access, Disk, SystemDisk};

fn names(files: &[std::path::PathBuf]) -> Vec<String> {
    let names = files.iter().map(|path| path.strip_prefix("msp").unwrap().display().to_string());
    names.collect()
}

#[test]
fn the_layout_is_fabrics() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let mut contents = org.contents();
    let tls = root(&org.providers, Suite::Nist, "/CN=tlsca.org1");
    let below = make(&org.providers, Suite::Nist, ca_plan("/CN=tlsica.org1", 2), Some(&tls));
    contents.tls_ca_certificates = vec![tls.certificate];
    contents.tls_intermediates = vec![below.certificate];
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(1 << 20));
    let written = contents.write(&disk, &org.providers, Path::new("msp")).unwrap();
    let ski = org.providers.ski(org.peer.key.verifying_key().public_key()).unwrap();
    assert_eq!(
        names(&written),
        [
            "cacerts/ca.org1-cert.pem".to_owned(),
            "intermediatecerts/ica.org1-cert.pem".to_owned(),
            "tlscacerts/tlsca.org1-cert.pem".to_owned(),
            "tlsintermediatecerts/tlsica.org1-cert.pem".to_owned(),
            "admincerts/Admin@org1-cert.pem".to_owned(),
            "signcerts/peer0.org1-cert.pem".to_owned(),
            "crls/ca.org1-crl.pem".to_owned(),
            format!("keystore/{ski}_sk"),
            "config.yaml".to_owned(),
        ]
    );
    for file in &written {
        assert!(disk.exists(file), "{}", file.display());
    }
    let yaml = String::from_utf8(disk.read(Path::new("msp/config.yaml")).unwrap()).unwrap();
    assert!(yaml.contains("Certificate: intermediatecerts/ica.org1-cert.pem"), "{yaml}");
}

#[test]
fn what_is_written_is_read_again() {
    for (cas, members) in
        [(Suite::Gm, Suite::Gm), (Suite::Nist, Suite::Nist), (Suite::Nist, Suite::Gm)]
    {
        let org = Org::new(cas, members);
        let folder = org.folder().read();
        let found = |place| folder.certificates(place).iter().map(|f| &f.item).collect::<Vec<_>>();
        assert_eq!(found(Place::CaCerts), [&org.root.certificate]);
        assert_eq!(found(Place::IntermediateCerts), [&org.intermediate.certificate]);
        assert_eq!(found(Place::AdminCerts), [&org.admin.certificate]);
        assert_eq!(folder.signer().unwrap().item, org.peer.certificate);
        assert_eq!(folder.crls().len(), 1);
        let public = *org.peer.key.verifying_key().public_key();
        assert_eq!(folder.keys()[0].public, Some(public));
        assert_eq!(folder.config(), org.contents().config.as_ref());
    }
}

#[test]
fn equal_names_are_numbered_and_equal_content_is_one_file() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let other = root(&org.providers, Suite::Nist, "/O=Other/CN=ca.org1");
    let own = || org.root.certificate.clone();
    let contents = Contents::new(vec![own(), other.certificate, own()]);
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(1 << 20));
    let written = contents.write(&disk, &org.providers, Path::new("msp")).unwrap();
    assert_eq!(names(&written), ["cacerts/ca.org1-cert.pem", "cacerts/ca.org1-2-cert.pem"]);
}

#[test]
fn modes_on_a_real_disk() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let dir = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
    let path = dir.path().join("org/msp");
    org.contents().write(&disk, &org.providers, &path).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path.join("keystore")), 0o700);
    let folder = MspFolder::read(&SystemDisk, &org.providers, &path).unwrap();
    assert_eq!(mode(&folder.keys()[0].path), 0o600);
    assert_eq!(folder.keys()[0].mode, Some(0o600));
    assert!(!path.join("tlscacerts").exists());
    assert_eq!(folder.check(&org.providers, support::now()).unwrap(), []);
    // Nothing else is beside it.
    assert_eq!(SystemDisk.list(&dir.path().join("org")).unwrap(), [path]);
}

#[test]
fn what_stands_there_is_kept() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let dir = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
    let path = dir.path().join("msp");
    SystemDisk.create_dir(&path, Access::Public).unwrap();
    // An empty folder is as good as none.
    org.contents().write(&disk, &org.providers, &path).unwrap();
    let before = SystemDisk.list(&path).unwrap();
    let again = org.contents().write(&disk, &org.providers, &path);
    assert!(matches!(again, Err(Error::Exists(_))), "{again:?}");
    assert_eq!(SystemDisk.list(&path).unwrap(), before);
    assert_eq!(SystemDisk.list(dir.path()).unwrap(), [path]);
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let mut room = 0;
    loop {
        let memory = Arc::new(MemoryDisk::new(room));
        let disk: Arc<dyn Disk> = Arc::clone(&memory) as Arc<dyn Disk>;
        if org.contents().write(&disk, &org.providers, Path::new("msp")).is_ok() {
            break;
        }
        // Whatever is left would stop a write of everything there is room for.
        let everything = vec![0; room];
        memory.create(Path::new("all"), &everything, Access::Public).unwrap();
        room += 100;
    }
    assert!(room > 2000, "{room}");
}

#[test]
fn what_makes_no_msp_is_refused_before_anything_is_written() {
    let org = Org::new(Suite::Gm, Suite::Gm);
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(1 << 20));
    let refused = |contents: Contents| {
        let error = contents.write(&disk, &org.providers, Path::new("msp")).unwrap_err();
        assert!(!disk.exists(Path::new("msp/cacerts/ca.org1-cert.pem")));
        error
    };
    assert!(matches!(refused(Contents::default()), Error::NoCa));
    let key = Some(org.admin.key.export().unwrap());
    let error = refused(Contents { key, ..org.contents() });
    assert!(error.to_string().contains("peer0.org1"), "{error}");
    let no_signer = Contents { signer: None, ..org.contents() };
    assert!(matches!(refused(no_signer), Error::KeyWithoutCertificate));
}

#[test]
fn crls_are_named_after_their_issuer() {
    let org = Org::new(Suite::Nist, Suite::Nist);
    let list = crl(&org.providers, &org.intermediate, &[], "2036-01-01");
    let contents = Contents { crls: vec![list], ..org.contents() };
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(1 << 20));
    let written = contents.write(&disk, &org.providers, Path::new("msp")).unwrap();
    assert!(names(&written).contains(&"crls/ica.org1-crl.pem".to_owned()));
}
