// SPDX-License-Identifier: Apache-2.0
//! Handles of signing and verifying keys over any engine.

use super::{Backend, Claim, HashFamily, public_key};
use crate::count;
use crate::encoding::signature::RawSignature;
use crate::health::Health;
use crate::{
    Context, Error, Job, KeyMaterial, PublicKey, SignStream, Signature, SigningKey, VerifyStream,
    VerifyingKey,
};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt::{self, Debug};
use digest::Digest as _;
use sys::Entropy;

/// A public key of an engine. Whoever made it has let the signature tests run before.
pub(super) struct Verifier<B: Backend> {
    health: Arc<Health>,
    public: PublicKey,
    key: B::Public,
}

impl<B: Backend> Verifier<B> {
    pub(super) fn new(health: Arc<Health>, public: PublicKey, key: B::Public) -> Self {
        Self { health, public, key }
    }
}

/// A verdict for each job: those with keys of this engine together, others one by one.
pub(super) fn verify_many<B: Backend>(jobs: &[Job<'_>]) -> Vec<Result<(), Error>> {
    let mut claims = Vec::with_capacity(jobs.len());
    let mut verdicts: Vec<Result<bool, Error>> = Vec::with_capacity(jobs.len());
    for job in jobs {
        let own = job.key.of_engine().and_then(|key| key.downcast_ref::<Verifier<B>>());
        verdicts.push(match own.map(|key| key.claim(job)) {
            None => job.verify().map(|()| true),
            Some(Err(refused)) => Err(refused),
            Some(Ok(claim)) => {
                claims.push(claim);
                Ok(false)
            }
        });
    }
    count::together(claims.len());
    // What is only claimed so far stands as no, in the order of the claims.
    let mut judged = B::verify_many(&claims).into_iter();
    let settle = |slot: Result<bool, Error>| match slot {
        Ok(true) => Ok(()),
        Ok(false) => verdict(judged.next().unwrap_or(false)),
        Err(refused) => Err(refused),
    };
    verdicts.into_iter().map(settle).collect()
}

impl<B: Backend> Verifier<B> {
    fn claim<'a>(&'a self, job: &Job<'a>) -> Result<Claim<'a, B>, Error> {
        self.health.check()?;
        count::verified();
        let raw = read::<B>(job.ctx, job.signature)?;
        let prefix = B::prefix(&self.key, job.ctx)?;
        Ok(Claim { key: &self.key, prefix, message: job.message, raw })
    }
}

impl<B: Backend> VerifyingKey for Verifier<B> {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn of_engine(&self) -> Option<&dyn Any> {
        Some(self)
    }

    fn verify(&self, ctx: Context<'_>, message: &[&[u8]], signature: &[u8]) -> Result<(), Error> {
        self.health.check()?;
        count::verified();
        let raw = read::<B>(ctx, signature)?;
        let prefix = B::prefix(&self.key, ctx)?;
        verdict(B::verify(&self.key, prefix.as_ref(), message, &raw))
    }

    fn verifier(&self, ctx: Context<'_>) -> Result<Box<dyn VerifyStream + '_>, Error> {
        self.health.check()?;
        let digest = primed::<B>(&self.key, ctx)?;
        Ok(Box::new(Verdict { key: self, low_s: ctx.requires_low_s(), digest }))
    }
}

impl<B: Backend> Debug for Verifier<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({:?})", self.public)
    }
}

/// A private key of an engine that signs.
pub(super) struct Signer<B: Backend> {
    entropy: Arc<dyn Entropy>,
    key: B::Private,
    public: Arc<Verifier<B>>,
    /// The same as `public`, as the border names it.
    shared: Arc<dyn VerifyingKey>,
}

impl<B: Backend> Signer<B> {
    pub(super) fn new(
        health: Arc<Health>,
        entropy: Arc<dyn Entropy>,
        key: B::Private,
    ) -> Result<Self, Error> {
        let point = B::point(&key);
        let ready = B::public(&point).ok_or(Error::Refused)?;
        let public = Arc::new(Verifier::new(health, public_key::<B>(&point)?, ready));
        let shared = Arc::clone(&public) as Arc<dyn VerifyingKey>;
        Ok(Self { entropy, key, public, shared })
    }
}

impl<B: Backend> SigningKey for Signer<B> {
    fn verifying_key(&self) -> &Arc<dyn VerifyingKey> {
        &self.shared
    }

    fn sign(&self, ctx: Context<'_>, message: &[&[u8]]) -> Result<Signature, Error> {
        self.public.health.check()?;
        count::signed();
        let prefix = B::prefix(&self.public.key, ctx)?;
        let raw = B::sign(&self.key, &*self.entropy, prefix.as_ref(), message)?;
        Ok(written::<B>(&raw))
    }

    fn signer(&self, ctx: Context<'_>) -> Result<Box<dyn SignStream + '_>, Error> {
        self.public.health.check()?;
        let digest = primed::<B>(&self.public.key, ctx)?;
        Ok(Box::new(Signing { key: self, digest }))
    }

    fn export(&self) -> Result<KeyMaterial, Error> {
        self.public.health.check()?;
        let algorithm = B::SUITE.key_algorithm();
        KeyMaterial::new(algorithm, B::scalar(&self.key), Some(self.public.public))
    }
}

impl<B: Backend> Debug for Signer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.public.public)
    }
}

/// A signature as the border hands it out.
pub(super) fn written<B: Backend>(raw: &[u8; 64]) -> Signature {
    Signature::new(B::SUITE.signature_algorithm(), RawSignature::new(*raw).to_der())
}

/// A foreign signature. Whatever is wrong with it, it is refused.
pub(super) fn read<B: Backend>(ctx: Context<'_>, signature: &[u8]) -> Result<[u8; 64], Error> {
    let raw = *RawSignature::from_der(signature).map_err(|_| Error::Refused)?.as_bytes();
    if B::form_allowed(ctx, &raw) { Ok(raw) } else { Err(Error::Refused) }
}

pub(super) fn verdict(right: bool) -> Result<(), Error> {
    if right { Ok(()) } else { Err(Error::Refused) }
}

type DigestOf<B> = <<B as Backend>::Hash as HashFamily>::Digest;

fn primed<B: Backend>(key: &B::Public, ctx: Context<'_>) -> Result<DigestOf<B>, Error> {
    let mut digest = DigestOf::<B>::new();
    digest.update(B::prefix(key, ctx)?.as_ref());
    Ok(digest)
}

struct Signing<'a, B: Backend> {
    key: &'a Signer<B>,
    digest: DigestOf<B>,
}

impl<B: Backend> SignStream for Signing<'_, B> {
    fn update(&mut self, data: &[u8]) {
        self.digest.update(data);
    }

    fn finish(self: Box<Self>) -> Result<Signature, Error> {
        self.key.public.health.check()?;
        count::signed();
        let digest = self.digest.finalize().into();
        let raw = B::sign_digest(&self.key.key, &*self.key.entropy, &digest)?;
        Ok(written::<B>(&raw))
    }
}

struct Verdict<'a, B: Backend> {
    key: &'a Verifier<B>,
    low_s: bool,
    digest: DigestOf<B>,
}

impl<B: Backend> VerifyStream for Verdict<'_, B> {
    fn update(&mut self, data: &[u8]) {
        self.digest.update(data);
    }

    fn finish(self: Box<Self>, signature: &[u8]) -> Result<(), Error> {
        self.key.health.check()?;
        count::verified();
        // The ID is hashed already; of the context only the rule on s is left.
        let ctx = if self.low_s { Context::Fabric } else { Context::X509 };
        let raw = read::<B>(ctx, signature)?;
        verdict(B::verify_digest(&self.key.key, &self.digest.finalize().into(), &raw))
    }
}
