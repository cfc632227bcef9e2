//! A picture under construction.

use std::fmt::Write as _;

use super::figure::Figure;
use crate::text::escaped;

/// Whose colours a picture has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Those of the page that it is in, light or dark.
    Page,
    /// Its own: dark on white.
    File,
}

/// A colour by what it is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hue {
    /// Of texts.
    Ink,
    /// Of what explains.
    Soft,
    /// Of grid lines.
    Grid,
    /// Of a series by its number.
    Series(usize),
    /// From the lowest (-1) over the middle (0) to the highest (1).
    Shade(f64),
}

/// The series' colours in a file; a page has its own, by the same numbers.
const SERIES: [&str; 8] =
    ["#0072b2", "#d55e00", "#00795a", "#a8437f", "#8a6100", "#2a8fc4", "#6b6b6b", "#5a4fa3"];

/// Where a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// At its beginning.
    Start,
    /// In its middle.
    Middle,
    /// At its end.
    End,
}

/// A picture under construction; lengths are in pixels.
pub(crate) struct Canvas {
    ink: Ink,
    width: f64,
    height: f64,
    body: String,
}

impl Canvas {
    /// An empty one.
    pub fn new(width: f64, height: f64, ink: Ink) -> Self {
        Self { ink, width, height, body: String::new() }
    }

    fn colour(&self, hue: Hue) -> String {
        match (self.ink, hue) {
            (Ink::Page, Hue::Ink) => "var(--ink)".into(),
            (Ink::Page, Hue::Soft) => "var(--soft)".into(),
            (Ink::Page, Hue::Grid) => "var(--grid)".into(),
            (Ink::Page, Hue::Series(number)) => format!("var(--c{})", number % SERIES.len()),
            (Ink::Page, Hue::Shade(shade)) => {
                let end = if shade < 0.0 { "low" } else { "high" };
                format!("color-mix(in srgb, var(--{end}) {:.0}%, var(--mid))", shade.abs().min(1.0) * 90.0)
            }
            (Ink::File, Hue::Ink) => "#1b1f24".into(),
            (Ink::File, Hue::Soft) => "#5b6570".into(),
            (Ink::File, Hue::Grid) => "#e1e5e8".into(),
            (Ink::File, Hue::Series(number)) => SERIES[number % SERIES.len()].into(),
            (Ink::File, Hue::Shade(shade)) => {
                let end = if shade < 0.0 { [0x21, 0x66, 0xac] } else { [0xb2, 0x18, 0x2b] };
                let part = shade.abs().min(1.0) * 0.9;
                let mixed = end.map(|end| (f64::from(end) * part + 244.0 * (1.0 - part)).round() as u8);
                format!("#{:02x}{:02x}{:02x}", mixed[0], mixed[1], mixed[2])
            }
        }
    }

    /// A paint attribute. What a page's picture says of colours are styles: attributes know no variables.
    fn paint(&self, what: &str, hue: Hue) -> String {
        match self.ink {
            Ink::Page => format!(" style=\"{what}:{}\"", self.colour(hue)),
            Ink::File => format!(" {what}=\"{}\"", self.colour(hue)),
        }
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), hue: Hue, width: f64) {
        let paint = self.paint("stroke", hue);
        let _ = writeln!(
            self.body,
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke-width=\"{width}\"{paint}/>",
            from.0, from.1, to.0, to.1
        );
    }

    /// Connected lines.
    pub fn path(&mut self, points: &[(f64, f64)], hue: Hue, width: f64, dash: &str) {
        let paint = self.paint("stroke", hue);
        let dash = if dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dash}\"") };
        let points = path_data(points);
        let _ = writeln!(
            self.body,
            "<path d=\"{points}\" fill=\"none\" stroke-width=\"{width}\" stroke-linejoin=\"round\"{dash}{paint}/>"
        );
    }

    /// A filled area between connected points.
    pub fn area(&mut self, points: &[(f64, f64)], hue: Hue, opacity: f64) {
        let paint = self.paint("fill", hue);
        let points = path_data(points);
        let _ = writeln!(self.body, "<path d=\"{points}Z\" fill-opacity=\"{opacity}\"{paint}/>");
    }

    /// A filled rectangle.
    pub fn rectangle(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), hue: Hue, opacity: f64) {
        let paint = self.paint("fill", hue);
        let _ = writeln!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill-opacity=\"{opacity}\"{paint}/>",
            width.max(0.0),
            height.max(0.0)
        );
    }

    /// A dot; series differ by form, too.
    pub fn dot(&mut self, (x, y): (f64, f64), number: usize) {
        let paint = self.paint("fill", Hue::Series(number));
        let _ = match number % 4 {
            0 => writeln!(self.body, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"{paint}/>"),
            1 => writeln!(
                self.body,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"7\" height=\"7\"{paint}/>",
                x - 3.5,
                y - 3.5
            ),
            2 => writeln!(self.body, "<path d=\"M{x:.1} {:.1}l4.6 8h-9.2Z\"{paint}/>", y - 5.0),
            _ => writeln!(self.body, "<path d=\"M{x:.1} {:.1}l5 5l-5 5l-5 -5Z\"{paint}/>", y - 5.0),
        };
    }

    /// A text; controls and markup in it do nothing.
    pub fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, hue: Hue, size: f64, text: &str) {
        let paint = self.paint("fill", hue);
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = writeln!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{paint}>{}</text>",
            escaped(text)
        );
    }

    /// A text from bottom to top, held in its middle.
    pub fn upright(&mut self, (x, y): (f64, f64), text: &str) {
        let paint = self.paint("fill", Hue::Soft);
        let _ = writeln!(
            self.body,
            "<text transform=\"translate({x:.1} {y:.1}) rotate(-90)\" font-size=\"12\" text-anchor=\"middle\"{paint}>{}</text>",
            escaped(text)
        );
    }

    /// Begins a mark, which says what it is and its exact value to whoever points at it.
    pub fn begin_mark(&mut self, told: &str, value: Option<f64>) {
        let value = value.map_or_else(String::new, |value| format!(" data-value=\"{}\"", exact(value)));
        let _ = writeln!(self.body, "<g class=\"mark\"{value}><title>{}</title>", escaped(told));
    }

    /// Ends a mark.
    pub fn end_mark(&mut self) {
        self.body.push_str("</g>\n");
    }

    /// Names of series, from left to right and line by line; returns the height that they take.
    pub fn legend(&mut self, (left, top): (f64, f64), right: f64, names: &[String]) -> f64 {
        if names.len() < 2 {
            return 0.0;
        }
        let (mut x, mut y) = (left, top + 12.0);
        for (number, name) in names.iter().enumerate() {
            let name = crate::text::short(name, 40);
            let width = 22.0 + 6.6 * name.chars().count() as f64;
            if x + width > right && x > left {
                x = left;
                y += 18.0;
            }
            self.dot((x + 5.0, y - 4.0), number);
            self.text((x + 14.0, y), Anchor::Start, Hue::Ink, 12.0, &name);
            x += width + 8.0;
        }
        y - top + 10.0
    }

    /// The picture. In a file it has its title; a page says that beside it.
    pub fn finish(self, figure: &Figure) -> String {
        let Self { ink, width, height, body } = self;
        let (title, description) = (escaped(&figure.title), escaped(&figure.description));
        let id = &figure.id;
        let label = format!("aria-labelledby=\"{id}-title {id}-text\"");
        match ink {
            Ink::Page => format!(
                "<svg viewBox=\"0 0 {width} {height:.0}\" width=\"{width}\" height=\"{height:.0}\" role=\"img\" {label}>\n<title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-text\">{description}</desc>\n{body}</svg>"
            ),
            Ink::File => format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 -34 {width} {total:.0}\" width=\"{width}\" height=\"{total:.0}\" font-family=\"Ubuntu, 'DejaVu Sans', sans-serif\" role=\"img\" {label}>\n<title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-text\">{description}</desc>\n<rect x=\"0\" y=\"-34\" width=\"{width}\" height=\"{total:.0}\" fill=\"#ffffff\"/>\n<text x=\"12\" y=\"-10\" font-size=\"16\" fill=\"#1b1f24\">{title}</text>\n{body}</svg>\n",
                total = height + 34.0
            ),
        }
    }
}

fn path_data(points: &[(f64, f64)]) -> String {
    let mut data = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let _ = write!(data, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
    }
    data
}

/// The shortest decimal that reads back as the same number, or nothing.
fn exact(value: f64) -> String {
    if value.is_finite() { ryu::Buffer::new().format_finite(value).to_owned() } else { String::new() }
}
