// SPDX-License-Identifier: Apache-2.0
//! From the message to the MSP: everything in it read, and refused where Fabric refuses it.

use crate::{Error, Msp, Parts, Roles, Unit};
use bccsp::{HashAlgorithm, Providers};
use pki::extension::{BasicConstraints, SubjectKeyId};
use pki::{Certificate, Crl};
use proto::Bytes;
use proto::msp::{FabricMspConfig, FabricNodeOUs, FabricOuIdentifier};

/// What certificates are hashed with. Absent names mean the family of the first root.
pub(super) fn hash(
    message: &FabricMspConfig,
    providers: &Providers,
) -> Result<HashAlgorithm, Error> {
    let id = message.name.as_str();
    if id.is_empty() {
        return Err(Error::Definition("an MSP without a name".to_owned()));
    }
    let roots = certificates(id, "root CA", &message.root_certs)?;
    let suite = |root: &Certificate| Some(root.public_key(providers).ok()?.algorithm().suite());
    let of_roots: Vec<_> = roots.iter().filter_map(suite).map(|s| s.hash_algorithm()).collect();
    let Some(first) = of_roots.first().copied() else {
        return Err(match roots.first() {
            None => Error::NoCa,
            Some(root) => {
                let error = root.public_key(providers).err();
                let why = error.map_or(String::new(), |error| error.to_string());
                refused(
                    id,
                    format!("the key of the root CA {} cannot be used: {why}", root.subject()),
                )
            }
        });
    };
    let crypto = message.crypto_config.clone().unwrap_or_default();
    let (family, function) =
        (&crypto.signature_hash_family, &crypto.identity_identifier_hash_function);
    let named = match function.as_str() {
        "" => first,
        name => HashAlgorithm::from_fabric_name(name).ok_or_else(|| {
            let name = name.escape_debug();
            refused(id, format!("identity_identifier_hash_function `{name}` is not known"))
        })?,
    };
    if !family.is_empty() && family != named.fabric_family() {
        let (family, wanted) = (family.escape_debug(), named.fabric_family());
        let what = format!(
            "signature_hash_family is `{family}`, and to {} belongs {wanted}",
            named.fabric_name()
        );
        return Err(refused(id, what));
    }
    if !of_roots.contains(&named) {
        let (name, fit) = (named.fabric_name(), first.fabric_name());
        let what = format!(
            "identity_identifier_hash_function is {name}, and the keys of its root \
                            CAs are of the family of {fit}: set {fit} and {}",
            first.fabric_family()
        );
        return Err(refused(id, what));
    }
    Ok(named)
}

/// The MSP of the message.
pub(super) fn msp(
    message: &FabricMspConfig,
    hash: HashAlgorithm,
    providers: &Providers,
) -> Result<Msp, Error> {
    let id = message.name.as_str();
    let roots = certificates(id, "root CA", &message.root_certs)?;
    let intermediates = certificates(id, "intermediate CA", &message.intermediate_certs)?;
    let cas: Vec<Certificate> = roots.iter().chain(&intermediates).cloned().collect();
    cas.iter().try_for_each(|ca| check_ca(id, "CA", ca))?;
    for (what, pem) in [
        ("TLS root CA", &message.tls_root_certs),
        ("TLS intermediate CA", &message.tls_intermediate_certs),
    ] {
        certificates(id, what, pem)?.iter().try_for_each(|ca| check_ca(id, what, ca))?;
    }
    let units = &message.organizational_unit_identifiers;
    let units = units.iter().map(|unit| self::unit(id, &cas, unit));
    let parts = Parts {
        id: id.to_owned(),
        hash: Some(hash),
        roots,
        intermediates: intermediates.clone(),
        admins: certificates(id, "admin", &message.admins)?,
        crls: crls(id, &message.revocation_list)?,
        roles: roles(id, &cas, message.fabric_node_ous.as_ref())?,
        units: units.collect::<Result<_, _>>()?,
    };
    let msp = Msp::new(providers, parts)?;
    for ca in &cas {
        if let Some(why) = msp.judge_ca(ca)? {
            return Err(refused(id, format!("its CA {} issues nobody: {why}", ca.subject())));
        }
    }
    Ok(msp)
}

/// The first certificate of each PEM text, as Fabric reads them.
pub(super) fn certificates(id: &str, what: &str, all: &[Bytes]) -> Result<Vec<Certificate>, Error> {
    all.iter().map(|pem| certificate(id, what, pem)).collect()
}

fn certificate(id: &str, what: &str, pem: &[u8]) -> Result<Certificate, Error> {
    let read = crate::manager::read_certificate(pem);
    read.map_err(|refusal| refused(id, format!("a certificate ({what}): {refusal}")))
}

fn crls(id: &str, all: &[Bytes]) -> Result<Vec<Crl>, Error> {
    let read = |bytes: &Bytes| {
        Crl::from_pem_or_der(bytes).map_err(|error| refused(id, format!("a CRL: {error}")))
    };
    all.iter().map(read).collect()
}

/// What a CA certificate must say of itself.
fn check_ca(id: &str, what: &str, ca: &Certificate) -> Result<(), Error> {
    let extensions = ca.extensions();
    let (subject, serial) = (ca.subject(), ca.serial_hex());
    let say = |why: &str| {
        refused(
            id,
            format!("the certificate {subject} (serial {serial}) {why}: it cannot be a {what}"),
        )
    };
    match extensions.get::<BasicConstraints>() {
        Ok(Some(basic)) if basic.ca => {}
        Ok(_) => return Err(say("does not say that it is a CA (basicConstraints)")),
        Err(error) => return Err(say(&error.to_string())),
    }
    match extensions.get::<SubjectKeyId>() {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(say("has no subjectKeyIdentifier")),
        Err(error) => Err(say(&error.to_string())),
    }
}

fn roles(
    id: &str,
    cas: &[Certificate],
    node_ous: Option<&FabricNodeOUs>,
) -> Result<Option<Roles>, Error> {
    let Some(node_ous) = node_ous.filter(|node_ous| node_ous.enable) else {
        return Ok(None);
    };
    let read = |unit: &Option<FabricOuIdentifier>| {
        unit.as_ref().map(|unit| self::unit(id, cas, unit)).transpose()
    };
    Ok(Some(Roles {
        client: read(&node_ous.client_ou_identifier)?,
        peer: read(&node_ous.peer_ou_identifier)?,
        admin: read(&node_ous.admin_ou_identifier)?,
        orderer: read(&node_ous.orderer_ou_identifier)?,
    }))
}

fn unit(id: &str, cas: &[Certificate], unit: &FabricOuIdentifier) -> Result<Unit, Error> {
    let name = unit.organizational_unit_identifier.clone();
    if unit.certificate.is_empty() {
        return Ok(Unit { name, issuer: None });
    }
    let issuer = certificate(id, "of an organizational unit", &unit.certificate)?;
    if cas.contains(&issuer) {
        return Ok(Unit { name, issuer: Some(issuer) });
    }
    let (unit, subject) = (name.escape_debug(), issuer.subject());
    let what =
        format!("the organizational unit `{unit}` is pinned to {subject}, no CA of this MSP");
    Err(refused(id, what))
}

fn refused(id: &str, what: impl std::fmt::Display) -> Error {
    Error::Definition(format!("MSP `{}`: {what}", id.escape_debug()))
}
