//! Kind `coinbase`: some blocks' emission into given subnets; and [`Market`], which the traces run too.

use serde_json::Value;

use super::Outcome;
use super::case::{Case, Fields, Run, check, malformed, unsupported, variant};
use super::outputs::Outputs;
use crate::books::{Books, Registrations, Settings};
use crate::coinbase::{BlockTerms, Chain, block, root_proportion};
use crate::era::Spec;
use crate::fixed::{Q32, Q64};
use crate::pool::{Mechanism, Reserves};
use crate::rules::Rules;
use crate::units::{Alpha, Block, Netuid, RAO, Tao};

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
        (named, tagged) => named.or(tagged).unwrap_or(Spec::known(246)),
    };
    let mut market = Market::read(&inputs, spec)?;
    let listed = Fields::open("inputs.subnets", inputs.value("subnets"))?;
    for name in listed.keys() {
        let subnet = Fields::new(name, listed.value(name), &SUBNET_INPUTS)?;
        market.add(&read_subnet(netuid(name)?, &subnet)?);
    }
    market.chain.block = Block(match inputs.optional_u64("block")? {
        Some(first) => first,
        None if market.feels_age() => return malformed("inputs.block is missing"),
        None => 1,
    });
    for emission in inputs.list("emissions_per_block")? {
        let Some(emission) = emission.as_u64() else {
            return malformed(format!("inputs.emissions_per_block has {emission}"));
        };
        market.coinbase(Tao::from_rao(emission))?;
        market.chain.block = Block(market.chain.block.0.saturating_add(1));
    }
    let mut outputs = Outputs::default().zero_elsewhere(is_subnet_entry);
    market.report(&mut outputs, "");
    market.report(&mut outputs, "subnets.");
    Ok(outputs.with("total_issuance", market.total_issuance).with("total_stake", market.total_stake))
}

const SUBNET_INPUTS: [&str; 8] =
    ["T", "A", "out", "m", "mech", "registered_at", "burn_reg_allowed", "pow_reg_allowed"];

fn read_subnet(netuid: Netuid, inputs: &Fields<'_>) -> Run<Books> {
    let mechanism = mechanism(inputs)?;
    let moving_price = match mechanism {
        Mechanism::Dynamic => inputs.q32("m")?,
        Mechanism::Stable => inputs.optional_q32("m")?.unwrap_or(Q32::ZERO),
    };
    let allowed = |key| Ok(inputs.optional(key, Value::as_bool, "true or false")?.unwrap_or(true));
    let registrations = registrations(allowed("burn_reg_allowed")?, allowed("pow_reg_allowed")?);
    let registered_at = Block(inputs.optional_u64("registered_at")?.unwrap_or(0));
    Ok(Books {
        pool: Reserves { tao: inputs.tao("T")?, alpha: inputs.alpha("A")? },
        alpha_out: Alpha::from_rao(inputs.optional_u64("out")?.unwrap_or(0)),
        moving_price,
        ..Books::new(netuid, settings(registered_at, mechanism, registrations))
    })
}

/// Which registrations are allowed.
pub(super) const fn registrations(by_burning: bool, by_work: bool) -> Registrations {
    match (by_burning, by_work) {
        (true, true) => Registrations::Both,
        (true, false) => Registrations::Burn,
        (false, true) => Registrations::Work,
        (false, false) => Registrations::Closed,
    }
}

/// Settings of a subnet whose epochs no case runs.
pub(super) fn settings(registered_at: Block, mechanism: Mechanism, registrations: Registrations) -> Settings {
    let settings = Settings::dynamic(Netuid(1), registered_at, 0, registered_at);
    Settings { mechanism, registrations, ..settings }
}

/// A subnet's number, from its name in a file.
pub(super) fn netuid(name: &str) -> Run<Netuid> {
    match name.parse::<u16>() {
        Ok(netuid) if netuid > 0 && netuid.to_string() == name => Ok(Netuid(netuid)),
        _ => malformed(format!("`{name}` is not a subnet's number")),
    }
}

/// The mechanism by its number on the chain; dynamic if none is given.
pub(super) fn mechanism(inputs: &Fields<'_>) -> Run<Mechanism> {
    match inputs.optional_u64("mech")? {
        Some(0) => Ok(Mechanism::Stable),
        None | Some(1) => Ok(Mechanism::Dynamic),
        Some(other) => unsupported(format!("mechanism {other}")),
    }
}

/// What is reported of each subnet.
const FIGURES: [&str; 8] = [
    "tao",
    "alpha_in",
    "alpha_out",
    "moving_price_bits",
    "pending_emission",
    "pending_alpha_swapped",
    "pending_root_divs",
    "pending_owner_cut",
];

/// Subnets, and what their coinbase has led to.
pub(super) struct Market {
    rules: Rules,
    /// The block whose coinbase comes next, and what root has staked; each block's emission is given apart.
    pub(super) chain: Chain,
    pub(super) total_issuance: u64,
    pub(super) total_stake: u64,
    /// In netuid order.
    books: Vec<Books>,
}

/// Whether a block's emission and a sale of it fit; amounts beyond are no chain's.
fn has_room(subnet: &Books, emission: Tao) -> bool {
    let fits = |amounts: [u64; 3]| amounts.into_iter().try_fold(0, u64::checked_add).is_some();
    let (pool, pending) = (&subnet.pool, &subnet.pending);
    fits([pool.alpha.rao(), subnet.alpha_out.rao(), 3 * RAO])
        && fits([pending.emission.rao(), pending.swapped.rao(), RAO])
        && fits([pending.owner_cut.rao(), RAO, 0])
        // A stable subnet sells one to one.
        && fits([pool.tao.rao(), emission.rao(), pending.root_tao.rao().saturating_add(RAO)])
}

impl Market {
    /// A market without subnets, before block 1, from the inputs that all its files share.
    pub(super) fn read(inputs: &Fields<'_>, spec: Spec) -> Run<Self> {
        let mut rules = Rules::at(spec);
        rules.tao_weight = inputs.weight("tao_weight")?;
        rules.owner_cut = Q32::ratio(u64::from(inputs.u16("owner_cut_u16")?), u64::from(u16::MAX));
        rules.moving_alpha = inputs.optional_q32("alpha0")?.unwrap_or(rules.moving_alpha);
        if rules.moving_alpha > Q32::ONE {
            return malformed("alpha0 is more than one");
        }
        Ok(Self {
            rules,
            chain: Chain {
                block: Block(1),
                emission: Tao::ZERO,
                root_tao: inputs.tao("root_tao")?,
                gate_bar: Q64::ZERO,
            },
            total_issuance: inputs.optional_u64("total_issuance")?.unwrap_or(0),
            total_stake: inputs.optional_u64("total_stake")?.unwrap_or(0),
            books: Vec::new(),
        })
    }

    /// Adds a subnet; one that is there already is replaced.
    pub(super) fn add(&mut self, subnet: &Books) {
        match self.find(subnet.netuid) {
            Ok(at) => self.books[at] = *subnet,
            Err(at) => self.books.insert(at, *subnet),
        }
    }

    fn find(&self, netuid: Netuid) -> Result<usize, usize> {
        self.books.binary_search_by_key(&netuid, |subnet| subnet.netuid)
    }

    pub(super) fn len(&self) -> usize {
        self.books.len()
    }

    pub(super) fn subnet_mut(&mut self, netuid: Netuid) -> Option<&mut Books> {
        self.find(netuid).ok().map(|at| &mut self.books[at])
    }

    /// Whether it matters how old the subnets are.
    fn feels_age(&self) -> bool {
        let starts_slowly = self.rules.moving_price_start != Rules::at(Spec::known(234)).moving_price_start;
        starts_slowly && self.books.iter().any(|subnet| subnet.settings.mechanism == Mechanism::Dynamic)
    }

    /// One block.
    pub(super) fn coinbase(&mut self, emission: Tao) -> Run<()> {
        let all = emission.rao().checked_mul(self.books.len() as u64);
        if all.is_none() || !self.books.iter().all(|subnet| has_room(subnet, emission)) {
            return malformed("an amount grows past 2^64 rao");
        }
        self.chain.emission = emission;
        let issued = block(&self.rules, &self.chain, &mut self.books, &mut Vec::new()).issued.rao();
        let mut sold = 0;
        for subnet in &self.books {
            sold = sum(sold, subnet.emitted.root_tao.unwrap_or(Tao::ZERO).rao())?;
        }
        self.total_issuance = sum(self.total_issuance, issued)?;
        self.total_stake = sum(self.total_stake, issued)?.saturating_sub(sold);
        Ok(())
    }

    /// Each subnet's state, under `{prefix}{netuid}.`; see [`FIGURES`].
    pub(super) fn report(&self, outputs: &mut Outputs, prefix: &str) {
        for subnet in &self.books {
            let pending = &subnet.pending;
            let figures = [
                subnet.pool.tao.rao(),
                subnet.pool.alpha.rao(),
                subnet.alpha_out.rao(),
                subnet.share_price().bits() as u64,
                pending.emission.rao(),
                pending.swapped.rao(),
                pending.root_tao.rao(),
                pending.owner_cut.rao(),
            ];
            for (field, figure) in FIGURES.iter().zip(figures) {
                outputs.set(format_args!("{prefix}{}.{field}", subnet.netuid.0), figure);
            }
        }
    }

    /// Each subnet's spot price, under `spot.{netuid}`.
    pub(super) fn report_spot(&self, outputs: &mut Outputs) {
        for subnet in &self.books {
            outputs.set(format_args!("spot.{}", subnet.netuid.0), subnet.spot_price());
        }
    }
}

/// Whether a path names a figure that the chain keeps by subnet, so that a subnet without it has zero.
pub(super) fn is_subnet_entry(path: &str) -> bool {
    let path = path.strip_prefix("subnets.").unwrap_or(path);
    path.split_once('.')
        .is_some_and(|(netuid, field)| netuid.parse::<u16>().is_ok() && FIGURES.contains(&field))
}

fn sum(a: u64, b: u64) -> Run<u64> {
    match a.checked_add(b) {
        Some(sum) => Ok(sum),
        None => malformed("an amount grows past 2^64 rao"),
    }
}
