//! Histograms as densities.

/// Equal bins on `[min, max)`; what falls outside counts for the normalisation only.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    min: f64,
    width: f64,
    counts: Vec<f64>,
    total: f64,
}

impl Histogram {
    /// `bins` empty bins.
    pub fn new(min: f64, max: f64, bins: usize) -> Self {
        Self { min, width: (max - min) / bins as f64, counts: vec![0.0; bins], total: 0.0 }
    }

    /// Adds a value with a weight.
    pub fn add(&mut self, value: f64, weight: f64) {
        self.total += weight;
        let bin = (value - self.min) / self.width;
        // The comparison is false for NaN as well.
        if bin >= 0.0 && bin < self.counts.len() as f64 {
            self.counts[bin as usize] += weight;
        }
    }

    /// Centres of the bins.
    pub fn centers(&self) -> Vec<f64> {
        (0..self.counts.len()).map(|i| self.min + (i as f64 + 0.5) * self.width).collect()
    }

    /// Probability density in each bin; zero if nothing was added.
    pub fn density(&self) -> Vec<f64> {
        let norm = if self.total > 0.0 { 1.0 / (self.total * self.width) } else { 0.0 };
        self.counts.iter().map(|c| c * norm).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_density_integrates_to_the_fraction_inside() {
        let mut histogram = Histogram::new(0.0, 1.0, 4);
        for value in [0.1, 0.3, 0.9, 1.5, f64::NAN] {
            histogram.add(value, 1.0);
        }
        assert!((histogram.density().iter().sum::<f64>() * 0.25 - 0.6).abs() < 1e-12);
        assert_eq!(histogram.centers()[0], 0.125);
    }
}
