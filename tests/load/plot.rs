//! Latency over rate, drawn.

use plotters::prelude::*;

use crate::{
    engine::Outcome,
    report::{Curve, Point},
};

const SIZE: (u32, u32) = (860, 520);
const FONT: (&str, i32) = ("sans-serif", 15);

type Value = fn(&Point) -> f64;

/// The percentiles, from dark to light.
const LINES: [(&str, Value); 3] =
    [("p50", |point| point.p50), ("p99", |point| point.p99), ("p99.9", |point| point.p999)];

/// A hue for each subject, with a shade for each percentile.
const COLOURS: [[RGBColor; 3]; 2] = [
    [RGBColor(16, 60, 120), RGBColor(43, 123, 202), RGBColor(130, 184, 236)],
    [RGBColor(130, 52, 10), RGBColor(221, 110, 33), RGBColor(244, 180, 120)],
];

/// The drawing, as SVG.
pub(crate) fn svg(curves: &[Curve]) -> Outcome<String> {
    let mut svg = String::new();
    draw(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area(), curves)
        .map_err(|error| format!("the plot cannot be drawn: {error}"))?;
    Ok(svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn draw<'a>(
    area: &Area<'a>,
    curves: &[Curve],
) -> Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>> {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let fastest = points().fold(1.0_f64, |most, point| most.max(point.rate));
    let slowest = points().fold(0.1_f64, |most, point| most.max(point.p999));
    let quickest = points().fold(slowest, |least, point| least.min(point.p50)).max(0.001);
    // A power of ten below all there is, and room for the names above it.
    let (low, high) = (10.0_f64.powf(quickest.log10().floor()) * 0.999, slowest * 20.0);
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .caption("Second request due to both players told", ("sans-serif", 20))
        .x_label_area_size(48)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..fastest * 1.05, (low..high).log_scale())?;
    chart
        .configure_mesh()
        .x_max_light_lines(1)
        .x_desc("matches a second")
        .y_desc("milliseconds")
        .axis_desc_style(FONT)
        .label_style(FONT)
        .light_line_style(RGBColor(238, 238, 238))
        .bold_line_style(RGBColor(205, 205, 205))
        .x_label_formatter(&|rate| format!("{rate:.0}"))
        .y_label_formatter(&|time| format!("{time}"))
        .draw()?;
    for (curve, colours) in curves.iter().zip(COLOURS.iter().cycle()) {
        for ((name, value), colour) in LINES.iter().zip(colours) {
            let line: Vec<(f64, f64)> = curve.points.iter().map(|point| (point.rate, value(point).max(low))).collect();
            chart
                .draw_series(LineSeries::new(line.clone(), colour.stroke_width(2)).point_size(4))?
                .label(format!("{} {name}", curve.subject))
                .legend(|(x, y)| PathElement::new([(x, y), (x + 22, y)], colour.stroke_width(3)));
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font(FONT)
        .background_style(WHITE.mix(0.85))
        .border_style(RGBColor(205, 205, 205))
        .draw()?;
    area.present()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_percentile_of_every_subject_is_drawn_and_named() {
        let points = [(100.0, 0.1), (200.0, 0.2)].map(|(rate, p50)| Point {
            rate,
            p50,
            p99: p50 * 10.0,
            p999: p50 * 50.0,
            max: 99.0,
        });
        let curves = ["server", "against"].map(|name| Curve { subject: name.to_owned(), points: points.to_vec() });
        let svg = svg(&curves).expect("a drawing");
        for name in ["server p50", "server p99.9", "against p99", "matches a second", "milliseconds"] {
            assert!(svg.contains(name), "{name} is missing");
        }
    }
}
