// SPDX-License-Identifier: Apache-2.0
//! Every command where all is well, in both families; exit codes and JSON.
//!
//! Not here: refusals, and whether other programs agree (`interop/`).

mod common;

use common::{SUITES, Sandbox};
use serde_json::Value;

/// A line to run, the exit code, and what it prints on standard output.
type Step = (&'static str, i32, &'static str);

const STEPS: &[Step] = &[
    ("init --dir ca --subject '/C=CN/O=Org1/CN=根 CA'", 0, ""),
    ("init --dir sub --parent ca --subject '/O=Org1/CN=Issuing CA' --days 100", 0, ""),
    ("init --dir locked --subject /CN=Locked --password-file pw", 0, ""),
    ("key new --out user.key", 0, ""),
    ("key new --out locked.key --password-file pw", 0, ""),
    ("key new --keystore store --label first --use decrypt", 0, ""),
    ("key show user.key", 0, "not protected by a password"),
    ("key show locked.key --password-file pw", 0, "protected by a password"),
    ("key convert user.key --to pkcs8-der --out user.key.der", 0, ""),
    ("key convert user.key --to sec1 --out user.sec1", 0, ""),
    ("key convert user.sec1 --to public --out user.pub", 0, ""),
    ("key convert user.key --to public-der --out user.pub.der", 0, ""),
    (
        "key convert user.key --to pkcs8 --new-password-file pw --protection compat --out c.key",
        0,
        "",
    ),
    ("key passwd c.key --password-file pw --new-password-file pw2 --protection gm", 0, ""),
    ("key show c.key --password-file pw2", 0, "protected by a password"),
    ("key passwd c.key --password-file pw2 --no-password", 0, ""),
    ("req --key user.key --subject '/C=CN/O=Org1/CN=张伟' --out user.csr", 0, ""),
    (
        "req --key user.key --subject /CN=web --san DNS:web.org1 --san IP:10.0.0.1 --out web.csr",
        0,
        "",
    ),
    ("issue --ca sub user.csr --out user.crt", 0, ""),
    ("issue --ca sub --profile tls-server --days 9 web.csr --out web.crt", 0, ""),
    ("issue --ca locked --password-file pw user.csr --out locked.crt", 0, ""),
    ("issue --ca ca user.csr --out -", 0, "BEGIN CERTIFICATE"),
    ("show user.crt user.csr user.pub user.pub.der user.key.der", 0, "CN = 张伟"),
    ("show web.crt", 0, "DNS:web.org1, IP Address:10.0.0.1"),
    ("verify --ca-file ca/ca.crt --untrusted sub/ca.crt user.crt web.crt", 0, "web.crt: OK"),
    (
        "verify --ca-file ca/ca.crt --untrusted sub/ca.crt --purpose serverAuth --hostname web.org1 web.crt",
        0,
        "OK",
    ),
    ("verify --ca-file ca/ca.crt --untrusted sub/ca.crt --hostname other web.crt", 1, "web.crt: "),
    ("verify --ca-file ca/ca.crt --untrusted sub/ca.crt --at 2090-01-01 user.crt", 1, "user.crt: "),
    ("verify --ca-file locked/ca.crt user.crt", 1, "user.crt: "),
    (
        "verify --ca-file ca/ca.crt --untrusted sub/ca.crt --policy rfc5280 user.crt web.crt",
        0,
        "web.crt: OK",
    ),
    (
        "verify --ca-file ca/ca.crt --untrusted sub/ca.crt --policy webpki --purpose serverAuth --hostname web.org1 web.crt",
        0,
        "OK",
    ),
    (
        "verify --ca-file ca/ca.crt --untrusted sub/ca.crt --policy webpki user.crt",
        1,
        "an end entity without extKeyUsage",
    ),
    (
        "verify --ca-file ca/ca.crt --policy fabric-msp sub/ca.crt",
        1,
        "a CA in the place of an end entity",
    ),
    (
        "verify --ca-file ca/ca.crt --untrusted sub/ca.crt --policy fabric-msp --at 2090-01-01 user.crt",
        0,
        "OK",
    ),
    (
        "verify --ca-file ca/ca.crt --untrusted sub/ca.crt --certificate-policy 1.2.3 user.crt",
        1,
        "a certificate policy is demanded",
    ),
    ("revoke --ca sub user.crt --reason keyCompromise", 0, ""),
    ("crl --ca sub --days 3 --out sub.crl", 0, ""),
    ("crl --ca ca --out ca.crl", 0, ""),
    ("show sub.crl", 0, "Key Compromise"),
    (
        "verify --ca-file ca/ca.crt --untrusted sub/ca.crt --crl sub.crl --crl ca.crl user.crt",
        1,
        "revoked",
    ),
    (
        "verify --ca-file ca/ca.crt --untrusted sub/ca.crt --crl sub.crl --crl ca.crl web.crt",
        0,
        "OK",
    ),
    ("list --ca sub", 0, "revoked"),
    ("list --ca sub --status issued", 0, "CN=web"),
    ("list --ca sub --audit", 0, "revoke"),
    (
        "msp make --dir msp --ca-cert ca/ca.crt --intermediate sub/ca.crt --cert web.crt --key user.key --admin web.crt",
        0,
        "",
    ),
    ("msp check msp --member web.crt --admin web.crt", 0, "admin: "),
    ("msp check msp --member locked.crt", 1, "member: "),
    ("show msp", 0, "signcerts"),
    ("hash data", 0, "  data"),
    ("sign --key user.key data --out data.sig", 0, ""),
    ("check-sig --cert user.crt --signature data.sig data", 0, "data: OK"),
    ("check-sig --public-key user.pub --signature data.sig pw", 1, "pw: "),
    ("sign --key user.key data --form raw --out data.raw", 0, ""),
    ("check-sig --public-key user.pub --form raw --signature data.raw data", 0, "OK"),
    ("sign --key user.key data --form raw-public --out data.raw128", 0, ""),
    ("check-sig --public-key user.pub --form raw-public --signature data.raw128 data", 0, "OK"),
    ("encrypt --to user.crt data --out data.sealed", 0, ""),
    ("decrypt --key user.key data.sealed --out data.back", 0, ""),
    ("encrypt --raw --to user.pub pw --out pw.enc", 0, ""),
    ("decrypt --raw --key user.key pw.enc --out pw.back", 0, ""),
    ("cms sign --key user.key --cert user.crt data --out data.p7", 0, ""),
    (
        "cms verify --ca-file ca/ca.crt --untrusted sub/ca.crt data.p7 --out data.p7.back",
        0,
        "OK, signed by",
    ),
    ("cms verify --ca-file locked/ca.crt data.p7", 1, "data.p7: "),
    ("cms sign --key user.key --cert user.crt --detached data --der --out data.p7s", 0, ""),
    ("cms verify --content data data.p7s", 0, "OK"),
    ("cms verify --content pw data.p7s", 1, "does not hold"),
    ("cms encrypt --to user.crt data --out data.p7m", 0, ""),
    ("cms decrypt --key user.key --cert user.crt data.p7m --out data.p7m.back", 0, ""),
    ("cms encrypt --to user.crt --key user.key --cert user.crt data --out both.p7m", 0, ""),
    ("cms decrypt --key user.key both.p7m --out both.back", 0, "OK, signed by"),
    ("cms decrypt --key user.key --ca-file locked/ca.crt both.p7m --out no", 1, "both.p7m: "),
    (
        "p12 export --key user.key --cert user.crt --chain sub/ca.crt --name 张伟 --new-password-file pw --out user.p12",
        0,
        "",
    ),
    (
        "p12 import user.p12 --password-file pw --key-out p12.key --cert-out p12.crt --new-password-file pw2",
        0,
        "",
    ),
    ("key show p12.key --password-file pw2", 0, "protected by a password"),
    ("verify --ca-file ca/ca.crt p12.crt", 0, "OK"),
    ("doctor user.crt data.sig data", 0, "conforms  data.sig: signature by the"),
    ("doctor user.pub data.raw data", 1, "signature-raw: the signature is r"),
    ("doctor user.key data.p7m", 0, "encrypted message that user.key opens, to 300000 bytes"),
    ("doctor user.p12 --password-file pw", 0, "PKCS#12 bag of 1 keys and 3 certificates"),
    ("doctor user.crt sub/ca.crt ca/ca.crt user.csr", 0, "chain of 3 certificates"),
    ("doctor pw", 1, "unreadable"),
    ("selftest", 0, "ok"),
    ("config", 0, "default suite"),
    ("completions bash", 0, "complete"),
    ("--version", 0, "gmca "),
    ("help issue", 0, "Example"),
];

#[test]
fn every_command_does_its_work_in_both_families() {
    for suite in SUITES {
        let sandbox = Sandbox::new();
        sandbox.write("pw", "correct horse\n");
        sandbox.write("pw2", "battery staple\n");
        sandbox.write("data", vec![7; 300_000]);
        for (line, code, text) in STEPS {
            let ran = sandbox.run(&format!("--suite {suite} {line}"));
            assert_eq!(ran.code, Some(*code), "{suite}: {line}: {}{}", ran.stdout, ran.stderr);
            assert!(ran.stdout.contains(text), "{suite}: {line}: no `{text}` in {}", ran.stdout);
        }
        assert_eq!(sandbox.read("data"), sandbox.read("data.back"));
        for back in ["data.p7.back", "data.p7m.back", "both.back"] {
            assert_eq!(sandbox.read("data"), sandbox.read(back), "{back}");
        }
        assert!(!sandbox.path("no").exists(), "content that nobody trusted signed was written");
        assert_eq!(sandbox.read("pw"), sandbox.read("pw.back"));
        assert_eq!(sandbox.read("data.raw").len(), 64);
        assert_eq!(sandbox.read("data.raw128").len(), 128);
        let left: Vec<_> = sandbox.names().into_iter().filter(|n| n.contains("/.")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn digests_are_the_published_ones() {
    let sandbox = Sandbox::new();
    sandbox.write("abc", "abc");
    for (suite, digest) in [
        // GB/T 32905-2016 appendix A.1, FIPS 180-4 example
        ("gm", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        ("nist", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ] {
        let ran = sandbox.ok(&format!("hash --suite {suite} abc"));
        assert_eq!(ran.stdout, format!("{digest}  abc\n"));
    }
}

/// A line to run with `--json`, and the fields of every line it prints.
const JSON: &[(&str, &[&str])] = &[
    ("issue --ca ca user.csr --out again.crt", &["out", "serial"]),
    ("issue --ca ca --batch requests --out-dir given", &["issued", "refused", "seconds", "per_s"]),
    ("show user.crt", &["serial", "subject", "issuer", "not_after", "public_key", "extensions"]),
    ("show user.csr", &["subject", "public_key", "signature_algorithm"]),
    ("show ca.crl", &["issuer", "this_update", "next_update", "revoked"]),
    ("show user.key", &["algorithm", "suite", "ski", "public", "protected"]),
    ("key show user.key", &["algorithm", "suite", "ski", "public", "protected"]),
    ("verify --ca-file ca/ca.crt user.crt", &["file", "ok", "path", "error"]),
    ("doctor user.crt ca/ca.crt", &["ok", "files", "findings"]),
    (
        "list --ca ca",
        &[
            "number",
            "status",
            "serial",
            "subject",
            "profile",
            "decided_at",
            "not_after",
            "revoked",
            "certificate",
        ],
    ),
    ("list --ca ca --audit", &["number", "time", "action", "detail", "digest"]),
    ("msp check quickstart/msp --admin quickstart/user/user.crt", &["file", "role", "yes", "why"]),
    ("hash user.crt", &["file", "algorithm", "digest"]),
    ("check-sig --cert user.crt --signature s user.csr", &["file", "ok"]),
    ("selftest", &["suite", "engine", "status", "tests", "detail"]),
    ("config", &["source", "default", "engines"]),
    ("quickstart --dir two", &["dir", "suite", "ca", "user", "serial", "signature_algorithm"]),
];

#[test]
fn json_has_the_documented_fields() {
    for suite in SUITES {
        let sandbox = Sandbox::new();
        sandbox.all_ok(&format!(
            "quickstart --suite {suite}
             init --dir ca --subject /CN=CA --suite {suite}
             key new --out user.key --suite {suite}
             req --key user.key --subject /CN=u --out user.csr
             issue --ca ca user.csr --out user.crt
             crl --ca ca --out ca.crl
             sign --key user.key user.csr --out s"
        ));
        std::fs::create_dir(sandbox.path("requests")).unwrap();
        std::fs::copy(sandbox.path("user.csr"), sandbox.path("requests/one.csr")).unwrap();
        for (line, fields) in JSON {
            let ran = sandbox.ok(&format!("{line} --json --suite {suite}"));
            assert_eq!(ran.stderr, "", "{line}");
            assert!(!ran.stdout.is_empty(), "{line}: nothing printed");
            for object in ran.stdout.lines() {
                let object: Value = serde_json::from_str(object).expect(line);
                for field in *fields {
                    assert!(object.get(field).is_some(), "{line}: no `{field}` in {object}");
                }
            }
        }
    }
}

#[test]
fn speed_prints_an_array_of_rows() {
    let ran = Sandbox::new().ok("speed --seconds 0.01 --only hash --json");
    let Value::Array(rows) = serde_json::from_str(&ran.stdout).unwrap() else {
        panic!("no array: {}", ran.stdout)
    };
    for suite in SUITES {
        assert!(rows.iter().any(|row| row["suite"] == suite), "no row of {suite}");
    }
    let fields = ["op", "suite", "engine", "level", "size", "per_s", "mb_s", "cycles"];
    for row in &rows {
        let names: Vec<&String> = row.as_object().unwrap().keys().collect();
        assert_eq!(names, fields);
        assert!(row["per_s"].as_f64().unwrap() > 0.0, "{row}");
    }
}

#[test]
fn quickstart_makes_what_the_readme_says() {
    for suite in SUITES {
        let sandbox = Sandbox::new();
        sandbox.ok(&format!("quickstart --suite {suite}"));
        let key = |name: &String| name.ends_with("_sk");
        let (keys, names): (Vec<_>, Vec<_>) = sandbox.names().into_iter().partition(key);
        assert_eq!(keys.len(), 2, "{keys:?}");
        let expected = "quickstart quickstart/ca quickstart/ca/ca.crt quickstart/ca/ca.redb \
            quickstart/ca/keystore quickstart/gmca.yaml quickstart/msp quickstart/msp/admincerts \
            quickstart/msp/admincerts/张伟-cert.pem quickstart/msp/cacerts \
            quickstart/msp/cacerts/Root-cert.pem quickstart/msp/keystore quickstart/msp/signcerts \
            quickstart/msp/signcerts/张伟-cert.pem quickstart/user quickstart/user/user.crt \
            quickstart/user/user.csr quickstart/user/user.key";
        assert_eq!(names.join(" "), expected);
        // The next one takes the next name, and the configuration made here is in force here.
        sandbox.ok("quickstart");
        assert!(sandbox.path("quickstart-2/ca/ca.crt").exists());
        let ran = sandbox.ok("config --json --config quickstart/gmca.yaml");
        let config: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(config["default"], *suite);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure_and_a_full_disk_is_one() {
    let sandbox = Sandbox::new();
    let ran = sandbox.shell("set -o pipefail; \"$GMCA\" selftest | true");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    if sandbox.path("/dev/full").exists() {
        let ran = sandbox.shell("\"$GMCA\" selftest >/dev/full");
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert_eq!(sandbox.shell("\"$GMCA\" hash missing 2>/dev/full").code, Some(2));
    }
}

#[test]
fn a_key_goes_to_the_key_store_of_the_configuration() {
    let sandbox = Sandbox::new();
    sandbox.refused("key new", "FileKeyStore");
    std::fs::create_dir(sandbox.path("conf")).unwrap();
    sandbox.write("conf/c.yaml", "BCCSP: { SW: { FileKeyStore: { KeyStore: keys } } }\n");
    sandbox.ok("key new --suite nist --label peer0 --config conf/c.yaml");
    let names = sandbox.names();
    assert!(names.iter().any(|n| n.starts_with("conf/keys/") && n.ends_with("_sk")), "{names:?}");
    sandbox.refused("key new --suite gm --config conf/c.yaml", "FileKeyStore");
}
