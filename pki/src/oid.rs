// SPDX-License-Identifier: Apache-2.0
//! Object identifiers of X.509 (RFC 5280 appendix A; GB/T 20518-2018) and the names people know.
//!
//! Not here: algorithms, which `bccsp::encoding` knows.

use const_oid::ObjectIdentifier as Oid;

/// commonName and the other attribute types that code refers to (RFC 5280 section 4.1.2.4).
pub const COMMON_NAME: Oid = Oid::new_unwrap("2.5.4.3");
/// countryName: two letters, PrintableString.
pub const COUNTRY_NAME: Oid = Oid::new_unwrap("2.5.4.6");
/// organizationName.
pub const ORGANIZATION_NAME: Oid = Oid::new_unwrap("2.5.4.10");
/// organizationalUnitName: the role in Fabric's node OUs.
pub const ORGANIZATIONAL_UNIT_NAME: Oid = Oid::new_unwrap("2.5.4.11");
/// serialNumber of a subject, not of a certificate.
pub const SERIAL_NUMBER: Oid = Oid::new_unwrap("2.5.4.5");
/// dnQualifier.
pub const DN_QUALIFIER: Oid = Oid::new_unwrap("2.5.4.46");
/// emailAddress (RFC 2985 section 5.2.1), IA5String.
pub const EMAIL_ADDRESS: Oid = Oid::new_unwrap("1.2.840.113549.1.9.1");
/// domainComponent (RFC 4519 section 2.4), IA5String.
pub const DOMAIN_COMPONENT: Oid = Oid::new_unwrap("0.9.2342.19200300.100.1.25");

/// challengePassword of a request (RFC 2985 section 5.4.1).
pub const CHALLENGE_PASSWORD: Oid = Oid::new_unwrap("1.2.840.113549.1.9.7");
/// extensionRequest of a request (RFC 2985 section 5.4.2).
pub const EXTENSION_REQUEST: Oid = Oid::new_unwrap("1.2.840.113549.1.9.14");
/// Microsoft's older identifier of the same attribute; read only.
pub const MS_EXTENSION_REQUEST: Oid = Oid::new_unwrap("1.3.6.1.4.1.311.2.1.14");

/// The key that CFCA's tools want escrowed keys encrypted to, as an attribute of a request. Under
/// an identifier of PKCS#9 that nobody gave out.
pub const CFCA_TEMPORARY_KEY: Oid = Oid::new_unwrap("1.2.840.113549.1.9.63");

/// subjectKeyIdentifier and the other extensions (RFC 5280 sections 4.2.1, 4.2.2 and 5.2).
pub const SUBJECT_KEY_IDENTIFIER: Oid = Oid::new_unwrap("2.5.29.14");
/// keyUsage.
pub const KEY_USAGE: Oid = Oid::new_unwrap("2.5.29.15");
/// subjectAltName.
pub const SUBJECT_ALT_NAME: Oid = Oid::new_unwrap("2.5.29.17");
/// issuerAltName.
pub const ISSUER_ALT_NAME: Oid = Oid::new_unwrap("2.5.29.18");
/// basicConstraints.
pub const BASIC_CONSTRAINTS: Oid = Oid::new_unwrap("2.5.29.19");
/// cRLNumber.
pub const CRL_NUMBER: Oid = Oid::new_unwrap("2.5.29.20");
/// cRLReason of a CRL entry.
pub const CRL_REASON: Oid = Oid::new_unwrap("2.5.29.21");
/// invalidityDate of a CRL entry.
pub const INVALIDITY_DATE: Oid = Oid::new_unwrap("2.5.29.24");
/// deltaCRLIndicator.
pub const DELTA_CRL_INDICATOR: Oid = Oid::new_unwrap("2.5.29.27");
/// issuingDistributionPoint.
pub const ISSUING_DISTRIBUTION_POINT: Oid = Oid::new_unwrap("2.5.29.28");
/// certificateIssuer of an entry of an indirect CRL.
pub const CERTIFICATE_ISSUER: Oid = Oid::new_unwrap("2.5.29.29");
/// nameConstraints.
pub const NAME_CONSTRAINTS: Oid = Oid::new_unwrap("2.5.29.30");
/// cRLDistributionPoints.
pub const CRL_DISTRIBUTION_POINTS: Oid = Oid::new_unwrap("2.5.29.31");
/// certificatePolicies.
pub const CERTIFICATE_POLICIES: Oid = Oid::new_unwrap("2.5.29.32");
/// policyConstraints.
pub const POLICY_CONSTRAINTS: Oid = Oid::new_unwrap("2.5.29.36");
/// policyMappings.
pub const POLICY_MAPPINGS: Oid = Oid::new_unwrap("2.5.29.33");
/// inhibitAnyPolicy.
pub const INHIBIT_ANY_POLICY: Oid = Oid::new_unwrap("2.5.29.54");
/// authorityKeyIdentifier.
pub const AUTHORITY_KEY_IDENTIFIER: Oid = Oid::new_unwrap("2.5.29.35");
/// extKeyUsage.
pub const EXTENDED_KEY_USAGE: Oid = Oid::new_unwrap("2.5.29.37");
/// freshestCRL, read like cRLDistributionPoints.
pub const FRESHEST_CRL: Oid = Oid::new_unwrap("2.5.29.46");
/// authorityInfoAccess.
pub const AUTHORITY_INFO_ACCESS: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.1.1");
/// The comment of Netscape, which the tutorials of OpenSSL still write.
pub const NETSCAPE_COMMENT: Oid = Oid::new_unwrap("2.16.840.1.113730.1.13");

/// The certificate types of Netscape: an early extKeyUsage.
pub const NETSCAPE_CERT_TYPE: Oid = Oid::new_unwrap("2.16.840.1.113730.1.1");

/// anyExtendedKeyUsage and the purposes of RFC 5280 section 4.2.1.12.
pub const ANY_EXTENDED_KEY_USAGE: Oid = Oid::new_unwrap("2.5.29.37.0");
/// id-kp-serverAuth.
pub const SERVER_AUTH: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.1");
/// id-kp-clientAuth.
pub const CLIENT_AUTH: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.2");
/// id-kp-codeSigning.
pub const CODE_SIGNING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.3");
/// id-kp-emailProtection.
pub const EMAIL_PROTECTION: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.4");
/// id-kp-timeStamping.
pub const TIME_STAMPING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.8");
/// id-kp-OCSPSigning.
pub const OCSP_SIGNING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.9");

/// Where OCSP answers (RFC 5280 section 4.2.2.1).
pub const OCSP: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1");
/// id-pkix-ocsp-basic: the one kind of answer (RFC 6960 section 4.2.1).
pub const OCSP_BASIC: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.1");
/// id-pkix-ocsp-nonce (RFC 6960 section 4.4.1).
pub const OCSP_NONCE: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.2");
/// id-pkix-ocsp-nocheck: nobody need ask whether this responder's certificate was revoked (RFC 6960
/// section 4.2.2.2.1).
pub const OCSP_NO_CHECK: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.5");
/// Where certificates of the issuer are (RFC 5280 section 4.2.2.1).
pub const CA_ISSUERS: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.2");
/// anyPolicy (RFC 5280 section 4.2.1.4).
pub const ANY_POLICY: Oid = Oid::new_unwrap("2.5.29.32.0");

/// The number of an identity card, an officer's card or a passport (GB/T 20518-2018).
pub const GB20518_IDENTIFY_CODE: Oid = Oid::new_unwrap("1.2.156.10260.4.1.1");
/// A number of the social insurance (GB/T 20518-2018).
pub const GB20518_INSURANCE: Oid = Oid::new_unwrap("1.2.156.10260.4.1.2");
/// A business registration (GB/T 20518-2018).
pub const GB20518_BUSINESS: Oid = Oid::new_unwrap("1.2.156.10260.4.1.3");
/// The code of an organisation (GB/T 20518-2018).
pub const GB20518_ORGANIZATION: Oid = Oid::new_unwrap("1.2.156.10260.4.1.4");
/// A tax number (GB/T 20518-2018).
pub const GB20518_TAX: Oid = Oid::new_unwrap("1.2.156.10260.4.1.5");

/// What an attribute type is called in text: the short name that is written, and another that is
/// read.
pub(crate) const ATTRIBUTES: &[(&str, &str, &str)] = &[
    ("2.5.4.3", "CN", "commonName"),
    ("2.5.4.4", "SN", "surname"),
    ("2.5.4.5", "serialNumber", "serialNumber"),
    ("2.5.4.6", "C", "countryName"),
    ("2.5.4.7", "L", "localityName"),
    ("2.5.4.8", "ST", "stateOrProvinceName"),
    ("2.5.4.9", "street", "streetAddress"),
    ("2.5.4.10", "O", "organizationName"),
    ("2.5.4.11", "OU", "organizationalUnitName"),
    ("2.5.4.12", "title", "title"),
    ("2.5.4.13", "description", "description"),
    ("2.5.4.15", "businessCategory", "businessCategory"),
    ("2.5.4.17", "postalCode", "postalCode"),
    ("2.5.4.20", "telephoneNumber", "telephoneNumber"),
    ("2.5.4.41", "name", "name"),
    ("2.5.4.42", "GN", "givenName"),
    ("2.5.4.43", "initials", "initials"),
    ("2.5.4.44", "generationQualifier", "generationQualifier"),
    ("2.5.4.46", "dnQualifier", "dnQualifier"),
    ("2.5.4.65", "pseudonym", "pseudonym"),
    ("2.5.4.97", "organizationIdentifier", "organizationIdentifier"),
    ("1.2.840.113549.1.9.1", "emailAddress", "E"),
    ("1.2.840.113549.1.9.2", "unstructuredName", "unstructuredName"),
    ("0.9.2342.19200300.100.1.1", "UID", "userId"),
    ("0.9.2342.19200300.100.1.25", "DC", "domainComponent"),
    ("1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL", "jurisdictionLocalityName"),
    ("1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST", "jurisdictionStateOrProvinceName"),
    ("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC", "jurisdictionCountryName"),
];

/// What OpenSSL prints for an identifier: extensions, purposes, policies.
const TITLES: &[(&str, &str)] = &[
    ("2.5.29.9", "X509v3 Subject Directory Attributes"),
    ("2.5.29.14", "X509v3 Subject Key Identifier"),
    ("2.5.29.15", "X509v3 Key Usage"),
    ("2.5.29.16", "X509v3 Private Key Usage Period"),
    ("2.5.29.17", "X509v3 Subject Alternative Name"),
    ("2.5.29.18", "X509v3 Issuer Alternative Name"),
    ("2.5.29.19", "X509v3 Basic Constraints"),
    ("2.5.29.20", "X509v3 CRL Number"),
    ("2.5.29.21", "X509v3 CRL Reason Code"),
    ("2.5.29.24", "Invalidity Date"),
    ("2.5.29.27", "X509v3 Delta CRL Indicator"),
    ("2.5.29.28", "X509v3 Issuing Distribution Point"),
    ("2.5.29.29", "X509v3 Certificate Issuer"),
    ("2.5.29.30", "X509v3 Name Constraints"),
    ("2.5.29.31", "X509v3 CRL Distribution Points"),
    ("2.5.29.32", "X509v3 Certificate Policies"),
    ("2.5.29.32.0", "X509v3 Any Policy"),
    ("2.5.29.33", "X509v3 Policy Mappings"),
    ("2.5.29.35", "X509v3 Authority Key Identifier"),
    ("2.5.29.36", "X509v3 Policy Constraints"),
    ("2.5.29.37", "X509v3 Extended Key Usage"),
    ("2.5.29.37.0", "Any Extended Key Usage"),
    ("2.5.29.46", "X509v3 Freshest CRL"),
    ("2.5.29.54", "X509v3 Inhibit Any Policy"),
    ("1.3.6.1.5.5.7.1.1", "Authority Information Access"),
    ("1.3.6.1.5.5.7.1.11", "Subject Information Access"),
    ("1.3.6.1.5.5.7.3.1", "TLS Web Server Authentication"),
    ("1.3.6.1.5.5.7.3.2", "TLS Web Client Authentication"),
    ("1.3.6.1.5.5.7.3.3", "Code Signing"),
    ("1.3.6.1.5.5.7.3.4", "E-mail Protection"),
    ("1.3.6.1.5.5.7.3.8", "Time Stamping"),
    ("1.3.6.1.5.5.7.3.9", "OCSP Signing"),
    ("1.3.6.1.5.5.7.48.1", "OCSP"),
    ("1.3.6.1.5.5.7.48.1.5", "OCSP No Check"),
    ("1.3.6.1.5.5.7.48.2", "CA Issuers"),
    ("1.3.6.1.5.5.7.2.1", "CPS"),
    ("1.3.6.1.5.5.7.2.2", "User Notice"),
    ("2.16.840.1.113730.1.1", "Netscape Cert Type"),
    ("2.16.840.1.113730.1.13", "Netscape Comment"),
    ("1.2.840.113549.1.9.2", "unstructuredName"),
    ("1.2.840.113549.1.9.7", "challengePassword"),
    ("1.2.840.113549.1.9.14", "Requested Extensions"),
    ("1.2.840.113549.1.9.63", "CFCA Temporary Public Key"),
    ("1.2.156.10260.4.1.1", "GB/T 20518 Identify Code"),
    ("1.2.156.10260.4.1.2", "GB/T 20518 Insurance Number"),
    ("1.2.156.10260.4.1.3", "GB/T 20518 IC Registration Number"),
    ("1.2.156.10260.4.1.4", "GB/T 20518 Organization Code"),
    ("1.2.156.10260.4.1.5", "GB/T 20518 Taxation Number"),
    ("1.2.3.4.5.6.7.8.1", "Fabric CA Attributes"),
];

/// The GB/T 20518-2018 extensions that carry an identifier of the subject as a string.
pub(crate) fn is_gb20518_subject(id: Oid) -> bool {
    id.to_string().strip_prefix("1.2.156.10260.4.1.").is_some_and(|last| last.len() == 1)
}

/// Where Fabric's CA writes the attributes of an identity, as JSON.
pub const FABRIC_ATTRIBUTES: Oid = Oid::new_unwrap("1.2.3.4.5.6.7.8.1");

/// What OpenSSL calls named curves, and what NIST does.
const CURVES: &[(&str, &str, Option<&str>)] = &[
    ("1.2.840.10045.3.1.1", "prime192v1", Some("P-192")),
    ("1.2.840.10045.3.1.7", "prime256v1", Some("P-256")),
    ("1.3.132.0.10", "secp256k1", None),
    ("1.3.132.0.34", "secp384r1", Some("P-384")),
    ("1.3.132.0.35", "secp521r1", Some("P-521")),
    ("1.2.156.10197.1.301", "SM2", None),
];

/// The names of a curve that is known: OpenSSL's, and NIST's if it has one.
pub(crate) fn known_curve(id: Oid) -> Option<(&'static str, Option<&'static str>)> {
    let text = id.to_string();
    let known = CURVES.iter().find(|(oid, _, _)| *oid == text);
    known.map(|(_, name, nist)| (*name, *nist))
}

/// The name OpenSSL prints for an identifier, or the identifier itself.
#[must_use]
pub fn title(id: Oid) -> String {
    let text = id.to_string();
    let known = TITLES.iter().find(|(oid, _)| *oid == text).map(|(_, title)| *title);
    known.map_or(text, str::to_owned)
}

/// The name of an algorithm that is not ours, from the registry of RFCs, or its identifier.
pub(crate) fn algorithm_name(id: &Oid) -> String {
    const_oid::db::DB.by_oid(id).map_or_else(|| id.to_string(), str::to_owned)
}
