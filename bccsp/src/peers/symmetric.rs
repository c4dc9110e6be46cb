// SPDX-License-Identifier: Apache-2.0
//! Digests and block modes by `sm3`, `sha2`, and `sm4` and `aes` under `aes-gcm`, `ccm`, `ctr`, `cbc`.

use super::{Peer, peer};
use crate::Suite;
use ::cipher::array::Array;
use ::cipher::consts::{U12, U16};
use ::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser,
    InnerIvInit, KeyInit, KeySizeUser, StreamCipher, StreamCipherCoreWrapper,
};
use aead::AeadInOut;
use alloc::vec;
use alloc::vec::Vec;
use core::hint::black_box;
use digest::Digest;

type Block = Array<u8, U16>;

const KEY: [u8; 16] = [7; 16];
const NONCE: [u8; 12] = [3; 12];

pub(super) fn add(size: usize, peers: &mut Vec<Peer>) {
    hash::<sm3::Sm3>("sm3", Suite::Gm, size, peers);
    hash::<sha2::Sha256>("sha2", Suite::Nist, size, peers);
    block_modes::<sm4::Sm4>(["sm4", "sm4"], Suite::Gm, size, peers);
    block_modes::<aes::Aes128>(["aes-gcm", "aes"], Suite::Nist, size, peers);
}

fn hash<D: Digest>(name: &str, suite: Suite, size: usize, peers: &mut Vec<Peer>) {
    let message = vec![0x5a_u8; size];
    peers.push(peer(name, suite, "hash", size, move || {
        !black_box(D::digest(black_box(&message))).is_empty()
    }));
}

/// A cipher of 16-byte blocks under keys of 16 bytes.
trait Sixteen:
    BlockCipherEncrypt
    + BlockCipherDecrypt
    + BlockSizeUser<BlockSize = U16>
    + KeySizeUser<KeySize = U16>
    + KeyInit
    + 'static
{
}

impl<C> Sixteen for C where
    C: BlockCipherEncrypt
        + BlockCipherDecrypt
        + BlockSizeUser<BlockSize = U16>
        + KeySizeUser<KeySize = U16>
        + KeyInit
        + 'static
{
}

/// The names are those of the crates of the sealing and the bare modes.
fn block_modes<C: Sixteen>(
    [sealing, bare]: [&str; 2],
    suite: Suite,
    size: usize,
    peers: &mut Vec<Peer>,
) {
    let key = Array(KEY);
    let gcm: aes_gcm::AesGcm<C, U12> = KeyInit::new(&key);
    seal(sealing, suite, ["GCM seal", "GCM open"], size, gcm, peers);
    let ccm: ccm::Ccm<C, U16, U12> = KeyInit::new(&key);
    seal(bare, suite, ["CCM seal", "CCM open"], size, ccm, peers);
    let mut data = vec![0x5a_u8; size];
    let cipher = C::new(&key);
    peers.push(peer(bare, suite, "CTR", size, move || {
        let core = ctr::CtrCore::<_, ctr::flavors::Ctr128BE>::inner_iv_init(&cipher, &iv());
        StreamCipherCoreWrapper::from_core(core).try_apply_keystream(&mut data).is_ok()
    }));
    let (mut data, cipher) = (vec![0x5a_u8; size], C::new(&key));
    peers.push(peer(bare, suite, "ECB encrypt", size, move || {
        cipher.encrypt_blocks(blocks(&mut data));
        true
    }));
    let (mut data, cipher) = (vec![0x5a_u8; size], C::new(&key));
    peers.push(peer(bare, suite, "CBC encrypt", size, move || {
        cbc::Encryptor::inner_iv_init(&cipher, &iv()).encrypt_blocks(blocks(&mut data));
        true
    }));
    let (mut data, cipher) = (vec![0x5a_u8; size], C::new(&key));
    peers.push(peer(bare, suite, "CBC decrypt", size, move || {
        cbc::Decryptor::inner_iv_init(&cipher, &iv()).decrypt_blocks(blocks(&mut data));
        true
    }));
}

/// Opening copies the ciphertext first, for it is gone afterwards.
fn seal<A>(
    name: &str,
    suite: Suite,
    [seal, open]: [&'static str; 2],
    size: usize,
    key: A,
    peers: &mut Vec<Peer>,
) where
    A: AeadInOut<NonceSize = U12, TagSize = U16> + 'static,
{
    let mut data = vec![0x5a_u8; size];
    let key = alloc::rc::Rc::new(key);
    let sealer = alloc::rc::Rc::clone(&key);
    let tag = key.encrypt_inout_detached(&Array(NONCE), b"", data.as_mut_slice().into());
    let Ok(tag) = tag else { return };
    let (sealed, mut buffer) = (data.clone(), vec![0_u8; size]);
    peers.push(peer(name, suite, seal, size, move || {
        let tag = sealer.encrypt_inout_detached(&Array(NONCE), b"", data.as_mut_slice().into());
        black_box(tag).is_ok()
    }));
    peers.push(peer(name, suite, open, size, move || {
        buffer.copy_from_slice(&sealed);
        let data = buffer.as_mut_slice().into();
        key.decrypt_inout_detached(&Array(NONCE), b"", data, &tag).is_ok()
    }));
}

fn iv() -> Block {
    Block::default()
}

fn blocks(data: &mut [u8]) -> &mut [Block] {
    Block::slice_as_chunks_mut(data).0
}
