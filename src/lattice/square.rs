//! The periodic square lattice.

/// `side x side` sites on a torus. Sites are numbered row by row, `site = row * side + column`; `x` runs along a row, `y` down a
/// column.
///
/// On a side of 2 both neighbours in a direction are the same site: its bond then counts twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Square {
    /// Sites in a row, and rows.
    pub side: usize,
}

impl Square {
    /// Number of sites.
    pub fn sites(self) -> usize {
        self.side * self.side
    }

    /// The neighbours of a site at `+x, +y, -x, -y`.
    pub fn neighbours(self, site: usize) -> [usize; 4] {
        let (row, column, side) = (site / self.side, site % self.side, self.side);
        let at = |row: usize, column: usize| (row % side) * side + column % side;
        [at(row, column + 1), at(row + 1, column), at(row, column + side - 1), at(row + side - 1, column)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_forth_and_a_step_back_end_where_they_began() {
        for side in [2, 3, 8] {
            let lattice = Square { side };
            for site in 0..lattice.sites() {
                let [right, down, left, up] = lattice.neighbours(site);
                assert_eq!([lattice.neighbours(right)[2], lattice.neighbours(down)[3]], [site; 2]);
                assert_eq!([lattice.neighbours(left)[0], lattice.neighbours(up)[1]], [site; 2]);
            }
        }
    }
}
