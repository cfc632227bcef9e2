//! One of the strategies that a role chooses among, and the subnets that it works on.

use std::ops::Range;

use dtao_protocol::units::Netuid;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Switcher;
use crate::prior::Prior;
use crate::{ParameterError, StrategySpec, range};

/// One of the strategies that a role chooses among.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its name in this role.
    pub name: String,
    /// What an account that follows it earns outside of the chain, in TAO a day; negative if it costs. It counts for the choice, and
    /// never reaches the chain. P.
    pub outside: Prior<f64>,
    /// What it does.
    pub strategy: StrategySpec,
}

/// Which subnets the options' netuids stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Works {
    /// For those that are written.
    AsWritten,
    /// For those that are written, for the group's first account; each further account's are one higher than those of the account
    /// before it, so that every account works on a subnet of its own. Root stays root. An option that names subnets in fields other
    /// than `netuid` and `netuids` is refused.
    OnItsOwn,
}

impl Works {
    /// A strategy as an account follows it, by its place in the group.
    pub(super) fn of(self, strategy: &StrategySpec, place: u32) -> StrategySpec {
        match self {
            Self::OnItsOwn if place > 0 => moved(strategy, place).expect("checked before the run"),
            _ => strategy.clone(),
        }
    }
}

impl Choice {
    /// Whether it can be an option of a role; whether its strategy's own parameters are in their ranges is not looked at.
    ///
    /// # Errors
    /// If not: names the field, and says what would be right.
    pub fn check(&self, works: Works) -> Result<(), ParameterError> {
        self.outside.check("outside", -range::TAO, range::TAO)?;
        let refuse = |message: String| Err(ParameterError { field: "strategy", message });
        let (name, kind) = (&self.name, self.strategy.name());
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        if name.is_empty() || !name.chars().all(allowed) {
            let message = format!("the name `{name}` of an option must be letters, digits, `_` and `-` only");
            return Err(ParameterError { field: "name", message });
        }
        if matches!(self.strategy, StrategySpec::Switcher(_)) {
            return refuse(format!("`{name}` is a Switcher itself: write its options among these"));
        }
        let mut copy = self.strategy.clone();
        if copy.price_files().is_some() || copy.flow_file().is_some() {
            return refuse(format!("`{name}` is a {kind}: it replays a file, and cannot begin half-way"));
        }
        if copy.registrations() > 0 {
            return refuse(format!("`{name}` registers subnets, whose numbers are not known before the run"));
        }
        if works == Works::OnItsOwn && !can_move(&self.strategy) {
            return refuse(format!(
                "`{name}` is a {kind}, whose subnet numbers cannot be raised: write AsWritten"
            ));
        }
        Ok(())
    }
}

/// Whether raising a strategy's netuids raises all that it names: some stand in fields of other names, and would stay.
fn can_move(strategy: &StrategySpec) -> bool {
    let raised = |(field, netuid): (String, Netuid)| Some((field, up(netuid, 1)?));
    let expected: Option<Vec<_>> = strategy.netuids().into_iter().map(raised).collect();
    moved(strategy, 1).is_some_and(|copy| Some(copy.netuids()) == expected)
}

/// A strategy with what stands under `netuid` and `netuids` raised; none if it cannot be.
fn moved(strategy: &StrategySpec, by: u32) -> Option<StrategySpec> {
    let mut value = serde_json::to_value(strategy).ok()?;
    raise(&mut value, by)?;
    serde_json::from_value(value).ok()
}

/// Raises what stands under `netuid` and `netuids`, wherever that is.
fn raise(value: &mut Value, by: u32) -> Option<()> {
    match value {
        Value::Object(fields) => fields.iter_mut().try_for_each(|(field, value)| match field.as_str() {
            "netuid" => raised(value, by),
            "netuids" => value.as_array_mut()?.iter_mut().try_for_each(|netuid| raised(netuid, by)),
            _ => raise(value, by),
        }),
        Value::Array(elements) => elements.iter_mut().try_for_each(|element| raise(element, by)),
        _ => Some(()),
    }
}

fn raised(value: &mut Value, by: u32) -> Option<()> {
    let netuid: Netuid = serde_json::from_value(value.clone()).ok()?;
    *value = serde_json::to_value(up(netuid, by)?).ok()?;
    Some(())
}

/// So many numbers further; root stays root, which there is once.
fn up(netuid: Netuid, by: u32) -> Option<Netuid> {
    if netuid == Netuid::ROOT {
        return Some(netuid);
    }
    u16::try_from(u32::from(netuid.0).checked_add(by)?).ok().map(Netuid)
}

impl Switcher {
    /// The places of a group's accounts whose options differ from what is written.
    #[must_use]
    pub fn other_places(&self, accounts: u32) -> Range<u32> {
        match self.works {
            Works::AsWritten => 0..0,
            Works::OnItsOwn => 1..accounts.max(1),
        }
    }

    /// Whether the netuids of all accounts' options are numbers of subnets.
    #[must_use]
    pub fn can_work(&self, accounts: u32) -> bool {
        let last = self.other_places(accounts).last();
        last.is_none_or(|place| self.options.iter().all(|choice| moved(&choice.strategy, place).is_some()))
    }

    /// The role as the account at a place has it; its options have been checked.
    #[must_use]
    pub fn at(&self, place: u32) -> Self {
        let mut role = self.clone();
        for choice in &mut role.options {
            choice.strategy = self.works.of(&choice.strategy, place);
        }
        role
    }
}
