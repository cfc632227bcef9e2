//! Which rows of a fund a claim leaves out because they are worth too little.

use crate::units::Tao;

/// When a row of a fund counts as dust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DustRules {
    /// No row worth as much is dust by its value alone.
    pub cap: Tao,
    /// Nor is one that is worth this part of the fund, in ten-thousandths.
    pub basis_points: u16,
    /// A claimant's part of a row below this is dust.
    pub slice: Tao,
    /// No claimant loses more of a row than this; zero switches the rule off.
    pub forfeit_cap: Tao,
}

impl DustRules {
    /// The defaults of spec 469.
    pub const DEFAULT: Self = Self {
        cap: Tao::from_rao(1_000_000_000),
        basis_points: 10,
        slice: Tao::from_rao(100_000),
        forfeit_cap: Tao::from_rao(10_000_000),
    };

    /// The value below which a row is dust in a fund that is worth so much.
    #[must_use]
    pub fn row_floor(&self, fund: Tao) -> Tao {
        let part = u128::from(fund.rao()) * u128::from(self.basis_points) / 10_000;
        Tao::from_rao(u64::try_from(part).unwrap_or(u64::MAX)).min(self.cap)
    }
}

/// A row as a claimant sees it. Values are the lower of what it would be sold for and of the fast average price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DustRow {
    /// The row's value.
    pub value: Tao,
    /// The sum of all rows' values, cash too.
    pub fund: Tao,
    /// Shares that are claimed, and all there are.
    pub owed: u64,
    /// All shares.
    pub shares: u64,
}

impl DustRow {
    /// The claimant's part of the row, rounded down.
    #[must_use]
    pub fn slice(&self) -> Tao {
        let part = u128::from(self.owed) * u128::from(self.value.rao());
        let slice = part.checked_div(u128::from(self.shares)).unwrap_or(0);
        Tao::from_rao(u64::try_from(slice).unwrap_or(u64::MAX))
    }

    /// Whether the claim leaves the row out; a claim of the whole fund leaves out nothing.
    ///
    /// Source: of specs 469 to 475, in RaoFoundation/subtensor
    #[must_use]
    pub fn is_dust(&self, rules: &DustRules) -> bool {
        let slice = self.slice();
        let bearable = rules.forfeit_cap > Tao::ZERO && slice <= rules.forfeit_cap;
        let small = self.value < rules.row_floor(self.fund) || slice < rules.slice;
        self.owed < self.shares && bearable && small
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: DustRules = DustRules::DEFAULT;

    fn row(value: u64, owed: u64) -> DustRow {
        DustRow { value: Tao::from_rao(value), fund: Tao::from_rao(500_000_000_000), owed, shares: 1_000 }
    }

    #[test]
    fn a_row_is_dust_by_its_value_or_by_the_claimants_part() {
        // A thousandth of 500 TAO is half a TAO; a hundredth of a row below is at most 0.005 TAO.
        assert!(row(499_999_999, 10).is_dust(&RULES) && !row(500_000_000, 10).is_dust(&RULES));
        assert!(row(99_000_000_000, 0).is_dust(&RULES), "the claimant's part is nothing");
    }

    #[test]
    fn nobody_loses_more_than_the_cap_and_the_last_loses_nothing() {
        assert!(row(400_000_000, 25).is_dust(&RULES) && !row(400_000_000, 26).is_dust(&RULES));
        assert!(!row(400_000, 1_000).is_dust(&RULES));
        assert!(!row(400_000, 1).is_dust(&DustRules { forfeit_cap: Tao::ZERO, ..RULES }));
        assert_eq!(RULES.row_floor(Tao::from_rao(u64::MAX)), RULES.cap);
    }
}
