// SPDX-License-Identifier: Apache-2.0
//! Digests of many messages at once: each lane works on one, and takes the next when it is done.

use crate::low::sm3::{self, Compress, Four, IV, Many, State, States};
use crate::plant::{self, Plant};

/// A message to be hashed, in parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'a> {
    /// The state to begin with: [`IV`], or that of blocks which several messages begin with.
    pub(crate) state: State,
    /// How many bytes those blocks had: a multiple of 64.
    pub(crate) before: u64,
    pub(crate) parts: &'a [&'a [u8]],
}

impl<'a> Job<'a> {
    pub(crate) fn new(parts: &'a [&'a [u8]]) -> Self {
        Self { state: IV, before: 0, parts }
    }
}

/// Hashes every job, and hands each digest over with the number of its job: in no order.
pub(crate) fn digest_many<'a>(
    jobs: impl Iterator<Item = Job<'a>>,
    done: impl FnMut(usize, [u8; 32]),
) {
    match Many::detect() {
        #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
        Many::Sixteen(cpu) => in_lanes(cpu, jobs, done),
        #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
        Many::Eight(cpu) => in_lanes(cpu, jobs, done),
        Many::Four => in_lanes(Four, jobs, done),
    }
}

/// As many lanes as still have work are worth more than one message after the other.
const WORTH: usize = 2;

fn in_lanes<'a, C: Compress<L>, const L: usize>(
    cpu: C,
    jobs: impl Iterator<Item = Job<'a>>,
    mut done: impl FnMut(usize, [u8; 32]),
) {
    let mut jobs = jobs.enumerate();
    let mut state = States([[0; L]; 8]);
    let mut lanes: [Lane<'a>; L] = core::array::from_fn(|_| Lane::IDLE);
    loop {
        for (at, lane) in lanes.iter_mut().enumerate().filter(|(_, lane)| lane.job.is_none()) {
            let Some((number, job)) = jobs.next() else { break };
            state.set(at, &job.state);
            lane.begin(number, &job);
        }
        if lanes.iter().filter(|lane| lane.job.is_some()).count() < WORTH {
            break;
        }
        step(cpu, &mut state, &mut lanes);
        for (at, lane) in lanes.iter_mut().enumerate() {
            if let Some(number) = lane.finished() {
                let swapped = plant::is(Plant::LaneSwapped) && L == 8 && at / 2 == 2;
                done(number, digest(&state.get(if swapped { at ^ 1 } else { at })));
            }
        }
    }
    for (at, lane) in lanes.iter_mut().enumerate() {
        if let Some(number) = lane.job {
            done(number, alone(state.get(at), lane));
        }
    }
}

/// All lanes go on by as many blocks as the one with the fewest has at hand.
fn step<C: Compress<L>, const L: usize>(cpu: C, state: &mut States<L>, lanes: &mut [Lane<'_>; L]) {
    let mut blocks = usize::MAX;
    let mut busy = 0;
    for (at, lane) in lanes.iter().enumerate() {
        if lane.job.is_some() {
            blocks = blocks.min(lane.run().len() / 64);
            busy = at;
        }
    }
    // An idle lane hashes what a busy one does; nobody asks for it.
    let all: [&Lane<'_>; L] =
        core::array::from_fn(|at| &lanes[if lanes[at].job.is_some() { at } else { busy }]);
    cpu.compress(state, &all.map(Lane::run), blocks);
    lanes.iter_mut().filter(|lane| lane.job.is_some()).for_each(|lane| lane.advance(blocks));
}

/// The last message has all of the processor.
fn alone(mut state: State, lane: &mut Lane<'_>) -> [u8; 32] {
    while lane.job.is_some() {
        let (blocks, _) = lane.run().as_chunks();
        sm3::compress(&mut state, blocks);
        lane.advance(blocks.len());
        let _ = lane.finished();
    }
    digest(&state)
}

/// The state as bytes.
pub(crate) fn digest(state: &State) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (place, word) in bytes.chunks_exact_mut(4).zip(state) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

impl<const L: usize> States<L> {
    fn set(&mut self, lane: usize, state: &State) {
        self.0.iter_mut().zip(state).for_each(|(words, word)| words[lane] = *word);
    }

    fn get(&self, lane: usize) -> State {
        self.0.map(|words| words[lane])
    }
}

/// Where a lane stands in its message.
struct Lane<'a> {
    job: Option<usize>,
    /// Bytes of the message, for its padding.
    length: u64,
    /// The parts that were not begun.
    parts: &'a [&'a [u8]],
    /// What is left of the one that was.
    part: &'a [u8],
    /// Whole blocks that are next, in the caller's memory; or else
    whole: &'a [u8],
    /// these of `buffer`: a block that several parts share, or the end with its padding.
    ready: core::ops::Range<usize>,
    /// Bytes in `buffer` that do not make a block yet.
    filled: usize,
    buffer: [u8; 128],
    padded: bool,
}

impl<'a> Lane<'a> {
    const IDLE: Self = Self {
        job: None,
        length: 0,
        parts: &[],
        part: &[],
        whole: &[],
        ready: 0..0,
        filled: 0,
        buffer: [0; 128],
        padded: false,
    };

    fn begin(&mut self, number: usize, job: &Job<'a>) {
        let bytes: usize = job.parts.iter().map(|part| part.len()).sum();
        self.job = Some(number);
        self.length = job.before.wrapping_add(bytes as u64);
        self.parts = job.parts;
        self.filled = 0;
        self.padded = false;
        self.next_run();
    }

    /// The blocks that are next: at least one while there is a job.
    fn run(&self) -> &[u8] {
        if self.whole.is_empty() { &self.buffer[self.ready.clone()] } else { self.whole }
    }

    fn advance(&mut self, blocks: usize) {
        if self.whole.is_empty() {
            self.ready.start += 64 * blocks;
        } else {
            self.whole = &self.whole[64 * blocks..];
        }
        if self.run().is_empty() && !self.padded {
            self.next_run();
        }
    }

    /// The number of the job if nothing is left of it; the lane is idle then.
    fn finished(&mut self) -> Option<usize> {
        if self.padded && self.run().is_empty() { self.job.take() } else { None }
    }

    fn next_run(&mut self) {
        loop {
            if self.filled == 0 && self.part.len() >= 64 {
                (self.whole, self.part) = self.part.split_at(self.part.len() / 64 * 64);
                return;
            }
            let taken;
            (taken, self.part) = self.part.split_at(self.part.len().min(64 - self.filled));
            self.buffer[self.filled..self.filled + taken.len()].copy_from_slice(taken);
            self.filled += taken.len();
            if self.filled == 64 {
                self.filled = 0;
                self.ready = 0..64;
                return;
            }
            match self.parts.split_first() {
                Some((part, rest)) => (self.part, self.parts) = (part, rest),
                None => return self.pad(),
            }
        }
    }

    /// A one, zeros, and the length in bits (GB/T 32905-2016 clause 5.2).
    fn pad(&mut self) {
        let edge = 56 + usize::from(plant::is(Plant::PaddingEdge));
        let end = if self.filled < edge { 64 } else { 128 };
        self.buffer[self.filled] = 0x80;
        self.buffer[self.filled + 1..end - 8].fill(0);
        self.buffer[end - 8..end].copy_from_slice(&self.length.wrapping_mul(8).to_be_bytes());
        self.ready = 0..end;
        self.padded = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use digest::Digest;

    /// Around the edges of words, padding and blocks, and longer than what a lane takes at once.
    const LENGTHS: &[usize] = &[
        0, 1, 3, 55, 56, 57, 63, 64, 65, 118, 119, 120, 127, 128, 129, 191, 192, 1000, 1024, 4097,
    ];

    fn check<C: Compress<L>, const L: usize>(cpu: C) {
        let data: Vec<u8> = (0..5000usize).map(|i| (i * 7 + i / 251) as u8).collect();
        // Every number of messages up to two rounds of the lanes, lengths in another order each time.
        for count in 0..=2 * L + 1 {
            let messages: Vec<&[u8]> = (0..count)
                .map(|i| &data[i..][..LENGTHS[(i * 7 + count) % LENGTHS.len()]])
                .collect();
            let split: Vec<[&[u8]; 4]> = messages
                .iter()
                .enumerate()
                .map(|(i, message)| {
                    let (front, rest) = message.split_at((i * 13 + count).min(message.len()));
                    let (middle, end) = rest.split_at((i * 29).min(rest.len()));
                    [front, middle, &[], end]
                })
                .collect();
            let mut found = alloc::vec![None; count];
            in_lanes(cpu, split.iter().map(|parts| Job::new(parts)), |number, digest| {
                assert!(found[number].replace(digest).is_none(), "message {number} twice");
            });
            for (number, message) in messages.iter().enumerate() {
                let expected: [u8; 32] = ::sm3::Sm3::digest(message).into();
                assert_eq!(
                    found[number],
                    Some(expected),
                    "{number} of {count}, {} bytes",
                    message.len()
                );
            }
        }
    }

    #[test]
    fn four_lanes_equal_another_implementation() {
        check(Four);
    }

    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    #[test]
    fn eight_lanes_equal_another_implementation() {
        use crate::low::cpu::Avx2;
        Avx2::detect().map_or_else(|| std::println!("no AVX2 here: not run"), check);
    }

    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    #[test]
    fn sixteen_lanes_equal_another_implementation() {
        use crate::low::cpu::Avx512;
        Avx512::detect().map_or_else(|| std::println!("no AVX-512 here: not run"), check);
    }
}
