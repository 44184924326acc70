//! Linear maps along the two axes of a periodic square lattice, as matrices.

use burn::tensor::{Device, Tensor, TensorData};

/// The matrices that a network on a periodic `side x side` lattice needs: all maps along an axis are products with a small
/// matrix, which is faster on every backend than gathering neighbours, and whose transpose is its own derivative.
///
/// Fields are `[batch, side * side, channels]`, rows first.
#[derive(Debug, Clone)]
pub struct Stencil {
    side: usize,
    /// Sum of the two neighbours along an axis: `[1, side, side]`.
    neighbours: Tensor<3>,
    /// Mean of pairs, and its transpose without the one half: `[1, side/2, side]` and `[1, side, side/2]`; for even sides.
    pairs: Option<(Tensor<3>, Tensor<3>)>,
}

impl Stencil {
    /// The matrices for a lattice of this side.
    pub fn new(side: usize, device: &Device) -> Self {
        let mut neighbours = vec![0.0_f32; side * side];
        for i in 0..side {
            neighbours[i * side + (i + 1) % side] += 1.0;
            neighbours[i * side + (i + side - 1) % side] += 1.0;
        }
        let matrix = |values: Vec<f32>, rows: usize, columns: usize| -> Tensor<3> {
            Tensor::from_data(TensorData::new(values, [1, rows, columns]), device)
        };
        let pairs = side.is_multiple_of(2).then(|| {
            let half = side / 2;
            let mut up = vec![0.0_f32; side * half];
            let mut down = vec![0.0_f32; half * side];
            for i in 0..side {
                up[i * half + i / 2] = 1.0;
                down[(i / 2) * side + i] = 0.5;
            }
            (matrix(down, half, side), matrix(up, side, half))
        });
        Self { side, neighbours: matrix(neighbours, side, side), pairs }
    }

    /// The same inside an autodiff graph, as constants.
    pub fn autodiff(&self) -> Self {
        Self {
            side: self.side,
            neighbours: self.neighbours.clone().autodiff(),
            pairs: self.pairs.clone().map(|(down, up)| (down.autodiff(), up.autodiff())),
        }
    }

    /// Side of the lattice.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The field beside the halved sums over its four nearest and its four diagonal neighbours: `[b, v, c] -> [b, v, 3 c]`.
    /// Linear maps of it are the 3 x 3 convolutions that commute with every symmetry of the lattice. The halves make the
    /// variances of all three equal for white noise.
    pub fn neighbourhood(&self, x: Tensor<3>) -> Tensor<3> {
        let (nearest, diagonal) = self.shells(x.clone());
        Tensor::cat(vec![x, nearest, diagonal], 2)
    }

    /// The same for one channel of each, summed: channel 0 as it is, 1 over nearest, 2 over diagonal neighbours:
    /// `[b, v, 3] -> [b, v]`.
    pub fn gather(&self, x: Tensor<3>) -> Tensor<2> {
        let (nearest, _) = self.shells(x.clone().narrow(2, 1, 1));
        let (_, diagonal) = self.shells(x.clone().narrow(2, 2, 1));
        (x.narrow(2, 0, 1) + nearest + diagonal).squeeze_dim(2)
    }

    fn shells(&self, x: Tensor<3>) -> (Tensor<3>, Tensor<3>) {
        let vertical = along_rows(&self.neighbours, x.clone());
        let horizontal = along_columns(&self.neighbours, x);
        let diagonal = along_columns(&self.neighbours, vertical.clone());
        ((vertical + horizontal).mul_scalar(0.5), diagonal.mul_scalar(0.5))
    }

    /// Means over blocks of 2 x 2 sites, times 2 so that white noise keeps its variance: `[b, v, c] -> [b, v/4, c]`.
    ///
    /// # Panics
    /// If the side is odd.
    pub fn coarsen(&self, x: Tensor<3>) -> Tensor<3> {
        let (down, _) = self.pairs.as_ref().expect("only even sides are coarsened");
        along_columns(down, along_rows(down, x)).mul_scalar(2.0)
    }

    /// Every site of the coarser lattice to the 2 x 2 sites it stands for: `[b, v/4, c] -> [b, v, c]`.
    ///
    /// # Panics
    /// If the side is odd.
    pub fn refine(&self, x: Tensor<3>) -> Tensor<3> {
        let (_, up) = self.pairs.as_ref().expect("only even sides are coarsened");
        along_rows(up, along_columns(up, x))
    }
}

/// `[1, to, from]` along the first axis of the lattice: `[b, from * columns, c] -> [b, to * columns, c]`.
pub fn along_rows(matrix: &Tensor<3>, x: Tensor<3>) -> Tensor<3> {
    let ([batch, sites, channels], [_, to, from]) = (x.dims(), matrix.dims());
    let columns = sites / from;
    let matrix = matrix.clone().expand([batch, to, from]);
    matrix.matmul(x.reshape([batch, from, columns * channels])).reshape([batch, to * columns, channels])
}

/// `[1, to, from]` along the second axis: `[b, rows * from, c] -> [b, rows * to, c]`.
pub fn along_columns(matrix: &Tensor<3>, x: Tensor<3>) -> Tensor<3> {
    let ([batch, sites, channels], [_, to, from]) = (x.dims(), matrix.dims());
    let rows = sites / from;
    let matrix = matrix.clone().expand([batch * rows, to, from]);
    matrix.matmul(x.reshape([batch * rows, from, channels])).reshape([batch, rows * to, channels])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(side: usize, channels: usize) -> (Vec<f32>, Tensor<3>) {
        let values: Vec<f32> = (0..side * side * channels).map(|i| (1.7 * i as f32).sin()).collect();
        let tensor = Tensor::from_data(TensorData::new(values.clone(), [1, side * side, channels]), &Device::flex());
        (values, tensor)
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn neighbourhoods_are_sums_over_the_torus() {
        for side in [1, 2, 3, 6] {
            let (x, tensor) = field(side, 2);
            let got = values(Stencil::new(side, &Device::flex()).neighbourhood(tensor));
            let at = |row: usize, column: usize, channel: usize| x[((row % side) * side + column % side) * 2 + channel];
            for site in 0..side * side {
                let (row, column) = (site / side + side, site % side + side);
                for channel in 0..2 {
                    let nearest = at(row + 1, column, channel)
                        + at(row - 1, column, channel)
                        + at(row, column + 1, channel)
                        + at(row, column - 1, channel);
                    let diagonal = at(row + 1, column + 1, channel)
                        + at(row - 1, column + 1, channel)
                        + at(row + 1, column - 1, channel)
                        + at(row - 1, column - 1, channel);
                    for (block, expected) in
                        [at(row, column, channel), 0.5 * nearest, 0.5 * diagonal].iter().enumerate()
                    {
                        let got = got[site * 6 + block * 2 + channel];
                        assert!((got - expected).abs() < 1e-5, "side {side}, site {site}: {got} != {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn coarsening_averages_blocks_and_refining_spreads_them() {
        let (x, tensor) = field(4, 3);
        let stencil = Stencil::new(4, &Device::flex());
        let coarse = stencil.coarsen(tensor);
        let means = values(coarse.clone());
        let spread = values(stencil.refine(coarse));
        for site in 0..16 {
            let (row, column) = (site / 4, site % 4);
            for channel in 0..3 {
                let corner = 2 * (row / 2) * 4 + 2 * (column / 2);
                let block = [corner, corner + 1, corner + 4, corner + 5];
                let expected: f32 = block.iter().map(|s| x[s * 3 + channel]).sum::<f32>() / 2.0;
                let coarse_site = (row / 2) * 2 + column / 2;
                assert!((means[coarse_site * 3 + channel] - expected).abs() < 1e-5);
                assert!((spread[site * 3 + channel] - expected).abs() < 1e-5);
            }
        }
    }
}
