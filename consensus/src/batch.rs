// SPDX-License-Identifier: Apache-2.0
//! What is agreed on: envelopes that will be one block, in their order.
#![deny(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

use proto::Bytes;

/// Whether a batch changes the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKind {
    /// Transactions.
    Normal = 0,
    /// One envelope that changes the configuration.
    Config = 1,
}

/// Envelopes that will be one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    kind: BatchKind,
    sequence: u64,
    envelopes: Vec<Bytes>,
}

/// Bytes that are no batch, and why not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("batch: {0}")]
pub struct NotABatch(&'static str);

/// The form of the bytes; another is refused.
const VERSION: u8 = 1;
/// Version, kind, sequence, number of envelopes.
const HEAD: usize = 1 + 1 + 8 + 4;

impl Batch {
    /// Transactions that were all admitted under the configuration with that sequence, at least
    /// one, each in its canonical form.
    #[must_use]
    pub fn normal(sequence: u64, envelopes: Vec<Bytes>) -> Self {
        Self { kind: BatchKind::Normal, sequence, envelopes }
    }

    /// An envelope that makes the configuration behind the one with that sequence.
    #[must_use]
    pub fn config(sequence: u64, envelope: Bytes) -> Self {
        Self { kind: BatchKind::Config, sequence, envelopes: vec![envelope] }
    }

    /// Whether it changes the configuration.
    #[must_use]
    pub fn kind(&self) -> BatchKind {
        self.kind
    }

    /// Sequence of the configuration under which its envelopes were admitted.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The envelopes in their order.
    #[must_use]
    pub fn envelopes(&self) -> &[Bytes] {
        &self.envelopes
    }

    /// The envelopes in their order.
    #[must_use]
    pub fn into_envelopes(self) -> Vec<Bytes> {
        self.envelopes
    }

    /// Version 1: a byte of version, one of kind, sequence (8 bytes, big-endian), number of
    /// envelopes (4), and for each its length (4) and its bytes.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let sizes = self.envelopes.iter().map(|envelope| envelope.len().saturating_add(4));
        let size = sizes.fold(HEAD, usize::saturating_add);
        let mut out = Vec::with_capacity(size);
        out.extend([VERSION, self.kind as u8]);
        out.extend(self.sequence.to_be_bytes());
        out.extend(length(self.envelopes.len()));
        for envelope in &self.envelopes {
            out.extend(length(envelope.len()));
            out.extend_from_slice(envelope);
        }
        out.into()
    }

    /// Reads what [`encode`](Self::encode) wrote; the envelopes share its bytes.
    ///
    /// # Errors
    /// [`NotABatch`], also for a version that is newer than this program.
    pub fn decode(bytes: &Bytes) -> Result<Self, NotABatch> {
        let mut rest = bytes.clone();
        let [version, kind] = take(&mut rest)?;
        if version != VERSION {
            return Err(NotABatch("it has a version that this program does not know; update it"));
        }
        let kind = match kind {
            0 => BatchKind::Normal,
            1 => BatchKind::Config,
            _ => return Err(NotABatch("its kind is neither transactions nor configuration")),
        };
        let sequence = u64::from_be_bytes(take(&mut rest)?);
        let number = u32::from_be_bytes(take(&mut rest)?);
        let envelopes = (0..number).map(|_| envelope(&mut rest)).collect::<Result<Vec<_>, _>>()?;
        match (kind, envelopes.len()) {
            _ if !rest.is_empty() => Err(NotABatch("there are bytes behind its end")),
            (_, 0) => Err(NotABatch("it has no envelope")),
            (BatchKind::Config, 2..) => Err(NotABatch("a configuration has company")),
            _ => Ok(Self { kind, sequence, envelopes }),
        }
    }
}

/// Envelopes are at most 100 MiB by configuration, and a batch is at most `u32::MAX` of them.
fn length(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes()
}

fn take<const N: usize>(rest: &mut Bytes) -> Result<[u8; N], NotABatch> {
    let bytes = *rest.first_chunk().ok_or(NotABatch("it ends too early"))?;
    let _ = rest.split_to(N);
    Ok(bytes)
}

fn envelope(rest: &mut Bytes) -> Result<Bytes, NotABatch> {
    let length = usize::try_from(u32::from_be_bytes(take(rest)?)).unwrap_or(usize::MAX);
    if rest.len() < length {
        return Err(NotABatch("an envelope ends too early"));
    }
    Ok(rest.split_to(length))
}
