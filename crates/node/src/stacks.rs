//! The stacks of RocksDB's threads.
#![allow(unsafe_code, reason = "the size of stacks is set by a function of the C library")]

/// Gives threads that ask for no size a stack of 1 MiB. RocksDB asks for none; musl would give it 128 KiB, glibc gives 8 MiB. Those
/// of Node and of our runtime ask for their own.
#[cfg(target_env = "musl")]
pub fn enlarge() {
    use std::ffi::{c_int, c_void};
    use std::mem::MaybeUninit;

    const BYTES: usize = 1 << 20;
    /// As large as musl's `pthread_attr_t` on 64 bits.
    type Attributes = MaybeUninit<[u64; 7]>;

    unsafe extern "C" {
        fn pthread_attr_init(attributes: *mut c_void) -> c_int;
        fn pthread_attr_setstacksize(attributes: *mut c_void, bytes: usize) -> c_int;
        fn pthread_setattr_default_np(attributes: *const c_void) -> c_int;
    }
    let mut attributes = Attributes::uninit();
    let attributes = attributes.as_mut_ptr().cast::<c_void>();
    // SAFETY: these are the C declarations, and the attributes have room for the C type. musl never lowers the size, and a
    // failure leaves it as it was. musl's attributes hold nothing that would have to be freed.
    unsafe {
        pthread_attr_init(attributes);
        pthread_attr_setstacksize(attributes, BYTES);
        pthread_setattr_default_np(attributes);
    }
}

#[cfg(not(target_env = "musl"))]
pub const fn enlarge() {}
