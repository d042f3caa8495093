//! Mean, variance and Welch's t.

/// Mean and variance in one pass (Welford 1962).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Welford {
    /// How many values.
    pub count: f64,
    /// Their mean.
    pub mean: f64,
    squares: f64,
}

impl Welford {
    /// Over a list.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let mut all = Self::default();
        for value in values {
            all.count += 1.0;
            let before = value - all.mean;
            all.mean += before / all.count;
            all.squares += before * (value - all.mean);
        }
        all
    }

    /// The variance of the sample.
    #[must_use]
    pub fn variance(&self) -> f64 {
        if self.count < 2.0 { 0.0 } else { self.squares / (self.count - 1.0) }
    }
}

/// Welch's t for two samples of unequal variance.
#[must_use]
pub fn welch_t(left: &Welford, right: &Welford) -> f64 {
    let error = left.variance() / left.count + right.variance() / right.count;
    if error > 0.0 { (left.mean - right.mean) / error.sqrt() } else { 0.0 }
}

/// The smallest share of the values, sorted: what the machine did beside is in the largest.
#[must_use]
pub fn trimmed(values: &[f64], share: f64) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = sorted.len() as f64 * share;
    sorted.into_iter().enumerate().take_while(|(at, _)| (*at as f64) < cut).map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbook_is_right() {
        let left = Welford::of(&[
            27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4,
        ]);
        let right = Welford::of(&[
            27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.0,
        ]);
        assert!((left.mean - 20.82).abs() < 1e-9 && (right.mean - 23.626_666).abs() < 1e-5);
        assert!((welch_t(&left, &right) + 2.8).abs() < 0.1, "{}", welch_t(&left, &right));
        assert_eq!(trimmed(&[3.0, 1.0, 2.0, 9.0], 0.5), [1.0, 2.0]);
    }
}
