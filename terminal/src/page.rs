// SPDX-License-Identifier: Apache-2.0
//! The frame of a page that holds everything in one file, to be opened or sent: no script, nothing
//! that is loaded from elsewhere.
//!
//! Not here: plots (`plot`), and what stands on any page.

use crate::machine::Machine;
use crate::plot::escaped;
use std::fmt::Write as _;

/// A page in the making.
#[derive(Clone, Debug)]
pub struct Page {
    text: String,
}

impl Page {
    /// Begins one, with a heading.
    #[must_use]
    pub fn new(title: &str) -> Self {
        let title = escaped(title);
        let text = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n{META}<title>{title}</title>\n{STYLE}</head>\n\
             <body>\n<h1>{title}</h1>\n"
        );
        Self { text }
    }

    /// A table of names and what they are, in words.
    pub fn facts(&mut self, facts: &[(&str, String)]) {
        self.text.push_str("<table class=\"facts\">\n");
        for (name, value) in facts {
            let (name, value) = (escaped(name), escaped(value));
            let _ = writeln!(self.text, "<tr><th>{name}</th><td>{value}</td></tr>");
        }
        self.text.push_str("</table>\n");
    }

    /// A heading of a part.
    pub fn heading(&mut self, words: &str) {
        let _ = writeln!(self.text, "<h2>{}</h2>", escaped(words));
    }

    /// Some sentences.
    pub fn paragraph(&mut self, words: &str) {
        let _ = writeln!(self.text, "<p>{}</p>", escaped(words));
    }

    /// Lines as they are typed.
    pub fn typed(&mut self, lines: &str) {
        let _ = writeln!(self.text, "<pre>{}</pre>", escaped(lines));
    }

    /// A table with a head; every row has as many cells.
    pub fn table(&mut self, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        let heads: String = head.iter().map(|cell| format!("<th>{}</th>", escaped(cell))).collect();
        let _ = writeln!(self.text, "<table>\n<tr>{heads}</tr>");
        for row in rows {
            let cells: String =
                row.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
            let _ = writeln!(self.text, "<tr>{cells}</tr>");
        }
        self.text.push_str("</table>\n");
    }

    /// Plots side by side, as [`Lines`](crate::plot::Lines) and [`Bars`](crate::plot::Bars) make them.
    pub fn plots(&mut self, plots: &[String]) {
        self.text.push_str("<div class=\"plots\">\n");
        for svg in plots {
            let _ = writeln!(self.text, "<figure>{svg}</figure>");
        }
        self.text.push_str("</div>\n");
    }

    /// The whole of it.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.text.push_str("</body>\n</html>\n");
        self.text
    }
}

/// What a reader must know of the machine, as [`Page::facts`] takes it.
#[must_use]
pub fn machine_facts(machine: &Machine) -> Vec<(&'static str, String)> {
    let memory = machine.memory as f64 / (1_u64 << 30) as f64;
    vec![
        ("processor", format!("{}, {} cores", machine.processor, machine.cores)),
        ("memory", format!("{memory:.0} GiB")),
        ("kernel", format!("Linux {}", machine.kernel)),
        ("load before it began", format!("{:.1}", machine.load)),
    ]
}

/// What is wrong with the nesting of a page's elements, if anything: for tests.
#[must_use]
pub fn wrong_with(page: &str) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let Some(mut rest) = page.strip_prefix("<!DOCTYPE html>") else {
        return Some("no <!DOCTYPE html>".to_owned());
    };
    while let Some((_, from)) = rest.split_once('<') {
        let Some((tag, after)) = from.split_once('>') else { return Some(format!("<{from}")) };
        rest = after;
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Some(format!("</{name}> closes another"));
            }
        } else if tag.matches('"').count() % 2 == 1 || tag.contains('<') {
            return Some(format!("<{tag}>"));
        } else if !tag.ends_with('/') && name != "meta" {
            open.push(name);
        }
    }
    open.pop().map(|name| format!("<{name}> stays open"))
}

const META: &str = "\
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
";

const STYLE: &str = "\
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 1300px; padding: 0 1em; color: #222; background: #fff; }
h1 { font-size: 22px; } h2 { font-size: 18px; margin-top: 2em; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ddd; padding: 3px 8px; text-align: right; }
th:first-child, td:first-child, td:last-child, th:last-child, .facts td { text-align: left; }
pre { background: #f6f6f6; padding: 8px; overflow-x: auto; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(520px, 1fr)); gap: 8px; }
figure { margin: 0; border: 1px solid #eee; } svg { width: 100%; height: auto; display: block; }
svg text { font: 12px system-ui, sans-serif; fill: #333; } svg text.title { font-weight: 600; font-size: 13px; }
</style>
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_well_formed_is_found() {
        for broken in
            ["", "<!DOCTYPE html><p><b></p></b>", "<!DOCTYPE html><p>", "<!DOCTYPE html><p a=\"b>"]
        {
            assert!(wrong_with(broken).is_some(), "{broken}");
        }
    }

    #[test]
    fn foreign_words_are_text() {
        let mut page = Page::new("a <b> & \"c\"");
        page.facts(&[("<processor>", "<i>".to_owned())]);
        page.heading("</body>");
        page.paragraph("1 < 2");
        page.typed("cat <file");
        page.table(&["<u>"], [vec!["<td>".to_owned()]]);
        let page = page.finish();
        assert_eq!(wrong_with(&page), None);
        assert!(page.contains("&lt;processor&gt;") && page.contains("&lt;/body&gt;"), "{page}");
    }
}
