//! What accounts are worth at the end: after everything that they can sell is sold.

use dtao_engine::account::AgentId;
use dtao_engine::view::View;
use dtao_protocol::units::{Alpha, Netuid, Tao};

/// What accounts have together, in TAO: free TAO, stake on root, claims on funds, and what each pool would pay for all of their
/// alpha that is not locked, in one sale that pays the fees.
///
/// The sales are each to the pool as it stands. A pool that would refuse the sale pays nothing, and so does a lock.
pub(crate) fn liquidated(agents: &[AgentId], view: &View) -> Tao {
    liquidated_after(agents, &[], view)
}

/// The same of accounts that sell once others have sold all that is theirs: each pool pays what both would get together, less what those
/// get alone. One that refuses that sale pays nothing.
pub(crate) fn liquidated_after(agents: &[AgentId], first: &[AgentId], view: &View) -> Tao {
    let free: Tao = agents.iter().map(|&agent| view.balance(agent)).sum();
    let root: Alpha = agents.iter().map(|&agent| unlocked(agent, Netuid::ROOT, view)).sum();
    let sold: Tao = view
        .subnets()
        .map(|books| {
            let of =
                |&agent: &AgentId| unlocked(agent, books.netuid, view) + view.claimable(agent, books.netuid);
            let all_of = |agents: &[AgentId]| agents.iter().map(of).sum::<Alpha>();
            let (own, others) = (all_of(agents), all_of(first));
            let paid = |alpha| if alpha == Alpha::ZERO { Tao::ZERO } else { view.liquidation(books, alpha) };
            if own == Alpha::ZERO { Tao::ZERO } else { paid(own + others).saturating_sub(paid(others)) }
        })
        .sum();
    free + Tao::from_rao(root.rao()) + sold + of_funds(agents, view)
}

/// What an account may sell of its stake on a subnet.
fn unlocked(agent: AgentId, netuid: Netuid, view: &View) -> Alpha {
    let staked = view.stake(agent, netuid);
    let locked = view.lock(agent, netuid).map_or(Alpha::ZERO, |(_, lock)| lock.locked);
    staked.saturating_sub(locked)
}

/// What claims on hotkeys' funds would pay.
fn of_funds(agents: &[AgentId], view: &View) -> Tao {
    let hotkeys: Vec<_> = view.funds().hotkeys().collect();
    let claims = agents.iter().flat_map(|&agent| hotkeys.iter().map(move |&hotkey| (agent, hotkey)));
    let owed = claims.filter(|&(agent, hotkey)| view.fund_shares(agent, hotkey) > 0);
    owed.map(|(agent, hotkey)| view.fund_claim(agent, hotkey)).sum()
}

/// The part of a block's TAO that stands behind the accounts' alpha: each subnet's share times what part of the alpha outside its
/// pool is theirs.
pub(crate) fn share(agents: &[AgentId], view: &View) -> f64 {
    let held = |(netuid, share): (Netuid, f64)| {
        let staked: Alpha = agents.iter().map(|&agent| view.stake(agent, netuid)).sum();
        let outside = view.subnet(netuid).map_or(0.0, |books| books.alpha_out.to_f64());
        if outside > 0.0 { share * (staked.to_f64() / outside).min(1.0) } else { 0.0 }
    };
    view.shares().map(held).sum()
}
