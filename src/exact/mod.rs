//! Answers known without sampling.

mod free_field;
mod ising_enumeration;
mod kaufman;
mod one_site;
mod spectrum;
mod transfer_matrix;
mod xy_transfer;

pub use free_field::FreeField;
pub use ising_enumeration::IsingEnumeration;
pub use kaufman::{ISING_CRITICAL_BETA, Kaufman, ising_magnetization, onsager_energy};
pub use one_site::OneSite;
pub use spectrum::Spectrum;
pub use transfer_matrix::TransferMatrix;
pub use xy_transfer::XyTransfer;

use nalgebra::{DMatrix, SymmetricEigen};

/// Eigenvalues and eigenvectors of a symmetric operator on a grid that is symmetric about zero, even and odd states apart.
///
/// The grid has `2 half` points `x_i = (i + 1/2) h`, `i = -half..half`. On even (odd) functions the operator acts as a
/// `half x half` matrix `A(x_i, x_j) +- A(x_i, -x_j)`, which is an eighth of the work each.
struct ParityStates {
    /// `[even, odd]`.
    blocks: [SymmetricEigen<f64, nalgebra::Dyn>; 2],
}

impl ParityStates {
    fn new(half: usize, operator: impl Fn(isize, isize) -> f64) -> Self {
        let block = |sign: f64| {
            let matrix = DMatrix::from_fn(half, half, |i, j| {
                let (i, j) = (i.cast_signed(), j.cast_signed());
                operator(i, j) + sign * operator(i, -1 - j)
            });
            SymmetricEigen::new(matrix)
        };
        Self { blocks: [block(1.0), block(-1.0)] }
    }

    /// Eigenvalues in the order of `compare`, with their parity block and column.
    fn sorted(&self, compare: impl Fn(f64, f64) -> std::cmp::Ordering) -> Vec<(f64, usize, usize)> {
        let mut all: Vec<_> = self
            .blocks
            .iter()
            .enumerate()
            .flat_map(|(parity, block)| {
                block.eigenvalues.iter().enumerate().map(move |(column, &e)| (e, parity, column))
            })
            .collect();
        all.sort_by(|a, b| compare(a.0, b.0));
        all
    }
}

/// Where the ground state of `p^2/(2 mass) + lambda (x^2 - f2)^2` has fallen by `exp(-decay)` in amplitude, estimated by
/// `int sqrt(2 mass V) dx` from the outer minimum.
fn turning_edge(mass: f64, lambda: f64, f2: f64, decay: f64) -> f64 {
    let minimum = f2.max(0.0).sqrt();
    let step = 1e-3;
    let (mut x, mut exponent) = (minimum, 0.0);
    while exponent < decay {
        x += step;
        exponent += step * (2.0 * mass * lambda).sqrt() * (x * x - f2).abs();
    }
    x
}
