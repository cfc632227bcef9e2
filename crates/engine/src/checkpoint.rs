//! The state of the chain between two blocks, for another run to begin with.
//!
//! What accounts own is not in it: all stake on a subnet is one amount, all stake on root another, and so is what stakers on root
//! are owed of a subnet's alpha. Who owned them, and free TAO, belongs to the run that is left; the run that begins says who owns
//! them now.

use dtao_protocol::emission::Emission;
use dtao_protocol::era::Spec;
use dtao_protocol::registration::LastLock;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Block, Netuid, Tao};

use crate::account::{AgentId, Hotkey};
use crate::run::{Carried, CarriedChain, Run, SubnetSetup};

/// The state of the chain between two blocks, under dynamic TAO.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The last block made.
    pub block: Block,
    /// The runtime in force.
    pub spec: Spec,
    /// Its rules, with what root has set.
    pub rules: Rules,
    /// All TAO that exists, what accounts own included.
    pub issuance: Tao,
    /// TAO that may be claimed on root.
    pub root_stake: Tao,
    /// What else there is of the chain itself.
    pub chain: CarriedChain,
    /// The last registration of a subnet.
    pub last_registration: LastLock,
    /// The subnets, all in aggregate and held by [`AgentId::ROOT_STAKERS`].
    pub subnets: Vec<SubnetSetup>,
}

impl Run {
    /// The state now; nothing under root voting, where there are no pools yet.
    pub fn checkpoint(&mut self) -> Option<Checkpoint> {
        let block = self.block();
        let view = self.view();
        let law = view.law();
        if law.rules.emission == Emission::RootVote {
            return None;
        }
        let root_stake = Tao::from_rao(view.staked(Netuid::ROOT).rao());
        let subnets = view
            .subnets()
            .map(|subnet| SubnetSetup {
                netuid: subnet.netuid,
                pool: subnet.pool,
                alpha_out: subnet.alpha_out,
                moving_price: subnet.moving_price,
                tempo: subnet.settings.tempo,
                registered_at: subnet.settings.registered_at,
                holder: AgentId::ROOT_STAKERS,
                detail: None,
                carried: Carried {
                    pending: subnet.pending,
                    dust: subnet.dust,
                    first_emission: subnet.settings.first_emission,
                    curve: subnet.curve,
                    protocol_alpha: subnet.protocol_alpha,
                    root_claimable: subnet.root_claimable,
                    flow: subnet.flow,
                    miner_burned: subnet.miner_burned,
                    owners_incentive: view.owners_incentive(subnet.netuid),
                    lock: subnet.lock,
                    last_emission: subnet.last_emission,
                    owed_to_root: view.stakes().owed_to_root(subnet.netuid),
                    last_dividends: view.stakes().last_dividends(subnet.netuid, Hotkey::AGGREGATE),
                    clock: view.epoch_clock(subnet.netuid),
                    tao: subnet.settings.tao,
                    owner_cut: subnet.settings.owner_cut,
                    weights: subnet.settings.weights,
                    weights_changed: subnet.settings.weights_changed,
                    fast_price: subnet.fast_price,
                    measured: subnet.measured,
                },
            })
            .collect();
        Some(Checkpoint {
            block,
            spec: law.spec,
            rules: law.rules,
            issuance: view.issuance(),
            root_stake,
            chain: CarriedChain {
                root_dividends: root_stake.saturating_sub(view.root_tao()),
                root_fees: view.root_tao().saturating_sub(root_stake),
                ..view.carried_chain()
            },
            last_registration: view.last_registration().0,
            subnets,
        })
    }
}
