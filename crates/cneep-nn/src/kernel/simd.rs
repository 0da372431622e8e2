//! Names the operations on sixteen numbers at once that every instruction set must offer.

/// Numbers in a vector, whatever the width of the registers that hold it.
pub(crate) const LANES: usize = 16;

/// Proof that this machine has an instruction set, and its operations on vectors of [`LANES`] numbers.
///
/// A value of an implementing type exists only where the instructions do, so its methods are safe to call.
/// Every operation rounds as its scalar twin does and is symmetric under a change of sign.
pub(crate) trait Simd: Copy {
    /// Sixteen numbers.
    type Vector: Copy;
    /// Rows of the largest tile of sums that stays in registers.
    const TILE_ROWS: usize;
    /// Vectors side by side in that tile.
    const TILE_VECTORS: usize;

    /// Reads sixteen numbers.
    ///
    /// # Safety
    /// `from` must be readable for sixteen numbers.
    unsafe fn read(self, from: *const f32) -> Self::Vector;
    /// Writes sixteen numbers.
    ///
    /// # Safety
    /// `to` must be writable for sixteen numbers.
    unsafe fn write(self, to: *mut f32, x: Self::Vector);
    /// The same number sixteen times.
    fn splat(self, x: f32) -> Self::Vector;
    /// `x + y`.
    fn add(self, x: Self::Vector, y: Self::Vector) -> Self::Vector;
    /// `x - y`.
    fn sub(self, x: Self::Vector, y: Self::Vector) -> Self::Vector;
    /// `x * y`.
    fn mul(self, x: Self::Vector, y: Self::Vector) -> Self::Vector;
    /// `x * y + z`, rounded once where the machine can.
    fn mul_add(self, x: Self::Vector, y: Self::Vector, z: Self::Vector) -> Self::Vector;
    /// `x` where positive (or not a number), otherwise zero.
    fn relu(self, x: Self::Vector) -> Self::Vector;
    /// `x` where `x > y`, otherwise `y`.
    fn max(self, x: Self::Vector, y: Self::Vector) -> Self::Vector;
    /// `yes` where `x > y`, otherwise `no`.
    fn where_greater(
        self,
        x: Self::Vector,
        y: Self::Vector,
        yes: Self::Vector,
        no: Self::Vector,
    ) -> Self::Vector;
    /// `yes` where `x == y`, otherwise zero.
    fn where_equal(self, x: Self::Vector, y: Self::Vector, yes: Self::Vector) -> Self::Vector;

    /// The first sixteen numbers of `from`.
    #[inline(always)]
    fn load(self, from: &[f32]) -> Self::Vector {
        assert!(from.len() >= LANES);
        // SAFETY: the assertion above.
        unsafe { self.read(from.as_ptr()) }
    }

    /// Writes `x` over the first sixteen numbers of `to`.
    #[inline(always)]
    fn store(self, to: &mut [f32], x: Self::Vector) {
        assert!(to.len() >= LANES);
        // SAFETY: the assertion above.
        unsafe { self.write(to.as_mut_ptr(), x) }
    }
}
