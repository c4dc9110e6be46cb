// SPDX-License-Identifier: Apache-2.0
//! The values of extensions as text.

use super::hex::colons;
use super::visible;
use crate::asn1::{Reader, Tlv, tag};
use crate::extension::{
    AuthorityInfoAccess, AuthorityKeyId, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, CrlNumber, DistributionPoint, ExtendedKeyUsage, Extension, GeneralName,
    InvalidityDate, IssuerAltName, IssuingDistributionPoint, KeyUsage, NameConstraints,
    PolicyConstraints, PolicyInformation, ReasonCode, SubjectAltName, SubjectKeyId, TypedExtension,
};
use crate::name::decode_string;
use crate::{Error, oid};
use core::net::IpAddr;

/// The value of an extension, line by line; in hex when it is not known or cannot be read.
#[must_use]
pub fn extension_lines(extension: &Extension) -> Vec<String> {
    typed(extension)
        .and_then(Result::ok)
        .unwrap_or_else(|| extension.value.chunks(18).map(colons).collect())
}

fn typed(extension: &Extension) -> Option<Result<Vec<String>, Error>> {
    let value = &extension.value;
    Some(match extension.id {
        oid::BASIC_CONSTRAINTS => BasicConstraints::decode(value).map(|v| basic(&v)),
        oid::KEY_USAGE => KeyUsage::decode(value).map(key_usage),
        oid::EXTENDED_KEY_USAGE => ExtendedKeyUsage::decode(value).map(|v| purposes(&v)),
        oid::SUBJECT_ALT_NAME => SubjectAltName::decode(value).map(|v| vec![names(&v.0)]),
        oid::ISSUER_ALT_NAME => IssuerAltName::decode(value).map(|v| vec![names(&v.0)]),
        oid::SUBJECT_KEY_IDENTIFIER => SubjectKeyId::decode(value).map(|v| vec![colons(&v.0)]),
        oid::AUTHORITY_KEY_IDENTIFIER => AuthorityKeyId::decode(value).map(|v| authority(&v)),
        oid::NAME_CONSTRAINTS => NameConstraints::decode(value).map(|v| constraints(&v)),
        oid::POLICY_CONSTRAINTS => PolicyConstraints::decode(value).map(policy_constraints),
        oid::CERTIFICATE_POLICIES => {
            CertificatePolicies::decode(value).map(|v| v.0.iter().flat_map(policy).collect())
        }
        oid::CRL_DISTRIBUTION_POINTS | oid::FRESHEST_CRL => {
            CrlDistributionPoints::decode(value).map(|v| v.0.iter().flat_map(point).collect())
        }
        oid::AUTHORITY_INFO_ACCESS => AuthorityInfoAccess::decode(value).map(|v| access(&v)),
        oid::CRL_NUMBER | oid::DELTA_CRL_INDICATOR => {
            CrlNumber::decode(value).map(|v| vec![number(&v)])
        }
        oid::CRL_REASON => ReasonCode::decode(value).map(|v| vec![v.title().to_owned()]),
        oid::INVALIDITY_DATE => InvalidityDate::decode(value).map(|v| vec![v.0.openssl()]),
        oid::ISSUING_DISTRIBUTION_POINT => {
            IssuingDistributionPoint::decode(value).map(|v| issuing_point(&v))
        }
        oid::NETSCAPE_CERT_TYPE => netscape_types(value),
        oid::FABRIC_ATTRIBUTES => Ok(vec![visible(core::str::from_utf8(value).ok()?)]),
        id if id == oid::NETSCAPE_COMMENT || oid::is_gb20518_subject(id) => {
            Ok(vec![string(value)?])
        }
        _ => return None,
    })
}

/// A name as OpenSSL shows alternative names: `DNS:a.b`, `IP Address:10.0.0.1`.
pub(crate) fn general_name(name: &GeneralName) -> String {
    match name {
        GeneralName::Other(id, _) => format!("othername:{id}:<unsupported>"),
        GeneralName::Email(text) => format!("email:{}", visible(text)),
        GeneralName::Dns(text) => format!("DNS:{}", visible(text)),
        GeneralName::Directory(name) => format!("DirName:{}", name.oneline()),
        GeneralName::Uri(text) => format!("URI:{}", visible(text)),
        GeneralName::Ip(bytes) => format!(
            "IP Address:{}",
            ip_address(name).unwrap_or_else(|| format!("<invalid {}>", hex::encode(bytes)))
        ),
        GeneralName::RegisteredId(id) => format!("Registered ID:{id}"),
        GeneralName::Unread(_) => "<unsupported>".to_owned(),
    }
}

/// An address, or an address and its mask, in the usual way (RFC 5952 for IPv6).
pub(crate) fn ip_address(name: &GeneralName) -> Option<String> {
    let GeneralName::Ip(bytes) = name else {
        return None;
    };
    let address = |bytes: &[u8]| match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    };
    if let Some(ip) = address(bytes) {
        return Some(ip.to_string());
    }
    let (network, mask) = bytes.split_at_checked(bytes.len() / 2)?;
    Some(format!("{}/{}", address(network)?, address(mask)?))
}

fn basic(value: &BasicConstraints) -> Vec<String> {
    let ca = if value.ca { "CA:TRUE" } else { "CA:FALSE" };
    vec![value.path_len.map_or(ca.to_owned(), |length| format!("{ca}, pathlen:{length}"))]
}

fn key_usage(value: KeyUsage) -> Vec<String> {
    let used = KeyUsage::ALL.iter().filter(|(_, _, bit)| value.contains(*bit));
    vec![used.map(|(_, title, _)| *title).collect::<Vec<_>>().join(", ")]
}

fn purposes(value: &ExtendedKeyUsage) -> Vec<String> {
    vec![value.0.iter().map(|id| oid::title(*id)).collect::<Vec<_>>().join(", ")]
}

fn names(names: &[GeneralName]) -> String {
    names.iter().map(general_name).collect::<Vec<_>>().join(", ")
}

fn authority(value: &AuthorityKeyId) -> Vec<String> {
    let alone = value.issuer.is_empty() && value.serial.is_none();
    let prefix = if alone { "" } else { "keyid:" };
    let key_id = value.key_id.iter().map(|id| format!("{prefix}{}", colons(id)));
    let serial = value.serial.iter().map(|serial| match serial.as_slice() {
        // The sign byte is none of the number's digits.
        [0, digits @ ..] if !digits.is_empty() => format!("serial:{}", colons(digits)),
        digits => format!("serial:{}", colons(digits)),
    });
    key_id.chain(value.issuer.iter().map(general_name)).chain(serial).collect()
}

fn constraints(value: &NameConstraints) -> Vec<String> {
    let part = |title: &str, bases: &[GeneralName]| {
        let head = (!bases.is_empty()).then(|| format!("{title}:"));
        let rest: Vec<String> = bases
            .iter()
            .map(|base| format!("  {}", general_name(base).replacen("IP Address:", "IP:", 1)))
            .collect();
        head.into_iter().chain(rest).collect::<Vec<_>>()
    };
    [part("Permitted", &value.permitted), part("Excluded", &value.excluded)].concat()
}

fn netscape_types(value: &[u8]) -> Result<Vec<String>, Error> {
    const TYPES: [&str; 8] = [
        "SSL Client",
        "SSL Server",
        "S/MIME",
        "Object Signing",
        "Unused",
        "SSL CA",
        "S/MIME CA",
        "Object Signing CA",
    ];
    let mut reader = Reader::new(value, "extension");
    let bits = reader.bit_string("netscapeCertType")?;
    reader.finish("netscapeCertType")?;
    let byte = bits.bytes.first().copied().unwrap_or_default().reverse_bits();
    let set = TYPES.iter().enumerate().filter(|(bit, _)| (byte >> *bit) & 1 == 1);
    Ok(vec![set.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")])
}

fn policy_constraints(value: PolicyConstraints) -> Vec<String> {
    let explicit = value.require_explicit.map(|n| format!("Require Explicit Policy:{n}"));
    let mapping = value.inhibit_mapping.map(|n| format!("Inhibit Policy Mapping:{n}"));
    vec![explicit.into_iter().chain(mapping).collect::<Vec<_>>().join(", ")]
}

fn policy(value: &PolicyInformation) -> Vec<String> {
    let mut lines = vec![format!("Policy: {}", oid::title(value.id))];
    for (id, qualifier) in &value.qualifiers {
        let text = string(qualifier).unwrap_or_else(|| colons(qualifier));
        lines.push(format!("  {}: {text}", oid::title(*id)));
    }
    lines
}

fn point(value: &DistributionPoint) -> Vec<String> {
    let mut lines = Vec::new();
    if !value.names.is_empty() {
        lines.push("Full Name:".to_owned());
        lines.extend(value.names.iter().map(|name| format!("  {}", general_name(name))));
    }
    if let Some(relative) = &value.relative {
        lines.push(format!("Relative Name: {}", colons(relative)));
    }
    if !value.crl_issuer.is_empty() {
        lines.push("CRL Issuer:".to_owned());
        lines.extend(value.crl_issuer.iter().map(|name| format!("  {}", general_name(name))));
    }
    lines
}

fn access(value: &AuthorityInfoAccess) -> Vec<String> {
    let one = |(method, place): &(const_oid::ObjectIdentifier, GeneralName)| {
        format!("{} - {}", oid::title(*method), general_name(place))
    };
    value.0.iter().map(one).collect()
}

/// Numbers that fit in decimal, longer ones in hex.
fn number(value: &CrlNumber) -> String {
    if value.0.len() > 16 {
        return format!("0x{}", hex::encode_upper(&value.0));
    }
    value.0.iter().fold(0u128, |sum, byte| (sum << 8) | u128::from(*byte)).to_string()
}

fn issuing_point(value: &IssuingDistributionPoint) -> Vec<String> {
    let place = DistributionPoint {
        names: value.names.clone(),
        relative: value.relative.clone(),
        ..DistributionPoint::default()
    };
    let mut lines = point(&place);
    let flags = [
        (value.only_user, "Only User Certificates"),
        (value.only_ca, "Only CA Certificates"),
        (value.only_some_reasons.is_some(), "Only Some Reasons"),
        (value.indirect, "Indirect CRL"),
        (value.only_attribute, "Only Attribute Certificates"),
    ];
    lines.extend(flags.iter().filter(|(set, _)| *set).map(|(_, text)| (*text).to_owned()));
    lines
}

/// A value that is a string, whatever its type; under a tag of its own, if need be.
fn string(value: &[u8]) -> Option<String> {
    let mut reader = Reader::new(value, "extension");
    let Tlv { tag, value, .. } = reader.any("extnValue").ok()?;
    reader.finish("extnValue").ok()?;
    let tag = if tag & 0xe0 == 0x80 { tag::UTF8_STRING } else { tag };
    if tag & 0xe0 == 0xa0 {
        return string(value);
    }
    decode_string(tag, value).map(|text| visible(&text))
}
