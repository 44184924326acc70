//! Spectral functions whose answer is known.

use std::f64::consts::PI;

use super::Grid;

/// A peak, or whatever else has a place, a width and an area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Where it is.
    pub mass: f64,
    /// Half its width; the standard deviation of a Gaussian.
    pub width: f64,
    /// Its strength.
    pub area: f64,
}

impl Peak {
    /// `4 A G w / ((M^2 + G^2 - w^2)^2 + 4 G^2 w^2)`. In the Källén-Lehmann integral it gives `D(p) = A / (M^2 + (p + G)^2)`.
    pub fn breit_wigner(&self, w: f64) -> f64 {
        let Self { mass: m, width: g, area: a } = *self;
        4.0 * a * g * w / ((m * m + g * g - w * w).powi(2) + 4.0 * g * g * w * w)
    }

    /// Normal density times the area.
    pub fn gaussian(&self, w: f64) -> f64 {
        let z = (w - self.mass) / self.width;
        self.area * (-0.5 * z * z).exp() / (self.width * (2.0 * PI).sqrt())
    }

    /// `A G / pi / ((w - M)^2 + G^2)`: not zero at zero frequency.
    pub fn lorentzian(&self, w: f64) -> f64 {
        self.area * self.width / PI / ((w - self.mass).powi(2) + self.width * self.width)
    }

    /// A smooth step to the height `A` at `M`.
    pub fn step(&self, w: f64) -> f64 {
        0.5 * self.area * (1.0 + ((w - self.mass) / self.width).tanh())
    }

    /// `A G w / (w^2 + G^2)`: the slope at zero is the transport coefficient `A / G`.
    pub fn transport(&self, w: f64) -> f64 {
        self.area * self.width * w / (w * w + self.width * self.width)
    }
}

crate::choice! {
    /// A family of spectral functions.
    pub enum Shape {
        /// One Breit-Wigner peak.
        SinglePeak = ("single_peak", "one Breit-Wigner peak"),
        /// Two Breit-Wigner peaks.
        DoublePeak = ("double_peak", "two Breit-Wigner peaks"),
        /// One Gaussian.
        Gaussian = ("gaussian", "one Gaussian"),
        /// Two Gaussians.
        DoubleGaussian = ("double_gaussian", "two Gaussians"),
        /// A Breit-Wigner peak, and a continuum that starts at the second mass with the second area as its height.
        Continuum = ("continuum", "resonance and continuum"),
        /// A transport peak at zero frequency of the first width, and a Breit-Wigner peak of the second.
        Transport = ("transport", "transport peak and resonance"),
        /// One Lorentz curve, not zero at zero frequency.
        Lorentzian = ("lorentzian", "Lorentz curve"),
        /// The first Breit-Wigner peak minus the second: not positive, as for confined particles or mixed operators.
        NotPositive = ("not_positive", "difference of two peaks"),
        /// What was drawn with the pointer, or came from a file; one Breit-Wigner peak until then.
        Drawn = ("drawn", "drawn by hand, or from a file"),
    }
}

impl Shape {
    /// Its value at a frequency. What is drawn starts as [`Shape::SinglePeak`].
    pub fn at(self, w: f64, [first, second]: [Peak; 2]) -> f64 {
        match self {
            Self::SinglePeak | Self::Drawn => first.breit_wigner(w),
            Self::DoublePeak => first.breit_wigner(w) + second.breit_wigner(w),
            Self::Gaussian => first.gaussian(w),
            Self::DoubleGaussian => first.gaussian(w) + second.gaussian(w),
            Self::Continuum => first.breit_wigner(w) + second.step(w),
            Self::Transport => first.transport(w) * (-(w / 4.0).powi(2)).exp() + second.breit_wigner(w),
            Self::Lorentzian => first.lorentzian(w),
            Self::NotPositive => first.breit_wigner(w) - second.breit_wigner(w),
        }
    }

    /// Its values on a grid.
    pub fn on(self, grid: &Grid, peaks: [Peak; 2]) -> Vec<f64> {
        grid.omega.iter().map(|&w| self.at(w, peaks)).collect()
    }
}
