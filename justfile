# Short names for the project's commands; each is plain cargo underneath.

february := "configs/scenarios/february_2025.ron"

# list the recipes
default:
    @just --list

# all tests
test:
    cargo test --workspace

# format and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# the code's own documentation
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# everything that must hold before a change is accepted
ci:
    .ci/run

# the main run, into results/february_2025
february:
    cargo run --release -- run {{february}} --audit --force --out results/february_2025

# the main run against what is known (exits 1: one target is missed)
verify:
    cargo run --release -- verify {{february}}

# the chain's test vectors
conform:
    cargo run --release -- conform crates/protocol/tests/vectors

# make the launch's moving prices again, for both histories
calibrate:
    cargo run --release -- calibrate {{february}} --registered 28=4878363 --out configs/market/launch_subnets.csv --force
    cargo run --release -- calibrate configs/scenarios/february_2025_fast.ron --registered 28=4878363 --out configs/market/launch_subnets_fast.csv --force

# how fast the coinbase is
bench:
    cargo bench -p dtao-protocol --bench coinbase
