//! Lattices: sites, neighbours, boundaries.

mod square;

pub use square::Square;
