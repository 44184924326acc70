//! Columns of text.

/// Lines up `rows` under `header`: the first `left` columns start where their header starts, the others end where it ends.
pub(crate) fn table<const N: usize>(header: [&str; N], left: usize, rows: &[[String; N]]) -> String {
    lined_up(&header, left, rows)
}

/// The same for a number of columns that is not known beforehand.
pub(crate) fn lined_up(header: &[&str], left: usize, rows: &[impl AsRef<[String]>]) -> String {
    let mut width: Vec<usize> = header.iter().map(|title| title.chars().count()).collect();
    for row in rows {
        for (width, cell) in width.iter_mut().zip(row.as_ref()) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |cells: &[&str]| -> String {
        let cells: Vec<String> = cells
            .iter()
            .zip(&width)
            .enumerate()
            .map(
                |(column, (cell, width))| {
                    if column < left { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                },
            )
            .collect();
        cells.join("  ").trim_end().to_string() + "\n"
    };
    let body = rows.iter().map(|row| line(&row.as_ref().iter().map(String::as_str).collect::<Vec<_>>()));
    std::iter::once(line(header)).chain(body).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_left_and_numbers_right() {
        let rows = [["ψ".into(), "1".into()], ["phi".into(), "-10".into()]];
        assert_eq!(table(["id", "n"], 1, &rows), "id     n\nψ      1\nphi  -10\n");
    }
}
