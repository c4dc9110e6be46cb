// SPDX-License-Identifier: Apache-2.0
//! All channels of a node: joined, found again, removed.

mod common;

use bccsp::Suite;
use common::{batch, node, seal};
use consensus::Chain;
use gmca_orderer::testing::Kit;
use gmca_orderer::{Error, Info, Registrar, Relation, Status};
use proto::Bytes;
use std::path::Path;
use sys::sim::MemoryDisk;
use sys::{Access, Disk};

const DIR: &str = "orderer";

fn open(kit: &Kit, index: usize, disk: &MemoryDisk) -> Registrar {
    Registrar::open(node(kit, index, disk).0, Path::new(DIR)).unwrap()
}

#[test]
fn channels_are_joined_and_found_again() {
    let (kit, disk) = (Kit::new(Suite::Gm, 4, 1), MemoryDisk::new(1 << 30));
    let registrar = open(&kit, 0, &disk);
    assert_eq!(registrar.list(), []);
    for name in ["ch2", "ch1"] {
        let channel = registrar.join(&kit.genesis(name, 3)).unwrap();
        let envelope = kit.client("a").message(name, b"data");
        seal(&channel, &batch(channel.admit(&envelope).unwrap()));
        assert!(matches!(registrar.join(&kit.genesis(name, 3)), Err(Error::Exists(_))));
    }
    drop(registrar);
    let registrar = open(&kit, 0, &disk);
    let wanted = ["ch1", "ch2"].map(|name| Info {
        name: name.to_owned(),
        height: 2,
        status: Status::Active,
        relation: Relation::Consenter,
        why: None,
    });
    assert_eq!(registrar.list(), wanted);
    assert_eq!(registrar.info("ch2").unwrap(), wanted[1]);
    assert_eq!(registrar.get("ch1").unwrap().channel(), "ch1");
    assert_eq!(registrar.channels().len(), 2);
    assert!(matches!(registrar.get("ch3"), Err(Error::NotFound(_))));
    assert!(matches!(registrar.info("ch3"), Err(Error::NotFound(_))));
}

#[test]
fn a_node_that_is_not_listed_follows() {
    let (kit, disk) = (Kit::new(Suite::Nist, 4, 1), MemoryDisk::new(1 << 30));
    let registrar = open(&kit, 3, &disk);
    let channel = registrar.join(&kit.genesis("ch1", 3)).unwrap();
    assert_eq!(channel.info().relation, Relation::Follower);
    registrar.join(&kit.genesis("alone", 0)).unwrap();
    assert_eq!(registrar.info("alone").unwrap().relation, Relation::Consenter);
    let words = [Status::Onboarding.name(), Status::Active.name(), Relation::Follower.name()];
    assert_eq!(words, ["onboarding", "active", "follower"]);
}

#[test]
fn a_removed_channel_is_gone_for_whoever_still_holds_it() {
    let (kit, disk) = (Kit::new(Suite::Gm, 3, 1), MemoryDisk::new(1 << 30));
    let registrar = open(&kit, 0, &disk);
    let genesis = kit.genesis("ch1", 3);
    let held = registrar.join(&genesis).unwrap();
    let envelope = kit.client("a").message("ch1", b"data");
    let admitted = batch(held.admit(&envelope).unwrap());
    registrar.remove("ch1").unwrap();
    let why = "the channel was removed from this node";
    assert_eq!(held.seal(&admitted, Bytes::new()).unwrap_err().why, why);
    assert_eq!(held.admit(&envelope).unwrap_err().to_string(), format!("channel ch1: {why}"));
    assert!(matches!(registrar.remove("ch1"), Err(Error::NotFound(_))));
    drop(held);
    assert_eq!(disk.files(), []);
    // It may come back, and begins again.
    assert_eq!(registrar.join(&genesis).unwrap().height(), 1);
}

#[test]
fn what_is_half_joined_or_half_removed_is_cleaned_up() {
    let (kit, disk) = (Kit::new(Suite::Gm, 3, 1), MemoryDisk::new(1 << 30));
    drop(open(&kit, 0, &disk).join(&kit.genesis("ch1", 3)).unwrap());
    for name in [".ch2.joining", ".ch3.removed"] {
        disk.create(&Path::new(DIR).join(name).join("x"), b"x", Access::Private).unwrap();
    }
    let registrar = open(&kit, 0, &disk);
    assert_eq!(registrar.list().len(), 1);
    assert!(disk.files().iter().all(|(path, _)| path.starts_with("orderer/ch1")));
}

#[test]
fn a_folder_of_something_else_is_refused_in_words() {
    let (kit, disk) = (Kit::new(Suite::Gm, 3, 1), MemoryDisk::new(1 << 30));
    disk.create(&Path::new(DIR).join("Photos/x"), b"x", Access::Private).unwrap();
    let error = Registrar::open(node(&kit, 0, &disk).0, Path::new(DIR)).unwrap_err();
    assert_eq!(error.to_string(), "orderer/Photos: it is no channel's folder");
}

#[test]
fn one_channel_that_is_damaged_does_not_keep_the_others_from_their_work() {
    let (kit, disk) = (Kit::new(Suite::Gm, 3, 1), MemoryDisk::new(1 << 30));
    let registrar = open(&kit, 0, &disk);
    for name in ["ch1", "ch2"] {
        let channel = registrar.join(&kit.genesis(name, 3)).unwrap();
        for _ in 0..2 {
            let envelope = kit.client("a").message(name, b"data");
            seal(&channel, &batch(channel.admit(&envelope).unwrap()));
        }
    }
    drop(registrar);
    let files = disk.files();
    let (blocks, _) = files
        .iter()
        .find(|(path, size)| path.starts_with("orderer/ch1/blocks") && *size > 0)
        .unwrap();
    assert!(disk.flip(blocks, 200, 3));
    let registrar = open(&kit, 0, &disk);
    let info = registrar.info("ch1").unwrap();
    assert_eq!((info.status, info.relation), (Status::Failed, Relation::Other));
    let why = info.why.unwrap();
    assert!(why.contains("damaged"), "{why}");
    assert!(registrar.get("ch1").unwrap_err().to_string().contains("damaged"));
    assert_eq!(registrar.channels().len(), 1);
    registrar.remove("ch1").unwrap();
    registrar.join(&kit.genesis("ch1", 3)).unwrap();
}

#[test]
fn a_folder_has_one_owner() {
    let (kit, disk) = (Kit::new(Suite::Gm, 3, 1), MemoryDisk::new(1 << 30));
    let _registrar = open(&kit, 0, &disk);
    let error = Registrar::open(node(&kit, 0, &disk).0, Path::new(DIR)).unwrap_err();
    assert_eq!(error.to_string(), "orderer: in use by another process; stop that one first");
}
