//! Where the rows of a long list lie: a row's place is computed, never measured, so that 50,000 rows cost no more
//! than the thirty on the screen.

use std::ops::Range;

/// Height of a row, in CSS pixels.
pub const ROW_HEIGHT: u32 = 44;
/// Height of the heading above the first row of a day, in CSS pixels.
pub const HEADING_HEIGHT: u32 = 30;
/// Rows kept ready above and below what is seen.
const MARGIN: u32 = 8;

/// The geometry of a list with a heading above some of its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListLayout {
    total: u32,
    /// Rows under a heading, ascending.
    headed: Vec<u32>,
}

impl ListLayout {
    /// A list of `total` rows; `headed` are the rows that begin a day, ascending.
    pub fn new(total: u32, headed: Vec<u32>) -> Self {
        Self { total, headed }
    }

    /// Height of the whole list.
    pub fn height(&self) -> u32 {
        self.top_of(self.total)
    }

    /// Distance of a row (with its heading) from the top of the list.
    pub fn top_of(&self, row: u32) -> u32 {
        row.saturating_mul(ROW_HEIGHT)
            .saturating_add(self.headings_before(row).saturating_mul(HEADING_HEIGHT))
    }

    /// Whether a heading stands above this row.
    pub fn has_heading(&self, row: u32) -> bool {
        self.headed.binary_search(&row).is_ok()
    }

    /// The rows to draw when the view begins at `scroll` and is `height` high.
    pub fn visible(&self, scroll: u32, height: u32) -> Range<u32> {
        let first = self.row_at(scroll).saturating_sub(MARGIN);
        let last = self.row_at(scroll.saturating_add(height)).saturating_add(MARGIN + 1);
        first..last.min(self.total)
    }

    /// How far the view must move so that what is seen stays where it is after headings became known above it.
    pub fn drift(&self, before: &Self, scroll: u32) -> u32 {
        let row = before.row_at(scroll);
        self.top_of(row).saturating_sub(before.top_of(row))
    }

    fn row_at(&self, offset: u32) -> u32 {
        let (mut low, mut high) = (0, self.total);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.top_of(middle + 1) <= offset { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn headings_before(&self, row: u32) -> u32 {
        u32::try_from(self.headed.partition_point(|headed| *headed < row)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tops_count_rows_and_headings() {
        let layout = ListLayout::new(10, vec![0, 3]);
        assert_eq!(layout.top_of(0), 0);
        assert_eq!(layout.top_of(1), HEADING_HEIGHT + ROW_HEIGHT);
        assert_eq!(layout.top_of(3), HEADING_HEIGHT + 3 * ROW_HEIGHT);
        assert_eq!(layout.top_of(4), 2 * HEADING_HEIGHT + 4 * ROW_HEIGHT);
        assert_eq!(layout.height(), 2 * HEADING_HEIGHT + 10 * ROW_HEIGHT);
    }

    #[test]
    fn a_window_into_a_long_list_is_short_and_covers_the_view() {
        let layout = ListLayout::new(50_000, vec![0, 7, 40_000]);
        for scroll in [0, 1_000, 1_760_000, layout.height() - 600] {
            let rows = layout.visible(scroll, 600);
            assert!(layout.top_of(rows.start) <= scroll);
            assert!(layout.top_of(rows.end) >= (scroll + 600).min(layout.height()));
            assert!(rows.len() < 40, "{} rows", rows.len());
        }
    }

    #[test]
    fn an_empty_list_shows_nothing() {
        assert_eq!(ListLayout::default().visible(0, 600), 0..0);
    }

    #[test]
    fn headings_found_above_the_view_do_not_move_it() {
        let before = ListLayout::new(1_000, vec![]);
        let after = ListLayout::new(1_000, vec![0, 5, 900]);
        assert_eq!(after.drift(&before, 500 * ROW_HEIGHT), 2 * HEADING_HEIGHT);
    }
}
