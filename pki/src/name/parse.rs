// SPDX-License-Identifier: Apache-2.0
//! Names from text: `/C=CN/CN=x` as OpenSSL takes it, `CN=x,C=CN` as RFC 4514 writes it.

use super::attribute::kind_from_text;
use super::{Attribute, Name};
use crate::Error;

/// Reads either form; a slash at the beginning tells them apart.
pub(super) fn parse(text: &str) -> Result<Name, Error> {
    let text = trim(text);
    let rdns = match text.strip_prefix('/') {
        Some(rest) => slashes(rest, text)?,
        None => {
            // The text begins with the last part.
            let mut rdns = rfc4514(text)?;
            rdns.reverse();
            rdns
        }
    };
    Name::new(rdns)
}

/// White space around the whole does not count, unless the last of it is escaped.
fn trim(text: &str) -> &str {
    // Unicode has more white space; what of it a value holds is part of the value.
    let start = text.trim_start_matches(WHITE);
    let trimmed = start.trim_end_matches(WHITE);
    if trimmed.ends_with('\\') { start } else { trimmed }
}

const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

fn slashes(rest: &str, text: &str) -> Result<Vec<Vec<Attribute>>, Error> {
    let parts = split(rest, &['/', '+'], false);
    rdns(&parts, text, |kind, value| Attribute::named(kind, &unescape_plain(value)))
}

fn rfc4514(text: &str) -> Result<Vec<Vec<Attribute>>, Error> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let parts = split(text, &[',', ';', '+'], true);
    rdns(&parts, text, |kind, value| match value.trim_matches(WHITE).strip_prefix('#') {
        // RFC 4514 section 2.4: the value as DER in hex.
        Some(digits) => {
            let der = hex::decode(digits).map_err(|_| refuse(text, "no hex digits behind #"))?;
            Attribute::from_value_der(kind_from_text(kind)?, &der)
        }
        None => Attribute::named(kind, &unescape_rfc4514(value, text)?),
    })
}

/// Puts parts together: one that stands behind a plus belongs to the one before.
fn rdns(
    parts: &[(char, &str)],
    text: &str,
    attribute: impl Fn(&str, &str) -> Result<Attribute, Error>,
) -> Result<Vec<Vec<Attribute>>, Error> {
    let mut out: Vec<Vec<Attribute>> = Vec::new();
    for (separator, part) in parts {
        let Some((kind, value)) = part.split_once('=') else {
            return Err(refuse(text, "each part is TYPE=value"));
        };
        let attribute = attribute(kind, value)?;
        match out.last_mut() {
            Some(last) if *separator == '+' => last.push(attribute),
            _ => out.push(vec![attribute]),
        }
    }
    Ok(out)
}

/// Cuts at separators that are neither escaped nor (in RFC 2253's manner) quoted. Each part comes
/// with the separator in front of it.
fn split<'a>(text: &'a str, separators: &[char], quotes: bool) -> Vec<(char, &'a str)> {
    let (mut parts, mut start, mut before) = (Vec::new(), 0, '\0');
    let (mut escaped, mut quoted) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' if quotes => quoted = !quoted,
            c if separators.contains(&c) && !quoted => {
                parts.push((before, text.get(start..at).unwrap_or_default()));
                (start, before) = (at.saturating_add(c.len_utf8()), c);
            }
            _ => {}
        }
    }
    parts.push((before, text.get(start..).unwrap_or_default()));
    parts
}

/// A backslash makes the next character an ordinary one.
fn unescape_plain(value: &str) -> String {
    let mut chars = value.chars();
    let mut out = String::with_capacity(value.len());
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

/// RFC 4514 section 3: `\,` and `\E5`; white space around the value does not count unless it is
/// escaped; RFC 2253's quotes are taken too.
fn unescape_rfc4514(value: &str, text: &str) -> Result<String, Error> {
    let value = value.trim_start_matches(WHITE);
    let mut out: Vec<u8> = Vec::with_capacity(value.len());
    let (mut chars, mut kept) = (value.chars().peekable(), 0);
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                push_escape(&mut chars, &mut out).ok_or_else(|| refuse(text, BAD_ESCAPE))?;
                kept = out.len();
            }
            '"' => kept = out.len(),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    while out.len() > kept && out.last() == Some(&b' ') {
        out.pop();
    }
    String::from_utf8(out).map_err(|_| refuse(text, "not UTF-8 after its escapes are undone"))
}

const BAD_ESCAPE: &str = "a backslash stands before a special character or two hex digits";

fn push_escape(
    chars: &mut core::iter::Peekable<core::str::Chars<'_>>,
    out: &mut Vec<u8>,
) -> Option<()> {
    let first = chars.next()?;
    match (first.to_digit(16), chars.peek().and_then(|c| c.to_digit(16))) {
        (Some(high), Some(low)) => {
            chars.next();
            out.push(u8::try_from((high << 4) | low).ok()?);
        }
        (Some(_), None) => return None,
        _ => out.extend_from_slice(first.encode_utf8(&mut [0; 4]).as_bytes()),
    }
    Some(())
}

fn refuse(text: &str, why: &'static str) -> Error {
    Error::Name { text: text.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, rfc4514: &str) {
        assert_eq!(parse(text).unwrap().to_string(), rfc4514, "{text}");
    }

    #[test]
    fn openssl_form() {
        check("/C=CN/ST=北京/CN=x", "CN=x,ST=北京,C=CN");
        check("/CN=a\\/b/O=c\\+d", "O=c\\+d,CN=a/b");
        check("/O=o/CN=x+emailAddress=e@x.y", "CN=x+emailAddress=e@x.y,O=o");
        check("/CN=a=b", "CN=a=b");
        check("/CN=a,b", "CN=a\\,b");
        check("/CN=#0c0161", "CN=\\#0c0161");
        check("/CN=\u{3000}a", "CN=\u{3000}a");
    }

    #[test]
    fn rfc4514_form() {
        check("CN=x, O = y ,C=CN", "CN=x,O=y,C=CN");
        check("CN=\\E5\\8C\\97\\ ,O=\"a, b\"", "CN=北\\ ,O=a\\, b");
        check("1.2.3.4=#0c0161", "1.2.3.4=a");
        check("", "");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in [
            "x",
            "/x",
            "CN",
            "/XY=z",
            "/CN=",
            "/C=CHN",
            "/C=C1",
            "CN=\\E5",
            "CN=a\\",
            "/emailAddress=北",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse(&format!("/CN={}", "x".repeat(65))).is_err());
    }
}
