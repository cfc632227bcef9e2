//! What all traders share: where they keep stake, and how they sell it.

use dtao_engine::account::Hotkey;
use dtao_engine::call::Call;
use dtao_engine::strategy::Actor;
use dtao_engine::view::View;
use dtao_protocol::units::{Alpha, Netuid, RAO};

/// Where an account keeps its stake on a subnet: on its own hotkey where there are neurons, with the one validator
/// where the subnet is in aggregate.
pub(crate) fn home(netuid: Netuid, view: &View, me: &Actor) -> Hotkey {
    if view.roster(netuid).is_some() { Hotkey(me.id) } else { Hotkey::AGGREGATE }
}

/// What an account holds where it keeps its stake.
pub(crate) fn held(netuid: Netuid, view: &View, me: &Actor) -> Alpha {
    view.stake_on(me.id, netuid, home(netuid, view, me))
}

/// Sells a part of what it holds, 0 to 1, in one call; nothing if that is nothing.
pub(crate) fn sell_part(netuid: Netuid, part: f64, view: &View, me: &mut Actor) {
    let all = held(netuid, view, me);
    // In floats a whole need not come out whole.
    let alpha = if part >= 1.0 { all } else { Alpha::from_f64(all.to_f64() * part) };
    if alpha > Alpha::ZERO {
        me.submit(Call::Unstake { netuid, hotkey: home(netuid, view, me), alpha, limit: None });
    }
}

/// Cut to whole hundredths: what is sold of an income must not tell of its last digits.
pub(crate) fn cut(alpha: Alpha) -> Alpha {
    const HUNDREDTH: u64 = RAO / 100;
    Alpha::from_rao(alpha.rao() / HUNDREDTH * HUNDREDTH)
}

/// Sells an amount from where it keeps its stake; nothing if that is nothing.
pub(crate) fn sell(netuid: Netuid, alpha: Alpha, view: &View, me: &mut Actor) {
    if alpha > Alpha::ZERO {
        me.submit(Call::Unstake { netuid, hotkey: home(netuid, view, me), alpha, limit: None });
    }
}
