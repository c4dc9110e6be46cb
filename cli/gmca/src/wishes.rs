// SPDX-License-Identifier: Apache-2.0
//! What a certificate is to hold, from how people type it.

use crate::args::Wished;
use anyhow::{Context as _, Result, anyhow};
use ca::Wishes;
use ca::openssl_conf::general_name;
use pki::extension::{GeneralName, SubjectId};

impl Wished {
    /// What was typed, checked.
    pub(crate) fn wishes(&self) -> Result<Wishes> {
        let names = self.san.iter().map(|name| parse_name(name)).collect::<Result<Vec<_>>>()?;
        let attributes = self.attr.iter().map(|pair| {
            let (name, value) = split(pair, "--attr", "role=auditor")?;
            Ok((name.to_owned(), value.to_owned()))
        });
        let subject_ids = self.subject_id.iter().map(|pair| {
            let (kind, number) = split(pair, "--subject-id", "taxNumber=91110108")?;
            Ok(SubjectId::new(kind, number)?)
        });
        Ok(Wishes {
            names: (!names.is_empty()).then_some(names),
            affiliation: self.affiliation.clone(),
            attributes: attributes.collect::<Result<_>>()?,
            subject_ids: subject_ids.collect::<Result<_>>()?,
        })
    }
}

fn split<'a>(pair: &'a str, option: &str, example: &str) -> Result<(&'a str, &'a str)> {
    pair.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .with_context(|| format!("{option}: `{pair}` has no name and value, such as {example}"))
}

/// `DNS:peer0.org1`, `IP:10.0.0.1`.
pub(crate) fn parse_name(text: &str) -> Result<GeneralName> {
    let (kind, name) = text
        .split_once(':')
        .with_context(|| format!("`{text}` is no name; write DNS:peer0.org1 or IP:10.0.0.1"))?;
    general_name(kind, name).map_err(|what| anyhow!(what))
}
