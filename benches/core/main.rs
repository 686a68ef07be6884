//! What the core, the codec, the JSON and the log cost by themselves: `make bench-core`.
//!
//! Each benchmark shows the time of one call, and how many blocks and bytes it allocates (`alloc`), frees (`dealloc`) and
//! has at most (`max alloc`). What is done before and after a call, so that each meets the same crowd, is not counted.

mod codec;
mod crowd;
mod log;
mod matches;
mod memory;
mod queue;
mod routes;
mod sockets;
mod stakes;
mod steps;
mod wire;

/// The program's own allocator, counted.
#[global_allocator]
static ALLOCATOR: divan::AllocProfiler<tikv_jemallocator::Jemalloc> =
    divan::AllocProfiler::new(tikv_jemallocator::Jemalloc);

fn main() {
    divan::main();
}
