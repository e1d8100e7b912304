//! Accuracy as a count with its uncertainty.

use std::fmt;

use serde::Serialize;

/// How many answers of all are right. Prints "245/265 = 92.5 % (95 %: 88.6 to 95.1)".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    pub right: usize,
    pub total: usize,
}

impl Score {
    /// The share of right answers, 0 to 1. It is 0 when there are no answers.
    pub fn share(self) -> f64 {
        if self.total == 0 { 0.0 } else { self.right as f64 / self.total as f64 }
    }

    /// The 95 % interval of the share, 0..1: Wilson's score interval (E. B. Wilson,
    /// "Probable inference, the law of succession, and statistical inference", 1927).
    pub fn interval(self) -> [f64; 2] {
        const Z: f64 = 1.959_964;
        if self.total == 0 {
            return [0.0, 1.0];
        }
        let (p, n) = (self.share(), self.total as f64);
        let centre = p + Z * Z / (2.0 * n);
        let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + Z * Z / n;
        [((centre - half) / whole).max(0.0), ((centre + half) / whole).min(1.0)]
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, high] = self.interval().map(|share| share * 100.0);
        let (share, right, total) = (self.share() * 100.0, self.right, self.total);
        write!(f, "{right}/{total} = {share:.1} % (95 %: {low:.1} to {high:.1})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // 81 of 263: the worked example of R. G. Newcombe, Statistics in Medicine 17
        // (1998), method 3: 0.2553 to 0.3662.
        let [low, high] = Score { right: 81, total: 263 }.interval();
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5, "{low} {high}");
    }

    #[test]
    fn the_extremes_stay_between_0_and_1() {
        assert_eq!(Score { right: 0, total: 20 }.interval()[0], 0.0);
        assert_eq!(Score { right: 20, total: 20 }.interval()[1], 1.0);
        assert_eq!(Score { right: 0, total: 0 }.interval(), [0.0, 1.0]);
    }

    #[test]
    fn it_prints_count_share_and_interval() {
        let text = Score { right: 245, total: 265 }.to_string();
        assert_eq!(text, "245/265 = 92.5 % (95 %: 88.6 to 95.1)");
    }
}
