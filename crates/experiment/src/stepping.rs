//! A run that is made step by step, and in which whoever steps it acts.

use std::collections::BTreeMap;

use dtao_agents::script::ScriptedCall;
use dtao_engine::account::AgentId;
use dtao_engine::run::{Run, RunError};
use dtao_engine::view::View;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::run::{Options, builder, values};
use crate::scenario::Loaded;
use crate::tables::events::{ended, said};
use dtao_files::input::{InputError, Source, ron_file, suggest};

/// A run between two blocks. What nobody does to it comes to the same as [`crate::run::run`].
pub struct Stepped {
    run: Run,
    /// The scenario's last block.
    last: Block,
}

/// A subnet's pool, and what there is of its alpha.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolNow {
    /// The subnet.
    pub netuid: Netuid,
    /// The spot price, in TAO per alpha.
    pub price: f64,
    /// The moving price, in TAO per alpha.
    pub moving_price: f64,
    /// TAO in the pool.
    pub tao_in: Tao,
    /// Alpha in the pool.
    pub alpha_in: Alpha,
    /// Alpha outside the pool.
    pub alpha_out: Alpha,
}

/// An account, and what it has.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountNow {
    /// Free TAO.
    pub tao: Tao,
    /// What it has staked, by subnet and in the subnet's alpha; on root (0) it is TAO.
    pub stakes: BTreeMap<Netuid, Alpha>,
}

/// What became of a call of the last block, or of a registration that had waited.
#[derive(Clone, Debug, PartialEq)]
pub struct CallNow {
    /// The caller's group.
    pub group: String,
    /// Its place in the group, from 0.
    pub place: u32,
    /// What became of it, in a word, as in `events.csv`.
    pub event: &'static str,
    /// The first subnet that it names; of a registration that had waited, the new one.
    pub netuid: Option<Netuid>,
    /// Rao of TAO.
    pub tao_rao: Option<u64>,
    /// Rao of alpha.
    pub alpha_rao: Option<u64>,
    /// More: why it was refused, what it set.
    pub detail: String,
}

impl Stepped {
    /// A scenario before its first block.
    #[must_use]
    pub fn of(loaded: &Loaded, options: Options) -> Self {
        Self { run: builder(loaded, options).build(), last: loaded.last_block() }
    }

    /// The last block made; before the first, the one before it.
    #[must_use]
    pub fn block(&self) -> Block {
        self.run.block()
    }

    /// How many of the scenario's blocks are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.last.since(self.block())
    }

    /// Makes blocks; there may be more than the scenario has.
    ///
    /// # Errors
    /// If the books do not close.
    pub fn step(&mut self, blocks: u64) -> Result<(), RunError> {
        self.run.advance(blocks)
    }

    /// The pools of all subnets, in the order of their numbers.
    pub fn pools(&mut self) -> Vec<PoolNow> {
        let view = self.run.view();
        let pool = |books: &dtao_protocol::books::Books| PoolNow {
            netuid: books.netuid,
            price: books.price(),
            moving_price: books.moving_price.to_f64(),
            tao_in: books.pool.tao,
            alpha_in: books.pool.alpha,
            alpha_out: books.alpha_out,
        };
        view.subnets().map(pool).collect()
    }

    /// The names of the groups.
    pub fn groups(&mut self) -> Vec<String> {
        self.run.view().groups().to_vec()
    }

    /// What an account of a group has.
    ///
    /// # Errors
    /// If there is no such account.
    pub fn account(&mut self, group: &str, place: u32) -> Result<AccountNow, InputError> {
        let view = self.run.view();
        let agent = account(&view, group, place)?;
        let netuids = std::iter::once(Netuid::ROOT).chain(view.netuids());
        let stakes = netuids.map(|netuid| (netuid, view.stake(agent, netuid)));
        Ok(AccountNow {
            tao: view.balance(agent),
            stakes: stakes.filter(|&(_, alpha)| alpha > Alpha::ZERO).collect(),
        })
    }

    /// Submits a call of an account for the next block, written as in a `Script`: `Stake(netuid: 1, tao: "10 TAO")`.
    ///
    /// # Errors
    /// If there is no such account, or the text is no call.
    pub fn submit(&mut self, group: &str, place: u32, call: &str) -> Result<(), InputError> {
        let source = Source::new("call", call);
        let scripted: ScriptedCall = ron_file::parse(&source)?;
        if let Some(fault) = scripted.fault() {
            return Err(InputError::at(&source, "", fault, None));
        }
        let view = self.run.view();
        let agent = account(&view, group, place)?;
        let call = scripted.call(&view, agent);
        self.run.submit(agent, call);
        Ok(())
    }

    /// What became of the calls of the last block in which there were any, and of registrations that had waited until then.
    pub fn calls(&mut self) -> Vec<CallNow> {
        let view = self.run.view();
        let call = |receipt: &dtao_engine::call::Receipt| {
            let account = view.account(receipt.agent);
            let (event, [tao_rao, alpha_rao], detail) = said(receipt);
            CallNow {
                group: view.groups()[usize::from(account.group.0)].clone(),
                place: account.place,
                event,
                netuid: receipt.call.netuids().next(),
                tao_rao,
                alpha_rao,
                detail,
            }
        };
        let settled = |settlement: &dtao_engine::call::Settlement| {
            let account = view.account(settlement.agent);
            let (event, netuid, tao, detail) = ended(settlement);
            CallNow {
                group: view.groups()[usize::from(account.group.0)].clone(),
                place: account.place,
                event,
                netuid,
                tao_rao: Some(tao.rao()),
                alpha_rao: None,
                detail,
            }
        };
        let calls = view.receipts().iter().map(call);
        calls.chain(view.settlements().iter().map(settled)).collect()
    }

    /// Ends the run: the scenario's metrics, none of what it did not reach.
    ///
    /// # Errors
    /// If an observer lost what it saw.
    pub fn finish(self) -> Result<BTreeMap<String, Option<f64>>, RunError> {
        Ok(values(self.run.finish()?))
    }
}

/// An account by its group's name and its place in it.
fn account(view: &View, group: &str, place: u32) -> Result<AgentId, InputError> {
    view.member(group, place).ok_or_else(|| {
        let (message, help) = if view.group(group).is_some() {
            let message = format!("the group `{group}` has no account {place}");
            (message, Some("accounts are counted from 0".into()))
        } else {
            (format!("there is no group `{group}`"), suggest(group, view.groups(), "groups"))
        };
        InputError::at(&Source::new("call", ""), "", message, help)
    })
}
