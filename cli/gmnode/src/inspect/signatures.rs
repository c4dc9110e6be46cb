// SPDX-License-Identifier: Apache-2.0
//! Signatures found in a file, judged all at once: by the channel that is trusted, else by the
//! certificates that they carry.

use super::report::{At, Report};
use anyhow::Result;
use bccsp::{Context, Job, Providers, VerifyingKey};
use channel::Channel;
use msp::{SerializedIdentity, Signers};
use pki::Certificate;
use proto::{Bytes, SignedData};
use std::collections::HashMap;
use std::sync::Arc;
use sys::spread;

/// Signatures that are still to be judged.
#[derive(Debug, Default)]
pub(crate) struct Signatures(Vec<Set>);

#[derive(Debug)]
struct Set {
    what: &'static str,
    at: At,
    signed: Vec<SignedData>,
    /// The path of the policy they must satisfy.
    policy: Option<&'static str>,
}

impl Signatures {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.iter().map(|set| set.signed.len()).sum()
    }

    /// Takes in others, behind its own.
    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// One signature that must be right, by a member.
    pub(super) fn one(&mut self, what: &'static str, at: &At, signed: SignedData) {
        self.0.push(Set { what, at: at.clone(), signed: vec![signed], policy: None });
    }

    /// Signatures that together must satisfy a policy of the channel.
    pub(super) fn set(
        &mut self,
        what: &'static str,
        at: &At,
        signed: Vec<SignedData>,
        policy: Option<&'static str>,
    ) {
        self.0.push(Set { what, at: at.clone(), signed, policy });
    }

    /// Judges all of them in one batch.
    pub(crate) fn judge(
        self,
        providers: &Providers,
        trust: Option<&Channel>,
        report: &mut Report,
    ) -> Result<()> {
        match trust {
            Some(channel) => self.by_channel(channel, report),
            None => {
                if !self.0.is_empty() {
                    report.note(
                        "signatures are judged by the certificates that they carry; whether those \
                         are members of the channel is asked with --trust CONFIG_BLOCK",
                    );
                }
                self.by_certificates(providers, report)
            }
        }
    }

    fn by_channel(self, channel: &Channel, report: &mut Report) -> Result<()> {
        let judged = spread(&self.0, WORTH_A_THREAD, |sets| {
            let signed: Vec<&[SignedData]> = sets.iter().map(|set| &set.signed[..]).collect();
            let all = channel.msps().verify_sets(&signed);
            sets.iter().zip(all).map(|(set, signers)| set.judge(channel, &signers)).collect()
        });
        for (set, judged) in self.0.iter().zip(judged) {
            let (right, enough) = judged?;
            report.check(set.what, &set.at, right);
            if let Some((policy, enough)) = enough {
                report.check(format!("policy {policy}"), &set.at, enough);
            }
        }
        Ok(())
    }

    fn by_certificates(self, providers: &Providers, report: &mut Report) -> Result<()> {
        let mut keys = Keys { providers, known: HashMap::new() };
        let signed: Vec<(&Set, &SignedData)> =
            self.0.iter().flat_map(|set| set.signed.iter().map(move |one| (set, one))).collect();
        let found: Vec<_> = signed.iter().map(|(_, one)| keys.of(&one.identity)).collect();
        let messages: Vec<Vec<&[u8]>> = signed
            .iter()
            .map(|(_, one)| one.message.iter().map(|part| &part[..]).collect())
            .collect();
        let jobs: Vec<Job<'_>> = found
            .iter()
            .zip(&messages)
            .zip(&signed)
            .filter_map(|((key, message), (_, one))| {
                let key = key.as_ref().ok()?.as_ref();
                Some(Job { key, ctx: Context::Fabric, message, signature: &one.signature })
            })
            .collect();
        let mut verdicts =
            spread(&jobs, WORTH_A_THREAD, |jobs| providers.verify_many(jobs)).into_iter();
        for ((set, _), key) in signed.iter().zip(&found) {
            let result = match key {
                Err(why) => Err(why.clone()),
                Ok(_) => match verdicts.next() {
                    Some(Ok(())) => Ok(()),
                    Some(Err(bccsp::Error::Refused)) | None => {
                        Err("the signature is wrong".to_owned())
                    }
                    // Nothing is known about it.
                    Some(Err(error)) => return Err(error.into()),
                },
            };
            report.check(set.what, &set.at, result);
        }
        Ok(())
    }
}

/// Whether signatures are right and by members, and whether they are enough for the policy that is
/// asked for.
type Judged = (Result<(), String>, Option<(&'static str, Result<(), String>)>);

impl Set {
    fn judge(&self, channel: &Channel, signers: &Signers) -> Result<Judged, msp::Error> {
        signers.check()?;
        let enough = self.policy.map(|policy| {
            let decision = channel.policies().evaluate(policy, signers);
            let is_satisfied = decision.is_satisfied();
            (policy, if is_satisfied { Ok(()) } else { Err(decision.to_string()) })
        });
        Ok((verdict(signers, self.signed.len()), enough))
    }
}

/// A thread takes as long to begin as a signature to verify.
const WORTH_A_THREAD: usize = 16;

/// All of a set must be right and by members.
fn verdict(signers: &Signers, count: usize) -> Result<(), String> {
    if let Some(dropped) = signers.dropped().first() {
        return Err(dropped.to_string());
    }
    if signers.valid().len() != count {
        return Err("somebody has signed more than once".to_owned());
    }
    match signers.valid().iter().find(|identity| !identity.verdict().is_yes()) {
        Some(identity) => Err(format!("{}: {}", identity.subject(), identity.verdict())),
        None => Ok(()),
    }
}

/// The keys in the certificates of identities, each read once.
struct Keys<'a> {
    providers: &'a Providers,
    known: HashMap<Bytes, Result<Arc<dyn VerifyingKey>, String>>,
}

impl Keys<'_> {
    fn of(&mut self, identity: &Bytes) -> Result<Arc<dyn VerifyingKey>, String> {
        if let Some(known) = self.known.get(identity) {
            return known.clone();
        }
        let key = self.read(identity);
        self.known.insert(identity.clone(), key.clone());
        key
    }

    fn read(&self, identity: &Bytes) -> Result<Arc<dyn VerifyingKey>, String> {
        let identity = SerializedIdentity::decode(identity).map_err(|error| error.to_string())?;
        let certificate = Certificate::from_pem_or_der(&identity.certificate)
            .map_err(|error| format!("its certificate cannot be read: {error}"))?;
        let key = certificate.public_key(self.providers).map_err(|error| error.to_string())?;
        self.providers.verifying_key(&key).map_err(|error| error.to_string())
    }
}
