// SPDX-License-Identifier: Apache-2.0
//! Organisations as the file describes them.

use super::Error;
use super::error::Quoted;
use super::node::Node;
use super::profile::Organization;
use super::read::policies;
use super::section::{Section, bad, flag, port, text};
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
    refuse_old(section)?;
    let anchor = |node: &Node| {
        let peer = Section::new("an anchor peer", 0, node, &["Host", "Port"])?;
        Ok((peer.text("Host")?.to_owned(), port(peer.required("Port")?)?))
    };
    let anchors = section.list("AnchorPeers")?.iter().map(anchor);
    Ok(Organization {
        name: section.text("Name")?.to_owned(),
        id: section.text("ID")?.to_owned(),
        msp_dir: folder.path(section.text("MSPDir")?),
        policies: policies(section)?,
        endpoints: section.texts("OrdererEndpoints")?,
        anchor_peers: anchors.collect::<Result<_, Error>>()?,
    })
}

/// Keys that ask for what is not done here.
fn refuse_old(section: &Section<'_>) -> Result<(), Error> {
    if let Some(item) = section.item("MSPType")
        && text(item)? != "bccsp"
    {
        return Err(bad(item, "is none that is supported: write bccsp, with certificates"));
    }
    if let Some(item) = section.item("AdminPrincipal")
        && text(item)? != "Role.ADMIN"
    {
        return Err(bad(item, "can only be Role.ADMIN: say by Policies who administers"));
    }
    if let Some(item) = section.item("SkipAsForeign")
        && flag(item)?
    {
        return Err(bad(item, "is not supported: a channel needs the MSP of every organisation"));
    }
    Ok(())
}
