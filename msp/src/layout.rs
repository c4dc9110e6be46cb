// SPDX-License-Identifier: Apache-2.0
//! The names in an MSP folder, and how much is read of one.

use pki::{Certificate, Crl, Name};

/// A folder inside an MSP folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// `admincerts`: certificates of admins.
    AdminCerts,
    /// `cacerts`: what identities must chain to.
    CaCerts,
    /// `intermediatecerts`: CAs between those and the identities.
    IntermediateCerts,
    /// `signcerts`: the certificate of the identity that lives here.
    SignCerts,
    /// `keystore`: its private key.
    Keystore,
    /// `crls`: revocation lists.
    Crls,
    /// `tlscacerts`: what TLS certificates must chain to.
    TlsCaCerts,
    /// `tlsintermediatecerts`: CAs between those and TLS certificates.
    TlsIntermediateCerts,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::AdminCerts,
        Self::CaCerts,
        Self::IntermediateCerts,
        Self::SignCerts,
        Self::Keystore,
        Self::Crls,
        Self::TlsCaCerts,
        Self::TlsIntermediateCerts,
    ];

    /// Those that hold certificates.
    pub(crate) const CERTIFICATES: [Self; 6] = [
        Self::CaCerts,
        Self::IntermediateCerts,
        Self::TlsCaCerts,
        Self::TlsIntermediateCerts,
        Self::SignCerts,
        Self::AdminCerts,
    ];

    /// The name of the folder.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::AdminCerts => "admincerts",
            Self::CaCerts => "cacerts",
            Self::IntermediateCerts => "intermediatecerts",
            Self::SignCerts => "signcerts",
            Self::Keystore => "keystore",
            Self::Crls => "crls",
            Self::TlsCaCerts => "tlscacerts",
            Self::TlsIntermediateCerts => "tlsintermediatecerts",
        }
    }
}

impl core::fmt::Display for Place {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.folder())
    }
}

/// The name of the file with NodeOUs.
pub const CONFIG_FILE: &str = "config.yaml";

/// Entries that others put into an MSP folder and that mean nothing here: Fabric CA's keys of
/// Idemix issuers.
pub(crate) const IGNORED: [&str; 2] = ["IssuerPublicKey", "IssuerRevocationPublicKey"];

/// Files in one folder; Fabric's largest organisations have a handful.
pub(crate) const MAX_FILES: usize = 1024;
/// Bytes of a certificate, key or configuration file.
pub(crate) const MAX_FILE: usize = 1 << 20;
/// Bytes of a file of revocation lists: about half a million entries.
pub(crate) const MAX_CRL_FILE: usize = 16 << 20;
/// Bytes of all files together.
pub(crate) const MAX_TOTAL: usize = 64 << 20;

/// The name a certificate's file is given: `<common name>-cert.pem`.
#[must_use]
pub fn certificate_file(certificate: &Certificate) -> String {
    format!("{}-cert.pem", stem(certificate.subject()))
}

/// The name a revocation list's file is given: `<common name of the issuer>-crl.pem`.
#[must_use]
pub fn crl_file(crl: &Crl) -> String {
    format!("{}-crl.pem", stem(crl.issuer()))
}

/// The common name in characters that every file system and shell takes.
fn stem(name: &Name) -> String {
    let text = name.common_name().unwrap_or_default();
    let safe = |c: char| if c.is_alphanumeric() || ".-_@".contains(c) { c } else { '-' };
    // File systems end at 255 bytes; a character has four at most.
    let stem: String = text.chars().take(48).map(safe).collect();
    let stem = stem.trim_matches(['.', '-']);
    if stem.is_empty() { "ca".to_owned() } else { stem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &str) {
        assert_eq!(stem(&Name::parse(name).unwrap()), expected);
    }

    #[test]
    fn stems_are_safe_names() {
        check("CN=ca.org1.test", "ca.org1.test");
        check("CN=Admin@org1.test", "Admin@org1.test");
        check("CN=北京 根", "北京-根");
        check("CN=../../etc/passwd", "etc-passwd");
        check("O=x", "ca");
        check("CN=-.-", "ca");
    }
}
