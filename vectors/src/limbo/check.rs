// SPDX-License-Identifier: Apache-2.0
//! Judges cases under the policy of the web's servers, and holds the verdicts against theirs.

use super::exceptions::{self, Exceptions};
use super::{Case, Kind, Verdict};
use crate::case::Outcome;
use crate::engines::Engines;
use crate::report::Report;
use anyhow::Result;
use bccsp::Providers;
use pki::extension::{GeneralName, KeyUsage, SubjectAltName};
use pki::path::{self, CrlCheck, Host, Options, Policy, Purpose};
use pki::{Certificate, Crl, Error, Time};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use sys::{Clock, SystemClock, Timestamp};

/// Checks every case of a file. A case that is listed as an exception must fail as listed.
pub(crate) fn check_file(path: &Path, engines: &Engines, report: &mut Report) -> Result<()> {
    let file = path.display().to_string();
    let now = SystemClock.now();
    let mut exceptions = Exceptions::new(exceptions::SUITE)?;
    super::read(path, |case| {
        let run = || engines.each_set(|providers| run(&case, providers, now));
        // A panic on foreign bytes is a failure like any other.
        let result =
            catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("it panicked".to_owned()));
        match (result, exceptions.meet(&case.id)) {
            (Ok(Outcome::Pass), Some(_)) => {
                report.fail(&file, &case.id, "passes, and is listed as an exception");
            }
            (Err(_), Some(reason)) => report.skip(&format!("listed exception: {reason}")),
            (result, _) => report.add(&file, &case.id, result),
        }
        Ok(())
    })?;
    for id in exceptions.left() {
        report.fail(&file, id, "is listed as an exception, and not in the file");
    }
    Ok(())
}

/// A case as the path check takes it.
#[derive(Debug)]
pub struct Question {
    /// The trust anchors.
    pub anchors: Vec<Certificate>,
    /// What else is at hand.
    pub intermediates: Vec<Certificate>,
    /// The certificate in question.
    pub leaf: Certificate,
    /// Revocation lists.
    pub crls: Vec<Crl>,
    /// What it is checked for.
    pub options: Options,
}

fn run(case: &Case, providers: &Providers, now: Timestamp) -> Result<Outcome, String> {
    let verdict = match question(case, now)? {
        Err(error) => Err(error.to_string()),
        Ok(question) if is_foreign(&question, providers) => {
            return Ok(Outcome::Skip("x509-limbo: an algorithm of neither family"));
        }
        Ok(question) => judge(case, providers, &question),
    };
    match (verdict, case.expected_result) {
        (Ok(()), Verdict::Success) | (Err(_), Verdict::Failure) => Ok(Outcome::Pass),
        (Ok(()), Verdict::Failure) => Err("accepted, and should not be".to_owned()),
        (Err(why), Verdict::Success) => Err(format!("refused: {why}")),
    }
}

fn judge(case: &Case, providers: &Providers, question: &Question) -> Result<(), String> {
    let Question { anchors, intermediates, leaf, crls, options } = question;
    path::verify(providers, leaf, intermediates, anchors, crls, options)
        .map_err(|failure| failure.to_string())?;
    let text = |error: Error| error.to_string();
    let names = leaf.extensions().get::<SubjectAltName>().map_err(text)?;
    let names = names.map(|names| names.0).unwrap_or_default();
    for wanted in &case.expected_peer_names {
        if !names.contains(&GeneralName::Email(wanted.value.clone())) {
            return Err(format!("it does not name {}", wanted.value));
        }
    }
    let usage = leaf.extensions().get::<KeyUsage>().map_err(text)?;
    let has = |name: &String| usage.is_none_or(|usage| usage.names().any(|n| n == name));
    match case.key_usage.iter().find(|name| !has(name)) {
        Some(name) => Err(format!("its keyUsage has no {name}")),
        None => Ok(()),
    }
}

/// Reads what a case holds. The outer error is one of the schema, the inner one of a certificate.
///
/// # Errors
/// A name, time or purpose that the runner does not know.
pub fn question(case: &Case, now: Timestamp) -> Result<Result<Question, Error>, String> {
    let options = options(case, now)?;
    let read = || {
        Ok(Question {
            anchors: certificates(&case.trusted_certs)?,
            intermediates: certificates(&case.untrusted_intermediates)?,
            leaf: Certificate::from_pem_or_der(case.peer_certificate.as_bytes())?,
            crls: case
                .crls
                .iter()
                .map(|pem| Crl::from_pem_or_der(pem.as_bytes()))
                .collect::<Result<_, _>>()?,
            options,
        })
    };
    Ok(read())
}

fn certificates(list: &[String]) -> Result<Vec<Certificate>, Error> {
    list.iter().map(|pem| Certificate::from_pem_or_der(pem.as_bytes())).collect()
}

/// What a case is checked for.
pub(crate) fn options(case: &Case, now: Timestamp) -> Result<Options, String> {
    if !case.signature_algorithms.is_empty() {
        return Err("signature_algorithms that the runner does not know".to_owned());
    }
    let mut options = Options::at(match &case.validation_time {
        None => now,
        Some(text) => time(text).ok_or_else(|| format!("the time `{text}` is none"))?.timestamp(),
    });
    options.policy = Policy::WebPki;
    options.purpose = match case.validation_kind {
        Kind::Client => Purpose::ClientAuth,
        Kind::Server => Purpose::ServerAuth,
    };
    for name in &case.extended_key_usage {
        if Purpose::named(name) != Some(options.purpose) {
            return Err(format!("a purpose `{name}` beside {}", options.purpose));
        }
    }
    if let Some(name) = &case.expected_peer_name {
        options.host = Some(Host::parse(&name.value).map_err(|error| error.to_string())?);
    }
    if case.expected_peer_names.iter().any(|name| name.kind != "RFC822") {
        return Err("names of a kind that the runner does not know".to_owned());
    }
    if let Some(depth) = case.max_chain_depth {
        options.max_depth = depth;
    }
    if !case.crls.is_empty() {
        options.crls = CrlCheck::Leaf;
    }
    Ok(options)
}

/// A time in UTC. Certificates know whole seconds only, so the fraction goes.
fn time(text: &str) -> Option<Time> {
    let text = text.strip_suffix("+00:00")?;
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    Time::parse(&format!("{whole}Z"))
}

/// Whether a key or a signature in it is of an algorithm that is not ours.
pub(crate) fn is_foreign(question: &Question, providers: &Providers) -> bool {
    let all = question.anchors.iter().chain(&question.intermediates).chain([&question.leaf]);
    let mut all = all.map(|certificate| {
        let key = certificate.public_key(providers).map(drop);
        key.and(certificate.signature_algorithm().signature_algorithm().map(drop))
    });
    all.any(|answer| matches!(answer, Err(Error::UnsupportedAlgorithm { .. })))
}
