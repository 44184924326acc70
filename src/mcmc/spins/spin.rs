//! Spins as unit vectors of one or two components.

use crate::rng::Rng;

/// A unit vector with `n` components: `n = 1` is the Ising model, `n = 2` the XY model. Updates are written once for both.
pub trait Spin: Copy {
    /// `s . t`.
    fn dot(self, other: Self) -> f64;
    /// `s + t`, not a unit vector.
    fn plus(self, other: Self) -> Self;
    /// The null vector, from which fields are added up.
    fn null() -> Self;
    /// `s - 2 (r . s) r`: its reflection on the plane that is orthogonal to the unit vector `r`.
    fn reflected(self, r: Self) -> Self;
    /// Its reflection on the line along `field`, which leaves `s . field` as it is; itself if the field vanishes.
    fn mirrored(self, field: Self) -> Self;
    /// A unit vector, uniformly drawn.
    fn random(rng: &mut Rng) -> Self;
    /// A new spin near this one, proposed as often as the way back; `width` scales the distance if there is one.
    fn proposed(self, width: f64, rng: &mut Rng) -> Self;
    /// Of unit length in spite of rounding.
    fn normalised(self) -> Self;
}

/// An Ising spin, `+1` or `-1`.
impl Spin for f64 {
    fn dot(self, other: Self) -> f64 {
        self * other
    }
    fn plus(self, other: Self) -> Self {
        self + other
    }
    fn null() -> Self {
        0.0
    }
    fn reflected(self, _: Self) -> Self {
        -self
    }
    fn mirrored(self, _: Self) -> Self {
        self
    }
    fn random(rng: &mut Rng) -> Self {
        rng.sign()
    }
    fn proposed(self, _: f64, _: &mut Rng) -> Self {
        -self
    }
    fn normalised(self) -> Self {
        self
    }
}

/// An XY spin, `(cos theta, sin theta)`.
impl Spin for [f64; 2] {
    fn dot(self, other: Self) -> f64 {
        self[0] * other[0] + self[1] * other[1]
    }
    fn plus(self, other: Self) -> Self {
        [self[0] + other[0], self[1] + other[1]]
    }
    fn null() -> Self {
        [0.0; 2]
    }
    fn reflected(self, r: Self) -> Self {
        let along = 2.0 * self.dot(r);
        [self[0] - along * r[0], self[1] - along * r[1]]
    }
    fn mirrored(self, field: Self) -> Self {
        let square = field.dot(field);
        // Below this the direction of the field is rounding, and mirroring would not conserve the energy.
        if square < 1e-24 {
            return self;
        }
        let along = 2.0 * self.dot(field) / square;
        [along * field[0] - self[0], along * field[1] - self[1]]
    }
    fn random(rng: &mut Rng) -> Self {
        let (sin, cos) = (std::f64::consts::TAU * rng.uniform()).sin_cos();
        [cos, sin]
    }
    fn proposed(self, width: f64, rng: &mut Rng) -> Self {
        let (sin, cos) = (width * (2.0 * rng.uniform() - 1.0)).sin_cos();
        [cos * self[0] - sin * self[1], sin * self[0] + cos * self[1]]
    }
    fn normalised(self) -> Self {
        let scale = self.dot(self).sqrt().recip();
        [scale * self[0], scale * self[1]]
    }
}
