//! Charts as inline SVG: shapes only, stretched to the width there is; words stand beside them as text.

use std::fmt::Write as _;

use super::escape;

/// The size the shapes are drawn in.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 100.0;

/// A point: where in the day (0 to 1), and a value.
pub(super) type Point = (f64, f64);

/// A chart with its words.
pub(super) struct Chart<'a> {
    pub(super) title: &'a str,
    /// What it shows now, in a sentence: all that a reader without eyes needs.
    pub(super) sentence: String,
    /// What the top of the chart stands for.
    pub(super) top: String,
    /// The hours below, from left to right.
    pub(super) hours: &'a [String],
    pub(super) shapes: String,
}

impl Chart<'_> {
    /// As a figure of the page.
    pub(super) fn html(&self) -> String {
        let mut hours = String::new();
        for hour in self.hours {
            // Writing into a string cannot fail.
            let _ = write!(hours, "<span>{}</span>", escape(hour));
        }
        format!(
            "<figure><figcaption><h2>{title}</h2><p class=\"soft\">{sentence}</p></figcaption>\
             <div class=\"axis\" aria-hidden=\"true\"><span>{top}</span></div>\
             <svg viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{title}\">{shapes}</svg>\
             <div class=\"axis\" aria-hidden=\"true\">{hours}</div></figure>\n",
            title = escape(self.title),
            sentence = escape(&self.sentence),
            top = escape(&self.top),
            shapes = self.shapes,
        )
    }
}

/// A value's height from the top of the chart.
fn height(value: f64, top: f64) -> f64 {
    if top > 0.0 { HEIGHT - (value / top).clamp(0.0, 1.0) * HEIGHT } else { HEIGHT }
}

/// Bars side by side, all over the width.
pub(super) fn bars(values: &[u64], top: u64) -> String {
    let (mut shapes, mut left) = (String::new(), 0.0);
    let number = u32::try_from(values.len()).map_or(1.0, f64::from).max(1.0);
    let step = WIDTH / number;
    for value in values {
        let y = height(figure(*value), figure(top));
        let _ = write!(
            shapes,
            "<rect class=\"mark\" x=\"{:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            left + step * 0.15,
            step * 0.7,
            HEIGHT - y
        );
        left += step;
    }
    shapes
}

/// A line through points, broken where nothing was measured.
pub(super) fn line(runs: &[Vec<Point>], top: f64, class: &str) -> String {
    let mut shapes = String::new();
    for run in runs.iter().filter(|run| !run.is_empty()) {
        let _ = write!(shapes, "<polyline class=\"{class}\" points=\"");
        for (x, value) in run {
            let _ = write!(shapes, "{:.1},{:.1} ", x.clamp(0.0, 1.0) * WIDTH, height(*value, top));
        }
        if let [(x, value)] = run.as_slice() {
            // A single point is drawn as a short line, or it could not be seen.
            let _ = write!(shapes, "{:.1},{:.1}", x.clamp(0.0, 1.0) * WIDTH + 2.0, height(*value, top));
        }
        shapes.push_str("\"/>");
    }
    shapes
}

/// A number as one to draw with; what is beyond 2^32 is drawn in steps nobody sees.
pub(super) fn figure(number: u64) -> f64 {
    match u32::try_from(number) {
        Ok(small) => f64::from(small),
        Err(_) => u32::try_from(number >> 16).map_or(f64::MAX, |high| f64::from(high) * 65_536.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_value_reaches_the_top() {
        assert!(bars(&[2, 4], 4).contains("y=\"0.0\" width=\"350.0\" height=\"100.0\""));
        assert!(bars(&[0], 0).contains("height=\"0.0\""));
        assert!(line(&[vec![(0.0, 1.0), (1.0, 2.0)], vec![]], 2.0, "run").contains("0.0,50.0 1000.0,0.0"));
        assert_eq!(figure(1 << 40), 1_099_511_627_776.0);
    }
}
