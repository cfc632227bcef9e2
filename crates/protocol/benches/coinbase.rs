//! What a block's coinbase costs, against a loop by hand over plain integers that does the same arithmetic.
//!
//! Both keep the same books, block after block, and must end in the same state.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dtao_protocol::books::{Books, Pending, Settings};
use dtao_protocol::coinbase::{Chain, block};
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::{Q32, Q64};
use dtao_protocol::moving_price::MovingPriceStart;
use dtao_protocol::pool::balancer::{Balancer, Weight};
use dtao_protocol::pool::{Curve, Reserves, constant_product};
use dtao_protocol::rules::Rules;
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

/// 128 pools of weighted reserves, most of which the chain buys in every block.
fn weighted_market() -> Vec<Books> {
    (1..=2 * SUBNETS)
        .map(|i| {
            let netuid = Netuid(i as u16);
            let settings = Settings {
                first_emission: Some(Block(i * 1_000)),
                ..Settings::dynamic(netuid, Block(i * 1_000 - 500), 360, Block(NOW))
            };
            let weight = Weight::from_parts(450_000_000_000_000_000 + i * 812_345_678_901_234);
            Books {
                pool: Reserves {
                    tao: Tao::from_rao(i * 391_234_567_891),
                    alpha: Alpha::from_rao((2 * SUBNETS + 17 - i) * 19_876_543_210_987),
                },
                curve: Curve::Balancer(Balancer::weighted(weight)),
                alpha_out: Alpha::from_rao(i * 22_345_678_901_234),
                moving_price: Q32::from_f64(0.0003 * i as f64),
                ..Books::new(netuid, settings)
            }
        })
        .collect()
}

const CHAIN: Chain = Chain {
    block: Block(NOW),
    emission: Tao::from_rao(RAO),
    root_tao: Tao::from_rao(ROOT_TAO),
    gate_bar: Q64::ZERO,
};

fn by_the_rules(subnets: &mut [Books], rules: &Rules, weights: &mut Vec<Q32>) {
    black_box(block(rules, &CHAIN, subnets, weights));
}

/// The same market as columns of plain integers.
#[derive(Clone, PartialEq, Debug)]
struct Columns {
    tao: Vec<u64>,
    alpha_in: Vec<u64>,
    alpha_out: Vec<u64>,
    moving_price: Vec<u128>,
    /// For miners and validators, sold for root, for the owner; and TAO for root.
    pending: Vec<[u64; 4]>,
    unclaimed: Vec<u64>,
    /// What the last block emitted: TAO and alpha into the pool, alpha, owner's cut, pending, sold, its TAO.
    emitted: Vec<[u64; 7]>,
}

impl Columns {
    fn of(subnets: &[Books]) -> Self {
        Self {
            tao: subnets.iter().map(|subnet| subnet.pool.tao.rao()).collect(),
            alpha_in: subnets.iter().map(|subnet| subnet.pool.alpha.rao()).collect(),
            alpha_out: subnets.iter().map(|subnet| subnet.alpha_out.rao()).collect(),
            moving_price: subnets.iter().map(|subnet| subnet.moving_price.bits()).collect(),
            pending: subnets.iter().map(pending).collect(),
            unclaimed: subnets.iter().map(|subnet| subnet.dust.unclaimed.rao()).collect(),
            emitted: subnets.iter().map(emitted).collect(),
        }
    }
}

fn pending(subnet: &Books) -> [u64; 4] {
    let Pending { emission, swapped, owner_cut, root_tao, .. } = subnet.pending;
    [emission.rao(), swapped.rao(), owner_cut.rao(), root_tao.rao()]
}

fn emitted(subnet: &Books) -> [u64; 7] {
    let it = subnet.emitted;
    let alpha = [it.alpha_in, it.alpha_out, it.owner_cut, it.pending, it.root_alpha].map(Alpha::rao);
    [it.tao_in.rao(), alpha[0], alpha[1], alpha[2], alpha[3], alpha[4], it.root_tao.unwrap_or_default().rao()]
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
        let sold = (((proportion * rest) >> 32) * (ONE / 2)) >> 32;
        let kept = ((rest - sold) >> 32) as u64;
        let sold = (sold >> 32) as u64;
        let mut root_tao = 0;
        let left = ((tao * alpha) << 18) / (alpha + u128::from(sold));
        if left >= 10_000_000 << 18 {
            root_tao = (((tao << 18) - left) >> 18) as u64;
            tao -= u128::from(root_tao);
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
        let (emitted, owner) = (emitted as u64, (cut >> 32) as u64);
        for (waits, more) in columns.pending[i].iter_mut().zip([kept, sold, owner, root_tao]) {
            *waits += more;
        }
        columns.unclaimed[i] += emitted - owner - kept - sold;
        columns.emitted[i] =
            [(share >> 32) as u64, (alpha_in >> 32) as u64, emitted, owner, kept, sold, root_tao];
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
        bencher.iter(|| by_the_rules(&mut subnets, black_box(&rules), &mut weights));
    });
    group.bench_function("by hand", |bencher| {
        bencher.iter(|| by_hand(black_box(&mut columns), black_box(&rules)));
    });
    group.finish();

    // The budget of a year, 2,629,800 blocks, in 60 s is 22.8 us a block. What it takes on a machine that does other work is
    // to be held against the launch's block beside it.
    let later = Rules::at(Spec::known(425));
    // With the gate, whose bar is 359 of 360 blocks the one that is stored.
    let gated = Rules::at(Spec::known(475));
    let (mut launched, mut weighted, mut through_the_gate) = (market(), weighted_market(), weighted_market());
    let gate_bar = block(&gated, &CHAIN, &mut through_the_gate, &mut weights).gate_bar;
    let chain = Chain { gate_bar, block: Block(NOW + 1), ..CHAIN };
    let mut group = criterion.benchmark_group("coinbase of one block");
    group.bench_function("64 subnets, spec 246", |bencher| {
        bencher.iter(|| by_the_rules(&mut launched, black_box(&rules), &mut weights));
    });
    group.bench_function("128 subnets, spec 425", |bencher| {
        bencher.iter(|| by_the_rules(&mut weighted, black_box(&later), &mut weights));
    });
    group.bench_function("128 subnets, spec 475", |bencher| {
        bencher.iter(|| black_box(block(black_box(&gated), &chain, &mut through_the_gate, &mut weights)));
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
