// SPDX-License-Identifier: Apache-2.0
//! Batches come back as they were written, and nothing else is taken for one.

use gmca_consensus::{Batch, BatchKind};
use proptest::prelude::*;
use proto::Bytes;

fn refused(bytes: &[u8]) -> String {
    Batch::decode(&Bytes::copy_from_slice(bytes)).expect_err("no batch").to_string()
}

#[test]
fn the_bytes_of_version_1() {
    let batch = Batch::normal(0x0102, vec![Bytes::from_static(b"ab"), Bytes::from_static(b"c")]);
    let bytes = batch.encode();
    assert_eq!(
        bytes[..],
        [1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 2, 0, 0, 0, 2, b'a', b'b', 0, 0, 0, 1, b'c']
    );
    assert_eq!(Batch::decode(&bytes), Ok(batch));
}

#[test]
fn what_is_no_batch() {
    let good = Batch::config(7, Bytes::from_static(b"envelope")).encode().to_vec();
    for cut in 0..good.len() {
        assert!(refused(&good[..cut]).contains("too early"), "cut at {cut}");
    }
    let with = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        refused(&bytes)
    };
    assert!(with(0, 2).contains("version"));
    assert!(with(1, 2).contains("kind"));
    assert!(with(10, 0xff).contains("too early"), "no memory for envelopes that are not there");
    assert!(with(13, 0).contains("behind its end"));
    let mut long = good.clone();
    long.push(0);
    assert!(refused(&long).contains("behind its end"));
    let mut company = Batch::normal(7, vec![Bytes::from_static(b"a"); 2]).encode().to_vec();
    company[1] = 1;
    assert!(refused(&company).contains("company"));
    assert!(refused(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).contains("no envelope"));
}

proptest! {
    #[test]
    fn every_batch_comes_back(
        sequence: u64,
        envelopes in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..20),
    ) {
        let batch = Batch::normal(sequence, envelopes.into_iter().map(Bytes::from).collect());
        prop_assert_eq!(batch.kind(), BatchKind::Normal);
        prop_assert_eq!(Batch::decode(&batch.encode()), Ok(batch));
    }

    /// One form each: what decodes is what its decoding encodes to.
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let bytes = Bytes::from([&[1, 0][..], &bytes].concat());
        if let Ok(batch) = Batch::decode(&bytes) {
            prop_assert_eq!(batch.encode(), bytes);
        }
    }
}
