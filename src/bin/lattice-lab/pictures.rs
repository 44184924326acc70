//! Configurations on a square lattice as pictures.

use lattice_lab::lab::{Mark, Role, Series, View};
use plotters::prelude::*;

use crate::plot::{Area, Drawn, LEFT, color, write};

/// Pictures in a row.
const COLUMNS: usize = 7;
/// Distance between neighbours, and side of a picture, in pixels.
const PITCH: i32 = 124;
const SIDE: i32 = 110;
/// Where the first row begins.
const TOP: i32 = 60;

/// Draws the pictures of `view`, a row or two for each role: the latest of several, or frames evenly spread over a sequence.
pub(crate) fn draw(root: &Area<'_>, view: &View) -> Drawn {
    let mut top = TOP;
    for role in [Role::Chain, Role::Model] {
        let pictures = of_role(view, role, |mark| mark != Mark::Vortices);
        let vortices = of_role(view, role, |mark| mark == Mark::Vortices);
        for (nth, Picture { name, mark, side, values }) in pictures.iter().enumerate() {
            let left = LEFT + PITCH * nth as i32;
            picture(root, (left, top + 20), *side, |site| match mark {
                Mark::Spins => hue(values[site]),
                _ => diverging(values[site] / values.iter().fold(1e-9_f32, |m, v| m.max(v.abs()))),
            })?;
            if let Some(vortices) = vortices.get(nth) {
                mark_vortices(root, (left, top + 20), *side, vortices.values)?;
            }
            write(root, name, (left, top), 13, plotters::style::text_anchor::HPos::Left)?;
            let frame = [(left, top + 20), (left + SIDE, top + 20 + SIDE)];
            root.draw(&Rectangle::new(frame, color(role).stroke_width(1)))?;
        }
        top += PITCH + 40;
    }
    Ok(())
}

/// One picture of a series.
struct Picture<'a> {
    name: &'a str,
    mark: Mark,
    side: usize,
    values: &'a [f32],
}

fn of_role(view: &View, role: Role, wanted: impl Fn(Mark) -> bool) -> Vec<Picture<'_>> {
    let mut all: Vec<Option<Picture<'_>>> = view
        .series
        .iter()
        .filter(|series| series.role == role && wanted(series.mark))
        .flat_map(|series: &Series| {
            let (name, mark, side) = (series.name.as_str(), series.mark, series.x.0.len());
            let pictures = series.y.0.chunks_exact((side * side).max(1));
            pictures.map(move |values| Some(Picture { name, mark, side, values }))
        })
        .collect();
    let count = all.len();
    let shown = count.min(COLUMNS);
    (0..shown).filter_map(|i| all[if shown > 1 { i * (count - 1) / (shown - 1) } else { 0 }].take()).collect()
}

/// Blue below zero, red above, white between; the largest value is one.
fn diverging(value: f32) -> RGBColor {
    let strength = f64::from(value.abs()).min(1.0);
    let end = color(if value < 0.0 { Role::Chain } else { Role::Model });
    let mix = |end: u8| (255.0 + strength * (f64::from(end) - 255.0)) as u8;
    RGBColor(mix(end.0), mix(end.1), mix(end.2))
}

/// An angle on the colour wheel; white where there is no spin.
fn hue(angle: f32) -> RGBColor {
    if angle.is_nan() {
        return WHITE;
    }
    let turn = f64::from(angle / std::f32::consts::TAU).rem_euclid(1.0);
    let (r, g, b) = HSLColor(turn, 0.6, 0.6).rgb();
    RGBColor(r, g, b)
}

/// Vortices as filled, antivortices as open circles between the sites.
fn mark_vortices(root: &Area<'_>, (left, top): (i32, i32), side: usize, numbers: &[f32]) -> Drawn {
    let at = |i: usize| (i as i32 + 1) * SIDE / side as i32;
    for (site, number) in numbers.iter().enumerate().filter(|(_, n)| **n != 0.0) {
        let center = (left + at(site % side), top + at(site / side));
        root.draw(&Circle::new(center, 3, WHITE.filled()))?;
        let style = if *number > 0.0 { BLACK.filled() } else { BLACK.stroke_width(1) };
        root.draw(&Circle::new(center, 3, style))?;
    }
    Ok(())
}

fn picture(root: &Area<'_>, (left, top): (i32, i32), side: usize, fill: impl Fn(usize) -> RGBColor) -> Drawn {
    let at = |i: usize| i as i32 * SIDE / side as i32;
    for site in 0..side * side {
        let (row, column) = (site / side, site % side);
        let corners = [(left + at(column), top + at(row)), (left + at(column + 1), top + at(row + 1))];
        root.draw(&Rectangle::new(corners, fill(site).filled()))?;
    }
    Ok(())
}
