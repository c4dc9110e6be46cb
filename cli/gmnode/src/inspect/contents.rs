// SPDX-License-Identifier: Apache-2.0
//! What blocks and envelopes state about what is in them, and the signatures found on the way.
//!
//! Not here: whether the signatures are right (`signatures`), and the block before (`judge`).

use super::report::{At, Report};
use super::signatures::Signatures;
use bccsp::{Hash, Providers};
use block::{Action, Block, Envelope};
use channel::{BLOCK_VALIDATION, Channel, TRANSACTION_TREE};
use proto::common::HeaderType;

/// Who may write to a channel.
const WRITERS: &str = "/Channel/Writers";

/// Opens blocks and envelopes.
#[derive(Clone, Copy)]
pub(crate) struct Contents<'a> {
    pub(crate) providers: &'a Providers,
    /// In force for the block.
    pub(crate) hash: &'a dyn Hash,
    /// The channel that they must be of, where it is known, as it is in force for the block.
    pub(crate) channel: Option<&'a Channel>,
}

impl Contents<'_> {
    /// The signatures of a block, its tree, and every envelope in it.
    pub(crate) fn block(self, block: &Block, into: &mut Signatures, report: &mut Report) {
        let number = block.number();
        Self::orderers(block, &At::Block(number), into, report);
        self.tree(block, &At::Block(number), report);
        for (place, entry) in block.entries().iter().enumerate() {
            let at = At::Transaction(number, place);
            match Envelope::open(entry.clone()) {
                Ok(envelope) => self.envelope(&envelope, &at, into, report),
                Err(error) => report.check("envelope", &at, Err::<(), _>(error)),
            }
        }
    }

    fn orderers(block: &Block, at: &At, into: &mut Signatures, report: &mut Report) {
        match block.signatures() {
            Ok(signed) if signed.is_empty() && block.number() == 0 => {}
            Ok(signed) if signed.is_empty() => {
                report.check("signatures of orderers", at, Err::<(), _>("nobody signed the block"));
            }
            Ok(signed) => into.set("signature of an orderer", at, signed, Some(BLOCK_VALIDATION)),
            Err(error) => report.check("signatures of orderers", at, Err::<(), _>(error)),
        }
    }

    /// The tree over the transactions, where it is stated or the channel asks for it.
    fn tree(self, block: &Block, at: &At, report: &mut Report) {
        let is_wanted = self.channel.is_some_and(|channel| {
            // Nobody signs block 0, so it states nothing.
            block.number() != 0 && channel.capabilities().has(TRANSACTION_TREE)
        });
        match block.metadata().tree() {
            Ok(None) if !is_wanted => {}
            Ok(_) => report.check("transaction tree", at, block.check_tree(self.hash)),
            Err(error) => report.check("transaction tree", at, Err::<(), _>(error)),
        }
    }

    /// What an envelope states about itself, and the signatures in it.
    pub(super) fn envelope(
        self,
        envelope: &Envelope,
        at: &At,
        into: &mut Signatures,
        report: &mut Report,
    ) {
        let headers = envelope.headers();
        let named = &headers.channel_header().channel_id;
        if self.channel.is_some_and(|channel| channel.id() != named) {
            let why = format!("it is for channel `{}`", named.escape_debug());
            report.check("channel", at, Err::<(), _>(why));
        }
        creator(envelope, at, into, report);
        match headers.kind() {
            Some(HeaderType::EndorserTransaction) => {
                report.check("transaction id", at, headers.check_transaction_id(self.providers));
                match envelope.transaction() {
                    Ok(transaction) => {
                        for action in &transaction.actions {
                            judge_action(action, envelope, at, self.hash, into, report);
                        }
                    }
                    Err(error) => report.check("transaction", at, Err::<(), _>(error)),
                }
            }
            Some(HeaderType::ConfigUpdate) => {
                update_signatures(envelope, at, into, report);
            }
            Some(HeaderType::Config) => {
                let update = envelope.config().ok().and_then(|config| config.last_update);
                let Some(update) = update else { return };
                match Envelope::from_message(update) {
                    Ok(update) => {
                        into.one("signature below the update", at, update.signed_data());
                        update_signatures(&update, at, into, report);
                    }
                    Err(error) => report.check("last update", at, Err::<(), _>(error)),
                }
            }
            _ => {}
        }
    }
}

fn creator(envelope: &Envelope, at: &At, into: &mut Signatures, report: &mut Report) {
    let headers = envelope.headers();
    match at {
        // Nobody signs the envelope of block 0, nor one that is still to be signed.
        At::Block(_) | At::Transaction(1.., _) if headers.creator().is_empty() => {
            let why = "nobody has signed the envelope";
            report.check("signature of the creator", at, Err::<(), _>(why));
        }
        _ if headers.creator().is_empty() => {
            report.note(format!("{at}: nobody has signed the envelope"));
        }
        _ => {
            // An orderer wraps a configuration, and needs no right to write.
            let policy = (headers.kind() != Some(HeaderType::Config)).then_some(WRITERS);
            into.set("signature of the creator", at, vec![envelope.signed_data()], policy);
        }
    }
}

fn judge_action(
    action: &Action,
    envelope: &Envelope,
    at: &At,
    hash: &dyn Hash,
    into: &mut Signatures,
    report: &mut Report,
) {
    report.check("header of the action", at, action.check_header(envelope.headers()));
    report.check("proposal hash", at, action.check_proposal_hash(envelope.headers(), hash));
    if action.endorsements().is_empty() {
        report.check("signature of an endorser", at, Err::<(), _>("nobody has endorsed it"));
    }
    for endorsement in action.endorsements() {
        into.one("signature of an endorser", at, endorsement);
    }
}

fn update_signatures(envelope: &Envelope, at: &At, into: &mut Signatures, report: &mut Report) {
    match envelope.config_update().and_then(|update| update.signatures()) {
        Ok(signed) => {
            for one in signed {
                into.one("signature of a config update", at, one);
            }
        }
        Err(error) => report.check("config update", at, Err::<(), _>(error)),
    }
}
