//! Random numbers: one seed, many named counter-based streams.
//!
//! Every draw in the crate comes from here, on the host, so that a seed gives the same noise on every backend. A stream is
//! ChaCha8 with the seed as key and the stream's name as nonce; its position is a counter, so a snapshot stores one number
//! per stream and goes on exactly where it stopped.

use rand::{Rng as _, RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// What a stream is for. Two streams of one seed are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Stream {
    /// Initial weights.
    Init = 1,
    /// Latent noise of training batches.
    Prior = 2,
    /// Noise added while sampling or diffusing.
    Noise = 3,
    /// Proposals and acceptance of Markov chains.
    Proposal = 4,
    /// Generated data sets and the choice of batches.
    Data = 5,
    /// Latent noise of samples drawn for estimates: looking at a model must not change its training.
    Sample = 6,
    /// Acceptance of model samples by independence Metropolis.
    Accept = 7,
    /// Bootstrap resampling.
    Resample = 8,
    /// Where chains start.
    Start = 10,
    /// Markov chains that go on from samples of a model.
    Tail = 9,
}

/// One named stream.
#[derive(Debug, Clone)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// The stream `stream` of `seed`, from its beginning.
    pub fn new(seed: u64, stream: Stream) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream as u64);
        Self(rng)
    }

    /// The stream `stream` of `seed`, from a saved [`position`](Self::position).
    pub fn at(seed: u64, stream: Stream, position: u64) -> Self {
        let mut rng = Self::new(seed, stream);
        rng.0.set_word_pos(u128::from(position));
        rng
    }

    /// How many 32-bit words have been drawn.
    pub fn position(&self) -> u64 {
        u64::try_from(self.0.get_word_pos()).expect("fewer than 2^64 words are ever drawn")
    }

    /// Uniform on `[0, 1)`.
    pub fn uniform(&mut self) -> f64 {
        self.0.random()
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// `count` standard normals in single precision.
    pub fn normals(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| StandardNormal.sample(&mut self.0)).collect()
    }

    /// `+1` or `-1` with equal probability.
    pub fn sign(&mut self) -> f64 {
        if self.0.next_u32() & 1 == 0 { 1.0 } else { -1.0 }
    }

    /// Uniform on `0..bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(0..bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_streams_differ() {
        let draw = |seed, stream| Rng::new(seed, stream).normals(8);
        assert_eq!(draw(7, Stream::Prior), draw(7, Stream::Prior));
        assert_ne!(draw(7, Stream::Prior), draw(7, Stream::Noise));
        assert_ne!(draw(7, Stream::Prior), draw(8, Stream::Prior));
    }

    #[test]
    fn a_stream_goes_on_from_its_position() {
        let mut whole = Rng::new(3, Stream::Proposal);
        whole.normals(1001);
        let mut resumed = Rng::at(3, Stream::Proposal, whole.position());
        assert_eq!(whole.normals(10), resumed.normals(10));
    }
}
