// SPDX-License-Identifier: Apache-2.0
//! OCSP answers of the issuer and of those it has certified for it, in both families: which are relied on.
//! Answers of another program are read in `interop/topics/chains.sh`.

mod common;

use bccsp::encoding::algorithm::{hash_oid, naming_digest, signature_oid};
use bccsp::encoding::oid::SHA1;
use bccsp::{Context, Suite};
use common::{NOW, Party, Plan, name, providers, time};
use const_oid::ObjectIdentifier;
use gmca_pki::extension::{ExtendedKeyUsage, Extension, ReasonCode, TypedExtension as _};
use gmca_pki::path::{CrlCheck, Options, Verifier};
use gmca_pki::{Certificate, CrlBuilder, OcspResponse, RevokedEntry, Status, oid};

/// An answer that is to be made; the fields say what is unusual about it.
struct Answer<'a> {
    about: &'a Certificate,
    issuer: &'a Certificate,
    function: ObjectIdentifier,
    status: Vec<u8>,
    this_update: &'a str,
    next_update: Option<&'a str>,
    by_key: bool,
    single: Vec<Extension>,
    sent: Vec<&'a Certificate>,
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = u32::try_from(contents.len()).unwrap().to_be_bytes();
    let digits: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match contents.len() {
        short @ 0..0x80 => out.push(u8::try_from(short).unwrap()),
        _ => {
            out.push(0x80 | u8::try_from(digits.len()).unwrap());
            out.extend(digits);
        }
    }
    [out, contents].concat()
}

fn generalized(text: &str) -> Vec<u8> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    tlv(0x18, &[format!("{digits:0<14}Z").as_bytes()])
}

fn object(id: ObjectIdentifier) -> Vec<u8> {
    tlv(0x30, &[&tlv(6, &[id.as_bytes()])])
}

fn extensions(list: &[Extension]) -> Vec<u8> {
    let all = list.iter().map(|one| {
        let critical: &[u8] = if one.critical { &[1, 1, 0xff] } else { &[] };
        tlv(0x30, &[&tlv(6, &[one.id.as_bytes()]), critical, &tlv(4, &[&one.value])])
    });
    let all: Vec<u8> = all.flatten().collect();
    if list.is_empty() { all } else { tlv(0xa1, &[&tlv(0x30, &[&all])]) }
}

const GOOD: &[u8] = &[0x80, 0];
const UNKNOWN: &[u8] = &[0x82, 0];

fn revoked() -> Vec<u8> {
    tlv(0xa1, &[&generalized("2026-05-01"), &tlv(0xa0, &[&[0x0a, 1, 1]])])
}

impl<'a> Answer<'a> {
    fn new(about: &'a Certificate, issuer: &'a Certificate) -> Self {
        let (function, status) = (SHA1, GOOD.to_vec());
        let (this_update, next_update) = ("2026-05-30", Some("2026-06-30"));
        let (by_key, single, sent) = (false, Vec::new(), Vec::new());
        Self { about, issuer, function, status, this_update, next_update, by_key, single, sent }
    }

    fn sign(&self, by: &Party) -> OcspResponse {
        OcspResponse::from_der(&self.der(by)).unwrap()
    }

    fn der(&self, by: &Party) -> Vec<u8> {
        let digest = |bytes: &[u8]| naming_digest(&providers(), self.function, &[bytes]).unwrap();
        let serial = tlv(2, &[self.about.serial()]);
        let name = tlv(4, &[&digest(self.about.issuer().as_der())]);
        let key = tlv(4, &[&digest(self.issuer.public_key_info().key_bytes())]);
        let id = tlv(0x30, &[&object(self.function), &name, &key, &serial]);
        let next = self.next_update.map(|next| tlv(0xa0, &[&generalized(next)]));
        let this = generalized(self.this_update);
        let single = extensions(&self.single);
        let single = [&id, &self.status, &this, &next.unwrap_or_default()[..], &single].concat();
        let own = by.certificate.public_key_info().key_bytes();
        let responder = match self.by_key {
            true => tlv(0xa2, &[&tlv(4, &[&naming_digest(&providers(), SHA1, &[own]).unwrap()])]),
            false => tlv(0xa1, &[by.certificate.subject().as_der()]),
        };
        let responses = tlv(0x30, &[&tlv(0x30, &[&single])]);
        let tbs = tlv(0x30, &[&responder, &generalized(self.this_update), &responses]);
        let signature = by.key.sign(Context::X509, &[&tbs]).unwrap();
        let algorithm = object(signature_oid(by.key.verifying_key().signature_algorithm()));
        let sent: Vec<u8> = self.sent.iter().flat_map(|one| one.as_der().to_vec()).collect();
        let sent = if sent.is_empty() { sent } else { tlv(0xa0, &[&tlv(0x30, &[&sent])]) };
        let signature = tlv(3, &[&[0], signature.as_ref()]);
        let basic = tlv(0x30, &[&tbs, &algorithm, &signature, &sent]);
        let bytes = [tlv(6, &[oid::OCSP_BASIC.as_bytes()]), tlv(4, &[&basic])].concat();
        tlv(0x30, &[&[0x0a, 1, 0], &tlv(0xa0, &[&tlv(0x30, &[&bytes])])])
    }
}

/// A root, a certificate by it, and one who may answer for it.
struct World {
    root: Party,
    leaf: Party,
    responder: Party,
}

fn no_check() -> Extension {
    Extension { id: oid::OCSP_NO_CHECK, critical: false, value: vec![5, 0] }
}

fn for_answers() -> Extension {
    ExtendedKeyUsage(vec![oid::OCSP_SIGNING]).extension(false)
}

impl World {
    fn new(suite: Suite) -> Self {
        let root = Plan::ca("CN=root", suite).issue(None);
        let leaf = Plan { serial: 2, ..Plan::new("CN=leaf", suite) }.issue(Some(&root));
        let responder = Plan { serial: 3, ..Plan::new("CN=ocsp", suite) };
        let responder = responder.with(for_answers()).with(no_check()).issue(Some(&root));
        Self { root, leaf, responder }
    }

    fn answer(&self) -> Answer<'_> {
        Answer::new(&self.leaf.certificate, &self.root.certificate)
    }

    fn delegated(&self) -> Answer<'_> {
        Answer { sent: vec![&self.responder.certificate], ..self.answer() }
    }

    fn judge(&self, answers: Vec<OcspResponse>) -> Result<(), String> {
        let verifier = Verifier::new(&providers(), [self.root.certificate.clone()], [], []);
        self.judge_by(&verifier.with_ocsp(answers))
    }

    fn judge_by(&self, verifier: &Verifier) -> Result<(), String> {
        let mut options = Options::at(time(NOW).timestamp());
        options.crls = CrlCheck::All;
        let verdict = verifier.verify(&self.leaf.certificate, &options);
        verdict.map(drop).map_err(|failure| failure.rule().to_string())
    }

    /// That it is refused, and with these words.
    #[track_caller]
    fn refuses(&self, answer: OcspResponse, why: &str) {
        let said = self.judge(vec![answer]).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn answers_of_the_issuer_and_of_its_responder_count() {
    for suite in Suite::ALL {
        let world = World::new(suite);
        assert!(world.judge(vec![]).unwrap_err().contains("no CRL"), "asked for");
        world.judge(vec![world.answer().sign(&world.root)]).unwrap();
        world.judge(vec![world.delegated().sign(&world.responder)]).unwrap();
        for function in Suite::ALL.map(|suite| hash_oid(suite.hash_algorithm())) {
            let answer = Answer { function, by_key: true, ..world.delegated() };
            world.judge(vec![answer.sign(&world.responder)]).unwrap();
        }
        let revoked = Answer { status: revoked(), ..world.answer() };
        world.refuses(revoked.sign(&world.root), "revoked on 2026-05-01");
        let unknown = Answer { status: UNKNOWN.to_vec(), ..world.answer() };
        world.refuses(unknown.sign(&world.root), "does not know");
    }
}

#[test]
fn what_cannot_be_relied_on_is_refused_in_words() {
    let world = World::new(Suite::Gm);
    let root = &world.root;
    let late = Answer { next_update: Some("2026-05-31"), ..world.answer() };
    world.refuses(late.sign(root), "out of date");
    let early = Answer { this_update: "2026-06-02", ..world.answer() };
    world.refuses(early.sign(root), "not valid before");
    let endless = Answer { next_update: None, ..world.answer() };
    world.refuses(endless.sign(root), "until when");
    let id = ObjectIdentifier::new_unwrap("1.2.3.4");
    let single = vec![Extension { id, critical: true, value: vec![5, 0] }];
    let strange = Answer { single, ..world.answer() };
    world.refuses(strange.sign(root), "unknown critical extension");
    let other = Plan::ca("CN=root", Suite::Gm).issue(None);
    world.refuses(world.answer().sign(&other), "not by its responder's key");
    // Of another certificate, or of one of another issuer with that number: no answer at all.
    let about = Answer { about: &world.responder.certificate, ..world.answer() };
    world.refuses(about.sign(root), "no OCSP answer about it");
    let issuer = Answer { issuer: &other.certificate, ..world.answer() };
    world.refuses(issuer.sign(root), "no OCSP answer about it");
}

#[test]
fn only_whom_the_issuer_certified_for_it_may_answer() {
    let world = World::new(Suite::Nist);
    world.refuses(world.answer().sign(&world.responder), "is not in it");
    let delegate = |plan: Plan<'_>, issuer: &Party, why: &str| {
        let party = Plan { serial: 4, ..plan }.issue(Some(issuer));
        let answer = Answer { sent: vec![&party.certificate], ..world.answer() };
        world.refuses(answer.sign(&party), why);
    };
    let plan = || Plan::new("CN=other", Suite::Nist);
    delegate(plan().with(no_check()), &world.root, "not meant for OCSP signing");
    // The leaf's own certificate does not do either.
    let own = Answer { sent: vec![&world.leaf.certificate], ..world.answer() };
    world.refuses(own.sign(&world.leaf), "not meant for OCSP signing");
    delegate(plan().with(for_answers()), &world.root, "may have been revoked");
    let stranger = Plan::ca("CN=stranger", Suite::Nist).issue(None);
    delegate(plan().with(for_answers()).with(no_check()), &stranger, "not by the issuer");
    let namesake = Plan::ca("CN=root", Suite::Nist).issue(None);
    delegate(plan().with(for_answers()).with(no_check()), &namesake, "not signed by the issuer");
    let old = Plan { until: "2026-05-31", ..plan().with(for_answers()).with(no_check()) };
    delegate(old, &world.root, "not valid at this time");
}

#[test]
fn whichever_says_revoked_is_believed() {
    let world = World::new(Suite::Gm);
    let crl = |serials: &[u8]| {
        let (from, until) = (time("2026-05-01"), time("2026-07-01"));
        let builder = CrlBuilder::new(&providers(), &world.root.certificate, 1, from, until);
        let entries = serials.iter().map(|serial| RevokedEntry {
            serial: vec![*serial],
            date: from,
            reason: ReasonCode::KeyCompromise,
            invalidity: None,
        });
        entries.fold(builder.unwrap(), CrlBuilder::revoke).sign(&*world.root.key).unwrap()
    };
    let judge = |crl, answer: OcspResponse| {
        let verifier = Verifier::new(&providers(), [world.root.certificate.clone()], [], [crl]);
        world.judge_by(&verifier.with_ocsp([answer]))
    };
    let good = || world.answer().sign(&world.root);
    let bad = || Answer { status: revoked(), ..world.answer() }.sign(&world.root);
    judge(crl(&[]), good()).unwrap();
    assert!(judge(crl(&[2]), good()).unwrap_err().contains("revoked"));
    assert!(judge(crl(&[]), bad()).unwrap_err().contains("revoked"));
    // An answer that is of no use takes nothing from a CRL that is.
    let late = Answer { next_update: Some("2026-05-31"), ..world.answer() };
    judge(crl(&[]), late.sign(&world.root)).unwrap();
    // The newest answer counts, and of two of one moment the one that says less.
    let newer = Answer { this_update: "2026-05-31", ..world.answer() };
    world.judge(vec![bad(), newer.sign(&world.root)]).unwrap();
    world.judge(vec![good(), bad()]).unwrap_err();
    // A responder without OCSP No Check counts when a CRL says that it is good.
    let responder = Plan { serial: 5, ..Plan::new("CN=ocsp", Suite::Gm) };
    let responder = responder.with(for_answers()).issue(Some(&world.root));
    let answer = Answer { sent: vec![&responder.certificate], ..world.answer() };
    judge(crl(&[]), answer.sign(&responder)).unwrap();
}

#[test]
fn what_is_read_is_what_was_sent_and_nothing_more() {
    let world = World::new(Suite::Gm);
    let der = world.delegated().der(&world.responder);
    let answer = OcspResponse::from_der(&der).unwrap();
    assert_eq!(answer.statuses()[0].status(), Status::Good);
    assert_eq!(answer.statuses()[0].serial_hex(), "2");
    let sent = std::slice::from_ref(&world.responder.certificate);
    assert_eq!(answer.certificates(), sent);
    assert_eq!(answer.responder(), &gmca_pki::Responder::Name(name("CN=ocsp")));
    for (status, why) in [(3, "tryLater"), (6, "unauthorized"), (4, "not a status")] {
        let said = OcspResponse::from_der(&[0x30, 3, 0x0a, 1, status]).unwrap_err().to_string();
        assert!(said.contains(why), "{said}");
    }
    assert!(OcspResponse::from_der(&[&der[..], &[0]].concat()).is_err());
    // No change of a byte is taken for the same answer: it is refused, or says something else.
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 1;
        if let Ok(changed) = OcspResponse::from_der(&changed)
            && changed.certificates() == answer.certificates()
        {
            assert!(world.judge(vec![changed]).is_err(), "byte {at}");
        }
    }
}
