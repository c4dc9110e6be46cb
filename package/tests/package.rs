// SPDX-License-Identifier: Apache-2.0
//! Packages of Fabric's and of ours, and everything that must not be in one.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

use bccsp::{EngineChoice, Providers, Suite};
use flate2::{Compression, write::GzEncoder};
use gmca_package::{Error, Package, is_label, is_name, is_version};
use std::io::Write;
use tar::{Builder, EntryType, Header};

const REAL: &[u8] = include_bytes!("../../vectors/data/fabric/basic-ccaas-package.tar.gz");
const METADATA: &[u8] = br#"{"path":"","type":"ccaas","label":"basic_1"}"#;
const CONNECTION: &[u8] = br#"{"address":"cc:9999","dial_timeout":"10s","tls_required":false}"#;

fn read(bytes: &[u8]) -> Result<Package, Error> {
    Package::read(bytes, &Providers::new(Suite::Gm, EngineChoice::Auto).unwrap())
}

fn refused(bytes: &[u8]) -> String {
    read(bytes).expect_err("it must be refused").to_string()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A `.tar.gz`. Names are written as they are, for the ones that no honest tool would write.
fn archive(files: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, content) in files {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    gzip(&builder.into_inner().unwrap())
}

fn files(files: &[(&str, &[u8])]) -> Vec<u8> {
    let files: Vec<_> =
        files.iter().map(|(name, bytes)| (*name, EntryType::Regular, *bytes)).collect();
    archive(&files)
}

fn package(metadata: &[u8], code: &[u8]) -> Vec<u8> {
    files(&[("metadata.json", metadata), ("code.tar.gz", code)])
}

fn with_code(code: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    package(br#"{"type":"NODE","label":"n"}"#, &archive(code))
}

#[test]
fn the_package_of_a_real_network_has_the_id_that_its_ledger_states() {
    let package = read(REAL).unwrap();
    let block = std::fs::read("../vectors/data/fabric/blocks/peer/1.block").unwrap();
    let id = package.id().as_bytes();
    assert!(block.windows(id.len()).any(|window| window == id), "{}", package.id());
    assert_eq!((package.label(), package.kind(), package.path()), ("basic_1", "ccaas", ""));
    assert_eq!(package.files(), [("connection.json".to_owned(), 72)]);
    let connection = package.connection().unwrap();
    assert_eq!(connection.address, "127.0.0.1:19999");
    assert_eq!(connection.dial_timeout.as_deref(), Some("10s"));
    assert!(!connection.tls_required && !connection.has_client_key);
}

#[test]
fn one_changed_byte_is_another_package_or_none() {
    let id = read(REAL).unwrap().id().to_owned();
    let mut read_anyway = 0;
    for at in 0..REAL.len() {
        let mut bytes = REAL.to_vec();
        bytes[at] ^= 1;
        if let Ok(package) = read(&bytes) {
            assert_ne!(package.id(), id, "byte {at}");
            read_anyway += 1;
        }
        assert!(read(&REAL[..at]).is_err(), "cut at {at}");
    }
    // Dates and owners in headers change nothing but the id.
    assert!(read_anyway > 0);
}

#[test]
fn what_belongs_into_a_package() {
    let code = files(&[("connection.json", CONNECTION)]);
    assert!(read(&package(METADATA, &code)).is_ok());
    let more = files(&[("README", b"hello"), ("metadata.json", METADATA), ("code.tar.gz", &code)]);
    assert_eq!(read(&more).unwrap().ignored(), ["README"]);
    let dotted = files(&[("./metadata.json", METADATA), ("./code.tar.gz", &code)]);
    assert_eq!(read(&dotted).unwrap().label(), "basic_1");
    for (bytes, words) in [
        (files(&[("code.tar.gz", &code)]), "the package has no metadata.json"),
        (files(&[("metadata.json", METADATA)]), "the package has no code.tar.gz"),
        (package(METADATA, &files(&[("x", b"")])), "the package has no connection.json in code"),
        (package(METADATA, b"code"), "code.tar.gz: not a .tar.gz that can be read"),
        (package(METADATA, &gzip(b"")), "code.tar.gz: not a .tar.gz that can be read: it is empty"),
        (
            package(METADATA, &gzip(&[0; 1024])),
            "code.tar.gz: not a .tar.gz that can be read: it is empty",
        ),
        (b"PK".to_vec(), "package: not a .tar.gz that can be read"),
        (Vec::new(), "package: not a .tar.gz that can be read"),
        (
            files(&[
                ("metadata.json", METADATA),
                ("metadata.json", METADATA),
                ("code.tar.gz", &code),
            ]),
            "package: \"metadata.json\" is there twice",
        ),
        (
            files(&[("metadata.json", METADATA), ("./metadata.json", METADATA)]),
            "package: \"metadata.json\" is there twice",
        ),
    ] {
        let error = refused(&bytes);
        assert!(error.contains(words), "{error} does not say {words}");
    }
}

#[test]
fn metadata_and_connection_are_checked() {
    let code = files(&[("connection.json", CONNECTION)]);
    for (metadata, words) in [
        (&b"{}"[..], "metadata.json: missing field"),
        (b"{\"type\":\"ccaas\",\"label\":\"a b\"}", "metadata.json: the label \"a b\" must be"),
        (b"{\"type\":\"ccaas\",\"label\":\"-a\"}", "must be letters, digits"),
        (b"{\"type\":\"ccaas\",\"label\":\"\"}", "must be letters, digits"),
        (b"{\"type\":\"\",\"label\":\"a\"}", "metadata.json: the type is empty"),
        (b"{\"type\":\"a\",\"label\":\"a\",\"label\":\"b\"}", "duplicate field"),
        (b"[1]", "metadata.json: "),
        (&[b' '; 70_000], "is larger than such a file can be"),
    ] {
        let error = refused(&package(metadata, &code));
        assert!(error.contains(words), "{error} does not say {words}");
    }
    for (connection, words) in [
        (&b"{}"[..], "connection.json: the address is empty"),
        (b"{\"address\":7}", "connection.json: invalid type"),
        (b"{\"address\":\"a\",\"dial_timeout\":[]}", "connection.json: "),
        (&[b' '; 300_000], "is larger than such a file can be"),
    ] {
        let error = refused(&package(METADATA, &files(&[("connection.json", connection)])));
        assert!(error.contains(words), "{error} does not say {words}");
    }
    let full = br#"{"address":"cc:1","dial_timeout":5000000000,"tls_required":true,"client_auth_required":true,
        "client_key":"KEY","client_cert":"CERT","root_cert":"ROOT","domain":"d"}"#;
    let full = read(&package(METADATA, &files(&[("connection.json", full)]))).unwrap();
    assert_eq!(full.connection().unwrap().dial_timeout.as_deref(), Some("5000000000ns"));
    assert!(full.connection().unwrap().has_client_key);
    // A key in a package is nothing to print.
    assert!(
        !format!("{full:?}{}", serde_json::to_string(full.connection().unwrap()).unwrap())
            .contains("KEY")
    );
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for (name, words) in [
        ("/etc/passwd", "has a name that leads elsewhere"),
        ("../x", "has a name that leads elsewhere"),
        ("a/../../x", "has a name that leads elsewhere"),
        ("a/..", "has a name that leads elsewhere"),
        ("C:x", "has a name that leads elsewhere"),
        ("a\\x", "has a name that leads elsewhere"),
        ("a\nb", "has control characters in its name"),
        ("./.", "has no name"),
    ] {
        let error = refused(&with_code(&[(name, EntryType::Regular, b"")]));
        assert!(error.contains(words), "{name}: {error}");
    }
    let package = read(&with_code(&[
        ("src/", EntryType::Directory, b""),
        ("src/a..b/...", EntryType::Regular, b"1"),
        ("./src//main.js", EntryType::Regular, b"22"),
    ]));
    let expected = [("src/a..b/...".to_owned(), 1), ("src/main.js".to_owned(), 2)];
    assert_eq!(package.unwrap().files(), expected);
}

#[test]
fn only_files_and_folders() {
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::GNUSparse,
        EntryType::GNULongLink,
        EntryType::new(b'Z'),
    ] {
        let error = refused(&with_code(&[("x", kind, b"")]));
        assert!(error.contains("is neither a file nor a folder"), "{kind:?}: {error}");
        let outer = archive(&[("metadata.json", kind, b"")]);
        assert!(refused(&outer).contains("is neither a file nor a folder"), "{kind:?}");
    }
}

#[test]
fn long_names_of_both_kinds_are_obeyed_within_bounds() {
    let long = format!("src/{}.js", "n".repeat(300));
    let pax = |key: &str, value: &str| {
        let rest = format!(" {key}={value}\n");
        let mut length = rest.len();
        while format!("{length}{rest}").len() != length {
            length = format!("{length}{rest}").len();
        }
        format!("{length}{rest}")
    };
    let gnu = format!("{long}\0");
    let posix = pax("path", &long);
    for (kind, content) in [(EntryType::GNULongName, &gnu), (EntryType::XHeader, &posix)] {
        let bytes = with_code(&[
            ("@", kind, content.as_bytes()),
            ("short", EntryType::Regular, b"1"),
            ("next", EntryType::Regular, b"22"),
        ]);
        let package = read(&bytes).unwrap();
        assert_eq!(package.files(), [(long.clone(), 1), ("next".to_owned(), 2)], "{kind:?}");
    }
    let both = |kind, content: &[u8]| {
        refused(&with_code(&[("@", kind, content), ("short", EntryType::Regular, b"")]))
    };
    assert!(both(EntryType::XHeader, pax("path", "../x").as_bytes()).contains("leads elsewhere"));
    assert!(both(EntryType::GNULongName, b"/x\0").contains("leads elsewhere"));
    assert!(both(EntryType::XHeader, pax("size", "9").as_bytes()).contains("a size of its own"));
    assert!(both(EntryType::XHeader, b"nonsense").contains("not a .tar.gz that can be read"));
    assert!(both(EntryType::GNULongName, &[b'n'; 70_000]).contains("over 65536 bytes of a header"));
    assert!(both(EntryType::GNULongName, &[b'n'; 2000]).contains("has too long a name"));
    assert!(both(EntryType::GNULongName, b"\xff\0").contains("not UTF-8"));
}

#[test]
fn sizes_are_bounded() {
    // 120 MiB of zeros, packed into next to nothing.
    let bomb = vec![0; 120 << 20];
    let outer = files(&[("metadata.json", METADATA), ("zeros", &bomb)]);
    assert!(outer.len() < 1 << 20);
    assert_eq!(refused(&outer), "package: over 100 MiB, unpacked");
    let code = package(METADATA, &bomb);
    assert!(refused(&code).contains("is larger than such a file can be"));
    let many: Vec<(String, EntryType)> =
        (0..101).map(|n| (n.to_string(), EntryType::Regular)).collect();
    let many: Vec<_> = many.iter().map(|(name, kind)| (&name[..], *kind, &b""[..])).collect();
    assert_eq!(refused(&archive(&many)), "package: over 100 files");
    // A header that promises more than follows.
    let mut header = Header::new_ustar();
    header.set_path("code.tar.gz").unwrap();
    header.set_size(1 << 40);
    header.set_cksum();
    assert!(refused(&gzip(header.as_bytes())).contains("is larger than such a file can be"));
    header.set_size(5000);
    header.set_cksum();
    assert!(refused(&gzip(header.as_bytes())).contains("ends too soon"));
}

#[test]
fn names() {
    for good in ["a", "basic_1.0", "A+b-c", "9", "v1.0_x+y-z"] {
        assert!(is_label(good), "{good}");
        assert!(is_version(good), "{good}");
    }
    for bad in ["", "_a", ".a", "-a", "+a", "a b", "a:b", "é", "a/b", "a\n"] {
        assert!(!is_label(bad), "{bad}");
    }
    assert!(is_version("_a") && is_version(".") && !is_version("") && !is_version("a b"));
    for good in ["a", "basic", "a-b_c-9", "Basic1"] {
        assert!(is_name(good), "{good}");
    }
    for bad in ["", "-a", "a-", "a--b", "a__b", "a.b", "_lifecycle", "a b", "é"] {
        assert!(!is_name(bad), "{bad}");
    }
}
