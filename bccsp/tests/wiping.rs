// SPDX-License-Identifier: Apache-2.0
//! Our own memory is wiped before it is given back. An allocator looks through every block that
//! is freed for the secret, in each of the forms that the engines keep it in.
//!
//! Not here: stacks and registers, and what a crate leaves there.
#![allow(unsafe_code)]

mod common;

use common::engines;
use gmca_bccsp::encoding::{pkcs8, sec1};
use gmca_bccsp::{
    AeadMode, CipherMode, Context, ExchangeParams, KeyMaterial, Provider, Role, SecretBytes,
};
use hex_literal::hex;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::{Group, PrimeField};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A private key in range for both curves.
const SECRET: [u8; 32] = hex!("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");

/// The key of GB/T 32907 annex A, whose round keys are published there.
const SM4_KEY: [u8; 16] = hex!("0123456789abcdeffedcba9876543210");

/// What must not be found in freed memory, once it is known.
static NEEDLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();

/// The secret in every form that the engines keep it in.
fn needles() -> Vec<Vec<u8>> {
    let sm2 = sm2::Scalar::from_repr(SECRET.into()).unwrap();
    let inverse = (sm2 + sm2::Scalar::ONE).invert().unwrap();
    let p256 = p256::Scalar::from_repr(SECRET.into()).unwrap();
    // What an exchange keeps: t = d + x̄·r, with d = r = the secret and x̄ = 2¹²⁷ + (x mod 2¹²⁷).
    let mut x = sm2::ProjectivePoint::mul_by_generator(&sm2).to_affine().x();
    x[..16].fill(0);
    x[16] |= 0x80;
    let t = sm2 + sm2::Scalar::from_repr(x).unwrap() * sm2;
    let little_endian: Vec<u8> = SECRET.into_iter().rev().collect();
    vec![
        SECRET.to_vec(),
        little_endian,
        memory_of(&sm2),
        memory_of(&inverse),
        memory_of(&t),
        memory_of(&p256),
        // an AES key, which is its own first round key
        SECRET[..16].to_vec(),
        // the first round keys of `SM4_KEY`, as words of this machine
        sm4_round_keys().to_vec(),
    ]
}

/// The bytes of a number as its crate lays it out.
fn memory_of<T: Copy>(number: &T) -> Vec<u8> {
    let start = std::ptr::from_ref(number).cast::<u8>();
    // SAFETY: the reference is valid for the size of its type, and scalars are arrays of limbs
    // without padding.
    unsafe { std::slice::from_raw_parts(start, size_of::<T>()) }.to_vec()
}

const fn sm4_round_keys() -> [u8; 16] {
    let keys: [u32; 4] = [0xf121_86f9, 0x4166_2b61, 0x5a6a_b19a, 0x7ba9_2077];
    let mut out = [0; 16];
    let mut i = 0;
    while i < 16 {
        out[i] = keys[i / 4].to_ne_bytes()[i % 4];
        i += 1;
    }
    out
}

struct Watching;

static ARMED: AtomicBool = AtomicBool::new(false);
static FOUND: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Watching = Watching;

// SAFETY: every call goes to the system's allocator unchanged. `realloc` is the trait's own,
// which allocates, copies and frees, so that a vector that grows is seen too.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if ARMED.load(Ordering::SeqCst) {
            // SAFETY: the block is still allocated, has this size, and was zeroed when it was
            // made, so that all of it is initialised.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            let needles = NEEDLES.get().into_iter().flatten();
            let found = needles.filter(|needle| contains(bytes, needle)).count();
            FOUND.fetch_add(found, Ordering::SeqCst);
        }
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// How many freed blocks held the secret while `work` ran.
fn leaks<T>(work: impl FnOnce() -> T) -> usize {
    FOUND.store(0, Ordering::SeqCst);
    ARMED.store(true, Ordering::SeqCst);
    drop(work());
    ARMED.store(false, Ordering::SeqCst);
    FOUND.load(Ordering::SeqCst)
}

#[track_caller]
fn wiped<T>(what: &str, provider: &dyn Provider, work: impl FnOnce() -> T) {
    assert_eq!(leaks(work), 0, "{what} of {provider:?} left the secret in freed memory");
}

/// One test, because every thread's frees are seen.
#[test]
fn freed_memory_holds_no_secret() {
    NEEDLES.set(needles()).unwrap();
    assert_eq!(leaks(|| SECRET.to_vec()), 2, "the watch sees a secret: 32 bytes, and 16 of them");
    assert_eq!(leaks(|| sm4_round_keys().to_vec()), 1);
    assert_eq!(leaks(|| SecretBytes::copy_from(&SECRET)), 0, "SecretBytes");
    for provider in engines() {
        // Known answers have their say before, with their own data.
        provider.self_test().unwrap();
        check_keys(&*provider);
        check_symmetric(&*provider);
    }
}

fn material(provider: &dyn Provider) -> KeyMaterial {
    let algorithm = provider.suite().key_algorithm();
    KeyMaterial::new(algorithm, SecretBytes::copy_from(&SECRET), None).unwrap()
}

fn check_keys(provider: &dyn Provider) {
    wiped("KeyMaterial", provider, || material(provider));
    wiped("a signing key", provider, || {
        let key = provider.signing_key(&material(provider)).unwrap();
        let signature = key.sign(Context::X509, &[b"x"]).unwrap();
        let mut stream = key.signer(Context::X509).unwrap();
        stream.update(b"x");
        stream.finish().unwrap();
        key.verifying_key().verify(Context::X509, &[b"x"], signature.as_ref()).unwrap();
    });
    wiped("an exported key", provider, || {
        let exported = provider.signing_key(&material(provider)).unwrap().export().unwrap();
        sec1::encode(&exported, true).unwrap();
        pkcs8::encode(&exported).unwrap()
    });
    wiped("a decryption key", provider, || {
        let key = provider.decryption_key(&material(provider)).unwrap();
        let public = key.encryption_key();
        key.decrypt(&public.encrypt(b"x").unwrap()).unwrap();
        key.agree(public.public_key()).unwrap();
        key.export().unwrap()
    });
    let peer = *provider.generate_decryption_key().unwrap().encryption_key().public_key();
    let params = ExchangeParams {
        role: Role::Initiator,
        own_id: b"a",
        peer: &peer,
        peer_id: b"b",
        key_len: 16,
    };
    wiped("a key exchange", provider, || {
        let r = SecretBytes::copy_from(&SECRET);
        let hazmat = provider.hazmat().unwrap();
        let running = hazmat.exchange(&material(provider), &params, &r).ok()?;
        running.finish(peer.point()).ok()
    });
    wiped("decrypted bytes", provider, || {
        let key = provider.generate_decryption_key().unwrap();
        let encrypted = key.encryption_key().encrypt(&SECRET).unwrap();
        key.decrypt(&encrypted).unwrap()
    });
}

fn check_symmetric(provider: &dyn Provider) {
    let aes = &SECRET[..16];
    for key in [aes, &SM4_KEY] {
        for mode in [AeadMode::Gcm, AeadMode::Ccm] {
            wiped("an AEAD", provider, || provider.aead(mode, key).unwrap().seal(b"", b"x"));
            wiped("an AEAD", provider, || {
                provider.hazmat().unwrap().nonce_aead(mode, key, 13, 16).map(drop)
            });
        }
        for mode in [CipherMode::Ecb, CipherMode::CbcPkcs7, CipherMode::Ctr, CipherMode::Cfb] {
            wiped("a cipher", provider, || provider.cipher(mode, key).unwrap().encrypt(&[], b""));
        }
    }
    let both = [&SECRET[..16], &SM4_KEY].concat();
    wiped("XTS", provider, || provider.cipher(CipherMode::XtsIeee, &both).unwrap());
    wiped("derived keys", provider, || {
        let kdf = provider.kdf().unwrap();
        let prk = kdf.hkdf_extract(b"", &SECRET);
        kdf.hkdf_expand(&prk, b"", 500).unwrap();
        kdf.pbkdf2(&SECRET, b"salt", 2, 64).unwrap()
    });
}
