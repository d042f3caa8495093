//! Sixteen octets that are worked on together.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) use self::simd::{Lane, Octets};
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) use self::wide::{Lane, Octets};

/// What a circuit is made of. A lane has 128 bits of it; key expansion makes do with 32.
pub(crate) trait Bits: Copy {
    fn xor(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
}

impl Bits for u32 {
    fn xor(self, other: Self) -> Self {
        self ^ other
    }

    fn and(self, other: Self) -> Self {
        self & other
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd {
    use core::arch::wasm32::{i8x16_shuffle, u8x16_splat, u64x2_shl, u64x2_shr, v128, v128_and, v128_xor};

    use super::Bits;

    /// How a lane is kept.
    pub(crate) type Octets = v128;

    /// Sixteen octets, the first of a block in the lowest place.
    #[derive(Clone, Copy)]
    pub(crate) struct Lane(pub(crate) Octets);

    impl Bits for Lane {
        #[inline(always)]
        fn xor(self, other: Self) -> Self {
            Self(v128_xor(self.0, other.0))
        }

        #[inline(always)]
        fn and(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }
    }

    impl Lane {
        /// The same octet everywhere.
        #[inline(always)]
        pub(crate) fn splat(octet: u8) -> Self {
            Self(u8x16_splat(octet))
        }

        /// Bits of an octet may come from its neighbour: the caller masks them.
        #[inline(always)]
        pub(crate) fn right<const BITS: u32>(self) -> Self {
            Self(u64x2_shr(self.0, BITS))
        }

        /// As [`Self::right`].
        #[inline(always)]
        pub(crate) fn left<const BITS: u32>(self) -> Self {
            Self(u64x2_shl(self.0, BITS))
        }

        /// ShiftRows (FIPS 197 §5.1.2): row r is every fourth octet from the r-th on.
        #[inline(always)]
        pub(crate) fn shift_rows(self) -> Self {
            Self(i8x16_shuffle::<0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11>(self.0, self.0))
        }

        /// InvShiftRows (FIPS 197 §5.3.1).
        #[inline(always)]
        pub(crate) fn inv_shift_rows(self) -> Self {
            Self(i8x16_shuffle::<0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3>(self.0, self.0))
        }

        /// Each octet of a column becomes the one below it.
        #[inline(always)]
        pub(crate) fn next_in_column(self) -> Self {
            Self(i8x16_shuffle::<1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12>(self.0, self.0))
        }

        /// Each octet of a column becomes the second below it.
        #[inline(always)]
        pub(crate) fn second_in_column(self) -> Self {
            Self(i8x16_shuffle::<2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13>(self.0, self.0))
        }
    }
}

/// The same without instructions for it.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod wide {
    use core::array;

    use super::Bits;

    pub(crate) type Octets = u128;

    #[derive(Clone, Copy)]
    pub(crate) struct Lane(pub(crate) Octets);

    impl Bits for Lane {
        fn xor(self, other: Self) -> Self {
            Self(self.0 ^ other.0)
        }

        fn and(self, other: Self) -> Self {
            Self(self.0 & other.0)
        }
    }

    impl Lane {
        pub(crate) fn splat(octet: u8) -> Self {
            Self(u128::from_ne_bytes([octet; 16]))
        }

        pub(crate) fn right<const BITS: u32>(self) -> Self {
            Self(self.0 >> BITS)
        }

        pub(crate) fn left<const BITS: u32>(self) -> Self {
            Self(self.0 << BITS)
        }

        /// Octet `at` of the answer is that of `from(at)`.
        fn shuffled(self, from: impl Fn(usize) -> usize) -> Self {
            let octets: [u8; 16] = bytemuck::cast(self.0);
            Self(bytemuck::cast::<[u8; 16], _>(array::from_fn(|at| {
                octets.get(from(at)).copied().unwrap_or_default()
            })))
        }

        pub(crate) fn shift_rows(self) -> Self {
            self.shuffled(|at| (at + 4 * (at % 4)) % 16)
        }

        pub(crate) fn inv_shift_rows(self) -> Self {
            self.shuffled(|at| (at + 12 * (at % 4)) % 16)
        }

        pub(crate) fn next_in_column(self) -> Self {
            self.shuffled(|at| at - at % 4 + (at + 1) % 4)
        }

        pub(crate) fn second_in_column(self) -> Self {
            self.shuffled(|at| at - at % 4 + (at + 2) % 4)
        }
    }
}
