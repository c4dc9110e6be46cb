// SPDX-License-Identifier: Apache-2.0
//! What stands at a key, and how it is written down.

use block::Version;
use proto::Bytes;
use proto::kvrwset::{KvMetadataEntry, KvMetadataWrite};
use proto::prost::Message;

/// A version as it stands in a read/write set.
pub(crate) fn version_to_read(version: Version) -> proto::kvrwset::Version {
    proto::kvrwset::Version { block_num: version.block, tx_num: version.transaction }
}

/// A version that stands in a read/write set.
pub(crate) fn version_read(version: proto::kvrwset::Version) -> Version {
    Version { block: version.block_num, transaction: version.tx_num }
}

/// A key that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which transaction wrote value or metadata last.
    pub version: Version,
    /// The value; in a private collection its hash.
    pub value: Bytes,
    /// The metadata, as written down; empty when there is none. See [`metadata`](Self::metadata).
    pub(crate) metadata: Bytes,
}

impl Entry {
    /// The key's metadata: names and values, in the order they were given.
    #[must_use]
    pub fn metadata(&self) -> Vec<KvMetadataEntry> {
        KvMetadataWrite::decode(self.metadata.clone()).map(|all| all.entries).unwrap_or_default()
    }
}

/// Writes metadata down. None gives no bytes.
pub(crate) fn metadata_bytes(entries: &[KvMetadataEntry]) -> Bytes {
    let all = KvMetadataWrite { key: String::new(), entries: entries.to_vec() };
    all.encode_to_vec().into()
}

/// What the table of states has at a key: the newest write of it, even when that deleted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) version: Version,
    /// Value and metadata; `None` when the key was deleted.
    pub(crate) live: Option<(Bytes, Bytes)>,
}

impl Head {
    pub(crate) fn into_entry(self) -> Option<Entry> {
        let (value, metadata) = self.live?;
        Some(Entry { version: self.version, value, metadata })
    }

    /// One byte of flags, block and transaction as varints; then, for a key that lives, the length
    /// of the metadata (when it has any), the metadata, and the value up to the end.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let live = self.live.as_ref().map(|(value, metadata)| (&value[..], &metadata[..]));
        HeadBytes { version: self.version, live }.write(out);
    }

    /// `None` when these are not bytes of ours.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let HeadBytes { version, live } = HeadBytes::read(bytes)?;
        let copied =
            |(value, metadata)| (Bytes::copy_from_slice(value), Bytes::copy_from_slice(metadata));
        Some(Self { version, live: live.map(copied).or_else(deleted) })
    }
}

/// The same where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeadBytes<'a> {
    pub(super) version: Version,
    pub(super) live: Option<(&'a [u8], &'a [u8])>,
}

impl<'a> HeadBytes<'a> {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.clear();
        let metadata = self.live.map_or(&[][..], |(_, metadata)| metadata);
        let deleted = if self.live.is_none() { DELETED } else { 0 };
        out.push(deleted | if metadata.is_empty() { 0 } else { METADATA });
        write_version(self.version, out);
        let Some((value, metadata)) = self.live else { return };
        if !metadata.is_empty() {
            write_varint(metadata.len() as u64, out);
            out.extend_from_slice(metadata);
        }
        out.extend_from_slice(value);
    }

    pub(super) fn read(mut bytes: &'a [u8]) -> Option<Self> {
        let (&flags, rest) = bytes.split_first()?;
        bytes = rest;
        let version = read_version(&mut bytes)?;
        if flags & !(DELETED | METADATA) != 0 {
            return None;
        }
        if flags & DELETED != 0 {
            return Some(Self { version, live: None });
        }
        let mut metadata = &[][..];
        if flags & METADATA != 0 {
            let length = usize::try_from(read_varint(&mut bytes)?).ok()?;
            (metadata, bytes) = bytes.split_at_checked(length)?;
        }
        Some(Self { version, live: Some((bytes, metadata)) })
    }
}

const DELETED: u8 = 1;
const METADATA: u8 = 2;

fn deleted() -> Option<(Bytes, Bytes)> {
    if crate::plant::is(crate::plant::Plant::TombstoneRead) {
        return Some((Bytes::new(), Bytes::new()));
    }
    None
}

/// What a transaction did to a key, in its history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Value,
    Delete,
    /// Only the metadata: no entry of the history that is shown, but a link in its chain.
    Metadata,
}

/// One write in the table of history, and where the write before it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) kind: Kind,
    pub(crate) previous: Option<Version>,
}

impl Link {
    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.clear();
        out.push(match self.kind {
            Kind::Value => 0,
            Kind::Delete => 1,
            Kind::Metadata => 2,
        });
        if let Some(previous) = self.previous {
            write_version(previous, out);
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (&kind, mut bytes) = bytes.split_first()?;
        let kind = match kind {
            0 => Kind::Value,
            1 => Kind::Delete,
            2 => Kind::Metadata,
            _ => return None,
        };
        let previous = if bytes.is_empty() { None } else { Some(read_version(&mut bytes)?) };
        Some(Self { kind, previous })
    }
}

fn write_version(version: Version, out: &mut Vec<u8>) {
    write_varint(version.block, out);
    write_varint(version.transaction, out);
}

fn read_version(bytes: &mut &[u8]) -> Option<Version> {
    Some(Version { block: read_varint(bytes)?, transaction: read_varint(bytes)? })
}

fn write_varint(number: u64, out: &mut Vec<u8>) {
    proto::prost::encoding::encode_varint(number, out);
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    proto::prost::encoding::decode_varint(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let version = Version { block: u64::MAX, transaction: 300 };
        let metadata = metadata_bytes(&[KvMetadataEntry { name: "n".into(), value: "v".into() }]);
        for live in [
            None,
            Some((Bytes::new(), Bytes::new())),
            Some((Bytes::from("value"), Bytes::new())),
            Some((Bytes::from("value"), metadata.clone())),
        ] {
            let (head, mut out) = (Head { version, live }, Vec::new());
            head.write(&mut out);
            assert_eq!(Head::read(&out), Some(head));
        }
        let mut out = Vec::new();
        for kind in [Kind::Value, Kind::Delete, Kind::Metadata] {
            for previous in [None, Some(version)] {
                let link = Link { kind, previous };
                link.write(&mut out);
                assert_eq!(Link::read(&out), Some(link));
            }
        }
        assert_eq!(metadata_bytes(&[]), Bytes::new());
    }

    #[test]
    fn other_bytes_are_refused() {
        for bytes in [&[][..], &[4, 0, 0], &[0, 0x80], &[2, 0, 0, 9, 1]] {
            assert_eq!(Head::read(bytes), None);
        }
        assert_eq!(Link::read(&[3]), None);
        assert_eq!(Link::read(&[0, 0x80]), None);
    }
}
