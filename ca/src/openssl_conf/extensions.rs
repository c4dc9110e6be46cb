// SPDX-License-Identifier: Apache-2.0
//! The extensions that a section of a configuration file asks for (`x509v3_config(5)`), and what
//! RFC 5280 says of them.

use super::values::{
    basic_constraints, comment, general_name, ip_range, key_usage, policies, split_critical,
};
use super::{ConfError, Entry, OpensslConf};
use pki::extension::{
    AuthorityInfoAccess, AuthorityKeyId, BasicConstraints, CrlDistributionPoints,
    DistributionPoint, ExtendedKeyUsage, Extension, GeneralName, IssuerAltName, KeyUsage,
    NameConstraints, SubjectAltName, SubjectKeyId, TypedExtension,
};
use pki::{Name, oid};

/// What to do with what RFC 5280 forbids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leniency {
    /// Leave it out and say so.
    #[default]
    Drop,
    /// Keep it, as OpenSSL does.
    Keep,
    /// Refuse the whole.
    Refuse,
}

/// The key identifiers that `hash` and `keyid` stand for.
#[derive(Clone, Copy, Debug)]
pub struct KeyIds<'a> {
    /// Of the key that is certified.
    pub subject: &'a [u8],
    /// Of the key that signs; `None` where they are the same, or in a request.
    pub issuer: Option<&'a [u8]>,
    /// Whether it is a request, which gets nothing that the section does not ask for.
    pub request: bool,
}

/// The extensions of a section, in its order, and what was noticed on the way.
#[derive(Clone, Debug)]
pub struct Requested {
    /// What goes into the certificate or request.
    pub extensions: Vec<Extension>,
    /// File, line and rule of each thing that was dropped.
    pub warnings: Vec<String>,
}

/// Extensions as asked for, with the lines they stand on.
#[derive(Default)]
struct Asked {
    basic: Option<(BasicConstraints, bool, usize)>,
    usage: Option<(KeyUsage, bool, usize)>,
    /// In the order of the section; the first two are put in again from the fields above.
    all: Vec<Extension>,
}

impl OpensslConf {
    /// The section with the extensions of a certificate: the one that was named, else what
    /// `[req] x509_extensions` says; of a request what `req_extensions` says.
    ///
    /// # Errors
    /// [`ConfError`] when no section is named, or the named one is not there.
    pub fn extension_section(&self, named: Option<&str>, request: bool) -> Result<&str, ConfError> {
        let key = if request { "req_extensions" } else { "x509_extensions" };
        let name = match named {
            Some(name) => Some(name),
            None => self.get("req", key).map(|entry| entry.value.as_str()),
        };
        let name = name.ok_or_else(|| {
            self.error(0, &format!("`[req] {key}` is missing; name a section with --section"))
        })?;
        let found = self.sections.get_key_value(name).map(|(name, _)| name.as_str());
        found.ok_or_else(|| self.require(name).err().unwrap_or_else(|| self.error(0, name)))
    }

    /// The extensions that a section asks for. As OpenSSL does, a certificate gets a subject key
    /// identifier, and an authority key identifier unless it is self-signed, even when the section
    /// is silent.
    ///
    /// # Errors
    /// [`ConfError`] with the line of what is not understood, or, under [`Leniency::Refuse`], of
    /// what RFC 5280 forbids.
    pub fn extensions(
        &self,
        section: &str,
        keys: &KeyIds<'_>,
        leniency: Leniency,
    ) -> Result<Requested, ConfError> {
        let mut asked = Asked::default();
        for entry in self.require(section)? {
            self.extension(entry, keys, &mut asked)?;
        }
        let warnings = self.judge(&mut asked, leniency)?;
        let mut extensions = asked.all;
        if !keys.request {
            add_key_ids(&mut extensions, keys);
        }
        Ok(Requested { extensions, warnings })
    }

    /// The rules of RFC 5280 that the tutorial's files break.
    fn judge(&self, asked: &mut Asked, leniency: Leniency) -> Result<Vec<String>, ConfError> {
        let mut findings = Vec::new();
        let is_ca = asked.basic.as_ref().is_some_and(|(basic, ..)| basic.ca);
        if let Some((basic, _, line)) = &mut asked.basic
            && basic.path_len.is_some()
            && !basic.ca
        {
            findings.push((*line, "pathlen without CA:true (RFC 5280 section 4.2.1.9)"));
            if leniency == Leniency::Drop {
                basic.path_len = None;
            }
        }
        if let Some((usage, _, line)) = &mut asked.usage
            && usage.contains(KeyUsage::KEY_CERT_SIGN)
            && !is_ca
        {
            findings.push((*line, "keyCertSign without CA:true (RFC 5280 section 4.2.1.3)"));
            if leniency == Leniency::Drop {
                *usage = usage.without(KeyUsage::KEY_CERT_SIGN);
            }
        }
        if let (Leniency::Refuse, Some((line, what))) = (leniency, findings.first()) {
            return Err(self.error(*line, &format!("{what}; mend it, or drop it without --strict")));
        }
        asked.apply();
        let said = if leniency == Leniency::Keep { "kept" } else { "left out" };
        let text = |(line, what)| format!("{}:{line}: {what}: {said}", self.file());
        Ok(findings.into_iter().map(text).collect())
    }

    fn extension(
        &self,
        entry: &Entry,
        keys: &KeyIds<'_>,
        asked: &mut Asked,
    ) -> Result<(), ConfError> {
        let (critical, value) = split_critical(&entry.value);
        let wrong = |what: &str| self.error(entry.line, what);
        let items = || value.split(',').map(str::trim).filter(|item| !item.is_empty());
        match entry.name.as_str() {
            "basicConstraints" => {
                let basic = basic_constraints(items()).map_err(|what| wrong(&what))?;
                asked.basic = Some((basic, critical, entry.line));
                asked.all.push(basic.extension(critical));
            }
            "keyUsage" => {
                let usage = key_usage(items()).map_err(|what| wrong(&what))?;
                asked.usage = Some((usage, critical, entry.line));
                asked.all.push(usage.extension(critical));
            }
            "extendedKeyUsage" => {
                let ids: Result<Vec<_>, _> = items()
                    .map(|item| {
                        ExtendedKeyUsage::named(item)
                            .ok_or_else(|| wrong(&format!("the purpose `{item}` is not known")))
                    })
                    .collect();
                asked.all.push(ExtendedKeyUsage(ids?).extension(critical));
            }
            "subjectKeyIdentifier" => match value {
                "hash" => {
                    let id = SubjectKeyId(keys.subject.to_vec());
                    asked.all.push(id.extension(critical));
                }
                "none" => {}
                other => return Err(wrong(&format!("`{other}` is not read here; write `hash`"))),
            },
            "authorityKeyIdentifier" => {
                // `issuer` names the issuer's certificate, which the key identifier does better.
                if let (Some(issuer), true) = (keys.issuer, items().any(|i| i.starts_with("keyid")))
                {
                    let id = AuthorityKeyId { key_id: Some(issuer.to_vec()), ..Default::default() };
                    asked.all.push(id.extension(critical));
                }
            }
            _ => asked.all.push(self.naming_extension(entry, value, critical)?),
        }
        Ok(())
    }

    /// The extensions that hold names and addresses, which may stand in sections of their own.
    fn naming_extension(
        &self,
        entry: &Entry,
        value: &str,
        critical: bool,
    ) -> Result<Extension, ConfError> {
        let wrong = |what: &str| self.error(entry.line, what);
        let items = || value.split(',').map(str::trim).filter(|item| !item.is_empty());
        Ok(match entry.name.as_str() {
            "subjectAltName" => SubjectAltName(self.names(value, entry)?).extension(critical),
            "issuerAltName" => IssuerAltName(self.names(value, entry)?).extension(critical),
            "nameConstraints" => self.name_constraints(value, entry)?.extension(critical),
            "certificatePolicies" => {
                policies(items()).map_err(|what| wrong(&what))?.extension(critical)
            }
            "crlDistributionPoints" => {
                let points = self.names(value, entry)?.into_iter().map(|name| match name {
                    GeneralName::Uri(uri) => Ok(DistributionPoint::uri(&uri)),
                    _ => Err(wrong("only `URI:…` is read here")),
                });
                CrlDistributionPoints(points.collect::<Result<_, _>>()?).extension(critical)
            }
            "authorityInfoAccess" => self.access(value, entry)?.extension(critical),
            "nsComment" => comment(value, critical).map_err(|what| wrong(&what))?,
            other => {
                let what = format!("the extension `{other}` is not known here; take the line out");
                return Err(wrong(&what));
            }
        })
    }

    /// `DNS:a, IP:b, @section`.
    fn names(&self, value: &str, entry: &Entry) -> Result<Vec<GeneralName>, ConfError> {
        let mut names = Vec::new();
        for item in value.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            if let Some(section) = item.strip_prefix('@') {
                for inner in self.require(section)? {
                    let kind = inner.name.split('.').next().unwrap_or_default();
                    names.push(self.name(kind, &inner.value, inner.line)?);
                }
                continue;
            }
            let (kind, text) = item
                .split_once(':')
                .ok_or_else(|| self.error(entry.line, &format!("`{item}` is no `KIND:name`")))?;
            names.push(self.name(kind, text, entry.line)?);
        }
        Ok(names)
    }

    fn name(&self, kind: &str, text: &str, line: usize) -> Result<GeneralName, ConfError> {
        if kind == "dirName" {
            let mut rdns = Vec::new();
            for entry in self.require(text)? {
                let attribute = pki::Attribute::named(&entry.name, &entry.value)
                    .map_err(|error| self.error(entry.line, &error.to_string()))?;
                rdns.push(vec![attribute]);
            }
            let name = Name::new(rdns).map_err(|error| self.error(line, &error.to_string()))?;
            return Ok(GeneralName::Directory(name));
        }
        general_name(kind, text).map_err(|what| self.error(line, &what))
    }

    fn name_constraints(&self, value: &str, entry: &Entry) -> Result<NameConstraints, ConfError> {
        let mut constraints = NameConstraints { permitted: Vec::new(), excluded: Vec::new() };
        for item in value.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let parts: Vec<&str> = item.splitn(3, ';').flat_map(|p| p.splitn(2, ':')).collect();
            let (list, kind, text) = match parts.as_slice() {
                ["permitted", kind, text] => (&mut constraints.permitted, kind, text),
                ["excluded", kind, text] => (&mut constraints.excluded, kind, text),
                _ => {
                    let what = format!("`{item}` is no `permitted;KIND:name` or `excluded;…`");
                    return Err(self.error(entry.line, &what));
                }
            };
            list.push(match (*kind, text.split_once('/')) {
                ("IP", Some((address, mask))) => ip_range(address, mask)
                    .ok_or_else(|| self.error(entry.line, &format!("`{text}` is no IP range")))?,
                _ => self.name(kind, text, entry.line)?,
            });
        }
        Ok(constraints)
    }

    fn access(&self, value: &str, entry: &Entry) -> Result<AuthorityInfoAccess, ConfError> {
        let mut list = Vec::new();
        for item in value.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (method, rest) = item.split_once(';').unwrap_or((item, ""));
            let id = match method {
                "OCSP" => oid::OCSP,
                "caIssuers" => oid::CA_ISSUERS,
                _ => {
                    let what = format!("`{method}` is neither OCSP nor caIssuers");
                    return Err(self.error(entry.line, &what));
                }
            };
            let (kind, text) = rest.split_once(':').unwrap_or((rest, ""));
            list.push((id, self.name(kind, text, entry.line)?));
        }
        Ok(AuthorityInfoAccess(list))
    }
}

impl Asked {
    /// Puts the two extensions that were judged back where they stood; an empty key usage, which
    /// says nothing and is forbidden, is left out.
    fn apply(&mut self) {
        if let Some((basic, critical, _)) = &self.basic {
            replace(&mut self.all, Some(basic.extension(*critical)), BasicConstraints::ID);
        }
        if let Some((usage, critical, _)) = &self.usage {
            let extension = (!usage.is_empty()).then(|| usage.extension(*critical));
            replace(&mut self.all, extension, KeyUsage::ID);
        }
    }
}

fn replace(all: &mut Vec<Extension>, new: Option<Extension>, id: const_oid::ObjectIdentifier) {
    let Some(place) = all.iter().position(|extension| extension.id == id) else { return };
    drop(all.splice(place..=place, new));
}

fn add_key_ids(extensions: &mut Vec<Extension>, keys: &KeyIds<'_>) {
    let has = |list: &[Extension], id| list.iter().any(|extension| extension.id == id);
    if !has(extensions, SubjectKeyId::ID) {
        extensions.push(SubjectKeyId(keys.subject.to_vec()).extension(false));
    }
    if let (Some(issuer), false) = (keys.issuer, has(extensions, AuthorityKeyId::ID)) {
        let id = AuthorityKeyId { key_id: Some(issuer.to_vec()), ..Default::default() };
        extensions.push(id.extension(false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: KeyIds<'_> = KeyIds { subject: &[1; 20], issuer: Some(&[2; 20]), request: false };

    fn conf(lines: &str) -> OpensslConf {
        OpensslConf::parse(&format!("[x]\n{lines}"), "t.cnf", &|_| None).unwrap()
    }

    fn ids(requested: &Requested) -> Vec<String> {
        requested.extensions.iter().map(|extension| extension.id.to_string()).collect()
    }

    #[test]
    fn what_rfc_5280_forbids_is_dropped_kept_or_refused() {
        let lines = "basicConstraints=critical,CA:false,pathlen:1\n\
                     keyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n";
        let dropped = conf(lines).extensions("x", &KEYS, Leniency::Drop).unwrap();
        assert_eq!(ids(&dropped), ["2.5.29.19", "2.5.29.14", "2.5.29.35"]);
        assert_eq!(dropped.extensions[0].value, [0x30, 0]);
        assert!(dropped.warnings[0].starts_with("t.cnf:2: pathlen"), "{:?}", dropped.warnings);
        assert!(dropped.warnings[1].starts_with("t.cnf:3: keyCertSign"), "{:?}", dropped.warnings);
        let kept = conf(lines).extensions("x", &KEYS, Leniency::Keep).unwrap();
        assert_eq!(ids(&kept), ["2.5.29.19", "2.5.29.15", "2.5.29.14", "2.5.29.35"]);
        assert_eq!(kept.extensions[0].value, [0x30, 3, 2, 1, 1]);
        let refused = conf(lines).extensions("x", &KEYS, Leniency::Refuse).unwrap_err();
        assert_eq!(refused.line, 2);
    }

    #[test]
    fn every_extension_is_read() {
        let lines = "subjectAltName=DNS:a.b,IP:10.0.0.1,email:x@y,URI:http://u,@more\n\
                     extendedKeyUsage=serverAuth, clientAuth\nauthorityKeyIdentifier=keyid:always\n\
                     nameConstraints=critical,permitted;DNS:.a.b,excluded;IP:10.0.0.0/255.0.0.0\n\
                     crlDistributionPoints=URI:http://c\nauthorityInfoAccess=OCSP;URI:http://o\n\
                     certificatePolicies=1.2.3\nnsComment=hello\n[more]\nDNS.1=c.d\n";
        let requested = conf(lines).extensions("x", &KEYS, Leniency::Drop).unwrap();
        assert_eq!(requested.extensions.len(), 9);
        let names = SubjectAltName::decode(&requested.extensions[0].value).unwrap();
        assert_eq!(names.0.len(), 5);
    }

    #[test]
    fn errors_name_the_line() {
        for lines in [
            "\nkeyUsage=nothing",
            "\nbasicConstraints=CB:true",
            "\nsubjectAltName=a.b",
            "\nsubjectAltName=IP:a.b",
            "\nunknownThing=1",
            "\nextendedKeyUsage=nothing",
            "\nnameConstraints=DNS:a",
            "\nsubjectKeyIdentifier=0102",
        ] {
            let error = conf(lines).extensions("x", &KEYS, Leniency::Drop).unwrap_err();
            assert_eq!(error.line, 3, "{error}");
        }
    }
}
