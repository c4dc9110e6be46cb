// SPDX-License-Identifier: Apache-2.0
//! Signatures verified, many in one batch, and who is left to count.
//!
//! Not here: what they are enough for (`policy`).

use super::{Identity, Manager, Refused};
use crate::Error;
use bccsp::{Context, Job};
use proto::SignedData;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// Who has validly signed, each once, in the order of their signatures, and who has not.
#[derive(Clone, Debug, Default)]
pub struct Signers {
    valid: Vec<Arc<Identity>>,
    dropped: Vec<Dropped>,
}

/// A signature that does not count.
#[derive(Clone, Debug)]
pub struct Dropped {
    /// Its place in the set, from 0.
    pub index: usize,
    /// Who is said to have made it, where that could be read.
    pub identity: Option<Arc<Identity>>,
    /// Why it does not count.
    pub why: WhyDropped,
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WhyDropped {
    /// It is not known who made it.
    #[error(transparent)]
    Identity(#[from] Refused),
    /// It is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// A signature before has counted for this identity.
    #[error("the same identity has signed before")]
    Repeated,
    /// The provider did not do its part: nothing is known. See [`Signers::check`].
    #[error("it could not be judged: {0}")]
    Failed(String),
}

impl Signers {
    /// Identities that are known to have signed, such as the one who signed a proposal. Of two that
    /// are the same the first one counts.
    #[must_use]
    pub fn of(identities: impl IntoIterator<Item = Arc<Identity>>) -> Self {
        let judged = identities.into_iter().map(|identity| (Ok(identity), Ok(())));
        Self::collect(judged)
    }

    /// Those who count.
    #[must_use]
    pub fn valid(&self) -> &[Arc<Identity>] {
        &self.valid
    }

    /// Those who do not.
    #[must_use]
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    /// Whether everything could be judged. When not, a "not satisfied" means nothing: whoever
    /// writes verdicts down for ever asks this first.
    ///
    /// # Errors
    /// [`Error::NotJudged`] when a provider did not do its part.
    pub fn check(&self) -> Result<(), Error> {
        let failed = self.dropped.iter().find_map(|dropped| match &dropped.why {
            WhyDropped::Failed(why) | WhyDropped::Identity(Refused::Failed(why)) => Some(why),
            _ => None,
        });
        failed.map_or(Ok(()), |why| Err(Error::NotJudged(why.clone())))
    }

    fn collect(
        judged: impl IntoIterator<Item = (Result<Arc<Identity>, Refused>, Result<(), bccsp::Error>)>,
    ) -> Self {
        let (mut signers, mut seen) = (Self::default(), HashSet::new());
        for (index, (identity, verdict)) in judged.into_iter().enumerate() {
            let (identity, why) = match (identity, verdict) {
                (Err(refused), _) => (None, WhyDropped::Identity(refused)),
                (Ok(identity), Ok(())) => {
                    // Only a valid signature uses an identity up.
                    if seen.insert(identity.id().clone()) {
                        signers.valid.push(identity);
                        continue;
                    }
                    (Some(identity), WhyDropped::Repeated)
                }
                (Ok(identity), Err(bccsp::Error::Refused)) => {
                    (Some(identity), WhyDropped::Signature)
                }
                (Ok(identity), Err(error)) => {
                    (Some(identity), WhyDropped::Failed(error.to_string()))
                }
            };
            signers.dropped.push(Dropped { index, identity, why });
        }
        signers
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "signature {}", self.index.saturating_add(1))?;
        if let Some(identity) = &self.identity {
            write!(f, " of {}", identity.subject())?;
        }
        write!(f, ": {}", self.why)
    }
}

impl Manager {
    /// Verifies a set of signatures, all in one batch. Whether the signers are members is for the
    /// policy to ask.
    #[must_use]
    pub fn verify(&self, set: &[SignedData]) -> Signers {
        self.verify_sets(&[set]).pop().unwrap_or_default()
    }

    /// Verifies many sets, such as all of a block, in one batch: signers for each set, in order.
    #[must_use]
    pub fn verify_sets(&self, sets: &[&[SignedData]]) -> Vec<Signers> {
        let all = || sets.iter().flat_map(|set| set.iter());
        let identities: Vec<_> = all().map(|data| self.identity_of(&data.identity)).collect();
        let messages: Vec<Vec<&[u8]>> =
            all().map(|data| data.message.iter().map(|part| &part[..]).collect()).collect();
        let read = identities.iter().zip(&messages).zip(all());
        let jobs: Vec<Job<'_>> = read
            .filter_map(|((identity, message), data)| {
                let key = identity.as_ref().ok()?.key().as_ref();
                let (ctx, signature) = (Context::Fabric, &data.signature[..]);
                Some(Job { key, ctx, message, signature })
            })
            .collect();
        let mut verdicts = self.providers().verify_many(&jobs).into_iter();
        let mut judged = identities.into_iter().map(|identity| {
            // An identity that could not be read has no job.
            let verdict = if identity.is_ok() { verdicts.next() } else { None };
            (identity, verdict.unwrap_or(Err(bccsp::Error::Refused)))
        });
        sets.iter().map(|set| Signers::collect(judged.by_ref().take(set.len()))).collect()
    }
}
