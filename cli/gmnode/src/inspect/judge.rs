// SPDX-License-Identifier: Apache-2.0
//! Blocks, envelopes and what is in them, with everything they state computed again.

use super::commit_hash;
use super::contents::Contents;
use super::report::{At, Report};
use super::signatures::Signatures;
use anyhow::Result;
use bccsp::{Digest, Hash, Providers, Suite};
use block::{Block, Envelope};
use channel::Channel;
use proto::Bytes;
use proto::common::HeaderType;
use proto::prost::Message;
use proto::protos::{ProposalResponse, SignedProposal};

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
        let at = At::Block(block.number());
        let hash = self.hash_of(&block, report)?;
        report.check("canonical envelopes", &at, block.check_canonical());
        report.check("data hash", &at, block.check_data_hash(hash));
        self.link(&block, &at, report);
        let mut signatures = Signatures::default();
        self.contents(hash).block(&block, &mut signatures, report);
        signatures.judge(self.providers, self.trust.as_ref(), report)?;
        let before = self.before(&block).and_then(|previous| previous.commit_hash);
        let updates = commit_hash::updates(&block, hash);
        let commit_hash = commit_hash::judge(&block, hash, updates, before, report);
        if block.is_config() {
            self.config_block(&block, &at, report)?;
        }
        self.previous = Some(Previous { block, hash, commit_hash });
        Ok(())
    }

    fn contents<'b>(&'b self, hash: &'b dyn Hash) -> Contents<'b> {
        Contents { providers: self.providers, hash, channel: self.trust.as_ref() }
    }

    pub(super) fn envelope(&self, bytes: &Bytes, report: &mut Report) -> Result<()> {
        let envelope = Envelope::open(bytes.clone())?;
        let hash = self.likely_hash(&envelope, report)?;
        let mut signatures = Signatures::default();
        let at = At::Part("envelope".into());
        self.contents(hash).envelope(&envelope, &at, &mut signatures, report);
        if envelope.headers().kind() == Some(HeaderType::ConfigUpdate) {
            self.update(&envelope, report)?;
        }
        signatures.judge(self.providers, self.trust.as_ref(), report)
    }

    pub(super) fn signed_proposal(&self, bytes: &Bytes, report: &mut Report) -> Result<()> {
        let signed = SignedProposal::decode(bytes.clone())?;
        let proposal = proto::protos::Proposal::decode(signed.proposal_bytes.clone())?;
        let headers = block::Headers::open(&proposal.header)?;
        let at = At::Part("proposal".into());
        report.check("transaction id", &at, headers.check_transaction_id(self.providers));
        let mut signatures = Signatures::default();
        let data = proto::SignedData {
            identity: headers.creator().clone(),
            message: vec![signed.proposal_bytes],
            signature: signed.signature,
        };
        signatures.one("signature of the creator", &at, data);
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
        let at = At::Part("response".into());
        signatures.one("signature of the endorser", &at, data);
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

    fn link(&self, block: &Block, at: &At, report: &mut Report) {
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

    /// What the update would do to the trusted channel.
    fn update(&self, envelope: &Envelope, report: &mut Report) -> Result<()> {
        let Some(channel) = &self.trust else {
            report.note("whether the update would be accepted is asked with --trust CONFIG_BLOCK");
            return Ok(());
        };
        match channel.propose(&envelope.config_update()?) {
            Err(channel::Error::Crypto(error)) => Err(error.into()),
            result => {
                let at = At::Part("update".into());
                report.check("accepted by the channel", &at, result.map(drop));
                Ok(())
            }
        }
    }

    /// A config block must follow from the configuration before it; what comes after is judged by it.
    fn config_block(&mut self, block: &Block, at: &At, report: &mut Report) -> Result<()> {
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
}
