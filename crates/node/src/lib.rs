//! The addon: converts arguments and results, makes errors, and gives every operation its two call
//! forms. What is stored, and how, is decided in `rivers-storage`.

mod call;
mod errors;
mod input;
mod js;
mod kv;
mod life;
mod output;
mod runtime;
mod standin;
mod storage;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
