//! Lists the kernels of one instruction set as plain functions, behind calls that check every address.

use super::pool::Pooling;
use super::simd::LANES;
use super::tile::Product;
use super::winograd::Transform;

/// Compiles one generic kernel for one instruction set.
macro_rules! entry {
    ($simd:ident, $feature:literal, $call:path, ($($argument:ident: $kind:ty),*)) => {{
        #[target_feature(enable = $feature)]
        unsafe fn entry($($argument: $kind),*) {
            // SAFETY: the table is chosen only where the machine has these instructions; addresses are the
            // caller's promise.
            #[allow(unused_unsafe, reason = "only some kernels take addresses")]
            unsafe { $call($simd::assume(), $($argument),*) }
        }
        entry
    }};
    ($simd:ident, $call:path, ($($argument:ident: $kind:ty),*)) => {{
        unsafe fn entry($($argument: $kind),*) {
            // SAFETY: these instructions are everywhere; addresses are the caller's promise.
            #[allow(unused_unsafe, reason = "only some kernels take addresses")]
            unsafe { $call($simd::assume(), $($argument),*) }
        }
        entry
    }};
}

/// Compiles every generic kernel for one instruction set into its table `KERNELS`.
macro_rules! kernels {
    ($name:literal, $($set:tt),+) => {
        pub(super) static KERNELS: super::table::Kernels = super::table::Kernels {
            name: $name,
            multiply: super::table::entry!(
                $($set),+, super::tile::multiply,
                (product: &super::tile::Product, a: *const f32, b: *const f32, c: *mut f32)
            ),
            pool: super::table::entry!(
                $($set),+, super::pool::pool,
                (
                    p: &super::pool::Pooling, sums: [&[f32]; 2], bias: &[f32], maps: [&mut [f32]; 2],
                    argmax: [&mut [f32]; 2]
                )
            ),
            pool_backward: super::table::entry!(
                $($set),+, super::pool::pool_backward,
                (
                    p: &super::pool::Pooling, maps: [&[f32]; 2], gradients: [&[f32]; 2], argmax: [&[f32]; 2],
                    sums: [&mut [f32]; 2], bias: &mut [f32]
                )
            ),
            butterfly: super::table::entry!(
                $($set),+, super::pool::butterfly, (x: &mut [f32], y: &mut [f32])
            ),
            sum_and_difference: super::table::entry!(
                $($set),+, super::pool::sum_and_difference,
                (x: &[f32], y: &[f32], sum: &mut [f32], difference: &mut [f32])
            ),
            transform: super::table::entry!(
                $($set),+, super::winograd::transform,
                (transform: &super::winograd::Transform, from: *const f32, to: *mut f32)
            ),
            add_multiple: super::table::entry!(
                $($set),+, super::combine::add_multiple, (factor: f32, from: &[f32], to: &mut [f32])
            ),
            rectify: super::table::entry!(
                $($set),+, super::pixels::rectify, (bias: &[f32], numbers: &mut [f32])
            ),
            rectify_backward: super::table::entry!(
                $($set),+, super::pixels::rectify_backward,
                (numbers: &[f32], slopes: &[f32], to: &mut [f32], sums: &mut [f32])
            ),
            sum_channels: super::table::entry!(
                $($set),+, super::pixels::sum_channels,
                (weights: &[f32], bias: f32, pixels: &[f32], to: &mut [f32])
            ),
            sum_channels_backward: super::table::entry!(
                $($set),+, super::pixels::sum_channels_backward,
                (
                    weights: &[f32], of: (&[f32], &[f32]), to: &mut [f32], gradients: (&mut [f32], &mut [f32])
                )
            ),
            head_forward: super::table::entry!(
                $($set),+, super::head::head_forward,
                (
                    channels: usize, weights: &[f32], forward: &[f32], reversed: &[f32],
                    contributions: &mut [f32]
                )
            ),
            head_backward: super::table::entry!(
                $($set),+, super::head::head_backward,
                (
                    derivative: f32, weights: &[f32], forward: &[f32], reversed: &[f32],
                    forward_gradient: &mut [f32], reversed_gradient: &mut [f32], weights_gradient: &mut [f32]
                )
            ),
        };
    };
}
pub(super) use entry;
pub(super) use kernels;

/// The arithmetic of one instruction set.
///
/// A table is reachable only through `available`, which asks the machine: that makes the pointers sound.
#[allow(clippy::type_complexity, reason = "the signatures of the kernels, each named once more below")]
pub(crate) struct Kernels {
    pub(crate) name: &'static str,
    pub(super) multiply: unsafe fn(&Product, *const f32, *const f32, *mut f32),
    pub(super) pool: unsafe fn(&Pooling, [&[f32]; 2], &[f32], [&mut [f32]; 2], [&mut [f32]; 2]),
    pub(super) pool_backward:
        unsafe fn(&Pooling, [&[f32]; 2], [&[f32]; 2], [&[f32]; 2], [&mut [f32]; 2], &mut [f32]),
    pub(super) butterfly: unsafe fn(&mut [f32], &mut [f32]),
    pub(super) sum_and_difference: unsafe fn(&[f32], &[f32], &mut [f32], &mut [f32]),
    pub(super) transform: unsafe fn(&Transform, *const f32, *mut f32),
    pub(super) add_multiple: unsafe fn(f32, &[f32], &mut [f32]),
    pub(super) rectify: unsafe fn(&[f32], &mut [f32]),
    pub(super) rectify_backward: unsafe fn(&[f32], &[f32], &mut [f32], &mut [f32]),
    pub(super) sum_channels: unsafe fn(&[f32], f32, &[f32], &mut [f32]),
    pub(super) sum_channels_backward:
        unsafe fn(&[f32], (&[f32], &[f32]), &mut [f32], (&mut [f32], &mut [f32])),
    pub(super) head_forward: unsafe fn(usize, &[f32], &[f32], &[f32], &mut [f32]),
    pub(super) head_backward: unsafe fn(f32, &[f32], &[f32], &[f32], &mut [f32], &mut [f32], &mut [f32]),
}

impl Kernels {
    /// Computes `product`.
    pub(crate) fn multiply(&self, product: &Product, a: &[f32], b: &[f32], c: &mut [f32]) {
        product.check(a.len(), b.len(), c.len());
        #[cfg(test)]
        count(product.rows * product.columns * product.segments * product.depth);
        // SAFETY: the machine has the instructions (see `available`); addresses were checked.
        unsafe { (self.multiply)(product, a.as_ptr(), b.as_ptr(), c.as_mut_ptr()) }
    }
    /// See [`super::pool::pool`].
    pub(crate) fn pool(
        &self,
        p: &Pooling,
        sums: [&[f32]; 2],
        bias: &[f32],
        maps: [&mut [f32]; 2],
        argmax: [&mut [f32]; 2],
    ) {
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.pool)(p, sums, bias, maps, argmax) }
    }
    /// See [`super::pool::pool_backward`].
    pub(crate) fn pool_backward(
        &self,
        p: &Pooling,
        maps: [&[f32]; 2],
        gradients: [&[f32]; 2],
        argmax: [&[f32]; 2],
        sums: [&mut [f32]; 2],
        bias: &mut [f32],
    ) {
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.pool_backward)(p, maps, gradients, argmax, sums, bias) }
    }
    /// See [`super::pool::butterfly`].
    pub(crate) fn butterfly(&self, x: &mut [f32], y: &mut [f32]) {
        assert!(x.len() == y.len() && x.len().is_multiple_of(LANES), "vectors differ in length");
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.butterfly)(x, y) }
    }
    /// See [`super::pool::sum_and_difference`].
    pub(crate) fn sum_and_difference(&self, x: &[f32], y: &[f32], sum: &mut [f32], difference: &mut [f32]) {
        let alike = [y.len(), sum.len(), difference.len()].iter().all(|length| *length == x.len());
        assert!(alike && x.len().is_multiple_of(LANES), "vectors differ in length");
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.sum_and_difference)(x, y, sum, difference) }
    }
    /// See [`super::winograd::transform`].
    pub(crate) fn transform(&self, transform: &Transform, from: &[f32], to: &mut [f32]) {
        transform.check(from.len(), to.len());
        #[cfg(test)]
        count(transform.multiply_adds());
        // SAFETY: the machine has the instructions (see `available`); addresses were checked.
        unsafe { (self.transform)(transform, from.as_ptr(), to.as_mut_ptr()) }
    }
    /// Adds `factor * from` to `to`, both a whole number of vectors long.
    pub(crate) fn add_multiple(&self, factor: f32, from: &[f32], to: &mut [f32]) {
        assert!(from.len() == to.len() && to.len().is_multiple_of(LANES), "vectors differ in length");
        if factor != 0.0 {
            // SAFETY: the machine has the instructions, by the construction of `available`.
            unsafe { (self.add_multiple)(factor, from, to) }
        }
    }
    /// See [`super::pixels::rectify`].
    pub(crate) fn rectify(&self, bias: &[f32], numbers: &mut [f32]) {
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.rectify)(bias, numbers) }
    }
    /// See [`super::pixels::rectify_backward`].
    pub(crate) fn rectify_backward(&self, numbers: &[f32], slopes: &[f32], to: &mut [f32], sums: &mut [f32]) {
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.rectify_backward)(numbers, slopes, to, sums) }
    }
    /// See [`super::pixels::sum_channels`].
    pub(crate) fn sum_channels(&self, weights: &[f32], bias: f32, pixels: &[f32], to: &mut [f32]) {
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.sum_channels)(weights, bias, pixels, to) }
    }
    /// See [`super::pixels::sum_channels_backward`].
    pub(crate) fn sum_channels_backward(
        &self,
        weights: &[f32],
        (numbers, slopes): (&[f32], &[f32]),
        to: &mut [f32],
        (sums, gradient): (&mut [f32], &mut [f32]),
    ) {
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.sum_channels_backward)(weights, (numbers, slopes), to, (sums, gradient)) }
    }
    /// See [`super::head::head_forward`].
    pub(crate) fn head_forward(
        &self,
        channels: usize,
        weights: &[f32],
        forward: &[f32],
        reversed: &[f32],
        contributions: &mut [f32],
    ) {
        #[cfg(test)]
        count(weights.len());
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.head_forward)(channels, weights, forward, reversed, contributions) }
    }
    /// See [`super::head::head_backward`].
    #[expect(clippy::too_many_arguments, reason = "two maps, the weights, and the gradient of each")]
    pub(crate) fn head_backward(
        &self,
        derivative: f32,
        weights: &[f32],
        forward: &[f32],
        reversed: &[f32],
        forward_gradient: &mut [f32],
        reversed_gradient: &mut [f32],
        weights_gradient: &mut [f32],
    ) {
        #[cfg(test)]
        count(3 * weights.len());
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe {
            (self.head_backward)(
                derivative,
                weights,
                forward,
                reversed,
                forward_gradient,
                reversed_gradient,
                weights_gradient,
            );
        }
    }
}

#[cfg(test)]
thread_local! {
    static EXECUTED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
fn count(multiply_adds: usize) {
    EXECUTED.set(EXECUTED.get() + multiply_adds as u64);
}

/// Multiply-adds that this thread has asked of kernels so far.
#[cfg(test)]
pub(crate) fn executed() -> u64 {
    EXECUTED.get()
}
