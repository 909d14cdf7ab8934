//! Lines of coloured pieces that fit a width.

use console::{measure_text_width, truncate_str};
use owo_colors::{OwoColorize, Style};

/// One line: pieces, each with its style.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pieces: Vec<(String, Style)>,
}

impl Line {
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self::default().and(text)
    }

    #[must_use]
    pub(super) fn and(self, text: impl Into<String>) -> Self {
        self.styled(text, Style::new())
    }

    #[must_use]
    pub(super) fn styled(mut self, text: impl Into<String>, style: Style) -> Self {
        self.pieces.push((text.into(), style));
        self
    }

    fn width(&self) -> usize {
        self.pieces
            .iter()
            .map(|(text, _)| measure_text_width(text))
            .sum()
    }

    /// Whether a text at the right edge has room beside it.
    pub(super) fn leaves(&self, text: &str, width: usize) -> bool {
        self.width() + measure_text_width(text) + 2 <= width
    }

    /// With a text at the right edge, where there is room for both; what is cut is the left.
    #[must_use]
    pub(super) fn right(mut self, text: &str, style: Style, width: usize) -> Self {
        let needed = measure_text_width(text) + 2;
        let room = width.saturating_sub(needed);
        if self.width() > room {
            self = self.cut(room);
        }
        let gap = width.saturating_sub(self.width() + measure_text_width(text));
        self.and(" ".repeat(gap)).styled(text, style)
    }

    /// No wider than this.
    #[must_use]
    pub(super) fn cut(self, width: usize) -> Self {
        if self.width() <= width {
            return self;
        }
        let mut left = width;
        let mut cut = Self::default();
        for (text, style) in self.pieces {
            let wide = measure_text_width(&text);
            if wide < left {
                left -= wide;
                cut = cut.styled(text, style);
            } else {
                return cut.styled(truncate_str(&text, left, "…").into_owned(), style);
            }
        }
        cut
    }

    pub(super) fn text(&self, colour: bool) -> String {
        let piece = |(text, style): &(String, Style)| {
            if colour {
                text.style(*style).to_string()
            } else {
                text.clone()
            }
        };
        self.pieces.iter().map(piece).collect()
    }
}

/// `████░░░░` for a part between 0 and 1.
pub(super) fn bar(part: f64, width: usize) -> String {
    let full = (0..width)
        .filter(|at| part * to_f64(width) > to_f64(*at) + 0.5)
        .count();
    format!("{}{}", "█".repeat(full), "░".repeat(width - full))
}

fn to_f64(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// A part of a whole, between 0 and 1.
pub(super) fn part(done: usize, of: usize) -> f64 {
    if of == 0 {
        0.0
    } else {
        to_f64(done) / to_f64(of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_their_width() {
        assert_eq!(bar(0.0, 4), "░░░░");
        assert_eq!(bar(0.5, 4), "██░░");
        assert_eq!(bar(1.0, 4), "████");
    }

    #[test]
    fn what_does_not_fit_is_cut_and_the_right_edge_stays() {
        let line = Line::of("abcdefghij").right("9s", Style::new(), 10);
        assert_eq!(line.text(false), "abcde…  9s");
        assert_eq!(Line::of("abc").and("defg").cut(5).text(false), "abcd…");
    }
}
