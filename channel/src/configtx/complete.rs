// SPDX-License-Identifier: Apache-2.0
//! What a profile leaves out is filled in, and told: policies as `configtxgen` 1.4 filled them in,
//! and the halves that Fabric, until 2.2, spread over a system channel and a channel of its own.

use super::Error;
use super::error::Quoted;
use super::profile::{Application, Orderer, Organization, Written};
use crate::build::{
    Policies, application_policies, default_policies, meta_policies, orderer_policies,
};
use bccsp::HashAlgorithm;
use std::collections::BTreeMap;

/// A profile that makes a channel.
#[derive(Clone, Debug)]
pub struct Profile {
    pub(super) hash: Option<HashAlgorithm>,
    pub(super) capabilities: Vec<String>,
    pub(super) policies: Policies,
    pub(super) orderer: Orderer,
    pub(super) application: Application,
    notes: Vec<String>,
}

impl Profile {
    /// What was filled in because the file does not say it, a sentence each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// Fills in the profile of this name.
pub(super) fn complete(all: &BTreeMap<String, Written>, name: &str) -> Result<Profile, Error> {
    let written = all.get(name).ok_or_else(|| no_profile(all, name))?;
    let mut notes = Vec::new();
    let application = application(written, &mut notes)?;
    let orderer = orderer(all, name, written, &mut notes)?;
    let mut profile = Profile {
        hash: written.hash,
        capabilities: written.capabilities.clone(),
        policies: written.policies.clone(),
        orderer,
        application,
        notes,
    };
    let organizations = profile.orderer.organizations.iter();
    let mut organizations = organizations.chain(&profile.application.organizations);
    if let Some((line, what)) = organizations.find_map(|one| one.unsupported.as_ref()) {
        return Err(Error::text(*line, what.as_str()));
    }
    profile.fill();
    Ok(profile)
}

fn no_profile(all: &BTreeMap<String, Written>, name: &str) -> Error {
    let names = all.keys().map(|name| Quoted(name).to_string()).collect::<Vec<_>>().join(", ");
    let names = if names.is_empty() { "none".to_owned() } else { names };
    Error::text(1, format!("there is no profile {}; the file has {names}", Quoted(name)))
}

/// The application, or the members of the one consortium in its place.
fn application(written: &Written, notes: &mut Vec<String>) -> Result<Application, Error> {
    let mut application = written.application.clone().unwrap_or_default();
    if !application.organizations.is_empty() {
        if !written.consortiums.is_empty() {
            notes.push("Consortiums are not used: channels are made without them".to_owned());
        }
        return Ok(application);
    }
    let mut consortiums = written.consortiums.iter();
    let (Some((name, members)), None) = (consortiums.next(), consortiums.next()) else {
        let what = "the profile has no application organisations: list them under \
                    Application, Organizations";
        return Err(Error::text(written.line, what));
    };
    if members.is_empty() {
        let what = format!("consortium {} has no organisations", Quoted(name));
        return Err(Error::text(written.line, what));
    }
    notes.push(format!("the organisations of consortium {} form the application", Quoted(name)));
    application.organizations.clone_from(members);
    Ok(application)
}

/// The orderer section, or that of the profile which lists the consortium that is named.
fn orderer(
    all: &BTreeMap<String, Written>,
    name: &str,
    written: &Written,
    notes: &mut Vec<String>,
) -> Result<Orderer, Error> {
    if let Some(orderer) = &written.orderer {
        return Ok(orderer.clone());
    }
    let listing = |consortium: &String| {
        let lists = |(other, profile): &(&String, &Written)| {
            *other != name && profile.consortiums.contains_key(consortium)
        };
        let mut found = all.iter().filter(lists);
        found.next().filter(|_| found.next().is_none())
    };
    let other = written.consortium.as_ref().and_then(listing);
    let Some((other, Written { orderer: Some(orderer), .. })) = other else {
        let what =
            "the profile has no Orderer section: write one, with OrdererType and Organizations";
        return Err(Error::text(written.line, what));
    };
    notes.push(format!("the Orderer section is that of profile {}", Quoted(other)));
    Ok(orderer.clone())
}

impl Profile {
    fn fill(&mut self) {
        if self.orderer.organizations.is_empty() {
            // Without any, everybody could sign blocks.
            self.orderer.organizations.clone_from(&self.application.organizations);
            self.note("Orderer has no Organizations: those of the application run the orderers");
        }
        if self.policies.is_empty() {
            self.policies = meta_policies();
            self.note("the channel has no Policies: ANY Readers, ANY Writers, MAJORITY Admins");
        }
        if self.orderer.policies.is_empty() {
            self.orderer.policies = meta_policies();
            self.note("Orderer has no Policies: ANY Readers, ANY Writers, MAJORITY Admins");
        }
        if !self.orderer.policies.contains_key(BLOCK_VALIDATION) {
            let mut filled = orderer_policies();
            if let Some(policy) = filled.remove(BLOCK_VALIDATION) {
                self.orderer.policies.insert(BLOCK_VALIDATION.to_owned(), policy);
            }
            self.note("Orderer has no policy BlockValidation: ANY Writers");
        }
        if self.application.policies.is_empty() {
            self.application.policies = application_policies();
            self.note(
                "Application has no Policies: ANY Readers, ANY Writers, MAJORITY Admins, and \
                 MAJORITY Endorsement for Endorsement and LifecycleEndorsement",
            );
        }
        let mut without = Vec::new();
        for one in self.orderer.organizations.iter_mut().chain(&mut self.application.organizations)
        {
            fill_organization(one, &mut without);
        }
        for name in without {
            self.notes.push(format!(
                "organisation {} has no Policies: its members read, write and endorse, its \
                 administrators administer",
                Quoted(&name)
            ));
        }
    }

    fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
    }
}

const BLOCK_VALIDATION: &str = "BlockValidation";

fn fill_organization(one: &mut Organization, without: &mut Vec<String>) {
    if !one.policies.is_empty() {
        return;
    }
    one.policies = default_policies(&one.id, false);
    if !without.contains(&one.name) {
        without.push(one.name.clone());
    }
}
