//! Each subnet's TAO of a block: the rule's shares, through the gate, among the subnets that may have any.

use super::{Chain, root_proportion};
use crate::books::{Books, Switch};
use crate::emission::{self, Candidate, Emission};
use crate::fixed::{Q32, Q64};
use crate::hill_gate::HillGate;
use crate::rules::Rules;

/// Writes each subnet's part of the block's TAO, in rao, and takes the flows of the last block into their averages.
/// Returns the gate's bar.
///
/// A rule of weights shares `E * w / sum of w`, the product first, with 32 fractional bits; a rule of shares `E * share`
/// with 64, cut to 32. Subnets that do not emit count nowhere.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::get_subnet_block_emissions @ 6218ecc5c, 486037ba4`
pub(super) fn parts(
    rules: &Rules,
    chain: &Chain,
    root_weight: Q32,
    books: &mut [Books],
    parts: &mut Vec<Q32>,
) -> Q64 {
    let emits = |subnet: &Books| super::emits(rules.emitting, subnet);
    let flowing = if rules.emission.counts_flow() { &mut *books } else { &mut [] };
    for subnet in flowing.iter_mut().filter(|subnet| emits(subnet)) {
        let price = subnet.share_price().min(subnet.spot_price());
        rules.emission.average_flows(&mut subnet.flow, price);
    }
    let gate = rules.coinbase.gate;
    let all_on = books.iter().all(|subnet| subnet.settings.tao == Switch::On);
    if all_on && gate == HillGate::Open && rules.emission.weights(books, parts) {
        super::keep_emitting(rules.emitting, books, parts);
        let (whole, total) = (Q32::from_int(chain.emission.rao()), emission::total(parts));
        for part in parts.iter_mut() {
            *part = whole.mul(*part).safe_div(total);
        }
        return chain.gate_bar;
    }
    let counts_root = rules.emission.counts_root_proportion();
    let candidate = |subnet: &Books| Candidate {
        moving_price: subnet.share_price(),
        root_proportion: if counts_root {
            root_proportion(root_weight, subnet.issuance())
        } else {
            Q32::ZERO
        },
        miner_burned: subnet.miner_burned,
        flow: subnet.flow,
        fast_price: subnet.fast_price,
        pool_tao: subnet.pool.tao,
        measured: subnet.measured.value,
        tao: subnet.settings.tao,
    };
    let market: Vec<Candidate> = books.iter().filter(|subnet| emits(subnet)).map(candidate).collect();
    let mut shares = match rules.emission {
        Emission::Blend(blend) => {
            let [of, with] =
                [blend.of, blend.with].map(|rule| of_emitting(rules, rule.into(), books, &market, parts));
            blend.mixed(&of, &with)
        }
        rule => of_emitting(rules, rule, books, &market, parts),
    };
    let bar = gate.bar(chain.gate_bar, chain.block, &shares);
    gate.apply(bar, &mut shares);
    switch_off(&market, &mut shares);

    let mut shares = shares.into_iter();
    parts.clear();
    parts.extend(books.iter().map(|subnet| {
        let share = if emits(subnet) { shares.next() } else { None };
        part(Q64::from_int(chain.emission.rao()), share.unwrap_or(Q64::ZERO))
    }));
    bar
}

/// The shares of the subnets that emit under a rule of either kind; `weights` is room for weights.
fn of_emitting(
    rules: &Rules,
    rule: Emission,
    books: &[Books],
    market: &[Candidate],
    weights: &mut Vec<Q32>,
) -> Vec<Q64> {
    if !rule.weights(books, weights) {
        return of_rule(rule, market);
    }
    super::keep_emitting(rules.emitting, books, weights);
    let total = emission::total(weights).into();
    let emitting = weights.iter().zip(books).filter(|(_, subnet)| super::emits(rules.emitting, subnet));
    emitting.map(|(&weight, _)| Q64::from(weight).fitting_div(total)).collect()
}

/// A share's part of the whole, in rao with 32 fractional bits.
pub(crate) const fn part(whole: Q64, share: Q64) -> Q32 {
    whole.times(share).to_q32()
}

/// The shares of a rule that gives shares; none of one that gives weights.
pub(crate) fn of_rule(rule: Emission, market: &[Candidate]) -> Vec<Q64> {
    let mut shares = Vec::with_capacity(market.len());
    rule.shares(market, &mut shares);
    shares
}

/// Shares out among the others what subnets would have whose TAO is switched off, if there are any.
pub(crate) fn switch_off(market: &[Candidate], shares: &mut [Q64]) {
    if market.iter().all(|subnet| subnet.tao == Switch::On) {
        return;
    }
    let mut on = Q64::ZERO;
    for (share, subnet) in shares.iter_mut().zip(market) {
        if subnet.tao == Switch::Off {
            *share = Q64::ZERO;
        }
        on = on.saturating_add(*share);
    }
    for share in shares {
        *share = share.fitting_div(on);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_switched_off_goes_to_the_others_in_proportion() {
        let candidate = |tao| Candidate { moving_price: Q32::ONE, tao, ..Candidate::default() };
        let mut shares = [0.5, 0.25, 0.25].map(Q64::from_f64);
        switch_off(&[Switch::Off, Switch::On, Switch::On].map(candidate), &mut shares);
        assert_eq!(shares, [0.0, 0.5, 0.5].map(Q64::from_f64));
        let mut none = [Q64::ONE];
        switch_off(&[candidate(Switch::Off)], &mut none);
        assert_eq!(none, [Q64::ZERO]);
    }
}
