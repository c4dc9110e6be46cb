// SPDX-License-Identifier: Apache-2.0
//! `gmnode ledger info | export | import | rebuild | prune | backup`, over the ledger that Fabric
//! wrote.

mod run;

use block::Block;
use ledger::mvcc::Candidate;
use ledger::{ChainBlock, Ledger, Options};
use proto::protos::TxValidationCode;
use run::{Session, fabric};
use std::path::Path;
use std::sync::Arc;
use sys::{SystemDisk, Volume};

/// A folder with the real blocks, committed here.
fn session() -> Session {
    let session = Session::new();
    let providers = bccsp::Providers::new(bccsp::Suite::Gm, bccsp::EngineChoice::Auto).unwrap();
    let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
    let dir = session.path("ch");
    let options = Options::default();
    let _turn = run::turn();
    let ledger =
        Ledger::<Block>::open(&volume, Path::new(&dir), options, &Arc::new(providers)).unwrap();
    let names = (0..=5).map(|number| format!("blocks/peer/{number}.block"));
    for name in names.chain(["config/config-update-block.block".to_owned()]) {
        let block = Block::decode(std::fs::read(fabric(&name)).unwrap()).unwrap();
        let read: Vec<_> =
            (0..block.transaction_count()).map(|at| block.transaction(at).unwrap()).collect();
        let code = TxValidationCode::Valid;
        let candidates: Vec<_> =
            read.iter().map(|tx| Candidate { id: &tx.id, code, set: tx.set.as_ref() }).collect();
        ledger.commit(block, &candidates).unwrap();
    }
    session
}

fn field<'a>(output: &'a str, name: &str) -> &'a str {
    let line = output.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no `{name}` in {output}")).trim()
}

#[test]
fn info_says_how_far_it_goes() {
    let session = session();
    let output = session.run(&["ledger", "info", "ch"]).yes();
    assert_eq!(field(&output, "height"), "7");
    assert_eq!(field(&output, "blocks"), "0 to 6");
    assert_eq!(field(&output, "configuration"), "1, in block 6");
    assert_eq!(field(&output, "history"), "from block 0");
    std::fs::remove_file(session.path("ch/state.redb")).unwrap();
    let output = session.run(&["ledger", "info", "ch"]).yes();
    assert!(field(&output, "state").starts_with("none;"));
}

#[test]
fn a_snapshot_goes_to_another_node_and_gives_the_same() {
    let session = session();
    let exported = session.run(&["ledger", "export", "ch", "--out", "snap"]).yes();
    assert_eq!(
        (field(&exported, "height"), field(&exported, "configuration")),
        ("7", "in block 6")
    );
    assert_eq!(session.run(&["ledger", "export", "ch", "--out", "snap"]).yes(), exported, "again");
    let hash = field(&exported, "state hash").split(' ').next().unwrap();
    let wrong = "0".repeat(64);
    let import = |hash: &str| {
        session.run(&["ledger", "import", "new", "--from", "snap", "--state-hash", hash])
    };
    assert!(import(&wrong).could_not().contains("its state hash is"));
    assert!(import("12").could_not().contains("64 hexadecimal digits"));
    assert_eq!(import(hash).yes(), exported);
    assert!(import(hash).could_not().contains("there is a ledger already"));
    let output = session.run(&["ledger", "info", "new"]).yes();
    assert_eq!(field(&output, "height"), "7");
    assert_eq!(field(&output, "blocks"), "none yet");
    assert!(field(&output, "begins from").contains(hash));
    let again = session.run(&["ledger", "export", "new", "--out", "snap2"]).yes();
    assert_eq!(again, exported);
}

#[test]
fn what_is_gone_is_made_again_and_a_copy_stands_in() {
    let session = session();
    std::fs::write(session.path("ch/state.redb"), b"no state").unwrap();
    let output = session.run(&["ledger", "rebuild", "ch"]).yes();
    assert!(output.starts_with("state of height 7"), "{output}");
    let copied = session.run(&["ledger", "backup", "ch", "--to", "copy"]).yes();
    assert_eq!(copied, "copy has the ledger up to height 7\n");
    assert_eq!(session.run(&["ledger", "backup", "ch", "--to", "copy"]).yes(), copied);
    let refused = session.run(&["ledger", "backup", "ch", "--to", "ch"]).could_not();
    assert!(refused.contains("cannot be copied into itself"), "{refused}");
    let info = |dir: &str| session.run(&["ledger", "info", dir]).yes();
    assert!(info("copy").contains("none; a peer makes it"), "blocks are all that is copied");
    session.run(&["ledger", "rebuild", "copy"]).yes();
    assert_eq!(info("copy"), info("ch"));
    std::fs::remove_file(session.path("copy/state.redb")).unwrap();
    let copied = session.run(&["ledger", "backup", "copy", "--to", "third"]).yes();
    assert_eq!(copied, "third has the ledger up to height 7\n", "as of an orderer: blocks alone");
    let output = session.run(&["ledger", "prune", "ch", "--keep", "2"]).yes();
    // All blocks are in one file.
    assert_eq!(output, "the first block is 0, the height 7\n");
    assert_eq!(field(&info("ch"), "history"), "from block 7");
    session.run(&["ledger", "rebuild", "ch"]).yes();
    let refused = session.run(&["ledger", "rebuild", "nothing"]).could_not();
    assert!(refused.contains("there is no ledger here"), "{refused}");
    assert!(!Path::new(&session.path("nothing")).exists());
}

#[test]
fn a_damaged_block_is_named() {
    let session = session();
    let path = session.path("ch/blocks/00000000000000000000.seg");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[30_000] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    for command in ["info", "rebuild"] {
        let refused = session.run(&["ledger", command, "ch"]).could_not();
        assert!(refused.contains("seg: damaged at byte"), "{refused}");
    }
}
