// SPDX-License-Identifier: Apache-2.0
//! What a block is: header bytes, hashes, links, signatures to check, metadata, transactions, and
//! proofs that one was ordered.
//!
//! ```
//! use bccsp::{Context, EngineChoice, Providers, Suite};
//! use gmca_block::{Block, Proposal, Request, sign_payload};
//! use proto::{prost::Message, protos::{ChaincodeAction, Response}};
//!
//! let providers = Providers::new(Suite::Gm, EngineChoice::Auto)?; // or Suite::Nist
//! let (provider, hash) = (providers.default_provider(), providers.default_provider().hash()?);
//! let (client, peer, orderer) = (provider.generate_signing_key()?, provider.generate_signing_key()?,
//!     provider.generate_signing_key()?);
//!
//! // A client proposes, a peer endorses, the client signs the transaction.
//! let request = Request { channel: "ch1", chaincode: "basic", creator: "client".into(),
//!     nonce: "never twice".into(), ..Request::default() };
//! let proposal = Proposal::new(request, &providers)?;
//! let result = ChaincodeAction {
//!     response: Some(Response { status: 200, ..Response::default() }), ..ChaincodeAction::default() };
//! let response = proposal.endorse(&result, hash, &"peer".into(), &*peer)?;
//! let transaction = sign_payload(proposal.assemble(&[response])?, &*client)?;
//!
//! // An orderer makes a block of it and signs.
//! let mut block = Block::new(7, [0; 32].to_vec(), vec![transaction.encode_to_vec().into()], hash);
//! block.metadata_mut().set_orderer(&proto::common::OrdererBlockMetadata::default());
//! block.sign(&"orderer".into(), &*orderer, &"never twice".into())?;
//!
//! // Anybody checks what arrives.
//! let block = Block::decode(block.encode())?;
//! block.check(hash)?;
//! for signed in block.signatures()? {
//!     assert_eq!(signed.identity, "orderer"); // in earnest a certificate: see the `msp` crate
//!     let message: Vec<&[u8]> = signed.message.iter().map(|part| &part[..]).collect();
//!     orderer.verifying_key().verify(Context::Fabric, &message, &signed.signature)?;
//! }
//! # Ok::<(), gmca_block::Error>(())
//! ```
//!
//! A block does not say which hash function its chain uses: that is an argument everywhere, the
//! function in force for the block. What was signed stays the bytes that travelled.
//!
//! Not here: whether an identity may sign (`msp`, `channel`), whether a transaction is valid
//! (`peer`), where blocks are kept (`ledger`); any disk, network or clock.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod block;
pub mod canonical;
mod commit;
mod config_update;
mod envelope;
mod error;
mod header;
mod metadata;
mod proof;
mod proposal;
mod rwset;
mod transaction;
pub mod tree;

pub use block::Block;
pub use commit::{NamespaceUpdates, Update, UpdateBatch, UpdateWriter, Version};
pub use config_update::ConfigUpdate;
pub use envelope::{Envelope, Headers, payload, sign_payload, transaction_id};
pub use error::Error;
pub use header::Header;
pub use metadata::{Metadata, Slot};
pub use proof::{Proof, Proven, Under};
pub use proposal::{Proposal, Request};
pub use rwset::{Collection, Namespace, ReadWriteSet};
pub use transaction::{Action, Transaction};
