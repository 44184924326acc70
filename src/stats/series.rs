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
    /// Over single rows, of what exceeds the first one: the sum of each column, and of each product of two, column by column from the
    /// diagonal on.
    sums: Vec<f64>,
    products: Vec<f64>,
    first: Vec<f64>,
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
        let (sums, products) = (vec![0.0; width], vec![0.0; width * (width + 1) / 2]);
        Self { width, capacity, values: Vec::new(), rows_per_bin: 1, open, sums, products, first: Vec::new(), rows: 0 }
    }

    /// Adds a row.
    pub fn push(&mut self, row: &[f64]) {
        debug_assert_eq!(row.len(), self.width);
        self.rows += 1;
        self.open.0.iter_mut().zip(row).for_each(|(open, value)| *open += value);
        // A series that keeps every row has its variances in them.
        if self.capacity < usize::MAX & !1 {
            self.add_moments(row);
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

    fn add_moments(&mut self, row: &[f64]) {
        if self.first.is_empty() {
            self.first.extend_from_slice(row);
        }
        let mut products = self.products.iter_mut();
        for (i, (value, origin)) in row.iter().zip(&self.first).enumerate() {
            let a = value - origin;
            self.sums[i] += a;
            for ((value, origin), product) in row[i..].iter().zip(&self.first[i..]).zip(&mut products) {
                *product += a * (value - origin);
            }
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

    /// Variance over single rows of the sum of columns, each times a number; of a series that bins.
    pub fn variance(&self, combination: &[(usize, f64)]) -> f64 {
        let n = self.rows as f64;
        let covariance = |a: usize, b: usize| {
            let (a, b) = (a.min(b), a.max(b));
            // The columns before `a` have `width`, `width - 1`, ... products.
            let at = a * (2 * self.width - a + 1) / 2 + b - a;
            self.products[at] / n - self.sums[a] / n * (self.sums[b] / n)
        };
        let each = |&(a, slope): &(usize, f64)| {
            combination.iter().map(|&(b, other)| slope * other * covariance(a, b)).sum::<f64>()
        };
        combination.iter().map(each).sum::<f64>().max(0.0)
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
            assert!((series.variance(&[(column, 1.0)]) / variance - 1.0).abs() < 1e-9);
        }
        let combined: Vec<f64> = all.iter().map(|r| 2.0 * r[0] - 3.0 * r[1]).collect();
        let mean = combined.iter().sum::<f64>() / 1024.0;
        let variance = combined.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 1024.0;
        assert!((series.variance(&[(1, -3.0), (0, 2.0)]) / variance - 1.0).abs() < 1e-9);
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
