// SPDX-License-Identifier: Apache-2.0
//! Bad input: one clear line, the right exit code, and nothing left behind.

mod common;

use bccsp::{EngineChoice, Providers, Suite};
use ca::{Authority, Host, NewCa};
use common::Sandbox;
use pki::Name;
use std::sync::Arc;
use sys::{Clock, SystemDisk, Timestamp};

/// A sandbox with a CA and a user of each family.
fn furnished() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("pw", "correct horse\n");
    sandbox.write("wrong", "incorrect horse\n");
    sandbox.write("empty-pw", "\n");
    sandbox.all_ok(
        "init --dir ca --subject /CN=CA --suite gm
         init --dir other --subject /CN=Other --suite gm
         init --dir twin --subject /CN=CA --suite gm
         init --dir locked --subject /CN=Locked --password-file pw --suite gm
         key new --out sm2.key --suite gm
         key new --out p256.key --suite nist
         key new --out locked.key --suite gm --password-file pw
         req --key sm2.key --subject /CN=sm2 --out sm2.csr
         req --key p256.key --subject /CN=p256 --out p256.csr
         issue --ca ca sm2.csr --out sm2.crt
         issue --ca other sm2.csr --out other.crt
         crl --ca ca --out ca.crl
         key convert sm2.key --to public --out sm2.pub
         sign --key sm2.key pw --out pw.sig
         encrypt --to sm2.crt pw --out pw.sealed
         encrypt --raw --to sm2.crt pw --out pw.raw",
    );
    sandbox
}

/// A command line, and what its refusal must say.
const REFUSED: &[(&str, &str)] = &[
    ("key show locked.key --password-file wrong", "locked.key: the password is wrong"),
    ("key show locked.key --password-file empty-pw", "is empty"),
    ("key show locked.key --password-file missing", "missing"),
    ("key show locked.key --password-env GMCA_NO_SUCH", "holds no password"),
    ("key show locked.key", "--password-file"),
    ("key passwd locked.key --password-file wrong --no-password", "the password is wrong"),
    ("key passwd sm2.key", "--no-password"),
    ("key convert sm2.key --to sec1 --new-password-file pw --out x", "cannot be protected"),
    ("req --key locked.key --password-file wrong --subject /CN=x --out x", "the password is wrong"),
    ("cms sign --key sm2.key --cert p256.csr pw --out x", "p256.csr: "),
    (
        "cms sign --key p256.key --cert sm2.crt pw --out x",
        "sm2.crt: is the certificate of another key",
    ),
    (
        "cms sign --key sm2.key --cert sm2.crt --form gmssl --detached pw --out x",
        "no content apart",
    ),
    ("cms verify pw", "pw: "),
    ("cms decrypt --key sm2.key pw.sealed --out x", "pw.sealed: "),
    ("p12 export --key sm2.key --cert sm2.crt --out x", "--new-password-file"),
    ("p12 import pw --password-file pw --key-out x --cert-out y", "pw: "),
    ("doctor missing", "missing"),
    ("req --key sm2.key --subject nonsense --out x", "nonsense"),
    ("req --key sm2.key --subject /CN=x --san nonsense --out x", "nonsense"),
    ("issue --ca locked sm2.csr --password-file wrong --out x", "locked: the password is wrong"),
    ("issue --ca locked sm2.csr --out x", "--password-file"),
    (
        "issue --ca ca p256.csr --out x",
        "p256.csr: the request's key is P-256, but this CA issues SM2",
    ),
    ("issue --ca ca --profile nope sm2.csr --out x", "no profile `nope`"),
    ("issue --ca nowhere sm2.csr --out x", "nowhere: no CA here"),
    ("issue --ca pw sm2.csr --out x", "pw: no CA here"),
    ("issue --ca ca sm2.csr --out sm2.crt", "sm2.crt: exists already"),
    ("issue --ca ca sm2.csr --out nowhere/x", "nowhere/x"),
    ("issue --ca ca --batch nowhere --out-dir x", "nowhere"),
    ("issue --ca ca --batch pw --out-dir x", "pw"),
    ("init --dir ca --subject /CN=x", "ca: exists already"),
    ("init --dir x --parent nowhere --subject /CN=x", "nowhere: no CA here"),
    ("init --dir pw/x --subject /CN=x", "pw/"),
    ("init --dir x --parent locked --parent-password-file wrong --subject /CN=x", "locked"),
    ("init --dir x --openssl-conf missing", "missing"),
    ("init --dir x --openssl-conf sm2.crt", "sm2.crt"),
    ("key new --out sm2.key", "sm2.key: exists already"),
    ("key new --out nowhere/x", "nowhere/x"),
    ("crl --ca ca --out ca.crl", "ca.crl: exists already"),
    ("sign --key sm2.key pw --out pw.sig", "pw.sig: exists already"),
    ("encrypt --to sm2.crt pw --out pw.sealed", "pw.sealed: exists already"),
    ("decrypt --key sm2.key pw.sealed --out pw", "pw: exists already"),
    ("decrypt --key p256.key pw.sealed --out x", "pw.sealed"),
    ("decrypt --key locked.key --password-file pw pw.sealed --out x", "pw.sealed"),
    ("decrypt --key sm2.key pw.raw --out x", "pw.raw"),
    ("decrypt --raw --key sm2.key pw.sealed --out x", "pw.sealed"),
    ("encrypt --raw c1c3c2 --to p256.csr pw --out x", "gm family"),
    ("quickstart --dir ca", "ca: exists and is not empty"),
    ("verify --ca-file ca/ca.crt --at tomorrow sm2.crt", "`tomorrow` is no time"),
    ("verify --ca-file ca/ca.crt --purpose nonsense sm2.crt", "nonsense"),
    ("verify --ca-file ca/ca.crt --policy strict sm2.crt", "gm-field, fabric-msp, rfc5280, webpki"),
    ("verify --ca-file ca/ca.crt --certificate-policy gold sm2.crt", "no object identifier"),
    ("verify --ca-file missing sm2.crt", "missing"),
    ("revoke --ca ca --serial 0123", "0123"),
    ("revoke --ca ca --serial xyz", "`xyz` is no serial number in hex"),
    ("revoke --ca ca other.crt", "other.crt: was issued by"),
    ("revoke --ca twin sm2.crt", "no certificate with serial number"),
    ("list --ca nowhere", "nowhere: no CA here"),
    ("msp make --dir ca --ca-cert ca/ca.crt", "ca"),
    ("msp make --dir x --ca-cert ca/ca.crt --cert sm2.crt --key p256.key", "key"),
    ("msp check nowhere", "nowhere"),
    ("hash nowhere", "nowhere"),
    ("hash ca", "ca: is a folder"),
    ("config --config missing.yaml", "missing.yaml"),
    ("speed --only nonsense", "nonsense"),
    ("speed --seconds 0", "--seconds"),
];

#[test]
fn refusals_say_what_was_wrong() {
    let sandbox = furnished();
    for (line, text) in REFUSED {
        sandbox.refused(line, text);
    }
}

#[test]
fn revoking_twice_is_refused_and_changes_nothing() {
    let sandbox = furnished();
    sandbox.ok("revoke --ca ca sm2.crt --reason keyCompromise");
    sandbox.refused("revoke --ca ca sm2.crt", "is revoked already");
    let listed = sandbox.ok("list --ca ca --json").stdout;
    let record: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(record["revoked"]["reason"], 1, "{record}");
}

/// Each command that reads an object, with the object at `BAD`.
const READERS: &[&str] = &[
    "show BAD",
    "key show BAD",
    "key convert BAD --to sec1 --out x",
    "key passwd BAD --no-password",
    "req --key BAD --subject /CN=x --out x",
    "issue --ca ca BAD --out x",
    "verify --ca-file BAD sm2.crt",
    "verify --ca-file ca/ca.crt BAD",
    "verify --ca-file ca/ca.crt --untrusted BAD sm2.crt",
    "verify --ca-file ca/ca.crt --crl BAD sm2.crt",
    "revoke --ca ca BAD",
    "msp make --dir x --ca-cert BAD",
    "msp make --dir x --ca-cert ca/ca.crt --cert BAD",
    "msp make --dir x --ca-cert ca/ca.crt --cert sm2.crt --key BAD",
    "msp make --dir x --ca-cert ca/ca.crt --crl BAD",
    "sign --key BAD pw --out x",
    "check-sig --cert BAD --signature pw.sig pw",
    "check-sig --public-key BAD --signature pw.sig pw",
    "encrypt --to BAD pw --out x",
    "decrypt --key BAD pw.sealed --out x",
    "decrypt --key sm2.key BAD --out x",
    "decrypt --raw --key sm2.key BAD --out x",
];

#[test]
fn damaged_files_are_refused_by_every_reader() {
    let sandbox = furnished();
    let certificate = String::from_utf8(sandbox.read("sm2.crt")).unwrap();
    let half: String = certificate.chars().take(certificate.len() / 2).collect();
    sandbox.write("empty", "");
    sandbox.write("garbage", (0..2_000u32).map(|n| ((n * 7_919) >> 3) as u8).collect::<Vec<_>>());
    sandbox.write("half.pem", half);
    sandbox.write(
        "not-der.pem",
        "-----BEGIN CERTIFICATE-----\nbm90IERFUg==\n-----END CERTIFICATE-----\n",
    );
    sandbox
        .write("not-base64.pem", "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n");
    // A SEQUENCE that claims four gigabytes.
    sandbox.write("long.der", [0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02, 0x01, 0x00]);
    for reader in READERS {
        for bad in
            ["empty", "garbage", "half.pem", "not-der.pem", "not-base64.pem", "long.der", "missing"]
        {
            sandbox.refused(&reader.replace("BAD", bad), "");
        }
    }
    // What is no signature at all is simply not one by this key.
    sandbox.no("check-sig --cert sm2.crt --signature garbage pw", "not by this key");
}

#[test]
fn an_object_of_another_kind_is_refused() {
    let sandbox = furnished();
    let cases = [
        ("issue --ca ca sm2.crt --out x", "sm2.crt"),
        ("revoke --ca ca sm2.csr", "sm2.csr"),
        ("verify --ca-file ca/ca.crt sm2.csr", "sm2.csr"),
        ("verify --ca-file ca/ca.crt --crl sm2.crt sm2.crt", "sm2.crt"),
        ("key show sm2.crt", "sm2.crt"),
        ("sign --key sm2.pub pw --out x", "sm2.pub"),
        ("encrypt --to sm2.key pw --out x", "sm2.key"),
    ];
    for (line, text) in cases {
        sandbox.refused(line, text);
    }
}

#[test]
fn a_request_with_a_broken_signature_is_refused() {
    let sandbox = furnished();
    let request = pki::Request::from_pem_or_der(&sandbox.read("sm2.csr")).unwrap();
    let mut der = request.as_der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    sandbox.write("broken.csr", der);
    sandbox.refused("issue --ca ca broken.csr --out x", "proof of possession failed");
    // In a batch the others are served, and the answer is no.
    std::fs::create_dir(sandbox.path("requests")).unwrap();
    for name in ["sm2.csr", "broken.csr", "p256.csr", "pw"] {
        std::fs::copy(sandbox.path(name), sandbox.path("requests").join(name)).unwrap();
    }
    let ran = sandbox.run("issue --ca ca --batch requests --out-dir given");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    for name in ["broken.csr: ", "p256.csr: ", "pw: "] {
        assert!(ran.stderr.contains(&format!("refused: requests/{name}")), "{}", ran.stderr);
    }
    let given: Vec<_> = sandbox.names().into_iter().filter(|n| n.starts_with("given/")).collect();
    assert_eq!(given, ["given/sm2.crt"]);
}

/// The first of January 2001.
#[derive(Debug)]
struct LongAgo;

impl Clock for LongAgo {
    fn now(&self) -> Timestamp {
        Timestamp(978_307_200)
    }

    // A process that another test starts holds locks for a moment, until it is what it will be.
    fn sleep(&self, time: std::time::Duration) {
        sys::SystemClock.sleep(time);
    }
}

fn host(clock: Arc<dyn Clock>) -> Host {
    let providers = Arc::new(Providers::new(Suite::Gm, EngineChoice::Auto).unwrap());
    Host { providers, clock, disk: Arc::new(SystemDisk) }
}

#[test]
fn a_ca_that_has_expired_issues_nothing() {
    let sandbox = furnished();
    let new = NewCa::root(Name::parse("/CN=Old").unwrap());
    drop(Authority::init(&host(Arc::new(LongAgo)), &sandbox.path("old"), &new).unwrap());
    sandbox.refused("issue --ca old sm2.csr --out x", "valid from Jan  1 00:00:00 2001");
    sandbox.refused("crl --ca old --out x", "make a new CA");
    sandbox.refused("init --dir x --parent old --subject /CN=x", "make a new CA");
    // What it did can still be looked at.
    sandbox.ok("list --ca old");
}

#[test]
fn a_second_process_is_refused_by_name() {
    let sandbox = furnished();
    let host = host(Arc::new(sys::SystemClock));
    let held = Authority::open(&host, &sandbox.path("ca")).unwrap();
    let text = format!("in use by process {}", std::process::id());
    let started = std::time::Instant::now();
    sandbox.refused("issue --ca ca sm2.csr --out x", &text);
    assert!(started.elapsed().as_secs() >= 1, "it did not wait");
    sandbox.refused("list --ca ca", &text);
    drop(held);
    sandbox.ok("list --ca ca");
}

#[test]
fn force_replaces_and_only_what_was_named() {
    let sandbox = furnished();
    let before = sandbox.contents();
    sandbox.ok("issue --ca ca sm2.csr --out sm2.crt --force");
    let after = sandbox.contents();
    let changed: Vec<_> = after.iter().filter(|(path, bytes)| before[*path] != **bytes).collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(before.len(), after.len());
}

#[cfg(unix)]
#[test]
fn folders_without_permission_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = furnished();
    let folder = sandbox.path("shut");
    std::fs::create_dir(&folder).unwrap();
    let mode = |bits| std::fs::set_permissions(&folder, PermissionsExt::from_mode(bits)).unwrap();
    mode(0o000);
    // Who may read everything, as root may, is refused for other reasons: nothing is in it.
    let ran = sandbox.run("issue --ca ca --batch shut --out-dir x");
    let listed = sandbox.run("list --ca shut");
    mode(0o700);
    for ran in [ran, listed] {
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.starts_with("gmca: error: shut"), "{}", ran.stderr);
    }
    assert!(!sandbox.path("x").exists());
}
