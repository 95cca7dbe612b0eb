//! Percentiles that are somebody's amount.

use boligspor_disclosure::neighbour_means;

use crate::fixture::denmark;

#[test]
fn no_set_of_percentiles_names_an_amount_of_one_person() {
    let amounts: Vec<i128> = (0..23).map(|i| 20_000 + 1_713 * i + 31 * i * i).collect();
    let probabilities: Vec<f64> = (1..200).map(|p| f64::from(p) / 200.0).collect();
    // Without the control: the order statistics are the people.
    let raw: Vec<i128> = probabilities
        .iter()
        .map(|p| amounts[(p * 23.0) as usize])
        .collect();
    let told = |shown: &[i128]| amounts.iter().filter(|a| shown.contains(a)).count();
    assert_eq!(told(&raw), 23);

    let shown: Vec<i128> = neighbour_means(&amounts, &probabilities, &denmark())
        .unwrap()
        .into_iter()
        .flatten()
        .collect();
    assert!(!shown.is_empty());
    assert_eq!(told(&shown), 0);
    // Nor do two of them subtract to one: distinct means are of distinct fives.
    let mut means = shown.clone();
    means.dedup();
    assert!(means.len() <= 23 / 5);
}
