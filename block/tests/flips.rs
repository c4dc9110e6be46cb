// SPDX-License-Identifier: Apache-2.0
//! One bit changed anywhere in a block is found, by the check that is there for that place.

mod common;

use bccsp::{Digest, Providers, Suite};
use common::made::Chain;
use common::{PEER, nist, verify};
use gmca_block::{Block, Envelope, Header, UpdateBatch};
use proto::prost::Message;
use proto::{Bytes, SignedData};
use std::collections::BTreeSet;
use std::ops::Range;

/// A block with what is known about it beforehand.
struct Case<'a> {
    providers: &'a Providers,
    bytes: Bytes,
    previous: Header,
    /// As the block behind it states it.
    own_hash: Digest,
    previous_commit: Option<Digest>,
    /// How many orderers signed.
    orderers: usize,
    /// Signatures that were found good before; without them this takes minutes.
    good: Vec<SignedData>,
}

/// A part of a block, and the checks that each find a change in it.
struct Region {
    name: &'static str,
    range: Range<usize>,
    found_by: &'static [&'static str],
}

#[test]
fn in_the_real_ledger() {
    let providers = nist();
    let files: Vec<Bytes> = PEER.iter().map(|(_, bytes)| Bytes::from_static(bytes)).collect();
    every_change_is_found(&providers, &files, 41);
}

#[test]
fn in_blocks_of_ours() {
    for suite in Suite::ALL {
        let chain = Chain::new(suite, 2);
        let files: Vec<Bytes> = chain.blocks.iter().map(Block::encode).collect();
        every_change_is_found(&chain.providers, &files, 401);
    }
}

/// Changes every `step`th bit of each block but the first; in short regions, all of them.
fn every_change_is_found(providers: &Providers, files: &[Bytes], step: usize) {
    let hash = providers.default_provider().hash().unwrap();
    let mut previous_commit = None;
    for pair in files.windows(2) {
        let block = Block::decode(pair[1].clone()).unwrap();
        let case = Case {
            providers,
            bytes: pair[1].clone(),
            previous: Block::decode(pair[0].clone()).unwrap().header().clone(),
            own_hash: block.hash(hash),
            previous_commit,
            orderers: block.signatures().unwrap().len(),
            good: common::all_signatures(&block),
        };
        assert!(case.good.iter().all(|signed| verify(providers, signed).is_ok()));
        assert_eq!(case.wrong(&case.bytes), BTreeSet::new(), "block {}", block.number());
        for region in regions(&case.bytes) {
            assert!(!region.range.is_empty(), "{}", region.name);
            let bits = region.range.len() * 8;
            for bit in (0..bits).step_by(if bits <= 512 { 1 } else { step }) {
                case.check_flip(&region, region.range.start + bit / 8, bit % 8);
            }
        }
        // Anywhere at all, framing included: some check finds it.
        for place in (0..case.bytes.len()).step_by(step / 8) {
            let mut changed = case.bytes.to_vec();
            changed[place] ^= 1 << (place % 8);
            assert!(
                !case.wrong(&changed.into()).is_empty(),
                "byte {place} of block {}",
                block.number()
            );
        }
        let stated = block.metadata().commit_hash().unwrap().unwrap();
        previous_commit = Some(Digest::new(stated[..].try_into().unwrap()));
    }
}

/// Where the parts of a block are: all of them are slices of its bytes.
fn regions(bytes: &Bytes) -> Vec<Region> {
    let mut regions = Vec::new();
    let mut add = |name, part: &[u8], found_by| {
        let start = part.as_ptr() as usize - bytes.as_ptr() as usize;
        assert!(start + part.len() <= bytes.len(), "{name} is not a slice of the block");
        regions.push(Region { name, range: start..start + part.len(), found_by });
    };
    let block = Block::decode(bytes.clone()).unwrap();
    let orderer: &[_] = &["orderer"];
    add("previous hash", &block.header().previous_hash, &["link", "own hash", "orderer"]);
    add("data hash", &block.header().data_hash, &["data hash", "own hash", "orderer"]);
    let signed = block.metadata().signed().unwrap();
    add("metadata value", &signed.value, orderer);
    for signature in &signed.signatures {
        add("block signer", &signature.signature_header, orderer);
        add("block signature", &signature.signature, orderer);
    }
    add("filter", block.metadata().filter(), &["commit hash"]);
    add("commit hash", &block.metadata().commit_hash().unwrap().unwrap(), &["commit hash"]);
    for entry in block.entries() {
        let envelope = Envelope::open(entry.clone()).unwrap();
        let headers = envelope.headers();
        add("entry", entry, &["data hash"]);
        add("payload", envelope.payload(), &["data hash", "creator"]);
        add("signature", envelope.signature(), &["data hash", "creator"]);
        add("channel header", headers.channel_header_bytes(), &["creator", "proposal hash"]);
        let signer = headers.signature_header_bytes();
        add("signature header", signer, &["creator", "action header", "transaction id"]);
        let transaction = envelope.transaction().unwrap();
        let action = transaction.action().unwrap();
        add("action header", action.header(), &["creator", "action header", "proposal hash"]);
        add("proposal payload", action.proposal_payload(), &["creator", "proposal hash"]);
        add("response payload", action.response_payload(), &["creator", "endorser"]);
        add("proposal hash", action.proposal_hash(), &["endorser", "proposal hash"]);
        for endorsement in action.endorsements() {
            add("endorser", &endorsement.identity, &["creator", "endorser"]);
            add("endorsement", &endorsement.signature, &["creator", "endorser"]);
        }
    }
    regions
}

impl Case<'_> {
    /// The change is found by every check named, save where a layer cannot even be read.
    fn check_flip(&self, region: &Region, place: usize, bit: usize) {
        let mut changed = self.bytes.to_vec();
        changed[place] ^= 1 << bit;
        let wrong = self.wrong(&changed.into());
        for check in region.found_by {
            let unread = ["block", "envelope", "transaction", "rwset"];
            let needs_layers = !matches!(*check, "data hash" | "link" | "own hash");
            let excused = needs_layers && unread.iter().any(|layer| wrong.contains(layer));
            let name = region.name;
            assert!(wrong.contains(check) || excused, "{name}, bit {bit}: {check}: {wrong:?}");
        }
    }

    /// The names of all checks that do not hold.
    fn wrong(&self, bytes: &Bytes) -> BTreeSet<&'static str> {
        let mut wrong = BTreeSet::new();
        let Ok(block) = Block::decode(bytes.clone()) else { return ["block"].into() };
        let hash = self.providers.default_provider().hash().unwrap();
        let mut check = |name, holds: bool| {
            if !holds {
                wrong.insert(name);
            }
        };
        check("data hash", block.check_data_hash(hash).is_ok());
        check("canonical", block.check_canonical().is_ok());
        check("link", block.check_link(&self.previous, hash).is_ok());
        check("own hash", block.hash(hash) == self.own_hash);
        let orderers = block.signatures().unwrap_or_default();
        check("orderer", orderers.len() == self.orderers && orderers.iter().all(|s| self.holds(s)));
        let mut batch = UpdateBatch::new(block.number(), hash);
        for (place, entry) in block.entries().iter().enumerate() {
            for name in self.wrong_in(entry) {
                check(name, false);
            }
            let Some(rwset) = rwset(entry) else { continue };
            if block.metadata().filter().get(place) == Some(&0) {
                batch.add(place as u64, &rwset);
            }
        }
        let filter = block.metadata().filter();
        check("filter", filter.len() == block.entries().len());
        let commit = batch.commit_hash(filter, self.previous_commit.as_ref(), hash);
        let stated = block.metadata().commit_hash().ok().flatten();
        check("commit hash", stated.as_deref() == Some(commit.as_ref()));
        wrong
    }

    fn wrong_in(&self, entry: &Bytes) -> BTreeSet<&'static str> {
        let hash = self.providers.default_provider().hash().unwrap();
        let Ok(envelope) = Envelope::open(entry.clone()) else { return ["envelope"].into() };
        let headers = envelope.headers();
        let mut wrong = BTreeSet::new();
        if headers.check_transaction_id(self.providers).is_err() {
            wrong.insert("transaction id");
        }
        if !self.holds(&envelope.signed_data()) {
            wrong.insert("creator");
        }
        let transaction = envelope.transaction();
        let Some(action) = transaction.as_ref().ok().and_then(|t| t.action().ok()) else {
            wrong.insert("transaction");
            return wrong;
        };
        if action.check_header(headers).is_err() {
            wrong.insert("action header");
        }
        if action.check_proposal_hash(headers, hash).is_err() {
            wrong.insert("proposal hash");
        }
        let endorsements = action.endorsements();
        if endorsements.is_empty() || !endorsements.iter().all(|s| self.holds(s)) {
            wrong.insert("endorser");
        }
        if action.rwset().is_err() {
            wrong.insert("rwset");
        }
        wrong
    }

    fn holds(&self, signed: &SignedData) -> bool {
        self.good.contains(signed) || verify(self.providers, signed).is_ok()
    }
}

fn rwset(entry: &Bytes) -> Option<gmca_block::ReadWriteSet> {
    let envelope = Envelope::open(entry.clone()).ok()?;
    envelope.transaction().ok()?.action().ok()?.rwset().ok()
}

/// A block whose transactions were cut elsewhere has the same data hash; it is the canonical form
/// that tells them apart.
#[test]
fn the_same_bytes_cut_elsewhere() {
    let chain = Chain::new(Suite::Gm, 1);
    let hash = chain.providers.default_provider().hash().unwrap();
    let honest = &chain.blocks[1];
    let joined: Vec<u8> = honest.entries().concat();
    let mut message = proto::common::Block::decode(honest.encode()).unwrap();
    for cut in [1, honest.entries()[0].len() - 1, joined.len()] {
        let (left, right) = joined.split_at(cut);
        let pieces = [left, right].into_iter().filter(|piece| !piece.is_empty());
        let data = pieces.map(Bytes::copy_from_slice).collect();
        message.data = Some(proto::common::BlockData { data });
        let forged = Block::try_from(message.clone()).unwrap();
        forged.check_data_hash(hash).unwrap();
        let refusal = forged.check(hash).unwrap_err().to_string();
        assert!(refusal.contains("transaction 0"), "{refusal}");
    }
}

/// Hashes and links of one block in another.
#[test]
fn blocks_linked_crosswise() {
    let chain = Chain::new(Suite::Gm, 3);
    let hash = chain.providers.default_provider().hash().unwrap();
    let message = |number: usize| proto::common::Block::from(chain.blocks[number].clone());
    let mut data_of_another = message(1);
    data_of_another.data = message(2).data;
    let forged = Block::try_from(data_of_another.clone()).unwrap();
    assert!(forged.check(hash).is_err());
    data_of_another.header.as_mut().unwrap().data_hash = message(2).header.unwrap().data_hash;
    let forged = Block::try_from(data_of_another).unwrap();
    forged.check(hash).unwrap();
    assert!(forged.signatures().unwrap().iter().all(|s| verify(&chain.providers, s).is_err()));
    assert!(chain.blocks[2].check_link(forged.header(), hash).is_err());

    let mut link_of_another = message(2);
    let previous = message(3).header.unwrap().previous_hash;
    link_of_another.header.as_mut().unwrap().previous_hash = previous;
    let forged = Block::try_from(link_of_another).unwrap();
    let refusal = forged.check_link(chain.blocks[1].header(), hash).unwrap_err().to_string();
    assert!(refusal.starts_with("previous hash of block 2: "), "{refusal}");
    assert!(chain.blocks[3].check_link(chain.blocks[1].header(), hash).is_err());
    assert!(chain.blocks[1].check_link(chain.blocks[1].header(), hash).is_err());
}
