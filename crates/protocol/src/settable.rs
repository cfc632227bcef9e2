//! What a user may set of the rules: declared once, written, checked and listed alike.
//!
//! A struct declared by `settable!` has a written form in which every field may be left out; what is left out stays
//! as it is.

use std::fmt::Debug;
use std::ops::RangeInclusive;

use ron::error::SpannedError;
use ron::extensions::Extensions;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fixed::{Q32, Q64};
use crate::halving::MAX_SUPPLY;
use crate::units::{Alpha, MAX_BLOCKS, Tao};

/// A value that users may set, or a group of such values.
pub trait Settable: Copy + PartialEq {
    /// How it is written in a file.
    type Written: Clone + Debug + Eq + Serialize + DeserializeOwned;

    /// Takes over what is written.
    fn set(&mut self, written: &Self::Written);

    /// Whether every number that is written lies in its range.
    ///
    /// # Errors
    /// The first that does not.
    fn check(_written: &Self::Written) -> Result<(), OutOfRange> {
        Ok(())
    }

    /// Adds what can be set, with the values now, to a list.
    fn list(&self, about: About, entries: &mut Vec<Entry>);
}

/// A value that is not in its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value} is not in its range: {range}")]
pub struct OutOfRange {
    /// The way to it, with dots.
    pub path: String,
    /// What is written.
    pub value: String,
    /// The minimum and the maximum.
    pub range: String,
}

/// What is to be known of a value besides the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The way to it, with dots: `children.cooldown`.
    pub path: String,
    /// What it is.
    pub about: String,
    /// Its unit; of a choice, what is chosen.
    pub unit: &'static str,
    /// The minimum and the maximum; empty where the type bounds it.
    pub range: String,
}

impl About {
    /// With the names among which a choice is made, as the type itself knows them, and the ranges of the numbers that
    /// belong to some of them.
    pub(crate) fn with_choices<T: DeserializeOwned>(self, ranges: &[(&str, String)]) -> Self {
        match ron::from_str::<T>("Nameless") {
            Err(SpannedError { code: ron::Error::NoSuchEnumVariant { expected, .. }, .. }) => {
                let choice = |name: &&str| match ranges.iter().find(|(of, _)| of == name) {
                    Some((_, ranges)) => format!("{name}({ranges})"),
                    None => (*name).to_owned(),
                };
                Self { range: expected.iter().map(choice).collect::<Vec<_>>().join(" | "), ..self }
            }
            _ => self,
        }
    }
}

/// A value that can be set, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What is to be known of it.
    pub about: About,
    /// The value, as a file would write it.
    pub value: String,
}

/// How long a rule may take: no longer than a run may last.
pub(crate) const BLOCKS: RangeInclusive<u64> = 0..=MAX_BLOCKS;

/// Every amount of TAO that can exist.
pub(crate) const TAO: RangeInclusive<Tao> = Tao::ZERO..=Tao::from_rao(MAX_SUPPLY);

/// Every amount of a subnet's alpha that can exist.
pub(crate) const ALPHA: RangeInclusive<Alpha> = Alpha::ZERO..=Alpha::from_rao(MAX_SUPPLY);

/// From nothing to the whole.
pub(crate) const PART: RangeInclusive<Q32> = Q32::ZERO..=Q32::ONE;

/// The same with 64 fractional bits.
pub(crate) const PART_64: RangeInclusive<Q64> = Q64::ZERO..=Q64::ONE;

/// A value as a file would write it.
///
/// # Panics
/// If the type cannot be written as RON; every type of a rule can.
pub fn text<T: Serialize>(value: &T) -> String {
    let options = ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES);
    options.to_string(value).expect("every value of the rules can be written")
}

/// Declares values that are written whole: numbers, and choices among rules.
///
/// A choice that has numbers of its own names their ranges by variant, each after the variant as a pattern:
/// `Slow { half_speed_age } (half_speed_age in BLOCKS)`.
macro_rules! values {
    ($($kind:ty $({
        $($variant:ident $fields:tt ($($field:ident in $range:expr),+ $(,)?)),+ $(,)?
    })?),* $(,)?) => {
        $(impl $crate::settable::Settable for $kind {
            type Written = Self;

            fn set(&mut self, written: &Self) {
                *self = *written;
            }

            $(fn check(written: &Self) -> Result<(), $crate::settable::OutOfRange> {
                $(if let Self::$variant $fields = written {
                    $($crate::settable::within(
                        concat!(stringify!($variant), ".", stringify!($field)),
                        $field,
                        &$range,
                    )?;)+
                })+
                Ok(())
            })?

            fn list(
                &self,
                about: $crate::settable::About,
                entries: &mut Vec<$crate::settable::Entry>,
            ) {
                let ranges: &[(&str, String)] = &[$($((
                    stringify!($variant),
                    [$(format!(
                        "{}: {}",
                        stringify!($field),
                        $crate::settable::range_text(&$range),
                    )),+].join(", "),
                )),+)?];
                let about = about.with_choices::<Self>(ranges);
                let value = $crate::settable::text(self);
                entries.push($crate::settable::Entry { about, value });
            }
        })*
    };
}
pub(crate) use values;

values!(Q32, Tao, Alpha, u64, u16);

/// Declares a struct of values, and beside it the struct of what is written of them.
///
/// Each field that can be set has its unit after `=` and, after `in`, its range. Fields after `fixed` are not the user's.
macro_rules! settable {
    (
        $(#[$meta:meta])*
        pub struct $name:ident, written as $written:ident {
            $($(#[doc = $doc:literal])+ $field:ident: $kind:ty = $unit:literal $(in $range:expr)?;)*
            $(fixed { $($(#[doc = $fixed_doc:literal])+ $fixed:ident: $fixed_kind:ty;)* })?
        }
    ) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $kind,)*
            $($($(#[doc = $fixed_doc])+ pub $fixed: $fixed_kind,)*)?
        }

        #[doc = concat!("What a file sets of [`", stringify!($name), "`]; the rest stays as it is.")]
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $written {
            $(
                $(#[doc = $doc])+
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<<$kind as $crate::settable::Settable>::Written>,
            )*
        }

        impl $crate::settable::Settable for $name {
            type Written = $written;

            fn set(&mut self, written: &$written) {
                $(if let Some(value) = &written.$field {
                    $crate::settable::Settable::set(&mut self.$field, value);
                })*
            }

            fn check(written: &$written) -> Result<(), $crate::settable::OutOfRange> {
                $(if let Some(value) = &written.$field {
                    <$kind as $crate::settable::Settable>::check(value).map_err(|mut error| {
                        let dot = if error.path.is_empty() { "" } else { "." };
                        error.path = format!("{}{dot}{}", stringify!($field), error.path);
                        error
                    })?;
                    $($crate::settable::within(stringify!($field), value, &$range)?;)?
                })*
                Ok(())
            }

            fn list(
                &self,
                about: $crate::settable::About,
                entries: &mut Vec<$crate::settable::Entry>,
            ) {
                let prefix = if about.path.is_empty() { String::new() } else { format!("{}.", about.path) };
                $({
                    let [range, ..] = [$($crate::settable::range_text(&$range),)? String::new()];
                    $crate::settable::Settable::list(
                        &self.$field,
                        $crate::settable::About {
                            path: format!("{prefix}{}", stringify!($field)),
                            about: concat!($($doc),+).trim().to_owned(),
                            unit: $unit,
                            range,
                        },
                        entries,
                    );
                })*
            }
        }
    };
}
pub(crate) use settable;

/// Whether a value that is written lies in its range.
pub(crate) fn within<T: PartialOrd + Serialize>(
    path: &str,
    value: &T,
    range: &RangeInclusive<T>,
) -> Result<(), OutOfRange> {
    if range.contains(value) {
        return Ok(());
    }
    Err(OutOfRange { path: path.to_owned(), value: text(value), range: range_text(range) })
}

/// A range as text: `0 to 1`.
pub(crate) fn range_text<T: Serialize>(range: &RangeInclusive<T>) -> String {
    format!("{} to {}", text(range.start()), text(range.end()))
}
