// SPDX-License-Identifier: Apache-2.0
//! A channel orders, changes its configuration and its hash function, and is read again.

mod common;

use bccsp::Suite;
use common::{CHANNEL, Here, seal};
use consensus::{Batch, Chain, Kind};
use gmca_orderer::testing::Kit;
use proto::Bytes;

#[test]
fn a_channel_orders_in_either_family() {
    for suite in Suite::ALL {
        let here = Here::new(suite, 3);
        let client = here.kit.client("one");
        for number in 1..4_u64 {
            let key = format!("k{number}");
            let admitted = here.channel.admit(&client.transaction(CHANNEL, &key, b"v")).unwrap();
            assert_eq!((admitted.kind, admitted.sequence), (Kind::Normal, 0));
            let block = seal(&here.channel, &Batch::normal(0, vec![admitted.envelope]));
            assert_eq!(block.number(), number);
        }
        assert_eq!(here.channel.height(), 4);
        here.check_chain();
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for suite in Suite::ALL {
        let make = || {
            let kit = Kit::new(suite, 2, 7);
            let block = kit.genesis(CHANNEL, 2).encode();
            (block, kit.client("a").transaction(CHANNEL, "k", b"v"))
        };
        let made: (Bytes, Bytes) = make();
        assert_eq!(made, make());
    }
}
