// SPDX-License-Identifier: Apache-2.0
//! Blocks, envelopes and what is in them, with everything they state computed again.

use super::report::Report;
use super::signatures::Signatures;
use anyhow::Result;
use bccsp::{Digest, Hash, Providers, Suite};
use block::{Action, Block, Envelope, UpdateBatch};
use channel::{BLOCK_VALIDATION, Channel};
use proto::Bytes;
use proto::common::HeaderType;
use proto::prost::Message;
use proto::protos::{ProposalResponse, SignedProposal, TxValidationCode};

/// Who may write to a channel.
const WRITERS: &str = "/Channel/Writers";

/// Judges one file after the other; blocks are held against those before them.
pub(super) struct Judge<'a> {
    providers: &'a Providers,
    /// The channel that is trusted, as the config blocks so far have made it.
    trust: Option<Channel>,
    previous: Option<Previous<'a>>,
}

/// What the next block is held against.
struct Previous<'a> {
    block: Block,
    /// The function in force for it, which may be another one than for the next block.
    hash: &'a dyn Hash,
    commit_hash: Option<Digest>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(providers: &'a Providers, trust: Option<Channel>) -> Self {
        Self { providers, trust, previous: None }
    }

    pub(super) fn block(&mut self, bytes: &Bytes, report: &mut Report) -> Result<()> {
        let block = Block::decode(bytes.clone())?;
        let at = format!("block {}", block.number());
        let hash = self.hash_of(&block, report)?;
        report.check("canonical envelopes", &at, block.check_canonical());
        report.check("data hash", &at, block.check_data_hash(hash));
        self.link(&block, &at, report);
        let mut signatures = Signatures::default();
        self.orderers(&block, &at, &mut signatures, report);
        for (index, entry) in block.entries().iter().enumerate() {
            let at = format!("{at}, transaction {index}");
            match Envelope::open(entry.clone()) {
                Ok(envelope) => self.envelope_in(&envelope, &at, hash, &mut signatures, report),
                Err(error) => report.check("envelope", &at, Err::<(), _>(error)),
            }
        }
        signatures.judge(self.providers, self.trust.as_ref(), report)?;
        let commit_hash = self.commit_hash(&block, &at, hash, report);
        if block.is_config() {
            self.config_block(&block, &at, report)?;
        }
        self.previous = Some(Previous { block, hash, commit_hash });
        Ok(())
    }

    pub(super) fn envelope(&self, bytes: &Bytes, report: &mut Report) -> Result<()> {
        let envelope = Envelope::open(bytes.clone())?;
        let hash = self.likely_hash(&envelope, report)?;
        let mut signatures = Signatures::default();
        self.envelope_in(&envelope, "envelope", hash, &mut signatures, report);
        if envelope.headers().kind() == Some(HeaderType::ConfigUpdate) {
            self.update(&envelope, report)?;
        }
        signatures.judge(self.providers, self.trust.as_ref(), report)
    }

    pub(super) fn signed_proposal(&self, bytes: &Bytes, report: &mut Report) -> Result<()> {
        let signed = SignedProposal::decode(bytes.clone())?;
        let proposal = proto::protos::Proposal::decode(signed.proposal_bytes.clone())?;
        let headers = block::Headers::open(&proposal.header)?;
        report.check("transaction id", "proposal", headers.check_transaction_id(self.providers));
        let mut signatures = Signatures::default();
        let data = proto::SignedData {
            identity: headers.creator().clone(),
            message: vec![signed.proposal_bytes],
            signature: signed.signature,
        };
        signatures.one("signature of the creator", "proposal", data);
        signatures.judge(self.providers, self.trust.as_ref(), report)
    }

    pub(super) fn response(&self, bytes: &Bytes, report: &mut Report) -> Result<()> {
        let response = ProposalResponse::decode(bytes.clone())?;
        let Some(endorsement) = response.endorsement else {
            report.note("nobody has endorsed this response");
            return Ok(());
        };
        let mut signatures = Signatures::default();
        let data = proto::SignedData {
            identity: endorsement.endorser.clone(),
            message: vec![response.payload, endorsement.endorser],
            signature: endorsement.signature,
        };
        signatures.one("signature of the endorser", "response", data);
        signatures.judge(self.providers, self.trust.as_ref(), report)
    }

    /// The hash function in force for a block: the trusted channel's, or a genesis block's own; else
    /// the one that fits, which proves nothing but lets the rest be judged.
    fn hash_of(&self, block: &Block, report: &mut Report) -> Result<&'a dyn Hash> {
        if let Some(channel) = &self.trust {
            return Ok(self.providers.hash(channel.hash_algorithm())?);
        }
        if let (0, Ok(own)) = (block.number(), Channel::from_block(self.providers, block)) {
            return Ok(self.providers.hash(own.hash_algorithm())?);
        }
        let fits = |hash: &&dyn Hash| block.check_data_hash(*hash).is_ok();
        let hash = self.first_hash(fits)?;
        report.note(format!("the hash function is taken to be {}", hash.algorithm()));
        Ok(hash)
    }

    fn likely_hash(&self, envelope: &Envelope, report: &mut Report) -> Result<&'a dyn Hash> {
        if let Some(channel) = &self.trust {
            return Ok(self.providers.hash(channel.hash_algorithm())?);
        }
        let transaction = envelope.transaction().ok();
        let action = transaction.as_ref().and_then(|transaction| transaction.action().ok());
        let Some(action) = action else { return self.first_hash(|_| true) };
        let fits = |hash: &&dyn Hash| action.check_proposal_hash(envelope.headers(), *hash).is_ok();
        let hash = self.first_hash(fits)?;
        report.note(format!("the hash function is taken to be {}", hash.algorithm()));
        Ok(hash)
    }

    /// The first of all families' that fits, else that of the first family.
    fn first_hash(&self, fits: impl Fn(&&dyn Hash) -> bool) -> Result<&'a dyn Hash> {
        let all = Suite::ALL.iter().map(|suite| self.providers.hash(suite.hash_algorithm()));
        let all = all.collect::<Result<Vec<&'a dyn Hash>, _>>()?;
        match all.iter().find(|hash| fits(hash)).or(all.first()) {
            Some(hash) => Ok(*hash),
            None => anyhow::bail!("no family of algorithms was compiled in"),
        }
    }

    /// What was inspected last, if it is the block before.
    fn before(&self, block: &Block) -> Option<&Previous<'a>> {
        let number = |previous: &&Previous<'_>| previous.block.number().checked_add(1);
        self.previous.as_ref().filter(|previous| number(previous) == Some(block.number()))
    }

    fn link(&self, block: &Block, at: &str, report: &mut Report) {
        match self.before(block) {
            Some(previous) => {
                let result = block.check_link(previous.block.header(), previous.hash);
                report.check("link", at, result);
            }
            None if block.number() == 0 => {
                let is_first = block.header().previous_hash.is_empty();
                let result = if is_first { Ok(()) } else { Err("block 0 states a previous hash") };
                report.check("link", at, result);
            }
            None => {
                report
                    .note(format!("the block before {at} is not at hand: its link is not judged"));
            }
        }
    }

    fn orderers(&self, block: &Block, at: &str, into: &mut Signatures, report: &mut Report) {
        match block.signatures() {
            Ok(signed) if signed.is_empty() && block.number() == 0 => {}
            Ok(signed) if signed.is_empty() => {
                report.check("signatures of orderers", at, Err::<(), _>("nobody signed the block"));
            }
            Ok(signed) => into.set("signature of an orderer", at, signed, Some(BLOCK_VALIDATION)),
            Err(error) => report.check("signatures of orderers", at, Err::<(), _>(error)),
        }
    }

    fn envelope_in(
        &self,
        envelope: &Envelope,
        at: &str,
        hash: &dyn Hash,
        into: &mut Signatures,
        report: &mut Report,
    ) {
        let headers = envelope.headers();
        if headers.creator().is_empty() {
            report.note(format!("{at}: nobody has signed the envelope"));
        } else {
            let signed = vec![envelope.signed_data()];
            // An orderer wraps a configuration, and needs no right to write.
            let policy = (headers.kind() != Some(HeaderType::Config)).then_some(WRITERS);
            into.set("signature of the creator", at, signed, policy);
        }
        match headers.kind() {
            Some(HeaderType::EndorserTransaction) => {
                report.check("transaction id", at, headers.check_transaction_id(self.providers));
                match envelope.transaction() {
                    Ok(transaction) => {
                        for action in &transaction.actions {
                            judge_action(action, envelope, at, hash, into, report);
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

    /// What the update would do to the trusted channel.
    fn update(&self, envelope: &Envelope, report: &mut Report) -> Result<()> {
        let Some(channel) = &self.trust else {
            report.note("whether the update would be accepted is asked with --trust CONFIG_BLOCK");
            return Ok(());
        };
        match channel.propose(&envelope.config_update()?) {
            Err(channel::Error::Crypto(error)) => Err(error.into()),
            result => {
                report.check("accepted by the channel", "update", result.map(drop));
                Ok(())
            }
        }
    }

    /// A config block must follow from the configuration before it; what comes after is judged by it.
    fn config_block(&mut self, block: &Block, at: &str, report: &mut Report) -> Result<()> {
        let stated = Channel::from_block(self.providers, block);
        report.check("configuration", at, stated.as_ref().map(drop));
        let (Some(before), Ok(stated)) = (&self.trust, stated) else { return Ok(()) };
        if stated.config() == before.config() {
            return Ok(());
        }
        if stated.sequence() != before.sequence().saturating_add(1) {
            report.note(format!(
                "{at} has configuration {}, the trusted one is {}: it is not derived again",
                stated.sequence(),
                before.sequence()
            ));
            return Ok(());
        }
        let entry = block.entries().first().cloned().unwrap_or_default();
        match before.validate(&Envelope::open(entry)?.config()?) {
            Err(channel::Error::Crypto(error)) => return Err(error.into()),
            Ok(next) => {
                report.check("follows from its update", at, Ok::<(), String>(()));
                self.trust = Some(next);
            }
            Err(error) => report.check("follows from its update", at, Err::<(), _>(error)),
        }
        Ok(())
    }

    /// The commit hash, computed from the block before; `None` when it cannot be.
    fn commit_hash(
        &self,
        block: &Block,
        at: &str,
        hash: &dyn Hash,
        report: &mut Report,
    ) -> Option<Digest> {
        let stated = match block.metadata().commit_hash() {
            Ok(stated) => stated?,
            Err(error) => {
                report.check("commit hash", at, Err::<(), _>(error));
                return None;
            }
        };
        let known = self.before(block).and_then(|previous| previous.commit_hash);
        if block.number() != 1 && known.is_none() {
            report.note(format!("the commit hash before {at} is not at hand: it is not judged"));
            return digest(&stated);
        }
        let before = known.filter(|_| block.number() != 1);
        let Some(updates) = updates(block, hash) else {
            report.note(format!("{at} writes metadata: its commit hash needs the state"));
            return digest(&stated);
        };
        let computed = updates.commit_hash(block.metadata().filter(), before.as_ref(), hash);
        let result = if stated == computed.as_ref() {
            Ok(())
        } else {
            Err(format!("{} is stated, {computed} was computed", hex::encode(&stated)))
        };
        report.check("commit hash", at, result);
        Some(computed)
    }
}

fn digest(stated: &Bytes) -> Option<Digest> {
    <[u8; Digest::LEN]>::try_from(&stated[..]).ok().map(Digest::new)
}

/// What a block changes; `None` when that cannot be said without the state.
fn updates(block: &Block, hash: &dyn Hash) -> Option<UpdateBatch> {
    let mut updates = UpdateBatch::new(block.number(), hash);
    for (index, entry) in block.entries().iter().enumerate() {
        let transaction = Envelope::open(entry.clone()).ok()?.transaction();
        let is_valid = block.metadata().verdict(index) == Some(TxValidationCode::Valid);
        let (Ok(transaction), true) = (transaction, is_valid) else { continue };
        let set = transaction.action().ok()?.rwset().ok()?;
        let writes_metadata = set.namespaces.iter().any(|namespace| {
            let hashed = namespace.collections.iter();
            !namespace.public.metadata_writes.is_empty()
                || hashed.into_iter().any(|c| !c.hashed.metadata_writes.is_empty())
        });
        if writes_metadata {
            return None;
        }
        updates.add(index as u64, &set);
    }
    Some(updates)
}

fn judge_action(
    action: &Action,
    envelope: &Envelope,
    at: &str,
    hash: &dyn Hash,
    into: &mut Signatures,
    report: &mut Report,
) {
    report.check("header of the action", at, action.check_header(envelope.headers()));
    report.check("proposal hash", at, action.check_proposal_hash(envelope.headers(), hash));
    for endorsement in action.endorsements() {
        into.one("signature of an endorser", at, endorsement);
    }
}

fn update_signatures(envelope: &Envelope, at: &str, into: &mut Signatures, report: &mut Report) {
    match envelope.config_update().and_then(|update| update.signatures()) {
        Ok(signed) => {
            for one in signed {
                into.one("signature of a config update", at, one);
            }
        }
        Err(error) => report.check("config update", at, Err::<(), _>(error)),
    }
}
