//! The averages of flow by which TAO is shared.

use dtao_engine::run::SubnetSetup;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{RAO, Tao};
use dtao_protocol::yuma::I64F64;

use crate::recorded::pools::PoolTable;
use crate::scenario::FlowAverages;
use dtao_files::input::{InputError, Source};

/// An average in TAO per block, in rao.
pub(super) fn average(tao: f64) -> I64F64 {
    I64F64::from_f64(tao * RAO as f64)
}

/// Fills in what is assumed, where the table has no averages.
pub(super) fn assume(
    rules: &Rules,
    source: &Source,
    table: &PoolTable,
    assumed: Option<FlowAverages>,
    subnets: &mut [SubnetSetup],
) -> Result<(), InputError> {
    let refuse = |field: &str, message: &str, help: &str| {
        Err(InputError::at(source, &format!("start.Pools{field}"), message, Some(help.into())))
    };
    let averages = match (assumed, table.has("flow_average")) {
        (Some(_), true) => {
            let help = "leave the assumption out, or the column";
            return refuse(".flow_averages", "the table has the averages of flow", help);
        }
        (None, false) if rules.emission.counts_flow() => {
            let help = "add a column `flow_average`, or an assumption: `flow_averages: ByMovingPrice(sum: \"0.5 TAO\")` \
                        or `Equal(sum: …)`";
            return refuse("", "TAO is shared by averages of flow, of which the table has none", help);
        }
        (None, _) => return Ok(()),
        (Some(averages), false) => averages,
    };
    if averages.sum() == Tao::ZERO {
        let help = "write the sum of all averages in TAO per block, such as \"0.5 TAO\"";
        return refuse(".flow_averages.sum", "averages of flow that sum to 0 give no subnet TAO", help);
    }
    let is_started = |subnet: &&mut SubnetSetup| rules.is_started(subnet.carried.first_emission);
    let started: Vec<&mut SubnetSetup> = subnets.iter_mut().filter(is_started).collect();
    if started.is_empty() {
        let help = "a subnet counts as started if the table gives its `first_emission`, or has no such column and alpha outside the \
                    pool";
        return refuse(
            ".flow_averages",
            "no subnet has been started, so none can have an average flow",
            help,
        );
    }
    let count = started.len() as f64;
    let prices: f64 = started.iter().map(|subnet| subnet.moving_price.to_f64()).sum();
    if prices <= 0.0 && matches!(averages, FlowAverages::ByMovingPrice { .. }) {
        let help = "assume `Equal(sum: …)`, or give moving prices in the table";
        return refuse(".flow_averages", "no subnet that has been started has a moving price", help);
    }
    for subnet in started {
        let part = match averages {
            FlowAverages::ByMovingPrice { .. } => subnet.moving_price.to_f64() / prices,
            FlowAverages::Equal { .. } => 1.0 / count,
        };
        subnet.carried.flow.user_average = Some(average(averages.sum().to_f64() * part));
    }
    Ok(())
}
