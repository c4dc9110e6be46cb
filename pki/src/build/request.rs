// SPDX-License-Identifier: Apache-2.0
//! Certification requests (RFC 2986 section 4).

use super::check_unique;
use crate::asn1::{tag, write};
use crate::extension::{Extension, Extensions};
use crate::{Error, Name, Request, oid, signed};
use bccsp::SigningKey;
use bccsp::encoding::spki;

const WHAT: &str = "request";

/// A request in the making.
#[derive(Clone, Debug)]
#[must_use]
pub struct RequestBuilder {
    subject: Name,
    extensions: Vec<Extension>,
}

impl RequestBuilder {
    /// Asks for a certificate of this name.
    pub fn new(subject: &Name) -> Self {
        Self { subject: subject.clone(), extensions: Vec::new() }
    }

    /// Asks for an extension.
    pub fn extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Signs with the key that is to be certified.
    ///
    /// # Errors
    /// [`Error::Build`] for what cannot be written; [`Error::Crypto`] when the key does not sign.
    pub fn sign(self, key: &dyn SigningKey) -> Result<Request, Error> {
        check_unique(&self.extensions, WHAT)?;
        let attributes = if self.extensions.is_empty() {
            Vec::new()
        } else {
            let list = Extensions::to_der(&self.extensions);
            write::sequence(&[&write::oid(oid::EXTENSION_REQUEST), &write::set_of(vec![list])])
        };
        let info = write::sequence(&[
            &write::unsigned(tag::INTEGER, &[0]),
            self.subject.as_der(),
            &spki::encode(key.verifying_key().public_key()),
            &write::tlv(tag::constructed(0), &attributes),
        ]);
        Request::from_der(&signed::sign(&info, key, WHAT)?)
    }
}
