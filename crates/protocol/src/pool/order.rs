//! An order to swap, what comes of it, and why it may be refused.

use crate::units::Tao;

/// Whether a swap pays the pool's fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// As everybody's swaps do.
    Fee,
    /// As the protocol's own swaps from spec 290 on, and one side of a move.
    Free,
}

/// An order to put an amount into a pool for as much of the other token as that gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order<A> {
    /// What is to be put in, the fee included.
    pub amount: A,
    /// The price, in rao of TAO per alpha, beyond which nothing is swapped; none for the widest that the chain allows.
    /// On a constant product it bounds the average price, on the later curves the price that the swap leaves.
    pub limit: Option<Tao>,
    /// Whether the fee is paid.
    pub charge: Charge,
}

impl<A> Order<A> {
    /// Without a limit, with the fee.
    #[must_use]
    pub const fn of(amount: A) -> Self {
        Self { amount, limit: None, charge: Charge::Fee }
    }

    /// Without a limit and without a fee: the protocol's own.
    #[must_use]
    pub const fn free(amount: A) -> Self {
        Self { amount, limit: None, charge: Charge::Free }
    }

    /// With a limit price.
    #[must_use]
    pub fn within(self, limit: Tao) -> Self {
        Self { limit: Some(limit), ..self }
    }
}

/// Which way a swap goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// TAO in, alpha out: the price rises.
    Buy,
    /// Alpha in, TAO out: the price falls.
    Sell,
}

/// Why a swap is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SwapRefused {
    /// A reserve is below the minimum, or what would leave the pool is not in it.
    #[error("the pool is too shallow")]
    TooShallow,
    /// The price is at the limit or beyond it.
    #[error("the price is already at the limit")]
    BeyondLimit,
    /// More than 1,000 times the reserve is to be put in.
    #[error("more than 1,000 times the pool's reserve is put in")]
    TooLarge,
    /// Something would be put in for nothing.
    #[error("nothing would be received")]
    NothingOut,
}
