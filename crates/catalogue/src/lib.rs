//! Catalogues: what a scenario can name, one file per entry, and one list.
//!
//! An entry is a type whose fields are the block that a scenario writes. What a scenario's reader asks of any entry is
//! [`Parameters`]; [`catalogue!`] makes the enum that a scenario reads and the list that `dtao list` shows. The strategies of
//! agents are one catalogue, the metrics of runs another.

pub mod moment;

use dtao_engine::market::{FlowFile, PriceFiles};
use dtao_protocol::units::Netuid;

use moment::Moment;

/// What a scenario's reader asks of an entry: whether its values are in their ranges, what it names, and what it reads from files.
pub trait Parameters {
    /// What is wrong with the values that are known, if anything: which field, and what would be right.
    ///
    /// # Errors
    /// If a value is out of its range.
    fn check(&self) -> Result<(), ParameterError> {
        Ok(())
    }

    /// The price files that it reads.
    fn price_files(&mut self) -> Option<&mut PriceFiles> {
        None
    }

    /// The table of trades that it reads, and the group whose trades it takes from there.
    fn flow_file(&mut self) -> Option<(&mut FlowFile, &str)> {
        None
    }

    /// The subnets that it names, each with its field.
    fn netuids(&self) -> Vec<(String, Netuid)> {
        Vec::new()
    }

    /// Those of them that must be in detail.
    fn detailed(&self) -> Vec<(String, Netuid)> {
        Vec::new()
    }

    /// The groups of agents that it names, each with its field.
    fn groups(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// The accounts that it names by their number in a group, each with its field.
    fn members(&self) -> Vec<(String, (String, u32))> {
        Vec::new()
    }

    /// The strategies that it names, among those that accounts choose from, each with its field.
    fn options(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// How many subnets it registers.
    fn registrations(&self) -> usize {
        0
    }

    /// The subnets whose recorded prices it does not use.
    fn prices_left_alone(&self) -> Vec<Netuid> {
        Vec::new()
    }

    /// Whether it uses the first row of recorded prices wherever that is, even after the run.
    fn needs_first_prices(&self) -> bool {
        false
    }

    /// The times that it names: one that never comes in a run is a mistake.
    fn moments(&self) -> Vec<Moment> {
        Vec::new()
    }
}

/// A value out of its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParameterError {
    /// The field, with dots where it lies in another.
    pub field: &'static str,
    /// What was found and what would be right.
    pub message: String,
}

/// The elements of a field that is a list, each with its place, for [`Parameters::netuids`] and [`Parameters::groups`].
#[must_use]
pub fn listed<T: Clone>(field: &str, elements: &[T]) -> Vec<(String, T)> {
    let each = elements.iter().cloned().enumerate();
    each.map(|(index, element)| (format!("{field}[{index}]"), element)).collect()
}

/// Defines a catalogue: an enum of the entries, which dereferences to their trait, and `CATALOGUE`, each entry's name and
/// description.
///
/// An entry `Name: module` is the type `module::Name`, and its line is `module::ABOUT`.
#[macro_export]
macro_rules! catalogue {
    ($(#[$meta:meta])* $spec:ident: $asked:path { $($name:ident: $module:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $spec {
            $(#[doc = concat!("See [`", stringify!($module), "::", stringify!($name), "`].")]
            $name($module::$name),)*
        }

        /// The name of each entry, and one line about it.
        pub const CATALOGUE: &[(&str, &str)] = &[$((stringify!($name), $module::ABOUT)),*];

        impl $spec {
            /// The name in the catalogue.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)* }
            }
        }

        impl ::std::ops::Deref for $spec {
            type Target = dyn $asked;

            fn deref(&self) -> &Self::Target {
                match self { $(Self::$name(entry) => entry,)* }
            }
        }

        impl ::std::ops::DerefMut for $spec {
            fn deref_mut(&mut self) -> &mut Self::Target {
                match self { $(Self::$name(entry) => entry,)* }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    mod first {
        use super::*;

        pub const ABOUT: &str = "the first";

        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct First {
            pub netuid: Netuid,
        }

        impl Parameters for First {
            fn netuids(&self) -> Vec<(String, Netuid)> {
                vec![("netuid".into(), self.netuid)]
            }
        }
    }

    mod second {
        use super::*;

        pub const ABOUT: &str = "the second";

        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct Second {
            pub prices: PriceFiles,
        }

        impl Parameters for Second {
            fn price_files(&mut self) -> Option<&mut PriceFiles> {
                Some(&mut self.prices)
            }
        }
    }

    catalogue! {
        /// Two entries.
        Spec: Parameters {
            First: first,
            Second: second,
        }
    }

    #[test]
    fn an_entry_is_read_by_its_name_and_asked_by_its_trait() {
        let mut first: Spec = ron::from_str("First((netuid: 7))").expect("it is in the catalogue");
        assert_eq!((first.name(), first.netuids()), ("First", vec![("netuid".into(), Netuid(7))]));
        assert_eq!((first.check(), first.price_files().is_none()), (Ok(()), true));
        let mut second: Spec =
            ron::from_str("Second((prices: [\"a.csv\"]))").expect("it is in the catalogue");
        assert_eq!(second.price_files().map(|files| files.paths.len()), Some(1));
        assert!(second.netuids().is_empty());
        ron::from_str::<Spec>("Third((netuid: 7))").expect_err("there are two entries");
    }

    #[test]
    fn the_list_has_a_line_about_each_entry() {
        assert_eq!(CATALOGUE, [("First", "the first"), ("Second", "the second")]);
    }
}
