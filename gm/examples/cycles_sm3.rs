// SPDX-License-Identifier: Apache-2.0
//! Nanoseconds a byte of SM3, beside the `sm3` crate in the same run. Short batches taken in turn, the
//! tenth percentile of each, so that a busy machine does not decide.

use digest::Digest;
use gmca_gm::sm3;
use std::hint::black_box;
use std::time::Instant;

fn main() {
    let data: Vec<u8> = (0..16 * 16384).map(|i: usize| (i * 7 + i / 253) as u8).collect();
    for len in [64, 1024, 16384] {
        let one = &data[..len];
        let many: Vec<&[u8]> = data.chunks(len).take(16).collect();
        let [crate_one, ours, lanes] = in_turn([
            &mut || _ = black_box(::sm3::Sm3::digest(black_box(one))),
            &mut || _ = black_box(sm3::digest(&[black_box(one)])),
            &mut || _ = black_box(sm3::digest_many(black_box(&many))),
        ]);
        let per_byte = |ns: f64, bytes: usize| ns / bytes as f64;
        println!(
            "{len:6} bytes: crate {:.2} ours {:.2} ({:.2} x), 16 messages {:.2} ({:.2} x); ns a byte",
            per_byte(crate_one, len),
            per_byte(ours, len),
            crate_one / ours,
            per_byte(lanes, 16 * len),
            16.0 * crate_one / lanes,
        );
    }
}

/// Nanoseconds of one call of each.
fn in_turn<const N: usize>(mut what: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut times: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    let mut calls = [1usize; N];
    for _ in 0..400 {
        for (i, f) in what.iter_mut().enumerate() {
            let start = Instant::now();
            (0..calls[i]).for_each(|_| f());
            let spent = start.elapsed().as_nanos() as f64;
            times[i].push(spent / calls[i] as f64);
            if spent < 200_000.0 {
                calls[i] = (calls[i] * 2).min(1 << 20);
            }
        }
    }
    times.map(|mut of| {
        of.drain(..40);
        of.sort_by(f64::total_cmp);
        of[of.len() / 10]
    })
}
