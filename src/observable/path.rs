//! What is measured on a closed path `x_0, ..., x_{N-1}`.

use std::ops::Range;

/// The primary observables of a path, as columns of a row. All are means over the path, so that translation invariance is
/// used to the full:
///
/// ```text
/// x2 = 1/N sum x_n^2,  x4,  |x|,  right = [mean x > 0],  sign changes = #{n: x_n x_{n+1} < 0},
/// G2(k) = 1/N sum_n x_n x_{n+k},  G4(k) = 1/N sum_n x_n^2 x_{n+k}^2,  k = 0..N/2
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathColumns {
    half: usize,
}

impl PathColumns {
    /// `<x^2>`.
    pub const X2: usize = 0;
    /// `<x^4>`.
    pub const X4: usize = 1;
    /// `<|x|>`.
    pub const ABS_X: usize = 2;
    /// 1 for a path whose mean is positive, 0 otherwise.
    pub const RIGHT: usize = 3;
    /// Sign changes around the closed path.
    pub const SIGN_CHANGES: usize = 4;

    /// The columns of paths of `sites` sites.
    pub fn new(sites: usize) -> Self {
        Self { half: sites / 2 }
    }

    /// How many there are.
    pub fn width(&self) -> usize {
        self.g4().end
    }

    /// `G2(0), ..., G2(N/2)`.
    pub fn g2(&self) -> Range<usize> {
        5..6 + self.half
    }

    /// `G4(0), ..., G4(N/2)`.
    pub fn g4(&self) -> Range<usize> {
        6 + self.half..7 + 2 * self.half
    }

    /// Measures one path into `row`.
    pub fn measure(&self, x: &[f64], row: &mut Vec<f64>) {
        let n = x.len();
        let mean = |f: &dyn Fn(usize) -> f64| (0..n).map(f).sum::<f64>() / n as f64;
        row.clear();
        row.push(mean(&|i| x[i] * x[i]));
        row.push(mean(&|i| x[i].powi(4)));
        row.push(mean(&|i| x[i].abs()));
        row.push(f64::from(u8::from(x.iter().sum::<f64>() > 0.0)));
        row.push((0..n).filter(|&i| x[i] * x[(i + 1) % n] < 0.0).count() as f64);
        let squares: Vec<f64> = x.iter().map(|v| v * v).collect();
        for values in [x, &squares] {
            for k in 0..=self.half {
                let (head, tail) = values.split_at(k);
                let sum: f64 = values.iter().zip(tail.iter().chain(head)).map(|(a, b)| a * b).sum();
                row.push(sum / n as f64);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_measured_as_defined() {
        let x = [1.0, -2.0, 0.5, 3.0];
        let columns = PathColumns::new(4);
        let mut row = Vec::new();
        columns.measure(&x, &mut row);
        assert_eq!(row.len(), columns.width());
        assert_eq!(row[PathColumns::X2], 14.25 / 4.0);
        assert_eq!(row[PathColumns::X4], (1.0 + 16.0 + 0.0625 + 81.0) / 4.0);
        assert_eq!(row[PathColumns::ABS_X], 6.5 / 4.0);
        assert_eq!(row[PathColumns::RIGHT], 1.0);
        assert_eq!(row[PathColumns::SIGN_CHANGES], 2.0);
        assert_eq!(row[columns.g2()], [14.25 / 4.0, (-2.0 - 1.0 + 1.5 + 3.0) / 4.0, (0.5 - 6.0 + 0.5 - 6.0) / 4.0]);
        assert_eq!(row[columns.g4()][0], row[PathColumns::X4]);
    }
}
