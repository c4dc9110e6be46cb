// SPDX-License-Identifier: Apache-2.0
//! Where more is to be had: CRL distribution points, authority information, policies
//! (RFC 5280 sections 4.2.1.4, 4.2.1.13 and 4.2.2.1).

use super::{GeneralName, TypedExtension};
use crate::asn1::{Reader, tag, write};
use crate::{Error, oid};
use const_oid::ObjectIdentifier;

/// One place where a CRL is to be had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistributionPoint {
    /// Its full names.
    pub names: Vec<GeneralName>,
    /// Its name relative to the issuer's: the DER of a SET of attributes. Shown, not followed.
    pub relative: Option<Vec<u8>>,
    /// The reasons its CRL covers: the DER contents of the flags. `None` means all.
    pub reasons: Option<Vec<u8>>,
    /// Who signs that CRL, when it is not the certificate's issuer.
    pub crl_issuer: Vec<GeneralName>,
}

impl DistributionPoint {
    /// A place with a URI for everything.
    #[must_use]
    pub fn uri(uri: &str) -> Self {
        Self { names: vec![GeneralName::Uri(uri.to_owned())], ..Self::default() }
    }

    fn read(list: &mut Reader<'_>) -> Result<Self, Error> {
        let mut inside = list.enter(tag::SEQUENCE, CDP)?;
        let mut point = Self::default();
        if let Some(tlv) = inside.optional(tag::constructed(0), CDP)? {
            (point.names, point.relative) = read_point_name(inside.inside(tlv), CDP)?;
        }
        point.reasons = inside.optional(tag::context(1), CDP)?.map(|tlv| tlv.value.to_vec());
        if let Some(tlv) = inside.optional(tag::constructed(2), CDP)? {
            point.crl_issuer = GeneralName::read_list(&mut inside.inside(tlv), CDP)?;
        }
        inside.finish(CDP)?;
        Ok(point)
    }

    fn to_der(&self) -> Vec<u8> {
        let name = point_name_to_der(&self.names, self.relative.as_deref());
        let reasons = self.reasons.as_ref().map(|bits| write::tlv(tag::context(1), bits));
        let issuer = (!self.crl_issuer.is_empty())
            .then(|| GeneralName::list_to_der(tag::constructed(2), &self.crl_issuer));
        write::sequence(&[&name, &reasons.unwrap_or_default(), &issuer.unwrap_or_default()])
    }
}

const CDP: &str = "cRLDistributionPoints";

/// `DistributionPointName ::= CHOICE { fullName [0], nameRelativeToCRLIssuer [1] }`
pub(super) fn read_point_name(
    mut inside: Reader<'_>,
    field: &'static str,
) -> Result<(Vec<GeneralName>, Option<Vec<u8>>), Error> {
    let tlv = inside.any(field)?;
    let found = match tlv.tag {
        0xa0 => (GeneralName::read_list(&mut inside.inside(tlv), field)?, None),
        0xa1 => (Vec::new(), Some(tlv.value.to_vec())),
        _ => return Err(inside.malformed(field, "not a name of a distribution point")),
    };
    inside.finish(field)?;
    Ok(found)
}

pub(super) fn point_name_to_der(names: &[GeneralName], relative: Option<&[u8]>) -> Vec<u8> {
    let inner = match relative {
        Some(relative) => write::tlv(tag::constructed(1), relative),
        None if names.is_empty() => return Vec::new(),
        None => GeneralName::list_to_der(tag::constructed(0), names),
    };
    write::tlv(tag::constructed(0), &inner)
}

/// Where the CRLs are that may list this certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlDistributionPoints(pub Vec<DistributionPoint>);

impl TypedExtension for CrlDistributionPoints {
    const ID: ObjectIdentifier = oid::CRL_DISTRIBUTION_POINTS;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        let mut list = Reader::whole(value, tag::SEQUENCE, "extension", CDP)?;
        let mut points = Vec::new();
        while !list.is_empty() {
            points.push(DistributionPoint::read(&mut list)?);
        }
        if points.is_empty() {
            return Err(list.malformed(CDP, "no point in it"));
        }
        Ok(Self(points))
    }

    fn encode(&self) -> Vec<u8> {
        let points: Vec<_> = self.0.iter().map(DistributionPoint::to_der).collect();
        write::sequence_of(&points)
    }
}

/// How to reach services of the issuer: a method such as `oid::OCSP`, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityInfoAccess(pub Vec<(ObjectIdentifier, GeneralName)>);

impl TypedExtension for AuthorityInfoAccess {
    const ID: ObjectIdentifier = oid::AUTHORITY_INFO_ACCESS;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "authorityInfoAccess";
        let mut list = Reader::whole(value, tag::SEQUENCE, "extension", FIELD)?;
        let mut all = Vec::new();
        while !list.is_empty() {
            let mut one = list.enter(tag::SEQUENCE, FIELD)?;
            all.push((one.oid(FIELD)?, GeneralName::read(&mut one, FIELD)?));
            one.finish(FIELD)?;
        }
        if all.is_empty() {
            return Err(list.malformed(FIELD, "no access in it"));
        }
        Ok(Self(all))
    }

    fn encode(&self) -> Vec<u8> {
        let one = |(method, place): &(ObjectIdentifier, GeneralName)| {
            write::sequence(&[&write::oid(*method), &place.to_der()])
        };
        write::sequence_of(&self.0.iter().map(one).collect::<Vec<_>>())
    }
}

/// One policy under which a certificate was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyInformation {
    /// The policy.
    pub id: ObjectIdentifier,
    /// Its qualifiers: identifier and DER of the value.
    pub qualifiers: Vec<(ObjectIdentifier, Vec<u8>)>,
}

/// The policies under which a certificate was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePolicies(pub Vec<PolicyInformation>);

impl TypedExtension for CertificatePolicies {
    const ID: ObjectIdentifier = oid::CERTIFICATE_POLICIES;

    fn decode(value: &[u8]) -> Result<Self, Error> {
        let mut list = Reader::whole(value, tag::SEQUENCE, "extension", CP)?;
        let mut policies = Vec::new();
        while !list.is_empty() {
            policies.push(read_policy(list.enter(tag::SEQUENCE, CP)?)?);
        }
        if policies.is_empty() {
            return Err(list.malformed(CP, "no policy in it"));
        }
        Ok(Self(policies))
    }

    fn encode(&self) -> Vec<u8> {
        let one = |policy: &PolicyInformation| {
            let qualifiers: Vec<_> = policy
                .qualifiers
                .iter()
                .map(|(id, value)| write::sequence(&[&write::oid(*id), value]))
                .collect();
            let list =
                if qualifiers.is_empty() { Vec::new() } else { write::sequence_of(&qualifiers) };
            write::sequence(&[&write::oid(policy.id), &list])
        };
        write::sequence_of(&self.0.iter().map(one).collect::<Vec<_>>())
    }
}

const CP: &str = "certificatePolicies";

fn read_policy(mut inside: Reader<'_>) -> Result<PolicyInformation, Error> {
    let id = inside.oid(CP)?;
    let mut qualifiers = Vec::new();
    if !inside.is_empty() {
        let mut list = inside.enter(tag::SEQUENCE, CP)?;
        while !list.is_empty() {
            let mut one = list.enter(tag::SEQUENCE, CP)?;
            qualifiers.push((one.oid(CP)?, one.any(CP)?.raw.to_vec()));
            one.finish(CP)?;
        }
    }
    inside.finish(CP)?;
    Ok(PolicyInformation { id, qualifiers })
}
