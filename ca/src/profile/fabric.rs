// SPDX-License-Identifier: Apache-2.0
//! Identities as Fabric's own CA makes them: the type and the affiliation as organisational units,
//! and attributes in an extension, as JSON.

use super::entry::FabricEntry;
use crate::error::Refusal;
use pki::extension::{Extension, Extensions};
use pki::{Attribute, Name, oid};
use std::collections::BTreeMap;

/// What makes an identity one of Fabric.
#[derive(Clone, Debug)]
pub(super) struct Fabric {
    /// `client`, `peer`, `orderer`, `admin`, or what an organisation calls its own.
    kind: String,
    affiliation: Option<String>,
}

impl Fabric {
    pub(super) fn read(entry: &FabricEntry) -> Result<Self, String> {
        Attribute::new(oid::ORGANIZATIONAL_UNIT_NAME, &entry.kind)
            .map_err(|error| format!("fabric.type: {error}"))?;
        let fabric = Self { kind: entry.kind.clone(), affiliation: entry.affiliation.clone() };
        fabric.units(None).map_err(|error| format!("fabric.affiliation: {error}"))?;
        Ok(fabric)
    }

    /// The name with the organisational units that this CA answers for, in one set, in front of
    /// the common name; those that were asked for are left out, as Fabric's CA does.
    pub(super) fn subject(&self, asked: &Name, affiliation: Option<&str>) -> Result<Name, Refusal> {
        let refuse = |error: pki::Error| Refusal::Extension(error.to_string());
        let mut rdns: Vec<Vec<Attribute>> = Vec::new();
        for rdn in asked.rdns() {
            let others = rdn.iter().filter(|a| a.kind() != oid::ORGANIZATIONAL_UNIT_NAME);
            let others: Vec<Attribute> = others.cloned().collect();
            if !others.is_empty() {
                rdns.push(others);
            }
        }
        let is_cn = |rdn: &Vec<Attribute>| rdn.iter().any(|a| a.kind() == oid::COMMON_NAME);
        let place = rdns.iter().position(is_cn).unwrap_or(rdns.len());
        rdns.insert(place, self.units(affiliation).map_err(refuse)?);
        Name::new(rdns).map_err(refuse)
    }

    fn units(&self, affiliation: Option<&str>) -> Result<Vec<Attribute>, pki::Error> {
        let path = affiliation.or(self.affiliation.as_deref()).unwrap_or_default();
        let mut texts = vec![self.kind.as_str()];
        for part in path.split('.').filter(|_| !path.is_empty()) {
            // A set holds an attribute once.
            if !texts.contains(&part) {
                texts.push(part);
            }
        }
        texts.iter().map(|text| Attribute::new(oid::ORGANIZATIONAL_UNIT_NAME, text)).collect()
    }

    /// What Fabric's CA writes of everybody, unless it is given otherwise.
    pub(super) fn attributes(
        &self,
        subject: &Name,
        affiliation: Option<&str>,
        given: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let path = affiliation.or(self.affiliation.as_deref()).unwrap_or_default();
        let own = [
            ("hf.Affiliation", path),
            ("hf.EnrollmentID", subject.common_name().unwrap_or_default()),
            ("hf.Type", &self.kind),
        ];
        let mut all: BTreeMap<String, String> =
            own.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        all.extend(given.clone());
        all
    }
}

/// `{"attrs":{"name":"value"}}`, names in order: no DER, and never critical.
pub(super) fn extension(attributes: &BTreeMap<String, String>) -> Extension {
    let json = serde_json::json!({ "attrs": attributes }).to_string();
    Extension { id: oid::FABRIC_ATTRIBUTES, critical: false, value: json.into_bytes() }
}

/// The attributes in a certificate; none where there is no such extension, or none that is read.
pub(crate) fn fabric_attributes(extensions: &Extensions) -> BTreeMap<String, String> {
    #[derive(serde::Deserialize)]
    struct Json {
        attrs: BTreeMap<String, String>,
    }
    let found = extensions.find(oid::FABRIC_ATTRIBUTES);
    let json = found.and_then(|found| serde_json::from_slice::<Json>(&found.value).ok());
    json.map(|json| json.attrs).unwrap_or_default()
}

/// Whether attributes of this name may be given: `app.*` stands for all that begin with `app.`.
pub(super) fn allowed(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_the_ca_s_to_say() {
        let entry = FabricEntry { kind: "peer".into(), affiliation: Some("org1.dep1".into()) };
        let fabric = Fabric::read(&entry).unwrap();
        let asked = Name::parse("/C=CN/OU=admin/O=Org1/CN=peer0").unwrap();
        let name = fabric.subject(&asked, None).unwrap();
        let units: Vec<&str> = name.values(oid::ORGANIZATIONAL_UNIT_NAME).collect();
        assert_eq!(units, ["peer", "org1", "dep1"]);
        assert_eq!(name.rdns().len(), 4);
        assert_eq!(name.common_name(), Some("peer0"));
        let other = fabric.subject(&asked, Some("org2")).unwrap();
        assert_eq!(other.values(oid::ORGANIZATIONAL_UNIT_NAME).count(), 2);
        assert!(fabric.subject(&asked, Some("a..b")).is_err());
    }

    #[test]
    fn attributes_are_json() {
        let entry = FabricEntry { kind: "orderer".into(), affiliation: None };
        let fabric = Fabric::read(&entry).unwrap();
        let name = Name::parse("/CN=orderer1").unwrap();
        let all = fabric.attributes(&name, None, &BTreeMap::new());
        let extension = extension(&all);
        assert_eq!(
            String::from_utf8(extension.value).unwrap(),
            r#"{"attrs":{"hf.Affiliation":"","hf.EnrollmentID":"orderer1","hf.Type":"orderer"}}"#
        );
        assert!(allowed(&["app.*".into(), "x".into()], "app.role"));
        assert!(!allowed(&["app.*".into(), "x".into()], "xx"));
    }
}
