//! What root sets: tempos, the moving price's coefficient, the runtime.

use dtao_protocol::books::Switch;
use dtao_protocol::emission::Emission;
use dtao_protocol::era::{Migration, Spec};
use dtao_protocol::fixed::{Q32, Q64};
use dtao_protocol::genesis;
use dtao_protocol::pool::{Curve, CurveRule, Exchange, Mechanism};
use dtao_protocol::rules::RuleValues;
use dtao_protocol::settable::Settable;
use dtao_protocol::units::{Alpha, Netuid, RAO, Tao};

use crate::account::{AgentId, Authority};
use crate::call::{Outcome, Refusal};
use crate::ledger::Ledger;
use crate::ledger::root_voting::EVERY_SHARE;
use crate::measurement::forget;
use crate::root_network::RootNetwork;

impl Ledger<'_, '_> {
    pub(super) fn set_moving_alpha(&mut self, agent: AgentId, coefficient: Q32) -> Result<Outcome, Refusal> {
        self.as_root(agent)?;
        self.law.rules.moving_alpha = coefficient;
        Ok(Outcome::Done)
    }

    pub(super) fn set_rules(&mut self, agent: AgentId, values: &RuleValues) -> Result<Outcome, Refusal> {
        self.as_root(agent)?;
        let votes = values.emission.map(|emission| emission == Emission::RootVote);
        if votes.is_some_and(|votes| votes != self.root_votes()) {
            return Err(Refusal::RootVotesByRuntime);
        }
        let waited = self.law.rules.wait_for_start();
        self.law.rules.set(values);
        if !waited && self.law.rules.wait_for_start() {
            // As when start calls came: subnets that existed then were started.
            let first = self.clock.block + 1;
            for books in self.subnets.books_mut() {
                books.settings.first_emission.get_or_insert(first);
            }
        }
        self.take_over();
        Ok(Outcome::Done)
    }

    pub(super) fn set_tempo(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
        tempo: u16,
    ) -> Result<Outcome, Refusal> {
        self.as_root(agent)?;
        let from = self.clock.block + 1;
        self.subnets.set_tempo(netuid, tempo, from).ok_or(Refusal::NoSuchSubnet)?;
        Ok(Outcome::Done)
    }

    pub(super) fn set_emission(
        &mut self,
        agent: AgentId,
        netuid: Netuid,
        tao: Switch,
    ) -> Result<Outcome, Refusal> {
        self.as_root(agent)?;
        self.subnets.get_mut(netuid).ok_or(Refusal::NoSuchSubnet)?.settings.tao = tao;
        Ok(Outcome::Done)
    }

    pub(super) fn upgrade(&mut self, agent: AgentId, spec: Spec) -> Result<Outcome, Refusal> {
        self.as_root(agent)?;
        let now = self.law.spec;
        if spec <= now {
            return Err(Refusal::NotAnUpgrade);
        }
        for migration in self.law.rules.upgrade(now, spec) {
            match migration {
                Migration::DynamicTao => self.begin_dynamic_tao(),
                Migration::StartSubnets => self.start_subnets(),
                Migration::TaoDividendsEnd => self.forget_tao_dividends(),
                Migration::RootStakeCounted => self.count_root_stake(),
            }
        }
        self.take_over();
        self.law.spec = spec;
        Ok(Outcome::Done)
    }

    /// Lets what there is follow rules that have changed.
    fn take_over(&mut self) {
        self.stakes.upgrade(self.law.rules.share_precision);
        self.take_over_pools();
        self.fund_books().begin();
        let emission = self.law.rules.emission;
        // What no rule shares by begins anew when one does again.
        if self.law.rules.fast_step().is_none() {
            self.subnets.books_mut().iter_mut().for_each(|subnet| subnet.fast_price = Q64::ZERO);
        }
        if !emission.measures() {
            self.measurements.stop();
            forget(self.subnets.books_mut());
        }
    }

    /// Ends root voting: every subnet gets a pool of 1 TAO, from its lock or created, and 1 alpha; its last part
    /// of the emission becomes its moving price. Stake stays where it is, on root.
    ///
    /// What waits for epochs is left as it is, a number: it was TAO and will be paid as alpha, which `alpha_out` does not
    /// hold. Issuance is counted anew, from what accounts, pools and root hold: neither the TAO that waited nor what
    /// earlier epochs lost is part of it.
    ///
    /// Source: `subtensor:pallets/subtensor/src/migrations/migrate_rao.rs, migrate_init_total_issuance.rs` @ f95810a25
    fn begin_dynamic_tao(&mut self) {
        let network = std::mem::replace(&mut *self.network, RootNetwork::idle());
        for (netuid, share) in network.subnets {
            let launched = genesis::launch(Q32::ratio(share.emission.rao(), RAO));
            let lock = genesis::refund(share.locked);
            let books = self.subnets.get_mut(netuid).expect(EVERY_SHARE);
            books.pool = launched.pool;
            books.moving_price = launched.moving_price;
            let waiting = Alpha::from_rao(share.pending.rao());
            books.pending.emission += waiting;
            books.dust.unbacked += waiting;
            let owner = self.subnets.owner(netuid).expect(EVERY_SHARE);
            self.issuance.0 += lock.minted;
            self.wallet(owner).0 += lock.refund;
            self.issuance.0 -= share.pending;
        }
        self.issuance.0 -= std::mem::take(&mut self.root.undistributed);
    }

    /// TAO that waits for stakers on root becomes nobody's.
    ///
    /// Source: `subtensor:pallets/subtensor/src/migrations/migrate_remove_tao_dividends.rs` @ 6218ecc5c
    fn forget_tao_dividends(&mut self) {
        for books in self.subnets.books_mut() {
            books.pending.swapped = Alpha::ZERO;
            self.root.undistributed += std::mem::take(&mut books.pending.root_tao);
        }
    }

    /// Lets root's own account take in the stake on root that it had not counted. On the chain as much TAO is minted; here the
    /// stake was part of what exists all along, so it is set against that.
    ///
    /// Source: `subtensor:pallets/subtensor/src/migrations/migrate_fix_root_pot_shortfall.rs` (`RaoFoundation` @ bc15885b)
    fn count_root_stake(&mut self) {
        let staked = Tao::from_rao(self.stakes.total(Netuid::ROOT).rao());
        let uncounted = staked.saturating_sub(self.root.tao);
        self.root.tao += uncounted;
        self.issuance.0 += uncounted;
        self.tao_dust.doubled += uncounted;
    }

    /// Starts every subnet that exists, in the first block of the new runtime.
    ///
    /// Source: `subtensor:pallets/subtensor/src/migrations/migrate_set_first_emission_block_number.rs` @ 8de0d23ca
    fn start_subnets(&mut self) {
        let first = self.clock.block + 1;
        for books in self.subnets.books_mut() {
            books.settings.first_emission = Some(first);
        }
    }

    /// Puts every pool that is on another curve onto the one of the rules. A position over all prices is not begun here: a
    /// pool that was a product is one until somebody trades in it.
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/migrations/migrate_swapv3_to_balancer.rs` @ 14bc6f9f9,
    /// `impls.rs::maybe_initialize_v3` @ e9bbb6134
    fn take_over_pools(&mut self) {
        let rule = self.law.rules.pool.curve;
        for books in self.subnets.books_mut() {
            let begins = matches!(rule, CurveRule::V3(_)) && books.curve == Curve::ConstantProduct;
            if books.settings.mechanism == Mechanism::Dynamic && !begins {
                books.settle(Exchange::Dynamic(books.trading().under(rule)));
            }
        }
    }

    pub(super) fn is_root(&self, agent: AgentId) -> bool {
        self.as_root(agent).is_ok()
    }

    fn as_root(&self, agent: AgentId) -> Result<(), Refusal> {
        let (_, authority) =
            self.wallets.get(self.accounts.entity(agent)).expect("accounts are never removed");
        if *authority == Authority::Root { Ok(()) } else { Err(Refusal::BadOrigin) }
    }
}
