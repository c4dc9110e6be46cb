// SPDX-License-Identifier: Apache-2.0
//! The life of certificates on the command line: profiles, renewal, revocation and its end, lists,
//! pairs and recovery, new keys of a CA, several CAs in a folder. Where it can, `openssl` reads
//! what was written.

mod common;

use common::{SUITES, Sandbox};
use serde_json::Value;

const PROFILES: &str = "\
profiles:
  - name: web
    purpose: web servers of Org1
    base: tls-server
    days: 30
    maxDays: 90
    names: { require: [dns], dns: [.org1.example] }
    subject: { require: [CN, O], values: { O: [Org1] } }
    crl: [http://crl.org1.example/ca.crl]
    ocsp: [http://ocsp.org1.example]
";

fn json(sandbox: &Sandbox, line: &str) -> Vec<Value> {
    let ran = sandbox.run(&format!("{line} --json"));
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn profiles_are_data() {
    for suite in SUITES {
        let sandbox = Sandbox::new();
        sandbox.all_ok(&format!(
            "init --dir ca --subject /CN=CA --suite {suite}
             key new --out k --suite {suite}
             req --key k --subject /O=Org1/CN=web --san DNS:web.org1.example --out web.csr
             req --key k --subject /O=Org1/CN=web --san DNS:web.org2.example --out bad.csr
             req --key k --subject /OU=me/CN=peer0 --out peer.csr"
        ));
        sandbox.write("profiles.yaml", PROFILES);
        assert!(sandbox.ok("profile list").stdout.contains("tls-server"));
        assert!(!sandbox.ok("profile list --ca ca").stdout.contains("web servers of Org1"));
        sandbox.ok("profile check profiles.yaml");
        std::fs::copy(sandbox.path("profiles.yaml"), sandbox.path("ca/profiles.yaml")).unwrap();
        assert!(sandbox.ok("profile list --ca ca").stdout.contains("web servers of Org1"));
        let shown = sandbox.ok("profile show web --ca ca").stdout;
        sandbox.write("again.yaml", &shown);
        sandbox.ok("profile check again.yaml");
        assert!(shown.contains("serverAuth"), "what its base says is there: {shown}");

        sandbox.ok("issue --ca ca --profile web web.csr --out web.crt");
        sandbox.refused(
            "issue --ca ca --profile web bad.csr --out x",
            "web.org2.example is not allowed",
        );
        sandbox.refused("issue --ca ca --profile web --days 91 web.csr --out x", "90 days at most");
        sandbox.ok("issue --ca ca --profile web --san DNS:b.org1.example bad.csr --out b.crt");
        sandbox.ok("issue --ca ca --profile peer --affiliation org1.dep1 --attr app.role=x \
                    --subject-id taxNumber=91110108 peer.csr --out peer.crt");
        let text = sandbox.ok("show peer.crt").stdout;
        for part in
            ["OU = peer", "\"hf.Affiliation\":\"org1.dep1\"", "\"app.role\":\"x\"", "91110108"]
        {
            assert!(text.contains(part), "no {part} in {text}");
        }
        assert!(!text.contains("OU = me"));
        let read = sandbox.shell("openssl x509 -in web.crt -noout -text");
        assert_eq!(read.code, Some(0), "{}", read.stderr);
        for part in [
            "TLS Web Server Authentication",
            "DNS:web.org1.example",
            "http://crl.org1.example/ca.crl",
        ] {
            assert!(read.stdout.contains(part), "openssl: no {part} in {}", read.stdout);
        }
        sandbox.write("bad.yaml", "profiles:\n  - name: web\n    dayz: 3\n");
        sandbox.refused("profile check bad.yaml", "bad.yaml:3: ");
        sandbox.refused("issue --ca ca --profiles bad.yaml web.csr --out x", "bad.yaml:3: ");
        sandbox.refused("issue --ca ca --profile wob web.csr --out x", "web (web servers of Org1)");
    }
}

#[test]
fn certificates_are_renewed_before_they_end() {
    for suite in SUITES {
        let sandbox = Sandbox::new();
        sandbox.all_ok(&format!(
            "init --dir pki/one --subject /CN=One --suite {suite}
             init --dir pki/two --subject /CN=Two --suite {suite}
             key new --out k --suite {suite}
             key new --out k2 --suite {suite}
             req --key k --subject /CN=node --san DNS:node --out node.csr
             req --key k2 --subject /CN=node --out node2.csr
             issue --ca pki/one --days 20 node.csr --out node.crt
             issue --ca pki/two --days 200 node.csr --out long.crt"
        ));
        sandbox.no("expiring --ca pki --within 90d", "CN=node");
        let found = json(&sandbox, "expiring --ca pki --within 90d");
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0]["place"], &found[0]["expired"]), (&"pki/one".into(), &false.into()));
        sandbox.no("expiring --within 4w node.crt long.crt", "node.crt");
        sandbox.ok("expiring --within 24h node.crt long.crt");
        sandbox.refused("expiring --ca pki --within soon", "is no span of time");

        sandbox.ok("renew --ca pki/one node.crt --out node-new.crt");
        sandbox.ok("expiring --ca pki --within 90d");
        sandbox.refused("renew --ca pki/one node.crt --out x", "--again");
        let key = |name: &str| {
            let ran = sandbox.shell(&format!("openssl x509 -in {name} -noout -pubkey"));
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
            ran.stdout
        };
        assert_eq!(key("node.crt"), key("node-new.crt"));
        assert!(sandbox.ok("show node-new.crt").stdout.contains("DNS:node"));
        sandbox
            .ok("rekey --ca pki/one node-new.crt --request node2.csr --revoke --out rekeyed.crt");
        assert_ne!(key("node.crt"), key("rekeyed.crt"));
        assert!(sandbox.ok("list --ca pki/one --status revoked").stdout.contains("CN=node"));
        let cas = json(&sandbox, "cas pki");
        assert_eq!(cas.len(), 2);
        assert_eq!(cas[1]["subject"], "CN=Two");
        sandbox.refused("cas .", "no CA here");
    }
}

#[test]
fn lists_and_deltas_say_what_is_on_hold() {
    for suite in SUITES {
        let sandbox = Sandbox::new();
        sandbox.all_ok(&format!(
            "init --dir ca --subject /CN=CA --suite {suite}
             key new --out k --suite {suite}
             req --key k --subject /CN=x --out x.csr
             issue --ca ca x.csr --out x.crt"
        ));
        sandbox.refused("crl --ca ca --delta --out d.crl", "no complete list to amend");
        sandbox.refused("release --ca ca x.crt", "is not on hold");
        sandbox.ok("revoke --ca ca x.crt --reason certificateHold");
        sandbox.ok("crl --ca ca --days 7 --out base.crl");
        sandbox.no("verify --ca-file ca/ca.crt --crl base.crl x.crt", "revoked");
        sandbox.ok("release --ca ca x.crt");
        sandbox.ok("crl --ca ca --delta --hours 6 --out delta.crl");
        sandbox.ok("verify --ca-file ca/ca.crt --crl base.crl --crl delta.crl x.crt");
        let read = sandbox.shell("openssl crl -in delta.crl -noout -text");
        assert_eq!(read.code, Some(0), "{}", read.stderr);
        for part in ["X509v3 Delta CRL Indicator: critical", "Remove From CRL", "X509v3 CRL Number"]
        {
            assert!(read.stdout.contains(part), "openssl: no {part} in {}", read.stdout);
        }
        sandbox.ok("revoke --ca ca x.crt --reason keyCompromise --since 2026-01-31");
        sandbox.ok("crl --ca ca --delta --out delta.crl --force");
        sandbox.no("verify --ca-file ca/ca.crt --crl base.crl --crl delta.crl x.crt", "revoked");
        assert!(sandbox.ok("show delta.crl").stdout.contains("Invalidity Date"));
    }
}

/// A CA with two administrators, an owner's request, and a pair for it.
fn with_pair() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("pw", "correct horse\n");
    sandbox.all_ok(
        "init --dir ca --subject '/C=CN/O=Org1/CN=CA' --suite gm --password-file pw
         init --dir staff --subject /CN=Staff --suite gm
         key new --out owner.key --suite gm
         key new --out alice.key --suite gm --password-file pw
         key new --out bob.key --suite nist
         key new --out next.key --suite gm
         key convert next.key --to public --out next.pub
         req --key owner.key --subject '/C=CN/O=Org1/CN=gateway' --out owner.csr
         req --key alice.key --password-file pw --subject /CN=Alice --out alice.csr
         req --key bob.key --subject /CN=Bob --out bob.csr
         issue --ca staff alice.csr --out alice.crt
         issue --ca staff --any-key bob.csr --out bob.crt
         escrow add --ca ca --password-file pw --cert alice.crt",
    );
    sandbox.refused("pair --ca ca --password-file pw owner.csr --out x", "1 administrators");
    sandbox.refused("escrow add --ca ca --cert bob.crt", "protected by a password");
    sandbox.ok("escrow add --ca ca --password-file pw --cert bob.crt");
    assert!(sandbox.ok("escrow list --ca ca").stdout.contains("administrator 2, CN = Bob"));
    sandbox.ok("pair --ca ca --password-file pw owner.csr --out r.der --sign-out s.crt --encrypt-out e.crt");
    sandbox.ok("key open r.der --key owner.key --out e.key --sign-out s2.crt --encrypt-out e2.crt");
    sandbox
}

#[test]
fn a_pair_reaches_its_owner() {
    let sandbox = with_pair();
    let shown = sandbox.ok("show r.der").stdout;
    assert!(
        shown.contains("gmca key open") && shown.matches("Certificate:").count() == 2,
        "{shown}"
    );
    sandbox.refused("key open r.der --key next.key --out x", "r.der: ");
    assert_eq!(sandbox.read("s.crt"), sandbox.read("s2.crt"));
    assert_eq!(sandbox.read("e.crt"), sandbox.read("e2.crt"));
    sandbox.write("data", "for the gateway");
    sandbox.all_ok(
        "encrypt --to e.crt data --out data.sealed
         decrypt --key e.key data.sealed --out data.back
         verify --ca-file ca/ca.crt s.crt e.crt",
    );
    for (file, usage) in [
        ("s.crt", "Digital Signature, Non Repudiation"),
        ("e.crt", "Key Encipherment, Data Encipherment, Key Agreement"),
    ] {
        let read = sandbox.shell(&format!("openssl x509 -in {file} -noout -text"));
        assert!(read.stdout.contains(usage), "openssl: no {usage} in {}", read.stdout);
    }
    let same = sandbox
        .shell("diff <(openssl pkey -in e.key -pubout) <(openssl x509 -in e.crt -noout -pubkey)");
    assert_eq!(same.code, Some(0), "{}{}", same.stdout, same.stderr);
    sandbox.ok("init --dir p256 --subject /CN=P --suite nist");
    sandbox.all_ok(
        "escrow add --ca p256 --cert alice.crt
         escrow add --ca p256 --cert bob.crt",
    );
    sandbox.refused("pair --ca p256 bob.csr --out x", "a pair is of the gm family");
}

#[test]
fn the_key_of_a_pair_is_recovered_by_two() {
    let sandbox = with_pair();
    sandbox.all_ok("escrow ask --ca ca e.crt --to next.pub --reason 'token lost' --out ask.json
                    escrow approve ask.json --ca-cert ca/ca.crt --key alice.key --password-file pw --out a.json
                    escrow approve ask.json --ca-cert ca/ca.crt --key bob.key --out b.json");
    let alone = "escrow recover --ca ca --password-file pw ask.json a.json --out x";
    sandbox.refused(alone, "two different administrators");
    sandbox.refused(
        "escrow approve ask.json --ca-cert ca/ca.crt --key owner.key --out x",
        "not sealed for you",
    );
    sandbox.ok("escrow recover --ca ca --password-file pw ask.json a.json b.json --out envelope");
    sandbox.ok("key open envelope --key next.key --out recovered.key");
    assert_eq!(sandbox.read("recovered.key"), sandbox.read("e.key"));
    let again = "escrow recover --ca ca --password-file pw ask.json a.json b.json --out x";
    sandbox.refused(again, "was given out on this request");
    let audit = sandbox.ok("list --ca ca --audit").stdout;
    for action in ["admin-add", "escrow", "recovery-asked", "recovery-refused", "recovery "] {
        assert!(audit.contains(action), "no {action} in {audit}");
    }
    sandbox.refused("escrow ask --ca ca s.crt --to next.pub --reason x --out x", "not kept here");
}

#[test]
fn a_ca_goes_on_and_others_are_vouched_for() {
    for suite in SUITES {
        let sandbox = Sandbox::new();
        sandbox.all_ok(&format!(
            "init --dir ca --subject /CN=CA --suite {suite}
             init --dir sub --parent ca --subject /CN=Sub --suite {suite}
             init --dir other --subject /CN=Other --suite {suite}
             key new --out k --suite {suite}
             req --key k --subject /CN=x --out x.csr
             issue --ca ca x.csr --out early.crt
             issue --ca other x.csr --out foreign.crt"
        ));
        std::fs::copy(sandbox.path("ca/ca.crt"), sandbox.path("old.crt")).unwrap();
        sandbox.ok("rollover --ca ca --new-with-old nwo.crt --old-with-new own.crt");
        sandbox.ok("issue --ca ca x.csr --out late.crt");
        sandbox.ok("verify --ca-file ca/ca.crt late.crt");
        sandbox.no("verify --ca-file old.crt late.crt", "late.crt: ");
        sandbox.ok("verify --ca-file old.crt --untrusted nwo.crt late.crt");
        sandbox.ok("verify --ca-file ca/ca.crt --untrusted own.crt early.crt");
        sandbox.ok("crl --ca ca --generation 0 --out old.crl");
        sandbox.ok("verify --ca-file old.crt --crl old.crl early.crt");
        sandbox.ok("rollover --ca sub --parent ca --keep-key");
        sandbox.refused("rollover --ca sub --keep-key", "--parent");
        sandbox.ok("issue --ca sub x.csr --out below.crt");
        sandbox.ok("verify --ca-file ca/ca.crt --untrusted sub/ca.crt below.crt");

        sandbox.ok("cross --ca ca other/ca.crt --out cross.crt");
        sandbox.ok("verify --ca-file ca/ca.crt --untrusted cross.crt foreign.crt");
        sandbox.no("verify --ca-file ca/ca.crt foreign.crt", "foreign.crt: ");
        sandbox.refused("cross --ca ca foreign.crt --out x", "only a root CA");
        if suite == "nist" {
            // SM2 chains deeper than one signature are beyond OpenSSL 3.0.
            for line in [
                "openssl verify -x509_strict -CAfile old.crt -untrusted nwo.crt late.crt",
                "openssl verify -x509_strict -CAfile ca/ca.crt -untrusted own.crt early.crt",
                "openssl verify -x509_strict -CAfile ca/ca.crt -untrusted cross.crt foreign.crt",
                "openssl verify -crl_check -CRLfile old.crl -CAfile old.crt early.crt",
            ] {
                let ran = sandbox.shell(line);
                assert_eq!(ran.code, Some(0), "{line}: {}{}", ran.stdout, ran.stderr);
            }
        }
    }
}
