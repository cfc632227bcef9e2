# dtao with its scenarios, sweeps and market data:
#   docker build -t dtao .
#   docker run --rm -v "$PWD/results:/results" dtao run february_2025 --out /results/february_2025
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends git gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# With .git: every manifest names the commit that the program was built from.
COPY . .
RUN cargo build --release --locked --features parquet

FROM debian:bookworm-slim
COPY --from=build /src/target/release/dtao /usr/local/bin/dtao
WORKDIR /dtao
RUN dtao init .
ENTRYPOINT ["dtao"]
