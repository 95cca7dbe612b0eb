//! What every chart owes its reader: all labels present, readable and on the
//! page, whatever the data.

mod picture;
mod samples;

use boligspor_chart::{
    Band, Caption, ChartError, Colour, CostBars, CostCategory, CostPeriod, Curve, CurveChart,
    CurvePoint, DotChart, DotReference, DotRow, FlowChart, FlowStep, FunnelChart, FunnelLimit,
    FunnelPoint, Lang, Measure, OccupancyChart, Signal, Style, TrendChart, TrendLine, TrendPoint,
};
use picture::Picture;

fn danish() -> Style {
    Style::new(Lang::Da)
}

/// Draws a sample, checks that nothing overlaps, and keeps its texts.
macro_rules! sample_is_clear {
    ($($name:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            let svg = samples::$name().svg(&danish()).expect("the sample is sound");
            let picture = Picture::of(&svg);
            picture.assert_nothing_overlaps();
            assert!(svg.len() < 60_000, "{} bytes", svg.len());
            insta::assert_snapshot!(stringify!($name), picture.outline());
            let again = samples::$name().svg(&danish()).expect("the sample is sound");
            assert_eq!(svg, again, "the same input gives the same bytes");
            for width in [480.0, 1000.0] {
                let style = Style { width, ..danish() };
                Picture::of(&samples::$name().svg(&style).expect("the sample is sound"));
            }
        }
    )*};
}

sample_is_clear!(
    curve,
    strata,
    occupancy,
    cost_bars,
    funnel,
    definitions,
    caterpillar,
    trend,
    flow,
);

fn long() -> String {
    "Sammensat støtteindsats med meget lang betegnelse ".repeat(4)
}

mod curves {
    use super::*;

    fn point(month: f64, share: f64) -> CurvePoint {
        CurvePoint {
            month,
            share,
            low: share - 0.1,
            high: share + 0.1,
        }
    }

    fn drawn(curves: Vec<Curve>) -> Picture {
        let chart = CurveChart {
            caption: Caption::new("Titel"),
            curves,
            ..CurveChart::default()
        };
        Picture::of(&chart.svg(&danish()).expect("awkward data is not an error"))
    }

    #[test]
    fn a_chart_without_points_says_so() {
        assert!(drawn(vec![]).says("Ingen data at vise"));
        assert!(drawn(vec![Curve::default()]).says("Ingen data at vise"));
        let missing = vec![point(1.0, f64::NAN)];
        let curve = Curve {
            points: missing,
            ..Curve::default()
        };
        assert!(drawn(vec![curve]).says("Ingen data at vise"));
    }

    #[test]
    fn one_point_is_drawn_as_a_dot() {
        let curve = Curve {
            label: "Alle".into(),
            points: vec![point(0.0, 1.0)],
            markers: vec![point(0.0, 1.0)],
            at_risk: vec![(0.0, 5)],
            colour: None,
        };
        let picture = drawn(vec![curve]);
        assert!(picture.says("Alle") && picture.says("100"));
    }

    #[test]
    fn a_missing_share_breaks_the_line() {
        let shares = [1.0, 0.9, f64::NAN, 0.7, 0.6];
        let points = (0..)
            .zip(shares)
            .map(|(i, share)| point(f64::from(i), share));
        let curve = Curve {
            points: points.collect(),
            ..Curve::default()
        };
        let chart = CurveChart {
            curves: vec![curve],
            ..CurveChart::default()
        };
        let svg = chart.svg(&danish()).expect("a gap is not an error");
        assert_eq!(svg.matches("stroke-width=\"2.2\"").count(), 2);
    }

    #[test]
    fn values_beyond_the_axis_stay_on_the_page() {
        let wild = [(-5.0, 2.0), (1e12, -1.0), (f64::INFINITY, 0.5), (3.0, 0.0)];
        let points = wild.map(|(month, share)| point(month, share)).to_vec();
        drawn(vec![Curve {
            points: points.clone(),
            markers: points,
            ..Curve::default()
        }]);
    }

    #[test]
    fn ninety_eight_strata_and_long_names_are_drawn() {
        let curve = |i: u32| Curve {
            label: format!("{} {i}", super::long()),
            points: (0..13)
                .map(|m| point(f64::from(m), 1.0 - f64::from(m * i) / 2000.0))
                .collect(),
            markers: vec![point(12.0, 0.5)],
            at_risk: vec![(0.0, 1_000_000), (12.0, 900_000)],
            colour: None,
        };
        drawn((0..98).map(curve).collect()).assert_nothing_overlaps();
    }
}

mod occupancies {
    use super::*;

    fn chart(months: &[f64], shares: &[&[f64]]) -> OccupancyChart {
        let band = |shares: &&[f64]| Band {
            label: super::long(),
            colour: Colour::SKY,
            shares: shares.to_vec(),
        };
        OccupancyChart {
            months: months.to_vec(),
            bands: shares.iter().map(band).collect(),
            ..OccupancyChart::default()
        }
    }

    fn drawn(months: &[f64], shares: &[&[f64]]) -> Picture {
        let svg = chart(months, shares).svg(&danish());
        Picture::of(&svg.expect("awkward data is not an error"))
    }

    #[test]
    fn empty_zero_and_missing_data_are_drawn() {
        let nothing = "Ingen data at vise";
        assert!(drawn(&[], &[]).says(nothing));
        assert!(drawn(&[0.0, 1.0], &[&[0.0, 0.0]]).says(nothing));
        assert!(drawn(&[0.0], &[&[f64::NAN]]).says(nothing));
        assert!(drawn(&[0.0], &[&[0.4], &[0.6]]).says("60"));
        assert!(drawn(&[0.0, 1.0, 2.0], &[&[1.0, f64::NAN, 0.5], &[0.0, 0.5, 0.5]]).says("50"));
        assert!(drawn(&[-3.0, 1e9], &[&[2.0, -1.0], &[0.1, 0.2]]).says("20"));
    }

    #[test]
    fn lists_of_different_length_are_refused() {
        let refused = chart(&[0.0, 1.0], &[&[1.0]]).svg(&danish());
        assert!(matches!(
            refused,
            Err(ChartError::Length {
                expected: 2,
                found: 1,
                ..
            })
        ));
    }
}

mod costs {
    use super::*;

    fn chart(periods: usize, amount: f64) -> CostBars {
        CostBars {
            unit: "kr.".into(),
            categories: vec![
                CostCategory {
                    label: super::long(),
                    colour: None
                };
                2
            ],
            periods: (0..periods)
                .map(|i| CostPeriod {
                    label: i.to_string(),
                    emphasised: i == periods / 2,
                    people: Some(123_456),
                    amounts: vec![amount, -amount / 3.0],
                    ..CostPeriod::default()
                })
                .collect(),
            ..CostBars::default()
        }
    }

    fn drawn(periods: usize, amount: f64) -> Picture {
        let svg = chart(periods, amount).svg(&danish());
        Picture::of(&svg.expect("awkward data is not an error"))
    }

    #[test]
    fn zero_missing_negative_and_huge_amounts_are_drawn() {
        assert!(drawn(0, 1.0).says("Ingen data at vise"));
        assert!(drawn(7, f64::NAN).says("Ingen data at vise"));
        drawn(1, 0.0);
        drawn(7, 1e15);
        drawn(7, 1e-9);
        assert!(drawn(7, -30_000.0).says("−30.000"));
    }

    #[test]
    fn sixty_periods_drop_labels_rather_than_pile_them_up() {
        drawn(60, 123_456.0).assert_nothing_overlaps();
    }

    #[test]
    fn a_period_without_all_its_categories_is_refused() {
        let mut chart = chart(2, 1.0);
        chart.periods[1].amounts.pop();
        let refused = chart.svg(&danish());
        assert!(matches!(
            refused,
            Err(ChartError::Length {
                expected: 2,
                found: 1,
                ..
            })
        ));
    }
}

mod funnels {
    use super::*;

    fn drawn(points: &[(f64, f64, Signal)], root: bool) -> Picture {
        let point = |(i, &(expected, ratio, signal)): (usize, &(f64, f64, Signal))| FunnelPoint {
            label: format!("Enhed {i}"),
            expected,
            ratio,
            signal,
            ..FunnelPoint::default()
        };
        let chart = FunnelChart {
            reference: 1.0,
            limits: vec![FunnelLimit {
                label: super::long(),
                points: vec![
                    (0.0, f64::NAN, f64::INFINITY),
                    (1.0, 0.0, 9.0),
                    (1e6, 0.9, 1.1),
                ],
            }],
            points: points.iter().enumerate().map(point).collect(),
            root,
            ..FunnelChart::default()
        };
        Picture::of(&chart.svg(&danish()).expect("awkward data is not an error"))
    }

    #[test]
    fn only_units_outside_the_limits_are_named() {
        let points = [
            (10.0, 1.1, Signal::Within),
            (20.0, 2.0, Signal::Inner),
            (30.0, 3.0, Signal::Outer),
        ];
        let picture = drawn(&points, false);
        assert!(!picture.says("Enhed 0") && picture.says("Enhed 1") && picture.says("Enhed 2"));
    }

    #[test]
    fn every_unit_outside_the_limits_of_the_sample_is_named() {
        let sample = samples::funnel();
        let picture = Picture::of(&sample.svg(&danish()).expect("the sample is sound"));
        let outside = sample
            .points
            .iter()
            .filter(|point| point.signal > Signal::Within || point.own);
        for point in outside {
            assert!(
                picture
                    .texts
                    .iter()
                    .any(|written| written.text == point.label),
                "{}",
                point.label
            );
        }
    }

    #[test]
    fn awkward_points_are_drawn_or_left_out() {
        for root in [false, true] {
            assert!(drawn(&[], root).says("Ingen data at vise"));
            assert!(drawn(&[(f64::NAN, 1.0, Signal::Outer)], root).says("Ingen data at vise"));
            drawn(&[(0.0, 0.0, Signal::Inner)], root);
            drawn(
                &[(1e9, 1e9, Signal::Outer), (1e-9, -1e9, Signal::Inner)],
                root,
            );
            let crowd = vec![(10.0, 2.0, Signal::Outer); 98];
            drawn(&crowd, root).assert_nothing_overlaps();
        }
    }
}

mod dots {
    use super::*;

    fn drawn(rows: Vec<DotRow>, reference: f64) -> Picture {
        let chart = DotChart {
            measure: Measure::Percent { decimals: 1 },
            rows,
            reference: Some(DotReference {
                value: reference,
                label: super::long(),
            }),
            ..DotChart::default()
        };
        Picture::of(&chart.svg(&danish()).expect("awkward data is not an error"))
    }

    fn row(value: f64, low: f64, high: f64) -> DotRow {
        DotRow {
            label: super::long(),
            value,
            low,
            high,
            text: super::long(),
            ..DotRow::default()
        }
    }

    #[test]
    fn awkward_rows_are_drawn() {
        assert!(drawn(vec![], 0.0).says("Ingen data at vise"));
        assert!(drawn(vec![row(f64::NAN, f64::NAN, f64::NAN)], f64::NAN).says("–"));
        assert!(drawn(vec![row(0.5, f64::NAN, f64::INFINITY)], 0.5).says("50,0"));
        drawn(vec![row(0.0, 0.0, 0.0); 3], 0.0).assert_nothing_overlaps();
        drawn(vec![row(-1e9, -1e10, 1e10); 98], 0.0);
    }
}

mod trends {
    use super::*;

    fn drawn(lines: &[&[(i32, f64)]]) -> Picture {
        let point = |&(year, value): &(i32, f64)| TrendPoint {
            year,
            value,
            low: value - 1.0,
            high: value + 1.0,
        };
        let line = |points: &&[(i32, f64)]| TrendLine {
            label: super::long(),
            points: points.iter().map(point).collect(),
            ..TrendLine::default()
        };
        let lines = lines.iter().map(line).collect();
        let chart = TrendChart {
            lines,
            ..TrendChart::default()
        };
        Picture::of(&chart.svg(&danish()).expect("awkward data is not an error"))
    }

    #[test]
    fn awkward_series_are_drawn() {
        assert!(drawn(&[]).says("Ingen data at vise"));
        assert!(drawn(&[&[(2020, f64::NAN)]]).says("Ingen data at vise"));
        assert!(drawn(&[&[(2020, 0.0)]]).says("2020"));
        assert!(drawn(&[&[(2009, 1.0), (2011, f64::NAN), (2013, -4.0)]]).says("−4,0"));
        drawn(&[&[(i32::MIN, 1e300), (i32::MAX, -1e300)]]);
        drawn(&[&[(2020, 1.0), (2021, 1.0)][..]; 98]).assert_nothing_overlaps();
    }
}

mod flows {
    use super::*;

    #[test]
    fn a_flow_of_no_one_and_of_everyone_is_drawn() {
        let step = FlowStep {
            reason: super::long(),
            excluded: u64::MAX,
            label: String::new(),
            remaining: u64::MAX,
        };
        for (count, steps) in [(0, vec![]), (0, vec![step.clone()]), (1, vec![step; 30])] {
            let chart = FlowChart {
                count,
                steps,
                label: super::long(),
                ..FlowChart::default()
            };
            let svg = chart.svg(&danish()).expect("awkward data is not an error");
            Picture::of(&svg).assert_nothing_overlaps();
        }
    }
}

#[test]
fn markup_and_control_characters_in_labels_are_harmless() {
    let mut chart = samples::strata();
    chart.caption.title = "<script>alert('x')</script> & \u{0} \u{1b}[31m".into();
    chart.curves[0].label = "</text><a href=\"x\">".into();
    let svg = chart.svg(&danish()).expect("labels are only text");
    assert!(Picture::of(&svg).says("<script>"));
}

#[test]
fn the_language_decides_numbers_and_fixed_words() {
    let english = Style::new(Lang::En);
    let svg = samples::cost_bars()
        .svg(&english)
        .expect("the sample is sound");
    let picture = Picture::of(&svg);
    assert!(picture.says("257,000") && picture.says("Number of people"));
    let svg = samples::curve().svg(&english).expect("the sample is sound");
    assert!(Picture::of(&svg).says("36 mo.: 80%"));
}

#[test]
fn a_page_too_narrow_is_refused() {
    let style = Style {
        width: 100.0,
        ..danish()
    };
    let refused = samples::curve().svg(&style);
    assert!(matches!(refused, Err(ChartError::Width { .. })));
}
