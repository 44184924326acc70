//! Files of numbers: a spectral function, or a correlator with its errors.

use nalgebra::{DMatrix, DVector};

use crate::{
    error::Error,
    inverse::{Grid, Measured},
};

/// A larger file is no table of a correlator.
const MOST_BYTES: usize = 10_000_000;
/// More points than this make every method slow, and add nothing.
const MOST_POINTS: usize = 200;

/// What a file of data may hold, as a sentence.
pub const ACCEPTED: &str = "a table of numbers (.csv, .txt, .dat), with commas, semicolons or blanks between columns (decimal commas need one of the latter two): two columns are a spectral function (ω, ρ), three a correlator with errors (x, D, σ), and 2 + n columns in n rows a correlator with its covariance matrix (x, D, and a row of the matrix)";

/// What a file held.
#[derive(Debug)]
pub enum Content {
    /// A spectral function, on the lab's grid.
    Spectrum(Vec<f64>),
    /// A correlator at its points.
    Correlator(Vec<f64>, Measured),
}

/// Reads a file. Rows of a spectral function may come in any order.
///
/// # Errors
/// [`Error::Data`] with the row and the rule it breaks.
pub fn read(name: &str, bytes: &[u8], grid: &Grid) -> Result<Content, Error> {
    let wrong = |reason: String| Error::Data { name: name.into(), reason };
    if bytes.len() > MOST_BYTES {
        return Err(wrong(format!(
            "{} MB are more than the 10 MB that a table of points can have",
            bytes.len() / 1_000_000
        )));
    }
    if bytes.contains(&0) {
        return Err(wrong("it is not text, or text in UTF-16: UTF-8 is needed".into()));
    }
    // Only headings can have letters of an older encoding.
    let rows = table(&String::from_utf8_lossy(bytes)).map_err(wrong)?;
    let columns = rows.first().map_or(0, |(_, row)| row.len());
    match columns {
        0 => Err(wrong("it holds no numbers".into())),
        2 => spectrum(&rows, grid).map(Content::Spectrum).map_err(wrong),
        3 => correlator(&rows, |_, row| Ok(vec![row[2]])).and_then(|(x, d, sigma)| finish(x, d, &sigma)).map_err(wrong),
        n if n == rows.len() + 2 => correlator(&rows, |_, row| Ok(row[2..].to_vec()))
            .and_then(|(x, d, covariance)| finish(x, d, &covariance))
            .map_err(wrong),
        n => Err(wrong(format!(
            "it has {n} columns in {} rows (lines {} to {}): two (ω, ρ), three (x, D, σ), or for n rows 2 + n (x, D, covariance) are needed{}",
            rows.len(),
            rows[0].0,
            rows[rows.len() - 1].0,
            // Twice as many columns as are good.
            if [4, 6].contains(&n) {
                "; if commas are decimal ones, semicolons or blanks have to stand between the columns"
            } else {
                ""
            }
        ))),
    }
}

type Row = (usize, Vec<f64>);

/// The rows of numbers with the numbers of their lines. A heading, comments and empty lines are passed over.
fn table(text: &str) -> Result<Vec<Row>, String> {
    let mut rows: Vec<Row> = Vec::new();
    for (line_number, line) in
        text.trim_start_matches('\u{feff}').lines().enumerate().map(|(i, line)| (i + 1, line.trim()))
    {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (cells, comma) = cells(line);
        if cells.is_empty() {
            continue;
        }
        let parsed: Result<Vec<f64>, &str> = cells.iter().map(|cell| number(cell, comma).ok_or(*cell)).collect();
        let row = match parsed {
            Ok(row) => row,
            // Words before the first numbers are headings.
            Err(_) if rows.is_empty() && cells.iter().all(|cell| number(cell, comma).is_none()) => continue,
            Err(cell) => return Err(format!("line {line_number}: `{}` is not a number{}", short(cell), hint(cell))),
        };
        if let Some(bad) = row.iter().find(|v| !v.is_finite()) {
            return Err(format!("line {line_number}: {bad} is not finite"));
        }
        if let Some((first, before)) = rows.first()
            && before.len() != row.len()
        {
            return Err(format!("line {line_number} has {} columns, line {first} has {}", row.len(), before.len()));
        }
        rows.push((line_number, row));
        if rows.len() > 100_000 {
            return Err(format!("it has more than 100000 rows (line {line_number})"));
        }
    }
    Ok(rows)
}

/// The cells of a line, and whether a comma in them is a decimal one. Columns are parted by semicolons if there is one; else by blanks
/// if that leaves numbers with commas inside; else by commas.
fn cells(line: &str) -> (Vec<&str>, bool) {
    let by_blanks = || line.split_whitespace();
    let (mut cells, comma): (Vec<&str>, bool) = if line.contains(';') {
        (line.split(';').map(str::trim).collect(), true)
    } else if by_blanks().count() > 1 && by_blanks().all(|cell| number(cell, true).is_some()) {
        (by_blanks().collect(), true)
    } else if line.contains(',') {
        (line.split(',').map(str::trim).collect(), false)
    } else {
        (by_blanks().collect(), false)
    };
    // A spreadsheet may have had more columns elsewhere.
    while cells.last().is_some_and(|cell| cell.is_empty()) {
        cells.pop();
    }
    (cells, comma)
}

/// The number in a cell, whose decimal sign may be a comma.
fn number(cell: &str, comma: bool) -> Option<f64> {
    match cell.split_once(',') {
        Some((before, after)) if comma && after.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("{before}.{after}").parse().ok()
        }
        _ => cell.parse().ok(),
    }
}

/// What may be meant by a cell that is no number.
fn hint(cell: &str) -> &'static str {
    if cell.is_empty() {
        return ": a column is empty";
    }
    if cell.contains(',') && cell.contains('.') { ": write it without separators of thousands" } else { "" }
}

/// The beginning of a word that may be very long.
fn short(word: &str) -> String {
    if word.chars().count() > 20 { word.chars().take(20).collect::<String>() + "…" } else { word.into() }
}

/// In rising order of the first column; two rows of the same are refused.
fn sorted(rows: &[Row]) -> Result<Vec<&Row>, String> {
    let mut order: Vec<&Row> = rows.iter().collect();
    order.sort_by(|a, b| a.1[0].total_cmp(&b.1[0]));
    match order.windows(2).find(|pair| pair[0].1[0] == pair[1].1[0]) {
        Some(pair) => Err(format!("lines {} and {} are both at {}", pair[0].0, pair[1].0, pair[0].1[0])),
        None => Ok(order),
    }
}

/// Straight lines between the rows, zero outside.
fn spectrum(rows: &[Row], grid: &Grid) -> Result<Vec<f64>, String> {
    let order = sorted(rows)?;
    if order.len() < 2 {
        return Err("a spectral function needs at least two rows".into());
    }
    let (omega, rho): (Vec<f64>, Vec<f64>) = order.iter().map(|(_, row)| (row[0], row[1])).unzip();
    let on_grid: Vec<f64> = grid.omega.iter().map(|&w| interpolate(&omega, &rho, w)).collect();
    if on_grid.iter().all(|&v| v == 0.0) {
        let (first, last) = (omega[0], omega[omega.len() - 1]);
        return Err(format!(
            "it is zero from {} to {}, where this lab's frequencies are; it goes from {first} to {last}",
            grid.omega[0],
            grid.omega[grid.len() - 1]
        ));
    }
    Ok(on_grid)
}

/// Between rising places, straight lines; outside, zero.
pub fn interpolate(places: &[f64], values: &[f64], at: f64) -> f64 {
    let after = places.partition_point(|&place| place < at);
    if after < places.len() && places[after] == at {
        return values[after];
    }
    if after == 0 || after == places.len() {
        return 0.0;
    }
    let part = (at - places[after - 1]) / (places[after] - places[after - 1]);
    values[after - 1] + part * (values[after] - values[after - 1])
}

type Points = (Vec<f64>, DVector<f64>, DMatrix<f64>);

/// The rows of a correlator by rising place, its columns after the second as `errors` takes them.
fn correlator(rows: &[Row], errors: impl Fn(usize, &[f64]) -> Result<Vec<f64>, String>) -> Result<Points, String> {
    if rows.len() < 2 {
        return Err(format!("a correlator needs at least two points, and this one has {}", rows.len()));
    }
    if rows.len() > MOST_POINTS {
        return Err(format!("{} points are more than the {MOST_POINTS} that are fitted here", rows.len()));
    }
    sorted(rows)?;
    if let Some((line, row)) = rows.iter().find(|(_, row)| row[0] < 0.0) {
        return Err(format!("line {line}: a momentum or time of {} is negative", row[0]));
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| rows[a].1[0].total_cmp(&rows[b].1[0]));
    let values = |column: usize| order.iter().map(|&i| rows[i].1[column]).collect::<Vec<_>>();
    let errors: Vec<Vec<f64>> =
        rows.iter().enumerate().map(|(i, (_, row))| errors(i, row)).collect::<Result<_, _>>()?;
    let covariance = if errors[0].len() == 1 {
        if let Some(i) = (0..rows.len()).find(|&i| errors[i][0] <= 0.0) {
            return Err(format!("line {}: an error of {} is not positive", rows[i].0, errors[i][0]));
        }
        if let Some(i) = (0..rows.len()).find(|&i| !(1e-150..1e150).contains(&errors[i][0])) {
            return Err(format!(
                "line {}: an error of {:e} has no square in double precision",
                rows[i].0, errors[i][0]
            ));
        }
        DMatrix::from_fn(rows.len(), rows.len(), |i, j| if i == j { errors[order[i]][0].powi(2) } else { 0.0 })
    } else {
        for (i, row) in errors.iter().enumerate() {
            if let Some(j) =
                (0..i).find(|&j| (row[j] - errors[j][i]).abs() > 1e-6 * (row[i] * errors[j][j]).abs().sqrt())
            {
                return Err(format!(
                    "the covariance is not symmetric: {} in row {} of line {}, {} the other way round",
                    row[j],
                    j + 1,
                    rows[i].0,
                    errors[j][i]
                ));
            }
            if row[i] <= 0.0 {
                return Err(format!("line {}: a variance of {} is not positive", rows[i].0, row[i]));
            }
        }
        DMatrix::from_fn(rows.len(), rows.len(), |i, j| 0.5 * (errors[order[i]][order[j]] + errors[order[j]][order[i]]))
    };
    Ok((values(0), DVector::from_vec(values(1)), covariance))
}

fn finish(points: Vec<f64>, values: DVector<f64>, covariance: &DMatrix<f64>) -> Result<Content, String> {
    let smallest = covariance.clone().symmetric_eigenvalues().min();
    Measured::new(values, covariance.clone())
        .map(|measured| Content::Correlator(points, measured))
        .ok_or_else(|| format!("the covariance is not positive definite: its smallest eigenvalue is {smallest:.3e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        read("f.csv", text.as_bytes(), &Grid::new(100, 10.0)).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, said) in [
            ("", "holds no numbers"),
            ("x, D, s\n", "holds no numbers"),
            ("x D s\n0 1 0.1\n1 abc 0.1\n", "line 3: `abc` is not a number"),
            ("0,1,0.1\n1,NaN,0.1\n", "line 2: NaN is not finite"),
            ("0,1,0.1\n1,0.5\n", "line 2 has 2 columns, line 1 has 3"),
            ("0,1,0.1\n1,0.5,0\n", "line 2: an error of 0 is not positive"),
            ("0,1,0.1\n1,0.5,-1\n", "line 2: an error of -1 is not positive"),
            ("0,1,0.1\n1,0.5,1e-300\n", "line 2: an error of 1e-300 has no square"),
            ("0,1,0.1\n1,0.5,.1\n0,2,.1\n", "lines 1 and 3 are both at 0"),
            ("-1,1,0.1\n1,0.5,.1\n", "line 1: a momentum or time of -1 is negative"),
            ("0,1,1,2\n1,.5,2,1\n", "not positive definite: its smallest eigenvalue is -1.0"),
            ("0,1,1,0.2\n1,.5,0.1,1\n", "the covariance is not symmetric"),
            ("0,1,1,2,3\n1,.5,2,1,4\n", "5 columns in 2 rows (lines 1 to 2)"),
            ("0,1,0.1\n", "at least two points"),
            ("20,1\n30,2\n", "it is zero from"),
        ] {
            let error = refused(text);
            assert!(error.starts_with("f.csv: ") && error.contains(said), "{text:?}: {error}");
        }
        assert!(refused(&"x".repeat(11_000_000)).contains("11 MB are more"));
        for (text, said) in [
            ("0,5;1.000,2;0,1\n", "line 1: `1.000,2` is not a number: write it without separators of thousands"),
            ("0,5;1,2;0,1\n1,5;;0,1\n", "line 2: `` is not a number: a column is empty"),
            ("0,5,1,2,0,1\n1,5,0,7,0,1\n2,5,0,3,0,1\n", "6 columns in 3 rows (lines 1 to 3)"),
            ("0,5,1,2,0,1\n1,5,0,7,0,1\n2,5,0,3,0,1\n", "if commas are decimal ones, semicolons or blanks"),
        ] {
            let error = refused(text);
            assert!(error.contains(said), "{text:?}: {error}");
        }
        assert!(read("f", &[0xff, 0xfe, 0], &Grid::new(100, 10.0)).unwrap_err().to_string().contains("not text"));
    }

    #[test]
    fn rows_come_in_any_order_with_headings_comments_and_blanks() {
        let text = "# made by hand\nx; D; sigma\n\n2; 0.5; 0.2\n1; 1; 0.1\n";
        let Content::Correlator(points, measured) = read("f", text.as_bytes(), &Grid::new(100, 10.0)).unwrap() else {
            panic!("not a correlator")
        };
        assert_eq!(points, [1.0, 2.0]);
        assert_eq!(measured.values.as_slice(), [1.0, 0.5]);
        assert!((measured.sigmas() - DVector::from_vec(vec![0.1, 0.2])).amax() < 1e-15);
    }

    /// Each of these is what one program or another makes of the same two points.
    #[test]
    fn decimal_commas_are_read_however_columns_are_parted() {
        for text in [
            "0.5,1.23,0.01\n-0,1e-2,2\n",
            "0,5;1,23;0,01\n-0;1e-2;2\n",
            "\u{feff}sep=;\nx;D;Fehler\n0,5;1,23;0,01;;\n-0;0,1e-1;2,0;;\n;;;;\n",
            "0,5\t1,23\t0,01\n-0\t0,01\t2\n",
            "0,5 1,23   0,01\n-0 0,01 2\n",
            "0.5 ; 1.23 ; 0.01\n-0 ; 0.01 ; 2\n",
            "0.5, 1.23, 0.01\n-0, 0.01, 2\n",
            "0.5, 1.23,0.01\n-0, 0.01 ,2\n",
        ] {
            let Content::Correlator(points, measured) = read("f", text.as_bytes(), &Grid::new(100, 10.0)).unwrap()
            else {
                panic!("not a correlator: {text:?}")
            };
            assert_eq!(
                (points.as_slice(), measured.values.as_slice()),
                (&[0.0, 0.5][..], &[0.01, 1.23][..]),
                "{text:?}"
            );
            assert!((measured.sigmas() - DVector::from_vec(vec![2.0, 0.01])).amax() < 1e-15, "{text:?}");
        }
        // A heading in the encoding of an older spreadsheet.
        assert!(read("f", b"Gr\xf6\xdfe;D;s\n1;2;3\n2;1;3\n", &Grid::new(100, 10.0)).is_ok());
    }

    #[test]
    fn a_spectral_function_is_laid_on_the_grid() {
        let Content::Spectrum(rho) = read("f", b"omega rho\n1 0\n3 2\n5 0\n", &Grid::new(10, 10.0)).unwrap() else {
            panic!("not a spectral function")
        };
        assert_eq!(rho, [0.0, 1.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
