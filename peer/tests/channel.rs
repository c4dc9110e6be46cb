// SPDX-License-Identifier: Apache-2.0
//! A channel over its life: blocks that are refused, configurations, restarts, reasons, folders.

mod common;

use bccsp::{Digest, Suite};
use block::Block;
use channel::Edit;
use common::{CHANNEL, DIR, Here};
use gmca_peer::testing::{Draft, Kit, signatures};
use gmca_peer::{Error, PeerChannel, Registrar};
use proto::Bytes;
use proto::prost::Message;
use proto::protos::{CollectionConfigPackage, TxValidationCode as Code};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use sys::sim::MemoryDisk;
use sys::{Access, Disk as _};

fn put(key: &str) -> Draft {
    Draft::new("basic").put(key, "1")
}

fn entry(here: &Here, draft: &Draft) -> Bytes {
    here.envelope(draft).encode_to_vec().into()
}

fn refused(here: &Here, block: Block) -> String {
    match here.channel.verify(block) {
        Err(Error::Refused { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

fn other(suite: Suite) -> Suite {
    Suite::ALL.into_iter().find(|one| *one != suite).unwrap()
}

#[test]
fn what_no_orderer_has_signed_is_refused() {
    for suite in Suite::ALL {
        let here = Here::new(suite);
        let good = here.kit.next(&here.channel, &[here.envelope(&put("a"))]);
        let number = here.channel.height();
        let tip = here.channel.tip_hash().unwrap();
        let config = here.channel.config();
        let block = |number, tip: &_, last| {
            here.kit.block(&config, (number, tip, last), good.entries().to_vec())
        };
        assert!(refused(&here, block(number + 1, &tip, 0)).contains("does not follow"));
        assert!(refused(&here, block(number - 1, &tip, 0)).contains("does not follow"));
        assert!(
            refused(&here, block(number, &good.hash(config.hash().unwrap()), 0))
                .contains("previous hash")
        );
        assert!(refused(&here, block(number, &tip, 1)).contains("last config block"));
        let mut unsigned = Block::new(
            number,
            tip.as_ref().to_vec(),
            good.entries().to_vec(),
            config.hash().unwrap(),
        );
        assert!(refused(&here, unsigned.clone()).contains("BlockValidation"));
        // A client's signature is none of an orderer's.
        let client = &here.kit.members[0].client;
        unsigned.metadata_mut().set_orderer(&good.metadata().orderer().unwrap());
        unsigned.sign(client.serialized(), &**client.key(), &here.kit.nonce()).unwrap();
        assert!(refused(&here, unsigned).contains("BlockValidation"));
        let mut message = proto::common::Block::from(good.clone());
        message.data.as_mut().unwrap().data.push(entry(&here, &put("b")));
        assert!(refused(&here, Block::try_from(message).unwrap()).contains("data hash"));
        let mut loose = good.entries()[0].to_vec();
        loose.extend([0x18, 0x01]);
        let loose = here.kit.next_of(&here.channel, vec![loose.into()]);
        assert!(refused(&here, loose).contains("more bytes"));
        let outcome = here.channel.commit(here.channel.verify(good).unwrap()).unwrap();
        assert_eq!(outcome.codes, [Code::Valid]);
    }
}

#[test]
fn the_next_block_is_verified_while_one_commits() {
    let here = Here::new(Suite::Gm);
    let config = here.channel.config();
    let first = here.kit.next(&here.channel, &[here.envelope(&put("a"))]);
    let hash = first.hash(config.hash().unwrap());
    let entries = vec![entry(&here, &put("b"))];
    let second = here.kit.block(&config, (first.number() + 1, &hash, 0), entries);
    let one = here.channel.verify(first.clone()).unwrap();
    let two = here.channel.verify(second.clone()).unwrap();
    // Not before its turn, which changes nothing.
    assert!(matches!(here.channel.commit(two), Err(Error::Refused { .. })));
    let two = here.channel.verify(second).unwrap();
    std::thread::scope(|scope| {
        let committed = scope.spawn(|| here.channel.commit(one).unwrap());
        assert!(here.channel.watch().wait_above(first.number(), Duration::from_secs(60)) > 2);
        assert_eq!(committed.join().unwrap().codes, [Code::Valid]);
    });
    assert_eq!(here.channel.commit(two).unwrap().codes, [Code::Valid]);
    // What was committed is not verified again.
    assert!(refused(&here, first).contains("does not follow"));
    here.replay();
}

#[test]
fn members_of_both_families_are_on_one_channel() {
    for suite in Suite::ALL {
        let here = Here::of(Kit::with(suite, [other(suite), suite, other(suite)]));
        let outcome = here.commit(&[
            put("a"),
            put("b").sent_by(1),
            put("c").by(&[0]),
            Draft::new("one").put("d", "1").by(&[0]),
        ]);
        let policy = Code::EndorsementPolicyFailure;
        assert_eq!(outcome.codes, [Code::Valid, Code::Valid, policy, Code::Valid]);
        here.replay();
    }
}

#[test]
fn a_configuration_is_derived_again_and_in_force_behind_its_block() {
    for suite in Suite::ALL {
        let here = Here::new(suite);
        let config = here.channel.config();
        let wanted = Edit::of(&config).batch(|batch| batch.max_messages = 7).unwrap().finish();
        let entry = here.kit.config(&config, &wanted);
        let block = here.kit.next_of(&here.channel, vec![entry.clone()]);
        let verified = here.channel.verify(block).unwrap();
        assert!(verified.next_config().is_some());
        let outcome = here.channel.commit(verified).unwrap();
        assert_eq!(outcome.codes, [Code::Valid]);
        assert_eq!(here.channel.config().orderer().batch().max_messages, 7);
        assert_eq!(here.channel.config_block().unwrap().number(), outcome.block.number());
        // The same once more is no update of the configuration in force: the peer stops.
        let again = here.kit.next_of(&here.channel, vec![entry]);
        assert!(matches!(here.channel.verify(again), Err(Error::Halted { .. })));
        assert_eq!(here.commit(&[put("a")]).codes, [Code::Valid]);
        here.replay();
    }
}

#[test]
fn what_was_endorsed_before_the_hash_function_changed_is_5() {
    for suite in Suite::ALL {
        let here = Here::new(suite);
        let config = here.channel.config();
        let before = here.envelope(&put("a"));
        let hash = other(suite).hash_algorithm();
        let wanted = Edit::of(&config).hash_algorithm(hash).unwrap().finish();
        let block = here.kit.next_of(&here.channel, vec![here.kit.config(&config, &wanted)]);
        // What follows can be verified before the block is committed.
        let own = block.hash(config.hash().unwrap());
        let number = block.number();
        let switched = here.channel.verify(block).unwrap();
        let next = Arc::clone(switched.next_config().unwrap());
        let after = here.kit.transaction(&next, &put("b"));
        let entries = [before, after].map(|one| Bytes::from(one.encode_to_vec())).to_vec();
        let behind = here.kit.block(&next, (number + 1, &own, number), entries);
        let behind = here.channel.verify(behind).unwrap();
        here.channel.commit(switched).unwrap();
        let outcome = here.channel.commit(behind).unwrap();
        assert_eq!(outcome.codes, [Code::InvalidEndorserTransaction, Code::Valid]);
        here.replay();
    }
}

#[test]
fn what_cannot_be_judged_stops_the_channel() {
    let here = Here::new(Suite::Nist);
    let policy = signatures("OR('Org1MSP.peer')");
    let nothing = CollectionConfigPackage::default();
    here.commit(&[Draft::define_with("odd", &policy, "custom", &nothing)]);
    let height = here.channel.height();
    let block = here.kit.next(&here.channel, &[here.envelope(&Draft::new("odd"))]);
    let verified = here.channel.verify(block.clone()).unwrap();
    match here.channel.commit(verified) {
        Err(Error::Halted { why, .. }) => assert!(why.contains("`custom`"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(here.channel.height(), height);
    assert!(here.channel.watch().is_closed());
    assert!(matches!(here.channel.verify(block), Err(Error::Halted { .. })));
}

#[test]
fn a_restart_goes_on_where_it_was() {
    for suite in Suite::ALL {
        let Here { kit, disk, channel } = Here::new(suite);
        let heard = Arc::new(AtomicU64::new(0));
        let hears = Arc::clone(&heard);
        channel.watch().listen(Box::new(move |height| hears.store(height, Ordering::SeqCst)));
        let outcome = kit.commit(&channel, &[put("a"), put("b").by(&[1])]);
        assert_eq!(heard.load(Ordering::SeqCst), channel.height());
        let (height, hash) = (channel.height(), channel.commit_hash());
        let second = PeerChannel::open(&kit.node(&disk), Path::new(DIR));
        assert!(matches!(second, Err(Error::Chain(ledger::Error::InUse { .. }))));
        drop(channel);
        let channel = PeerChannel::open(&kit.node(&disk), Path::new(DIR)).unwrap();
        assert_eq!((channel.height(), channel.commit_hash()), (height, hash));
        assert_eq!(channel.id(), CHANNEL);
        // Of what is not remembered the block tells.
        for (place, code) in outcome.codes.iter().enumerate() {
            let entry = outcome.block.entries()[place].clone();
            let id = block::Envelope::open(entry).unwrap();
            let id = &id.headers().channel_header().tx_id;
            let status = channel.transaction(id).unwrap().unwrap();
            assert_eq!((status.block, status.place, status.code), (height - 1, place, *code));
            assert!(channel.has_transaction(id).unwrap());
        }
        assert_eq!(channel.transaction("none").unwrap(), None);
        let here = Here { kit, disk, channel };
        assert_eq!(here.commit(&[put("a")]).codes, [Code::Valid]);
        here.replay();
    }
}

#[test]
fn a_channel_is_joined_with_a_snapshot_and_goes_on_like_the_others() {
    for suite in Suite::ALL {
        let here = Here::new(suite);
        here.commit(&[put("a"), put("b").by(&[0])]);
        let (node, snapshot) = (here.kit.node(&here.disk), Path::new("snap"));
        let base = here.channel.ledger().export(&node.volume, snapshot).unwrap();
        let state_hash = base.end().state_hash;
        drop(base);
        let registrar = Registrar::open(Arc::new(node), Path::new("second")).unwrap();
        let wrong = registrar.import(snapshot, Some(&Digest::new([7; 32]))).unwrap_err();
        assert!(wrong.to_string().contains(&state_hash.to_string()), "{wrong}");
        registrar.import(Path::new("nowhere"), None).unwrap_err();
        let import = registrar.import(snapshot, Some(&state_hash)).unwrap();
        assert_eq!(registrar.importing().as_deref(), Some(snapshot));
        let busy = registrar.import(snapshot, None).unwrap_err();
        assert!(matches!(busy, Error::Busy(_)), "{busy}");
        let other = registrar.take_in(&import).unwrap();
        drop(import);
        assert_eq!(registrar.importing(), None);
        assert_eq!(other.height(), here.channel.height());
        assert!(matches!(registrar.import(snapshot, None), Err(Error::Exists(_))));
        // What comes then is verified and committed as everywhere.
        let block = here.kit.next(&here.channel, &[here.envelope(&put("c"))]);
        let one = here.channel.commit(here.channel.verify(block.clone()).unwrap()).unwrap();
        let two = other.commit(other.verify(block).unwrap()).unwrap();
        assert_eq!((one.commit_hash, one.codes), (two.commit_hash, two.codes));
        // Of what came before, there is no block to explain.
        assert_eq!(other.explain("2:1").unwrap(), None);
        drop(other);
        drop(registrar);
        let node = Arc::new(here.kit.node(&here.disk));
        let registrar = Registrar::open(node, Path::new("second")).unwrap();
        assert_eq!(registrar.get(CHANNEL).unwrap().height(), here.channel.height());
    }
}

#[test]
fn a_channel_of_a_peer_that_does_not_run_is_left_without_opening_it() {
    let (kit, disk) = (Kit::new(Suite::Gm), MemoryDisk::new(1 << 30));
    let (node, dir) = (Arc::new(kit.node(&disk)), Path::new("peer"));
    let leave = |name: &str| Registrar::leave_stopped(&disk, dir, name);
    assert!(leave("ch1").unwrap_err().to_string().contains("no channels of a peer"));
    let registrar = Registrar::open(Arc::clone(&node), dir).unwrap();
    registrar.join(&kit.genesis("ch1")).unwrap();
    registrar.join(&kit.genesis("ch2")).unwrap();
    // On a real disk the lock is a file.
    disk.create(&dir.join("lock"), &[], Access::Private).unwrap();
    assert!(leave("ch1").unwrap_err().to_string().contains("in use by another process"));
    drop(registrar);
    leave("ch1").unwrap();
    for none in ["ch1", "..", "../peer/ch2", "lock", ""] {
        assert!(matches!(leave(none), Err(Error::NotFound(_))), "{none}");
    }
    let registrar = Registrar::open(node, dir).unwrap();
    assert_eq!(registrar.list().len(), 1);
    registrar.join(&kit.genesis("ch1")).unwrap();
}

#[test]
fn a_registrar_has_all_channels_and_a_second_one_is_refused() {
    let (kit, disk) = (Kit::new(Suite::Nist), MemoryDisk::new(1 << 30));
    let (node, dir) = (Arc::new(kit.node(&disk)), Path::new("peer"));
    let registrar = Registrar::open(Arc::clone(&node), dir).unwrap();
    let genesis = kit.genesis("ch1");
    registrar.join(&genesis).unwrap();
    assert!(matches!(registrar.join(&genesis), Err(Error::Exists(_))));
    registrar.join(&kit.genesis("ch2")).unwrap();
    let held = registrar.get("ch1").unwrap();
    let other = kit.genesis("ch3").entries().to_vec();
    let later = kit.block(&held.config(), (1, &held.tip_hash().unwrap(), 0), other);
    assert!(matches!(registrar.join(&later), Err(Error::BadBlock(_))));
    assert!(matches!(Registrar::open(Arc::clone(&node), dir), Err(Error::Damaged { .. })));
    let names = |registrar: &Registrar| -> Vec<(String, u64)> {
        registrar.list().into_iter().map(|info| (info.name, info.height)).collect()
    };
    assert_eq!(names(&registrar), [("ch1".to_owned(), 1), ("ch2".to_owned(), 1)]);
    registrar.leave("ch1").unwrap();
    assert!(matches!(registrar.leave("ch1"), Err(Error::NotFound(_))));
    assert!(held.stopped().unwrap().contains("left"));
    drop((held, registrar));
    let registrar = Registrar::open(node, dir).unwrap();
    assert_eq!(names(&registrar), [("ch2".to_owned(), 1)]);
    assert!(matches!(registrar.get("ch1"), Err(Error::NotFound(_))));
    registrar.join(&genesis).unwrap();
}
