//! Which fields of a strategy are priors: each is declared once, with its range, and is then checked and drawn.
//!
//! [`priors!`](priors) names every field of a struct, so a field that is added to the struct and not to the list does not
//! compile.

use std::ops::RangeInclusive;

use crate::ParameterError;
use crate::prior::{Draws, Prior, Quantity, Spread};

/// A number that is drawn before the run.
pub trait Unknown {
    /// Whether it is a distribution, and all that it can give is in a range.
    ///
    /// # Errors
    /// If not: says what would be right.
    fn check(&self, field: &'static str, range: RangeInclusive<f64>) -> Result<(), ParameterError>;

    /// Puts a value in its place, or in that of its own priors.
    fn draw(&mut self, field: &str, draws: &Draws);
}

impl<Q: Quantity> Unknown for Prior<Q> {
    fn check(&self, field: &'static str, range: RangeInclusive<f64>) -> Result<(), ParameterError> {
        Self::check(self, field, *range.start(), *range.end())
    }

    fn draw(&mut self, field: &str, draws: &Draws) {
        draws.prior(field, self);
    }
}

impl<Q: Quantity> Unknown for Spread<Q> {
    fn check(&self, field: &'static str, range: RangeInclusive<f64>) -> Result<(), ParameterError> {
        Self::check(self, field, *range.start(), *range.end())
    }

    fn draw(&mut self, field: &str, draws: &Draws) {
        draws.spread(field, self);
    }
}

impl<U: Unknown> Unknown for Option<U> {
    fn check(&self, field: &'static str, range: RangeInclusive<f64>) -> Result<(), ParameterError> {
        self.as_ref().map_or(Ok(()), |unknown| unknown.check(field, range))
    }

    fn draw(&mut self, field: &str, draws: &Draws) {
        if let Some(unknown) = self {
            unknown.draw(field, draws);
        }
    }
}

/// What may have priors: a strategy, or a group of its fields.
pub trait Priors {
    /// Whether all priors are distributions within their ranges.
    ///
    /// # Errors
    /// The first that is not: says what would be right.
    fn check_priors(&self) -> Result<(), ParameterError>;

    /// Puts values in the place of all priors, before the run.
    fn draw_priors(&mut self, draws: &Draws);
}

impl<P: Priors> Priors for Option<P> {
    fn check_priors(&self) -> Result<(), ParameterError> {
        self.iter().try_for_each(Priors::check_priors)
    }

    fn draw_priors(&mut self, draws: &Draws) {
        if let Some(priors) = self {
            priors.draw_priors(draws);
        }
    }
}

impl<P: Priors> Priors for Vec<P> {
    fn check_priors(&self) -> Result<(), ParameterError> {
        self.iter().try_for_each(Priors::check_priors)
    }

    fn draw_priors(&mut self, draws: &Draws) {
        for priors in self {
            priors.draw_priors(draws);
        }
    }
}

/// Declares the priors of a struct, each with its range; then `groups`, fields that have priors of their own; then
/// `besides`, all other fields. A struct that is a group says which field it is, with `in`.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_priors {
    (
        @of $name:ident $within:tt { $($field:ident: $range:expr),* $(,)? }
        $(groups { $($group:ident),* $(,)? })?
        $(besides { $($other:ident),* $(,)? })?
    ) => {
        impl $crate::priors::Priors for $name {
            fn check_priors(&self) -> Result<(), $crate::ParameterError> {
                let Self { $($field,)* $($($group,)*)? $($($other: _,)*)? } = self;
                $($crate::priors::Unknown::check($field, $crate::priors::field_path!($within $field), $range)?;)*
                $($($crate::priors::Priors::check_priors($group)?;)*)?
                Ok(())
            }

            fn draw_priors(&mut self, draws: &$crate::prior::Draws) {
                let Self { $($field,)* $($($group,)*)? $($($other: _,)*)? } = self;
                $($crate::priors::Unknown::draw($field, $crate::priors::field_path!($within $field), draws);)*
                $($($crate::priors::Priors::draw_priors($group, draws);)*)?
                let _ = draws;
            }
        }
    };
    ($name:ident in $within:literal $($rest:tt)*) => { $crate::priors::priors!(@of $name [$within] $($rest)*); };
    ($name:ident $($rest:tt)*) => { $crate::priors::priors!(@of $name [] $($rest)*); };
}

/// The path of a field in a strategy.
#[doc(hidden)]
#[macro_export]
macro_rules! field_path {
    ([] $field:ident) => {
        stringify!($field)
    };
    ([$within:literal] $field:ident) => {
        concat!($within, ".", stringify!($field))
    };
}
pub use {declare_priors as priors, field_path};
