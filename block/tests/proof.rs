// SPDX-License-Identifier: Apache-2.0
//! Proofs in both forms: they hold for every transaction of real blocks and of ours, and no mixture
//! of what was signed shows anything else.

mod common;

use bccsp::{Hash, Providers, Suite};
use common::made::{Chain, genesis_entry};
use common::{PEER, UPDATE, nist, providers, verify};
use gmca_block::{Block, Envelope, Error, Proof, Proven, Slot, Under, payload};
use proto::common::{self as message, HeaderType};
use proto::gmca::{Path, TransactionProof, transaction_proof::Content};
use proto::prost::Message;
use proto::{Bytes, SignedData};

/// A chain of ours; its blocks as they are, and with trees.
struct Case {
    chain: Chain,
    /// Block 1 and block 2.
    plain: [Block; 2],
    with_trees: [Block; 2],
}

impl Case {
    fn new(suite: Suite) -> Self {
        let chain = Chain::new(suite, 2);
        let plain = [chain.blocks[1].clone(), chain.blocks[2].clone()];
        let mut case = Self { chain, with_trees: plain.clone(), plain };
        case.with_trees = case.plain.clone().map(|block| case.with_tree(block));
        case
    }

    fn hash(&self) -> &dyn Hash {
        self.chain.providers.default_provider().hash().unwrap()
    }

    fn with_tree(&self, mut block: Block) -> Block {
        let mut orderer = block.metadata().orderer().unwrap();
        orderer.transaction_tree = Some(block.tree(self.hash()));
        self.sign(&mut block, &orderer);
        block
    }

    fn sign(&self, block: &mut Block, orderer: &message::OrdererBlockMetadata) {
        block.metadata_mut().set_orderer(orderer);
        for orderer in &self.chain.orderers {
            block.sign(&orderer.identity, &*orderer.key, &"nonce of this one".into()).unwrap();
        }
    }

    fn prove(&self, block: &Block, index: usize) -> Proof {
        Proof::new(block, index, self.hash(), &self.chain.providers).unwrap()
    }

    fn check(&self, proof: &Proof) -> Result<Proven, Error> {
        proof.check(self.hash(), &self.chain.providers)
    }

    /// What a proof shows after it was changed, as somebody finds out who judges it all.
    fn shown(&self, changed: &TransactionProof) -> Result<Proven, String> {
        self.shown_by(&changed.encode_to_vec())
    }

    fn shown_by(&self, bytes: &[u8]) -> Result<Proven, String> {
        let proof = Proof::decode(bytes.to_vec()).map_err(|error| error.to_string())?;
        let proven = self.check(&proof).map_err(|error| error.to_string())?;
        for signed in &proven.signatures {
            verify(&self.chain.providers, signed)?;
        }
        Ok(proven)
    }

    /// Both forms of a proof for a transaction of block 1, to be changed.
    fn both(&self, index: usize) -> [TransactionProof; 2] {
        let proofs = [self.prove(&self.plain[0], index), self.prove(&self.with_trees[0], index)];
        proofs.map(|proof| TransactionProof::decode(proof.encode()).unwrap())
    }

    /// The proof with something changed is refused, and this is said.
    fn refused(
        &self,
        proof: &TransactionProof,
        change: impl FnOnce(&mut TransactionProof),
        said: &str,
    ) {
        let mut changed = proof.clone();
        change(&mut changed);
        assert_ne!(&changed, proof, "nothing was changed");
        let why = self.shown(&changed).expect_err(said);
        assert!(why.contains(said), "{why}, not {said}");
    }
}

fn entries(proof: &mut TransactionProof) -> &mut Vec<Bytes> {
    match &mut proof.content {
        Some(Content::Entries(entries)) => &mut entries.entries,
        _ => panic!("a path"),
    }
}

fn path(proof: &mut TransactionProof) -> &mut Path {
    match &mut proof.content {
        Some(Content::Path(path)) => path,
        _ => panic!("no path"),
    }
}

/// That a proof of each transaction holds, and says what is so.
fn check_all(block: &Block, hash: &dyn Hash, providers: &Providers) {
    for (index, entry) in block.entries().iter().enumerate() {
        let proof = Proof::new(block, index, hash, providers).unwrap();
        let read = Proof::decode(proof.encode()).unwrap();
        assert_eq!(read, proof);
        let proven = read.check(hash, providers).unwrap();
        let envelope = Envelope::open(entry.clone()).unwrap();
        let header = envelope.headers().channel_header();
        let is_config = block.is_config();
        assert_eq!(proven.transaction_id.is_none(), is_config);
        assert_eq!(proven.transaction_id.unwrap_or_default(), header.tx_id);
        assert_eq!(proven.channel_id, header.channel_id);
        assert_eq!(proven.envelope, envelope);
        assert_eq!((proven.number, proven.index), (block.number(), index as u64));
        assert_eq!(proven.count, block.entries().len() as u64);
        assert_eq!(proven.block_hash, block.hash(hash));
        assert_eq!(proven.signatures, block.signatures().unwrap());
        let expected = if is_config { Under::Sequence(0) } else { Under::ConfigBlock(0) };
        assert_eq!((proven.under, read.under().unwrap()), (expected, expected));
    }
    let beyond = block.entries().len();
    assert!(matches!(Proof::new(block, beyond, hash, providers), Err(Error::Misuse(_))));
}

#[test]
fn every_transaction_of_fabrics_blocks_is_proven() {
    let providers = nist();
    let hash = providers.default_provider().hash().unwrap();
    for (name, bytes) in PEER[1..].iter().chain([&UPDATE]) {
        let block = Block::decode(*bytes).unwrap();
        check_all(&block, hash, &providers);
        for signed in block.signatures().unwrap() {
            verify(&providers, &signed).unwrap_or_else(|why| panic!("{name}: {why}"));
        }
    }
    let genesis = Block::decode(PEER[0].1).unwrap();
    let refused = Proof::new(&genesis, 0, hash, &providers).unwrap_err().to_string();
    assert!(refused.contains("nobody signs block 0"), "{refused}");
}

#[test]
fn every_transaction_of_ours_is_proven_in_both_forms() {
    for suite in Suite::ALL {
        let case = Case::new(suite);
        for block in case.plain.iter().chain(&case.with_trees) {
            check_all(block, case.hash(), &case.chain.providers);
        }
        let [flat, tree] = case.both(1);
        assert!(matches!(flat.content, Some(Content::Entries(ref all)) if all.entries.len() == 3));
        assert!(matches!(tree.content, Some(Content::Path(ref path)) if path.hashes.len() == 2));
        assert!(tree.encoded_len() < flat.encoded_len());
    }
}

/// One bit changed anywhere: refused, or what is shown is true as well.
#[test]
fn a_changed_bit_shows_nothing_that_is_not_so() {
    for suite in Suite::ALL {
        let case = Case::new(suite);
        for form in 0..2 {
            let block = [&case.plain, &case.with_trees][form][0].clone();
            let truth: Vec<Proven> =
                (0..3).map(|index| case.check(&case.prove(&block, index)).unwrap()).collect();
            let bytes = case.prove(&block, 1).encode();
            let mut shown = 0;
            for bit in (0..bytes.len() * 8).step_by(29) {
                let mut changed = bytes.to_vec();
                changed[bit / 8] ^= 1 << (bit % 8);
                let Ok(mut proven) = case.shown_by(&changed) else { continue };
                shown += 1;
                // A signature that is gone proves less, and is judged by a policy.
                assert!(!proven.signatures.is_empty());
                proven.signatures.clone_from(&truth[1].signatures);
                assert!(truth.contains(&proven), "bit {bit}: {proven:?}");
            }
            assert!(shown < 10, "{shown} of {} changes go unnoticed", bytes.len() * 8 / 29);
        }
    }
}

#[test]
fn parts_of_other_blocks_do_not_fit() {
    for suite in Suite::ALL {
        let case = Case::new(suite);
        let [flat, tree] = case.both(1);
        let other = case.prove(&case.plain[1], 1).encode();
        let other_flat = TransactionProof::decode(other).unwrap();
        let other = case.prove(&case.with_trees[1], 1).encode();
        let other_tree = TransactionProof::decode(other).unwrap();
        for (proof, other) in [(&flat, &other_flat), (&tree, &other_tree)] {
            // The header is signed together with the metadata.
            let header = || other.header.clone();
            let said = if proof == &flat { "data hash" } else { "refused" };
            case.refused(proof, |proof| proof.header = header(), said);
            let said = if proof == &flat { "refused" } else { "transaction tree" };
            case.refused(proof, |proof| proof.signatures = other.signatures.clone(), said);
            case.refused(proof, |proof| proof.content = other.content.clone(), "stated");
        }
        case.refused(&flat, |p| p.content = tree.content.clone(), "its block states no tree");
        let renumbered = |proof: &mut TransactionProof| proof.header.as_mut().unwrap().number = 7;
        case.refused(&flat, renumbered, "refused");
        case.refused(&tree, renumbered, "refused");
        let unlinked = |p: &mut TransactionProof| p.header.as_mut().unwrap().previous_hash.clear();
        case.refused(&tree, unlinked, "refused");
        // The tree is over the transactions, and the header is signed all the same.
        let data_hash = |p: &mut TransactionProof| p.header.as_mut().unwrap().data_hash.clear();
        case.refused(&tree, data_hash, "refused");
    }
}

#[test]
fn transactions_are_cut_and_counted_in_one_way() {
    let case = Case::new(Suite::Gm);
    let [flat, _] = case.both(1);
    case.refused(&flat, |p| entries(p).swap(0, 2), "data hash");
    case.refused(&flat, |p| drop(entries(p).pop()), "data hash");
    case.refused(&flat, |p| drop(entries(p).remove(0)), "data hash");
    case.refused(&flat, |p| p.index = 3, "no such place");
    case.refused(&flat, |p| p.index = u64::MAX, "no such place");
    case.refused(&flat, |p| entries(p).clear(), "no such place");
    // Of the same data hash.
    let joined = |proof: &mut TransactionProof| {
        let all = entries(proof).concat();
        *entries(proof) = vec![all.into()];
        proof.index = 0;
    };
    case.refused(&flat, joined, "more bytes behind its signature");
    let moved = |proof: &mut TransactionProof| {
        let all = entries(proof);
        all[1] = [&all[1][..], &all[2][..9]].concat().into();
        all[2] = all[2].slice(9..);
    };
    case.refused(&flat, moved, "more bytes behind its signature");
    case.refused(&flat, |p| entries(p).push(Bytes::new()), "no envelope");
}

#[test]
fn a_path_leads_from_one_place_only() {
    let case = Case::new(Suite::Gm);
    for index in 0..3 {
        let [_, tree] = case.both(index);
        for other in (0..5).chain([u64::MAX]).filter(|other| *other != index as u64) {
            case.refused(&tree, |p| p.index = other, "transaction tree of block 1");
        }
        let mut next = case.both((index + 1) % 3)[1].clone();
        let next = path(&mut next).clone();
        case.refused(&tree, |p| path(p).entry = next.entry.clone(), "transaction tree");
        case.refused(&tree, |p| path(p).hashes = next.hashes.clone(), "transaction tree");
        case.refused(&tree, |p| drop(path(p).hashes.pop()), "transaction tree");
        let hash = path(&mut tree.clone()).hashes[0].clone();
        case.refused(&tree, |p| path(p).hashes.push(hash.clone()), "transaction tree");
        case.refused(&tree, |p| path(p).hashes.resize(65, hash), "at most 64 hashes");
        case.refused(&tree, |p| path(p).hashes[0].truncate(31), "at most 64 hashes");
        case.refused(&tree, |p| path(p).entry.clear(), "no envelope");
        case.refused(&tree, |p| p.content = None, "neither transactions nor path");
    }
    // A node shown as a transaction: the bytes of its preimage are no envelope.
    let [_, tree] = case.both(0);
    let node = |proof: &mut TransactionProof| {
        let path = path(proof);
        let leaf = case.hash().digest(&[&[0], &path.entry]);
        path.entry = [leaf.as_ref(), &path.hashes.remove(0)].concat().into();
    };
    case.refused(&tree, node, "no envelope");
}

/// Root and count are in what the orderers signed.
#[test]
fn root_and_count_are_signed() {
    let case = Case::new(Suite::Nist);
    let [_, tree] = case.both(0);
    let restated = |proof: &mut TransactionProof, change: fn(&mut proto::gmca::TransactionTree)| {
        let mut signed = message::Metadata::decode(proof.signatures.clone()).unwrap();
        let mut orderer = message::OrdererBlockMetadata::decode(signed.value).unwrap();
        change(orderer.transaction_tree.as_mut().unwrap());
        signed.value = orderer.encode_to_vec().into();
        proof.signatures = signed.encode_to_vec().into();
    };
    // With a fourth, the way from the first one up is the same.
    case.refused(&tree, |p| restated(p, |tree| tree.count = 4), "refused");
    case.refused(&tree, |p| restated(p, |tree| tree.count = 2), "transaction tree");
    case.refused(&tree, |p| restated(p, |tree| tree.count = 0), "transaction tree");
    case.refused(&tree, |p| restated(p, |tree| tree.root.clear()), "nothing over 3");
    // An orderer that signs what is not so is found by who has the whole block.
    let mut block = case.plain[0].clone();
    let mut orderer = block.metadata().orderer().unwrap();
    for count in [2, 4] {
        let tree = proto::gmca::TransactionTree { count, ..block.tree(case.hash()) };
        orderer.transaction_tree = Some(tree);
        case.sign(&mut block, &orderer);
        let refused = block.check_tree(case.hash()).unwrap_err().to_string();
        assert!(refused.contains(&format!("over {count} is stated")), "{refused}");
        assert!(Proof::new(&block, 0, case.hash(), &case.chain.providers).is_err());
        let [mut flat, _] = case.both(0);
        flat.signatures = block.metadata().slot(Slot::Signatures).clone();
        assert!(case.shown(&flat).unwrap_err().contains("transaction tree"));
    }
    assert!(case.plain[0].check_tree(case.hash()).unwrap_err().to_string().contains("nothing is"));
}

/// The signed parts are joined without a mark: the end of the orderer's metadata, put in front of
/// the signature header, is what was signed as well.
#[test]
fn nothing_is_taken_away_from_what_was_signed() {
    let case = Case::new(Suite::Gm);
    for (form, cut) in [(1, 0), (1, 2), (0, 0)] {
        let block = &[&case.plain, &case.with_trees][form][0];
        let mut signed = block.metadata().signed().unwrap();
        let orderer = block.metadata().orderer().unwrap();
        let without = message::OrdererBlockMetadata { transaction_tree: None, ..orderer };
        let at = if cut == 0 { 0 } else { without.encoded_len() };
        let end = signed.value.split_off(at);
        for signature in &mut signed.signatures {
            signature.signature_header = [&end[..], &signature.signature_header].concat().into();
        }
        let mut stripped = block.clone();
        stripped.metadata_mut().set(Slot::Signatures, signed.encode_to_vec());
        assert!(stripped.metadata().tree().unwrap().is_none());
        for signature in signed.signatures {
            let header = &signature.signature_header;
            let signer = message::SignatureHeader::decode(header.clone()).unwrap();
            let message =
                vec![signed.value.clone(), header.clone(), block.header().to_der().into()];
            let data =
                SignedData { identity: signer.creator, message, signature: signature.signature };
            verify(&case.chain.providers, &data).expect("the same bytes were signed");
        }
        let refused = stripped.signatures().unwrap_err().to_string();
        assert!(refused.contains("more than creator and nonce"), "{refused}");
        let refused = Proof::new(&stripped, 0, case.hash(), &case.chain.providers);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("more than creator and nonce"), "{refused}");
    }
}

#[test]
fn a_block_that_contradicts_itself_proves_nothing() {
    let case = Case::new(Suite::Gm);
    let refused = |block: &Block, said: &str| {
        let refused = Proof::new(block, 0, case.hash(), &case.chain.providers).unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}, not {said}");
    };
    let signed = |entries: Vec<Bytes>, last: u64| {
        let mut block = Block::new(5, vec![1; 32], entries, case.hash());
        let last_config = Some(message::LastConfig { index: last });
        let orderer = message::OrdererBlockMetadata { last_config, ..Default::default() };
        case.sign(&mut block, &orderer);
        block
    };
    let transaction = case.plain[0].entries()[0].clone();
    let config = |sequence| {
        let envelope = Envelope::open(genesis_entry()).unwrap();
        let mut config = envelope.config().unwrap();
        config.config.as_mut().unwrap().sequence = sequence;
        let headers = envelope.headers();
        let signer = Default::default();
        let payload = payload(headers.channel_header(), &signer, config.encode_to_vec().into());
        let signature = "signature".into();
        Bytes::from(message::Envelope { payload, signature }.encode_to_vec())
    };
    let proof = case.prove(&signed(vec![config(4)], 5), 0);
    assert_eq!(case.check(&proof).unwrap().under, Under::Sequence(3));
    refused(&signed(vec![config(4)], 2), "says that another is the last one");
    refused(&signed(vec![config(0)], 5), "begins a chain");
    refused(&signed(vec![config(4), transaction.clone()], 5), "not alone");
    refused(&case.with_tree(signed(vec![config(4), transaction.clone()], 5)), "not alone");
    refused(&signed(vec![transaction.clone()], 5), "last config block is not before it");
    refused(&signed(vec![transaction.clone()], 6), "last config block is not before it");
    refused(&signed(vec![genesis_entry()], 5), "has no signature");
    let mut block = signed(vec![transaction], 0);
    assert_eq!(case.check(&case.prove(&block, 0)).unwrap().under, Under::ConfigBlock(0));
    block.metadata_mut().set_orderer(&Default::default());
    refused(&block, "nobody has signed");
}

#[test]
fn a_transaction_with_a_wrong_id_is_not_proven() {
    let case = Case::new(Suite::Nist);
    let envelope = Envelope::open(case.plain[0].entries()[0].clone()).unwrap();
    let mut header = envelope.headers().channel_header().clone();
    header.tx_id = "ab".repeat(32);
    let signer =
        message::SignatureHeader::decode(envelope.headers().signature_header_bytes().clone());
    let payload = payload(&header, &signer.unwrap(), envelope.data().clone());
    let signed = gmca_block::sign_payload(payload, &*case.chain.client.key).unwrap();
    let entries = vec![signed.encode_to_vec().into()];
    let mut block = Block::new(1, vec![1; 32], entries, case.hash());
    case.sign(&mut block, &Default::default());
    let refused = Proof::new(&block, 0, case.hash(), &case.chain.providers).unwrap_err();
    assert!(refused.to_string().contains("transaction id"), "{refused}");
    assert_eq!(header.r#type, i32::from(HeaderType::EndorserTransaction));
}

#[test]
fn another_hash_function_fits_nothing() {
    let (case, other) = (Case::new(Suite::Gm), providers(Suite::Nist));
    let hash = other.default_provider().hash().unwrap();
    for block in [&case.plain[0], &case.with_trees[0]] {
        let proof = case.prove(block, 0);
        assert!(matches!(proof.check(hash, &case.chain.providers), Err(Error::Mismatch { .. })));
    }
}

#[test]
fn a_newer_version_is_refused_in_words() {
    let case = Case::new(Suite::Gm);
    let [flat, _] = case.both(0);
    // Whatever the rest is.
    let newer = [&[8, 2, 18][..], &[1, 255]].concat();
    let refused = Proof::decode(newer).unwrap_err();
    assert!(matches!(refused, Error::NewerVersion { found: 2, known: 1, .. }), "{refused}");
    case.refused(&flat, |p| p.version = 2, "this program reads up to 1");
    case.refused(&flat, |p| p.version = 0, "no version");
    case.refused(&flat, |p| p.header = None, "no header");
    assert!(Proof::decode(Bytes::new()).unwrap_err().to_string().contains("no version"));
    assert!(Proof::decode(&b"\xff\xff"[..]).is_err());
}
