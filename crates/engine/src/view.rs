//! What can be seen from outside: public state, read only.
//!
//! Agents decide on it, and observers report from it. In the deciding phases it is the state that the
//! previous block left.

mod member;
mod registrations;

use std::collections::BTreeMap;

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use dtao_protocol::books::{Books, SubnetEmission};
use dtao_protocol::coinbase::{self, BlockTerms, Chain, RootClaims, block, root_proportion, subnet_emission};
use dtao_protocol::conviction::Lock;
use dtao_protocol::emission;
use dtao_protocol::fixed::{Q32, Q64};
use dtao_protocol::halving::tao_emission;
use dtao_protocol::pool::Reserves;
use dtao_protocol::rules::coinbase::RootPart;
use dtao_protocol::rules::{Emitting, Rules};
use dtao_protocol::schedule::EpochClock;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::account::{Accounts, AgentId, GroupId, Hotkey, Wallet};
use crate::call::{EpochReceipt, Receipt};
use crate::carried::CarriedChain;
use crate::chain::{BlockEmission, Earned, Issuance, LastRegistration, Law, PoolFees, Root, TaoDust};
use crate::clock::Clock;
use crate::collateral::Collaterals;
use crate::fund_valuation::FundValuation;
use crate::funds::Funds;
use crate::locks::{Locks, lock_terms};
use crate::outbox::Followed;
use crate::receipts::Receipts;
use crate::registration_queue::RegistrationQueue;
use crate::root_network::RootNetwork;
use crate::roster::Roster;
use crate::stakes::Stakes;
use crate::subnet::Subnets;

/// Public state, read only.
#[derive(SystemParam)]
pub struct View<'w, 's> {
    clock: Res<'w, Clock>,
    law: Res<'w, Law>,
    issuance: Res<'w, Issuance>,
    emission: Res<'w, BlockEmission>,
    root: Res<'w, Root>,
    fees: Res<'w, PoolFees>,
    tao_dust: Res<'w, TaoDust>,
    stakes: Res<'w, Stakes>,
    accounts: Res<'w, Accounts>,
    subnets: Res<'w, Subnets>,
    receipts: Res<'w, Receipts>,
    last_registration: Res<'w, LastRegistration>,
    queue: Res<'w, RegistrationQueue>,
    network: Res<'w, RootNetwork>,
    locks: Res<'w, Locks>,
    collaterals: Res<'w, Collaterals>,
    followed: Res<'w, Followed>,
    wallets: Query<'w, 's, (&'static Wallet, &'static Earned, &'static GroupId)>,
}

/// What an account has.
#[derive(Clone, Copy, Debug)]
pub struct AccountState {
    /// Its number.
    pub agent: AgentId,
    /// Its group.
    pub group: GroupId,
    /// Its place in the group, from 0.
    pub place: u32,
    /// Free TAO; not what is set aside for a registration that waits.
    pub tao: Tao,
    /// What it has earned from emission, in TAO at the time.
    pub earned: Tao,
}

impl View<'_, '_> {
    /// The block that is being made.
    #[must_use]
    pub fn block(&self) -> Block {
        self.clock.block
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.law.rules
    }

    /// The runtime in force.
    #[must_use]
    pub fn law(&self) -> Law {
        *self.law
    }

    /// All TAO that exists.
    #[must_use]
    pub fn issuance(&self) -> Tao {
        self.issuance.tao()
    }

    /// `SubnetTAO` of root.
    #[must_use]
    pub fn root_tao(&self) -> Tao {
        self.root.tao()
    }

    /// Root as a network that votes; idle under dynamic TAO.
    #[must_use]
    pub fn root_network(&self) -> &RootNetwork {
        &self.network
    }

    /// Those who may vote on root, each with all stake on it, most first.
    #[must_use]
    pub fn root_seats(&self) -> Vec<(Hotkey, Tao)> {
        self.stakes.seats()
    }

    /// TAO that the last executed block shared among subnets: what each one's share is a share of. It need not be what
    /// the next block will share, since a halving comes between two blocks.
    #[must_use]
    pub fn block_emission(&self) -> Tao {
        self.emission.tao()
    }

    pub(crate) fn stakes(&self) -> &Stakes {
        &self.stakes
    }

    /// The part of the incentive that the owner's neurons take of a subnet in aggregate; zero of any other.
    #[must_use]
    pub fn owners_incentive(&self, netuid: Netuid) -> Q32 {
        self.subnets.owners_incentive(netuid)
    }

    /// Where a subnet stands between two epochs, under a dynamic tempo.
    #[must_use]
    pub fn epoch_clock(&self, netuid: Netuid) -> Option<EpochClock> {
        self.subnets.clock(netuid)
    }

    /// What the chain keeps beside its subnets, except how root's account differs from the stake there.
    pub(crate) fn carried_chain(&self) -> CarriedChain {
        CarriedChain {
            gate_bar: self.emission.gate_bar,
            uncounted: self.tao_dust.uncounted,
            uncounted_buys: self.tao_dust.chain_buys,
            fund: self.stakes.fund_as_one(self.law.rules.funds.dividends),
            root_pool: self.stakes.root_as_one(),
            queue: self.queue.carried(|agent| self.wallet(agent)),
            ..CarriedChain::default()
        }
    }

    /// One subnet, if it exists.
    #[must_use]
    pub fn subnet(&self, netuid: Netuid) -> Option<&Books> {
        self.subnets.get(netuid)
    }

    /// One subnet's reserves, if it exists. On the later curves their ratio is not the price: see [`View::price`].
    #[must_use]
    pub fn pool(&self, netuid: Netuid) -> Option<Reserves> {
        self.subnets.get(netuid).map(|subnet| subnet.pool)
    }

    /// The price of one subnet's alpha in TAO, if it exists.
    #[must_use]
    pub fn price(&self, netuid: Netuid) -> Option<f64> {
        self.subnets.get(netuid).map(Books::price)
    }

    /// What a sale of alpha would fetch now, in one trade that pays the fees; nothing from a pool that would refuse it.
    #[must_use]
    pub fn liquidation(&self, subnet: &Books, alpha: Alpha) -> Tao {
        let sale = subnet.trading().sell_now(self.law.rules.pool, alpha);
        let paid = sale.unwrap_or(Tao::ZERO);
        paid - self.law.rules.staking_fee.min(paid)
    }

    /// TAO that the authors of blocks have been paid in fees.
    #[must_use]
    pub fn author_fees(&self) -> Tao {
        self.fees.author()
    }

    /// The account that owns a subnet, if it exists; what an aggregate subnet's participants earn is this account's.
    #[must_use]
    pub fn subnet_owner(&self, netuid: Netuid) -> Option<AgentId> {
        self.subnets.owner(netuid)
    }

    /// All subnets' numbers, in order.
    #[must_use]
    pub fn netuids(&self) -> impl ExactSizeIterator<Item = Netuid> + '_ {
        self.subnets.netuids()
    }

    /// All subnets, in netuid order.
    pub fn subnets(&self) -> std::slice::Iter<'_, Books> {
        self.subnets.books().iter()
    }

    /// What the calls of the last executed block came to.
    #[must_use]
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts.calls
    }

    /// What the epochs of the last executed block paid.
    #[must_use]
    pub fn epochs(&self) -> &[EpochReceipt] {
        &self.receipts.epochs
    }

    /// What each account's stake on a subnet is worth, in the subnet's alpha, by hotkey and by number; without that of funds.
    pub fn stakers(&self, netuid: Netuid) -> impl Iterator<Item = (AgentId, Alpha)> + '_ {
        self.stakes.on(netuid).flat_map(|(_, pool)| pool.values()).filter(|(agent, _)| !agent.is_fund())
    }

    /// An account's free TAO.
    #[must_use]
    pub fn balance(&self, agent: AgentId) -> Tao {
        self.account(agent).tao
    }

    /// What an account can pay: its free TAO less the 500 rao that keep it alive, where nothing frozen does.
    #[must_use]
    pub fn spendable(&self, agent: AgentId) -> Tao {
        let wallet = self.wallet(agent);
        self.queue.payable(agent, wallet, wallet)
    }

    /// An account's TAO with what is frozen.
    fn wallet(&self, agent: AgentId) -> Tao {
        let (wallet, ..) = self.wallets.get(self.accounts.entity(agent)).expect("accounts are never removed");
        wallet.tao()
    }

    /// What an account's stake is worth, in the subnet's alpha (TAO on root).
    #[must_use]
    pub fn stake(&self, agent: AgentId, netuid: Netuid) -> Alpha {
        self.stakes.value(netuid, agent)
    }

    /// What an account has locked in a subnet now, and the hotkey that it is in favour of.
    #[must_use]
    pub fn lock(&self, agent: AgentId, netuid: Netuid) -> Option<(Hotkey, Lock)> {
        let terms = lock_terms(&self.law.rules, &self.subnets, netuid, self.clock.block);
        self.locks.lock_of(agent, netuid, terms)
    }

    /// The conviction of each hotkey in favour of which alpha of a subnet is locked.
    #[must_use]
    pub fn convictions(&self, netuid: Netuid) -> BTreeMap<Hotkey, Q64> {
        let terms = lock_terms(&self.law.rules, &self.subnets, netuid, self.clock.block);
        self.locks.convictions(netuid, terms)
    }

    /// Alpha of a subnet that an account is owed for its stake on root and that has not been claimed, whatever the hotkey.
    #[must_use]
    pub fn claimable(&self, agent: AgentId, netuid: Netuid) -> Alpha {
        let hotkeys = self.stakes.hotkeys_with_claims();
        hotkeys.map(|hotkey| self.stakes.owed(netuid, hotkey, agent)).sum()
    }

    /// Shares of hotkeys' funds, and dividends that wait to enter them.
    #[must_use]
    pub fn funds(&self) -> &Funds {
        self.stakes.funds()
    }

    /// Shares of a hotkey's fund that an account is owed and has not claimed.
    #[must_use]
    pub fn fund_shares(&self, agent: AgentId, hotkey: Hotkey) -> u64 {
        self.stakes.fund_shares(hotkey, agent)
    }

    /// What a hotkey's fund holds of a subnet, in alpha; TAO on root.
    #[must_use]
    pub fn fund_holds(&self, hotkey: Hotkey, netuid: Netuid) -> Alpha {
        self.fund_values().held(netuid, hotkey)
    }

    /// What a hotkey's fund is worth: what each of its holdings would be sold for by itself, without a fee.
    #[must_use]
    pub fn fund_value(&self, hotkey: Hotkey) -> Tao {
        self.fund_values().value(hotkey)
    }

    /// What an account would be paid that claimed of a hotkey's fund now, before what waits for the fund enters it.
    #[must_use]
    pub fn fund_claim(&self, agent: AgentId, hotkey: Hotkey) -> Tao {
        self.fund_values().claim(hotkey, agent).map_or(Tao::ZERO, |claimable| claimable.claim.paid())
    }

    fn fund_values(&self) -> FundValuation<'_> {
        FundValuation { rules: &self.law.rules, stakes: &self.stakes, subnets: &self.subnets }
    }

    /// All that is staked on a subnet's validators.
    #[must_use]
    pub fn staked(&self, netuid: Netuid) -> Alpha {
        self.stakes.on(netuid).map(|(_, pool)| pool.total()).sum()
    }

    /// What an account's stake on one validator is worth.
    #[must_use]
    pub fn stake_on(&self, agent: AgentId, netuid: Netuid, hotkey: Hotkey) -> Alpha {
        self.stakes.pool(netuid, hotkey).map_or(Alpha::ZERO, |pool| pool.value(&agent))
    }

    /// All that is staked on one validator.
    #[must_use]
    pub fn staked_on(&self, netuid: Netuid, hotkey: Hotkey) -> Alpha {
        self.stakes.staked_on(netuid, hotkey)
    }

    /// The neurons of a subnet, if it is simulated in detail.
    #[must_use]
    pub fn roster(&self, netuid: Netuid) -> Option<&Roster> {
        self.subnets.roster(netuid)
    }

    /// One account.
    #[must_use]
    pub fn account(&self, agent: AgentId) -> AccountState {
        let (wallet, earned, &group) =
            self.wallets.get(self.accounts.entity(agent)).expect("accounts are never removed");
        let place = self.accounts.place(agent);
        let tao = wallet.tao().saturating_sub(self.queue.frozen(agent));
        AccountState { agent, group, place, tao, earned: earned.tao() }
    }

    /// All accounts, by number.
    #[must_use]
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = AccountState> + '_ {
        (0..self.accounts.len() as u32).map(|agent| self.account(AgentId(agent)))
    }

    /// Names of the groups of accounts, by number.
    #[must_use]
    pub fn groups(&self) -> &[String] {
        self.accounts.groups()
    }

    /// rho of a subnet: which part of its validating stake is root's.
    #[must_use]
    pub fn root_proportion(&self, subnet: &Books) -> Q32 {
        root_proportion(BlockTerms::root_weight(self.root.tao, self.law.rules.tao_weight), subnet.issuance())
    }

    /// TAO that the last block set apart for those who stake on root, in whole TAO: what was sold for them, or is theirs
    /// to claim at the price now.
    #[must_use]
    pub fn root_income(&self) -> f64 {
        let rules = &self.law.rules;
        let claimed = match rules.coinbase.root_part {
            RootPart::ClaimableUnlessSubsidised => true,
            RootPart::ClaimableOrLeft | RootPart::ClaimableOrRecycled => {
                coinbase::claims(rules, self.subnets.books()) == RootClaims::Open
            }
            _ => false,
        };
        let income = |subnet: &Books| {
            let sold = subnet.emitted.root_tao.map_or(0.0, Tao::to_f64);
            if claimed { subnet.emitted.root_alpha.to_f64() * subnet.spot_price().to_f64() } else { sold }
        };
        self.subnets.books().iter().map(income).sum()
    }

    /// Each subnet's share of a block's TAO by the state now, from 0 to 1, in netuid order.
    pub fn shares(&self) -> impl Iterator<Item = (Netuid, f64)> + '_ {
        let weights = self.weights();
        let total = emission::total(&weights).to_f64();
        let share = move |weight: Q32| if total > 0.0 { weight.to_f64() / total } else { 0.0 };
        self.subnets.books().iter().zip(weights).map(move |(subnet, weight)| (subnet.netuid, share(weight)))
    }

    fn weights(&self) -> Vec<Q32> {
        let mut weights = Vec::new();
        coinbase::weights(&self.law.rules, &self.chain(), self.subnets.books(), &mut weights);
        weights
    }

    /// What a coinbase reads besides the books of all subnets, at the block that the clock shows.
    #[must_use]
    pub fn chain(&self) -> Chain {
        Chain {
            block: self.block(),
            emission: tao_emission(self.issuance.tao()),
            root_tao: self.root.tao,
            gate_bar: self.emission.gate_bar,
        }
    }

    /// What the coinbase of the block being made will do to every subnet. The rule is public and the state
    /// is too, so any account can work it out.
    #[must_use]
    pub fn foresee(&self) -> Foresight<'_> {
        let (chain, books) = (self.chain(), self.subnets.books());
        let ahead = if coinbase::is_launch(&self.law.rules) {
            let weights = self.weights();
            Ahead::Launch(BlockTerms::of(&self.law.rules, &chain, &weights), weights)
        } else {
            let mut ahead = books.to_vec();
            block(&self.law.rules, &chain, &mut ahead, &mut Vec::new());
            Ahead::Later(ahead)
        };
        Foresight { subnets: &self.subnets, emitting: self.law.rules.emitting, ahead }
    }
}

/// The coming coinbase, worked out from public state.
pub struct Foresight<'v> {
    subnets: &'v Subnets,
    emitting: Emitting,
    ahead: Ahead,
}

/// How a coming coinbase is worked out.
enum Ahead {
    /// At launch subnet by subnet, by its weight in the block's emission, in netuid order.
    Launch(BlockTerms, Vec<Q32>),
    /// Later for all subnets at once: their books afterwards, in netuid order.
    Later(Vec<Books>),
}

impl Foresight<'_> {
    /// What a subnet receives, and its reserves after that and before any call.
    #[must_use]
    pub fn emission(&self, netuid: Netuid) -> Option<SubnetEmission> {
        let place = self.subnets.position(netuid)?;
        Some(match &self.ahead {
            Ahead::Launch(terms, weights) => {
                let books = &self.subnets.books()[place];
                if coinbase::emits(self.emitting, books) {
                    subnet_emission(terms, books, weights[place])
                } else {
                    SubnetEmission::nothing(books)
                }
            }
            Ahead::Later(books) => books[place].emitted,
        })
    }
}
