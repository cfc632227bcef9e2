//! Operations of kind `coinbase` on whole blocks under the rules from spec 283 on.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Outcome;
use super::case::{Case, Fields, Revisions, Run, check_for, malformed, unsupported};
use super::coinbase::{mechanism, netuid, registrations, settings};
use super::outputs::{Found, Outputs};
use crate::books::{Books, Switch};
use crate::coinbase::shares::{of_rule, part, switch_off};
use crate::coinbase::split::{RootClaims, Split};
use crate::coinbase::{BlockTerms, Chain, Emitted, block, emit};
use crate::emission::Candidate;
use crate::fixed::{Q32, Q64};
use crate::halving::{MAX_SUPPLY, tao_emission};
use crate::moving_price::MovingPriceStart;
use crate::pool::balancer::{Balancer, Weight};
use crate::pool::{Curve, Mechanism, Reserves};
use crate::rules::Rules;
use crate::units::{Alpha, Block, Netuid, RAO, Tao};

/// The operations that are run here.
pub(super) const OPERATIONS: [&str; 4] = ["blocks_newest", "emit_blocks_475", "coinbase", "emit_split"];

pub(super) fn run(case: &Value) -> Outcome {
    check_for(Revisions::Numbered, case, |case| match case.op {
        "blocks_newest" => whole_blocks(case),
        "emit_blocks_475" => emitted_blocks(case),
        "coinbase" => coinbase(case),
        "emit_split" => split(case),
        _ => case.unknown_op(),
    })
}

/// The most blocks that a case may run.
const MAX_BLOCKS: u64 = 1_000_000;

fn blocks(inputs: &Fields<'_>) -> Run<u64> {
    match inputs.optional_u64("blocks")?.unwrap_or(1) {
        blocks if blocks <= MAX_BLOCKS => Ok(blocks),
        _ => unsupported(format!("more than {MAX_BLOCKS} blocks")),
    }
}

/// The rules of a case's runtime, with the values that it sets.
fn rules(case: &Case<'_>, inputs: &Fields<'_>, otherwise: u16) -> Run<Rules> {
    let mut rules = case.rules_or(otherwise)?;
    rules.tao_weight = inputs.weight("tao_weight")?;
    if let Some(cut) = inputs.optional_u64("owner_cut_u16")? {
        rules.owner_cut = Q32::ratio(cut, u64::from(u16::MAX)).min(Q32::ONE);
    }
    rules.moving_alpha = inputs.optional_q32("moving_alpha")?.unwrap_or(rules.moving_alpha).min(Q32::ONE);
    if let Some(half_speed_age) = inputs.optional_u64("ema_halving_blocks")? {
        rules.moving_price_start = MovingPriceStart::Slow { half_speed_age };
    }
    Ok(rules)
}

const SUBNET: [&str; 27] = [
    "tao",
    "alpha_in",
    "quote_weight_1e18",
    "tao_reservoir",
    "alpha_reservoir",
    "alpha_out",
    "moving_price",
    "moving_price_bits",
    "miner_burned",
    "miner_burned_bits",
    "emission_enabled",
    "owner_cut_enabled",
    "first_emission_block",
    "protocol_alpha",
    "mech",
    "burn_reg_allowed",
    "pow_reg_allowed",
    "registration_allowed",
    "ema_halving_blocks",
    "pending_owner_cut",
    "pending_server",
    "pending_validator",
    "pending_root_alpha",
    "user_flow",
    "protocol_flow",
    "user_ema_bits_2e64",
    "protocol_ema_bits_2e64",
];

fn read_subnet(netuid: Netuid, inputs: &Fields<'_>) -> Run<Books> {
    let amount = |key: &str| match inputs.optional_u64(key)?.unwrap_or(0) {
        rao if rao <= MAX_SUPPLY * 2 => Ok(rao),
        rao => malformed(format!("{key} of {rao} rao, which is more than can exist")),
    };
    let alpha = |key: &str| amount(key).map(Alpha::from_rao);
    let flag = |key: &str| Ok(inputs.optional(key, Value::as_bool, "true or false")?.unwrap_or(true));
    let switch = |on: bool| if on { Switch::On } else { Switch::Off };
    let by_burning = flag("burn_reg_allowed")? && flag("registration_allowed")?;
    let settings =
        settings(Block(0), mechanism(inputs)?, registrations(by_burning, flag("pow_reg_allowed")?));
    let first = inputs.optional_u64("first_emission_block")?;
    let mut settings = crate::books::Settings {
        tao: switch(flag("emission_enabled")?),
        owner_cut: switch(flag("owner_cut_enabled")?),
        ..settings
    };
    let unset = inputs.keys().any(|key| key == "first_emission_block") && first.is_none();
    settings.first_emission = if unset { None } else { Some(Block(first.unwrap_or(1))) };
    let weight = match inputs.optional_u64("quote_weight_1e18")? {
        Some(parts) if parts <= 1_000_000_000_000_000_000 => Weight::from_parts(parts),
        None => Weight::HALF,
        Some(_) => return malformed("quote_weight_1e18 is more than one"),
    };
    let reservoir =
        Reserves { tao: Tao::from_rao(amount("tao_reservoir")?), alpha: alpha("alpha_reservoir")? };
    let mut books = Books {
        pool: Reserves { tao: Tao::from_rao(amount("tao")?), alpha: alpha("alpha_in")? },
        curve: Curve::Balancer(Balancer { reservoir, ..Balancer::weighted(weight) }),
        alpha_out: alpha("alpha_out")?,
        moving_price: inputs.optional_q32("moving_price")?.unwrap_or(Q32::ZERO),
        miner_burned: inputs.optional_q32("miner_burned")?.unwrap_or(Q32::ZERO),
        protocol_alpha: alpha("protocol_alpha")?,
        ..Books::new(netuid, settings)
    };
    books.pending.owner_cut = alpha("pending_owner_cut")?;
    books.pending.server = alpha("pending_server")?;
    books.pending.validator = alpha("pending_validator")?;
    books.pending.root_alpha = alpha("pending_root_alpha")?;
    Ok(books)
}

fn read_subnets(inputs: &Fields<'_>) -> Run<Vec<Books>> {
    let listed = Fields::open("inputs.subnets", inputs.value("subnets"))?;
    let mut subnets = BTreeMap::new();
    for name in listed.keys() {
        let subnet = Fields::new(name, listed.value(name), &SUBNET)?;
        let netuid = netuid(name)?;
        subnets.insert(netuid, read_subnet(netuid, &subnet)?);
    }
    Ok(subnets.into_values().collect())
}

/// What is reported of a subnet after the last block.
fn report(subnet: &Books, outputs: &mut Outputs) {
    let Books { pool, pending, emitted, chain_buy, .. } = subnet;
    let (weight, reservoir) = match subnet.curve {
        Curve::Balancer(balancer) => (balancer.tao_weight, balancer.reservoir),
        _ => (Weight::HALF, subnet.trading().reservoir()),
    };
    let figures = [
        ("tao", pool.tao.rao()),
        ("alpha_in", pool.alpha.rao()),
        ("quote_weight_1e18", weight.parts()),
        ("tao_reservoir", reservoir.tao.rao()),
        ("alpha_reservoir", reservoir.alpha.rao()),
        ("alpha_out", subnet.alpha_out.rao()),
        ("moving_price_bits", subnet.share_price().bits() as u64),
        ("protocol_alpha", subnet.protocol_alpha.rao()),
        ("pending_owner_cut", pending.owner_cut.rao()),
        ("pending_server", pending.server.rao()),
        ("pending_validator", pending.validator.rao()),
        ("pending_root_alpha", pending.root_alpha.rao()),
        ("excess_tao_last", chain_buy.tao.rao()),
        ("bought_alpha_last", chain_buy.alpha.rao()),
        ("tao_in_last", emitted.tao_in.rao()),
        ("alpha_in_last", emitted.alpha_in.rao()),
        ("alpha_out_last", emitted.alpha_out.rao()),
        ("root_proportion_bits", emitted.root_proportion.bits() as u64),
        ("alpha_issuance", subnet.issuance().rao()),
    ];
    for (field, figure) in figures {
        outputs.set(format_args!("{}.{field}", subnet.netuid.0), figure);
    }
    outputs.set(format_args!("{}.moving_price", subnet.netuid.0), subnet.share_price());
    outputs.set(format_args!("{}.price", subnet.netuid.0), subnet.price_bits().to_f64());
}

/// Blocks from the issuance on, with everything that the coinbase does.
fn whole_blocks(case: &Case<'_>) -> Run<Outputs> {
    let known = [
        "root_tao",
        "blocks",
        "total_issuance",
        "moving_alpha",
        "moving_alpha_bits",
        "block_before",
        "tao_weight",
        "tao_weight_u64",
        "subnets",
        "owner_cut_u16",
        "ema_halving_blocks",
        "stored_theta",
        "stored_theta_bits_2e64",
    ];
    let inputs = case.inputs(&known)?;
    let rules = rules(case, &inputs, 425)?;
    let mut subnets = read_subnets(&inputs)?;
    let mut issuance = inputs.tao("total_issuance")?;
    let first = inputs.u64("block_before")?;
    let mut chain = Chain {
        block: Block(first),
        emission: Tao::ZERO,
        root_tao: inputs.tao("root_tao")?,
        gate_bar: inputs.optional_q64("stored_theta")?.unwrap_or(Q64::ZERO),
    };
    let mut room = Vec::new();
    let (mut stake, mut issued) = (0, 0);
    for _ in 0..blocks(&inputs)? {
        chain.block = Block(chain.block.0.saturating_add(1));
        chain.emission = tao_emission(issuance);
        let emitted = block(&rules, &chain, &mut subnets, &mut room);
        chain.gate_bar = emitted.gate_bar;
        issuance = Tao::from_rao(issuance.rao().saturating_add(emitted.issued.rao()));
        issued += emitted.issued.rao();
        stake += subnets.iter().map(|subnet| subnet.tao_emitted().rao()).sum::<u64>();
    }
    let mut outputs = Outputs::one("total_issuance", issuance)
        .with("issued", issued)
        .with("total_stake_delta", stake)
        .with("theta", chain.gate_bar.to_f64())
        .with("theta_bits_2e64", Found::Written(case.as_written("theta_bits_2e64", chain.gate_bar.bits())));
    for subnet in &subnets {
        report(subnet, &mut outputs);
    }
    Ok(outputs)
}

/// Blocks in each of which every subnet has the same part of the TAO.
fn emitted_blocks(case: &Case<'_>) -> Run<Outputs> {
    let known = [
        "root_tao",
        "tao_weight",
        "tao_weight_u64",
        "owner_cut_u16",
        "root_flag",
        "blocks",
        "tao_emission_bits",
        "subnets",
    ];
    let inputs = case.inputs(&known)?;
    let rules = rules(case, &inputs, 426)?;
    let mut subnets = read_subnets(&inputs)?;
    let given = Fields::open("inputs.tao_emission_bits", inputs.value("tao_emission_bits"))?;
    let mut parts = Vec::new();
    for subnet in &subnets {
        let bits = given.optional_u64(&subnet.netuid.0.to_string())?.unwrap_or(0);
        parts.push(Q32::from_bits(u128::from(bits)));
    }
    let claims = claims(&inputs, "root_flag")?;
    // The parts are given, so the block's TAO is only what they may be paid from.
    let mut chain = Chain {
        block: Block(1),
        emission: Tao::from_rao(MAX_SUPPLY),
        root_tao: inputs.tao("root_tao")?,
        gate_bar: Q64::ZERO,
    };
    let mut used = 0;
    for _ in 0..blocks(&inputs)? {
        let Emitted { issued, .. } = emit(&rules, &chain, &mut subnets, &parts, claims, Q64::ZERO);
        used += issued.rao();
        chain.block = Block(chain.block.0 + 1);
    }
    let mut outputs = Outputs::one("used_tao", used);
    for subnet in &subnets {
        report(subnet, &mut outputs);
    }
    Ok(outputs)
}

fn claims(inputs: &Fields<'_>, key: &str) -> Run<RootClaims> {
    let open = inputs.optional(key, Value::as_bool, "true or false")?.unwrap_or(true);
    Ok(if open { RootClaims::Open } else { RootClaims::Shut })
}

/// One block in the manner of the chain's tests: what is not given is as its tests have it, root's proportion nearly one.
fn coinbase(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["emission", "subnets", "block", "owner_cut_u16", "total_issuance"])?;
    let mut rules = case.rules_or(425)?;
    rules.tao_weight = Q32::ONE;
    let emission = inputs.tao("emission")?;
    let listed = Fields::open("inputs.subnets", inputs.value("subnets"))?;
    let known = ["T", "A", "out", "moving_price", "price", "share", "root_proportion", "emission_enabled"];
    let mut subnets = Vec::new();
    for name in listed.keys() {
        let fields = Fields::new(name, listed.value(name), &known)?;
        let amount =
            |key: &str| -> Run<u64> { Ok(fields.optional_u64(key)?.unwrap_or(0).min(2 * MAX_SUPPLY)) };
        let mut settings = settings(Block(0), Mechanism::Dynamic, registrations(true, true));
        settings.first_emission = Some(Block(1));
        if fields.optional("emission_enabled", Value::as_bool, "true or false")? == Some(false) {
            settings.tao = Switch::Off;
        }
        let pool = Reserves { tao: Tao::from_rao(amount("T")?), alpha: Alpha::from_rao(amount("A")?) };
        let books = Books {
            pool,
            curve: Curve::Balancer(Balancer::default()),
            alpha_out: Alpha::from_rao(amount("out")?),
            moving_price: fields.optional_q32("moving_price")?.unwrap_or(Q32::ZERO),
            ..Books::new(netuid(name)?, settings)
        };
        if fields.optional_q32("price")?.is_some_and(|price| price != books.spot_price()) {
            return malformed(format!("{name}.price is not that of its pool"));
        }
        let share = fields.optional_q64("share")?;
        let root = fields.optional_q32("root_proportion")?.unwrap_or(Q32::ONE);
        subnets.push((books, share, root));
    }
    let candidate = |(subnet, ..): &(Books, Option<Q64>, Q32)| Candidate {
        moving_price: subnet.moving_price,
        root_proportion: Q32::ONE,
        flow: subnet.flow,
        tao: subnet.settings.tao,
        ..Candidate::default()
    };
    let market: Vec<Candidate> = subnets.iter().map(candidate).collect();
    let mut shares = of_rule(rules.emission, &market);
    if shares.len() != market.len() {
        return unsupported("a block's coinbase of this runtime");
    }
    switch_off(&market, &mut shares);
    let mut outputs = Outputs::default();
    let mut totals = Totals::default();
    for ((before, given, root), share) in subnets.into_iter().zip(shares) {
        let part = part(Q64::from_int(emission.rao()), given.unwrap_or(share));
        let chain = Chain {
            block: Block(inputs.optional_u64("block")?.unwrap_or(1)),
            emission,
            root_tao: root_tao(root, before.issuance()),
            gate_bar: Q64::ZERO,
        };
        let mut after = [before];
        let emitted = emit(&rules, &chain, &mut after, &[part], RootClaims::Open, Q64::ZERO);
        totals.add(&emitted, &before, &after[0]);
        compare_bounds(case, &after[0], &mut outputs);
        report_test(&before, &after[0], &mut outputs);
    }
    let issuance = inputs.optional_u64("total_issuance")?.unwrap_or(0);
    Ok(outputs
        .with("total_issuance_delta", totals.issued)
        .with("total_issuance", issuance.saturating_add(totals.issued))
        .with("total_stake_delta", totals.stake))
}

#[derive(Default)]
struct Totals {
    issued: u64,
    stake: u64,
}

impl Totals {
    fn add(&mut self, emitted: &Emitted, before: &Books, after: &Books) {
        self.issued += emitted.issued.rao();
        self.stake += after.pool.tao.saturating_sub(before.pool.tao).rao();
    }
}

/// TAO on root, at a weight of one, that gives this proportion at this issuance; all there can be for nearly one.
fn root_tao(proportion: Q32, issuance: Alpha) -> Tao {
    let (part, rest) = (proportion, Q32::ONE.saturating_sub(proportion));
    let tao = Q32::from_int(issuance.rao()).mul(part).checked_div(rest);
    Tao::from_rao(tao.map_or(u64::MAX, Q32::floor))
}

fn report_test(before: &Books, after: &Books, outputs: &mut Outputs) {
    let grown = |after: u64, before: u64| after.saturating_sub(before);
    let figures = [
        ("tao_after", after.pool.tao.rao()),
        ("tao_delta", grown(after.pool.tao.rao(), before.pool.tao.rao())),
        ("tao_in_emission", after.emitted.tao_in.rao()),
        ("alpha_in_after", after.pool.alpha.rao()),
        ("alpha_in_delta", grown(after.pool.alpha.rao(), before.pool.alpha.rao())),
        ("alpha_in_emission", after.emitted.alpha_in.rao()),
        ("alpha_out_after", after.alpha_out.rao()),
        ("alpha_out_delta", grown(after.alpha_out.rao(), before.alpha_out.rao())),
        ("alpha_out_emission", after.emitted.alpha_out.rao()),
        ("excess_tao", after.chain_buy.tao.rao()),
        ("bought_alpha", after.chain_buy.alpha.rao()),
        ("protocol_alpha", after.protocol_alpha.rao()),
        ("pending_server", after.pending.server.rao()),
        ("pending_validator", after.pending.validator.rao()),
        ("pending_root_alpha", after.pending.root_alpha.rao()),
        ("pending_owner_cut", after.pending.owner_cut.rao()),
    ];
    for (field, figure) in figures {
        outputs.set(format_args!("{field}.{}", after.netuid.0), figure);
    }
}

/// Bounds that a test sets on the alpha in pools, for all subnets or by subnet: one that holds stands for itself.
fn compare_bounds(case: &Case<'_>, after: &Books, outputs: &mut Outputs) {
    let alpha = after.pool.alpha.rao();
    for (field, holds) in
        [("alpha_in_after_lt", u64::lt as fn(&u64, &u64) -> bool), ("alpha_in_after_gt", u64::gt)]
    {
        let expected = case.expected(field);
        let by_netuid = expected.get(after.netuid.0.to_string());
        let Some(bound) = by_netuid.unwrap_or(expected).as_u64() else { continue };
        let path = match by_netuid {
            Some(_) => format!("{field}.{}", after.netuid.0),
            None => field.to_owned(),
        };
        if !holds(&alpha, &bound) {
            outputs.set(path, alpha);
        } else if !outputs.has(&path) {
            outputs.set(path, bound);
        }
    }
}

/// One subnet's alpha of one block, split.
fn split(case: &Case<'_>) -> Run<Outputs> {
    let known = [
        "root_tao",
        "tao_weight",
        "tao_weight_u64",
        "alpha_issuance_after_mint",
        "alpha_emission",
        "owner_cut",
        "owner_cut_u16",
        "owner_cut_enabled",
        "root_sell_flag",
    ];
    let inputs = case.inputs(&known)?;
    let mut rules = rules(case, &inputs, 425)?;
    rules.owner_cut = inputs.optional_q32("owner_cut")?.unwrap_or(rules.owner_cut).min(Q32::ONE);
    let mut settings = settings(Block(0), Mechanism::Dynamic, registrations(true, true));
    if inputs.optional("owner_cut_enabled", Value::as_bool, "true or false")? == Some(false) {
        settings.owner_cut = Switch::Off;
    }
    let subnet =
        Books { alpha_out: inputs.alpha("alpha_issuance_after_mint")?, ..Books::new(Netuid(1), settings) };
    let claims = claims(&inputs, "root_sell_flag")?;
    let root_weight = BlockTerms::root_weight(inputs.tao("root_tao")?, rules.tao_weight);
    let emitted = inputs.optional_u64("alpha_emission")?.unwrap_or(RAO).min(RAO);
    let split = Split::of(&rules, &subnet, Alpha::from_rao(emitted), root_weight, claims);
    let (pending, recycled) = match claims {
        RootClaims::Open => (split.root, Alpha::ZERO),
        RootClaims::Shut => (Alpha::ZERO, split.root),
    };
    Ok(Outputs::one("pending_server", split.server)
        .with("pending_validator", split.validator)
        .with("pending_root_alpha", pending)
        .with("recycled_root_alpha", recycled)
        .with("pending_owner_cut", split.owner_cut)
        .with("root_proportion", split.root_proportion))
}
