//! The methods, what they are told, and what they answer.

use nalgebra::{DMatrix, DVector};

use super::{
    Whitened, backus_gilbert,
    entropy::{self, Entropy, Strength},
    gaussian_process, rbf,
    rule::Search,
    sparse, tikhonov, tsvd,
};

crate::choice! {
    /// A way to solve the inverse problem.
    pub enum Method {
        /// Truncated singular values: only the modes that the data see, as many as the rule says.
        Tsvd = ("tsvd", "TSVD"),
        /// Tikhonov: smallest rho/w in the mean square, in closed form; may be negative.
        Tikhonov = ("tikhonov", "Tikhonov"),
        /// Tikhonov with rho >= 0.
        TikhonovPositive = ("tikhonov_positive", "Tikhonov, positive"),
        /// Maximum entropy with chi^2 equal to the number of points.
        MemHistoric = ("mem_historic", "MEM, historic"),
        /// Maximum entropy, averaged over its strength with its probability (Bryan).
        MemBryan = ("mem_bryan", "MEM, Bryan"),
        /// Maximum entropy at its most probable strength.
        MemClassic = ("mem_classic", "MEM, classic"),
        /// The entropy of Bayesian reconstruction (Burnier and Rothkopf) with chi^2 equal to the number of points.
        BrHistoric = ("br_historic", "BR, historic"),
        /// The same averaged over its strength with its probability.
        BrAveraged = ("br_averaged", "BR, averaged"),
        /// A Gaussian process conditioned on the data; its length and height have the largest evidence. Has a posterior band.
        GaussianProcess = ("gaussian_process", "Gaussian process"),
        /// Sparse modelling: few singular modes by an absolute-value penalty, rho >= 0.
        Sparse = ("sparse", "sparse modelling"),
        /// A sum of Gaussian bumps whose heights are found with truncated singular values.
        Rbf = ("rbf", "radial basis functions"),
        /// Backus-Gilbert: at each frequency the narrowest window that the data can look through.
        BackusGilbert = ("backus_gilbert", "Backus-Gilbert"),
        /// A network from a constant to all values of the spectral function, trained on these data.
        NnList = ("nn_list", "NN"),
        /// A network from a frequency to the value there, trained on these data.
        NnP2p = ("nn_p2p", "NN-P2P"),
        /// A network from data to spectral function, trained on random mock spectra beforehand.
        Supervised = ("supervised", "supervised map"),
    }
}

impl Method {
    /// All of them, in order.
    pub const ALL: [Self; 15] = [
        Self::Tsvd,
        Self::Tikhonov,
        Self::TikhonovPositive,
        Self::MemHistoric,
        Self::MemBryan,
        Self::MemClassic,
        Self::BrHistoric,
        Self::BrAveraged,
        Self::GaussianProcess,
        Self::Sparse,
        Self::Rbf,
        Self::BackusGilbert,
        Self::NnList,
        Self::NnP2p,
        Self::Supervised,
    ];

    /// Whether it is trained step by step.
    pub fn is_network(self) -> bool {
        matches!(self, Self::NnList | Self::NnP2p | Self::Supervised)
    }

    /// Whether its answer is never negative.
    pub fn is_positive(self) -> bool {
        !matches!(self, Self::Tsvd | Self::Tikhonov | Self::GaussianProcess | Self::Rbf | Self::BackusGilbert)
    }
}

crate::choice! {
    /// How the strength of a regulator is chosen.
    pub enum Rule {
        /// The method's own: discrepancy for most, evidence for the Gaussian process and for averages.
        Usual = ("usual", "the method's usual rule"),
        /// The strongest regulator with chi^2 no more than the number of points.
        Discrepancy = ("discrepancy", "discrepancy: chi² = points"),
        /// The corner of the curve of log penalty against log chi^2.
        LCurve = ("l_curve", "corner of the L-curve"),
        /// Smallest generalised cross-validation, chi^2 / (1 - effective parameters / points)^2.
        Gcv = ("gcv", "generalised cross-validation"),
        /// Largest probability of the data, in Gaussian approximation.
        Evidence = ("evidence", "evidence"),
    }
}

/// What a method is told besides the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How the regulator is chosen.
    pub rule: Rule,
    /// A factor on what the rule chooses: by hand.
    pub strength: f64,
    /// The default model at each frequency, positive, `[N]`: what a method of entropy says without data.
    pub default_model: Vec<f64>,
}

/// A regulator's strength and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// The regulator (for truncated methods the number of modes).
    pub regulator: f64,
    /// `chi^2`.
    pub chi2: f64,
    /// What the method minimises besides `chi^2`, without its factor.
    pub penalty: f64,
    /// How many parameters the data have determined: the trace of the map from data to fitted data.
    pub effective: f64,
    /// Logarithm of the probability of the data, up to a constant, if the method has one.
    pub log_evidence: Option<f64>,
}

/// A method's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The spectral function, `[N]`.
    pub rho: DVector<f64>,
    /// Its `chi^2`.
    pub chi2: f64,
    /// The regulator's strength.
    pub regulator: f64,
    /// The strengths that were tried, weakest last.
    pub path: Vec<Trial>,
    /// One standard error at each frequency by the method's own account, if it gives one.
    pub band: Option<DVector<f64>>,
    /// For methods that are linear in the data at fixed regulator, the map from whitened data to spectral function, `[N, M]`:
    /// times `B` it gives the resolution functions (averaging kernels).
    pub linear: Option<DMatrix<f64>>,
}

impl Settings {
    /// These settings as a search for a regulator by a method whose usual rule is `usual`.
    pub(super) fn search(&self, usual: Rule, data: &Whitened) -> Search {
        Search { rule: self.rule, usual, strength: self.strength, points: data.points() }
    }
}

impl Fit {
    /// Without band and linear map; `None` if a value is not finite.
    pub(super) fn new(data: &Whitened, rho: DVector<f64>, regulator: f64, path: Vec<Trial>) -> Option<Self> {
        let chi2 = data.chi2(&rho);
        let finite = chi2.is_finite() && rho.iter().all(|r| r.is_finite());
        finite.then_some(Self { rho, chi2, regulator, path, band: None, linear: None })
    }
}

/// Solves by a classical method; `None` for networks, and where the method does not apply or does not converge.
pub fn solve(method: Method, data: &Whitened, settings: &Settings) -> Option<Fit> {
    match method {
        Method::Tsvd => tsvd::solve(data, settings),
        Method::Tikhonov => tikhonov::solve(data, settings),
        Method::TikhonovPositive => tikhonov::solve_positive(data, settings),
        Method::MemHistoric => entropy::solve(Entropy::Shannon, Strength::Historic, data, settings),
        Method::MemBryan => entropy::solve(Entropy::Shannon, Strength::Averaged, data, settings),
        Method::MemClassic => entropy::solve(Entropy::Shannon, Strength::Classic, data, settings),
        Method::BrHistoric => entropy::solve(Entropy::BurnierRothkopf, Strength::Historic, data, settings),
        Method::BrAveraged => entropy::solve(Entropy::BurnierRothkopf, Strength::Averaged, data, settings),
        Method::GaussianProcess => gaussian_process::solve(data, settings),
        Method::Sparse => sparse::solve(data, settings),
        Method::Rbf => rbf::solve(data, settings),
        Method::BackusGilbert => backus_gilbert::solve(data, settings),
        Method::NnList | Method::NnP2p | Method::Supervised => None,
    }
}
