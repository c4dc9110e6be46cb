// SPDX-License-Identifier: Apache-2.0
//! Gives each node an address of its own, where `gmnode network create` puts all on the loopback:
//! in the profile, in its configuration, and in its TLS certificate, which the CA issues again.

use super::topology::{LOOPBACK, Node, Topology};
use anyhow::{Context as _, Result};
use bccsp::encoding::private_key;
use bccsp::{EngineChoice, Providers, Suite};
use ca::{Authority, Host, Order, Profile};
use pki::extension::{GeneralName, SubjectAltName, TypedExtension as _};
use pki::{Name, RequestBuilder};
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use sys::{Access, Disk as _, SystemDisk};

/// Gives them out. `profile` is `configtx.yaml`, which is returned with the new addresses.
pub(super) fn give(topology: &Topology, mut profile: String) -> Result<String> {
    // TLS is P-256 in both families.
    let providers = Arc::new(Providers::new(Suite::Nist, EngineChoice::Auto)?);
    for node in &topology.nodes {
        for form in [":", ", Port: "] {
            let (old, new) = (LOOPBACK, &node.host);
            profile = profile.replace(
                &format!("{old}{form}{}", node.port),
                &format!("{new}{form}{}", node.port),
            );
        }
        let path = node.config();
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        fs::write(&path, text.replace(LOOPBACK, &node.host))?;
        certify(node, &topology.dir, &providers).with_context(|| node.title())?;
    }
    Ok(profile)
}

/// A new key, and a certificate for it with the node's address.
fn certify(node: &Node, dir: &Path, providers: &Arc<Providers>) -> Result<()> {
    let home = dir.join(&node.organization).join("tlsca");
    let authority = Authority::open_unlocked(&Host::new(Arc::clone(providers)), &home, None)?;
    let address: Ipv4Addr = node.host.parse().context("an address")?;
    let address = GeneralName::Ip(address.octets().to_vec());
    let names = [GeneralName::Dns(node.name.clone()), address];
    let key = providers.default_provider().generate_signing_key()?;
    let subject = Name::parse(&format!("/O={}/CN={}", node.organization, node.name))?;
    let request = RequestBuilder::new(&subject)
        .extension(SubjectAltName(names.to_vec()).extension(false))
        .sign(&*key)?;
    let profile = Profile::named("tls-server").context("no such profile")?;
    let issued = authority.issue(&Order::new(request, profile))?;
    let (tls, pem) = (node.folder.join("tls"), issued.certificate.to_pem());
    let secret = private_key::encode(&key.export()?)?;
    SystemDisk.replace(&tls.join("server.key"), secret.expose(), Access::Private)?;
    SystemDisk.replace(&tls.join("server.crt"), pem.as_bytes(), Access::Public)?;
    Ok(())
}
