//! A view as SVG.

use std::collections::HashMap;

use lattice_lab::{
    lab::{Mark, Role, Series, View},
    schema::{ViewKind, ViewSpec},
};
use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{axis::Axis, pictures};

const SIZE: (u32, u32) = (900, 560);
/// Where the text of title and legend begins.
pub(crate) const LEFT: i32 = 16;
const FONT: &str = "sans-serif";

pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;
pub(crate) type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<std::io::Error>>;

/// Draws `view` as `spec` says.
pub(crate) fn svg(spec: &ViewSpec, view: &View) -> Result<String, String> {
    let mut text = String::new();
    draw(&SVGBackend::with_string(&mut text, SIZE).into_drawing_area(), spec, view)
        .map_err(|error| error.to_string())?;
    Ok(text)
}

fn draw(root: &Area<'_>, spec: &ViewSpec, view: &View) -> Drawn {
    root.fill(&WHITE)?;
    write(root, spec.title, (LEFT, 14), 20, HPos::Left)?;
    if matches!(spec.kind, ViewKind::Field | ViewKind::Sequence | ViewKind::Spins | ViewKind::Table) {
        pictures::draw(root, view)?;
        return root.present();
    }
    let below = legend(root, view)?;
    let (_, area) = root.split_vertically(below);
    let x = Axis::new(spec.x.log, view.series.iter().flat_map(abscissae));
    let y = Axis::new(spec.y.log, ordinates(view));
    let has_data = view.series.iter().any(|series| !series.y.0.is_empty());
    if spec.kind == ViewKind::Paths && !view.series.is_empty() {
        // Chain and model side by side, on the same axes.
        for (pane, series) in area.split_evenly((1, view.series.len())).iter().zip(&view.series) {
            panel(pane, spec, (&x, &y), &[series], &[])?;
        }
    } else {
        panel(&area, spec, (&x, &y), &view.series.iter().collect::<Vec<_>>(), &view.levels)?;
    }
    if !has_data {
        write(root, "no data", (SIZE.0 as i32 / 2, SIZE.1 as i32 / 2), 16, HPos::Center)?;
    }
    root.present()
}

pub(crate) fn write(area: &Area<'_>, text: &str, at: (i32, i32), size: i32, align: HPos) -> Drawn {
    let style = (FONT, size).into_text_style(area).pos(Pos::new(align, VPos::Top));
    area.draw_text(text, &style, at)
}

pub(crate) fn color(role: Role) -> RGBColor {
    match role {
        Role::Chain => RGBColor(0x00, 0x72, 0xb2),
        Role::Model => RGBColor(0xd5, 0x5e, 0x00),
        Role::Corrected => RGBColor(0x00, 0x9e, 0x73),
        Role::Truth | Role::Limit => BLACK,
        Role::Method => RGBColor(0x66, 0x66, 0x66),
    }
}

/// Colours of methods, told apart by colour-blind eyes too (Okabe and Ito, Tol).
const PALETTE: [RGBColor; 8] = [
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0x88, 0x22, 0x55),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x99, 0x7a, 0x00),
    RGBColor(0x33, 0x22, 0x88),
];

/// The colour of each series of a view: a method's is the same wherever it stands in it.
fn colors(series: &[&Series]) -> Vec<RGBColor> {
    let mut methods: Vec<&str> = Vec::new();
    let mut nth = |method| {
        methods.iter().position(|&one| one == method).unwrap_or_else(|| {
            methods.push(method);
            methods.len() - 1
        })
    };
    series
        .iter()
        .map(|s| s.method.map_or_else(|| color(s.role), |method| PALETTE[nth(method) % PALETTE.len()]))
        .collect()
}

/// Names with a swatch each, above the picture, so that they cover none of it. Gives the height at which they end.
fn legend(root: &Area<'_>, view: &View) -> Drawn<i32> {
    const LINE: i32 = 20;
    let all: Vec<&Series> = view.series.iter().collect();
    let series = all.iter().zip(colors(&all)).map(|(s, color)| (s.name.as_str(), s.role, s.mark, color));
    // A band has the colour of its line.
    let series = series.filter(|(_, _, mark, _)| *mark != Mark::Band);
    let levels = view.levels.iter().map(|level| (level.name.as_str(), level.role, Mark::Line, color(level.role)));
    let (mut left, mut top) = (LEFT, 44);
    let mut seen = HashMap::new();
    for (name, role, mark, color) in series.chain(levels) {
        // The font is the reader's; this is a little more than a character's mean width in the usual ones.
        let width = 30 + 7 * name.chars().count() as i32;
        if left + width > SIZE.0 as i32 && left > LEFT {
            (left, top) = (LEFT, top + LINE);
        }
        let middle = top + 7;
        let line = ShapeStyle::from(color).stroke_width(2);
        let ends = [(left, middle), (left + 20, middle)];
        match mark {
            Mark::Dots => {
                root.draw(&Circle::new((left + 10, middle), 4, dot_style(color, nth_of_role(&mut seen, role))))?;
            }
            Mark::Bars => {
                root.draw(&Rectangle::new([(left, top + 2), (left + 20, top + 13)], color.mix(0.45).filled()))?;
            }
            Mark::Line | Mark::Paths if role == Role::Limit => {
                for start in [left, left + 8, left + 16] {
                    root.draw(&PathElement::new([(start, middle), (start + 5, middle)], line))?;
                }
            }
            Mark::Line | Mark::Paths => root.draw(&PathElement::new(ends, line))?,
            // Drawn elsewhere, without a legend.
            Mark::Field | Mark::Spins | Mark::Vortices | Mark::Band => {}
        }
        write(root, name, (left + 26, top), 14, HPos::Left)?;
        left += width + 12;
    }
    Ok(top + LINE)
}

fn is_exact(role: Role) -> bool {
    matches!(role, Role::Truth | Role::Limit)
}

/// How many series of dots of this role came before.
fn nth_of_role(seen: &mut HashMap<u8, usize>, role: Role) -> usize {
    let count = seen.entry(role as u8).or_default();
    *count += 1;
    *count - 1
}

/// Filled for the first series of a role, hollow for the others: of one colour, they must differ in something.
fn dot_style(color: RGBColor, nth: usize) -> ShapeStyle {
    if nth == 0 { color.filled() } else { color.stroke_width(2) }
}

fn values(floats: &[f32]) -> impl Iterator<Item = f64> {
    floats.iter().map(|&v| f64::from(v))
}

fn bar_width(series: &Series) -> f64 {
    match series.x.0[..] {
        [first, second, ..] => f64::from(second - first),
        _ => 1.0,
    }
}

/// What the horizontal axis has to show.
fn abscissae(series: &Series) -> Vec<f64> {
    let half = if series.mark == Mark::Bars { 0.5 * bar_width(series) } else { 0.0 };
    values(&series.x.0).flat_map(|x| [x - half, x + half]).collect()
}

/// What the vertical axis has to show: every exact value, and the data as far as they are known well enough to be compared with
/// it. A correlator's noisy tail would otherwise leave nothing of the rest to be seen.
fn ordinates(view: &View) -> Vec<f64> {
    let levels = view.levels.iter().map(|level| level.y);
    let exact = view.series.iter().filter(|series| is_exact(series.role)).flat_map(|series| values(&series.y.0));
    let mut shown: Vec<f64> = levels.chain(exact).collect();
    let finite = || shown.iter().copied().filter(|v| v.is_finite());
    let span = finite().fold(f64::NEG_INFINITY, f64::max) - finite().fold(f64::INFINITY, f64::min);
    let worst = if span > 0.0 { 0.5 * span } else { f64::INFINITY };
    for series in view.series.iter().filter(|series| !is_exact(series.role)) {
        match series.mark {
            Mark::Dots if !series.error.0.is_empty() => {
                let known = values(&series.y.0).zip(values(&series.error.0)).filter(|(_, error)| *error <= worst);
                shown.extend(known.flat_map(|(y, error)| [y - error, y, y + error]));
            }
            // The first steps from a random network are far above what follows.
            Mark::Line => shown.extend(values(&series.y.0).skip(series.y.0.len() / 10)),
            Mark::Bars => shown.extend(values(&series.y.0).chain([0.0])),
            // What a band surrounds decides.
            Mark::Band => {}
            Mark::Dots | Mark::Paths | Mark::Field | Mark::Spins | Mark::Vortices => shown.extend(values(&series.y.0)),
        }
    }
    shown
}

fn panel(
    area: &Area<'_>,
    spec: &ViewSpec,
    (x, y): (&Axis, &Axis),
    series: &[&Series],
    levels: &[lattice_lab::lab::Level],
) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .x_label_area_size(46)
        .y_label_area_size(74)
        .build_cartesian_2d(x.clone(), y.clone())?;
    chart
        .configure_mesh()
        .bold_line_style(BLACK.mix(0.08))
        .light_line_style(TRANSPARENT)
        .axis_style(BLACK.mix(0.5))
        .label_style((FONT, 13))
        .axis_desc_style((FONT, 15))
        .x_desc(spec.x.label)
        .y_desc(spec.y.label)
        .draw()?;

    let mut in_order: Vec<_> = series.iter().copied().zip(colors(series)).collect();
    // Bars and bands below lines, dots above them.
    in_order.sort_by_key(|(series, _)| match series.mark {
        Mark::Bars | Mark::Band => 0,
        Mark::Paths | Mark::Field | Mark::Spins | Mark::Vortices => 1,
        Mark::Line => 2,
        Mark::Dots => 3,
    });
    let dots = series.iter().filter(|series| series.mark == Mark::Dots).count() as i32;
    let mut nth = 0;
    let mut seen = HashMap::new();
    for level in levels {
        let ends = [x.low, x.high].map(|x| Some((x, y.on(level.y)?)));
        line(&mut chart, &ends, (level.role, color(level.role)), 1, 1.0)?;
    }
    for (series, color) in in_order {
        match series.mark {
            Mark::Bars => bars(&mut chart, (x, y), series, color)?,
            Mark::Band => band(&mut chart, (x, y), series, color)?,
            // Drawn elsewhere.
            Mark::Field | Mark::Spins | Mark::Vortices => {}
            Mark::Paths => {
                for (row, path) in series.y.0.chunks_exact(series.x.0.len().max(1)).rev().enumerate() {
                    // The last is the newest.
                    let (width, opacity) = if row == 0 { (2, 1.0) } else { (1, 0.35) };
                    line(&mut chart, &points((x, y), &series.x.0, path), (series.role, color), width, opacity)?;
                }
            }
            Mark::Line => {
                let width = if is_exact(series.role) { 2 } else { 1 };
                line(&mut chart, &points((x, y), &series.x.0, &series.y.0), (series.role, color), width, 1.0)?;
            }
            Mark::Dots => {
                // Neighbours by a few pixels, or their error bars would hide each other.
                let shift = if series.error.0.is_empty() { 0 } else { 4 * nth - 2 * (dots - 1) };
                nth += 1;
                let style = dot_style(color, nth_of_role(&mut seen, series.role));
                self::dots(&chart, (x, y), series, (color, style), shift)?;
            }
        }
    }
    Ok(())
}

/// Points of a line; gaps where there is no number.
fn points((x, y): (&Axis, &Axis), xs: &[f32], ys: &[f32]) -> Vec<Option<(f64, f64)>> {
    let place = |(at, value): (f64, f64)| Some((x.place(at)?, y.place(value).and(y.clamp(value))?));
    values(xs).zip(values(ys)).map(place).collect()
}

fn line(
    chart: &mut Chart<'_, '_>,
    points: &[Option<(f64, f64)>],
    (role, color): (Role, RGBColor),
    width: u32,
    opacity: f64,
) -> Drawn {
    let style = ShapeStyle::from(color.mix(opacity)).stroke_width(width);
    for piece in points.split(Option::is_none) {
        let piece: Vec<_> = piece.iter().flatten().copied().collect();
        if piece.len() < 2 {
            continue;
        }
        if role == Role::Limit {
            chart.draw_series(DashedLineSeries::new(piece, 7, 5, style))?;
        } else {
            chart.draw_series(LineSeries::new(piece, style))?;
        }
    }
    Ok(())
}

/// From `y - error` to `y + error`, as far as the axis goes.
fn band(chart: &mut Chart<'_, '_>, (x, y): (&Axis, &Axis), series: &Series, color: RGBColor) -> Drawn {
    let at = |(i, x_value): (usize, f64)| {
        let (middle, half) = (f64::from(*series.y.0.get(i)?), f64::from(*series.error.0.get(i)?));
        Some((x.on(x_value)?, y.clamp(middle - half)?, y.clamp(middle + half)?))
    };
    let edges: Vec<_> = values(&series.x.0).enumerate().filter_map(at).collect();
    let upper = edges.iter().map(|&(x, _, high)| (x, high));
    let corners: Vec<_> = upper.chain(edges.iter().rev().map(|&(x, low, _)| (x, low))).collect();
    if corners.len() > 4 {
        chart.draw_series(std::iter::once(Polygon::new(corners, color.mix(0.18).filled())))?;
    }
    Ok(())
}

fn bars(chart: &mut Chart<'_, '_>, (x, y): (&Axis, &Axis), series: &Series, color: RGBColor) -> Drawn {
    let half = 0.5 * bar_width(series);
    let bars = values(&series.x.0).zip(values(&series.y.0)).filter_map(|(at, height)| {
        let corners = [(x.clamp(at - half)?, y.clamp(0.0)?), (x.clamp(at + half)?, y.clamp(height)?)];
        Some(Rectangle::new(corners, color.mix(0.45).filled()))
    });
    chart.draw_series(bars)?;
    Ok(())
}

fn dots(
    chart: &Chart<'_, '_>,
    (x, y): (&Axis, &Axis),
    series: &Series,
    (color, style): (RGBColor, ShapeStyle),
    shift: i32,
) -> Drawn {
    let area = chart.plotting_area().strip_coord_spec();
    let origin = area.get_base_pixel();
    let pixel = |at: (f64, f64)| {
        let (column, row) = chart.backend_coord(&at);
        (column - origin.0 + shift, row - origin.1)
    };
    for (i, (at, value)) in values(&series.x.0).zip(values(&series.y.0)).enumerate() {
        let Some(at) = x.on(at) else { continue };
        let error = series.error.0.get(i).map(|&error| f64::from(error));
        // A value without an error bar where others have one is not resolved.
        if error.is_some_and(|error| !error.is_finite()) {
            continue;
        }
        if let Some(error) = error
            && let (Some(low), Some(high)) = (y.clamp(value - error), y.clamp(value + error))
            && low < high
        {
            area.draw(&PathElement::new([pixel((at, low)), pixel((at, high))], color))?;
        }
        let Some(value) = y.on(value) else { continue };
        if error.is_some() {
            area.draw(&Circle::new(pixel((at, value)), 3, style))?;
        } else {
            area.draw(&Circle::new(pixel((at, value)), 2, color.mix(0.5).filled()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use lattice_lab::{lab::Level, schema::AxisSpec};

    use super::*;

    const VALUES: [f32; 8] = [0.5, f32::NAN, -1.0, 0.0, f32::INFINITY, 1e-30, f32::MAX, f32::MIN];

    #[test]
    fn every_kind_of_view_is_drawn_from_whatever_data() {
        let kinds = [ViewKind::Paths, ViewKind::Curve, ViewKind::Histogram, ViewKind::Scatter, ViewKind::Spectrum];
        let marks = [Mark::Line, Mark::Dots, Mark::Bars, Mark::Paths, Mark::Band];
        let data: [&[f32]; 4] = [&[], &[1.0], &[f32::NAN, f32::NAN], &VALUES];
        for kind in kinds {
            for mark in marks {
                for log in [false, true] {
                    for data in data {
                        let axis = AxisSpec { symbol: "x", label: "a < b & c", log };
                        let spec = ViewSpec { id: "v", title: "T < U", doc: "", kind, x: axis, y: axis };
                        let series = |role, error: &[f32]| Series {
                            name: "ψ".into(),
                            role,
                            method: (role == Role::Method).then_some("one"),
                            mark,
                            x: data.to_vec().into(),
                            y: data.to_vec().into(),
                            error: error.to_vec().into(),
                        };
                        let series =
                            vec![series(Role::Model, data), series(Role::Method, &[]), series(Role::Limit, &[])];
                        let levels = vec![Level { name: "exact".into(), role: Role::Truth, y: f64::NAN }];
                        let svg = svg(&spec, &View { id: "v", series, levels, columns: Vec::new() }).unwrap();
                        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"), "{svg}");
                        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
                    }
                }
            }
        }
    }
}
