//! Lattice geometry.

mod square;

pub use square::Square;
