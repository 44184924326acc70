//! The periodic square lattice.

/// A square lattice of `side * side` sites, periodic; site `row * side + column`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Square {
    /// Sites along an axis.
    pub side: usize,
}

impl Square {
    /// Number of sites.
    pub fn sites(&self) -> usize {
        self.side * self.side
    }

    /// The four neighbours of a site. On a lattice of side 2 each stands twice, on one of side 1 it is the site itself.
    pub fn neighbours(&self, site: usize) -> [usize; 4] {
        let side = self.side;
        let (row, column) = (site / side, site % side);
        let (above, below) = (if row == 0 { side - 1 } else { row - 1 }, if row + 1 == side { 0 } else { row + 1 });
        let (left, right) =
            (if column == 0 { side - 1 } else { column - 1 }, if column + 1 == side { 0 } else { column + 1 });
        [above * side + column, below * side + column, row * side + left, row * side + right]
    }

    /// Lattice momentum squared, `sum 4 sin^2(pi k_mu/L)`.
    pub fn k_hat_squared(&self, kx: usize, ky: usize) -> f64 {
        [kx, ky].iter().map(|&k| 4.0 * (std::f64::consts::PI * k as f64 / self.side as f64).sin().powi(2)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_mutual_and_four() {
        for side in 1..6 {
            let lattice = Square { side };
            for site in 0..lattice.sites() {
                for neighbour in lattice.neighbours(site) {
                    let back = lattice.neighbours(neighbour).iter().filter(|&&n| n == site).count();
                    let there = lattice.neighbours(site).iter().filter(|&&n| n == neighbour).count();
                    assert_eq!(back, there, "side {side}: {site} and {neighbour}");
                }
            }
        }
        assert_eq!(Square { side: 4 }.neighbours(0), [12, 4, 3, 1]);
    }
}
