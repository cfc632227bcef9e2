//! Values of the rules as a scenario's `protocol` writes them: single ones, or all that root had set on mainnet on a day.

use dtao_protocol::mainnet::{ALL, Mainnet};
use dtao_protocol::rules::RuleValues;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// `(owner_cut: 0.1)`, `Mainnet("2026-10-08")`, or `Mainnet("2026-10-08", (owner_cut: 0.1))` with what differs.
#[derive(Clone, Debug, Default)]
pub(super) struct WrittenRules {
    /// What root had set on mainnet, if it is taken over.
    pub(super) mainnet: Option<&'static Mainnet>,
    /// Single values.
    pub(super) values: RuleValues,
}

impl WrittenRules {
    pub(super) fn is_empty(&self) -> bool {
        self.mainnet.is_none() && self.values == RuleValues::default()
    }
}

impl Serialize for WrittenRules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        enum Named<'a> {
            Mainnet(&'a str, &'a RuleValues),
        }
        match self.mainnet {
            None => self.values.serialize(serializer),
            Some(set) => Named::Mainnet(set.date, &self.values).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for WrittenRules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = WrittenRules;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("values of rules, such as `(owner_cut: 0.1)`, or `Mainnet(\"2026-10-08\")`")
            }

            fn visit_unit<E: Error>(self) -> Result<WrittenRules, E> {
                Ok(WrittenRules::default())
            }

            fn visit_str<E: Error>(self, date: &str) -> Result<WrittenRules, E> {
                Ok(WrittenRules { mainnet: Some(of(date)?), values: RuleValues::default() })
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<WrittenRules, D::Error> {
                inner.deserialize_any(self)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<WrittenRules, A::Error> {
                let date: String = seq.next_element()?.ok_or_else(|| Error::invalid_length(0, &self))?;
                Ok(WrittenRules {
                    mainnet: Some(of(&date)?),
                    values: seq.next_element()?.unwrap_or_default(),
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WrittenRules, A::Error> {
                let values = RuleValues::deserialize(MapAccessDeserializer::new(map))?;
                Ok(WrittenRules { mainnet: None, values })
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// The set of a day.
fn of<E: Error>(date: &str) -> Result<&'static Mainnet, E> {
    let known: Vec<_> = ALL.iter().map(|set| set.date).collect();
    let unknown =
        || format!("no mainnet values are known for `{date}`; the days that are known: {}", known.join(", "));
    Mainnet::of(date).ok_or_else(|| E::custom(unknown()))
}
