// SPDX-License-Identifier: Apache-2.0
//! Keys, certificates and MSP folders of a network: each organisation has a CA for its members and
//! one for TLS.

use super::plan::{Organization, Plan};
use anyhow::{Context as _, Result};
use bccsp::encoding::private_key;
use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use ca::{Authority, Host, NewCa, Order, Profile};
use msp::Contents;
use pki::extension::{GeneralName, SubjectAltName, TypedExtension as _};
use pki::{Certificate, Name, RequestBuilder};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use sys::{Access, Disk, SystemDisk};

/// The people that every organisation has.
pub(crate) const USERS: [&str; 2] = ["admin", "client"];

/// What makes the members of an organisation.
struct Authorities {
    name: String,
    /// Where its processes are.
    host: GeneralName,
    members: Issuer,
    tls: Issuer,
}

/// A CA and the family it works in.
struct Issuer {
    authority: Authority,
    providers: Arc<Providers>,
}

/// Makes everything, into folders that must not be there yet.
pub(crate) fn make(plan: &Plan) -> Result<()> {
    plan.organizations().try_for_each(|organization| {
        make_organization(plan, organization).with_context(|| organization.name.clone())
    })
}

fn make_organization(plan: &Plan, organization: &Organization) -> Result<()> {
    let home = plan.home(organization);
    SystemDisk.create_dir(&home, Access::Public)?;
    let name = &organization.name;
    let authorities = Authorities {
        name: name.clone(),
        host: general(&plan.host),
        members: Issuer::new(&home.join("ca"), name, "CA", plan.suite)?,
        tls: Issuer::new(&home.join("tlsca"), name, "TLS CA", Suite::Nist)?,
    };
    write_msp(&authorities, &home.join("msp"), None)?;
    for folder in ["users", "nodes"] {
        SystemDisk.create_dir(&home.join(folder), Access::Public)?;
    }
    for user in USERS {
        let folder = plan.user(organization, user);
        SystemDisk.create_dir(&folder, Access::Private)?;
        authorities.member(&folder, user, user)?;
        authorities.tls(&folder.join("tls"), user, "client")?;
    }
    let role = if organization.name == plan.orderers.name { "orderer" } else { "peer" };
    for node in &organization.nodes {
        let folder = plan.node(organization, node);
        SystemDisk.create_dir(&folder, Access::Private)?;
        authorities.member(&folder, role, &node.name)?;
        authorities.tls(&folder.join("tls"), &node.name, "server")?;
    }
    Ok(())
}

impl Issuer {
    fn new(home: &Path, organization: &str, kind: &str, suite: Suite) -> Result<Self> {
        let providers = Arc::new(Providers::new(suite, EngineChoice::Auto)?);
        let subject = Name::parse(&format!("/O={organization}/CN={organization} {kind}"))?;
        let host = Host::new(Arc::clone(&providers));
        let (authority, _) = Authority::init(&host, home, &NewCa::root(subject))?;
        Ok(Self { authority, providers })
    }

    /// A key and a certificate for it.
    fn issue(
        &self,
        subject: &str,
        names: Vec<GeneralName>,
        profile: &str,
    ) -> Result<(Arc<dyn SigningKey>, Certificate)> {
        let key = self.providers.default_provider().generate_signing_key()?;
        let mut request = RequestBuilder::new(&Name::parse(subject)?);
        if !names.is_empty() {
            request = request.extension(SubjectAltName(names).extension(false));
        }
        let profile = Profile::named(profile).context("no such profile")?;
        let issued = self.authority.issue(&Order::new(request.sign(&*key)?, profile))?;
        Ok((key, issued.certificate))
    }
}

impl Authorities {
    /// The MSP folder of somebody with that role, in `folder`.
    fn member(&self, folder: &Path, role: &str, name: &str) -> Result<()> {
        let subject = format!("/O={}/OU={role}/CN={name}", self.name);
        let (key, certificate) = self.members.issue(&subject, Vec::new(), "user")?;
        write_msp(self, &folder.join("msp"), Some((&*key, certificate)))
    }

    /// Key, certificate and `ca.crt` of a process on this machine (`server`), which is a client of
    /// others too, or of a person (`client`).
    fn tls(&self, folder: &Path, name: &str, kind: &str) -> Result<()> {
        let subject = format!("/O={}/CN={name}", self.name);
        let loopback = GeneralName::Ip(Ipv4Addr::LOCALHOST.octets().to_vec());
        let names = ["localhost", name].map(|name| GeneralName::Dns(name.to_owned()));
        let mut names: Vec<_> = names.into_iter().chain([loopback]).collect();
        if !names.contains(&self.host) {
            names.push(self.host.clone());
        }
        let names = if kind == "server" { names } else { Vec::new() };
        let (key, certificate) = self.tls.issue(&subject, names, &format!("tls-{kind}"))?;
        SystemDisk.create_dir(folder, Access::Private)?;
        let write = |file: &str, bytes: &[u8], access| {
            let path = folder.join(file);
            SystemDisk.create(&path, bytes, access).with_context(|| path.display().to_string())
        };
        write(
            &format!("{kind}.key"),
            private_key::encode(&key.export()?)?.expose(),
            Access::Private,
        )?;
        write(&format!("{kind}.crt"), certificate.to_pem().as_bytes(), Access::Public)?;
        let ca = self.tls.authority.certificate().to_pem();
        write("ca.crt", ca.as_bytes(), Access::Public)
    }
}

/// A host as certificates name it.
fn general(host: &str) -> GeneralName {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => GeneralName::Ip(address.octets().to_vec()),
        Ok(IpAddr::V6(address)) => GeneralName::Ip(address.octets().to_vec()),
        Err(_) => GeneralName::Dns(host.to_owned()),
    }
}

/// An MSP folder with roles by organizational unit; with a signer it is somebody's own.
fn write_msp(
    of: &Authorities,
    path: &Path,
    signer: Option<(&dyn SigningKey, Certificate)>,
) -> Result<()> {
    let mut contents =
        Contents::new(vec![of.members.authority.certificate().clone()]).with_node_ous();
    contents.tls_ca_certificates = vec![of.tls.authority.certificate().clone()];
    if let Some((key, certificate)) = signer {
        (contents.key, contents.signer) = (Some(key.export()?), Some(certificate));
    }
    let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
    contents.write(&disk, &of.members.providers, path)?;
    Ok(())
}
