// SPDX-License-Identifier: Apache-2.0
//! A ledger of the same shape as the one that Fabric wrote, made here in either family. Every hash,
//! signature, id and policy in it holds, and a flipped byte is found.

mod network;
mod run;

use bccsp::Suite;
use network::chain::{ledger, set, writes};

fn check(suite: Suite) {
    let network = ledger(suite);
    let output = network.inspect(None).yes();
    assert!(output.contains("\"wrong\": 0"), "{output}");
    assert!(output.contains("follows from its update"));
    // Bytes all over the block, so that header, transactions, signatures and flags all get their turn.
    let whole = network.blocks[4].encode();
    for at in (0..whole.len()).step_by(97) {
        let mut changed = whole.to_vec();
        changed[at] ^= 1;
        let ran = network.inspect(Some((4, &changed)));
        assert!(ran.is_refusal(), "byte {at} of {}", whole.len());
    }
}

#[test]
fn a_ledger_in_gm_holds_and_a_flipped_byte_is_found() {
    check(Suite::Gm);
}

#[test]
fn a_ledger_in_nist_holds_and_a_flipped_byte_is_found() {
    check(Suite::Nist);
}

/// Blocks 7 and 8 are still under the old function, block 9 is the first under the new one.
#[test]
fn a_ledger_goes_on_under_another_hash_function() {
    let mut network = ledger(Suite::Gm);
    network.change(Suite::Gm, |edit| edit.add_capability(None, channel::HASH_SWITCH));
    let other = Suite::Nist.hash_algorithm();
    network.change(Suite::Gm, |edit| edit.hash_algorithm(other));
    assert_eq!(network.channel.hash_algorithm(), other);
    for (nonce, pair) in [("n9", ("d", "4")), ("n10", ("e", "5"))] {
        let put = set(vec![writes("basic", &[pair])]);
        network.append(vec![network.transaction("basic", &put, nonce)]);
    }
    let output = network.inspect(None).yes();
    assert_eq!(output.matches("follows from its update").count(), 3);
    assert_eq!(output.matches("\"what\": \"link\"").count(), 11);
}
