//! The chain's rules: those of a runtime, and what a scenario changes of them.

use dtao_protocol::era::Spec;
use dtao_protocol::mainnet::Mainnet;
use dtao_protocol::rules::{RuleValues, Rules};
use dtao_protocol::settable::Settable;
use dtao_protocol::units::{Alpha, Block, Tao};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::written_rules::WrittenRules;

/// The chain's rules at the start.
///
/// `(spec: 246)` is the runtime as it was; `rules` sets single values on top of it. `Launch(spec: 246)` and
/// `RootVoting(spec: 219, …)` are the same with a name, which says that pools exist or that root votes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "Fields")]
pub struct Protocol {
    /// The runtime's `spec_version`: 219 to 233 under root voting, 234 or later under dynamic TAO.
    pub spec: Spec,
    /// The day on which mainnet had what root has set, if that is taken over.
    pub mainnet: Option<&'static Mainnet>,
    /// Values of the rules that differ from the runtime's, and from that day's.
    pub rules: RuleValues,
    /// Short for the rule of that name.
    pub stake_threshold: Option<Tao>,
    /// Short for the rule of that name.
    pub nominator_min_stake: Option<Alpha>,
    /// What only root voting has; all of it then, and nothing of it later.
    pub root_voting: Option<RootVoting>,
}

/// What only root voting has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootVoting {
    /// Blocks between root's epochs, less one; 100 on the chain.
    pub root_tempo: u16,
    /// Blocks from one vote of a validator to the next; 100 by default.
    pub weights_rate_limit: u64,
    /// What each subnet's owner has locked for it.
    pub lock: Tao,
}

impl Protocol {
    /// Rules with the values that the scenario sets.
    #[must_use]
    pub fn applied_to(&self, rules: &Rules) -> Rules {
        let mut rules = *rules;
        if let Some(set) = self.mainnet {
            rules.set(&set.values());
        }
        rules.set(&self.rules);
        rules.set(&self.short_forms());
        rules
    }

    /// The rules that stand beside `rules` under their own names.
    #[must_use]
    pub fn short_forms(&self) -> RuleValues {
        let Self { stake_threshold, nominator_min_stake, .. } = *self;
        RuleValues { stake_threshold, nominator_min_stake, ..RuleValues::default() }
    }
}

/// A change of the rules during a run: another runtime, other values, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EraChange {
    /// The block in which root calls for it, before all other calls.
    pub at: Block,
    /// The runtime from then on, later than the one before. It takes over what that runtime and those between changed;
    /// what was set and none of them touched stays.
    #[serde(default)]
    pub spec: Option<Spec>,
    /// Values of the rules from then on.
    #[serde(default)]
    pub rules: Option<RuleValues>,
}

/// All fields, as a file writes them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    spec: Spec,
    #[serde(default, skip_serializing_if = "WrittenRules::is_empty")]
    rules: WrittenRules,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stake_threshold: Option<Tao>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nominator_min_stake: Option<Alpha>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    root_tempo: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weights_rate_limit: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lock: Option<Tao>,
}

impl From<Protocol> for Fields {
    fn from(protocol: Protocol) -> Self {
        let Protocol { spec, mainnet, rules, stake_threshold, nominator_min_stake, root_voting } = protocol;
        Self {
            spec,
            rules: WrittenRules { mainnet, values: rules },
            stake_threshold,
            nominator_min_stake,
            root_tempo: root_voting.map(|voting| voting.root_tempo),
            weights_rate_limit: root_voting.map(|voting| voting.weights_rate_limit),
            lock: root_voting.map(|voting| voting.lock),
        }
    }
}

impl<'de> Deserialize<'de> for Protocol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Named;

        impl<'de> Visitor<'de> for Named {
            type Value = Protocol;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the rules of a runtime, such as `(spec: 246)`")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Protocol, A::Error> {
                let fields = Fields::deserialize(MapAccessDeserializer::new(map))?;
                let Fields { spec, rules, stake_threshold, nominator_min_stake, .. } = fields;
                let root_voting = match (fields.root_tempo, fields.weights_rate_limit, fields.lock) {
                    (None, None, None) => None,
                    (Some(root_tempo), Some(weights_rate_limit), Some(lock)) => {
                        Some(RootVoting { root_tempo, weights_rate_limit, lock })
                    }
                    (root_tempo, weights_rate_limit, _) => {
                        let missing = match (root_tempo, weights_rate_limit) {
                            (None, _) => "root_tempo",
                            (_, None) => "weights_rate_limit",
                            _ => "lock",
                        };
                        return Err(serde::de::Error::missing_field(missing));
                    }
                };
                let WrittenRules { mainnet, values: rules } = rules;
                Ok(Protocol { spec, mainnet, rules, stake_threshold, nominator_min_stake, root_voting })
            }
        }

        // With any name or none: whether the name fits the runtime is checked with the text at hand.
        deserializer.deserialize_any(Named)
    }
}
