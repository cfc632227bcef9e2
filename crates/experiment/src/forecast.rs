//! Forecasts: what a scenario comes to, as a table that can be kept and scored against the chain later.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use dtao_engine::math;
use dtao_engine::run::RunError;
use dtao_protocol::pool::Reserves;
use dtao_protocol::units::{Alpha, Netuid, RAO, Tao};

use crate::run::{Options, Progress, advance, builder, each_more};
use crate::scenario::Loaded;

/// The columns of a table of reserves; amounts are whole tokens, with the nine decimals of a rao.
pub const HEADER: &str = "netuid,tao_in,alpha_in,alpha_out\n";

/// One pool: its reserves, and the alpha outside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The subnet.
    pub netuid: Netuid,
    /// The pool's reserves.
    pub reserves: Reserves,
    /// Alpha outside the pool.
    pub alpha_out: Alpha,
}

/// The pools after a scenario's last block, in netuid order: those of a range that exist then. `None` if it was stopped before
/// the end; `progress` is told how many more blocks are made.
///
/// # Errors
/// If the run fails.
pub fn reserves(
    loaded: &Loaded,
    options: Options,
    netuids: &RangeInclusive<u16>,
    progress: &dyn Fn(u64) -> Progress,
) -> Result<Option<Vec<Pool>>, RunError> {
    let mut run = builder(loaded, options).build();
    if advance(&mut run, loaded.scenario.blocks, &mut each_more(progress))? == Progress::Stop {
        return Ok(None);
    }
    let view = run.view();
    let wanted = view.subnets().filter(|books| netuids.contains(&books.netuid.0));
    Ok(Some(
        wanted
            .map(|books| Pool { netuid: books.netuid, reserves: books.pool, alpha_out: books.alpha_out })
            .collect(),
    ))
}

/// What several forecasts of the same subnets come to together: of each amount the geometric mean, each forecast weighing the
/// same. A subnet that one of them does not have is left out.
#[must_use]
pub fn together(forecasts: &[Vec<Pool>]) -> Vec<Pool> {
    let Some((first, others)) = forecasts.split_first() else { return Vec::new() };
    if others.is_empty() {
        return first.clone();
    }
    let of_each = |netuid| -> Option<Vec<Pool>> {
        forecasts.iter().map(|pools| pools.iter().find(|pool| pool.netuid == netuid).copied()).collect()
    };
    let mean = |pools: &[Pool], amount: fn(&Pool) -> u64| {
        let logs: f64 = pools.iter().map(|pool| math::ln(amount(pool) as f64)).sum();
        math::exp(logs / pools.len() as f64).round() as u64
    };
    first
        .iter()
        .filter_map(|pool| of_each(pool.netuid))
        .map(|pools| Pool {
            netuid: pools[0].netuid,
            reserves: Reserves {
                tao: Tao::from_rao(mean(&pools, |pool| pool.reserves.tao.rao())),
                alpha: Alpha::from_rao(mean(&pools, |pool| pool.reserves.alpha.rao())),
            },
            alpha_out: Alpha::from_rao(mean(&pools, |pool| pool.alpha_out.rao())),
        })
        .collect()
}

/// The table of a forecast.
#[must_use]
pub fn table(pools: &[Pool]) -> String {
    let mut table = HEADER.to_owned();
    for Pool { netuid, reserves, alpha_out } in pools {
        let [tao, alpha, out] = [reserves.tao.rao(), reserves.alpha.rao(), alpha_out.rao()].map(tokens);
        writeln!(table, "{netuid},{tao},{alpha},{out}").expect("text takes what is written");
    }
    table
}

/// Rao as whole tokens, exactly.
fn tokens(rao: u64) -> String {
    format!("{}.{:09}", rao / RAO, rao % RAO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(netuid: u16, tao: u64, alpha: u64, out: u64) -> Pool {
        Pool {
            netuid: Netuid(netuid),
            reserves: Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) },
            alpha_out: Alpha::from_rao(out),
        }
    }

    #[test]
    fn several_forecasts_come_to_the_geometric_mean_of_what_they_share() {
        let (one, other) =
            (vec![pool(1, 4, 100, 7), pool(2, 1, 1, 1)], vec![pool(1, 9, 400, 7), pool(3, 1, 1, 1)]);
        assert_eq!(together(&[one.clone(), other]), [pool(1, 6, 200, 7)]);
        assert_eq!(together(std::slice::from_ref(&one)), one);
        assert_eq!(together(&[]), []);
    }

    #[test]
    fn amounts_are_written_to_the_rao() {
        assert_eq!(tokens(0), "0.000000000");
        assert_eq!(tokens(12_000_000_034), "12.000000034");
    }
}
