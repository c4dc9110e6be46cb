// SPDX-License-Identifier: Apache-2.0
//! As much DER as it takes to find an extension in a certificate.
//!
//! Not here: keys, names, signatures. The peer judged the certificate before chaincode sees it.

/// A tag of universal or context class, with the content of the element.
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
}

pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const OCTET_STRING: u8 = 0x04;
/// `[3]`, constructed: the extensions of a certificate (RFC 5280, 4.1).
pub(crate) const EXTENSIONS: u8 = 0xa3;

/// The elements of a content, one after the other. Ends with `None` where the bytes end, and with
/// `Some(None)` where they are no DER.
pub(crate) struct Elements<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Option<Element<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let split = split(self.0);
        self.0 = split.as_ref().map_or(&[], |(_, rest)| rest);
        Some(split.map(|(element, _)| element))
    }
}

/// The content of the only element, which has this tag.
pub(crate) fn only(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (element, rest) = split(bytes)?;
    (element.tag == tag && rest.is_empty()).then_some(element.content)
}

/// The first element, and what follows it.
fn split(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    // Tags above 30 have more octets; no certificate has one.
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (length, rest) = length(rest)?;
    let (content, rest) = rest.split_at_checked(length)?;
    Some((Element { tag, content }, rest))
}

/// A definite length in its shortest form (X.690, 10.1).
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        return Some((usize::from(first), rest));
    }
    let count = usize::from(first & 0x7f);
    // Four octets are more than any certificate needs; none is the indefinite form.
    if !(1..=4).contains(&count) {
        return None;
    }
    let (octets, rest) = rest.split_at_checked(count)?;
    let length = octets.iter().fold(0_usize, |sum, &octet| (sum << 8) | usize::from(octet));
    let shortest = octets.first() != Some(&0) && length >= 0x80;
    shortest.then_some((length, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_of_a_length() {
        assert_eq!(only(&[4, 2, 7, 8], OCTET_STRING), Some(&[7, 8][..]));
        let mut long = vec![4, 0x81, 200];
        long.extend([9; 200]);
        assert_eq!(only(&long, OCTET_STRING), Some(&[9; 200][..]));
    }

    #[test]
    fn refuses_what_is_no_der() {
        for bad in [
            &[][..],
            &[4],
            &[4, 3, 1, 2],
            &[4, 1, 7, 0],
            &[4, 0x80, 0, 0],
            &[4, 0x81, 5, 1, 2, 3, 4, 5],
            &[4, 0x85, 0, 0, 0, 0, 1, 1],
            &[0x1f, 1, 1],
            &[4, 0x84, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert_eq!(only(bad, OCTET_STRING), None, "{bad:02x?}");
        }
    }

    #[test]
    fn elements_end_at_the_first_that_is_none() {
        let read: Vec<_> = Elements(&[4, 1, 7, 6]).map(|e| e.map(|e| e.tag)).collect();
        assert_eq!(read, [Some(4), None]);
    }
}
