// SPDX-License-Identifier: Apache-2.0
//! Whether a proof that a transaction was ordered holds in a channel.
//!
//! Not here: what is in a proof and how it hangs together (`block`); whether the transaction is
//! valid, which nobody signs.

use crate::{Channel, Error, TRANSACTION_TREE};
use block::{Proof, Proven, Under};
use msp::Decision;

impl Channel {
    /// What a proof shows, and whether those who signed its block may: only when the decision is
    /// satisfied is it proven. This configuration is the one in block `config_block`.
    ///
    /// The block must have been made under this very configuration, since who may order, and the
    /// hash function, may be others under the next. A block that brings the next configuration says
    /// which sequence that has, and there is one of each sequence.
    ///
    /// # Errors
    /// [`Error::OtherConfiguration`] when it was made under another; [`Error::Proof`] for another
    /// channel, or a block without the tree that this one asks for; [`Error::Block`] as
    /// [`Proof::check`]; [`Error::Crypto`] and [`Error::Msp`] when nothing is known.
    pub fn check_proof(
        &self,
        config_block: u64,
        proof: &Proof,
    ) -> Result<(Proven, Decision), Error> {
        let other = |wanted| Err(Error::OtherConfiguration { block: proof.number(), wanted });
        match proof.under()? {
            Under::ConfigBlock(number) if number != config_block => {
                return other(format!("the configuration in block {number}"));
            }
            Under::Sequence(sequence) if sequence != self.sequence() => {
                return other(format!("the configuration of sequence {sequence}"));
            }
            Under::ConfigBlock(_) | Under::Sequence(_) => {}
        }
        let proven = proof.check(self.hash()?, self.msps().providers())?;
        if proven.channel_id != self.id() {
            let found = proven.channel_id.escape_debug();
            return Err(Error::Proof(format!(
                "it is of channel `{found}`, this is `{}`",
                self.id()
            )));
        }
        if self.capabilities().has(TRANSACTION_TREE) && !proof.has_tree()? {
            let why = format!(
                "its orderers state no transaction tree, which {TRANSACTION_TREE} asks for"
            );
            return Err(Error::Proof(why));
        }
        let decision = self.check_orderers(&proven.signatures)?;
        Ok((proven, decision))
    }
}
