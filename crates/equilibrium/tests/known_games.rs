//! Games whose rest points are known.

use dtao_equilibrium::basins::{basins, end};
use dtao_equilibrium::dynamics::{Dynamics, Stability};
use dtao_equilibrium::game::{Game, Payoffs, of_matrix};
use dtao_equilibrium::rest::{RestPoint, distance, rest_points};
use dtao_equilibrium::{Found, solve};

const REPLICATOR: Dynamics = Dynamics::Replicator;

fn payoffs(matrix: &[&[f64]], players: usize) -> Payoffs {
    let matrix: Vec<Vec<f64>> = matrix.iter().map(|row| row.to_vec()).collect();
    of_matrix(&matrix, players).mean()
}

/// The rest points with these shares and stabilities are there, and no others.
fn expect(found: &[RestPoint], expected: &[(&[f64], Stability)]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (shares, stability) in expected {
        let near = found.iter().find(|rest| distance(&rest.shares, shares) < 1e-6);
        let rest = near.unwrap_or_else(|| panic!("no rest point at {shares:?}: {found:?}"));
        assert_eq!(rest.stability, *stability, "{rest:?}");
    }
}

#[test]
fn in_the_prisoners_dilemma_all_defect() {
    let game = payoffs(&[&[3.0, 0.0], &[5.0, 1.0]], 4);
    let found = rest_points(&game, REPLICATOR);
    expect(&found, &[(&[1.0, 0.0], Stability::Unstable), (&[0.0, 1.0], Stability::Stable)]);
    assert_eq!((game.regret(&[1.0, 0.0]), game.regret(&[0.0, 1.0])), (2.0, 0.0));
    let basins = basins(&game, REPLICATOR, &found);
    let defect = found.iter().position(|rest| rest.shares[1] == 1.0).expect("it was found");
    assert_eq!((basins.ends[defect], basins.elsewhere), (1.0, 0.0));
}

#[test]
fn hawks_are_as_many_as_the_prize_is_of_the_wound() {
    // A prize of 2 and a wound of 3: two thirds hawks (Maynard Smith, Price 1973).
    let game = payoffs(&[&[-0.5, 2.0], &[0.0, 1.0]], 6);
    let (third, two) = (1.0 / 3.0, 2.0 / 3.0);
    let found = rest_points(&game, REPLICATOR);
    expect(
        &found,
        &[
            (&[1.0, 0.0], Stability::Unstable),
            (&[0.0, 1.0], Stability::Unstable),
            (&[two, third], Stability::Stable),
        ],
    );
    assert!(game.regret(&[two, third]) < 1e-12);
}

#[test]
fn in_the_stag_hunt_two_conventions_divide_the_starts() {
    // Stag pays 4 together and 0 alone, hare 3: stag from three quarters on.
    let game = payoffs(&[&[4.0, 0.0], &[3.0, 3.0]], 3);
    let found = rest_points(&game, REPLICATOR);
    expect(
        &found,
        &[
            (&[1.0, 0.0], Stability::Stable),
            (&[0.0, 1.0], Stability::Stable),
            (&[0.75, 0.25], Stability::Unstable),
        ],
    );
    let stag = found.iter().position(|rest| rest.shares[0] == 1.0).expect("it was found");
    assert_eq!(end(&game, REPLICATOR, &found, &[0.76, 0.24]), Some(stag));
    assert_ne!(end(&game, REPLICATOR, &found, &[0.74, 0.26]), Some(stag));
    let basins = basins(&game, REPLICATOR, &found);
    // Of 39 starts at fortieths, those above thirty: nine; the one at thirty stays.
    assert!((basins.ends[stag] - 9.0 / 39.0).abs() < 1e-12, "{basins:?}");
}

#[test]
fn rock_paper_scissors_circles_spirals_in_or_spirals_out() {
    // A win pays `win`, a loss costs 1. The centre attracts if a win is more than a loss (Hofbauer, Sigmund 1998, section 7.7).
    let centre = [1.0 / 3.0; 3];
    for (win, stability) in [(2.0, Stability::Stable), (1.0, Stability::Neutral), (0.5, Stability::Unstable)]
    {
        let game = payoffs(&[&[0.0, -1.0, win], &[win, 0.0, -1.0], &[-1.0, win, 0.0]], 5);
        let found = rest_points(&game, REPLICATOR);
        let corner = Stability::Unstable;
        expect(
            &found,
            &[
                (&[1.0, 0.0, 0.0], corner),
                (&[0.0, 1.0, 0.0], corner),
                (&[0.0, 0.0, 1.0], corner),
                (&centre, stability),
            ],
        );
        assert!(game.regret(&centre) < 1e-9);
        let basins = basins(&game, REPLICATOR, &found);
        assert_eq!(basins.elsewhere, if win == 2.0 { 0.0 } else { 1.0 }, "{win}: {basins:?}");
    }
}

#[test]
fn a_payoff_that_is_not_linear_in_the_others_is_met_too() {
    // Three players; whoever is alone on a side earns 1 (the minority game): half on each side, and stable.
    let payoff = |split: &[usize], own: usize, _: usize| Some(f64::from(u8::from(split[own] == 1)));
    let game = Game::of(vec!["left".into(), "right".into()], 3, 1, payoff).expect("all are known").mean();
    // Against two others who go left with probability x, right pays x^2 and left (1 - x)^2.
    let earned = game.at(&[0.3, 0.7]);
    assert!((earned[0] - 0.49).abs() < 1e-12 && (earned[1] - 0.09).abs() < 1e-12, "{earned:?}");
    let found = rest_points(&game, REPLICATOR);
    let corner = Stability::Unstable;
    expect(&found, &[(&[1.0, 0.0], corner), (&[0.0, 1.0], corner), (&[0.5, 0.5], Stability::Stable)]);
}

#[test]
fn a_logit_rule_rests_where_its_choice_gives_the_shares_again() {
    let game = payoffs(&[&[3.0, 0.0], &[5.0, 1.0]], 4);
    // Of two strategies with x of the first, the second pays 1 + x more: x = 1 / (1 + exp(intensity * (1 + x))).
    for intensity in [0.0, 0.5, 2.0, 20.0] {
        let found = rest_points(&game, Dynamics::Logit { intensity });
        let [RestPoint { shares, stability: Stability::Stable }] = &found[..] else { panic!("{found:?}") };
        let again = 1.0 / (1.0 + libm::exp(intensity * (1.0 + shares[0])));
        assert!((shares[0] - again).abs() < 1e-9, "{intensity}: {shares:?}");
    }
    // In a coordination game without a better side there is one such point for weak and three for strong choice, from 2 on.
    let game = payoffs(&[&[1.0, 0.0], &[0.0, 1.0]], 2);
    let number = |intensity| rest_points(&game, Dynamics::Logit { intensity }).len();
    assert_eq!((number(1.5), number(3.0)), (1, 3));
}

/// A coordination game of pairs: the first convention pays 4 with noise, the second 1.
fn noisy(noise: f64) -> Found {
    let names = vec!["a".into(), "b".into()];
    let game = Game::of(names, 2, 20, |split, own, seed| {
        let met = split[own] == 2;
        let error = noise * (f64::from(seed as u32 % 5) - 2.0) * if own == 0 { 1.0 } else { -1.0 };
        Some(if met { if own == 0 { 4.0 } else { 1.0 } } else { 0.0 } + error)
    });
    solve(&game.expect("all are known"), &[REPLICATOR]).remove(0)
}

#[test]
fn what_is_sure_is_found_in_every_resample_and_what_is_not_in_some() {
    let sure = noisy(0.0);
    assert_eq!(sure.points.len(), 3, "{sure:?}");
    for point in &sure.points {
        let stable = f64::from(u8::from(point.rest.stability == Stability::Stable));
        assert_eq!((point.found, point.stable), (1.0, stable), "{point:?}");
        assert!(
            point
                .range
                .iter()
                .zip(&point.rest.shares)
                .all(|(range, share)| range.0 <= *share && *share <= range.1)
        );
    }
    // The convention that more starts lead to comes first: `a`, from a fifth on.
    assert_eq!(sure.points[0].rest.shares, [1.0, 0.0]);
    assert!((sure.points[0].basin - 31.0 / 39.0).abs() < 1e-12, "{sure:?}");
    let unsure = noisy(1.0);
    let mixed = unsure.points.iter().find(|point| point.rest.shares[0] > 0.0 && point.rest.shares[1] > 0.0);
    let mixed = mixed.expect("it is there on average");
    assert!(mixed.found > 0.5 && mixed.range[0].1 - mixed.range[0].0 > 0.05, "{mixed:?}");
}

#[test]
fn where_all_earn_the_same_nothing_moves() {
    // Means of equal numbers may differ by their last digit.
    for pay in [0.1, 0.1 + f64::EPSILON / 16.0] {
        let game = payoffs(&[&[pay, 0.1, 0.1], &[0.1; 3], &[0.1; 3]], 4);
        for shares in [[0.2, 0.5, 0.3], [1.0 / 3.0; 3]] {
            assert_eq!(REPLICATOR.flow(&game, &shares), [0.0; 3]);
            assert_eq!(end(&game, REPLICATOR, &rest_points(&game, REPLICATOR), &shares), None);
        }
        assert!(rest_points(&game, REPLICATOR).iter().all(|rest| rest.stability == Stability::Neutral));
    }
}

#[test]
fn equal_seeds_give_equal_numbers() {
    assert_eq!(noisy(1.0), noisy(1.0));
}
