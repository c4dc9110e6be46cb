// SPDX-License-Identifier: Apache-2.0
//! Verdicts on graphs of certificates of any shape: the same in every order, for whoever asks
//! again, and never a path with a link that does not hold.

extern crate gmca_pki as pki;

#[path = "common/graph.rs"]
mod graph;

use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_graph(bytes in vec(any::<u8>(), 8..80)) {
        graph::check(&bytes);
    }

    /// CAs of few names and keys, so that there are many paths and loops.
    #[test]
    fn tangled_graph(
        leaf in vec(any::<u8>(), 8),
        cas in vec((any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>()), 3..9),
    ) {
        let mut bytes = leaf;
        bytes[6] = 1;
        for (names, keys, more, place, list) in cas {
            bytes.extend([names & 5, keys, 0x87, more & 7, 0, 0, place, list]);
        }
        graph::check(&bytes);
    }
}
