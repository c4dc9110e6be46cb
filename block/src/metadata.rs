// SPDX-License-Identifier: Apache-2.0
//! What travels with a block and is not hashed: signatures, validity flags, the commit hash.
//!
//! Two nodes may hold equal blocks with unequal metadata: each orderer signs for itself, and only
//! peers write flags and commit hash. Not here: judging signatures (`msp`, `channel`).

use crate::error::{decode, encode};
use crate::{Error, Header};
use bccsp::{Context, Digest, SigningKey};
use proto::common::{self, BlockMetadataIndex, OrdererBlockMetadata};
use proto::gmca::TransactionTree;
use proto::protos::TxValidationCode;
use proto::{Bytes, SignedData};

/// A place in the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A `Metadata` whose value is an `OrdererBlockMetadata`, and the orderers' signatures.
    Signatures = BlockMetadataIndex::Signatures as isize,
    /// Was once the last config block; now part of the first slot's value, and empty here.
    LastConfig = BlockMetadataIndex::LastConfig as isize,
    /// One byte for each transaction: its `TxValidationCode`. Written by peers.
    TransactionsFilter = BlockMetadataIndex::TransactionsFilter as isize,
    /// Unused.
    Orderer = BlockMetadataIndex::Orderer as isize,
    /// A `Metadata` whose value is the commit hash. Written by peers.
    CommitHash = BlockMetadataIndex::CommitHash as isize,
}

/// The slots as they travelled. Blocks have four or five of them, or more to come: a slot that is
/// not there reads as empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata(Vec<Bytes>);

impl Metadata {
    /// How many slots are written.
    pub const SLOTS: usize = 5;

    /// The bytes of a slot.
    #[must_use]
    pub fn slot(&self, slot: Slot) -> &Bytes {
        static EMPTY: Bytes = Bytes::new();
        self.0.get(slot as usize).unwrap_or(&EMPTY)
    }

    /// All slots that are there.
    #[must_use]
    pub fn slots(&self) -> &[Bytes] {
        &self.0
    }

    /// Writes a slot. Slots in front of it are added where they are missing.
    pub fn set(&mut self, slot: Slot, bytes: impl Into<Bytes>) {
        let place = slot as usize;
        if self.0.len() <= place {
            self.0.resize(Self::SLOTS, Bytes::new());
        }
        if let Some(slot) = self.0.get_mut(place) {
            *slot = bytes.into();
        }
    }

    /// The value that orderers sign, and their signatures.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn signed(&self) -> Result<common::Metadata, Error> {
        decode("signatures of a block", self.slot(Slot::Signatures))
    }

    /// What orderers say beside the block: last config block and data of their consensus.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn orderer(&self) -> Result<OrdererBlockMetadata, Error> {
        decode("orderer's part of the metadata", &self.signed()?.value)
    }

    /// Number of the config block in force after this one, which is this one if it is one. A block
    /// that says nothing means the genesis block.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn last_config(&self) -> Result<u64, Error> {
        Ok(self.orderer()?.last_config.unwrap_or_default().index)
    }

    /// The Merkle tree over the transactions, where the orderer states one.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn tree(&self) -> Result<Option<TransactionTree>, Error> {
        Ok(self.orderer()?.transaction_tree)
    }

    /// The signatures, with what each is over: value ‖ `signature_header` ‖ header. Whether they
    /// suffice is for the channel's policy to say; there may be none.
    ///
    /// # Errors
    /// [`Error::Malformed`], also for a signature header that is not in the one form of creator and
    /// nonce; [`Error::Unsupported`] for a signature that names a consenter by its
    /// number (BFT), which only the channel's configuration turns into an identity.
    pub fn signatures(&self, header: &Header) -> Result<Vec<SignedData>, Error> {
        let common::Metadata { value, signatures } = self.signed()?;
        let header = Bytes::from(header.to_der());
        let signed = signatures.into_iter().map(|signature| {
            if !signature.identifier_header.is_empty() {
                return Err(Error::Unsupported(
                    "a block signature by consenter number (BFT); its signer is found in the \
                     channel's consenter mapping",
                ));
            }
            if signature.signature_header.is_empty() {
                return Err(Error::malformed("block signature", "it names no signer"));
            }
            let signer: common::SignatureHeader =
                decode("signature header of a block signature", &signature.signature_header)?;
            // What is signed is joined without a mark between the parts. A header with nothing in
            // it but creator and nonce begins at one place only: else the end of the value could be
            // shown as fields in front of the creator's, and the tree or the last configuration
            // would be gone under a signature that still holds.
            if encode(&signer) != signature.signature_header {
                let why = "its header is more than creator and nonce";
                return Err(Error::malformed("block signature", why));
            }
            Ok(SignedData {
                identity: signer.creator,
                message: vec![value.clone(), signature.signature_header, header.clone()],
                signature: signature.signature,
            })
        });
        signed.collect()
    }

    /// Writes what orderers say. Signatures that are there are dropped: they are over another value.
    pub fn set_orderer(&mut self, orderer: &OrdererBlockMetadata) {
        let signed = common::Metadata { value: encode(orderer), signatures: Vec::new() };
        self.set(Slot::Signatures, encode(&signed));
    }

    /// Adds a signature over what [`set_orderer`](Self::set_orderer) wrote and over the header.
    /// `identity` is a serialized `msp.SerializedIdentity` with the public half of `key`; `nonce`
    /// is 24 random bytes, by custom.
    ///
    /// # Errors
    /// [`Error::Crypto`]; [`Error::Malformed`] when the slot holds something else.
    pub fn sign(
        &mut self,
        header: &Header,
        identity: &Bytes,
        key: &dyn SigningKey,
        nonce: &Bytes,
    ) -> Result<(), Error> {
        let mut signed = self.signed()?;
        let signer = common::SignatureHeader { creator: identity.clone(), nonce: nonce.clone() };
        let signer = encode(&signer);
        let message: [&[u8]; 3] = [&signed.value, &signer, &header.to_der()];
        let signature = key.sign(Context::Fabric, &message)?.into_vec();
        signed.signatures.push(common::MetadataSignature {
            signature_header: signer,
            signature: signature.into(),
            identifier_header: Bytes::new(),
        });
        self.set(Slot::Signatures, encode(&signed));
        Ok(())
    }

    /// The validity codes as they stand, one byte for each transaction; empty on orderers.
    #[must_use]
    pub fn filter(&self) -> &Bytes {
        self.slot(Slot::TransactionsFilter)
    }

    /// The verdict on a transaction, counted from 0. `None` when there is no flag for it or the
    /// code is unknown; [`filter`](Self::filter) has the byte.
    #[must_use]
    pub fn verdict(&self, transaction: usize) -> Option<TxValidationCode> {
        let code = self.filter().get(transaction)?;
        TxValidationCode::try_from(i32::from(*code)).ok()
    }

    /// Writes the verdicts, one for each transaction.
    pub fn set_filter(&mut self, verdicts: &[TxValidationCode]) {
        let codes: Vec<u8> =
            verdicts.iter().map(|code| u8::try_from(*code as i32).unwrap_or(u8::MAX)).collect();
        self.set(Slot::TransactionsFilter, codes);
    }

    /// The hash over all verdicts and updates up to this block, where a peer wrote one.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn commit_hash(&self) -> Result<Option<Bytes>, Error> {
        let bytes = self.slot(Slot::CommitHash);
        if bytes.is_empty() {
            return Ok(None);
        }
        Ok(Some(decode::<common::Metadata>("commit hash of a block", bytes)?.value))
    }

    /// Writes the commit hash.
    pub fn set_commit_hash(&mut self, hash: &Digest) {
        let value = Bytes::copy_from_slice(hash.as_ref());
        let metadata = common::Metadata { value, signatures: Vec::new() };
        self.set(Slot::CommitHash, encode(&metadata));
    }
}

impl Default for Metadata {
    /// Five empty slots.
    fn default() -> Self {
        Self(vec![Bytes::new(); Self::SLOTS])
    }
}

impl From<common::BlockMetadata> for Metadata {
    fn from(metadata: common::BlockMetadata) -> Self {
        Self(metadata.metadata)
    }
}

impl From<Metadata> for common::BlockMetadata {
    fn from(metadata: Metadata) -> Self {
        Self { metadata: metadata.0 }
    }
}
