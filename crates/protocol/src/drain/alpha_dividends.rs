//! How much validators are paid in alpha.

/// How much alpha dividends are, which the chain corrected twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum AlphaDividends {
    /// All of the dividend, on top of root's part in TAO: a fault, from the launch until spec 244. More alpha
    /// is credited than was counted.
    Full,
    /// The dividend less the part that each hotkey's TAO earned, until spec 257. The alpha so withheld is not
    /// the alpha that was sold, so more or less is credited than was counted.
    Net,
    /// Half of all that was gathered less root's part, in proportion to the net dividends: specs 257 to 342.
    Rescaled,
    /// What the coinbase has gathered for validators apart from miners, in proportion to the net dividends: spec 343 on.
    Gathered,
}
