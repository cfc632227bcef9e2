//! Submits given calls at given blocks: for root's decisions, for upgrades, and for what is known from history.
//!
//! Whatever an account can call can be written: [`ScriptedCall`].

mod names;
mod scripted_call;
mod size;
mod who;

use bevy_ecs::prelude::Component;
use dtao_catalogue::moment::Moment;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

pub use self::scripted_call::{ScriptedCall, ScriptedTrade};
pub use self::size::{Fraction, NotAFraction, Size};
pub use self::who::Who;
use crate::priors::priors;
use crate::{ParameterError, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "submits given calls at given blocks: root's decisions, upgrades, known history";

/// Submits given calls at given blocks.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The calls, each with its block, in the order of blocks.
    pub calls: Vec<Line>,
    #[serde(skip)]
    done: usize,
}

/// A call and its block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The block that the call is to be executed in.
    pub block: Block,
    /// The call.
    pub call: ScriptedCall,
}

impl Script {
    /// The calls, before the first block.
    #[must_use]
    pub const fn new(calls: Vec<Line>) -> Self {
        Self { calls, done: 0 }
    }
}

priors!(Script {} besides { calls, done });

impl Parameters for Script {
    fn check(&self) -> Result<(), ParameterError> {
        let refuse = |message| Err(ParameterError { field: "calls", message });
        for pair in self.calls.windows(2) {
            if pair[1].block < pair[0].block {
                return refuse(format!(
                    "calls must be in the order of blocks, but block {} comes after {}",
                    pair[1].block, pair[0].block
                ));
            }
        }
        for (index, line) in self.calls.iter().enumerate() {
            if let Some(fault) = line.call.fault() {
                return refuse(format!("calls[{index}]: {fault}"));
            }
        }
        Ok(())
    }

    fn moments(&self) -> Vec<Moment> {
        let lines = self.calls.iter().enumerate();
        lines.map(|(index, line)| Moment::at(format!("calls[{index}].block"), line.block)).collect()
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        let named = self.each(ScriptedCall::netuids);
        named.filter(|&(_, netuid)| netuid != Netuid::ROOT).collect()
    }

    fn detailed(&self) -> Vec<(String, Netuid)> {
        self.each(|call| call.detailed().into_iter().collect()).collect()
    }

    fn groups(&self) -> Vec<(String, String)> {
        self.each(ScriptedCall::groups).map(|(field, group)| (field, group.to_owned())).collect()
    }

    fn members(&self) -> Vec<(String, (String, u32))> {
        let owned = |(group, number): (&str, u32)| (group.to_owned(), number);
        self.each(ScriptedCall::members).map(|(field, named)| (field, owned(named))).collect()
    }

    fn registrations(&self) -> usize {
        self.calls.iter().filter(|line| line.call == ScriptedCall::RegisterSubnet).count()
    }
}

impl Strategy for Script {
    fn start(&mut self, _: &View, me: &mut Actor) {
        self.sleep(me);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        while let Some(line) = self.calls.get(self.done).filter(|line| line.block <= view.block()) {
            // A line before the run's first block is history that this run does not repeat.
            if line.block == view.block() {
                me.submit(line.call.call(view, me.id));
            }
            self.done += 1;
        }
        self.sleep(me);
    }
}

impl Script {
    /// What the calls name, each with its field.
    fn each<'a, T: 'a>(
        &'a self,
        named: impl Fn(&'a ScriptedCall) -> Vec<T> + 'a,
    ) -> impl Iterator<Item = (String, T)> + 'a {
        self.calls.iter().enumerate().flat_map(move |(index, line)| {
            named(&line.call).into_iter().map(move |named| (format!("calls[{index}].call"), named))
        })
    }

    fn sleep(&self, me: &mut Actor) {
        if let Some(next) = self.calls.get(self.done) {
            me.wake_at(next.block);
        }
    }
}

#[cfg(test)]
mod tests {
    use dtao_engine::account::{AgentId, Hotkey};
    use dtao_engine::call::{Call, Fill, FundTrade, Limit};
    use dtao_protocol::books::Switch;
    use dtao_protocol::drain::Proportion;
    use dtao_protocol::emission_weights::WeightsChange;
    use dtao_protocol::era::Spec;
    use dtao_protocol::units::{Alpha, RAO, Tao};
    use dtao_protocol::yuma::Uid;

    use super::*;
    use crate::testing::Market;

    const SUBNET: Netuid = Netuid(1);
    /// The market's agent.
    const ME: AgentId = AgentId(2);

    fn lines(calls: impl IntoIterator<Item = (u64, ScriptedCall)>) -> Script {
        Script::new(calls.into_iter().map(|(block, call)| Line { block: Block(block), call }).collect())
    }

    fn submitted(calls: impl IntoIterator<Item = (u64, ScriptedCall)>) -> Vec<Call> {
        Market::quiet().calls_of(lines(calls), 20).into_iter().map(|(_, call)| call).collect()
    }

    fn fraction(text: &str) -> Fraction {
        text.parse().expect("a fraction")
    }

    #[test]
    fn every_call_is_submitted_at_its_block() {
        let upgrade = |spec: u16| ScriptedCall::Upgrade(spec.try_into().expect("a launch revision"));
        let script = lines([(5, upgrade(238)), (5, upgrade(240)), (9, upgrade(244))]);
        let calls = Market::quiet().calls_of(script, 20);
        let blocks: Vec<_> = calls.iter().map(|&(block, _)| block.0).collect();
        assert_eq!(blocks, [5, 5, 9]);
        assert_eq!(calls[2].1, Call::Upgrade { spec: Spec::known(244) });
    }

    #[test]
    fn a_vote_names_subnets_and_is_submitted_as_it_is_written() {
        let weights = vec![(SUBNET, 3), (Netuid::ROOT, 1)];
        let script = lines([(5, ScriptedCall::SetRootWeights(weights.clone()))]);
        assert_eq!(script.netuids(), [("calls[0].call".into(), SUBNET)]);
        let calls = Market::voting().calls_of(script, 20);
        assert_eq!(calls, [(Block(5), Call::SetRootWeights { weights: weights.into() })]);
    }

    #[test]
    fn an_order_says_its_limit_and_whether_part_of_it_will_do() {
        let price = Tao::from_rao(RAO / 2);
        for (allow_partial, fill) in
            [(None, Fill::Partial), (Some(true), Fill::Partial), (Some(false), Fill::Whole)]
        {
            let limit = Some(Limit { price, fill });
            let (tao, alpha) = (Tao::from_rao(RAO), Alpha::from_rao(RAO));
            let (whole_tao, whole_alpha) = (Size::Amount(tao), Size::Amount(alpha));
            let (netuid, hotkey) = (SUBNET, Hotkey(ME));
            let calls = submitted([
                (
                    1,
                    ScriptedCall::Stake {
                        netuid,
                        tao: whole_tao,
                        hotkey: Who::Own,
                        limit: Some(price),
                        allow_partial,
                    },
                ),
                (
                    1,
                    ScriptedCall::Unstake {
                        netuid,
                        alpha: whole_alpha,
                        hotkey: Who::Own,
                        limit: Some(price),
                        allow_partial,
                    },
                ),
                (
                    1,
                    ScriptedCall::SwapStake {
                        from: netuid,
                        to: Netuid::ROOT,
                        alpha: whole_alpha,
                        hotkey: Who::Own,
                        limit: Some(0.5),
                        allow_partial,
                    },
                ),
            ]);
            assert_eq!(
                calls,
                [
                    Call::Stake { netuid, hotkey, tao, limit },
                    Call::Unstake { netuid, hotkey, alpha, limit },
                    Call::SwapStake { from: netuid, to: Netuid::ROOT, hotkey, alpha, limit },
                ]
            );
        }
    }

    #[test]
    fn fractions_are_of_what_the_account_has_after_the_block_before() {
        let netuid = SUBNET;
        let sell = |text: &str| ScriptedCall::Unstake {
            netuid,
            alpha: Size::Fraction(fraction(text)),
            hotkey: Who::Aggregate,
            limit: None,
            allow_partial: None,
        };
        let buy = |text: &str| ScriptedCall::Stake {
            netuid,
            tao: Size::Fraction(fraction(text)),
            hotkey: Who::Aggregate,
            limit: None,
            allow_partial: None,
        };
        let calls = submitted([
            // Nothing is held yet when both are decided on.
            (2, buy("half")),
            (2, sell("all")),
            (3, sell("25 %")),
            (4, sell("all")),
            (5, sell("all")),
            (6, buy("All")),
        ]);
        let bought = |call: &Call| match call {
            Call::Stake { tao, .. } => tao.rao(),
            other => panic!("{other:?}"),
        };
        let sold = |call: &Call| match call {
            Call::Unstake { alpha, .. } => alpha.rao(),
            other => panic!("{other:?}"),
        };
        assert_eq!(bought(&calls[0]), 5_000 * RAO);
        assert_eq!(sold(&calls[1]), 0);
        let quarter = sold(&calls[2]);
        assert!(quarter > 0 && sold(&calls[3]).abs_diff(3 * quarter) <= 3, "{calls:?}");
        assert_eq!(sold(&calls[4]), 0, "all was sold");
        assert!(bought(&calls[5]) > 9_900 * RAO);
    }

    #[test]
    fn whatever_else_an_account_can_call_is_submitted_as_it_is_written() {
        let (netuid, alpha) = (SUBNET, Alpha::from_rao(7));
        let (from, to) = (netuid, Netuid::ROOT);
        let [own, aggregate] = [Hotkey(ME), Hotkey::AGGREGATE];
        let first = Who::Of("agents".into());
        let second = Who::Nth("agents".into(), 1);
        let third = Who::Nth("agents".into(), 2);
        let calls = submitted([
            (1, ScriptedCall::UnstakeAll { hotkey: Who::Own }),
            (1, ScriptedCall::UnstakeAllAlpha { hotkey: Who::Aggregate }),
            (
                1,
                ScriptedCall::MoveStake {
                    from,
                    to,
                    from_hotkey: first.clone(),
                    to_hotkey: second,
                    alpha: Size::Amount(alpha),
                },
            ),
            (
                1,
                ScriptedCall::TransferStake {
                    from,
                    to,
                    receiver: first.clone(),
                    alpha: Size::Amount(alpha),
                    hotkey: Who::Aggregate,
                },
            ),
            (
                1,
                ScriptedCall::TransferStake {
                    from,
                    to,
                    receiver: third,
                    alpha: Size::Amount(alpha),
                    hotkey: Who::Own,
                },
            ),
            (1, ScriptedCall::RegisterSubnet),
            (1, ScriptedCall::RegisterNeuron { netuid }),
            (1, ScriptedCall::SetWeights { netuid, weights: vec![(Uid(0), 3)] }),
            (1, ScriptedCall::SetChildren { netuid, children: vec![(first, fraction("half"))] }),
            (1, ScriptedCall::SetTempo { netuid, tempo: 5 }),
            (1, ScriptedCall::SetEmission { netuid, tao: Switch::Off }),
            (1, ScriptedCall::ClaimFunds { hotkey: Some(Who::Aggregate) }),
            (1, ScriptedCall::ClaimFunds { hotkey: None }),
            (1, ScriptedCall::LockStake { netuid, alpha: Size::Amount(alpha), hotkey: Who::Own }),
            (1, ScriptedCall::MoveLock { netuid, hotkey: Who::Aggregate }),
            (1, ScriptedCall::SetPerpetualLock { netuid, enabled: true }),
            (1, ScriptedCall::StakeIntoFund { hotkey: Who::Own, tao: Size::Amount(Tao::from_rao(RAO)) }),
            (
                1,
                ScriptedCall::TradeFund(vec![ScriptedTrade {
                    from: Netuid::ROOT,
                    to: netuid,
                    alpha: Size::Amount(alpha),
                    least: Alpha::from_rao(3),
                }]),
            ),
            (
                1,
                ScriptedCall::SetEmissionWeights {
                    netuid,
                    owner: fraction("0 %"),
                    validator: fraction("half"),
                },
            ),
        ]);
        let somebody = AgentId(1);
        let (validator, miner) = (Some(u64::MAX / 2), Some(u64::MAX - u64::MAX / 2));
        let change = WeightsChange { owner: Some(0), validator, miner, ..WeightsChange::default() };
        let cash_for_alpha = FundTrade { from: Netuid::ROOT, to: netuid, alpha, least: Alpha::from_rao(3) };
        assert_eq!(
            calls,
            [
                Call::UnstakeAll { hotkey: own },
                Call::UnstakeAllAlpha { hotkey: aggregate },
                Call::MoveStake { from, to, from_hotkey: Hotkey(somebody), to_hotkey: own, alpha },
                Call::TransferStake { from, to, hotkey: aggregate, receiver: somebody, alpha },
                // The group has two accounts.
                Call::TransferStake { from, to, hotkey: own, receiver: AgentId(u32::MAX), alpha },
                Call::RegisterSubnet,
                Call::RegisterNeuron { netuid },
                Call::SetWeights { netuid, weights: [(Uid(0), 3)].into() },
                Call::SetChildren { netuid, children: [(Hotkey(somebody), Proportion(u64::MAX / 2))].into() },
                Call::SetTempo { netuid, tempo: 5 },
                Call::SetEmission { netuid, tao: Switch::Off },
                Call::ClaimFunds { hotkey: Some(aggregate) },
                Call::ClaimFunds { hotkey: None },
                Call::LockStake { netuid, hotkey: own, alpha },
                Call::MoveLock { netuid, hotkey: aggregate },
                Call::SetPerpetualLock { netuid, enabled: true },
                Call::StakeIntoFund { hotkey: own, tao: Tao::from_rao(RAO) },
                Call::TradeFund { trades: [cash_for_alpha].into() },
                Call::SetEmissionWeights { netuid, change },
            ]
        );
    }

    #[test]
    fn what_calls_name_is_told_with_the_calls_place() {
        let (from, to) = (Netuid(3), Netuid(4));
        let script = lines([
            (
                1,
                ScriptedCall::MoveStake {
                    from,
                    to,
                    from_hotkey: Who::Of("a".into()),
                    to_hotkey: Who::Nth("b".into(), 1),
                    alpha: Size::Fraction(Fraction::ALL),
                },
            ),
            (1, ScriptedCall::SetWeights { netuid: SUBNET, weights: vec![] }),
        ]);
        let named = |place: usize, netuid| (format!("calls[{place}].call"), netuid);
        assert_eq!(script.netuids(), [named(0, from), named(0, to), named(1, SUBNET)]);
        assert_eq!(script.detailed(), [named(1, SUBNET)]);
        let groups = script.groups().into_iter().map(|(_, group)| group).collect::<Vec<_>>();
        assert_eq!(groups, ["a", "b"]);
    }

    #[test]
    fn calls_out_of_order_and_calls_that_mean_nothing_are_refused() {
        let script = lines([(9, ScriptedCall::RegisterSubnet), (5, ScriptedCall::RegisterSubnet)]);
        assert_eq!(script.check().expect_err("out of order").field, "calls");
        let senseless = [
            ScriptedCall::SetMovingAlpha(1.5),
            ScriptedCall::SetCollateral { netuid: SUBNET, lock_share: 0.96, release: 1.0 },
            ScriptedCall::Stake {
                netuid: SUBNET,
                tao: Size::Amount(Tao::from_rao(RAO)),
                hotkey: Who::Aggregate,
                limit: None,
                allow_partial: Some(true),
            },
            ScriptedCall::SwapStake {
                from: SUBNET,
                to: SUBNET,
                alpha: Size::Fraction(Fraction::ALL),
                hotkey: Who::Aggregate,
                limit: Some(-0.5),
                allow_partial: None,
            },
        ];
        for call in senseless {
            let error = lines([(1, call.clone())]).check().expect_err("senseless");
            assert!(error.message.starts_with("calls[0]: "), "{call:?}: {error}");
        }
    }
}
