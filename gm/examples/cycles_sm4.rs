// SPDX-License-Identifier: Apache-2.0
//! Cycles per byte of SM4 and its modes, beside the crates `sm4`, `ctr`, `cbc` and `aes-gcm`:
//! `cargo run --release -p gmca-gm --example cycles_sm4 [filter]`.
//!
//! Ours and theirs take turns in short batches, and the tenth percentile of each counts: other work on the
//! machine disturbs both alike. A cycle is a third of a chain of dependent products of integers.

use aes_gcm::aead::{AeadInOut, KeyInit};
use cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit,
    StreamCipher, StreamCipherCoreWrapper,
};
use gmca_gm::sm4::{Doubling, Sm4, Sm4Ccm, Sm4Gcm, Sm4Xts};
use std::hint::black_box;
use std::time::Instant;

type Block = cipher::array::Array<u8, cipher::consts::U16>;
type TheirGcm = aes_gcm::AesGcm<sm4::Sm4, cipher::consts::U12>;
type TheirCcm = ccm::Ccm<sm4::Sm4, cipher::consts::U16, cipher::consts::U12>;

const KEY: [u8; 16] = [7; 16];
const NONCE: [u8; 12] = [3; 12];

fn main() {
    let filter = std::env::args().nth(1).unwrap_or_default();
    println!("level: {}", Sm4::new(&KEY).level());
    println!("{:<18}{:>9}{:>10}{:>10}{:>8}", "", "bytes", "ours", "theirs", "ratio");
    for len in [16, 64, 256, 1024, 4096, 16384, 65536] {
        lengths(&filter, len);
    }
    let theirs = || drop(black_box(<TheirGcm as KeyInit>::new(&black_box(KEY).into())));
    row(&filter, "GCM key", 16, || drop(black_box(Sm4Gcm::new(&black_box(KEY)))), theirs);
    let theirs = || drop(black_box(<sm4::Sm4 as KeyInit>::new(&black_box(KEY).into())));
    row(&filter, "key", 16, || drop(black_box(Sm4::new(&black_box(KEY)))), theirs);
}

fn lengths(filter: &str, len: usize) {
    let (mut a, mut b) = (vec![5; len], vec![5; len]);
    let (ours, theirs) = (Sm4::new(&KEY), <sm4::Sm4 as KeyInit>::new(&KEY.into()));
    let iv = Block::default();
    row(
        filter,
        "ECB",
        len,
        || ours.ecb_encrypt(a.as_chunks_mut().0),
        || theirs.encrypt_blocks(blocks(&mut b)),
    );
    row(
        filter,
        "ECB decrypt",
        len,
        || ours.ecb_decrypt(a.as_chunks_mut().0),
        || theirs.decrypt_blocks(blocks(&mut b)),
    );
    row(
        filter,
        "CTR",
        len,
        || ours.ctr(&iv.0, &mut a),
        || {
            let core = ctr::CtrCore::<_, ctr::flavors::Ctr128BE>::inner_iv_init(&theirs, &iv);
            StreamCipherCoreWrapper::from_core(core).apply_keystream(&mut b);
        },
    );
    row(
        filter,
        "CBC",
        len,
        || ours.cbc_encrypt(&mut [0; 16], a.as_chunks_mut().0),
        || cbc::Encryptor::inner_iv_init(&theirs, &iv).encrypt_blocks(blocks(&mut b)),
    );
    row(
        filter,
        "CBC decrypt",
        len,
        || ours.cbc_decrypt(&mut [0; 16], a.as_chunks_mut().0),
        || cbc::Decryptor::inner_iv_init(&theirs, &iv).decrypt_blocks(blocks(&mut b)),
    );
    authenticated(filter, len, &mut a, &mut b);
}

fn authenticated(filter: &str, len: usize, a: &mut [u8], b: &mut [u8]) {
    let (ours, theirs) = (Sm4Gcm::new(&KEY), <TheirGcm as KeyInit>::new(&KEY.into()));
    row(
        filter,
        "GCM seal",
        len,
        || {
            let _ = black_box(ours.seal(&NONCE, &[1; 13], a));
        },
        || {
            let sealed = theirs.encrypt_inout_detached(&NONCE.into(), &[1; 13], (&mut *b).into());
            let _ = black_box(sealed);
        },
    );
    // Both copy the ciphertext first, for it is gone afterwards.
    let mut sealed = a.to_vec();
    let tag = ours.seal(&NONCE, &[1; 13], &mut sealed).expect("a nonce of twelve bytes");
    row(
        filter,
        "GCM open",
        len,
        || {
            a.copy_from_slice(&sealed);
            ours.open(&NONCE, &[1; 13], a, &tag).expect("the tag is right");
        },
        || {
            b.copy_from_slice(&sealed);
            theirs
                .decrypt_inout_detached(&NONCE.into(), &[1; 13], (&mut *b).into(), &tag.into())
                .expect("the tag is right");
        },
    );
    let (ours, theirs) = (Sm4Ccm::new(&KEY), <TheirCcm as KeyInit>::new(&KEY.into()));
    row(
        filter,
        "CCM seal",
        len,
        || {
            let _ = black_box(ours.seal(&NONCE, &[1; 13], a, 16));
        },
        || {
            let sealed = theirs.encrypt_inout_detached(&NONCE.into(), &[1; 13], (&mut *b).into());
            let _ = black_box(sealed);
        },
    );
    let ours = Sm4Xts::new(&[7; 32], Doubling::Ieee);
    let theirs = <sm4::Sm4 as KeyInit>::new(&KEY.into());
    row(
        filter,
        "XTS (beside ECB)",
        len,
        || {
            let _ = black_box(ours.encrypt(&[0; 16], a));
        },
        || theirs.encrypt_blocks(blocks(b)),
    );
}

fn blocks(data: &mut [u8]) -> &mut [Block] {
    Block::slice_as_chunks_mut(data).0
}

/// Measures and prints, if the name has the filter in it.
fn row(filter: &str, name: &str, len: usize, mut ours: impl FnMut(), mut theirs: impl FnMut()) {
    if !name.contains(filter) {
        return;
    }
    let rounds = (2000 / len).max(1);
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..120 {
        a.push(batch(8 * rounds, &mut ours));
        b.push(batch(rounds, &mut theirs));
    }
    let [ours, theirs] = [a, b].map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 10] / len as f64
    });
    println!("{name:<18}{len:>9}{ours:>10.2}{theirs:>10.2}{:>8.2}", theirs / ours);
}

/// Cycles of one call.
fn batch(count: usize, call: &mut impl FnMut()) -> f64 {
    let before = cycle();
    let start = Instant::now();
    for _ in 0..count {
        call();
    }
    let time = start.elapsed().as_secs_f64();
    time / before.min(cycle()) / count as f64
}

/// Seconds of a cycle now.
fn cycle() -> f64 {
    let mut x = black_box(0x9e37_79b9_7f4a_7c15_u64);
    let start = Instant::now();
    for _ in 0..300 {
        for _ in 0..10 {
            x = product(x);
        }
    }
    let time = start.elapsed().as_secs_f64();
    black_box(x);
    time / 9000.0
}

/// A product of three cycles that depends on the one before.
#[inline(always)]
fn product(x: u64) -> u64 {
    x.wrapping_mul(x)
}
