//! Laws of the lab.
