// SPDX-License-Identifier: Apache-2.0
//! The traits of the `aead` crate, with the lengths of RFC 8998: nonces of 12 bytes, tags of 16.

use super::{Sm4Ccm, Sm4Gcm};
use aead::consts::{U12, U16};
use aead::inout::InOutBuf;
use aead::{
    AeadCore, AeadInOut, Error, Key, KeyInit, KeySizeUser, Nonce, Result, Tag, TagPosition,
};
use zeroize::ZeroizeOnDrop;

impl KeySizeUser for Sm4Gcm {
    type KeySize = U16;
}

impl KeyInit for Sm4Gcm {
    fn new(key: &Key<Self>) -> Self {
        Sm4Gcm::new(&key.0)
    }
}

impl AeadCore for Sm4Gcm {
    type NonceSize = U12;
    type TagSize = U16;
    const TAG_POSITION: TagPosition = TagPosition::Postfix;
}

impl AeadInOut for Sm4Gcm {
    fn encrypt_inout_detached(
        &self,
        nonce: &Nonce<Self>,
        associated_data: &[u8],
        buffer: InOutBuf<'_, '_, u8>,
    ) -> Result<Tag<Self>> {
        let data = buffer.into_out_with_copied_in();
        self.seal(nonce, associated_data, data).map(Into::into).map_err(|_| Error)
    }

    fn decrypt_inout_detached(
        &self,
        nonce: &Nonce<Self>,
        associated_data: &[u8],
        buffer: InOutBuf<'_, '_, u8>,
        tag: &Tag<Self>,
    ) -> Result<()> {
        let data = buffer.into_out_with_copied_in();
        self.open(nonce, associated_data, data, tag).map_err(|_| Error)
    }
}

impl ZeroizeOnDrop for Sm4Gcm {}

impl KeySizeUser for Sm4Ccm {
    type KeySize = U16;
}

impl KeyInit for Sm4Ccm {
    fn new(key: &Key<Self>) -> Self {
        Sm4Ccm::new(&key.0)
    }
}

impl AeadCore for Sm4Ccm {
    type NonceSize = U12;
    type TagSize = U16;
    const TAG_POSITION: TagPosition = TagPosition::Postfix;
}

impl AeadInOut for Sm4Ccm {
    fn encrypt_inout_detached(
        &self,
        nonce: &Nonce<Self>,
        associated_data: &[u8],
        buffer: InOutBuf<'_, '_, u8>,
    ) -> Result<Tag<Self>> {
        let data = buffer.into_out_with_copied_in();
        self.seal(nonce, associated_data, data, 16).map(Into::into).map_err(|_| Error)
    }

    fn decrypt_inout_detached(
        &self,
        nonce: &Nonce<Self>,
        associated_data: &[u8],
        buffer: InOutBuf<'_, '_, u8>,
        tag: &Tag<Self>,
    ) -> Result<()> {
        let data = buffer.into_out_with_copied_in();
        self.open(nonce, associated_data, data, tag).map_err(|_| Error)
    }
}

impl ZeroizeOnDrop for Sm4Ccm {}
