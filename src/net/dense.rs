//! Matrix products on the host, for networks that are evaluated site by site.

/// Rows that share a pass over the weights.
const ROWS: usize = 4;
/// Columns that are accumulated in registers.
const COLUMNS: usize = 8;

/// `out = x w + b`, where `b` is one row for all.
///
/// - `x`: `[rows, inputs]`; `w`: `[inputs, outputs]`; `b`: `[outputs]`; `out`: `[rows, outputs]`
pub fn affine(x: &[f32], w: &[f32], b: &[f32], out: &mut [f32]) {
    let outputs = b.len();
    let inputs = w.len() / outputs;
    let rows = out.len() / outputs;
    debug_assert!(x.len() == rows * inputs && w.len() == inputs * outputs);
    let mut row = 0;
    while row + ROWS <= rows {
        let lines: [&[f32]; ROWS] = std::array::from_fn(|r| &x[(row + r) * inputs..(row + r + 1) * inputs]);
        let target = &mut out[row * outputs..(row + ROWS) * outputs];
        block(lines, w, b, target);
        row += ROWS;
    }
    for row in row..rows {
        block([&x[row * inputs..(row + 1) * inputs]], w, b, &mut out[row * outputs..(row + 1) * outputs]);
    }
}

fn block<const R: usize>(x: [&[f32]; R], w: &[f32], b: &[f32], out: &mut [f32]) {
    let outputs = b.len();
    let mut column = 0;
    while column + COLUMNS <= outputs {
        let mut sums: [[f32; COLUMNS]; R] = [std::array::from_fn(|c| b[column + c]); R];
        for (k, w) in w.chunks_exact(outputs).enumerate() {
            let w = &w[column..column + COLUMNS];
            for r in 0..R {
                let value = x[r][k];
                for c in 0..COLUMNS {
                    sums[r][c] += value * w[c];
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            out[r * outputs + column..r * outputs + column + COLUMNS].copy_from_slice(sums);
        }
        column += COLUMNS;
    }
    for column in column..outputs {
        let mut sums = [b[column]; R];
        for (k, w) in w.chunks_exact(outputs).enumerate() {
            for r in 0..R {
                sums[r] += x[r][k] * w[column];
            }
        }
        for (r, sum) in sums.into_iter().enumerate() {
            out[r * outputs + column] = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Rng, Stream};

    #[test]
    fn every_shape_gives_the_plain_sums() {
        let mut rng = Rng::new(1, Stream::Data);
        for (rows, inputs, outputs) in [(1, 1, 1), (4, 3, 8), (7, 5, 13), (9, 20, 24)] {
            let (x, w, b) = (rng.normals(rows * inputs), rng.normals(inputs * outputs), rng.normals(outputs));
            let mut out = vec![0.0; rows * outputs];
            affine(&x, &w, &b, &mut out);
            for r in 0..rows {
                for c in 0..outputs {
                    let sum: f32 = (0..inputs).map(|k| x[r * inputs + k] * w[k * outputs + c]).sum();
                    assert!((out[r * outputs + c] - sum - b[c]).abs() < 1e-5);
                }
            }
        }
    }
}
