// SPDX-License-Identifier: Apache-2.0
//! As much DER as it takes to change a part of an object whose other parts may be broken.

/// One element: its contents, and the whole of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) value: &'a [u8],
    pub(super) raw: &'a [u8],
}

/// Bytes as exactly one element.
pub(super) fn element(bytes: &[u8]) -> Option<Element<'_>> {
    let (element, rest) = split(bytes)?;
    rest.is_empty().then_some(element)
}

/// What is inside an element.
pub(super) fn children(parent: Element<'_>) -> Option<Vec<Element<'_>>> {
    let (mut rest, mut all) = (parent.value, Vec::new());
    while !rest.is_empty() {
        let (element, behind) = split(rest)?;
        all.push(element);
        rest = behind;
    }
    Some(all)
}

fn split(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let first = usize::from(*bytes.get(1)?);
    let (header, length) = match first {
        0..=0x7f => (2, first),
        0x81..=0x84 => {
            let digits = bytes.get(2..2 + (first & 0x7f))?;
            let length = digits.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
            (2 + digits.len(), length)
        }
        _ => return None,
    };
    let (raw, rest) = bytes.split_at_checked(header.checked_add(length)?)?;
    Some((Element { value: raw.get(header..)?, raw }, rest))
}

/// A SEQUENCE of these parts.
pub(super) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    wrap(0x30, &parts.concat())
}

/// A BIT STRING of whole bytes.
pub(super) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    wrap(3, &[&[0], bytes].concat())
}

fn wrap(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len().to_be_bytes();
    let digits: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match digits.as_slice() {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        _ => {
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            out.extend_from_slice(&digits);
        }
    }
    out.extend_from_slice(contents);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_apart_and_put_together() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let inner = wrap(4, &vec![7; length]);
            let outer = sequence(&[inner.clone(), bit_string(&[1, 2])]);
            let parts = children(element(&outer).unwrap()).unwrap();
            assert_eq!(parts[0].raw, inner);
            assert_eq!(parts[1].value, [0, 1, 2]);
            assert!(element(&outer[..outer.len() - 1]).is_none());
        }
    }
}
