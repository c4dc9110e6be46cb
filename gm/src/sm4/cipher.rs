// SPDX-License-Identifier: Apache-2.0
//! The traits of the `cipher` crate, so that its modes run on [`Sm4`].

use super::{Block, Sm4};
use cipher::array::Array;
use cipher::consts::{U16, U64};
use cipher::inout::{InOut, InOutBuf};
use cipher::{
    BlockCipherDecBackend, BlockCipherDecClosure, BlockCipherDecrypt, BlockCipherEncBackend,
    BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, Key, KeyInit, KeySizeUser, ParBlocks,
    ParBlocksSizeUser,
};
use zeroize::ZeroizeOnDrop;

impl KeySizeUser for Sm4 {
    type KeySize = U16;
}

impl KeyInit for Sm4 {
    fn new(key: &Key<Self>) -> Self {
        Sm4::new(&key.0)
    }
}

impl BlockSizeUser for Sm4 {
    type BlockSize = U16;
}

/// As many as the widest level takes at once.
impl ParBlocksSizeUser for Sm4 {
    type ParBlocksSize = U64;
}

impl BlockCipherEncrypt for Sm4 {
    #[inline]
    fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = U16>) {
        f.call(self);
    }
}

impl BlockCipherEncBackend for Sm4 {
    #[inline]
    fn encrypt_block(&self, block: InOut<'_, '_, Array<u8, U16>>) {
        self.ecb_encrypt(core::slice::from_mut(&mut block.into_out_with_copied_in().0));
    }

    #[inline]
    fn encrypt_par_blocks(&self, blocks: InOut<'_, '_, ParBlocks<Self>>) {
        self.ecb_encrypt(plain(blocks.into_out_with_copied_in()));
    }

    #[inline]
    fn encrypt_tail_blocks(&self, blocks: InOutBuf<'_, '_, Array<u8, U16>>) {
        self.ecb_encrypt(plain(blocks.into_out_with_copied_in()));
    }
}

impl BlockCipherDecrypt for Sm4 {
    #[inline]
    fn decrypt_with_backend(&self, f: impl BlockCipherDecClosure<BlockSize = U16>) {
        f.call(self);
    }
}

impl BlockCipherDecBackend for Sm4 {
    #[inline]
    fn decrypt_block(&self, block: InOut<'_, '_, Array<u8, U16>>) {
        self.ecb_decrypt(core::slice::from_mut(&mut block.into_out_with_copied_in().0));
    }

    #[inline]
    fn decrypt_par_blocks(&self, blocks: InOut<'_, '_, ParBlocks<Self>>) {
        self.ecb_decrypt(plain(blocks.into_out_with_copied_in()));
    }

    #[inline]
    fn decrypt_tail_blocks(&self, blocks: InOutBuf<'_, '_, Array<u8, U16>>) {
        self.ecb_decrypt(plain(blocks.into_out_with_copied_in()));
    }
}

fn plain(blocks: &mut [Array<u8, U16>]) -> &mut [Block] {
    Array::cast_slice_to_core_mut(blocks)
}

impl ZeroizeOnDrop for Sm4 {}
