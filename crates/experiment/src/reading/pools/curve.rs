//! The curve of a pool of which reserves and perhaps a price are known.

use dtao_protocol::fixed::Q64;
use dtao_protocol::pool::balancer::{Balancer, Weight};
use dtao_protocol::pool::v3::V3;
use dtao_protocol::pool::{Curve, CurveRule, Pool, Reserves};
use dtao_protocol::rules::Rules;

use super::origins::Notes;
use crate::recorded::pools::{PoolRow, PoolTable};
use dtao_files::input::InputError;

/// How far a price may be from what the reserves or weights beside it give: tables round both.
const ROUNDING: f64 = 1e-3;

/// The curve, if it can be at the row's price.
pub(super) fn of(
    rules: &Rules,
    table: &PoolTable,
    (place, row): (usize, &PoolRow),
    notes: &mut Notes,
) -> Result<Curve, InputError> {
    let (netuid, reserves) = (row.netuid, row.reserves);
    let refuse = |column, message: String, help: &str| Err(table.wrong(place, column, message, help));
    if row.price == Some(0.0) {
        let help = "write the spot price, or leave the cell blank";
        return refuse("price", format!("subnet {netuid} has reserves on both sides but a price of 0"), help);
    }
    match rules.pool.curve {
        CurveRule::ConstantProduct => match row.price {
            Some(price) if !near(price, reserves.price()) => {
                let message = format!(
                    "a price of {price}, but subnet {netuid}'s reserves give tao_in / alpha_in = {:.9}",
                    reserves.price()
                );
                let help = "up to spec 282 the price is that ratio: correct it, or leave the cell blank";
                refuse("price", message, help)
            }
            _ => Ok(Curve::ConstantProduct),
        },
        CurveRule::V3(_) => {
            let Some(price) = row.price else { return Ok(Curve::V3(V3::of(reserves))) };
            let v3 = V3::at_price(reserves, Q64::from_f64(price));
            let held = v3.in_position();
            let idle = |whole: u64, held: u64| whole.saturating_sub(held);
            let idle =
                (idle(reserves.tao.rao(), held.tao.rao()), idle(reserves.alpha.rao(), held.alpha.rao()));
            if idle.0 > reserves.tao.rao() / 2 || idle.1 > reserves.alpha.rao() / 2 {
                return refuse(
                    "price",
                    format!(
                        "at a price of {price} more than half of subnet {netuid}'s {} would lie idle: \
                         tao_in / alpha_in = {:.9}",
                        if idle.0 > reserves.tao.rao() / 2 { "TAO" } else { "alpha" },
                        reserves.price()
                    ),
                    "write the spot price in TAO per alpha, or leave the cell blank",
                );
            }
            notes.idle.0 += idle.0;
            notes.idle.1 += idle.1;
            Ok(Curve::V3(v3))
        }
        rule @ (CurveRule::Balancer(_) | CurveRule::Superellipse) => {
            let read = weighted(reserves, row);
            // An ellipse takes over a weighted pool's price and response to small trades.
            let curve = |balancer| Pool { reserves, curve: Curve::Balancer(balancer) }.under(rule).curve;
            read.map(curve).or_else(|(column, message)| {
                let help =
                    "weights are from 0.01 to 0.99; the price is (1 - tao_weight) / tao_weight * tao_in / alpha_in";
                refuse(column, format!("subnet {netuid}: {message}"), help)
            })
        }
    }
}

/// The weights that a row gives, or that its price asks for, or equal ones.
fn weighted(reserves: Reserves, row: &PoolRow) -> Result<Balancer, (&'static str, String)> {
    match (row.tao_weight, row.price) {
        (None, None) => Ok(Balancer::weighted(Weight::HALF)),
        (None, Some(price)) => Balancer::at_price(reserves, Q64::from_f64(price)).ok_or_else(|| {
            let ratio = reserves.price();
            ("price", format!("no weights give a price of {price}: tao_in / alpha_in = {ratio:.9}"))
        }),
        (Some(weight), price) => {
            let balancer = Balancer::weighted(weight);
            let found = balancer.price(reserves).to_f64();
            match price.filter(|&price| !near(price, found)) {
                None => Ok(balancer),
                Some(price) => {
                    Err(("price", format!("a price of {price}, but reserves and weight give {found:.9}")))
                }
            }
        }
    }
}

fn near(price: f64, expected: f64) -> bool {
    (price / expected - 1.0).abs() <= ROUNDING
}
