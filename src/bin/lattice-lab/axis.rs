//! Axes with round numbers on them.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// An axis; what stands on it is kept as its logarithm to base ten if it is logarithmic.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    log: bool,
    pub(crate) low: f64,
    pub(crate) high: f64,
    ticks: Vec<f64>,
}

impl Axis {
    /// An axis that shows all of `values` that it can show.
    pub(crate) fn new(log: bool, values: impl IntoIterator<Item = f64>) -> Self {
        let mut axis = Self { log, low: f64::INFINITY, high: f64::NEG_INFINITY, ticks: Vec::new() };
        for value in values {
            if let Some(at) = axis.place(value) {
                axis.low = axis.low.min(at);
                axis.high = axis.high.max(at);
            }
        }
        if axis.low > axis.high {
            (axis.low, axis.high) = (0.0, 1.0);
        }
        // A single value gets room around it, the more the larger it is; others get a margin.
        let room = 0.04 * (axis.high - axis.low);
        let room = if room > 1e-9 * axis.high.abs().max(1e-9) { room } else { 0.1 * axis.high.abs().max(0.1) };
        axis.low -= room;
        axis.high += room;
        axis.ticks = if log { log_ticks(axis.low, axis.high) } else { ticks(axis.low, axis.high) };
        axis
    }

    /// Where `value` stands; `None` if no axis of this kind can show it.
    pub(crate) fn place(&self, value: f64) -> Option<f64> {
        let at = if self.log { value.log10() } else { value };
        // Beyond this, differences and pixels overflow.
        (at.is_finite() && at.abs() < 1e100).then_some(at)
    }

    /// Where `value` stands, moved to the edge if it is off the axis; `None` if it is no number.
    pub(crate) fn clamp(&self, value: f64) -> Option<f64> {
        let at = if self.log { value.max(0.0).log10() } else { value };
        (!value.is_nan()).then(|| at.clamp(self.low, self.high))
    }

    /// Where `value` stands, if that is on the axis.
    pub(crate) fn on(&self, value: f64) -> Option<f64> {
        self.place(value).filter(|at| (self.low..=self.high).contains(at))
    }

    /// What is written at a tick.
    fn label(&self, tick: f64) -> String {
        let value = if self.log { 10_f64.powf(tick) } else { tick };
        // Rounding through text takes off what arithmetic left behind: 0.30000000000000004.
        let value: f64 = format!("{value:.9e}").parse().unwrap_or(value);
        if value == 0.0 || (1e-3..1e5).contains(&value.abs()) { value.to_string() } else { format!("{value:e}") }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, at: &f64, (from, to): (i32, i32)) -> i32 {
        from + (f64::from(to - from) * (at - self.low) / (self.high - self.low)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, tick: &f64) -> String {
        self.label(*tick)
    }
}

/// Multiples of 1, 2 or 5 times a power of ten: four to nine of them.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / 9.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = power * [1.0, 2.0, 5.0, 10.0].into_iter().find(|m| m * power >= rough).unwrap_or(10.0);
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    // Where a step is lost in rounding there are none.
    let countable = last - first < 20.0;
    if !countable {
        return Vec::new();
    }
    (0..=(last - first) as i32).map(|i| (first + f64::from(i)) * step).collect()
}

/// Logarithms of 1, 2 and 5 times powers of ten, or of powers of ten alone if there are many.
fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    let decades = high - low;
    if decades < 0.8 {
        return ticks(10_f64.powf(low), 10_f64.powf(high)).into_iter().filter(|&t| t > 0.0).map(f64::log10).collect();
    }
    let mantissas: &[f64] = if decades < 3.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let every = (decades / 9.0).ceil().max(1.0);
    let first = (low / every).floor() as i32;
    let last = (high / every).ceil() as i32;
    (first..=last)
        .flat_map(|i| mantissas.iter().map(move |m| f64::from(i) * every + m.log10()))
        .filter(|t| (low..=high).contains(t))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(log: bool, values: &[f64]) -> Vec<String> {
        let axis = Axis::new(log, values.iter().copied());
        axis.ticks.iter().map(|&tick| axis.label(tick)).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(labels(false, &[0.0, 1.0]), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(labels(false, &[-3e-6, 2.0e-6]).first().unwrap(), "-3e-6");
        assert_eq!(labels(true, &[0.01, 1.0]), ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]);
        assert_eq!(labels(true, &[1e-4, 10.0]), ["1e-4", "0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!(labels(true, &[2.0, 4.0]), ["2", "2.5", "3", "3.5", "4"]);
    }

    #[test]
    fn every_axis_has_a_length_and_finitely_many_ticks() {
        let extremes =
            [0.0, -1.0, 1.0, 5e-324, 1e-300, 1e300, f64::MAX, f64::MIN, f64::NAN, f64::INFINITY, 1e16, 1e16 + 2.0];
        for log in [false, true] {
            for a in extremes {
                for b in extremes {
                    let axis = Axis::new(log, [a, b]);
                    assert!(axis.low < axis.high && axis.low.is_finite() && axis.high.is_finite(), "{a} {b} {axis:?}");
                    assert!(axis.ticks.len() < 25, "{a} {b} {axis:?}");
                    assert!(axis.ticks.iter().all(|t| (axis.low..=axis.high).contains(t)), "{a} {b} {axis:?}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_shown_is_left_out() {
        let axis = Axis::new(true, [0.1, 10.0, 0.0, -1.0, f64::NAN]);
        assert!(axis.low > -1.2 && axis.high < 1.2);
        assert_eq!((axis.on(0.0), axis.on(100.0), axis.on(1.0)), (None, None, Some(0.0)));
        assert_eq!((axis.clamp(-1.0), axis.clamp(f64::INFINITY)), (Some(axis.low), Some(axis.high)));
        assert_eq!(axis.clamp(f64::NAN), None);
    }
}
