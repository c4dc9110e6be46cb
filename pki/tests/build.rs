// SPDX-License-Identifier: Apache-2.0
//! What the builders make is read back as it was meant, in both families.

mod common;

use bccsp::{
    Context, Error as BorderError, KeyMaterial, SignStream, Signature, SigningKey, Suite,
    VerifyingKey,
};
use common::{NOW, Party, Plan, name, providers, time};
use gmca_pki::extension::GeneralName;
use gmca_pki::extension::{
    AuthorityKeyId, BasicConstraints, CrlNumber, InvalidityDate, KeyUsage, ReasonCode,
    SubjectAltName, SubjectKeyId, TypedExtension,
};
use gmca_pki::summary::{CertificateSummary, CrlSummary, RequestSummary};
use gmca_pki::{
    Certificate, CertificateBuilder, Crl, CrlBuilder, Error, Request, RequestBuilder, RevokedEntry,
    text,
};
use std::sync::Arc;

#[test]
fn certificates() {
    for suite in Suite::ALL {
        let providers = providers();
        let root = Plan::ca("/C=CN/ST=北京/O=Org+OU=根/CN=Root", suite).issue(None);
        let names = SubjectAltName(vec![GeneralName::Dns("a.b".into())]);
        let leaf = Plan::new("/CN=leaf", suite).with(names.extension(false)).issue(Some(&root));

        for party in [&root, &leaf] {
            let certificate = &party.certificate;
            assert_eq!(&Certificate::from_der(certificate.as_der()).unwrap(), certificate);
            let pem = certificate.to_pem();
            assert_eq!(&Certificate::from_pem_or_der(pem.as_bytes()).unwrap(), certificate);
            let public = root.key.verifying_key().public_key();
            certificate.verify_signature(&providers, public).unwrap();
            assert_eq!(certificate.version(), 3);
            assert_eq!(certificate.signature_algorithm().parameters(), None);
            assert_eq!(
                certificate.public_key(&providers).unwrap(),
                *party.key.verifying_key().public_key()
            );
        }
        assert_eq!(*leaf.certificate.issuer(), name("/C=CN/ST=北京/O=Org+OU=根/CN=Root"));
        assert_eq!(leaf.certificate.not_before(), time("2026-01-01"));
        assert_eq!(leaf.certificate.extensions().get::<SubjectAltName>().unwrap(), Some(names));
        check_key_ids(&root, &leaf, suite);
    }
}

/// SKI: the first 20 bytes of the family's hash of the point. AKI: the issuer's SKI.
fn check_key_ids(root: &Party, leaf: &Party, suite: Suite) {
    let providers = providers();
    let hash = providers.get(suite).unwrap().hash().unwrap();
    let digest = hash.digest(&[root.key.verifying_key().public_key().point()]);
    let ski: SubjectKeyId = root.certificate.extensions().get().unwrap().unwrap();
    assert_eq!(ski.0, digest.as_ref()[..20]);
    let aki: AuthorityKeyId = leaf.certificate.extensions().get().unwrap().unwrap();
    assert_eq!(aki.key_id, Some(ski.0));
}

#[test]
fn requests() {
    for suite in Suite::ALL {
        let providers = providers();
        let key = providers.get(suite).unwrap().generate_signing_key().unwrap();
        let usage = KeyUsage::DIGITAL_SIGNATURE.extension(true);
        let made = RequestBuilder::new(&name("/CN=请求")).extension(usage).sign(&*key).unwrap();
        let read = Request::from_pem_or_der(made.to_pem().as_bytes()).unwrap();
        assert_eq!(read, made);
        read.verify(&providers).unwrap();
        assert_eq!(read.extensions().get().unwrap(), Some(KeyUsage::DIGITAL_SIGNATURE));
        assert_eq!(read.subject().common_name(), Some("请求"));

        // A changed name breaks the proof of possession.
        let mut der = read.as_der().to_vec();
        let at = der.windows(3).position(|three| three == "请".as_bytes()).unwrap();
        der[at + 2] ^= 1;
        let changed = Request::from_der(&der).unwrap();
        assert!(matches!(changed.verify(&providers), Err(Error::BadSignature { .. })));

        let bare = RequestBuilder::new(&name("/CN=x")).sign(&*key).unwrap();
        assert!(bare.attributes().is_empty() && bare.extensions().is_empty());
    }
}

#[test]
fn revocation_lists() {
    for suite in Suite::ALL {
        let providers = providers();
        let root = Plan::ca("/CN=Root", suite).issue(None);
        // An intermediate: its AKI is not its SKI, and the CRL must carry the latter.
        let ca = Plan::ca("/CN=CA", suite).issue(Some(&root));
        let crl = CrlBuilder::new(&providers, &ca.certificate, 258, time(NOW), time("2026-07-01"))
            .unwrap()
            .revoke(RevokedEntry {
                serial: vec![0x11],
                date: time("2026-05-01"),
                reason: ReasonCode::KeyCompromise,
                invalidity: Some(time("2026-04-01")),
            })
            .revoke(RevokedEntry {
                serial: vec![0xff],
                date: time("2026-05-02"),
                reason: ReasonCode::Unspecified,
                invalidity: None,
            })
            .sign(&*ca.key)
            .unwrap();
        assert_eq!(Crl::from_pem_or_der(crl.to_pem().as_bytes()).unwrap(), crl);
        crl.verify_signature(&providers, ca.key.verifying_key().public_key()).unwrap();
        assert!(crl.verify_signature(&providers, root.key.verifying_key().public_key()).is_err());
        assert_eq!(crl.number().unwrap(), Some(CrlNumber(vec![1, 2])));
        let aki: AuthorityKeyId = crl.extensions().get().unwrap().unwrap();
        let ski: SubjectKeyId = ca.certificate.extensions().get().unwrap().unwrap();
        assert_eq!(aki.key_id, Some(ski.0));
        let first = crl.find(&[0x11]).unwrap();
        assert_eq!(first.reason().unwrap(), ReasonCode::KeyCompromise);
        let invalid: InvalidityDate = first.extensions().get().unwrap().unwrap();
        assert_eq!(invalid.0, time("2026-04-01"));
        assert!(crl.find(&[0xff]).unwrap().extensions().is_empty());
        assert!(crl.find(&[0x12]).is_none());
    }
}

/// A key that gives r ‖ s, as raw interfaces and some devices do.
#[derive(Debug)]
struct RawKey(Arc<dyn SigningKey>);

impl SigningKey for RawKey {
    fn verifying_key(&self) -> &Arc<dyn VerifyingKey> {
        self.0.verifying_key()
    }

    fn sign(&self, ctx: Context<'_>, message: &[&[u8]]) -> Result<Signature, BorderError> {
        let signature = self.0.sign(ctx, message)?;
        Ok(Signature::new(signature.algorithm(), vec![0x30; 64]))
    }

    fn signer(&self, _: Context<'_>) -> Result<Box<dyn SignStream + '_>, BorderError> {
        Err(BorderError::Unsupported("streams"))
    }

    fn export(&self) -> Result<KeyMaterial, BorderError> {
        Err(BorderError::Unsupported("export"))
    }
}

#[test]
fn raw_signatures_never_get_into_a_certificate() {
    for suite in Suite::ALL {
        let providers = providers();
        let key = RawKey(providers.get(suite).unwrap().generate_signing_key().unwrap());
        let public = *key.verifying_key().public_key();
        let made = CertificateBuilder::new(&name("/CN=x"), &public, &[1], time(NOW), time(NOW))
            .sign_self(&key);
        let text = made.unwrap_err().to_string();
        assert!(text.contains("not in DER"), "{text}");
        let made = RequestBuilder::new(&name("/CN=x")).sign(&key);
        assert!(made.unwrap_err().to_string().contains("not in DER"));
    }
}

/// A key whose signatures a fault strikes: DER, but of something else.
#[derive(Debug)]
struct FaultyKey(Arc<dyn SigningKey>);

impl SigningKey for FaultyKey {
    fn verifying_key(&self) -> &Arc<dyn VerifyingKey> {
        self.0.verifying_key()
    }

    fn sign(&self, ctx: Context<'_>, message: &[&[u8]]) -> Result<Signature, BorderError> {
        let mut struck = message.concat();
        struck[7] ^= 1;
        self.0.sign(ctx, &[&struck])
    }

    fn signer(&self, _: Context<'_>) -> Result<Box<dyn SignStream + '_>, BorderError> {
        Err(BorderError::Unsupported("streams"))
    }

    fn export(&self) -> Result<KeyMaterial, BorderError> {
        Err(BorderError::Unsupported("export"))
    }
}

#[test]
fn what_does_not_verify_does_not_leave() {
    let providers = providers();
    for suite in Suite::ALL {
        let key = FaultyKey(providers.get(suite).unwrap().generate_signing_key().unwrap());
        let public = *key.verifying_key().public_key();
        let start = || CertificateBuilder::new(&name("/CN=x"), &public, &[1], time(NOW), time(NOW));
        let good = start().sign_self(&*key.0).unwrap();
        let crl = CrlBuilder::new(&providers, &good, 1, time(NOW), time("2026-07-01")).unwrap();
        let refusals = [
            start().sign_self(&key).map(drop),
            start().prepare(&name("/CN=y"), &key).unwrap().sign(&key).map(drop),
            RequestBuilder::new(&name("/CN=x")).sign(&key).map(drop),
            crl.sign(&key).map(drop),
        ];
        for refusal in refusals {
            let text = refusal.unwrap_err().to_string();
            assert!(text.contains("does not verify"), "{text}");
        }
    }
}

#[test]
fn what_nobody_would_read_is_not_written() {
    let providers = providers();
    let key = providers.default_provider().generate_signing_key().unwrap();
    let public = *key.verifying_key().public_key();
    let subject = name("/CN=x");
    let start =
        |serial: &[u8]| CertificateBuilder::new(&subject, &public, serial, time(NOW), time(NOW));
    let refused = |builder: CertificateBuilder| match builder.sign_self(&*key) {
        Err(Error::Build { why, .. }) => why,
        other => panic!("{other:?}"),
    };
    assert!(refused(start(&[])).contains("zero"));
    assert!(refused(start(&[0, 0])).contains("zero"));
    assert!(refused(start(&[0x80; 20])).contains("20 octets"));
    assert!(refused(start(&[1; 21])).contains("20 octets"));
    let twice = BasicConstraints::default().extension(true);
    assert!(refused(start(&[1]).extension(twice.clone()).extension(twice)).contains("twice"));
    let backwards = CertificateBuilder::new(&subject, &public, &[1], time(NOW), time("2026-01-01"));
    assert!(refused(backwards).contains("end before"));
    let other = providers.default_provider().generate_signing_key().unwrap();
    assert!(start(&[1]).sign_self(&*other).is_err());
    // The largest that is allowed, and one whose first bit needs a byte in front.
    assert_eq!(start(&[0x7f; 20]).sign_self(&*key).unwrap().serial().len(), 20);
    assert_eq!(start(&[0x80]).sign_self(&*key).unwrap().serial(), [0, 0x80]);
}

#[test]
fn late_dates_become_generalized_time() {
    let providers = providers();
    let key = providers.default_provider().generate_signing_key().unwrap();
    let public = *key.verifying_key().public_key();
    let certificate = CertificateBuilder::new(
        &name("/CN=x"),
        &public,
        &[1],
        time("2049-12-31"),
        time("2050-01-01"),
    )
    .sign_self(&*key)
    .unwrap();
    let contains = |part: &[u8]| certificate.as_der().windows(part.len()).any(|w| w == part);
    assert!(contains(b"\x17\x0d491231000000Z") && contains(b"\x18\x0f20500101000000Z"));
}

#[test]
fn several_objects_and_text_in_a_file() {
    let root = Plan::ca("/CN=Root", Suite::Gm).issue(None);
    let leaf = Plan::new("/CN=leaf", Suite::Nist).issue(Some(&root));
    let file = format!(
        "Subject: leaf\n{}# the root\n{}",
        leaf.certificate.to_pem(),
        root.certificate.to_pem()
    );
    let file = file.replace('\n', "\r\n");
    let all = Certificate::all_from_pem(file.as_bytes()).unwrap();
    assert_eq!(all, [leaf.certificate, root.certificate]);
    let wrong = Request::from_pem_or_der(file.as_bytes()).unwrap_err().to_string();
    assert_eq!(wrong, "no CERTIFICATE REQUEST in this file; it holds: CERTIFICATE, CERTIFICATE");
}

#[test]
fn trailing_bytes_are_refused() {
    let root = Plan::ca("/CN=Root", Suite::Gm).issue(None);
    let mut der = root.certificate.as_der().to_vec();
    der.push(0);
    let text = Certificate::from_der(&der).unwrap_err().to_string();
    assert_eq!(text, "malformed certificate: encoding: bytes left over behind its end");
}

/// For people and for machines the same facts.
#[test]
fn text_and_summary() {
    let providers = providers();
    let root = Plan::ca("/C=CN/CN=根", Suite::Gm).issue(None);
    let page = text::certificate(&root.certificate);
    for line in [
        "        Version: 3 (0x2)\n        Serial Number: 1 (0x1)\n",
        "        Issuer: C = CN, CN = 根\n        Validity\n            Not Before: Jan  1 00:00:00 2026 GMT\n",
        "        X509v3 extensions:\n            X509v3 Subject Key Identifier: \n                ",
        "            X509v3 Basic Constraints: critical\n                CA:TRUE\n",
        "            X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n    Signature Algorithm: ",
    ] {
        assert!(page.contains(line), "{line:?} in\n{page}");
    }
    let summary = serde_json::to_value(CertificateSummary::from(&root.certificate)).unwrap();
    assert_eq!(summary["subject"], "CN=根,C=CN");
    assert_eq!(summary["not_after"], "2027-01-01T00:00:00Z");
    assert_eq!(summary["is_ca"], true);
    assert_eq!(summary["key_usage"], serde_json::json!(["keyCertSign", "cRLSign"]));

    let request = RequestBuilder::new(&name("/CN=x"))
        .extension(BasicConstraints::default().extension(false))
        .sign(&*root.key)
        .unwrap();
    let page = text::request(&request);
    let asked = "        Attributes:\n            Requested Extensions:\n                X509v3 Basic Constraints: \n                    CA:FALSE\n";
    assert!(page.contains(asked), "{page}");
    assert_eq!(RequestSummary::from(&request).extensions.len(), 1);

    let crl =
        CrlBuilder::new(&providers, &root.certificate, 7, time(NOW), time("2026-07-01")).unwrap();
    let crl = crl.sign(&*root.key).unwrap();
    let page = text::crl(&crl);
    assert!(
        page.contains(
            "            X509v3 CRL Number: \n                7\nNo Revoked Certificates.\n"
        ),
        "{page}"
    );
    assert_eq!(CrlSummary::from(&crl).number.as_deref(), Some("07"));
}
