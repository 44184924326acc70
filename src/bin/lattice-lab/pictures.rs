//! Configurations on a square lattice as pictures.

use lattice_lab::lab::{Role, Series, View};
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
        let pictures = of_role(view, role);
        for (nth, (name, side, values)) in pictures.iter().enumerate() {
            let left = LEFT + PITCH * nth as i32;
            picture(root, (left, top + 20), *side, values)?;
            write(root, name, (left, top), 13, plotters::style::text_anchor::HPos::Left)?;
            let frame = [(left, top + 20), (left + SIDE, top + 20 + SIDE)];
            root.draw(&Rectangle::new(frame, color(role).stroke_width(1)))?;
        }
        top += PITCH + 40;
    }
    Ok(())
}

fn of_role(view: &View, role: Role) -> Vec<(&str, usize, &[f32])> {
    let all: Vec<(&str, usize, &[f32])> = view
        .series
        .iter()
        .filter(|series| series.role == role)
        .flat_map(|series: &Series| {
            let side = series.x.0.len();
            series.y.0.chunks_exact((side * side).max(1)).map(move |values| (series.name.as_str(), side, values))
        })
        .collect();
    let shown = all.len().min(COLUMNS);
    (0..shown).map(|i| all[if shown > 1 { i * (all.len() - 1) / (shown - 1) } else { 0 }]).collect()
}

/// Blue below zero, red above, white between, in the picture's own range.
fn picture(root: &Area<'_>, (left, top): (i32, i32), side: usize, values: &[f32]) -> Drawn {
    let range = values.iter().fold(1e-9_f32, |m, v| m.max(v.abs()));
    let at = |i: usize| i as i32 * SIDE / side as i32;
    for (site, value) in values.iter().enumerate() {
        let strength = f64::from((value / range).abs()).min(1.0);
        let end = color(if *value < 0.0 { Role::Chain } else { Role::Model });
        let mix = |end: u8| (255.0 + strength * (f64::from(end) - 255.0)) as u8;
        let fill = RGBColor(mix(end.0), mix(end.1), mix(end.2));
        let (row, column) = (site / side, site % side);
        let corners = [(left + at(column), top + at(row)), (left + at(column + 1), top + at(row + 1))];
        root.draw(&Rectangle::new(corners, fill.filled()))?;
    }
    Ok(())
}
