// SPDX-License-Identifier: Apache-2.0
//! Organisations as the file describes them.

use super::Error;
use super::error::Quoted;
use super::node::{Item, Node};
use super::profile::Organization;
use super::read::policies;
use super::section::{Section, flag, port, text};
use std::path::{Path, PathBuf};

const ORGANIZATION: &[&str] = &[
    "Name",
    "ID",
    "MSPDir",
    "MSPType",
    "Policies",
    "AnchorPeers",
    "OrdererEndpoints",
    "AdminPrincipal",
    "SkipAsForeign",
];

/// Where relative paths begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Folder<'a>(pub(super) &'a Path);

impl Folder<'_> {
    pub(super) fn path(self, text: &str) -> PathBuf {
        self.0.join(text)
    }
}

/// `Organizations` of a section, no name twice.
pub(super) fn organizations(
    section: &Section<'_>,
    folder: Folder<'_>,
) -> Result<Vec<Organization>, Error> {
    let mut all: Vec<Organization> = Vec::new();
    for node in section.list("Organizations")? {
        let section = Section::new("an organisation", 0, node, ORGANIZATION)?;
        let one = organization(&section, folder)?;
        if all.iter().any(|other| other.name == one.name) {
            let what = format!("organisation {} is listed twice", Quoted(&one.name));
            return Err(Error::text(section.line(), what));
        }
        all.push(one);
    }
    Ok(all)
}

fn organization(section: &Section<'_>, folder: Folder<'_>) -> Result<Organization, Error> {
    let anchor = |node: &Node| {
        let peer = Section::new("an anchor peer", 0, node, &["Host", "Port"])?;
        Ok((peer.text("Host")?.to_owned(), port(peer.required("Port")?)?))
    };
    let anchors = section.list("AnchorPeers")?.iter().map(anchor);
    Ok(Organization {
        name: section.text("Name")?.to_owned(),
        id: section.text("ID")?.to_owned(),
        unsupported: unsupported(section)?,
        msp_dir: folder.path(section.text("MSPDir")?),
        policies: policies(section)?,
        endpoints: section.texts("OrdererEndpoints")?,
        anchor_peers: anchors.collect::<Result<_, Error>>()?,
    })
}

/// A key that asks for what is not done here, where there is one: its line and why. A file may have
/// it in a profile that is not used.
fn unsupported(section: &Section<'_>) -> Result<Option<(u64, String)>, Error> {
    let say =
        |item: &Item, why: &str| Ok(Some((item.line, format!("{} {why}", Quoted(&item.key)))));
    if let Some(item) = section.item("MSPType")
        && text(item)? != "bccsp"
    {
        return say(item, "is none that is supported: write bccsp, with certificates");
    }
    if let Some(item) = section.item("AdminPrincipal")
        && text(item)? != "Role.ADMIN"
    {
        return say(item, "can only be Role.ADMIN: say by Policies who administers");
    }
    if let Some(item) = section.item("SkipAsForeign")
        && flag(item)?
    {
        return say(item, "is not supported: a channel needs the MSP of every organisation");
    }
    Ok(None)
}
