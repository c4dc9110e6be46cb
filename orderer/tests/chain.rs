// SPDX-License-Identifier: Apache-2.0
//! Blocks: sealed, judged, read again, and what a power failure leaves of them.

mod common;

use bccsp::Suite;
use block::Block;
use channel::TRANSACTION_TREE;
use common::{CHANNEL, DIR, Here, batch, check_chain, node, seal};
use consensus::{Batch, Chain};
use gmca_orderer::plant::{self, Plant};
use gmca_orderer::testing::Genesis;
use gmca_orderer::{Error, OrdererChannel, Status};
use proto::Bytes;
use std::path::Path;
use std::sync::Arc;
use sys::sim::{Dice, Loss, MemoryDisk};

fn messages(here: &Here, count: usize) -> Batch {
    let client = here.kit.client("one");
    let envelopes = (0..count).map(|n| client.message(CHANNEL, &[n as u8; 100]));
    let admitted = envelopes.map(|envelope| here.channel.admit(&envelope).unwrap().envelope);
    Batch::normal(here.channel.sequence(), admitted.collect())
}

#[test]
fn a_block_says_what_it_must() {
    for suite in Suite::ALL {
        let here = Here::new(suite, 3);
        let batch = messages(&here, 3);
        let genesis = here.channel.block(0).unwrap().unwrap();
        assert_eq!(here.channel.metadata(), Bytes::new());
        let block = here.channel.seal(&batch, "raft".into()).unwrap().unwrap();
        let hash = here.kit.providers().default_provider().hash().unwrap();
        block.check_link(genesis.header(), hash).unwrap();
        assert_eq!(block.entries(), batch.envelopes());
        let said = block.metadata().orderer().unwrap();
        assert_eq!(said.consenter_metadata, "raft");
        assert_eq!(said.last_config.unwrap().index, 0);
        assert_eq!(said.transaction_tree, Some(block.tree(hash)));
        assert_eq!(block.metadata().slots().len(), 5);
        let signatures = block.signatures().unwrap();
        assert_eq!(signatures.len(), 1);
        assert_eq!(signatures[0].identity, here.node.identity.serialized());
        assert_eq!(here.channel.metadata(), "raft");
        assert_eq!(here.channel.tip(), block.hash(hash).as_ref());
        assert_eq!(here.channel.block(1).unwrap(), Some(block));
        assert_eq!(here.channel.block(2).unwrap(), None);
    }
}

#[test]
fn without_the_capability_a_block_states_no_tree() {
    let here = Here::with(Suite::Gm, 0, |genesis| {
        genesis.capabilities.retain(|name| *name != TRANSACTION_TREE);
    });
    let block = seal(&here.channel, &messages(&here, 2));
    assert_eq!(block.metadata().tree().unwrap(), None);
    here.check_chain();
}

/// What it looks like when transactions of an old configuration come after a new one.
fn stale(here: &Here) -> Batch {
    let old = messages(here, 2);
    here.order(&here.kit.change_batch(&here.channel.configuration(), |b| b.max_messages = 7));
    old
}

#[test]
fn a_batch_of_an_old_configuration_is_given_back_and_changes_nothing() {
    let here = Here::new(Suite::Gm, 3);
    let old = here.channel.configuration();
    let updates = [7, 8].map(|size| here.kit.change_batch(&old, |b| b.max_messages = size));
    let [first, second] = updates.map(|update| batch(here.channel.admit(&update).unwrap()));
    let old = messages(&here, 2);
    seal(&here.channel, &first);
    let tip = here.channel.tip();
    for batch in [&old, &first, &second] {
        assert_eq!(here.channel.seal(batch, Bytes::new()).unwrap(), None);
    }
    assert_eq!((here.channel.height(), here.channel.sequence()), (2, 1));
    assert_eq!((here.channel.tip(), &here.channel.metadata()[..]), (tip, &b"consenter"[..]));
    here.check_chain();
}

#[test]
fn planted_a_batch_of_an_old_configuration_goes_in() {
    let here = Here::new(Suite::Gm, 3);
    let old = stale(&here);
    plant::set(Some(Plant::StaleSequenceSealed));
    let sealed = here.channel.seal(&old, Bytes::new());
    plant::set(None);
    assert_eq!(sealed.unwrap().unwrap().number(), 2);
}

#[test]
fn the_hash_function_changes_behind_the_block_that_says_so() {
    for suite in Suite::ALL {
        let here = Here::new(suite, 3);
        let providers = here.kit.providers();
        let (old, new) = (suite.hash_algorithm(), other(suite).hash_algorithm());
        let (old, new) = (providers.hash(old).unwrap(), providers.hash(new).unwrap());
        let before = seal(&here.channel, &messages(&here, 2));
        let switch = here.order(&here.kit.switch_hash(&here.channel.configuration()));
        let after = seal(&here.channel, &messages(&here, 2));
        let last = seal(&here.channel, &messages(&here, 2));
        switch.check_link(before.header(), old).unwrap();
        switch.check(old).unwrap();
        after.check_link(switch.header(), old).unwrap();
        after.check(new).unwrap();
        last.check_link(after.header(), new).unwrap();
        last.check(new).unwrap();
        here.check_chain();
        let here = here.reopen();
        seal(&here.channel, &messages(&here, 1));
        here.check_chain();
    }
}

fn other(suite: Suite) -> Suite {
    Suite::ALL.into_iter().find(|other| *other != suite).unwrap()
}

#[test]
#[should_panic(expected = "data hash of block 1")]
fn planted_a_wrong_hash_shows_in_the_chain() {
    let here = Here::new(Suite::Nist, 3);
    let switch =
        batch(here.channel.admit(&here.kit.switch_hash(&here.channel.configuration())).unwrap());
    plant::set(Some(Plant::WrongHashAfterSwitch));
    let sealed = here.channel.seal(&switch, Bytes::new());
    plant::set(None);
    sealed.unwrap().unwrap();
    here.check_chain();
}

#[test]
fn another_node_takes_the_blocks_and_goes_on_from_them() {
    for suite in Suite::ALL {
        let here = Here::new(suite, 3);
        let disk = MemoryDisk::new(1 << 30);
        let genesis = here.channel.block(0).unwrap().unwrap();
        let (other, _) = node(&here.kit, 1, &disk);
        let other = OrdererChannel::join(&other, Path::new(DIR), &genesis).unwrap();
        let mut blocks = vec![seal(&here.channel, &messages(&here, 2))];
        blocks.push(here.order(&here.kit.switch_hash(&here.channel.configuration())));
        blocks.push(seal(&here.channel, &messages(&here, 2)));
        for block in &blocks {
            other.append(block.clone()).unwrap();
        }
        assert_eq!((other.tip(), other.metadata()), (here.channel.tip(), here.channel.metadata()));
        let next = messages(&here, 1);
        let (mine, others) = (seal(&here.channel, &next), seal(&other, &next));
        assert_eq!(mine.header(), others.header());
        assert_ne!(mine.metadata(), others.metadata());
        check_chain(&here.kit, &other);
    }
}

#[test]
fn a_block_that_is_not_what_it_should_be_is_refused_and_changes_nothing() {
    let here = Here::new(Suite::Gm, 3);
    let disk = MemoryDisk::new(1 << 30);
    let genesis = here.channel.block(0).unwrap().unwrap();
    let other =
        OrdererChannel::join(&node(&here.kit, 1, &disk).0, Path::new(DIR), &genesis).unwrap();
    let config = here.kit.change_batch(&here.channel.configuration(), |b| b.max_messages = 7);
    let good = here.order(&config);
    let next = seal(&here.channel, &messages(&here, 2));
    let refused = |block: Block| other.append(block).unwrap_err().why;
    assert_eq!(refused(next.clone()), "it is not the next one, which is block 1");
    assert_eq!(refused(genesis), "it is not the next one, which is block 1");
    let hash = here.kit.providers().default_provider().hash().unwrap();
    let remade = |entries: Vec<Bytes>, previous: Bytes| {
        let mut block = Block::new(1, previous, entries, hash);
        block.metadata_mut().set_orderer(&good.metadata().orderer().unwrap());
        block
    };
    let previous = good.header().previous_hash.clone();
    let unlinked = remade(good.entries().to_vec(), vec![7; 32].into());
    assert!(refused(unlinked).starts_with("previous hash of block 1"));
    let unsigned = remade(good.entries().to_vec(), previous.clone());
    let why = refused(unsigned);
    assert!(why.contains("transaction tree") || why.contains("BlockValidation"), "{why}");
    let mut unsigned = good.clone();
    unsigned.metadata_mut().set_orderer(&good.metadata().orderer().unwrap());
    assert!(
        refused(unsigned)
            .starts_with("its signatures do not satisfy /Channel/Orderer/BlockValidation")
    );
    let mut swapped = proto::common::Block::from(good.clone());
    swapped.data.as_mut().unwrap().data = next.entries().to_vec();
    assert!(refused(swapped.try_into().unwrap()).starts_with("data hash of block 1"));
    // Signed by an orderer, and wrong all the same.
    let resigned = |mut block: Block, last: u64| {
        let mut said = good.metadata().orderer().unwrap();
        said.last_config.as_mut().unwrap().index = last;
        said.transaction_tree = Some(block.tree(hash));
        block.metadata_mut().set_orderer(&said);
        let identity = &here.node.identity;
        block.sign(identity.serialized(), &**identity.key(), &"nonce".into()).unwrap();
        block
    };
    let why = refused(resigned(remade(good.entries().to_vec(), previous.clone()), 0));
    assert_eq!(why, "it names block 0 as the last config block, which is block 1");
    let odd = [&next.entries()[0][..], &[0x18, 1]].concat();
    let why = refused(resigned(remade(vec![odd.into()], previous.clone()), 0));
    assert!(why.contains("has more bytes behind its signature"), "{why}");
    let company = vec![good.entries()[0].clone(), next.entries()[0].clone()];
    let why = refused(resigned(remade(company, previous), 1));
    assert_eq!(why, "its configuration has company");
    assert_eq!((other.height(), other.sequence()), (1, 0));
    other.append(good).unwrap();
    other.append(next).unwrap();
    check_chain(&here.kit, &other);
}

#[test]
fn what_was_sealed_is_there_when_it_is_opened_again() {
    for suite in Suite::ALL {
        let here = Here::new(suite, 3);
        here.order(&here.kit.change_batch(&here.channel.configuration(), |b| b.max_messages = 7));
        seal(&here.channel, &messages(&here, 3));
        let before = (here.channel.tip(), here.channel.metadata(), here.channel.sequence());
        let here = here.reopen();
        assert_eq!((here.channel.tip(), here.channel.metadata(), here.channel.sequence()), before);
        assert_eq!((here.channel.height(), here.channel.limits().max_messages), (3, 7));
        assert_eq!(seal(&here.channel, &messages(&here, 1)).number(), 3);
        here.check_chain();
    }
}

#[test]
fn a_disk_that_fails_stops_the_channel_until_it_is_opened_again() {
    let here = Here::new(Suite::Gm, 3);
    let (first, second) = (messages(&here, 2), messages(&here, 2));
    seal(&here.channel, &first);
    here.disk.fail_sync_after(0);
    let error = here.channel.seal(&second, Bytes::new()).unwrap_err();
    assert_eq!((error.number, &error.channel[..]), (2, CHANNEL));
    assert!(error.why.ends_with("; open the channel again"), "{error}");
    assert_eq!(here.channel.height(), 2);
    assert_eq!(here.channel.seal(&second, Bytes::new()).unwrap_err(), error);
    assert_eq!(here.channel.info().status, Status::Failed);
    let refusal = here.refused(&first.envelopes()[0]);
    assert!(matches!(refusal, consensus::Refusal::Unavailable(_)), "{refusal:?}");
    let here = here.reopen();
    assert_eq!(here.channel.info().status, Status::Active);
    here.check_chain();
}

#[test]
fn joined_with_a_later_block_a_channel_is_empty_until_it_has_got_there() {
    let here = Here::new(Suite::Gm, 3);
    let mut blocks = vec![here.channel.block(0).unwrap().unwrap()];
    blocks.push(seal(&here.channel, &messages(&here, 2)));
    blocks.push(here.order(&here.kit.switch_hash(&here.channel.configuration())));
    blocks.push(here.order(&here.kit.add_consenter(&here.channel.configuration(), 3)));
    blocks.push(seal(&here.channel, &messages(&here, 2)));
    let disk = MemoryDisk::new(1 << 30);
    let (other, _) = node(&here.kit, 3, &disk);
    let mut joined = OrdererChannel::join(&other, Path::new(DIR), &blocks[3]).unwrap();
    assert_eq!((joined.height(), joined.members().len()), (0, 4));
    assert_eq!(joined.info().status, Status::Onboarding);
    for (number, block) in blocks.iter().enumerate() {
        if number < 4 {
            let envelope = here.kit.client("a").message(CHANNEL, b"data");
            let refusal = joined.admit(&envelope).unwrap_err().to_string();
            assert!(refusal.contains("is still to get those up to 3"), "{refusal}");
            let error = joined.seal(&messages(&here, 1), Bytes::new()).unwrap_err();
            assert!(error.why.contains("blocks up to 3 are to be appended first"), "{error}");
        }
        joined.append(block.clone()).unwrap();
        drop(joined);
        joined = OrdererChannel::open(&other, Path::new(DIR)).unwrap();
        assert_eq!((joined.height(), joined.members().len()), (number as u64 + 1, 4));
    }
    assert_eq!(joined.info().status, Status::Active);
    assert_eq!(joined.tip(), here.channel.tip());
    check_chain(&here.kit, &joined);
}

#[test]
fn a_chain_that_does_not_lead_to_the_block_that_was_joined_with_is_refused() {
    let here = Here::new(Suite::Gm, 3);
    let genesis = here.channel.block(0).unwrap().unwrap();
    let config = here.kit.change_batch(&here.channel.configuration(), |b| b.max_messages = 7);
    let mut others = proto::common::Block::from(here.order(&config));
    others.header.as_mut().unwrap().previous_hash = vec![1; 32].into();
    let disk = MemoryDisk::new(1 << 30);
    let (other, _) = node(&here.kit, 1, &disk);
    let joined = OrdererChannel::join(&other, Path::new(DIR), &others.try_into().unwrap()).unwrap();
    joined.append(genesis).unwrap();
    let why = joined.append(here.channel.block(1).unwrap().unwrap()).unwrap_err().why;
    assert!(
        why.starts_with("it is another block than the one of that number that was joined with")
    );
}

#[test]
fn a_channel_is_joined_with_a_config_block_only() {
    let here = Here::new(Suite::Gm, 3);
    let bad =
        |block: &Block| match OrdererChannel::join(&here.node, Path::new("orderer/other"), block) {
            Err(Error::BadBlock(why)) => why,
            other => panic!("{other:?}"),
        };
    let normal = seal(&here.channel, &messages(&here, 2));
    assert_eq!(bad(&normal), "it is no config block, with one config envelope in it");
    let genesis = proto::common::Block::from(Genesis::new(&here.kit, 3).block("other"));
    let changed = |change: &dyn Fn(&mut proto::common::Block)| {
        let mut block = genesis.clone();
        change(&mut block);
        bad(&block.try_into().unwrap())
    };
    assert_eq!(changed(&|block| block.metadata = None), "it has no metadata");
    let hash = |block: &mut proto::common::Block| {
        block.header.as_mut().unwrap().data_hash = vec![1; 32].into();
    };
    assert!(changed(&hash).starts_with("data hash of block 0"));
    let later = |block: &mut proto::common::Block| {
        hash(block);
        block.header.as_mut().unwrap().number = 5;
    };
    assert_eq!(changed(&later), "its data hash is not the one of its content");
    let previous = |block: &mut proto::common::Block| {
        block.header.as_mut().unwrap().previous_hash = "x".into();
    };
    assert_eq!(changed(&previous), "it is block 0, and states the hash of a block before it");
    let twice = OrdererChannel::join(&here.node, Path::new(DIR), &genesis.try_into().unwrap());
    assert!(matches!(twice, Err(Error::Exists(_))));
}

/// Seals blocks, one of which changes the configuration, and looks at what power failures leave.
fn crash(suite: Suite, loss: Loss, planted: Option<Plant>) -> Result<(), String> {
    let here = Here::new(suite, 3);
    here.disk.acknowledge(here.channel.height());
    plant::set(planted);
    for number in 0..8 {
        if number == 4 {
            here.order(&here.kit.switch_hash(&here.channel.configuration()));
        } else {
            seal(&here.channel, &messages(&here, 1));
        }
        here.disk.acknowledge(here.channel.height());
    }
    plant::set(None);
    let (mut crashes, mut dice) = (here.disk.crashes(), Dice::new(3));
    for moment in 0..crashes.moments() {
        crashes.advance(moment);
        let safe = crashes.acknowledged();
        let left = crashes.disk(loss, &mut dice);
        let (again, _) = node(&here.kit, 0, &left);
        let Ok(channel) = OrdererChannel::open(&again, Path::new(DIR)) else {
            if let Some(safe) = safe {
                return Err(format!("{loss:?}, event {moment}: no channel of height {safe}"));
            }
            continue;
        };
        let (height, safe) = (channel.height(), safe.unwrap_or(0));
        if height < safe {
            return Err(format!("{loss:?}, event {moment}: height {height}, and {safe} was told"));
        }
        for number in 0..height {
            let (mine, here) =
                (channel.block(number).unwrap(), here.channel.block(number).unwrap());
            assert_eq!(mine, here, "{loss:?}, event {moment}");
        }
        let next = Batch::normal(channel.sequence(), messages(&here, 1).into_envelopes());
        channel.seal(&next, Bytes::new()).unwrap().unwrap();
        check_chain(&here.kit, &channel);
    }
    Ok(())
}

#[test]
fn what_was_told_is_there_after_a_power_failure() {
    for loss in Loss::ALL {
        crash(Suite::Gm, loss, None).unwrap();
    }
}

#[test]
fn planted_a_block_that_was_told_too_early_is_lost() {
    let found = crash(Suite::Gm, Loss::Everything, Some(Plant::SealedWithoutSync));
    let found = found.unwrap_err();
    assert!(found.contains("was told"), "{found}");
}

#[test]
fn a_channel_that_is_half_joined_after_a_power_failure_is_none() {
    let kit = Here::new(Suite::Gm, 3).kit;
    for later in [false, true] {
        let disk = MemoryDisk::recording(1 << 30);
        let (one, _) = node(&kit, 0, &disk);
        let mut block = Genesis::new(&kit, 3).block(CHANNEL);
        if later {
            let mut message = proto::common::Block::from(block);
            message.header.as_mut().unwrap().number = 9;
            block = message.try_into().unwrap();
        }
        OrdererChannel::join(&one, Path::new(DIR), &block).unwrap();
        disk.acknowledge(1);
        for loss in Loss::ALL {
            let (mut crashes, mut dice) = (disk.crashes(), Dice::new(5));
            for moment in 0..crashes.moments() {
                crashes.advance(moment);
                let (told, left) = (crashes.acknowledged(), crashes.disk(loss, &mut dice));
                let (again, _) = node(&kit, 0, &left);
                match OrdererChannel::open(&again, Path::new(DIR)) {
                    Ok(channel) => assert_eq!(channel.height(), u64::from(!later)),
                    Err(error) => {
                        assert_eq!(told, None, "{loss:?}, event {moment}: {error}");
                        // What was left in the way is taken away.
                        OrdererChannel::join(&again, Path::new(DIR), &block).unwrap();
                    }
                }
            }
        }
    }
}

#[test]
fn many_who_admit_and_one_who_seals() {
    let here = Here::new(Suite::Nist, 3);
    let channel = Arc::clone(&here.channel);
    let envelope = here.kit.client("one").message(CHANNEL, b"data");
    std::thread::scope(|scope| {
        let admits = || (0..20).for_each(|_| drop(channel.admit(&envelope).unwrap()));
        let admitting = [scope.spawn(admits), scope.spawn(admits)];
        for size in 20..24 {
            let now = channel.configuration();
            here.order(&here.kit.change_batch(&now, |b| b.max_messages = size));
        }
        admitting.into_iter().for_each(|one| one.join().unwrap());
    });
    assert_eq!(here.channel.sequence(), 4);
}
