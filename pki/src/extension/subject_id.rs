// SPDX-License-Identifier: Apache-2.0
//! Numbers that identify the subject in China, as extensions (GB/T 20518-2018 clause 5.2.4.2,
//! GM/T 0015-2012): identity cards, registrations, tax numbers.

use super::Extension;
use crate::asn1::{Reader, Tlv, tag, write};
use crate::name::decode_string;
use crate::{Error, oid};
use const_oid::ObjectIdentifier;

/// A number of the subject, and what it is the number of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectId {
    kind: &'static Kind,
    number: String,
}

#[derive(Debug, PartialEq, Eq)]
struct Kind {
    name: &'static str,
    id: ObjectIdentifier,
    /// The alternative within IdentifyCode.
    choice: Option<u8>,
    string: u8,
}

const fn kind(name: &'static str, id: ObjectIdentifier) -> Kind {
    Kind { name, id, choice: None, string: tag::PRINTABLE_STRING }
}

const fn person(name: &'static str, choice: u8, string: u8) -> Kind {
    Kind { name, id: oid::GB20518_IDENTIFY_CODE, choice: Some(choice), string }
}

/// `IdentifyCode ::= CHOICE { residenterCardNumber [0] PrintableString,
/// militaryOfficerCardNumber [1] UTF8String, passportNumber [2] PrintableString }`; the others are
/// a PrintableString each.
const KINDS: [Kind; 7] = [
    person("residentCard", 0, tag::PRINTABLE_STRING),
    person("militaryCard", 1, tag::UTF8_STRING),
    person("passport", 2, tag::PRINTABLE_STRING),
    kind("insurance", oid::GB20518_INSURANCE),
    kind("businessRegistration", oid::GB20518_BUSINESS),
    kind("organizationCode", oid::GB20518_ORGANIZATION),
    kind("taxNumber", oid::GB20518_TAX),
];

impl SubjectId {
    /// What numbers are called, on command lines and in profiles.
    pub const NAMES: [&str; 7] = [
        KINDS[0].name,
        KINDS[1].name,
        KINDS[2].name,
        KINDS[3].name,
        KINDS[4].name,
        KINDS[5].name,
        KINDS[6].name,
    ];

    /// The number of that kind, 1 to 64 characters.
    ///
    /// # Errors
    /// [`Error::Name`] for a kind that there is none of, and for characters that its string type
    /// does not hold.
    pub fn new(name: &str, number: &str) -> Result<Self, Error> {
        let refuse = |why| Err(Error::Name { text: format!("{name}={number}"), why });
        let Some(kind) = KINDS.iter().find(|kind| kind.name == name) else {
            return refuse(
                "numbers are residentCard, militaryCard, passport, insurance, \
                 businessRegistration, organizationCode or taxNumber",
            );
        };
        let printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
        if number.is_empty() || number.chars().count() > 64 {
            return refuse("a number has 1 to 64 characters");
        }
        if kind.string == tag::PRINTABLE_STRING && !number.chars().all(printable) {
            return refuse("only letters, digits and '()+,-./:=? go in here");
        }
        Ok(Self { kind, number: number.to_owned() })
    }

    /// The number in an extension, where it is one of these and is read. Tags of IdentifyCode may
    /// be explicit or implicit.
    #[must_use]
    pub fn read(extension: &Extension) -> Option<Self> {
        let mut reader = Reader::new(&extension.value, "extension");
        let outer = reader.any("extnValue").ok()?;
        reader.finish("extnValue").ok()?;
        let kind = KINDS.iter().find(|kind| {
            let choice = kind.choice.map(|n| [tag::constructed(n), tag::context(n)]);
            kind.id == extension.id && choice.is_none_or(|tags| tags.contains(&outer.tag))
        })?;
        let string = match (kind.choice, outer.tag & 0x20) {
            (None, _) => outer,
            (Some(_), 0) => Tlv { tag: kind.string, ..outer },
            (Some(_), _) => reader.inside(outer).any("extnValue").ok()?,
        };
        Self::new(kind.name, &decode_string(string.tag, string.value)?).ok()
    }

    /// What it is the number of: one of [`NAMES`](Self::NAMES).
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.kind.name
    }

    /// The extension, not critical. The alternatives of IdentifyCode are tagged explicitly, as
    /// other programs write them: the standards do not say.
    #[must_use]
    pub fn extension(&self) -> Extension {
        let string = write::tlv(self.kind.string, self.number.as_bytes());
        let value = match self.kind.choice {
            Some(choice) => write::tlv(tag::constructed(choice), &string),
            None => string,
        };
        Extension { id: self.kind.id, critical: false, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_written_under_its_identifier() {
        let id = SubjectId::new("residentCard", "11010519491231002X").unwrap();
        let der = hex::encode(id.extension().value);
        assert_eq!(der, "a0141312313130313035313934393132333130303258");
        assert_eq!(SubjectId::read(&id.extension()), Some(id.clone()));
        let mut implicit = id.extension();
        implicit.value.drain(..2);
        implicit.value[0] = 0x80;
        assert_eq!(SubjectId::read(&implicit), Some(id));
        let tax = SubjectId::new("taxNumber", "91110108").unwrap().extension();
        assert_eq!(tax.id.to_string(), "1.2.156.10260.4.1.5");
        assert_eq!(hex::encode(tax.value), "13083931313130313038");
        let soldier = SubjectId::new("militaryCard", "军字第1号").unwrap().extension();
        assert_eq!(&soldier.value[..4], [0xa1, 15, 0x0c, 13]);
        for (name, number) in [("tax", "1"), ("passport", ""), ("passport", "护照")] {
            assert!(SubjectId::new(name, number).is_err(), "{name}={number}");
        }
    }
}
