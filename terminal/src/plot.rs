// SPDX-License-Identifier: Apache-2.0
//! Plots as SVG that stands in a page by itself.

use std::fmt::Write as _;

/// Lines over places along the bottom, such as throughput over how many are in flight.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    /// What it shows.
    pub title: &'a str,
    /// Of the values.
    pub unit: &'a str,
    /// What stands along the bottom.
    pub places: &'a [String],
    /// A name and a value for each place. On a logarithmic scale, 0 is what was not measured.
    pub series: &'a [(String, Vec<f64>)],
    /// Whether each step up is ten times as much.
    pub logarithmic: bool,
}

/// Bars of several parts, one below the other.
#[derive(Clone, Debug)]
pub struct Bars<'a> {
    /// What it shows.
    pub title: &'a str,
    /// Of the values.
    pub unit: &'a str,
    /// What the parts of every bar are.
    pub parts: &'a [String],
    /// A name and a value for each part.
    pub bars: &'a [(String, Vec<f64>)],
}

/// Text as HTML and XML have it.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

impl Lines<'_> {
    /// The plot as an element of a page.
    #[must_use]
    pub fn svg(&self) -> String {
        let scale = Scale::of(self.series.iter().flat_map(|(_, values)| values), self.logarithmic);
        let legend = self.series.iter().map(|(name, _)| name.as_str());
        let mut out = begin(self.title, HEIGHT);
        self.grid(&mut out, scale);
        for (at, (_, values)) in self.series.iter().enumerate() {
            let measured = |(_, value): &(usize, &f64)| !self.logarithmic || **value > 0.0;
            let points = values.iter().enumerate().filter(measured);
            let points: Vec<(f64, f64)> = points.map(|(x, y)| (self.x(x), scale.y(*y))).collect();
            let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let (path, color) = (path.join(" "), color(at));
            let _ = write!(
                out,
                "<polyline points=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>"
            );
            for (x, y) in points {
                let _ =
                    write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{color}\"/>");
            }
        }
        end(out, legend)
    }

    fn grid(&self, out: &mut String, scale: Scale) {
        for value in scale.marks() {
            let y = scale.y(value);
            let _ = write!(
                out,
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{RIGHT}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>"
            );
            text(out, (LEFT - 6.0, y + 4.0), "end", &number(value));
        }
        for (at, place) in self.places.iter().enumerate() {
            text(out, (self.x(at), BOTTOM + 18.0), "middle", place);
        }
        text(out, (LEFT - 44.0, TOP - 8.0), "start", self.unit);
    }

    fn x(&self, at: usize) -> f64 {
        let steps = self.places.len().max(1) as f64;
        LEFT + (RIGHT - LEFT) * (at as f64 + 0.5) / steps
    }
}

impl Bars<'_> {
    /// The plot as an element of a page.
    #[must_use]
    pub fn svg(&self) -> String {
        let most = self.bars.iter().map(|(_, values)| values.iter().sum::<f64>());
        let most = most.fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let height = TOP + BAR * self.bars.len() as f64 + 12.0;
        let mut out = begin(&format!("{} ({})", self.title, self.unit), height);
        let begin = self.begin();
        for (at, (name, values)) in self.bars.iter().enumerate() {
            let y = TOP + BAR * at as f64;
            text(&mut out, (begin - 8.0, y + 14.0), "end", name);
            let mut x = begin;
            for (part, value) in values.iter().enumerate() {
                let width = (RIGHT - begin - 60.0) * value.max(0.0) / most;
                let _ = write!(
                    out,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"18\" fill=\"{}\"/>",
                    color(part)
                );
                x += width;
            }
            text(&mut out, (x + 6.0, y + 14.0), "start", &number(values.iter().sum()));
        }
        end(out, self.parts.iter().map(String::as_str))
    }

    /// Where bars begin: behind the longest name.
    fn begin(&self) -> f64 {
        let longest = self.bars.iter().map(|(name, _)| name.chars().count()).max();
        (longest.unwrap_or_default() as f64 * LETTER + 16.0).min((LEFT + RIGHT) / 2.0)
    }
}

/// From values to places on paper.
#[derive(Clone, Copy, Debug)]
struct Scale {
    least: f64,
    most: f64,
    logarithmic: bool,
}

impl Scale {
    fn of<'a>(values: impl Iterator<Item = &'a f64> + Clone, logarithmic: bool) -> Self {
        let most = values.clone().copied().fold(0.0, f64::max).max(1e-3);
        if !logarithmic {
            return Self { least: 0.0, most: round_up(most), logarithmic };
        }
        let least = values.copied().filter(|value| *value > 0.0).fold(most, f64::min);
        let (least, most) = (10_f64.powf(least.log10().floor()), 10_f64.powf(most.log10().ceil()));
        Self { least, most: most.max(least * 10.0), logarithmic }
    }

    fn y(self, value: f64) -> f64 {
        let share = match self.logarithmic {
            false => value / self.most,
            true => {
                let value = value.max(self.least);
                (value / self.least).log10() / (self.most / self.least).log10()
            }
        };
        BOTTOM - (BOTTOM - TOP) * share
    }

    fn marks(self) -> Vec<f64> {
        if !self.logarithmic {
            return (0..=4).map(|step| self.most * f64::from(step) / 4.0).collect();
        }
        let all = std::iter::successors(Some(self.least), |mark| Some(mark * 10.0));
        all.take_while(|mark| *mark <= self.most * 1.001).take(12).collect()
    }
}

/// The next of 1, 2, 4, 8 times a power of ten.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 8.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= value).unwrap_or(value)
}

fn begin(title: &str, height: f64) -> String {
    let title = escaped(title);
    let all = height + LEGEND;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {all}\" role=\"img\" \
         aria-label=\"{title}\"><text x=\"8\" y=\"18\" class=\"title\">{title}</text>\
         <g data-height=\"{height}\">"
    )
}

/// The names of the colours, below what was drawn.
fn end<'a>(mut out: String, names: impl Iterator<Item = &'a str>) -> String {
    let height = out.split_once("data-height=\"").and_then(|(_, rest)| rest.split_once('"'));
    let height: f64 = height.and_then(|(height, _)| height.parse().ok()).unwrap_or(HEIGHT);
    for (at, name) in names.enumerate() {
        let (column, row) = ((at % 3) as f64, (at / 3) as f64);
        let (x, y) = (12.0 + column * WIDTH / 3.0, height + 16.0 + row * 18.0);
        let (box_y, color) = (y - 10.0, color(at));
        let _ = write!(
            out,
            "<rect x=\"{x:.1}\" y=\"{box_y:.1}\" width=\"12\" height=\"12\" fill=\"{color}\"/>"
        );
        text(&mut out, (x + 18.0, y), "start", name);
    }
    out.push_str("</g></svg>");
    out
}

fn text(out: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    let words = escaped(words);
    let _ = write!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}

/// Three digits of it.
fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.3}"),
    }
}

fn color(at: usize) -> &'static str {
    COLORS[at % COLORS.len()]
}

const COLORS: [&str; 9] = [
    "#3366cc", "#dc3912", "#109618", "#ff9900", "#990099", "#0099c6", "#dd4477", "#66aa00",
    "#aaaaaa",
];
const WIDTH: f64 = 620.0;
const HEIGHT: f64 = 270.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 610.0;
const TOP: f64 = 42.0;
const BOTTOM: f64 = 244.0;
/// How wide a letter is, at most on the average.
const LETTER: f64 = 6.6;
const BAR: f64 = 22.0;
/// Room for three rows of names.
const LEGEND: f64 = 64.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_hold_what_they_are_made_of() {
        let values = [3.0, 70.0, 900.0];
        for logarithmic in [false, true] {
            let scale = Scale::of(values.iter(), logarithmic);
            for value in values {
                let y = scale.y(value);
                assert!((TOP - 0.01..=BOTTOM + 0.01).contains(&y), "{value} at {y}");
            }
            assert!(scale.y(900.0) < scale.y(70.0), "more is higher");
            assert!(scale.marks().len() >= 3);
        }
        assert!(Scale::of([].iter(), true).y(0.0).is_finite());
        assert!(Scale::of([0.0].iter(), false).y(0.0).is_finite());
    }

    #[test]
    fn rounding_up_is_never_less() {
        for value in [0.001, 0.9, 1.0, 3.0, 8.1, 99.0, 2001.0] {
            let rounded = round_up(value);
            assert!(rounded >= value && rounded <= value * 2.5, "{value}: {rounded}");
        }
    }

    #[test]
    fn what_was_not_measured_is_no_point() {
        let (places, series) =
            (["a", "b", "c"].map(str::to_owned), [("x".to_owned(), vec![5.0, 0.0, 7.0])]);
        let points = |logarithmic| {
            let lines =
                Lines { title: "", unit: "", places: &places, series: &series, logarithmic };
            lines.svg().matches("<circle").count()
        };
        assert_eq!((points(true), points(false)), (2, 3));
    }

    #[test]
    fn bars_begin_behind_their_names() {
        let begin = |name: &str| {
            let bars = [(name.to_owned(), vec![1.0])];
            Bars { title: "", unit: "", parts: &[], bars: &bars }.begin()
        };
        assert!(begin("a name of some letters") > begin("a name"));
        assert!(begin(&"long".repeat(100)) < RIGHT - 100.0, "bars have room");
    }

    #[test]
    fn numbers_have_three_digits() {
        let shown: Vec<String> = [0.0, 0.1234, 1.234, 12.34, 123.4].map(number).into();
        assert_eq!(shown, ["0", "0.123", "1.23", "12.3", "123"]);
    }
}
