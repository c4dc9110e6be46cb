// SPDX-License-Identifier: Apache-2.0
//! What an issuer may do: basicConstraints, nameConstraints, policyConstraints, policyMappings
//! and inhibitAnyPolicy (RFC 5280 sections 4.2.1.5, 4.2.1.9 to 4.2.1.11 and 4.2.1.14).

use super::{GeneralName, TypedExtension};
use crate::asn1::{Reader, tag, write};
use crate::{Error, oid};
use const_oid::ObjectIdentifier;

/// Whether the subject is a CA, and how many CAs may follow below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether it may issue certificates.
    pub ca: bool,
    /// How many intermediate certificates may stand between it and the last one of a path.
    pub path_len: Option<u32>,
}

impl TypedExtension for BasicConstraints {
    const ID: ObjectIdentifier = oid::BASIC_CONSTRAINTS;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "basicConstraints";
        let mut inside = Reader::whole(value, tag::SEQUENCE, "extension", FIELD)?;
        let ca = inside.flag(tag::BOOLEAN, FIELD)?;
        let path_len = if inside.is_empty() { None } else { Some(inside.number(FIELD)?) };
        inside.finish(FIELD)?;
        Ok(Self { ca, path_len })
    }

    fn encode(&self) -> Vec<u8> {
        let ca = if self.ca { write::boolean(tag::BOOLEAN, true) } else { Vec::new() };
        let path_len = self
            .path_len
            .map_or(Vec::new(), |number| write::unsigned(tag::INTEGER, &number.to_be_bytes()));
        write::sequence(&[&ca, &path_len])
    }
}

/// Which names may stand below a CA. A base of an IP range is address and mask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// A name of a kind that occurs here must be within one of them.
    pub permitted: Vec<GeneralName>,
    /// A name must not be within any of them.
    pub excluded: Vec<GeneralName>,
}

impl TypedExtension for NameConstraints {
    const ID: ObjectIdentifier = oid::NAME_CONSTRAINTS;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "nameConstraints";
        let mut inside = Reader::whole(value, tag::SEQUENCE, "extension", FIELD)?;
        let permitted = subtrees(&mut inside, tag::constructed(0))?;
        let excluded = subtrees(&mut inside, tag::constructed(1))?;
        inside.finish(FIELD)?;
        if permitted.is_empty() && excluded.is_empty() {
            return Err(inside.malformed(FIELD, "neither permits nor excludes anything"));
        }
        Ok(Self { permitted, excluded })
    }

    fn encode(&self) -> Vec<u8> {
        let part = |n, bases: &[GeneralName]| {
            let trees: Vec<_> =
                bases.iter().map(|base| write::sequence(&[&base.to_der()])).collect();
            if trees.is_empty() {
                Vec::new()
            } else {
                write::tlv(tag::constructed(n), &trees.concat())
            }
        };
        write::sequence(&[&part(0, &self.permitted), &part(1, &self.excluded)])
    }
}

/// Minimum and maximum must be left at their defaults (RFC 5280 section 4.2.1.10).
fn subtrees(inside: &mut Reader<'_>, tag: u8) -> Result<Vec<GeneralName>, Error> {
    const FIELD: &str = "nameConstraints";
    let Some(tlv) = inside.optional(tag, FIELD)? else {
        return Ok(Vec::new());
    };
    let mut list = inside.inside(tlv);
    let mut bases = Vec::new();
    while !list.is_empty() {
        let mut tree = list.enter(tag::SEQUENCE, FIELD)?;
        bases.push(GeneralName::read(&mut tree, FIELD)?);
        if !tree.is_empty() {
            return Err(tree.malformed(FIELD, "a subtree with minimum or maximum"));
        }
    }
    if bases.is_empty() {
        return Err(inside.malformed(FIELD, "an empty list of subtrees"));
    }
    Ok(bases)
}

/// Which policies a path needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyConstraints {
    /// After how many certificates a policy must be named.
    pub require_explicit: Option<u32>,
    /// After how many certificates policies are mapped no more.
    pub inhibit_mapping: Option<u32>,
}

impl TypedExtension for PolicyConstraints {
    const ID: ObjectIdentifier = oid::POLICY_CONSTRAINTS;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "policyConstraints";
        let mut inside = Reader::whole(value, tag::SEQUENCE, "extension", FIELD)?;
        let mut part = |n| match inside.optional(tag::context(n), FIELD)? {
            None => Ok(None),
            Some(tlv) => inside.number_value(tlv.value, FIELD).map(Some),
        };
        let (require_explicit, inhibit_mapping) = (part(0)?, part(1)?);
        inside.finish(FIELD)?;
        if require_explicit.is_none() && inhibit_mapping.is_none() {
            return Err(inside.malformed(FIELD, "it says nothing"));
        }
        Ok(Self { require_explicit, inhibit_mapping })
    }

    fn encode(&self) -> Vec<u8> {
        let part = |n, number: Option<u32>| {
            number.map_or(Vec::new(), |number| {
                write::unsigned(tag::context(n), &number.to_be_bytes())
            })
        };
        write::sequence(&[&part(0, self.require_explicit), &part(1, self.inhibit_mapping)])
    }
}

/// Policies of the issuer, each with one of the subject that is as good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyMappings(pub Vec<(ObjectIdentifier, ObjectIdentifier)>);

impl TypedExtension for PolicyMappings {
    const ID: ObjectIdentifier = oid::POLICY_MAPPINGS;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "policyMappings";
        let mut list = Reader::whole(value, tag::SEQUENCE, "extension", FIELD)?;
        let mut all = Vec::new();
        while !list.is_empty() {
            let mut one = list.enter(tag::SEQUENCE, FIELD)?;
            all.push((one.oid(FIELD)?, one.oid(FIELD)?));
            one.finish(FIELD)?;
        }
        if all.is_empty() {
            return Err(list.malformed(FIELD, "an empty list"));
        }
        Ok(Self(all))
    }

    fn encode(&self) -> Vec<u8> {
        let one = |(from, to): &(ObjectIdentifier, ObjectIdentifier)| {
            write::sequence(&[&write::oid(*from), &write::oid(*to)])
        };
        write::sequence_of(&self.0.iter().map(one).collect::<Vec<_>>())
    }
}

/// After how many certificates anyPolicy stands for nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InhibitAnyPolicy(pub u32);

impl TypedExtension for InhibitAnyPolicy {
    const ID: ObjectIdentifier = oid::INHIBIT_ANY_POLICY;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "inhibitAnyPolicy";
        let mut reader = Reader::new(value, "extension");
        let number = reader.number(FIELD)?;
        reader.finish(FIELD)?;
        Ok(Self(number))
    }

    fn encode(&self) -> Vec<u8> {
        write::unsigned(tag::INTEGER, &self.0.to_be_bytes())
    }
}
