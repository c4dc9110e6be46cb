// SPDX-License-Identifier: Apache-2.0
//! Graphs of certificates from bytes, and what must hold of every verdict on them. The fuzz
//! target `path` and the property test `graphs.rs` are both made of this.

use bccsp::{EngineChoice, KeyMaterial, Providers, SecretBytes, SigningKey, Suite};
use pki::extension::{
    BasicConstraints, CertificatePolicies, ExtendedKeyUsage, Extension, GeneralName, KeyUsage,
    NameConstraints, PolicyConstraints, PolicyInformation, PolicyMappings, SubjectAltName,
    TypedExtension,
};
use pki::path::{CrlCheck, Failure, Host, Options, Policy, Purpose, VerifiedPath, Verifier};
use pki::{Certificate, CertificateBuilder, Crl, CrlBuilder, Name, Time, oid};
use std::sync::{Arc, LazyLock};

/// More would only take longer: every one is signed.
const MOST: usize = 10;
/// Bytes that describe one certificate.
const EACH: usize = 8;

static PROVIDERS: LazyLock<Providers> = LazyLock::new(|| {
    Providers::new(Suite::Gm, EngineChoice::Portable).expect("both families are compiled in")
});

/// Two keys of each family.
static KEYS: LazyLock<[Arc<dyn SigningKey>; 4]> = LazyLock::new(|| {
    [(Suite::Gm, 1), (Suite::Nist, 2), (Suite::Gm, 3), (Suite::Nist, 4)].map(|(suite, number)| {
        let scalar = SecretBytes::new(vec![number; 32]);
        let key = KeyMaterial::new(suite.key_algorithm(), scalar, None).expect("32 bytes");
        PROVIDERS.signing_key(&key).expect("a number in range")
    })
});

/// What a few bytes are made into.
#[derive(Default)]
struct Graph {
    anchors: Vec<Certificate>,
    pool: Vec<Certificate>,
    crls: Vec<Crl>,
    leaf: Option<Certificate>,
}

/// Makes a graph of the bytes, and judges it in every way there is.
pub(crate) fn check(bytes: &[u8]) {
    let mut graph = Graph::default();
    for (serial, plan) in (1..).zip(bytes.chunks_exact(EACH).take(MOST)) {
        graph.add(serial, plan);
    }
    let Some(leaf) = graph.leaf.clone() else { return };
    for policy in Policy::ALL {
        for host in [None, Some("a.test")] {
            graph.judge(&leaf, policy, host);
        }
    }
}

impl Graph {
    fn add(&mut self, serial: u8, plan: &[u8]) {
        let [names, keys, flags, more, limit, dates, place, list] = *plan else { return };
        let (subject, issuer) = (name(names & 3), name((names >> 2) & 3));
        let (own, signer) = (key(keys & 3), key((keys >> 2) & 3));
        let until = if dates & 1 == 0 { "2027-01-01" } else { "2026-02-01" };
        let (from, until) = (time("2026-01-01"), time(until));
        let public = own.verifying_key().public_key();
        let mut builder = CertificateBuilder::new(&subject, public, &[serial], from, until);
        for extension in extensions(flags, more, limit) {
            builder = builder.extension(extension);
        }
        if flags & 0x80 != 0 {
            builder = builder.subject_key_id(&PROVIDERS).expect("a key of ours");
        }
        let certificate = builder.sign(&issuer, signer.as_ref()).expect("nothing twice");
        match place & 3 {
            0 => self.anchors.push(certificate.clone()),
            1 => self.leaf = Some(certificate.clone()),
            _ => self.pool.push(certificate.clone()),
        }
        if list & 1 != 0 {
            self.add_list(&certificate, own, list);
        }
    }

    /// A CRL of this certificate's owner, complete or a delta, with one serial number on it.
    fn add_list(&mut self, of: &Certificate, by: &Arc<dyn SigningKey>, list: u8) {
        let number = u64::from((list >> 1) & 3) + 1;
        let (from, until) = (time("2026-05-01"), time("2026-07-01"));
        let builder = CrlBuilder::new(&PROVIDERS, of, number, from, until);
        let mut builder = builder.expect("a key of ours");
        if list & 8 != 0 {
            let value = vec![2, 1, (list >> 4) & 3];
            let id = oid::DELTA_CRL_INDICATOR;
            builder = builder.extension(Extension { id, critical: true, value });
        }
        let reason = if list & 0x40 == 0 {
            pki::extension::ReasonCode::KeyCompromise
        } else {
            pki::extension::ReasonCode::RemoveFromCrl
        };
        let serial = vec![(list >> 4) + 1];
        builder =
            builder.revoke(pki::RevokedEntry { serial, date: from, reason, invalidity: None });
        self.crls.push(builder.sign(by.as_ref()).expect("nothing twice"));
    }

    fn verifier(&self, backwards: bool) -> Verifier {
        let mut parts = (self.anchors.clone(), self.pool.clone(), self.crls.clone());
        if backwards {
            parts.0.reverse();
            parts.1.reverse();
            parts.2.reverse();
        }
        Verifier::new(&PROVIDERS, parts.0, parts.1, parts.2)
    }

    /// The verdict is the same for whoever asks again and in whatever order certificates come,
    /// and a path that is given holds when each of its links is looked at alone.
    fn judge(&self, leaf: &Certificate, policy: Policy, host: Option<&str>) {
        let mut options = Options::at(time("2026-06-01").timestamp());
        options.policy = policy;
        options.max_depth = 4;
        options.host = host.map(|host| Host::parse(host).expect("a host"));
        options.purpose = if host.is_some() { Purpose::ServerAuth } else { Purpose::Any };
        let verifier = self.verifier(false);
        let plain = verifier.verify(leaf, &options);
        let holds = |verdict: &Result<VerifiedPath, Failure>| verdict.is_ok();
        assert_eq!(holds(&plain), holds(&verifier.verify(leaf, &options)), "asked twice");
        let other = self.verifier(true).verify(leaf, &options);
        assert_eq!(holds(&plain), holds(&other), "another order: {plain:?} {other:?}");
        self.check_links(leaf, &plain);
        options.crls = CrlCheck::All;
        let listed = verifier.verify(leaf, &options);
        assert!(plain.is_ok() || listed.is_err(), "more is asked, and more is allowed");
        let other = self.verifier(true).verify(leaf, &options);
        assert_eq!(holds(&listed), holds(&other), "another order of lists: {listed:?} {other:?}");
        self.check_links(leaf, &listed);
    }

    fn check_links(&self, leaf: &Certificate, verdict: &Result<VerifiedPath, Failure>) {
        let path = match verdict {
            Ok(path) => path.certificates(),
            Err(failure) => {
                assert!(!failure.to_string().contains(char::is_control), "{failure:?}");
                return;
            }
        };
        assert_eq!(path.first(), Some(leaf));
        assert!(path.last().is_some_and(|last| self.anchors.contains(last)));
        for (below, above) in path.iter().zip(path.iter().skip(1)) {
            assert_eq!(below.issuer(), above.subject());
            let key = above.public_key(&PROVIDERS).expect("a key of ours");
            below.verify_signature(&PROVIDERS, &key).expect("a link that was taken");
            let basic = above.extensions().get::<BasicConstraints>().expect("our own");
            assert!(basic.is_some_and(|basic| basic.ca), "issued by no CA");
        }
    }
}

fn extensions(flags: u8, more: u8, limit: u8) -> Vec<Extension> {
    let mut all = Vec::new();
    let path_len = (limit & 4 != 0).then_some(u32::from(limit & 3));
    if flags & 1 != 0 {
        all.push(BasicConstraints { ca: true, path_len }.extension(flags & 2 != 0));
    }
    if flags & 4 != 0 {
        let usage = if flags & 8 == 0 {
            KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN
        } else {
            KeyUsage::DIGITAL_SIGNATURE
        };
        all.push(usage.extension(true));
    }
    if flags & 0x10 != 0 {
        let purpose = if flags & 0x20 == 0 { oid::SERVER_AUTH } else { oid::CLIENT_AUTH };
        all.push(ExtendedKeyUsage(vec![purpose]).extension(false));
    }
    if flags & 0x40 != 0 {
        all.push(SubjectAltName(vec![GeneralName::Dns("a.test".into())]).extension(false));
    }
    if more & 1 != 0 {
        let base = GeneralName::Dns(if more & 2 == 0 { "a.test" } else { "b.test" }.into());
        let (permitted, excluded) =
            if more & 4 == 0 { (vec![base], vec![]) } else { (vec![], vec![base]) };
        all.push(NameConstraints { permitted, excluded }.extension(true));
    }
    policies(&mut all, more >> 3, limit >> 3);
    all
}

fn policies(all: &mut Vec<Extension>, more: u8, limit: u8) {
    let known = [oid::ANY_POLICY, oid::SERVER_AUTH, oid::CLIENT_AUTH, oid::CODE_SIGNING];
    let policy = |n: u8| known[usize::from(n & 3)];
    if more & 1 != 0 {
        let one = |id| PolicyInformation { id, qualifiers: Vec::new() };
        let named = vec![one(policy(more >> 1)), one(policy(more >> 3))];
        all.push(CertificatePolicies(named).extension(false));
    }
    if limit & 1 != 0 {
        let require_explicit = Some(u32::from((limit >> 1) & 1));
        let inhibit_mapping = (limit & 4 != 0).then_some(0);
        all.push(PolicyConstraints { require_explicit, inhibit_mapping }.extension(true));
    }
    if limit & 8 != 0 {
        all.push(PolicyMappings(vec![(policy(limit >> 3), policy(more >> 1))]).extension(true));
    }
}

fn name(n: u8) -> Name {
    let text = ["/CN=a", "/CN=b", "/CN=c", "/CN=d"][usize::from(n & 3)];
    Name::parse(text).expect("a name")
}

fn key(n: u8) -> &'static Arc<dyn SigningKey> {
    &KEYS[usize::from(n & 3)]
}

fn time(text: &str) -> Time {
    Time::parse(text).expect("a time")
}
