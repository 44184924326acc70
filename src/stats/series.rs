//! Measurements of several observables, row by row, in bounded memory.

/// Rows of `width` numbers.
///
/// When it is full, neighbouring rows are averaged in pairs and later rows are averaged in ever larger bins, so that memory is
/// bounded and means and errors stay right (as long as a bin of pairs still has neighbours within the autocorrelation time,
/// or is longer than it). Numbers are kept in single precision and added up in double.
#[derive(Debug, Clone)]
pub struct Series {
    width: usize,
    capacity: usize,
    values: Vec<f32>,
    /// Rows averaged in each bin.
    rows_per_bin: usize,
    /// The bin being filled, and how many rows are in it.
    open: (Vec<f64>, usize),
    /// Sum and sum of squares of each column over single rows, and their number.
    sums: Vec<(f64, f64)>,
    rows: usize,
}

/// Bins kept by default.
const CAPACITY: usize = 32_768;

impl Series {
    /// A series that starts to bin at 32768 rows.
    pub fn new(width: usize) -> Self {
        Self::with_capacity(width, CAPACITY)
    }

    /// A series that keeps every row.
    pub fn unbounded(width: usize) -> Self {
        Self::with_capacity(width, usize::MAX)
    }

    /// A series that starts to bin at `capacity` rows, made even and at least 2: rows are averaged in pairs.
    pub fn with_capacity(width: usize, capacity: usize) -> Self {
        let capacity = (capacity & !1).max(2);
        let open = (vec![0.0; width], 0);
        Self { width, capacity, values: Vec::new(), rows_per_bin: 1, open, sums: vec![(0.0, 0.0); width], rows: 0 }
    }

    /// Adds a row.
    pub fn push(&mut self, row: &[f64]) {
        debug_assert_eq!(row.len(), self.width);
        self.rows += 1;
        for ((sum, open), value) in self.sums.iter_mut().zip(&mut self.open.0).zip(row) {
            sum.0 += value;
            sum.1 += value * value;
            *open += value;
        }
        self.open.1 += 1;
        if self.open.1 < self.rows_per_bin {
            return;
        }
        let scale = 1.0 / self.rows_per_bin as f64;
        self.values.extend(self.open.0.iter().map(|v| (v * scale) as f32));
        self.open.0.fill(0.0);
        self.open.1 = 0;
        if self.len() >= self.capacity {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let width = self.width;
        let pairs = self.len() / 2;
        for pair in 0..pairs {
            for column in 0..width {
                let (first, second) = (2 * pair * width + column, (2 * pair + 1) * width + column);
                self.values[pair * width + column] = 0.5 * (self.values[first] + self.values[second]);
            }
        }
        self.values.truncate(pairs * width);
        self.rows_per_bin *= 2;
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::with_capacity(self.width, self.capacity);
    }

    /// Number of bins.
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Whether there is no bin yet.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows that were pushed.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows averaged in each bin.
    pub fn rows_per_bin(&self) -> usize {
        self.rows_per_bin
    }

    /// A bin.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..(index + 1) * self.width]
    }

    /// One column, bin by bin.
    pub fn column(&self, column: usize) -> impl Iterator<Item = f64> {
        self.values.iter().skip(column).step_by(self.width).map(|&v| v.into())
    }

    /// Mean of each column over bins.
    pub fn means(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for row in self.values.chunks_exact(self.width) {
            sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += f64::from(*v));
        }
        let n = self.len() as f64;
        sums.into_iter().map(|sum| sum / n).collect()
    }

    /// Variance of a column over single rows.
    pub fn variance(&self, column: usize) -> f64 {
        let (n, (sum, squares)) = (self.rows as f64, self.sums[column]);
        (squares / n - (sum / n).powi(2)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Rng, Stream};

    #[test]
    fn binning_keeps_the_mean_and_bounds_the_length() {
        let mut rng = Rng::new(1, Stream::Data);
        let mut series = Series::with_capacity(2, 64);
        let mut all = Vec::new();
        for _ in 0..1024 {
            let row = [rng.normal(), rng.normal() + 5.0];
            series.push(&row);
            all.push(row);
        }
        assert!(series.len() <= 64 && series.rows_per_bin() == 32, "{} x {}", series.len(), series.rows_per_bin());
        assert_eq!(series.rows(), 1024);
        for column in 0..2 {
            let mean = all.iter().map(|r| r[column]).sum::<f64>() / 1024.0;
            assert!((series.means()[column] - mean).abs() < 1e-6);
            let variance = all.iter().map(|r| (r[column] - mean).powi(2)).sum::<f64>() / 1024.0;
            assert!((series.variance(column) / variance - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn an_odd_capacity_loses_no_row() {
        for capacity in [0, 1, 5, 7] {
            let mut series = Series::with_capacity(1, capacity);
            (0..16).for_each(|i| series.push(&[f64::from(i)]));
            assert_eq!(series.len() * series.rows_per_bin(), 16, "capacity {capacity}");
            assert_eq!(series.means(), [7.5]);
        }
    }
}
