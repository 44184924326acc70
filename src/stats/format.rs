//! Numbers for people.

/// A value with its error in the last digits, as the field writes it: `0.6219(8)`, `12.3(1.4)`. The error has two digits if it
/// begins with 1, one otherwise. Beyond 1e9 and below 1e-9 a power of ten is split off: `1.000(10)e-20`.
pub fn with_error(value: f64, error: f64) -> String {
    if !value.is_finite() {
        return "not resolved".into();
    }
    if !error.is_finite() {
        return format!("{value:.4}(?)");
    }
    // Errors this small are rounding, and too small to be scaled to an integer.
    if error.abs() < 1e-290 {
        return format!("{value}");
    }
    let power = value.abs().max(error.abs()).log10().floor();
    if power.abs() > 9.0 {
        let scale = 10_f64.powf(power);
        return format!("{}e{power}", with_error(value / scale, error / scale));
    }
    // Scientific notation does the rounding that decides the leading digit.
    let text = format!("{:.1e}", error.abs());
    let exponent: i32 = text.split('e').nth(1).and_then(|e| e.parse().ok()).unwrap_or(0);
    let digits = if text.starts_with('1') { 2 } else { 1 };
    let decimals = digits - 1 - exponent;
    if decimals <= 0 {
        let unit = 10_f64.powi(-decimals);
        return format!("{:.0}({:.0})", (value / unit).round() * unit, (error / unit).round() * unit);
    }
    let decimals = decimals as usize;
    if exponent >= 0 {
        return format!("{value:.decimals$}({error:.decimals$})");
    }
    format!("{value:.decimals$}({:.0})", error * 10_f64.powi(decimals as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_field_writes_them() {
        for (value, error, expected) in [
            (0.62186, 0.00083, "0.6219(8)"),
            (4.77062, 0.00094, "4.7706(9)"),
            (12.34, 1.44, "12.3(1.4)"),
            (1.497, 0.0123, "1.497(12)"),
            (-2.11351, 0.00096, "-2.1135(10)"),
            (1234.0, 37.0, "1230(40)"),
            (0.5, 0.0, "0.5"),
            (0.5, 0.0996, "0.50(10)"),
            (1e-20, 1e-22, "1.000(10)e-20"),
            (1.5e300, 4e298, "1.50(4)e300"),
            (1.0, 1e-320, "1"),
            (1.0, f64::NAN, "1.0000(?)"),
            (f64::NAN, 1.0, "not resolved"),
        ] {
            assert_eq!(with_error(value, error), expected);
        }
    }
}
