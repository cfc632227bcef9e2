//! How a block's TAO is shared among subnets.

/// The rule by which a block's TAO is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emission {
    /// By the votes of root's validators; there are no pools.
    RootVote,
    /// By the moving prices of the subnets' pools.
    MovingPrice,
}
