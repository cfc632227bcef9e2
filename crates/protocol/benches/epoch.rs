//! How long an epoch takes: dense and sparse weights, both versions of Yuma.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dtao_protocol::fixed::Q32;
use dtao_protocol::units::{Alpha, Block};
use dtao_protocol::yuma::{
    Epoch, EpochRules, I32F32, LogisticAlpha, Neuron, Neurons, Permit, SigmoidAlpha, Uid, Version,
};
use std::hint::black_box;

/// How many neurons each validator sets weights on.
#[derive(Clone, Copy, Debug)]
enum Filling {
    All,
    Sixteenth,
}

/// A quarter of the neurons validate, the others mine; bonds have settled.
fn neurons(n: usize, filling: Filling, rules: &EpochRules) -> Neurons {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let validators = n / 4;
    let by_uid = (0..n).map(|uid| {
        let mut neuron = Neuron { last_update: Block(1_000), registered: Block(1), ..Neuron::default() };
        if uid < validators {
            neuron.stake = Q32::from_int(1_000_000_000 + next() * 1_000);
            neuron.permit = Permit::Granted;
            for miner in validators..n {
                let sets = match filling {
                    Filling::All => true,
                    Filling::Sixteenth => next() % 16 == 0,
                };
                if sets {
                    // Validators agree on a miner's worth to within a tenth.
                    let worth = 1_000 + (miner as u64 * 7_919) % 50_000;
                    neuron.weights.push((Uid(miner as u16), (worth + next() % (worth / 10)) as u16));
                }
            }
        } else {
            neuron.stake = Q32::from_int(next());
        }
        neuron
    });
    let mut neurons = Neurons { by_uid: by_uid.collect(), ..Neurons::default() };
    let mut epoch = Epoch::default();
    for _ in 0..3 {
        epoch.run(rules, &mut neurons, Block(1_100), Alpha::from_rao(361_000_000_000));
    }
    neurons
}

fn rules() -> [(&'static str, EpochRules); 4] {
    let (low, high) = (I32F32::from_f64(0.7), I32F32::from_f64(0.9));
    let logistic = LogisticAlpha::new(low, high).expect("bounds in order");
    let sigmoid = SigmoidAlpha::new(low, high, 1_000).expect("bounds in order");
    let (launch, newest) = (EpochRules::launch(), EpochRules::spec_425());
    [
        ("yuma2", launch),
        ("yuma3", newest),
        ("yuma2_liquid", EpochRules { version: Version::Yuma2 { liquid_alpha: Some(logistic) }, ..launch }),
        ("yuma3_liquid", EpochRules { version: Version::Yuma3 { liquid_alpha: Some(sigmoid) }, ..newest }),
    ]
}

fn epochs(criterion: &mut Criterion) {
    for (name, rules) in rules() {
        for filling in [Filling::All, Filling::Sixteenth] {
            let mut group = criterion.benchmark_group(format!("epoch/{name}/{filling:?}"));
            for n in [8, 16, 32, 64, 128, 256] {
                let mut neurons = neurons(n, filling, &rules);
                let mut epoch = Epoch::default();
                group.bench_function(BenchmarkId::from_parameter(n), |bencher| {
                    bencher.iter(|| {
                        epoch.run(
                            &rules,
                            black_box(&mut neurons),
                            Block(1_100),
                            Alpha::from_rao(361_000_000_000),
                        );
                        black_box(epoch.emission()[0])
                    });
                });
            }
        }
    }
}

criterion_group!(benches, epochs);
criterion_main!(benches);
