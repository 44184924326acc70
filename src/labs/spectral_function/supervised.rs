//! A map from data to spectral function, trained on mock spectra.
