// SPDX-License-Identifier: Apache-2.0
//! Cases of path validation in the schema of x509-limbo, read one after the other.
//!
//! Such a file is tens of megabytes; only one case of it is in memory at any time.

mod check;
mod der;
mod exceptions;
mod reissue;

pub use check::{Question, question};
pub(crate) use check::{check_file, is_foreign, options};
pub(crate) use exceptions::Exceptions;
pub use reissue::{Families, Reissuer, reissue};

use anyhow::{Context, Result};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{BufReader, Read};
use std::path::Path;

/// What is read of one file at most, unpacked: seven times what upstream has.
const LONGEST: u64 = 256 << 20;

/// Whether a file is of this schema, by its name.
pub(crate) fn is_limbo(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.ends_with("limbo.json") || name.ends_with("limbo.json.zst")
}

/// One case. Certificates and CRLs are in PEM, times as RFC 3339 writes them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name; what stands before `::` is the part of the suite that it is of.
    pub id: String,
    /// Cases that cannot be passed by whoever passes this one.
    pub conflicts_with: Vec<String>,
    /// What a validator must be able to do, or be as strict as, to pass it.
    pub features: Vec<String>,
    /// How much a wrong verdict matters.
    pub importance: String,
    /// What is in it, for people.
    pub description: String,
    /// What the certificate is used for.
    pub validation_kind: Kind,
    /// The trust anchors.
    pub trusted_certs: Vec<String>,
    /// What is at hand besides.
    pub untrusted_intermediates: Vec<String>,
    /// The certificate in question.
    pub peer_certificate: String,
    /// Its private key, which nobody needs.
    pub peer_certificate_key: Option<String>,
    /// When; now if nothing is said.
    pub validation_time: Option<String>,
    /// Algorithms that are wanted; empty in every case so far.
    pub signature_algorithms: Vec<String>,
    /// Key usages that are wanted of the certificate.
    pub key_usage: Vec<String>,
    /// Purposes that are wanted of the certificate.
    pub extended_key_usage: Vec<String>,
    /// The verdict.
    pub expected_result: Verdict,
    /// Whom a client means to talk to.
    pub expected_peer_name: Option<PeerName>,
    /// What the certificate must name, all of it.
    pub expected_peer_names: Vec<PeerName>,
    /// How many intermediate certificates may stand in the path.
    pub max_chain_depth: Option<usize>,
    /// Revocation lists; where there are some, they are looked at.
    pub crls: Vec<String>,
}

/// What the certificate is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// It is a client's.
    Client,
    /// It is a server's.
    Server,
}

/// What comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// There is a path that holds.
    Success,
    /// There is none.
    Failure,
}

/// A name with its kind: `DNS`, `IP` or `RFC822`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PeerName {
    /// Which kind of name.
    pub kind: String,
    /// As people write it.
    pub value: String,
}

/// Reads a file, packed with zstd if its name ends so, and gives each case to `each`.
///
/// # Errors
/// When it cannot be read or is not of the schema, and what `each` gives.
pub fn read(path: &Path, each: impl FnMut(Case) -> Result<()>) -> Result<()> {
    let name = || path.display().to_string();
    let file = BufReader::new(std::fs::File::open(path).with_context(name)?);
    let mut error = None;
    let packed = path.extension().is_some_and(|extension| extension == "zst");
    let result = if packed {
        let unpacked = ruzstd::decoding::StreamingDecoder::new(file).with_context(name)?;
        read_from(BufReader::new(unpacked), each, &mut error)
    } else {
        read_from(file, each, &mut error)
    };
    match error {
        Some(error) => Err(error),
        None => result.with_context(name),
    }
}

fn read_from(
    text: impl Read,
    each: impl FnMut(Case) -> Result<()>,
    error: &mut Option<anyhow::Error>,
) -> serde_json::Result<()> {
    let mut json = serde_json::Deserializer::from_reader(text.take(LONGEST));
    Suite { each, error }.deserialize(&mut json)?;
    json.end()
}

/// The object around the cases; `error` is where one of `each` is kept whole.
struct Suite<'e, F> {
    each: F,
    error: &'e mut Option<anyhow::Error>,
}

impl<'de, F: FnMut(Case) -> Result<()>> DeserializeSeed<'de> for Suite<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(Case) -> Result<()>> Visitor<'de> for Suite<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `version` and `testcases`")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" => match map.next_value::<u32>()? {
                    1 => {}
                    other => return Err(A::Error::custom(format!("version {other}, not 1"))),
                },
                "testcases" => {
                    map.next_value_seed(Cases { each: &mut self.each, error: self.error })?;
                }
                other => return Err(A::Error::custom(format!("a field `{other}`"))),
            }
        }
        Ok(())
    }
}

struct Cases<'c, F> {
    each: &'c mut F,
    error: &'c mut Option<anyhow::Error>,
}

impl<'de, F: FnMut(Case) -> Result<()>> DeserializeSeed<'de> for Cases<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Case) -> Result<()>> Visitor<'de> for Cases<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of cases")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(case) = list.next_element::<Case>()? {
            if let Err(error) = (self.each)(case) {
                *self.error = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
