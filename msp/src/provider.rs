// SPDX-License-Identifier: Apache-2.0
//! Judges who is a member and who is an admin, as Fabric does.
//!
//! A verdict never depends on a clock, or a ledger could not be judged again later. As in Fabric,
//! a path is judged at the second after the certificate's own notBefore: expiry is no part of it,
//! and a CA certificate that began after the ones it issued does not count. CRLs are taken
//! whatever their dates. Members of an MSP of the family that Fabric has are judged by the policy
//! `fabric-msp`, those of the other by `gm-field`, because CAs of that field lack key identifiers.
//!
//! Not here: policies, and warnings before something expires (`check`).

use crate::{Error, IdentityId, Member, Role, Verdict, Why};
use bccsp::{HashAlgorithm, Providers, Suite};
use pki::extension::{AuthorityKeyId, BasicConstraints};
use pki::path::{self, Policy, VerifiedPath};
use pki::{Certificate, Crl, Time};
use proto::Bytes;
use sys::Timestamp;

/// What an MSP is made of.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The name of the MSP; a folder does not say it.
    pub id: String,
    /// What certificates are hashed with to tell identities apart; that of the first root's family
    /// without one.
    pub hash: Option<HashAlgorithm>,
    /// Certificates that members must chain to.
    pub roots: Vec<Certificate>,
    /// CAs between those and the members.
    pub intermediates: Vec<Certificate>,
    /// Revocation lists of any of these CAs.
    pub crls: Vec<Crl>,
    /// Members who are admins.
    pub admins: Vec<Certificate>,
    /// Roles by organizational unit; with them every member has exactly one.
    pub roles: Option<Roles>,
    /// When there are any, every member is in one of them.
    pub units: Vec<Unit>,
}

/// Which organizational unit gives which role.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    /// Who is a client.
    pub client: Option<Unit>,
    /// Who is a peer.
    pub peer: Option<Unit>,
    /// Who is an admin.
    pub admin: Option<Unit>,
    /// Who is an orderer.
    pub orderer: Option<Unit>,
}

/// An organizational unit, and the CA that alone may put somebody into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// That CA; any CA of the MSP without one.
    pub issuer: Option<Certificate>,
}

/// A membership service provider: who belongs to one organisation.
#[derive(Debug)]
pub struct Msp {
    id: String,
    hash: HashAlgorithm,
    providers: Providers,
    verifier: path::Verifier,
    /// What members' paths are held to.
    policy: Policy,
    crls: Vec<Crl>,
    admins: Vec<Certificate>,
    roles: Option<Roles>,
    units: Vec<Unit>,
    /// CAs with CAs below them: Fabric lets only the others issue members.
    inner: Vec<Certificate>,
}

impl Msp {
    /// Puts one together.
    ///
    /// # Errors
    /// [`Error::NoCa`] without a root.
    pub fn new(providers: &Providers, parts: Parts) -> Result<Self, Error> {
        let Parts { id, hash, roots, intermediates, crls, admins, roles, units } = parts;
        if roots.is_empty() {
            return Err(Error::NoCa);
        }
        let family = roots.first().and_then(|root| family_of(providers, root));
        let suite = family.unwrap_or_else(|| providers.default_suite());
        let hash = hash.unwrap_or_else(|| suite.hash_algorithm());
        let policy = match suite {
            Suite::Nist => Policy::FabricMsp,
            Suite::Gm => Policy::GmField,
        };
        let verifier = path::Verifier::new(providers, roots, intermediates.clone(), []);
        let mut inner = Vec::new();
        for ca in &intermediates {
            // One that does not chain issues nobody; `check` has a finding for it.
            let Ok(path) = verifier.verify(ca, &options(ca, OF_CAS)) else { continue };
            inner.extend(path.certificates().iter().skip(1).cloned());
        }
        let providers = providers.clone();
        Ok(Self { id, hash, providers, verifier, policy, crls, admins, roles, units, inner })
    }

    /// Its name; empty for the MSP of a folder.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What makes a certificate of this MSP the same as another.
    ///
    /// # Errors
    /// [`Error::Provider`] when there is no provider with the MSP's hash function.
    pub fn identity_id(&self, certificate: &Certificate) -> Result<IdentityId, Error> {
        let digest = self.providers.hash(self.hash)?.digest(&[&certificate.low_s_der()]);
        Ok(IdentityId::new(&self.id, &digest))
    }

    /// The hash over the chain of a member from the issuer up to the root; empty for others.
    pub(crate) fn certifiers(&self, verdict: &Verdict) -> Result<Bytes, Error> {
        let Verdict::Yes(member) = verdict else {
            return Ok(Bytes::new());
        };
        let above = member.path().certificates().iter().skip(1);
        let parts: Vec<&[u8]> = above.map(Certificate::as_der).collect();
        let digest = self.providers.hash(self.hash)?.digest(&parts);
        Ok(Bytes::copy_from_slice(digest.as_ref()))
    }

    /// Whether a certificate is a member's.
    ///
    /// # Errors
    /// [`Error::Provider`] when a provider does not do its part; never for a bad certificate.
    pub fn is_member(&self, certificate: &Certificate) -> Result<Verdict, Error> {
        match self.judge(certificate) {
            Ok(member) => Ok(Verdict::Yes(member)),
            Err(Stop::No(why)) => Ok(Verdict::No(why)),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// Whether a certificate is an admin's: a member by role or listed.
    ///
    /// # Errors
    /// As [`is_member`](Self::is_member).
    pub fn is_admin(&self, certificate: &Certificate) -> Result<Verdict, Error> {
        Ok(match self.is_member(certificate)? {
            Verdict::Yes(member) if !member.is_admin() => Verdict::No(Why::NotAdmin),
            other => other,
        })
    }

    /// Whether an organizational unit makes admins.
    pub(crate) fn has_admin_role(&self) -> bool {
        self.roles.as_ref().is_some_and(|roles| roles.admin.is_some())
    }

    /// Whether a CA certificate chains to a root of this MSP, and was not revoked.
    pub(crate) fn judge_ca(&self, ca: &Certificate) -> Result<Option<Why>, Error> {
        match self.chain(ca, OF_CAS) {
            Ok(_) => Ok(None),
            Err(Stop::No(why)) => Ok(Some(why)),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    fn judge(&self, certificate: &Certificate) -> Result<Member, Stop> {
        // What cannot be read is refused with the path.
        let basic = certificate.extensions().get::<BasicConstraints>().ok().flatten();
        if basic.is_some_and(|basic| basic.ca) {
            return Err(Why::IsCa.into());
        }
        let path = self.chain(certificate, self.policy)?;
        let Some(issuer) = path.certificates().get(1) else {
            return Err(Why::IsRoot.into());
        };
        if self.inner.contains(issuer) {
            return Err(Why::IssuerIsNoLeafCa { issuer: issuer.subject().clone() }.into());
        }
        self.check_units(certificate, issuer)?;
        let role = self.role(certificate, issuer)?;
        let is_listed_admin = self.admins.contains(certificate);
        Ok(Member { path, role, is_listed_admin })
    }

    /// The path to a root, nobody on it revoked.
    fn chain(&self, certificate: &Certificate, policy: Policy) -> Result<VerifiedPath, Stop> {
        let path = self.verifier.verify(certificate, &options(certificate, policy));
        let path = path.map_err(|failure| Why::Path(Box::new(failure)))?;
        let certificates = path.certificates();
        for (subject, issuer) in certificates.iter().zip(certificates.iter().skip(1)) {
            if self.is_revoked(subject, issuer)? {
                let (subject, by) = (subject.subject().clone(), issuer.subject().clone());
                return Err(Why::Revoked { subject, by }.into());
            }
        }
        Ok(path)
    }

    /// Whether a CRL that the issuer signed lists the certificate.
    fn is_revoked(&self, subject: &Certificate, issuer: &Certificate) -> Result<bool, Error> {
        for crl in self.crls.iter().filter(|crl| crl.find(subject.serial()).is_some()) {
            if is_by(&self.providers, crl, issuer)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn check_units(&self, certificate: &Certificate, issuer: &Certificate) -> Result<(), Why> {
        let is_in = |unit: &Unit| {
            units_of(certificate).any(|name| name == unit.name)
                && unit.issuer.as_ref().is_none_or(|wanted| wanted == issuer)
        };
        if self.units.is_empty() || self.units.iter().any(is_in) {
            return Ok(());
        }
        let wanted = listed(self.units.iter().map(|unit| unit.name.as_str()));
        Err(Why::NoUnit { wanted, found: listed(units_of(certificate)) })
    }

    /// Exactly one unit gives a role, and the CA that may has given it.
    fn role(&self, certificate: &Certificate, issuer: &Certificate) -> Result<Option<Role>, Why> {
        let Some(roles) = &self.roles else {
            return Ok(None);
        };
        let mut met = Vec::new();
        for name in units_of(certificate) {
            let Some((role, unit)) = roles.of(name) else { continue };
            if let Some(wanted) = unit.issuer.as_ref().filter(|wanted| *wanted != issuer) {
                let (unit, wanted) = (name.to_owned(), wanted.subject().clone());
                return Err(Why::UnitOfOtherIssuer { unit, wanted });
            }
            met.push(role);
        }
        match met.as_slice() {
            [role] => Ok(Some(*role)),
            [] => {
                let wanted = listed(roles.units().into_iter().map(|(_, unit)| unit.name.as_str()));
                Err(Why::NoRole { wanted, found: listed(units_of(certificate)) })
            }
            several => Err(Why::SeveralRoles(listed(several.iter().map(|role| role.name())))),
        }
    }
}

impl Roles {
    fn of(&self, name: &str) -> Option<(Role, &Unit)> {
        self.units().into_iter().find(|(_, unit)| unit.name == name)
    }

    fn units(&self) -> Vec<(Role, &Unit)> {
        let all = [
            (Role::Client, &self.client),
            (Role::Peer, &self.peer),
            (Role::Admin, &self.admin),
            (Role::Orderer, &self.orderer),
        ];
        all.into_iter().filter_map(|(role, unit)| unit.as_ref().map(|unit| (role, unit))).collect()
    }
}

/// Whether a CRL is one of this CA: said by its authorityKeyIdentifier, else by the name of its
/// issuer, and proven by its signature.
///
/// # Errors
/// [`Error::Provider`] when a provider does not do its part: then nothing is known.
pub(crate) fn is_by(providers: &Providers, crl: &Crl, ca: &Certificate) -> Result<bool, Error> {
    let authority = crl.extensions().get::<AuthorityKeyId>().ok().flatten();
    let named = match authority.and_then(|authority| authority.key_id) {
        Some(id) => ca.key_id(providers).is_ok_and(|own| own == id),
        None => crl.issuer() == ca.subject(),
    };
    let Ok(key) = ca.public_key(providers) else {
        return Ok(false);
    };
    if !named {
        return Ok(false);
    }
    match crl.verify_signature(providers, &key) {
        Ok(()) => Ok(true),
        Err(pki::Error::Crypto(error @ bccsp::Error::SelfTestFailed(_))) => Err(error.into()),
        Err(_) => Ok(false),
    }
}

fn family_of(providers: &Providers, root: &Certificate) -> Option<Suite> {
    Some(root.public_key(providers).ok()?.algorithm().suite())
}

/// How a path is judged that ends with a CA and not with a member, which `fabric-msp` refuses.
const OF_CAS: Policy = Policy::GmField;

/// Nothing but the path, at the second after the certificate's notBefore, whatever the policy.
fn options(certificate: &Certificate, policy: Policy) -> path::Options {
    let Timestamp(start) = certificate.not_before().timestamp();
    let second = Time::new(Timestamp(start.saturating_add(1)));
    let time = second.min(certificate.not_after()).timestamp();
    path::Options { policy, ..path::Options::at(time) }
}

fn units_of(certificate: &Certificate) -> impl Iterator<Item = &str> {
    certificate.subject().values(pki::oid::ORGANIZATIONAL_UNIT_NAME)
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{}`", name.escape_debug())).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Why judging ended early.
enum Stop {
    No(Why),
    Failed(Error),
}

impl From<Why> for Stop {
    fn from(why: Why) -> Self {
        Self::No(why)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
