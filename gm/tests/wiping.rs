// SPDX-License-Identifier: Apache-2.0
//! What is left of a secret in this process when the operation is over and its objects are gone: nothing.
//! All memory that can be written is read through the kernel: freed blocks, and the stack below where it is
//! in use. What is looked for are the pieces of eight bytes of keys, nonces and shared points, in the order
//! of bytes and of words, and of every key object as it lay in memory.
//!
//! Not here: registers, and what the kernel or a swap file keeps.
#![cfg(all(target_os = "linux", not(miri)))]
#![allow(clippy::disallowed_methods)] // reads its own memory

use ::sm2 as sm2_crate;
use gmca_gm::harness;
use gmca_gm::sm2::{self, EphemeralKey, SigningKey, VerifyingKey};
use gmca_gm::sm4::{Doubling, Sm4, Sm4Ccm, Sm4Gcm, Sm4Xts};
use sm2_crate::elliptic_curve::PrimeField;
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};
use std::convert::Infallible;
use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::os::unix::fs::FileExt;
use zeroize::Zeroize;

/// What is looked for must not itself be found: it is kept under this mask.
const MASK: u64 = 0x5bd1_e995_a127_6c3d;

/// Pieces of secrets, masked.
struct Needles(HashSet<u64>);

impl Needles {
    /// More than there are of any operation: a set that grows would take blocks that have just been freed.
    const ROOM: usize = 1 << 14;

    /// Both orders of bytes, and every piece at a place that is a multiple of eight.
    fn add(&mut self, secret: &[u8]) {
        for eight in secret.as_chunks::<8>().0 {
            let distinct: HashSet<u8> = eight.iter().copied().collect();
            // Lengths, addresses and zeros are no secrets.
            if distinct.len() > 4 && eight[6..] != [0, 0] {
                self.0.insert(u64::from_le_bytes(*eight) ^ MASK);
                self.0.insert(u64::from_be_bytes(*eight) ^ MASK);
            }
        }
    }

    /// What lies on the heap behind the pointers in an object, at most so many bytes of each.
    fn add_boxes<T>(&mut self, object: &T, len: usize) {
        for pointer in memory_of(std::ptr::from_ref(object) as u64, size_of::<T>()).as_chunks().0 {
            let place = u64::from_le_bytes(*pointer);
            if place >> 40 == 0 || place >> 48 != 0 || !place.is_multiple_of(8) {
                continue;
            }
            // The allocator's word in front has the size of a block.
            let word = memory_of(place - 8, 8);
            let size = word.first_chunk().map_or(0, |size| usize::from_le_bytes(*size) & !7);
            let mut block = memory_of(place, len.min(size.saturating_sub(8)));
            self.add(&block);
            block.zeroize();
        }
    }
}

fn memory_of(place: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    File::open("/proc/self/mem").unwrap().read_exact_at(&mut bytes, place).unwrap();
    bytes
}

/// What looks through memory. All that it needs is there before: a block that it takes while it looks would
/// be one that was freed.
struct Search {
    maps: String,
    buffer: Vec<u8>,
    filter: Vec<bool>,
    found: Vec<(u64, u64)>,
}

const STEP: usize = 1 << 16;

impl Search {
    fn new(needles: &Needles) -> Self {
        let mut filter = vec![false; 1 << 16];
        needles.0.iter().for_each(|needle| filter[*needle as usize & 0xffff] = true);
        let maps = String::with_capacity(1 << 18);
        Self { maps, buffer: vec![0; STEP + 7], filter, found: Vec::with_capacity(1 << 16) }
    }

    /// Finds every piece in memory that can be written: where it is, and where that mapping ends.
    fn run(mut self, needles: &Needles) -> Vec<(u64, u64)> {
        File::open("/proc/self/maps").unwrap().read_to_string(&mut self.maps).unwrap();
        let memory = File::open("/proc/self/mem").unwrap();
        let (maps, mut buffer) = (std::mem::take(&mut self.maps), std::mem::take(&mut self.buffer));
        for (start, end) in maps.lines().filter_map(writable) {
            for from in (start..end).step_by(STEP) {
                let len = buffer.len().min((end - from) as usize);
                // A mapping may be gone, or not be there to be read.
                if let Ok(len) = memory.read_at(&mut buffer[..len], from) {
                    self.look(needles, &buffer[..len], from, end);
                }
            }
        }
        buffer.zeroize();
        self.found
    }

    fn look(&mut self, needles: &Needles, bytes: &[u8], from: u64, end: u64) {
        let own = bytes.as_ptr() as u64..bytes.as_ptr() as u64 + STEP as u64 + 7;
        for (eight, place) in bytes.windows(8).zip(from..) {
            let Ok(eight) = eight.try_into() else { continue };
            let piece = u64::from_le_bytes(eight) ^ MASK;
            let maybe = self.filter[piece as usize & 0xffff] && needles.0.contains(&piece);
            // The buffer has just been seen at the place that it is a copy of.
            if maybe && !own.contains(&place) && self.found.len() < self.found.capacity() {
                self.found.push((place, end));
            }
        }
    }
}

/// The range of a line of `/proc/self/maps`, if it can be written.
fn writable(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    words.next()?.starts_with("rw").then_some((number(start)?, number(end)?))
}

/// Where operations run, below the frames of what looks at their leavings.
const DEPTH: usize = 1 << 17;

#[inline(never)]
fn at_depth(run: &mut dyn FnMut()) {
    let mut space = [1_u8; DEPTH];
    black_box(&mut space);
    run();
    black_box(&mut space);
}

thread_local! {
    /// Makes all secrets others.
    static SALT: Cell<u64> = const { Cell::new(0) };
    /// Where the frames of what is looked at begin.
    static FLOOR: Cell<u64> = const { Cell::new(0) };
}

/// Everything below the caller's frame is looked at. In that frame itself, what a function gave back may
/// have been moved on, and a move leaves a copy.
#[inline(never)]
fn from_here() {
    let here = 0_u8;
    FLOOR.set(black_box(&raw const here) as u64);
}

/// Overwrites what the stack holds below here.
#[inline(never)]
fn scrub() {
    black_box(&mut [0_u8; 8 * DEPTH]);
}

/// Runs an operation twice to learn what it must not leave, and once to see that it does not.
#[track_caller]
fn wiped(what: &str, mut run: impl FnMut(Option<&mut Needles>)) -> usize {
    let [mut others, mut needles] =
        [(); 2].map(|()| Needles(HashSet::with_capacity(Needles::ROOM)));
    // What is the same with other secrets is none: a block of the heap has whatever was there before
    // wherever its object has nothing.
    SALT.set(1 << 32);
    at_depth(&mut || run(Some(&mut others)));
    SALT.set(0);
    at_depth(&mut || run(Some(&mut needles)));
    needles.0.retain(|needle| !others.0.contains(needle));
    assert!(!needles.0.is_empty(), "{what} has no secret");
    let search = Search::new(&needles);
    scrub();
    at_depth(&mut || run(None));
    let mut found = search.run(&needles);
    let (here, floor) = (&raw const needles as u64, FLOOR.get());
    found.retain(|(place, _)| !(floor..here).contains(place));
    let place = |(place, end): &(u64, u64)| {
        if here < *end && *place < here {
            format!("-{:x}", floor - place)
        } else {
            format!("{place:x}")
        }
    };
    if !found.is_empty() {
        let places: BTreeSet<String> = found.iter().map(place).collect();
        println!("{what} leaves {} of {} pieces: {places:?}", found.len(), needles.0.len());
    }
    found.len()
}

/// Secret bytes on the heap that are wiped when they go, and are never anywhere else.
struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    fn new(seed: u64) -> Self {
        let mut bytes = Box::new([0; N]);
        fill(seed, &mut *bytes);
        Self(bytes)
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

fn fill(seed: u64, bytes: &mut [u8]) {
    let mut state = seed + SALT.get();
    for byte in bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        *byte = (state >> 57) as u8;
    }
}

fn entropy(seed: u64) -> impl FnMut(&mut [u8]) -> Result<(), Infallible> {
    move |bytes| {
        fill(seed, bytes);
        Ok(())
    }
}

#[inline(always)]
fn learn_key(needles: &mut Needles, key: &SigningKey) {
    needles.add(&*key.to_bytes());
    needles.add_boxes(key, 64);
}

#[inline(always)]
fn key() -> Box<SigningKey> {
    Box::new(SigningKey::from_bytes(&Secret::<32>::new(7).0).unwrap())
}

#[inline(always)]
fn peer() -> VerifyingKey {
    *SigningKey::from_bytes(&[0x11; 32]).unwrap().verifying_key()
}

/// k = s·(1 + d) + r·d.
#[inline(always)]
fn learn_nonce(needles: &mut Needles, key: &SigningKey, signature: &[u8; 64]) {
    let number = |bytes: &[u8]| {
        let bytes: [u8; 32] = bytes.try_into().unwrap();
        sm2_crate::Scalar::from_repr(bytes.into()).unwrap()
    };
    let (r, s, d) = (number(&signature[..32]), number(&signature[32..]), number(&*key.to_bytes()));
    needles.add(&(s * (d + sm2_crate::Scalar::ONE) + r * d).to_repr());
}

fn sm2_leavings() -> usize {
    let mut count = 0;
    count += wiped("a private key", |needles| {
        from_here();
        let key = key();
        if let Some(needles) = needles {
            learn_key(needles, &key);
        }
    });
    count += wiped("a generated key", |needles| {
        from_here();
        let Ok(key) = SigningKey::generate(entropy(9)).map(Box::new);
        if let Some(needles) = needles {
            learn_key(needles, &key);
        }
    });
    count += wiped("a signature", |needles| {
        from_here();
        let key = key();
        let Ok(signature) = key.sign_digest(&[0x77; 32], entropy(5));
        if let Some(needles) = needles {
            learn_key(needles, &key);
            learn_nonce(needles, &key, &signature);
        }
    });
    count += wiped("signatures", |needles| {
        from_here();
        let Ok(mut keys) = sm2::generate_many(5, entropy(9));
        let jobs: Vec<_> = keys.iter().map(|key| (key, &[0x55; 32])).collect();
        let Ok(signatures) = sm2::sign_many(&jobs, entropy(5));
        if let Some(needles) = needles {
            for (key, signature) in keys.iter().zip(&signatures) {
                learn_key(needles, key);
                learn_nonce(needles, key, signature);
            }
        }
        keys.clear();
    });
    count += wiped("an agreement", |needles| {
        from_here();
        let key = key();
        let shared = Box::new(key.diffie_hellman(&peer()));
        if let Some(needles) = needles {
            learn_key(needles, &key);
            needles.add(shared.x());
            needles.add(shared.y());
        }
    });
    count += wiped("an exchange", |needles| {
        from_here();
        let key = key();
        let Ok(ephemeral) = EphemeralKey::generate(entropy(3)).map(Box::new);
        let secret = Box::new(ephemeral.exchange(&key));
        let shared = Box::new(secret.finish(&peer(), &peer()).unwrap());
        if let Some(needles) = needles {
            learn_key(needles, &key);
            needles.add_boxes(&*secret, 32);
            needles.add(shared.x());
            needles.add(shared.y());
        }
    });
    count
}

fn sm4_leavings() -> usize {
    let mut count = 0;
    count += wiped("SM4", |needles| {
        from_here();
        let cipher = Box::new(Sm4::new(&Secret::<16>::new(1).0));
        if let Some(needles) = needles {
            needles.add(&*Secret::<16>::new(1).0);
            needles.add_boxes(&*cipher, 1088);
        }
        let mut data = [[0x61; 16]; 40];
        cipher.ecb_encrypt(&mut data);
        cipher.cbc_encrypt(&mut [1; 16], &mut data);
        cipher.cbc_decrypt(&mut [1; 16], &mut data);
        cipher.ctr(&[3; 16], data[..9].as_flattened_mut());
    });
    count += wiped("SM4-XTS", |needles| {
        from_here();
        let cipher = Box::new(Sm4Xts::new(&Secret::<32>::new(2).0, Doubling::Gb));
        if let Some(needles) = needles {
            needles.add(&*Secret::<32>::new(2).0);
            needles.add_boxes(&*cipher, 1088);
        }
        cipher.encrypt(&[1; 16], &mut [0x61; 100]).unwrap();
    });
    count += wiped("SM4-GCM", |needles| {
        from_here();
        let cipher = Box::new(Sm4Gcm::new(&Secret::<16>::new(3).0));
        if let Some(needles) = needles {
            needles.add(&*Secret::<16>::new(3).0);
            needles.add_boxes(&*cipher, 1088);
        }
        for len in [5, 64, 700] {
            let mut data = vec![0x61; len];
            let tag = cipher.seal(&[1; 12], b"aad", &mut data).unwrap();
            cipher.open(&[1; 12], b"aad", &mut data, &tag).unwrap();
        }
    });
    count += wiped("SM4-CCM", |needles| {
        from_here();
        let cipher = Box::new(Sm4Ccm::new(&Secret::<16>::new(4).0));
        if let Some(needles) = needles {
            needles.add(&*Secret::<16>::new(4).0);
            needles.add_boxes(&*cipher, 1088);
        }
        let mut data = [0x61; 100];
        let tag = cipher.seal(&[1; 12], b"aad", &mut data, 16).unwrap();
        cipher.open(&[1; 12], b"aad", &mut data, &tag).unwrap();
    });
    count
}

#[inline(never)]
fn careless() {
    black_box(&{ *Secret::<32>::new(98).0 });
}

/// What the stack is painted with before an operation: where it is gone, something was.
const PAINT: u8 = 0xa5;

#[inline(never)]
fn paint() {
    black_box(&mut [PAINT; 2 * DEPTH]);
}

/// Bytes from the deepest place that an operation reached up to the first one above that is not zero: what
/// was wiped. What went deeper than is wiped leaves something there, and this is small.
fn wiped_from_below(run: &mut dyn FnMut()) -> usize {
    // The paint goes twice as far down as where operations begin.
    let mut stack = vec![0; ROOM];
    // What is made once, such as tables, is not secret.
    at_depth(run);
    paint();
    at_depth(run);
    let memory = File::open("/proc/self/mem").unwrap();
    memory.read_exact_at(&mut stack, FLOOR.get() - ROOM as u64).unwrap();
    assert_eq!(stack[0], PAINT, "an operation that takes no more than the room");
    let reached = stack.iter().position(|byte| *byte != PAINT).unwrap_or(stack.len());
    // The wiping itself is a call, whose return address is the deepest of all.
    let from = reached + RETURN;
    stack.get(from..).unwrap_or_default().iter().take_while(|byte| **byte == 0).count()
}

/// How far down an operation may reach.
const ROOM: usize = DEPTH - (DEPTH >> 3);
/// Room for the addresses that wiping itself leaves.
const RETURN: usize = 64;
/// Frames begin where they are aligned.
const SLACK: usize = 512;

/// Operations that end in one wiping, and what that says it wipes.
fn depths() -> bool {
    let mut right = true;
    let mut is = |what: &str, least: usize, run: &mut dyn FnMut()| {
        let wiped = wiped_from_below(run);
        if wiped + SLACK < least {
            println!(
                "{what}: {wiped} bytes wiped from the deepest place on, of {least}: it reaches deeper"
            );
            right = false;
        }
    };
    let (key, peer) = (key(), peer());
    let Ok(signature) = key.sign_digest(&[0x77; 32], entropy(5));
    assert!(key.verifying_key().verify_digest(&[0x77; 32], &signature));
    is("a signature", SM2, &mut || {
        from_here();
        let _ = black_box(key.sign_digest(&[0x77; 32], entropy(5)));
    });
    is("an agreement", SM2, &mut || {
        from_here();
        black_box(key.diffie_hellman(&peer));
    });
    is("a key", SM2, &mut || {
        from_here();
        let _ = black_box(SigningKey::generate(entropy(9)));
    });
    is("keys", LANES, &mut || {
        from_here();
        let _ = black_box(sm2::generate_many(20, entropy(9)));
    });
    let pairs = vec![(&*key, &peer); 20];
    is("agreements", PRODUCTS, &mut || {
        from_here();
        black_box(sm2::diffie_hellman_many(&pairs));
    });
    let jobs = vec![(&*key, &[0x55; 32]); 20];
    is("signatures", LANES, &mut || {
        from_here();
        let _ = black_box(sm2::sign_many(&jobs, entropy(5)));
    });
    let cipher = Sm4Gcm::new(&Secret::<16>::new(3).0);
    for len in [0, 16, 240, 700, 5000] {
        let mut data = vec![0x61; len];
        is(&format!("sealing of {len} bytes"), SM4, &mut || {
            from_here();
            let _ = black_box(cipher.seal(&[1; 12], b"aad", &mut data));
        });
    }
    right
}

/// What `src/mid/leavings.rs` wipes.
const SM2: usize = if cfg!(debug_assertions) { 32 << 10 } else { 16 << 10 };
const LANES: usize = 64 << 10;
const PRODUCTS: usize = 96 << 10;
const SM4: usize = 4 << 10;

/// One test, because all of this process's memory is looked at.
#[test]
fn nothing_is_left_of_a_secret() {
    let control = wiped("a control on the heap", |needles| {
        from_here();
        let kept = Box::new(*Secret::<32>::new(99).0);
        if let Some(needles) = needles {
            needles.add(&*kept);
        }
    });
    assert!(control > 0, "a copy on the heap that nobody wiped is found");
    let control = wiped("a control on the stack", |needles| {
        from_here();
        careless();
        if let Some(needles) = needles {
            needles.add(&*Secret::<32>::new(98).0);
        }
    });
    assert!(control > 0, "a copy on the stack that nobody wiped is found");
    let mut count = 0;
    let mut deep_enough = true;
    harness::at_every_level(|| {
        count += sm2_leavings() + sm4_leavings();
        deep_enough &= depths();
    });
    assert!(deep_enough, "an operation reaches deeper than is wiped, see above");
    assert_eq!(count, 0, "pieces of secrets are left, see above");
}
