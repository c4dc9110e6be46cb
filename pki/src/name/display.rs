// SPDX-License-Identifier: Apache-2.0
//! Names as text: RFC 4514, and the one line that readers of OpenSSL expect.

use super::{Attribute, Name};

/// RFC 4514 section 2: the last part first, special characters escaped, UTF-8 as it is.
pub(super) fn rfc4514(name: &Name) -> String {
    let parts: Vec<String> = name
        .rdns()
        .iter()
        .rev()
        .map(|rdn| join(rdn, "+", |a| format!("{}={}", a.keyword(), escape_value(a))))
        .collect();
    parts.join(",")
}

/// `C = CN, O = "a, b", CN = x + emailAddress = y`.
pub(super) fn oneline(name: &Name) -> String {
    let parts: Vec<String> = name
        .rdns()
        .iter()
        .map(|rdn| join(rdn, " + ", |a| format!("{} = {}", a.keyword(), quote_value(a))))
        .collect();
    parts.join(", ")
}

fn join(rdn: &[Attribute], with: &str, show: impl Fn(&Attribute) -> String) -> String {
    rdn.iter().map(show).collect::<Vec<_>>().join(with)
}

/// RFC 4514 section 2.4.
fn escape_value(attribute: &Attribute) -> String {
    let text = attribute.text();
    if !attribute.is_text() {
        return text.to_owned();
    }
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', c]),
            '#' if at == 0 => out.push_str("\\#"),
            ' ' if at == 0 || at == last => out.push_str("\\ "),
            c => push_visible(&mut out, c),
        }
    }
    out
}

/// Quotes instead of escapes, where one is needed at all.
fn quote_value(attribute: &Attribute) -> String {
    let text = attribute.text();
    let special = text.contains([',', '+', '"', '\\', '<', '>', ';'])
        || text.starts_with(['#', ' '])
        || text.ends_with(' ');
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        push_visible(&mut out, c);
    }
    if special && attribute.is_text() { format!("\"{out}\"") } else { out }
}

/// Control characters never reach a terminal.
fn push_visible(out: &mut String, c: char) {
    if c.is_control() {
        let mut bytes = [0; 4];
        for byte in c.encode_utf8(&mut bytes).bytes() {
            out.push_str(&format!("\\{byte:02X}"));
        }
    } else {
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_go_there_and_back() {
        for value in ["a,b", " a ", "#a", "a+b=c", "a\\b", "a\"b\"", "a/b", "北京;", "a\u{7}b"] {
            let name = Name::new(vec![vec![Attribute::named("O", value).unwrap()]]).unwrap();
            let again = Name::parse(&rfc4514(&name)).unwrap();
            assert_eq!(again.values(crate::oid::ORGANIZATION_NAME).next(), Some(value));
        }
    }

    #[test]
    fn quotes_where_needed() {
        let name = Name::parse("/O=a, b+CN=x y/emailAddress=r@q.com").unwrap();
        assert_eq!(oneline(&name), "O = \"a, b\" + CN = x y, emailAddress = r@q.com");
        let control = Name::parse("/CN=a\u{1b}[31m").unwrap();
        assert_eq!(oneline(&control), "CN = a\\1B[31m");
    }
}
