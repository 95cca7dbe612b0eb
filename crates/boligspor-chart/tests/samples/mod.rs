//! Made-up but lifelike input for every chart: what the gallery draws and the
//! tests look at.

#![allow(dead_code, reason = "each test uses some of the samples")]

use boligspor_chart::{
    Band, Block, Caption, Colour, Column, CostBars, CostCategory, CostPeriod, Curve, CurveChart,
    CurvePoint, DotChart, DotReference, DotRow, Figure, FlowChart, FlowStep, FunnelChart,
    FunnelLimit, FunnelPoint, Lang, Measure, OccupancyChart, Page, Section, Signal, Style, Table,
    TrendChart, TrendLine, TrendPoint,
};

const DEFINITION: &str = "En person tæller som fastholdt, hvis vedkommende på \
    årsdagen for indflytning bor i en hvilken som helst bolig, også en anden end den anviste. \
    Nævneren er alle, der er flyttet ind i en bolig gennem Housing First. Død og udvandring \
    censureres; fængsel og hospital over 90 dage tæller som ikke fastholdt. \
    Interval: 95 %, Kaplan–Meier med log-log-transformation.";

/// A share that falls fast at first and slowly later, ending at `end` after 60
/// months, with an interval that widens as people leave.
fn falling(end: f64, n: f64) -> impl Fn(f64) -> CurvePoint {
    move |month| {
        let share = end + (1.0 - end) * (-month / 22.0_f64).exp();
        let reach = 1.96 * (share * (1.0 - share) / (n * (1.0 - month / 110.0))).sqrt();
        CurvePoint {
            month,
            share,
            low: share - reach * 1.1,
            high: (share + reach * 0.9).min(1.0),
        }
    }
}

fn fallen(label: &str, end: f64, n: f64, horizons: &[f64]) -> Curve {
    let at = falling(end, n);
    Curve {
        label: label.into(),
        points: (0..=60).map(|month| at(f64::from(month))).collect(),
        markers: horizons.iter().map(|&month| at(month)).collect(),
        at_risk: (0..=60)
            .map(f64::from)
            .map(|month| (month, (n * at(month).share * (1.0 - month / 110.0)) as u64))
            .collect(),
        colour: None,
    }
}

pub(crate) fn curve() -> CurveChart {
    CurveChart {
        caption: Caption::new("Fire ud af fem bor stadig i en bolig tre år efter indflytning")
            .subtitle(
                "Andel fastholdt i en hvilken som helst bolig, 498 personer indflyttet 2015–2019",
            )
            .note(DEFINITION)
            .note("Syntetiske data."),
        x_title: "Måneder siden indflytning".into(),
        step: true,
        curves: vec![fallen("", 0.75, 498.0, &[12.0, 24.0, 36.0, 60.0])],
        ..CurveChart::default()
    }
}

pub(crate) fn strata() -> CurveChart {
    CurveChart {
        caption: Caption::new("De yngste mister oftere boligen")
            .subtitle("Andel fastholdt i en hvilken som helst bolig efter alder ved indflytning")
            .note(DEFINITION),
        x_title: "Måneder siden indflytning".into(),
        step: true,
        curves: vec![
            fallen("18–24 år", 0.58, 74.0, &[12.0, 36.0]),
            fallen("25–39 år", 0.72, 161.0, &[12.0, 36.0]),
            fallen("40–59 år", 0.79, 212.0, &[12.0, 36.0]),
            fallen("60 år og derover", 0.81, 51.0, &[12.0, 36.0]),
        ],
        ..CurveChart::default()
    }
}

pub(crate) fn occupancy() -> OccupancyChart {
    let months = (0..=60).map(f64::from).collect::<Vec<_>>();
    // Share at the end, and how fast it is reached.
    let states = [
        ("Anvist bolig", Colour::BLUE, f64::NAN, 0.0),
        ("Anden bolig", Colour::SKY, 0.17, 30.0),
        ("Midlertidig bolig", Colour::GREEN, 0.015, 10.0),
        ("Botilbud (§§ 107–108)", Colour::PURPLE, 0.035, 25.0),
        ("Hospital eller behandling", Colour::YELLOW, 0.012, 4.0),
        ("Herberg (§ 110)", Colour::ORANGE, 0.055, 9.0),
        ("Fængsel", Colour::VERMILION, 0.025, 8.0),
        ("Udrejst", Colour::rgb(0x6b_4c_9a), 0.008, 40.0),
        ("Død", Colour::rgb(0x4a_4a_4a), 0.075, 45.0),
        ("Ukendt", Colour::rgb(0xbb_bb_bb), 0.02, 15.0),
    ];
    let share = |end: f64, speed: f64, month: f64| {
        end * (1.0 - (-month / speed).exp()) / (1.0 - (-60.0 / speed).exp())
    };
    let bands = states.map(|(label, colour, end, speed)| Band {
        label: label.into(),
        colour,
        shares: months
            .iter()
            .map(|&month| {
                if end.is_nan() {
                    let others = states[1..]
                        .iter()
                        .map(|state| share(state.2, state.3, month));
                    1.0 - others.sum::<f64>()
                } else {
                    share(end, speed, month)
                }
            })
            .collect(),
    });
    OccupancyChart {
        caption: Caption::new("Hvor bor de, måned for måned efter indflytning?")
            .subtitle(
                "Andel af 498 personer indflyttet i Housing First 2015–2019, efter boligsituation",
            )
            .note(
                "Hver person tæller i netop én situation pr. dag efter den fastsatte rangorden. \
                Udvandrede og døde bliver i nævneren. Syntetiske data.",
            ),
        x_title: "Måneder siden indflytning".into(),
        observed: months
            .iter()
            .map(|month| 498 - (month * 3.1) as u64)
            .collect(),
        months,
        bands: bands.to_vec(),
    }
}

pub(crate) fn cost_bars() -> CostBars {
    let categories = [
        "Herberg (§ 110)",
        "Botilbud (§§ 107–108)",
        "Bostøtte (§ 85/§ 85 a)",
        "Kontanthjælp og andre ydelser",
        "Hospital og psykiatri",
        "Fængsel",
    ];
    let rows = [
        ("−3", [58e3, 31e3, 14e3, 96e3, 41e3, 17e3], 471),
        ("−2", [81e3, 36e3, 16e3, 101e3, 48e3, 19e3], 484),
        ("−1", [128e3, 42e3, 21e3, 106e3, 57e3, 22e3], 498),
        ("0", [96e3, 28e3, 88e3, 112e3, 52e3, 16e3], 498),
        ("1", [34e3, 24e3, 92e3, 111e3, 43e3, 12e3], 486),
        ("2", [29e3, 25e3, 78e3, 109e3, 39e3, 11e3], 455),
        ("3", [27e3, 27e3, 70e3, 108e3, 37e3, 10e3], 412),
    ];
    CostBars {
        caption: Caption::new("Udgifterne topper omkring indflytningen og falder derefter")
            .subtitle("Gennemsnitlige offentlige udgifter pr. person pr. år før og efter indflytning")
            .note("Gennemsnit pr. observeret personår; forløb, der krydser et årsskifte, er delt efter dage. \
                Død afslutter eksponeringen; udvandring og dataophør censurerer. 95 %-interval: bootstrap over personer.")
            .note("Advarsel: Indflytning følger ofte efter en udgiftstop. Uden sammenligningsgruppe kan en del af \
                faldet være regression mod gennemsnittet. Syntetiske data."),
        unit: "kr. pr. person, 2023-priser".into(),
        x_title: "År i forhold til indflytningsåret (0)".into(),
        categories: categories
            .map(|label| CostCategory { label: label.into(), colour: None })
            .to_vec(),
        periods: rows
            .map(|(label, amounts, people)| {
                let total = amounts.iter().sum::<f64>();
                CostPeriod {
                    label: label.into(),
                    emphasised: label == "0",
                    people: Some(people),
                    amounts: amounts.to_vec(),
                    total: Some(total),
                    interval: Some((total - 21e3, total + 23e3)),
                }
            })
            .to_vec(),
    }
}

/// A number between 0 and 1 that looks drawn by chance and is the same every
/// time.
fn chance(i: u32, salt: u32) -> f64 {
    let mixed =
        (i.wrapping_mul(2_654_435_761) ^ salt.wrapping_mul(40_503)).wrapping_mul(2_246_822_519);
    f64::from((mixed ^ (mixed >> 13)) % 10_007) / 10_007.0
}

/// Roughly standard normal: the sum of twelve chances, centred.
fn normal(i: u32) -> f64 {
    (0..12).map(|salt| chance(i, salt + 1)).sum::<f64>() - 6.0
}

pub(crate) fn funnel() -> FunnelChart {
    let limit = |label: &str, z: f64| FunnelLimit {
        label: label.into(),
        points: (1..=320)
            .map(|i| f64::from(i) * 0.75)
            .map(|e| (e, (1.0 - z / e.sqrt()).max(0.0), 1.0 + z / e.sqrt()))
            .collect(),
    };
    let points = (1..=98).map(|i| {
        let expected = match i {
            1 => 214.0,
            2 => 96.0,
            3 => 71.0,
            4 => 52.0,
            _ => 1.5 + 34.0 * chance(i, 99).powi(2),
        };
        let z = normal(i) * if i % 17 == 3 { 2.6 } else { 0.9 };
        let ratio = (1.0 + z / expected.sqrt()).max(0.0);
        let signal = match (ratio - 1.0).abs() * expected.sqrt() {
            z if z > 3.09 => Signal::Outer,
            z if z > 1.96 => Signal::Inner,
            _ => Signal::Within,
        };
        FunnelPoint {
            label: format!("Kommune {i}"),
            expected,
            ratio,
            signal,
            small: expected < 5.0,
            own: i == 4,
        }
    });
    FunnelChart {
        caption: Caption::new("De fleste kommuner ligger inden for det, tilfældet kan forklare")
            .subtitle("Observeret over forventet antal fastholdte efter tre år, 98 kommuner, standardiseret for alder og køn")
            .note("Forventet: landets rater anvendt på kommunens borgere (indirekte standardisering). \
                Grænserne er eksakte Poisson-grænser uden overspredning. Kommunenavne er anonymiserede. Syntetiske data."),
        x_title: "Forventet antal fastholdte (kvadratrodsskala)".into(),
        y_title: "Observeret / forventet".into(),
        reference: 1.0,
        limits: vec![limit("95 %", 1.96), limit("99,8 %", 3.09)],
        points: points.collect(),
        small_label: "Færre end 5 forventede".into(),
        root: true,
    }
}

pub(crate) fn definitions() -> DotChart {
    let rows = [
        (
            "En hvilken som helst bolig, alle indflyttede (Odense/VIVE)",
            0.80,
            498,
            true,
        ),
        ("Den anviste bolig, alle indflyttede", 0.61, 498, false),
        (
            "En hvilken som helst bolig, alle visiterede",
            0.66,
            604,
            false,
        ),
        ("Andel af dage i stabil bolig (Tsemberis)", 0.78, 498, false),
        (
            "Egen bolig i mindst 6 måneder (At Home/Chez Soi)",
            0.74,
            498,
            false,
        ),
        (
            "Kommunens egen opgørelse: ikke udskrevet til hjemløshed",
            0.91,
            471,
            false,
        ),
    ];
    DotChart {
        caption: Caption::new("Samme mennesker, seks definitioner: fra 61 til 91 procent")
            .subtitle("Andel fastholdt tre år efter indflytning efter definition")
            .note("Alle rækker bygger på de samme personer og de samme registre. 95 %-interval: Wilson. Syntetiske data."),
        x_title: "Andel fastholdt".into(),
        measure: Measure::Percent { decimals: 0 },
        rows: rows
            .map(|(label, value, n, emphasised): (&str, f64, u32, bool)| {
                let reach = 1.96 * (value * (1.0 - value) / f64::from(n)).sqrt();
                DotRow {
                    label: label.into(),
                    value,
                    low: value - reach,
                    high: value + reach,
                    text: n.to_string(),
                    emphasised,
                    hollow: false,
                }
            })
            .to_vec(),
        reference: None,
        text_title: "Antal".into(),
        domain: Some((0.5, 1.0)),
    }
}

pub(crate) fn caterpillar() -> DotChart {
    let mut rows = (1..=98)
        .map(|i| {
            let n = 6.0 + 180.0 * chance(i, 5).powi(3);
            let value = (0.78 + normal(i) * 0.06).clamp(0.3, 0.97);
            let reach = 1.96 * (value * (1.0 - value) / n).sqrt();
            DotRow {
                label: format!("Kommune {i}"),
                value,
                low: (value - reach).max(0.0),
                high: (value + reach).min(1.0),
                text: format!("{n:.0}"),
                emphasised: i == 4,
                hollow: n < 10.0,
            }
        })
        .collect::<Vec<_>>();
    rows.sort_by(|a, b| b.value.total_cmp(&a.value));
    DotChart {
        caption: Caption::new("Fastholdelse efter tre år i 98 kommuner")
            .subtitle(
                "Andel i en hvilken som helst bolig, ordnet efter størrelse; små kommuner er hule",
            )
            .note("Rangordenen er usikker: intervallerne overlapper. Syntetiske data."),
        x_title: "Andel fastholdt".into(),
        measure: Measure::Percent { decimals: 0 },
        rows,
        reference: Some(DotReference {
            value: 0.79,
            label: "Landet: 79 %".into(),
        }),
        text_title: "Antal".into(),
        domain: None,
    }
}

pub(crate) fn trend() -> TrendChart {
    let years = [2009, 2011, 2013, 2015, 2017, 2019, 2022, 2024];
    let line = |label: &str, values: [f64; 8], thousands: f64, muted: bool| TrendLine {
        label: label.into(),
        points: years
            .into_iter()
            .zip(values)
            .map(|(year, value)| {
                let reach = 1.96 * (value / thousands).sqrt();
                TrendPoint {
                    year,
                    value,
                    low: value - reach,
                    high: value + reach,
                }
            })
            .collect(),
        colour: None,
        muted,
    };
    TrendChart {
        caption: Caption::new("Hjemløsheden er faldet mere i kommunen end i landet")
            .subtitle("Antal hjemløse i uge 6 pr. 1.000 indbyggere")
            .note("Tællingen foretages hvert andet år; 2021 blev udskudt til 2022. 95 %-interval: eksakt Poisson. Syntetiske data."),
        unit: "pr. 1.000 indbyggere".into(),
        measure: Measure::Number { decimals: 2 },
        lines: vec![
            line("Hele landet", [0.91, 0.95, 1.04, 1.08, 1.15, 1.11, 0.99, 1.01], 5_900.0, true),
            line("Kommunen", [1.10, 1.02, 0.98, 0.88, 0.56, 0.61, 0.57, 0.49], 205.0, false),
            line("De fem største", [2.10, 2.22, 2.31, 2.35, 2.41, 2.28, 2.02, 2.04], 1_900.0, true),
        ],
        free_base: false,
    }
}

pub(crate) fn flow() -> FlowChart {
    let step = |reason: &str, excluded, label: &str, remaining| FlowStep {
        reason: reason.into(),
        excluded,
        label: label.into(),
        remaining,
    };
    FlowChart {
        caption: Caption::new("Fra indflytninger til analysepopulation")
            .subtitle("Hvem der er udeladt, ved hvilket trin, og hvor mange"),
        unit: "personer".into(),
        label: "Har mindst én indflytning i en bolig gennem Housing First".into(),
        count: 1_342,
        steps: vec![
            step(
                "Indflyttet før 1. januar 2015 eller efter 31. december 2019",
                711,
                "Indflyttet i perioden 2015–2019",
                631,
            ),
            step(
                "Under 18 år på indflytningsdagen",
                4,
                "18 år eller derover",
                627,
            ),
            step(
                "Mindre end tre års opfølgning før dataophør 31. december 2022, og hverken død eller udvandret",
                129,
                "Kan følges i tre år",
                498,
            ),
            step(
                "Ingen dage i boligregistret efter indflytning",
                0,
                "Analysepopulationen",
                498,
            ),
        ],
    }
}

/// A report with all that a report can hold.
pub(crate) fn page() -> Page {
    let style = Style::new(Lang::Da);
    let drawn =
        |svg: Result<String, boligspor_chart::ChartError>| svg.expect("the samples are sound");
    let text = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    let retention = Table {
        caption: "Fastholdelse efter horisont".into(),
        columns: vec![
            Column::text("Horisont"),
            Column::number("Antal"),
            Column::number("I risiko"),
            Column::number("Andel"),
            Column::number("95 %-interval"),
        ],
        rows: vec![
            text(&["12 måneder", "498", "397", "89\u{a0}%", "86–92"]),
            text(&["24 måneder", "498", "324", "83\u{a0}%", "79–87"]),
            text(&["36 måneder", "498", "267", "80\u{a0}%", "75–84"]),
            text(&["60 måneder", "498", "173", "77\u{a0}%", "71–82"]),
        ],
        strong: vec![2],
        notes: text(&[DEFINITION]),
    };
    let municipalities = Table {
        caption: "Fastholdelse efter tre år, alle kommuner".into(),
        columns: vec![
            Column::text("Kommune"),
            Column::number("Andel"),
            Column::number("95 %-interval"),
            Column::number("Antal"),
        ],
        rows: caterpillar()
            .rows
            .iter()
            .map(|row| {
                vec![
                    row.label.clone(),
                    Lang::Da.percent(row.value, 0),
                    Lang::Da.interval(row.low * 100.0, row.high * 100.0, 0),
                    row.text.clone(),
                ]
            })
            .collect(),
        ..Table::default()
    };
    let figure = |value: &str, label: &str, detail: &str| Figure {
        value: value.into(),
        label: label.into(),
        detail: detail.into(),
    };
    let mut page = Page::new("Housing First i en kommune: fastholdelse, udgifter og sammenligning", Lang::Da)
        .section(
            Section::new("Hovedresultater")
                .block(Block::Figures(vec![
                    figure("80\u{a0}%", "bor i en bolig efter tre år", "95 %: 75–84 · 498 personer"),
                    figure("−76.000 kr.", "pr. person fra indflytningsåret til året efter", "95 %: −98.000 til −54.000 · 2023-priser"),
                    figure("1,06", "observeret over forventet mod landet", "95 %: 0,93–1,20"),
                ]))
                .paragraph("Fire ud af fem, der flyttede ind i en bolig gennem Housing First i 2015–2019, boede tre år senere stadig i en bolig: den anviste eller en anden.")
                .definition(DEFINITION)
                .warning("Tallene er syntetiske og viser kun, hvordan en rapport ser ud."),
        )
        .section(
            Section::new("Hvem indgår")
                .paragraph("Populationen dannes i fire trin. Hvert trin kan forklares for den enkelte person inde i det sikre miljø.")
                .chart(drawn(flow().svg(&style))),
        )
        .section(
            Section::new("Fastholdelse")
                .heading("Andel fastholdt over tid")
                .block(Block::Chart { svg: drawn(curve().svg(&style)), data: Some(retention.clone()) })
                .table(retention)
                .heading("Efter alder")
                .chart(drawn(strata().svg(&style)))
                .heading("Hvor bor de andre?")
                .chart(drawn(occupancy().svg(&style)))
                .heading("Samme mennesker, andre definitioner")
                .chart(drawn(definitions().svg(&style)))
                .note("Definitionerne har ikke samme nævner; sammenlign kun rækker med samme nævner direkte."),
        )
        .section(
            Section::new("Udgifter")
                .chart(drawn(cost_bars().svg(&style)))
                .warning("Uden sammenligningsgruppe kan en del af faldet efter indflytning være regression mod gennemsnittet."),
        )
        .section(
            Section::new("Kommunerne")
                .chart(drawn(funnel().svg(&style)))
                .table(municipalities)
                .chart(drawn(trend().svg(&style)))
                .block(Block::List(text(&[
                    "Små kommuner er markeret, ikke skjult.",
                    "Rangordenen er usikker og bør ikke læses som en rangliste.",
                ]))),
        );
    page.lead = "Analyse af 498 personer, der flyttede ind i 2015–2019, fulgt i op til fem år. Syntetiske data.".into();
    page.footer = text(&[
        "Boligspor 0.1.0 · study.toml version 1 · frø 20261122",
        "persons.parquet blake3 9f2c1b0a7d · placements.parquet blake3 51e0c4d2aa · stays.parquet blake3 07be33f1c9",
    ]);
    page
}
