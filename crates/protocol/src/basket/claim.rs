//! A claim on a fund: for so many shares, the part of each holding.

use super::FundClaims;
use crate::units::{Alpha, Tao};

/// A claim that is worth less is refused.
pub const CLAIM_THRESHOLD: Tao = Tao::from_rao(500_000);

/// What a fund holds in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundRow {
    /// Where.
    pub kind: RowKind,
    /// How much, in rao of alpha or TAO.
    pub held: u64,
    /// What all of it would be sold for.
    pub value: Tao,
}

/// Where a fund holds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// On root: cash, which is handed over.
    Root,
    /// On a subnet: alpha, which is sold without a fee.
    Subnet,
}

/// What a claim takes from a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClaimedRow {
    /// The claimant's part of the row's value; since spec 469 no more is paid, unless the claim is for the whole fund.
    pub entitlement: Tao,
    /// What leaves the row: handed over, or sold.
    pub take: Alpha,
    /// What the claimant gets of it.
    pub paid: Tao,
    /// What was realised beyond that and stays with the fund as cash.
    pub surplus: Tao,
}

/// What a claim comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FundClaim {
    /// By row, as they were given.
    pub rows: Vec<ClaimedRow>,
    /// Shares that are given up for it.
    pub shares: u64,
}

impl FundClaim {
    /// What the claimant gets, staked on root.
    #[must_use]
    pub fn paid(&self) -> Tao {
        self.rows.iter().map(|row| row.paid).sum()
    }

    /// What stays with the fund as cash.
    #[must_use]
    pub fn surplus(&self) -> Tao {
        self.rows.iter().map(|row| row.surplus).sum()
    }
}

/// Why a claim is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimRefused {
    /// The fund has no shares.
    #[error("the fund has no shares")]
    Empty,
    /// The claim is worth less than the threshold.
    #[error("the claim is worth {0} TAO, less than {CLAIM_THRESHOLD}")]
    TooSmall(Tao),
    /// Nothing could be realised.
    #[error("nothing of the fund can be sold")]
    Worthless,
    /// A part of a holding that is worth something rounds to nothing, which the claimant would lose.
    #[error("the part of a holding rounds to nothing")]
    RoundsToNothing,
}

/// A claim of `owed` of a fund's `shares`, no more than there are.
///
/// `sell` is what the sale of so much of a subnet's row, by its place, brings. Rows that are to be left out are not given.
/// Entitlements and what is taken are rounded down, in the fund's favour; since spec 454 at least one unit is sold of a row
/// of which the claimant is entitled to something.
///
/// Source: `subtensor:pallets/subtensor/src/staking/claim_root.rs::root_claim_for_hotkey` (`RaoFoundation` @ d791f459, and of
/// specs 469 to 475)
///
/// # Errors
/// If the claim is worth too little, before anything is sold, or if nothing is realised: then it is to be undone.
pub fn claim_of_fund(
    terms: FundClaims,
    rows: &[FundRow],
    owed: u64,
    shares: u64,
    mut sell: impl FnMut(usize, Alpha) -> Tao,
) -> Result<FundClaim, ClaimRefused> {
    if shares == 0 {
        return Err(ClaimRefused::Empty);
    }
    let owed = owed.min(shares);
    let part = |whole: u64| (u128::from(whole) * u128::from(owed) / u128::from(shares)) as u64;
    let value: u64 = rows.iter().fold(0, |sum, row| sum.saturating_add(row.value.rao()));
    let estimate = Tao::from_rao(part(value));
    if estimate < CLAIM_THRESHOLD {
        return Err(ClaimRefused::TooSmall(estimate));
    }
    if terms == FundClaims::Proceeds && rows.iter().any(|row| row.value > Tao::ZERO && part(row.held) == 0) {
        return Err(ClaimRefused::RoundsToNothing);
    }
    let claimed = rows.iter().enumerate().map(|(place, row)| {
        let entitlement = Tao::from_rao(part(row.value.rao()));
        let take = part(row.held);
        match row.kind {
            RowKind::Root => ClaimedRow {
                entitlement,
                take: Alpha::from_rao(take),
                paid: Tao::from_rao(take),
                surplus: Tao::ZERO,
            },
            RowKind::Subnet => {
                let least = u64::from(terms != FundClaims::Proceeds && entitlement > Tao::ZERO).min(row.held);
                let take = Alpha::from_rao(take.max(least));
                let realized = if take == Alpha::ZERO { Tao::ZERO } else { sell(place, take) };
                let all = owed == shares || terms != FundClaims::UpToEntitlement;
                let paid = if all { realized } else { realized.min(entitlement) };
                ClaimedRow { entitlement, take, paid, surplus: realized - paid }
            }
        }
    });
    let claim = FundClaim { rows: claimed.collect(), shares: owed };
    if claim.paid() == Tao::ZERO { Err(ClaimRefused::Worthless) } else { Ok(claim) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(kind: RowKind, held: u64, value: u64) -> FundRow {
        FundRow { kind, held, value: Tao::from_rao(value) }
    }

    /// A quarter of a fund: a quarter of the cash; a quarter of the alpha is sold for more than a quarter of its value.
    #[test]
    fn a_claimant_gets_no_more_than_the_part_of_each_rows_value() {
        let rows = [row(RowKind::Root, 4_000_000, 4_000_000), row(RowKind::Subnet, 100, 800_000)];
        let claim = claim_of_fund(FundClaims::UpToEntitlement, &rows, 25, 100, |_, _| Tao::from_rao(230_000))
            .expect("worth enough");
        let subnet = ClaimedRow {
            entitlement: Tao::from_rao(200_000),
            take: Alpha::from_rao(25),
            paid: Tao::from_rao(200_000),
            surplus: Tao::from_rao(30_000),
        };
        assert_eq!((claim.rows[1], claim.paid().rao(), claim.surplus().rao()), (subnet, 1_200_000, 30_000));
        // The last to leave gets all.
        let last = claim_of_fund(FundClaims::UpToEntitlement, &rows, 200, 100, |_, _| Tao::from_rao(900_000))
            .expect("worth enough");
        assert_eq!((last.shares, last.paid().rao(), last.surplus().rao()), (100, 4_900_000, 0));
    }

    #[test]
    fn a_small_or_worthless_claim_is_refused() {
        let rows = [row(RowKind::Subnet, 3, 4_000_000)];
        let claim = |owed, brings| {
            claim_of_fund(FundClaims::UpToEntitlement, &rows, owed, 100, |_, _| Tao::from_rao(brings))
        };
        assert_eq!(claim(12, 1), Err(ClaimRefused::TooSmall(Tao::from_rao(480_000))));
        assert_eq!(claim(13, 0), Err(ClaimRefused::Worthless));
        // 0.39 of a unit is sold as one.
        assert_eq!(claim(13, 9).map(|claim| claim.rows[0].take.rao()), Ok(1));
        assert_eq!(
            claim_of_fund(FundClaims::UpToEntitlement, &rows, 1, 0, |_, _| Tao::ZERO),
            Err(ClaimRefused::Empty)
        );
    }

    proptest! {
        #[test]
        fn a_claim_takes_no_more_than_its_part_of_the_fund(
            held in prop::collection::vec((1..1u64 << 50, 0..1u64 << 44, 0.0..2.0f64), 1..8), owed in 1..1u64 << 50, shares in 1..1u64 << 50,
        ) {
            let rows: Vec<_> = held.iter().map(|&(held, value, _)| row(RowKind::Subnet, held, value)).collect();
            let sell = |place: usize, take: Alpha| {
                let (held, value, luck) = held[place];
                Tao::from_rao((value as f64 * (take.rao() as f64 / held as f64) * luck) as u64)
            };
            if let Ok(claim) = claim_of_fund(FundClaims::UpToEntitlement, &rows, owed, shares, sell) {
                for (row, claimed) in rows.iter().zip(&claim.rows) {
                    prop_assert!(claimed.take.rao() <= row.held && claimed.entitlement <= row.value);
                    prop_assert!(claimed.paid <= claimed.entitlement || claim.shares == shares);
                }
                prop_assert!(claim.shares <= owed && claim.shares <= shares);
            }
        }
    }
}
