// SPDX-License-Identifier: Apache-2.0
//! An envelope opened layer by layer, each layer kept as the bytes that travelled.
//!
//! Not here: whether the signer may do what the envelope asks for.

use crate::error::{decode, encode};
use crate::{ConfigUpdate, Error, Transaction};
use bccsp::{Context, HashAlgorithm, Providers, SigningKey};
use proto::common::{self, HeaderType};
use proto::{Bytes, SignedData};

/// A signed message to a channel: a transaction, a change of its configuration, a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    payload: Bytes,
    signature: Bytes,
    headers: Headers,
    data: Bytes,
}

impl Envelope {
    /// Opens a serialized `common.Envelope`. Nothing is judged.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the layer that cannot be read.
    pub fn open(bytes: impl Into<Bytes>) -> Result<Self, Error> {
        Self::from_message(decode("envelope", &bytes.into())?)
    }

    /// The same for an envelope whose outermost layer was read already.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_message(envelope: common::Envelope) -> Result<Self, Error> {
        let common::Envelope { payload, signature } = envelope;
        let common::Payload { header, data } = decode("payload of an envelope", &payload)?;
        let header =
            header.ok_or_else(|| Error::malformed("payload of an envelope", "it has no header"))?;
        Ok(Self { payload, signature, headers: Headers::from_message(header)?, data })
    }

    /// What the signer signed.
    #[must_use]
    pub fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// The signature, DER; empty when nobody signed (yet).
    #[must_use]
    pub fn signature(&self) -> &Bytes {
        &self.signature
    }

    /// The two headers.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// What the headers are about, in the form that the type in the channel header says.
    #[must_use]
    pub fn data(&self) -> &Bytes {
        &self.data
    }

    /// The signature with what it is over.
    #[must_use]
    pub fn signed_data(&self) -> SignedData {
        SignedData {
            identity: self.headers.creator().clone(),
            message: vec![self.payload.clone()],
            signature: self.signature.clone(),
        }
    }

    /// The transaction of an `ENDORSER_TRANSACTION`, opened.
    ///
    /// # Errors
    /// [`Error::Malformed`], also for an envelope of another type.
    pub fn transaction(&self) -> Result<Transaction, Error> {
        self.expect(HeaderType::EndorserTransaction, "endorser transaction")?;
        Transaction::open(&self.data)
    }

    /// The content of a `CONFIG` envelope, whose bytes are [`data`](Self::data): the
    /// configuration, and the envelope that asked for it.
    ///
    /// # Errors
    /// [`Error::Malformed`], also for an envelope of another type.
    pub fn config(&self) -> Result<common::ConfigEnvelope, Error> {
        self.expect(HeaderType::Config, "config envelope")?;
        decode("config envelope", &self.data)
    }

    /// The content of a `CONFIG_UPDATE` envelope: what is to change, and who signed for it.
    ///
    /// # Errors
    /// [`Error::Malformed`], also for an envelope of another type.
    pub fn config_update(&self) -> Result<ConfigUpdate, Error> {
        self.expect(HeaderType::ConfigUpdate, "config update")?;
        ConfigUpdate::open(&self.data)
    }

    /// The envelope as a message again, for sending it on.
    #[must_use]
    pub fn to_message(&self) -> common::Envelope {
        common::Envelope { payload: self.payload.clone(), signature: self.signature.clone() }
    }

    fn expect(&self, kind: HeaderType, what: &'static str) -> Result<(), Error> {
        if self.headers.kind() == Some(kind) {
            return Ok(());
        }
        let found = match self.headers.kind() {
            Some(kind) => kind.as_str_name().to_owned(),
            None => self.headers.channel_header().r#type.to_string(),
        };
        Err(Error::malformed(what, format!("the channel header says type {found}")))
    }
}

/// Where a message goes and who sends it: the headers of envelopes and of proposals.
#[derive(Clone, Debug, PartialEq)]
pub struct Headers {
    channel_header_bytes: Bytes,
    channel_header: common::ChannelHeader,
    signature_header_bytes: Bytes,
    signature_header: common::SignatureHeader,
}

impl Headers {
    /// Opens a serialized `common.Header`.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn open(bytes: &Bytes) -> Result<Self, Error> {
        Self::from_message(decode("header", bytes)?)
    }

    /// The same for a header whose outer layer was read already.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_message(header: common::Header) -> Result<Self, Error> {
        let common::Header { channel_header, signature_header } = header;
        Ok(Self {
            channel_header: decode("channel header", &channel_header)?,
            signature_header: decode("signature header", &signature_header)?,
            channel_header_bytes: channel_header,
            signature_header_bytes: signature_header,
        })
    }

    /// The two layers as a message again.
    #[must_use]
    pub fn to_message(&self) -> common::Header {
        common::Header {
            channel_header: self.channel_header_bytes.clone(),
            signature_header: self.signature_header_bytes.clone(),
        }
    }

    /// The channel header as it travelled.
    #[must_use]
    pub fn channel_header_bytes(&self) -> &Bytes {
        &self.channel_header_bytes
    }

    /// Type, channel, transaction id, time and extension.
    #[must_use]
    pub fn channel_header(&self) -> &common::ChannelHeader {
        &self.channel_header
    }

    /// The signature header as it travelled.
    #[must_use]
    pub fn signature_header_bytes(&self) -> &Bytes {
        &self.signature_header_bytes
    }

    /// Who sends it: a serialized `msp.SerializedIdentity`. Empty in a genesis block.
    #[must_use]
    pub fn creator(&self) -> &Bytes {
        &self.signature_header.creator
    }

    /// Random bytes, 24 by custom. Some clients leave them out of requests.
    #[must_use]
    pub fn nonce(&self) -> &Bytes {
        &self.signature_header.nonce
    }

    /// The type in the channel header, where it is a known one.
    #[must_use]
    pub fn kind(&self) -> Option<HeaderType> {
        HeaderType::try_from(self.channel_header.r#type).ok()
    }

    /// Compares the stated transaction id with nonce and creator. Config transactions made by an
    /// orderer have none, and nobody asks them.
    ///
    /// # Errors
    /// [`Error::Mismatch`]; [`Error::Crypto`] as [`transaction_id`].
    pub fn check_transaction_id(&self, providers: &Providers) -> Result<(), Error> {
        let computed = transaction_id(self.nonce(), self.creator(), providers)?;
        let stated = &self.channel_header.tx_id;
        if *stated == computed {
            return Ok(());
        }
        // Foreign text: quoted, so that it makes no lines of its own, and not longer than needed.
        let stated = format!("{:?}", stated.chars().take(computed.len()).collect::<String>());
        Err(Error::Mismatch { what: "transaction id".to_owned(), stated, computed })
    }
}

/// The name of a transaction: lower-case hex of the hash of nonce ‖ creator. Clients compute it
/// with [`HashAlgorithm::FABRIC_CLIENT`] in channels of every family.
///
/// # Errors
/// [`Error::Crypto`] when this process has no provider with that function.
pub fn transaction_id(
    nonce: &[u8],
    creator: &[u8],
    providers: &Providers,
) -> Result<String, Error> {
    let hash = providers.hash(HashAlgorithm::FABRIC_CLIENT)?;
    Ok(hash.digest(&[nonce, creator]).to_string())
}

/// Signs a serialized `common.Payload` as the creator that its signature header names.
///
/// # Errors
/// [`Error::Crypto`].
pub fn sign_payload(
    payload: impl Into<Bytes>,
    key: &dyn SigningKey,
) -> Result<common::Envelope, Error> {
    let payload = payload.into();
    let signature = key.sign(Context::Fabric, &[&payload])?.into_vec().into();
    Ok(common::Envelope { payload, signature })
}

/// Joins headers and data to the bytes that their sender signs.
#[must_use]
pub fn payload(
    channel_header: &common::ChannelHeader,
    signature_header: &common::SignatureHeader,
    data: Bytes,
) -> Bytes {
    let header = common::Header {
        channel_header: encode(channel_header),
        signature_header: encode(signature_header),
    };
    encode(&common::Payload { header: Some(header), data })
}

/// The type in the channel header of a serialized envelope, where all layers down to it are read.
pub(crate) fn header_type(bytes: &Bytes) -> Option<HeaderType> {
    let envelope: common::Envelope = decode("envelope", bytes).ok()?;
    let payload: common::Payload = decode("payload", &envelope.payload).ok()?;
    let header: common::ChannelHeader = decode("header", &payload.header?.channel_header).ok()?;
    HeaderType::try_from(header.r#type).ok()
}
