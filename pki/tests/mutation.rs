// SPDX-License-Identifier: Apache-2.0
//! Damaged objects are refused or read, but never panic, and never verify.

mod common;

use bccsp::Suite;
use common::{NOW, Plan, name, providers, time};
use gmca_pki::extension::{
    GeneralName, NameConstraints, ReasonCode, SubjectAltName, TypedExtension,
};
use gmca_pki::path::{Options, Verifier};
use gmca_pki::summary::{CertificateSummary, CrlSummary, RequestSummary};
use gmca_pki::{Certificate, Crl, CrlBuilder, Name, Request, RequestBuilder, RevokedEntry, text};
use proptest::prelude::*;
use std::sync::OnceLock;

struct Samples {
    root: Certificate,
    leaf: Certificate,
    request: Request,
    crl: Crl,
}

fn samples() -> &'static Samples {
    static SAMPLES: OnceLock<Samples> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let base = GeneralName::Directory(name("/C=CN"));
        let constraints = NameConstraints { permitted: vec![base], excluded: vec![] };
        let root = Plan::ca("/C=CN/CN=根", Suite::Gm).with(constraints.extension(true)).issue(None);
        let names = SubjectAltName(vec![
            GeneralName::Dns("a.test".into()),
            GeneralName::ip("::1").unwrap(),
            GeneralName::Email("a@b.test".into()),
        ]);
        let leaf =
            Plan::new("/C=CN/CN=x", Suite::Gm).with(names.extension(false)).issue(Some(&root));
        let request = RequestBuilder::new(&name("/CN=x")).extension(names.extension(false));
        let entry = RevokedEntry {
            serial: vec![1],
            date: time(NOW),
            reason: ReasonCode::Superseded,
            invalidity: None,
        };
        let crl =
            CrlBuilder::new(&providers(), &root.certificate, 1, time(NOW), time(NOW)).unwrap();
        Samples {
            request: request.sign(&*leaf.key).unwrap(),
            crl: crl.revoke(entry).sign(&*root.key).unwrap(),
            root: root.certificate,
            leaf: leaf.certificate,
        }
    })
}

/// Everything that can be asked of whatever could be read.
fn exercise(der: &[u8]) {
    if let Ok(certificate) = Certificate::from_der(der) {
        let _ = text::certificate(&certificate);
        let _ = CertificateSummary::from(&certificate);
        let verifier = Verifier::new(&providers(), [samples().root.clone()], [], []);
        let verdict = verifier.verify(&certificate, &Options::at(time(NOW).timestamp()));
        assert!(verdict.is_err() || certificate == samples().leaf || certificate == samples().root);
        let verifier = Verifier::new(&providers(), [certificate], [], []);
        let _ = verifier.verify(&samples().leaf, &Options::at(time(NOW).timestamp()));
    }
    if let Ok(request) = Request::from_der(der) {
        let _ = (text::request(&request), RequestSummary::from(&request));
        assert!(request.verify(&providers()).is_err() || request == samples().request);
    }
    if let Ok(crl) = Crl::from_der(der) {
        let _ = (text::crl(&crl), CrlSummary::from(&crl), crl.find(&[1]));
    }
    let _ = Name::from_der(der);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn damaged_objects_never_panic(
        which in 0usize..4,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let s = samples();
        let all = [s.root.as_der(), s.leaf.as_der(), s.request.as_der(), s.crl.as_der()];
        let mut der = all[which].to_vec();
        for (at, byte) in changes {
            let at = at.index(der.len());
            der[at] = byte;
        }
        if let Some(cut) = cut {
            der.truncate(cut.index(der.len()));
        }
        exercise(&der);
    }

    #[test]
    fn any_bytes_never_panic(der in prop::collection::vec(any::<u8>(), 0..200)) {
        exercise(&der);
    }

    #[test]
    fn any_text_never_panics(text in "\\PC{0,60}") {
        if let Ok(name) = Name::parse(&text) {
            prop_assert_eq!(&Name::from_der(name.as_der()).unwrap(), &name);
            prop_assert_eq!(&Name::parse(&name.to_string()).unwrap(), &name);
        }
    }

    #[test]
    fn names_go_there_and_back(values in prop::collection::vec("[ \\t#+,\\\\\"=;<>/a\u{3000}\u{a0}北é\\x01]{1,12}", 1..4)) {
        let parts = values.iter().map(|v| vec![gmca_pki::Attribute::named("OU", v).unwrap()]);
        let name = Name::new(parts.collect()).unwrap();
        let again = Name::parse(&name.to_string()).unwrap();
        prop_assert_eq!(again.as_der(), name.as_der());
    }
}
