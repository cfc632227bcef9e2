//! What a block's coinbase costs, against a loop by hand over plain integers that does the same arithmetic.
//!
//! Budget: the rules take at most 1.3 times as long as the loop. Both must end in the same state.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use dtao_protocol::books::{Books, Settings};
use dtao_protocol::coinbase::{Chain, block};
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::{Reserves, constant_product};
use dtao_protocol::rules::{MovingPriceStart, Rules};
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};

const SUBNETS: u64 = 64;
const ROOT_TAO: u64 = 5_900_000 * RAO;

/// The block that is made again and again.
const NOW: u64 = 1_000_000;

/// How old the subnet at an index is, in blocks: no two were registered together.
const fn age(index: usize) -> u64 {
    100_000 + 1_000 * index as u64
}

/// A market some weeks after the launch, no two subnets alike.
fn market() -> Vec<Books> {
    (1..=SUBNETS)
        .map(|i| {
            let netuid = Netuid(i as u16);
            let settings = Settings::dynamic(netuid, Block(NOW - age(i as usize - 1)), 360, Block(NOW));
            Books {
                pool: Reserves {
                    tao: Tao::from_rao(i * 791_234_567_891),
                    alpha: Alpha::from_rao((SUBNETS + 17 - i) * 9_876_543_210_987),
                },
                alpha_out: Alpha::from_rao(i * 12_345_678_901_234),
                moving_price: Q32::from_f64(0.003 * i as f64),
                ..Books::new(netuid, settings)
            }
        })
        .collect()
}

fn by_the_rules(subnets: &mut [Books], rules: &Rules, weights: &mut Vec<Q32>) {
    let chain = Chain { block: Block(NOW), emission: Tao::from_rao(RAO), root_tao: Tao::from_rao(ROOT_TAO) };
    black_box(block(rules, &chain, subnets, weights));
}

/// The same market as columns of plain integers.
#[derive(Clone, PartialEq, Debug)]
struct Columns {
    tao: Vec<u64>,
    alpha_in: Vec<u64>,
    alpha_out: Vec<u64>,
    moving_price: Vec<u128>,
}

impl Columns {
    fn of(subnets: &[Books]) -> Self {
        Self {
            tao: subnets.iter().map(|subnet| subnet.pool.tao.rao()).collect(),
            alpha_in: subnets.iter().map(|subnet| subnet.pool.alpha.rao()).collect(),
            alpha_out: subnets.iter().map(|subnet| subnet.alpha_out.rao()).collect(),
            moving_price: subnets.iter().map(|subnet| subnet.moving_price.bits()).collect(),
        }
    }
}

/// What the rules come to where nothing saturates, every subnet is dynamic and open, and no halving is past.
fn by_hand(columns: &mut Columns, rules: &Rules) {
    const ONE: u128 = 1 << 32;
    let whole = u128::from(RAO) << 32;
    let total: u128 = columns.moving_price.iter().sum();
    let root = ((u128::from(ROOT_TAO) << 32) * rules.tao_weight.bits()) >> 32;
    let cut = (whole * rules.owner_cut.bits()) >> 32;
    let rest = whole - cut;
    let MovingPriceStart::Slow { half_speed_age } = rules.moving_price_start else { unreachable!() };
    for i in 0..columns.tao.len() {
        let (mut tao, mut alpha) = (u128::from(columns.tao[i]), u128::from(columns.alpha_in[i]));
        let mut alpha_out = u128::from(columns.alpha_out[i]);
        let emitted = if alpha + alpha_out < 10_500_000 * u128::from(RAO) { u128::from(RAO) } else { 0 };
        let share = (((whole * columns.moving_price[i]) >> 32) << 32) / total;
        let spot = (tao << 32) / alpha;
        let alpha_in = (share << 32).checked_div(spot).map_or(whole, |alpha| alpha.min(whole));
        alpha += alpha_in >> 32;
        tao += share >> 32;
        alpha_out += emitted;
        let proportion = (root << 32) / (root + ((alpha + alpha_out) << 32));
        let sold = (((((proportion * rest) >> 32) * (ONE / 2)) >> 32) >> 32) as u64;
        let left = ((tao * alpha) << 18) / (alpha + u128::from(sold));
        if left >= 10_000_000 << 18 {
            tao -= ((tao << 18) - left) >> 18;
            alpha += u128::from(sold);
            alpha_out -= u128::from(sold);
        }
        let spot = ((tao << 32) / alpha).min(ONE);
        let age = age(i);
        let weight =
            (rules.moving_alpha.bits() * ((u128::from(age) << 32) / u128::from(age + half_speed_age))) >> 32;
        columns.moving_price[i] =
            ((weight * spot) >> 32) + (((ONE - weight) * columns.moving_price[i]) >> 32);
        columns.tao[i] = tao as u64;
        columns.alpha_in[i] = alpha as u64;
        columns.alpha_out[i] = alpha_out as u64;
    }
}

fn coinbase(criterion: &mut Criterion) {
    let rules = Rules::at(Spec::known(246));
    let mut weights = Vec::new();
    let (mut subnets, mut columns) = (market(), Columns::of(&market()));
    for _ in 0..7_200 {
        by_the_rules(&mut subnets, &rules, &mut weights);
        by_hand(&mut columns, &rules);
    }
    assert_eq!(Columns::of(&subnets), columns, "both ways of reckoning end in the same state");

    let mut group = criterion.benchmark_group("coinbase of one block, 64 subnets");
    group.bench_function("by the rules", |bencher| {
        bencher.iter_batched_ref(
            market,
            |subnets| by_the_rules(subnets, black_box(&rules), &mut weights),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("by hand", |bencher| {
        let start = Columns::of(&market());
        bencher.iter_batched_ref(
            || start.clone(),
            |columns| by_hand(columns, black_box(&rules)),
            BatchSize::SmallInput,
        );
    });
    group.finish();

    let pool = market()[20].pool;
    let mut group = criterion.benchmark_group("one swap");
    group.bench_function("by the rules", |bencher| {
        bencher.iter(|| constant_product::buy(black_box(pool), black_box(Tao::from_rao(RAO))));
    });
    group.bench_function("by hand", |bencher| {
        bencher.iter(|| {
            let (pool, amount) = (black_box(pool), black_box(RAO));
            let (tao, alpha) = (u128::from(pool.tao.rao()), u128::from(pool.alpha.rao()));
            let left = ((tao * alpha) << 18) / (tao + u128::from(amount));
            (left >= 10_000_000 << 18).then(|| ((alpha << 18) - left) >> 18)
        });
    });
    group.finish();
}

criterion_group!(benches, coinbase);
criterion_main!(benches);
