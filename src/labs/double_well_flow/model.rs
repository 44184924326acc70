//! The model: a density over closed paths.

use burn::tensor::{Device, Tensor, TensorData};

use super::params::{Model, Params};
use crate::{
    action::DoubleWell,
    net::{CouplingFlow, Layout, Leaves, fourier_basis},
    objective::log_mean_exp_pair,
    prior::ModePrior,
    rng::Rng,
};

/// A normalising flow of paths `x: [batch, N]`.
///
/// Latent variables are Fourier modes `c ~ prior`. With `F` the orthogonal [`fourier_basis`] and `f` the couplings,
///
/// ```text
/// Fourier-flow:     x = f(c) F,     ln q(x) = ln p(c) - ln|det f'(c)|
/// coordinate flow:  x = f(c F),     ln q(x) = ln p(c) - ln|det f'(cF)|
/// ```
///
/// Source: arXiv:2211.03470 (Fourier-flow), arXiv:1605.08803 (couplings).
#[derive(Debug, Clone)]
pub struct PathFlow {
    couplings: CouplingFlow,
    basis: Tensor<2>,
    prior: ModePrior,
    model: Model,
    symmetrise: bool,
}

impl PathFlow {
    /// The architecture that `params` describe, and the layout of its parameters.
    pub fn new(params: &Params, device: &Device) -> (Self, Layout) {
        let n = params.n_tau;
        let mut layout = Layout::default();
        let couplings = CouplingFlow::new(&mut layout, n, params.couplings, params.hidden);
        let basis = fourier_basis(n).into_iter().map(|v| v as f32).collect();
        let flow = Self {
            couplings,
            basis: Tensor::from_data(TensorData::new(basis, [n, n]), device),
            prior: params.mode_prior(),
            model: params.model,
            symmetrise: params.symmetrise,
        };
        (flow, layout)
    }

    /// Takes over what may change while it trains.
    pub fn retune(&mut self, params: &Params) {
        self.prior = params.mode_prior();
        self.symmetrise = params.symmetrise;
    }

    /// `rows` latent draws.
    pub fn latent(&self, rows: usize, rng: &mut Rng, device: &Device) -> Tensor<2> {
        self.prior.sample(rows, rng, device)
    }

    /// Whether the density is the mean of `q(x)` and `q(-x)`.
    pub fn symmetrised(&self) -> bool {
        self.symmetrise
    }

    /// Paths of latent draws and their log-density: `[batch, N] -> ([batch, N], [batch])`. The paths of a symmetrised model
    /// still have to be turned over with probability 1/2.
    pub fn forward(&self, leaves: &Leaves<'_>, c: Tensor<2>) -> (Tensor<2>, Tensor<1>) {
        let log_p = self.prior.log_prob(c.clone());
        let (x, log_det) = match self.model {
            Model::Fourier => {
                let (modes, log_det) = self.couplings.forward(leaves, c);
                (self.to_path(modes), log_det)
            }
            Model::Coordinate => self.couplings.forward(leaves, self.to_path(c)),
        };
        let log_q = log_p - log_det;
        if self.symmetrise {
            let other = self.one_sided_log_prob(leaves, x.clone().neg());
            (x, log_mean_exp_pair(log_q, other))
        } else {
            (x, log_q)
        }
    }

    /// Log-density of given paths: `[batch, N] -> [batch]`.
    pub fn log_prob(&self, leaves: &Leaves<'_>, x: Tensor<2>) -> Tensor<1> {
        if self.symmetrise {
            let other = self.one_sided_log_prob(leaves, x.clone().neg());
            log_mean_exp_pair(self.one_sided_log_prob(leaves, x), other)
        } else {
            self.one_sided_log_prob(leaves, x)
        }
    }

    fn one_sided_log_prob(&self, leaves: &Leaves<'_>, x: Tensor<2>) -> Tensor<1> {
        let (c, log_det) = match self.model {
            Model::Fourier => self.couplings.inverse(leaves, self.to_modes(x)),
            Model::Coordinate => {
                let (x, log_det) = self.couplings.inverse(leaves, x);
                (self.to_modes(x), log_det)
            }
        };
        self.prior.log_prob(c) + log_det
    }

    fn to_path(&self, modes: Tensor<2>) -> Tensor<2> {
        let basis = self.basis_like(&modes);
        modes.matmul(basis)
    }

    fn to_modes(&self, path: Tensor<2>) -> Tensor<2> {
        let basis = self.basis_like(&path);
        path.matmul(basis.transpose())
    }

    fn basis_like(&self, x: &Tensor<2>) -> Tensor<2> {
        if x.is_autodiff() { self.basis.clone().autodiff() } else { self.basis.clone() }
    }
}

/// The action of paths on the device: `[batch, N] -> [batch]`. The same formula as [`DoubleWell`]'s on the host.
pub fn action(theory: &DoubleWell, x: Tensor<2>) -> Tensor<1> {
    let [rows, n] = x.dims();
    let next = Tensor::cat(vec![x.clone().narrow(1, 1, n - 1), x.clone().narrow(1, 0, 1)], 1);
    let kinetic = (next - x.clone()).square().mul_scalar(0.5 * theory.mass / theory.spacing);
    let potential = x.square().sub_scalar(theory.f2).square().mul_scalar(theory.spacing * theory.lambda);
    (kinetic + potential).sum_dim(1).reshape([rows])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{action::Action as _, labs::double_well_flow::params::Prior, net::Parameters, rng::Stream};

    fn host<const D: usize>(x: Tensor<D>) -> Vec<f32> {
        x.into_data().try_to_vec().unwrap()
    }

    fn perturbed(params: &Params) -> (PathFlow, Parameters) {
        let device = Device::flex();
        let (flow, layout) = PathFlow::new(params, &device);
        let values = Rng::new(4, Stream::Init).normals(layout.len()).into_iter().map(|z| 0.2 * z).collect();
        (flow, Parameters::from_values(layout, values, &device))
    }

    fn variants() -> Vec<Params> {
        let mut all = Vec::new();
        for model in [Model::Fourier, Model::Coordinate] {
            for prior in [Prior::Unit, Prior::Harmonic, Prior::TwoWells] {
                for symmetrise in [false, true] {
                    all.push(Params {
                        model,
                        prior,
                        symmetrise,
                        n_tau: 8,
                        couplings: 4,
                        hidden: 8,
                        ..Params::default()
                    });
                }
            }
        }
        all
    }

    #[test]
    fn the_density_of_a_sample_is_the_density_of_its_path() {
        for params in variants() {
            let (flow, parameters) = perturbed(&params);
            let c = flow.latent(64, &mut Rng::new(1, Stream::Prior), &Device::flex());
            let (x, log_q) = flow.forward(&parameters.fixed(), c);
            for (a, b) in host(log_q).into_iter().zip(host(flow.log_prob(&parameters.fixed(), x))) {
                assert!((a - b).abs() < 1e-3 * a.abs().max(1.0), "{params:?}: {a} != {b}");
            }
        }
    }

    #[test]
    fn a_symmetrised_density_is_even() {
        for params in variants().into_iter().filter(|p| p.symmetrise) {
            let (flow, parameters) = perturbed(&params);
            let c = flow.latent(64, &mut Rng::new(1, Stream::Prior), &Device::flex());
            let (x, _) = flow.forward(&parameters.fixed(), c);
            let plus = host(flow.log_prob(&parameters.fixed(), x.clone()));
            for (a, b) in plus.into_iter().zip(host(flow.log_prob(&parameters.fixed(), x.neg()))) {
                assert!((a - b).abs() < 1e-4 * a.abs().max(1.0), "{params:?}: {a} != {b}");
            }
        }
    }

    #[test]
    fn the_action_on_the_device_is_the_action_on_the_host() {
        let theory = DoubleWell { n_tau: 6, spacing: 0.3, mass: 0.7, lambda: 1.3, f2: 1.1 };
        let x = Rng::new(2, Stream::Data).normals(60);
        let device = action(&theory, Tensor::from_data(TensorData::new(x.clone(), [10, 6]), &Device::flex()));
        for (row, got) in x.chunks(6).zip(host(device)) {
            let row: Vec<f64> = row.iter().map(|&v| v.into()).collect();
            let expected = theory.action(&row);
            assert!((f64::from(got) - expected).abs() < 1e-4 * expected, "{got} != {expected}");
        }
    }
}
