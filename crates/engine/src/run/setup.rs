//! The state before the first block.

use dtao_protocol::basket::RootDividends;
use dtao_protocol::books::{Books, Settings};
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::Reserves;
use dtao_protocol::registration::LastLock;
use dtao_protocol::root_network::RootVotingRules;
use dtao_protocol::rules::Rules;
use dtao_protocol::schedule::next_epoch;
use dtao_protocol::share_pool::Precision;
use dtao_protocol::staking::LastDividends;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::account::{AgentId, Authority, Hotkey};
use crate::carried::{Carried, CarriedChain, CarriedFund};
use crate::measurement::Values;
use crate::pipeline::CallOrder;
use crate::random::RunSeed;
use crate::root_network::{RootNetwork, RootShare};
use crate::roster::{NewSubnets, Roster, RosterSetup, Surroundings};
use crate::stakes::Stakes;
use crate::subnet::Inside;

/// The state before the first block, and the rules.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The run's seed.
    pub seed: RunSeed,
    /// The first block to be made.
    pub first_block: Block,
    /// The runtime.
    pub spec: Spec,
    /// Its rules, with what root has set.
    pub rules: Rules,
    /// The subnets, in netuid order.
    pub subnets: Vec<SubnetSetup>,
    /// TAO staked on root, by [`AgentId::ROOT_STAKERS`].
    pub root_stake: Tao,
    /// What earlier blocks left of the chain itself, if there were any.
    pub chain: CarriedChain,
    /// The last registration of a subnet.
    pub last_registration: LastLock,
    /// What subnets are worth, where the emission is shared by that.
    pub values: Values,
    /// How subnets that are registered during the run are simulated.
    pub new_subnets: NewSubnets,
    /// How blocks order their calls.
    pub order: CallOrder,
    /// Whether an auditor recounts everything after every block.
    pub audit: Audit,
}

/// A subnet before the first block.
#[derive(Clone, Debug)]
pub struct SubnetSetup {
    /// Its number.
    pub netuid: Netuid,
    /// The pool's reserves.
    pub pool: Reserves,
    /// Alpha outside the pool; its holder owns it.
    pub alpha_out: Alpha,
    /// The moving price.
    pub moving_price: Q32,
    /// Blocks between epochs, less one.
    pub tempo: u16,
    /// When it was registered.
    pub registered_at: Block,
    /// Who owns what its miners, validators and owner earn, if it is simulated in aggregate.
    pub holder: AgentId,
    /// Its neurons, if it is simulated in detail.
    pub detail: Option<RosterSetup>,
    /// What earlier blocks left, if there were any.
    pub carried: Carried,
}

impl SubnetSetup {
    /// Alpha that may be claimed as stake: what is outside the pool and waits for no epoch.
    #[must_use]
    pub fn claims(&self) -> Alpha {
        let Carried { pending, dust, protocol_alpha, root_claimable, .. } = &self.carried;
        self.alpha_out + dust.unbacked
            - (dust.unclaimed + dust.unsold + dust.undistributed + dust.forfeited + dust.fees)
            - (pending.emission + pending.owner_cut + pending.server + pending.validator + pending.root_alpha)
            - (*protocol_alpha + *root_claimable)
    }
}

/// A run that begins before dynamic TAO, under root's votes, as the [`Setup`]'s rules must say. Its subnets' pools,
/// alpha and moving prices then do not count.
#[derive(Clone, Debug)]
pub struct RootVotingSetup {
    /// How root votes.
    pub rules: RootVotingRules,
    /// Each subnet's part of the last emission that was decided before the start, and its lock; one line for
    /// each of the [`Setup`]'s subnets.
    pub subnets: Vec<(Netuid, Q32, Tao)>,
}

/// Whether an auditor recounts everything after every block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audit {
    /// After every block.
    EveryBlock,
    /// Never: for speed.
    Off,
}

/// An account before the first block.
#[derive(Clone, Copy, Debug)]
pub struct AccountSetup {
    /// Free TAO.
    pub tao: Tao,
    /// TAO staked on root, on its own hotkey.
    pub root_stake: Tao,
    /// May it make calls that only root may?
    pub authority: Authority,
}

/// What an account has had since before the first block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inheritance {
    /// TAO on root, on its own hotkey; a part of the [`Setup`]'s.
    pub root: Tao,
    /// Alpha, a part of what the subnet's holder would own: on its own hotkey where there are neurons, else with the
    /// one validator.
    pub alpha: Vec<(Netuid, Alpha)>,
    /// Subnets in detail where it is a neuron.
    pub neurons: Vec<Netuid>,
}

/// Whether a subnet has neurons, now or later.
pub(super) fn has_rosters(setup: &Setup) -> bool {
    let later = matches!(setup.new_subnets, NewSubnets::Detailed(_));
    later || setup.subnets.iter().any(|subnet| subnet.detail.is_some())
}

/// Who has staked what where before the first block, and what root's own account counts of it.
pub(super) fn stakes(
    setup: &Setup,
    inheritances: &[(AgentId, Inheritance)],
    root_stakes: &[(AgentId, Tao)],
) -> (Stakes, Tao) {
    let mut stakes = Stakes::new(setup.rules.share_precision);
    let inherited_root: Tao = inheritances.iter().map(|(_, inherited)| inherited.root).sum();
    let carried = setup.chain.root_pool.clone().filter(|_| inherited_root == Tao::ZERO);
    let left = if let Some(mut pool) = carried {
        pool.upgrade(setup.rules.share_precision);
        stakes.put_back(Netuid::ROOT, Hotkey::AGGREGATE, Some(pool));
        Tao::ZERO
    } else {
        let cash = setup.chain.fund.as_ref().map_or(Tao::ZERO, |fund| fund.cash);
        if cash > Tao::ZERO {
            let pool = stakes.pool_mut(Netuid::ROOT, Hotkey::AGGREGATE);
            pool.add(Hotkey::AGGREGATE.fund(), Alpha::from_rao(cash.rao()));
        }
        setup.root_stake - inherited_root - cash
    };
    for (agent, tao) in std::iter::once((AgentId::ROOT_STAKERS, left))
        .chain(inheritances.iter().map(|(agent, inherited)| (*agent, inherited.root)))
        .filter(|&(_, tao)| tao > Tao::ZERO)
    {
        stakes.pool_mut(Netuid::ROOT, Hotkey(agent)).add(agent, Alpha::from_rao(tao.rao()));
    }
    for subnet in &setup.subnets {
        let mut left = subnet.claims();
        if let Some(fund) = &setup.chain.fund {
            left -= hold_for_fund(&mut stakes, fund, subnet, inheritances, setup.rules.share_precision);
        }
        for (agent, inherited) in inheritances {
            let alpha = inherited.alpha.iter().filter(|(netuid, _)| *netuid == subnet.netuid);
            for &(_, alpha) in alpha.filter(|(_, alpha)| *alpha > Alpha::ZERO) {
                left -= alpha;
                let hotkey = if subnet.detail.is_some() { Hotkey(*agent) } else { Hotkey::AGGREGATE };
                stakes.pool_mut(subnet.netuid, hotkey).add(*agent, alpha);
            }
        }
        if left > Alpha::ZERO {
            stakes.pool_mut(subnet.netuid, Hotkey::AGGREGATE).add(subnet.holder, left);
        }
        if subnet.carried.last_dividends != LastDividends::default() {
            stakes.resume_dividends(subnet.netuid, subnet.carried.last_dividends);
        }
        if let Some(owed) = subnet.carried.owed_to_root {
            stakes.resume_claims(subnet.netuid, owed);
        }
    }
    if let Some(fund) = &setup.chain.fund {
        stakes.resume_fund(fund);
    }
    if setup.rules.funds.dividends == RootDividends::FundShares {
        for subnet in &setup.subnets {
            stakes.funds_mut().enqueue(Hotkey::AGGREGATE, subnet.netuid, subnet.carried.root_claimable);
        }
    }
    let mut on_root = setup.root_stake - setup.chain.root_dividends + setup.chain.root_fees;
    for &(agent, tao) in root_stakes {
        on_root += tao;
        stakes.pool_mut(Netuid::ROOT, Hotkey(agent)).add(agent, Alpha::from_rao(tao.rao()));
    }
    (stakes, on_root)
}

/// Stakes what a fund holds on a subnet; with all other stake, if that is the holder's alone. Returns how much it was.
fn hold_for_fund(
    stakes: &mut Stakes,
    fund: &CarriedFund,
    subnet: &SubnetSetup,
    inheritances: &[(AgentId, Inheritance)],
    precision: Precision,
) -> Alpha {
    let netuid = subnet.netuid;
    let of_subnet = |inherited: &Inheritance| inherited.alpha.iter().any(|&(of, _)| of == netuid);
    let shared = subnet.detail.is_some() || inheritances.iter().any(|(_, inherited)| of_subnet(inherited));
    if let Some((_, pool)) = fund.pools.iter().find(|&&(of, _)| of == netuid && !shared) {
        let mut pool = pool.merged(|agent| if agent.is_fund() { agent } else { subnet.holder });
        pool.upgrade(precision);
        let all = pool.total();
        stakes.put_back(netuid, Hotkey::AGGREGATE, Some(pool));
        return all;
    }
    let held = fund.holdings.iter().find(|&&(of, _)| of == netuid).map_or(Alpha::ZERO, |&(_, alpha)| alpha);
    if held > Alpha::ZERO {
        stakes.pool_mut(netuid, Hotkey::AGGREGATE).add(Hotkey::AGGREGATE.fund(), held);
    }
    held
}

impl SubnetSetup {
    /// The subnet's state, with the neurons that were there before the first block.
    pub(super) fn state(
        &self,
        setup: &Setup,
        inheritances: &[(AgentId, Inheritance)],
        stakes: &Stakes,
    ) -> (Books, Inside) {
        let (netuid, now) = (self.netuid, setup.first_block);
        let settings = Settings {
            first_emission: self.carried.first_emission,
            tao: self.carried.tao,
            owner_cut: self.carried.owner_cut,
            weights: self.carried.weights,
            weights_changed: self.carried.weights_changed,
            ..Settings::dynamic(netuid, self.registered_at, self.tempo, now)
        };
        let books = Books {
            pool: self.pool,
            curve: self.carried.curve,
            alpha_out: self.alpha_out,
            moving_price: self.moving_price,
            pending: self.carried.pending,
            dust: self.carried.dust,
            protocol_alpha: self.carried.protocol_alpha,
            root_claimable: self.carried.root_claimable,
            flow: self.carried.flow,
            miner_burned: self.carried.miner_burned,
            lock: self.carried.lock,
            last_emission: self.carried.last_emission,
            fast_price: self.carried.fast_price,
            measured: self.carried.measured,
            ..Books::new(netuid, settings)
        };
        let Some(detail) = self.detail.clone() else {
            let owners_incentive = self.carried.owners_incentive;
            return (books, Inside::Aggregate { holder: self.holder, owners_incentive });
        };
        let neurons = inheritances
            .iter()
            .filter(|(_, inherited)| inherited.neurons.contains(&netuid))
            .map(|&(agent, _)| Hotkey(agent));
        let around = Surroundings { netuid, tempo: self.tempo, now, stakes, rules: &setup.rules };
        let mut roster = Box::new(Roster::new(detail, &setup.rules, now));
        roster.found(neurons, &around);
        (books, Inside::Detailed(roster))
    }
}

impl RootVotingSetup {
    pub(super) fn network(self, first_block: Block, emission: Tao) -> RootNetwork {
        let share = |part: Q32, locked| RootShare {
            emission: Tao::from_rao(part.mul(Q32::from_int(emission.rao())).floor()),
            pending: Tao::ZERO,
            locked,
        };
        RootNetwork {
            rules: self.rules,
            next_epoch: next_epoch(Netuid::ROOT, self.rules.tempo, first_block),
            subnets: self
                .subnets
                .into_iter()
                .map(|(netuid, part, lock)| (netuid, share(part, lock)))
                .collect(),
            emission,
            ..RootNetwork::idle()
        }
    }
}
