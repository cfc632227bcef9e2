//! Kind `coinbase`: some blocks' emission into given subnets; and [`Market`], which the traces run too.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Outcome;
use super::case::{Case, Fields, Outputs, Run, check, malformed, unsupported, variant};
use crate::coinbase::{BlockTerms, Registrations, SubnetTerms, root_proportion, subnet_emission};
use crate::fixed::Q32;
use crate::moving_price;
use crate::pool::{Mechanism, Reserves};
use crate::rules::{LaunchSpec, Rules};
use crate::units::{Alpha, Block, RAO, Tao};

pub(super) fn run(case: &Value) -> Outcome {
    check(case, |case| match case.op {
        "" => blocks(case),
        "root_proportion" => proportion(case),
        _ => case.unknown_op(),
    })
}

fn proportion(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["root_tao", "tao_weight", "tao_weight_u64", "alpha_issuance"])?;
    let root = BlockTerms::root_weight(inputs.tao("root_tao")?, inputs.weight("tao_weight")?);
    let proportion = root_proportion(root, inputs.alpha("alpha_issuance")?);
    Ok(Outputs::one("root_proportion", proportion).with("bits_2e32", proportion.bits() as u64))
}

const INPUTS: [&str; 12] = [
    "variant",
    "tao_weight",
    "tao_weight_u64",
    "owner_cut_u16",
    "root_tao",
    "subnets",
    "emissions_per_block",
    "block",
    "alpha0",
    "alpha0_bits",
    "total_issuance",
    "total_stake",
];

/// Where an input is silent, the launch's last revision holds, and nothing had been issued.
fn blocks(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&INPUTS)?;
    let named = inputs.optional("variant", |value| variant(value.as_str()?), "a launch revision")?;
    let spec = match (named, case.spec) {
        (Some(named), Some(tagged)) if named != tagged => return malformed("`variant` is not `protocol`"),
        (named, tagged) => named.or(tagged).unwrap_or(LaunchSpec::L246),
    };
    let mut market = Market::read(&inputs, spec)?;
    let listed = Fields::open("inputs.subnets", inputs.value("subnets"))?;
    for name in listed.keys() {
        let subnet = Fields::new(name, listed.value(name), &SUBNET_INPUTS)?;
        market.add(name, read_subnet(&subnet)?)?;
    }
    market.block = match inputs.optional_u64("block")? {
        Some(first) => first,
        None if market.feels_age() => return malformed("inputs.block is missing"),
        None => 1,
    };
    for emission in inputs.list("emissions_per_block")? {
        let Some(emission) = emission.as_u64() else {
            return malformed(format!("inputs.emissions_per_block has {emission}"));
        };
        market.coinbase(Tao::from_rao(emission))?;
        market.block = market.block.saturating_add(1);
    }
    let mut outputs = Outputs::default();
    market.report(&mut outputs, "");
    market.report(&mut outputs, "subnets.");
    Ok(outputs.with("total_issuance", market.total_issuance).with("total_stake", market.total_stake))
}

const SUBNET_INPUTS: [&str; 8] =
    ["T", "A", "out", "m", "mech", "registered_at", "burn_reg_allowed", "pow_reg_allowed"];

fn read_subnet(inputs: &Fields<'_>) -> Run<Subnet> {
    let mechanism = mechanism(inputs)?;
    let moving_price = match mechanism {
        Mechanism::Dynamic => inputs.q32("m")?,
        Mechanism::Stable => inputs.optional_q32("m")?.unwrap_or(Q32::ZERO),
    };
    let allowed = |key| Ok(inputs.optional(key, Value::as_bool, "true or false")?.unwrap_or(true));
    let registrations = match (allowed("burn_reg_allowed")?, allowed("pow_reg_allowed")?) {
        (true, true) => Registrations::Both,
        (true, false) => Registrations::Burn,
        (false, true) => Registrations::Work,
        (false, false) => Registrations::Closed,
    };
    Ok(Subnet::new(
        SubnetTerms {
            pool: Reserves { tao: inputs.tao("T")?, alpha: inputs.alpha("A")? },
            alpha_out: Alpha::from_rao(inputs.optional_u64("out")?.unwrap_or(0)),
            moving_price,
            mechanism,
            registrations,
        },
        inputs.optional_u64("registered_at")?.unwrap_or(0),
    ))
}

/// The mechanism by its number on the chain; dynamic if none is given.
pub(super) fn mechanism(inputs: &Fields<'_>) -> Run<Mechanism> {
    match inputs.optional_u64("mech")? {
        Some(0) => Ok(Mechanism::Stable),
        None | Some(1) => Ok(Mechanism::Dynamic),
        Some(other) => unsupported(format!("mechanism {other}")),
    }
}

/// Subnets, and what their coinbase has led to.
pub(super) struct Market {
    rules: Rules,
    root_weight: Q32,
    /// The block whose coinbase comes next.
    pub(super) block: u64,
    pub(super) total_issuance: u64,
    pub(super) total_stake: u64,
    subnets: BTreeMap<u16, Subnet>,
}

/// A subnet and what waits for its epoch, in rao.
pub(super) struct Subnet {
    pub(super) terms: SubnetTerms,
    registered_at: u64,
    pending_emission: u64,
    pending_alpha_swapped: u64,
    pending_root_divs: u64,
    pending_owner_cut: u64,
}

impl Subnet {
    pub(super) fn new(terms: SubnetTerms, registered_at: u64) -> Self {
        Self {
            terms,
            registered_at,
            pending_emission: 0,
            pending_alpha_swapped: 0,
            pending_root_divs: 0,
            pending_owner_cut: 0,
        }
    }

    /// Whether a block's emission and a sale of it fit; amounts beyond are no chain's.
    fn has_room(&self, emission: Tao) -> bool {
        let alpha = self.terms.pool.alpha.rao().checked_add(self.terms.alpha_out.rao());
        alpha.and_then(|alpha| alpha.checked_add(3 * RAO)).is_some()
            && self.terms.pool.tao.rao().checked_add(emission.rao()).is_some()
    }
}

impl Market {
    /// A market without subnets, before block 1, from the inputs that all its files share.
    pub(super) fn read(inputs: &Fields<'_>, spec: LaunchSpec) -> Run<Self> {
        let mut rules = Rules::launch(spec);
        rules.tao_weight = inputs.weight("tao_weight")?;
        rules.owner_cut = Q32::ratio(u64::from(inputs.u16("owner_cut_u16")?), u64::from(u16::MAX));
        let alpha_bits = inputs.optional_u64("alpha0_bits")?.map(|bits| Q32::from_bits(u128::from(bits)));
        rules.moving_alpha = match (inputs.optional_q32("alpha0")?, alpha_bits) {
            (Some(_), Some(_)) => return malformed("alpha0 is given twice"),
            (literal, bits) => literal.or(bits).unwrap_or(rules.moving_alpha),
        };
        if rules.moving_alpha > Q32::ONE {
            return malformed("alpha0 is more than one");
        }
        Ok(Self {
            root_weight: BlockTerms::root_weight(inputs.tao("root_tao")?, rules.tao_weight),
            rules,
            block: 1,
            total_issuance: inputs.optional_u64("total_issuance")?.unwrap_or(0),
            total_stake: inputs.optional_u64("total_stake")?.unwrap_or(0),
            subnets: BTreeMap::new(),
        })
    }

    pub(super) fn add(&mut self, name: &str, subnet: Subnet) -> Run<()> {
        match name.parse::<u16>() {
            Ok(netuid) if netuid > 0 && netuid.to_string() == name => {
                self.subnets.insert(netuid, subnet);
                Ok(())
            }
            _ => malformed(format!("`{name}` is not a subnet's number")),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.subnets.len()
    }

    pub(super) fn subnet_mut(&mut self, netuid: u16) -> Option<&mut Subnet> {
        self.subnets.get_mut(&netuid)
    }

    /// Whether it matters how old the subnets are.
    fn feels_age(&self) -> bool {
        let starts_slowly =
            self.rules.moving_price_start != Rules::launch(LaunchSpec::L234).moving_price_start;
        starts_slowly && self.subnets.values().any(|subnet| subnet.terms.mechanism == Mechanism::Dynamic)
    }

    /// One block: all injections, then the sales for root, then the moving prices.
    pub(super) fn coinbase(&mut self, emission: Tao) -> Run<()> {
        if !self.subnets.values().all(|subnet| subnet.has_room(emission)) {
            return malformed("an amount grows past 2^64 rao");
        }
        let prices = self.subnets.values().map(|subnet| subnet.terms.share_price());
        let terms = BlockTerms {
            emission,
            total_moving_price: prices.fold(Q32::ZERO, Q32::saturating_add),
            root_weight: self.root_weight,
            owner_cut: self.rules.owner_cut,
            gate: self.rules.registration_gate,
        };
        let (mut issued, mut sold) = (0u64, 0u64);
        for subnet in self.subnets.values_mut() {
            let part = subnet_emission(&terms, &subnet.terms);
            let root_tao = part.root_tao.unwrap_or(Tao::ZERO);
            issued = sum(issued, part.tao_in.rao())?;
            sold = sum(sold, root_tao.rao())?;
            subnet.pending_emission = sum(subnet.pending_emission, part.pending.rao())?;
            subnet.pending_alpha_swapped = sum(subnet.pending_alpha_swapped, part.root_alpha.rao())?;
            subnet.pending_root_divs = sum(subnet.pending_root_divs, root_tao.rao())?;
            subnet.pending_owner_cut = sum(subnet.pending_owner_cut, part.owner_cut.rao())?;
            subnet.terms.pool = part.pool;
            subnet.terms.alpha_out += part.alpha_out;
            if part.root_tao.is_some() {
                subnet.terms.alpha_out = subnet.terms.alpha_out.saturating_sub(part.root_alpha);
            }
            subnet.terms.moving_price = moving_price::update(
                subnet.terms.moving_price,
                subnet.terms.pool.spot_price(),
                self.rules.moving_alpha,
                self.rules.moving_price_start,
                Block(self.block).since(Block(subnet.registered_at)),
            );
        }
        self.total_issuance = sum(self.total_issuance, issued)?;
        self.total_stake = sum(self.total_stake, issued)?.saturating_sub(sold);
        Ok(())
    }

    /// Each subnet's state, under `{prefix}{netuid}.`.
    pub(super) fn report(&self, outputs: &mut Outputs, prefix: &str) {
        for (netuid, subnet) in &self.subnets {
            let terms = &subnet.terms;
            let mut set = |field, value: u64| outputs.set(format_args!("{prefix}{netuid}.{field}"), value);
            set("tao", terms.pool.tao.rao());
            set("alpha_in", terms.pool.alpha.rao());
            set("alpha_out", terms.alpha_out.rao());
            set("moving_price_bits", terms.share_price().bits() as u64);
            set("pending_emission", subnet.pending_emission);
            set("pending_alpha_swapped", subnet.pending_alpha_swapped);
            set("pending_root_divs", subnet.pending_root_divs);
            set("pending_owner_cut", subnet.pending_owner_cut);
        }
    }

    /// Each subnet's spot price, under `spot.{netuid}`.
    pub(super) fn report_spot(&self, outputs: &mut Outputs) {
        for (netuid, subnet) in &self.subnets {
            let spot = match subnet.terms.mechanism {
                Mechanism::Dynamic => subnet.terms.pool.spot_price(),
                Mechanism::Stable => Q32::ONE,
            };
            outputs.set(format_args!("spot.{netuid}"), spot);
        }
    }
}

fn sum(a: u64, b: u64) -> Run<u64> {
    match a.checked_add(b) {
        Some(sum) => Ok(sum),
        None => malformed("an amount grows past 2^64 rao"),
    }
}
