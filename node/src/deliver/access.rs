// SPDX-License-Identifier: Apache-2.0
//! Whether a client may read, as long as it reads: asked again when the configuration is another
//! one, and over when its certificate ends.

use super::request::Ended;
use super::source::Chain;
use block::Envelope;
use msp::Decision;
use pki::Time;
use proto::common::Status;
use std::time::Duration;
use sys::Clock;

/// A client's right to read a chain.
pub(super) struct Access<'a> {
    chain: &'a dyn Chain,
    clock: &'a dyn Clock,
    envelope: &'a Envelope,
    policy: &'a (dyn Fn(&channel::Channel) -> String + Sync),
    ends: Option<Time>,
    /// Sequence of the configuration that it was found right under.
    sequence: Option<u64>,
}

impl<'a> Access<'a> {
    pub(super) fn new(
        chain: &'a dyn Chain,
        clock: &'a dyn Clock,
        envelope: &'a Envelope,
        policy: &'a (dyn Fn(&channel::Channel) -> String + Sync),
    ) -> Self {
        let creator = chain.configuration().msps().identity_of(envelope.headers().creator());
        // Whoever cannot be read has no end, and satisfies no policy.
        let ends = creator.ok().map(|creator| creator.ends());
        Self { chain, clock, envelope, policy, ends, sequence: None }
    }

    /// Whether it may read now.
    pub(super) fn check(&mut self) -> Result<(), Ended> {
        let forbidden = |why: String| Ended(Status::Forbidden, why);
        let now = Time::new(self.clock.now());
        if let Some(ends) = self.ends.filter(|ends| *ends < now) {
            return Err(forbidden(format!("its certificate ended on {ends}")));
        }
        let channel = self.chain.configuration();
        if self.sequence == Some(channel.sequence()) {
            return Ok(());
        }
        let signers = channel.msps().verify(&[self.envelope.signed_data()]);
        let unknown = |error: msp::Error| Ended(Status::ServiceUnavailable, error.to_string());
        signers.check().map_err(unknown)?;
        let path = (self.policy)(&channel);
        match channel.policies().evaluate(&path, &signers) {
            Decision::Satisfied => {
                self.sequence = Some(channel.sequence());
                Ok(())
            }
            Decision::Unsatisfied(why) => {
                Err(forbidden(format!("it does not satisfy policy {path}: {why}")))
            }
        }
    }

    /// The channel that it reads.
    pub(super) fn channel(&self) -> &'a str {
        &self.envelope.headers().channel_header().channel_id
    }

    /// How long until its certificate ends, or a day.
    pub(super) fn remaining(&self) -> Duration {
        let ends = self.ends.map_or(u64::MAX, |ends| ends.timestamp().0);
        let left = ends.saturating_sub(self.clock.now().0).saturating_add(1);
        Duration::from_secs(left.min(DAY))
    }
}

const DAY: u64 = 86_400;
