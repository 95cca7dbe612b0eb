//! Made-up but lifelike input for every chart: what the gallery draws and the
//! tests look at.

use boligspor_chart::{
    Band, Caption, Colour, CostBars, CostCategory, CostPeriod, Curve, CurveChart, CurvePoint,
    OccupancyChart,
};

const DEFINITION: &str = "Definition: En person tæller som fastholdt, hvis vedkommende på \
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
