//! Accounts as a script names them.

use dtao_engine::account::AgentId;
use dtao_engine::view::View;
use serde::{Deserialize, Serialize};

/// An account, and so its hotkey.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Who {
    /// The stakers on root together, whose hotkey stands for all validators of a subnet in aggregate.
    #[default]
    Aggregate,
    /// The account that calls.
    Own,
    /// The first account of a group.
    Of(String),
    /// An account of a group, counted from 0.
    Nth(String, u32),
}

impl Who {
    /// The group that it names.
    pub(crate) fn group(&self) -> Option<&str> {
        match self {
            Self::Aggregate | Self::Own => None,
            Self::Of(group) | Self::Nth(group, _) => Some(group),
        }
    }

    /// The group that it names, and the account's number in it.
    pub(crate) fn member(&self) -> Option<(&str, u32)> {
        match self {
            Self::Aggregate | Self::Own => None,
            Self::Of(group) => Some((group, 0)),
            Self::Nth(group, number) => Some((group, *number)),
        }
    }

    /// The account. One that a group does not have is no account, and a call that names it is refused.
    pub(crate) fn account(&self, view: &View, me: AgentId) -> AgentId {
        const NOBODY: AgentId = AgentId(u32::MAX);
        match (self, self.member()) {
            (_, Some((group, place))) => view.member(group, place).unwrap_or(NOBODY),
            (Self::Aggregate, _) => AgentId::ROOT_STAKERS,
            _ => me,
        }
    }
}
