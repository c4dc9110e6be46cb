// SPDX-License-Identifier: Apache-2.0
//! Sealed files: every length around a chunk, and every way to tamper with one.

mod common;

use common::engines;
use gmca_bccsp::{AeadMode, DecryptionKey, Error, Provider, Suite, seal};
use std::sync::Arc;

const CHUNK: usize = 65_536;
const SEALED_CHUNK: usize = CHUNK + 16;

struct Sealed {
    provider: Arc<dyn Provider>,
    key: Arc<dyn DecryptionKey>,
    bytes: Vec<u8>,
    header_len: usize,
}

impl Sealed {
    fn new(provider: Arc<dyn Provider>, message: &[u8]) -> Self {
        let key = provider.generate_decryption_key().unwrap();
        let mut bytes = Vec::new();
        seal::encrypt(&*provider, &**key.encryption_key(), &mut &message[..], &mut bytes).unwrap();
        let header_len = 12 + usize::from(u16::from_be_bytes([bytes[10], bytes[11]])) + 7;
        Self { provider, key, bytes, header_len }
    }

    /// The verdict, and what left before it.
    fn open(&self, bytes: &[u8]) -> (Result<(), Error>, Vec<u8>) {
        let mut out = Vec::new();
        (seal::decrypt(&*self.provider, &*self.key, &mut &bytes[..], &mut out), out)
    }

    fn chunk(&self, index: usize) -> &[u8] {
        let start = self.header_len + index * SEALED_CHUNK;
        &self.bytes[start..(start + SEALED_CHUNK).min(self.bytes.len())]
    }

    fn header(&self) -> &[u8] {
        &self.bytes[..self.header_len]
    }
}

fn message(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i / CHUNK) as u8 ^ (i % 251) as u8).collect()
}

#[test]
fn every_length_around_a_chunk_opens() {
    for provider in engines() {
        for len in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 1] {
            let sealed = Sealed::new(Arc::clone(&provider), &message(len));
            let chunks = len.div_ceil(CHUNK).max(1);
            assert_eq!(sealed.bytes.len(), sealed.header_len + len + 16 * chunks);
            let (verdict, out) = sealed.open(&sealed.bytes);
            verdict.unwrap();
            assert_eq!(out, message(len), "{provider:?} at {len}");
        }
    }
}

#[test]
fn chunks_cannot_be_cut_off_swapped_repeated_or_added() {
    for provider in engines() {
        let sealed = Sealed::new(provider, &message(3 * CHUNK));
        let (header, a, b, c) =
            (sealed.header(), sealed.chunk(0), sealed.chunk(1), sealed.chunk(2));
        for (parts, left, what) in [
            (vec![header, a, b], CHUNK, "the last chunk cut off"),
            (vec![header, a], 0, "two chunks cut off"),
            (vec![header], 0, "all chunks cut off"),
            (vec![header, b, a, c], 0, "two chunks swapped"),
            (vec![header, a, a, b, c], CHUNK, "a chunk repeated"),
            (vec![header, a, c], CHUNK, "a chunk left out"),
            (vec![header, a, b, c, c], 2 * CHUNK, "the last chunk repeated"),
            (vec![header, a, b, c, &c[..16]], 2 * CHUNK, "a tag added"),
            (vec![header, a, b, c, &[0]], 2 * CHUNK, "a byte added"),
            (vec![header, a, b, &c[..c.len() - 1]], 2 * CHUNK, "a byte cut off"),
        ] {
            let (verdict, out) = sealed.open(&parts.concat());
            assert!(matches!(verdict, Err(Error::Refused)), "{what}: {verdict:?}");
            assert_eq!(out, message(left), "{what}: only checked chunks leave");
        }
    }
}

#[test]
fn every_byte_counts() {
    for provider in engines() {
        let sealed = Sealed::new(provider, &message(100));
        for place in 0..sealed.bytes.len() {
            let mut changed = sealed.bytes.clone();
            changed[place] ^= 1;
            let (verdict, out) = sealed.open(&changed);
            assert!(verdict.is_err(), "byte {place} may be changed");
            assert!(out.is_empty(), "byte {place}");
            assert!(sealed.open(&sealed.bytes[..place]).0.is_err(), "cut to {place}");
        }
    }
}

#[test]
fn chunks_of_two_files_do_not_mix() {
    let provider = common::provider(Suite::Gm, gmca_bccsp::EngineChoice::Auto);
    let one = Sealed::new(Arc::clone(&provider), &message(2 * CHUNK));
    let mut other = Vec::new();
    let public = one.key.encryption_key();
    seal::encrypt(&*provider, &**public, &mut &message(2 * CHUNK)[..], &mut other).unwrap();
    let mixed = [one.header(), one.chunk(0), &other[other.len() - SEALED_CHUNK..]].concat();
    assert!(matches!(one.open(&mixed).0, Err(Error::Refused)));
}

/// Only the holder of the content key can make one, so this plays him.
#[test]
fn an_empty_last_chunk_after_others_is_refused() {
    for provider in engines() {
        let sealed = Sealed::new(Arc::clone(&provider), &message(CHUNK));
        let header = sealed.header();
        let content_key = sealed.key.decrypt(&header[12..header.len() - 7]).unwrap();
        let hazmat = provider.hazmat().unwrap();
        let aead = hazmat.nonce_aead(AeadMode::Gcm, content_key.expose(), 12, 16).unwrap();
        let chunk = |number: u8, last: u8, data: &[u8]| {
            let nonce = [&header[header.len() - 7..], &[0, 0, 0, number, last]].concat();
            aead.seal(&nonce, header, data).unwrap()
        };
        let same = [header, &chunk(0, 1, &message(CHUNK))].concat();
        assert_eq!(same, sealed.bytes, "this is how chunks are sealed");
        let forged = [header, &chunk(0, 0, &message(CHUNK)), &chunk(1, 1, &[])].concat();
        assert!(matches!(sealed.open(&forged).0, Err(Error::Refused)));
    }
}

#[test]
fn a_file_says_its_family_and_the_other_one_is_named() {
    let all = engines();
    for provider in &all {
        let sealed = Sealed::new(Arc::clone(provider), b"x");
        assert_eq!(seal::suite_of(&sealed.bytes), Some(provider.suite()));
        assert_eq!(seal::suite_of(&sealed.bytes[..9]), None);
        for other in all.iter().filter(|other| other.suite() != provider.suite()) {
            let key = other.generate_decryption_key().unwrap();
            let verdict = seal::decrypt(&**other, &*key, &mut &sealed.bytes[..], &mut Vec::new());
            assert!(matches!(verdict, Err(Error::Misuse(_))), "{verdict:?}");
        }
    }
    assert_eq!(seal::suite_of(b"gmcaseal\x02\x01"), None, "another version");
    assert_eq!(seal::suite_of(b"PK"), None);
}
