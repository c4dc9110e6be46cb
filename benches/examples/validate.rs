// SPDX-License-Identifier: Apache-2.0
//! What a peer takes for a transaction with one read, one write and two endorsements, signatures counted
//! apart: `cargo run --release -p gmca-benches --example validate [-- BLOCKS]`.
//!
//! Not here: sockets.

use bccsp::Suite;
use block::Block;
use peer::testing::{Draft, Kit, reference};
use peer::{Node, PeerChannel};
use proto::Bytes;
use proto::prost::Message;
use std::sync::Arc;
use std::time::Instant;
use sys::{SystemDisk, Volume, spread};

const TRANSACTIONS: usize = 500;
/// Of one transaction: its creator's and two endorsers'.
const SIGNATURES: f64 = 3.0;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result {
    let count = std::env::args().nth(1).map_or(Ok(20), |text| text.parse())?;
    println!("µs of processor time for a transaction; blocks of {TRANSACTIONS}, {count} of them");
    println!("       verify  of that signatures  commit  beyond signatures  transactions/s");
    for suite in Suite::ALL {
        measure(suite, count)?;
    }
    Ok(())
}

fn measure(suite: Suite, count: usize) -> Result {
    let kit = Kit::new(suite);
    let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR"))?;
    let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
    let options = ledger::Options::default();
    let node = Node { volume, providers: Arc::clone(&kit.providers), options };
    let channel = PeerChannel::create(&node, &dir.path().join("ch1"), &kit.genesis("ch1"))?;
    let policy = reference("/Channel/Application/Endorsement");
    kit.commit(&channel, &[Draft::define("basic", &policy)]);
    let blocks = blocks(&kit, &channel, count)?;
    let one = signature(&kit, &channel)?;
    let begun = Instant::now();
    let (mut verifying, mut committing) = (0.0, 0.0);
    for block in blocks {
        let start = processor_seconds()?;
        let verified = channel.verify(block)?;
        let between = processor_seconds()?;
        channel.commit(verified)?;
        verifying += between - start;
        committing += processor_seconds()? - between;
    }
    let took = begun.elapsed().as_secs_f64();
    let all = (count * TRANSACTIONS) as f64;
    let per = |seconds: f64| seconds * 1e6 / all;
    let signatures = one * 1e6 * SIGNATURES;
    let (verify, commit) = (per(verifying), per(committing));
    println!(
        "{suite:<5} {verify:>8.1} {signatures:>18.1} {commit:>8.1} {:>18.1} {:>15.0}",
        verify + commit - signatures,
        all / took
    );
    Ok(())
}

fn blocks(kit: &Kit, channel: &PeerChannel, count: usize) -> Result<Vec<Block>> {
    let config = channel.config();
    let hash = config.hash()?;
    let mut tip = channel.tip_hash().ok_or("no blocks")?;
    let mut blocks = Vec::with_capacity(count);
    for place in 0..count {
        let entries = (0..TRANSACTIONS).map(|at| {
            let key = format!("key{:08}", place * TRANSACTIONS + at);
            let draft = Draft::new("basic").read(&key, None).put(&key, &"v".repeat(100));
            Bytes::from(kit.transaction(&config, &draft).encode_to_vec())
        });
        let number = channel.height() + place as u64;
        let block = kit.block(&config, (number, &tip, 0), entries.collect());
        tip = block.hash(hash);
        blocks.push(block);
    }
    Ok(blocks)
}

/// Seconds of processor time for one signature verified, many of them at once and on all cores, as a block's
/// are.
fn signature(kit: &Kit, channel: &PeerChannel) -> Result<f64> {
    let (config, client) = (channel.config(), &kit.members[0].client);
    let message = vec![Bytes::from(vec![7; 3000])];
    let parts: Vec<&[u8]> = message.iter().map(|part| &part[..]).collect();
    let signature = client.sign(&parts)?.into_vec().into();
    let identity = client.serialized().clone();
    let signed = vec![vec![proto::SignedData { identity, message, signature }]; 3000];
    let sets: Vec<&[proto::SignedData]> = signed.iter().map(|set| &set[..]).collect();
    let start = processor_seconds()?;
    std::hint::black_box(spread(&sets, 1, |sets| config.msps().verify_sets(sets)));
    Ok((processor_seconds()? - start) / sets.len() as f64)
}

/// Of this process. In a second of Linux there are a hundred ticks.
fn processor_seconds() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11);
    let ticks = fields.take(2).map(str::parse).collect::<std::result::Result<Vec<f64>, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}
