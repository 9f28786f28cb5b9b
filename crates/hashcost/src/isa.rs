//! Instruction sets: found when the program runs, chosen once per call. The only file with
//! `unsafe`.
//!
//! The table at the end lists every dispatched kernel with its carrier on each path. A kernel is
//! safe code and inlined as a whole into a function that is compiled for the instruction set; that
//! function is what a caller reaches through [`Isa`].
#![allow(
    unsafe_code,
    reason = "calls of functions compiled for a found instruction set; see there"
)]

use crate::error::Error;
use crate::kernel::cost::{self, CostRows, Machines};
use crate::kernel::dispatch::{self, HourBlock, LadderRows};
use crate::kernel::limits;
use crate::kernel::paths::{self, Drawn, Dynamics, Flows, Given, Inverted, MonthFlows, USES};
use crate::kernel::response::{self, Calendar, Rules};
use crate::lanes::Lanes;
#[cfg(target_arch = "x86_64")]
use x86::{Avx2, Avx512};

/// The instruction set that kernels use.
///
/// Only sets that the processor has can be had, so that passing one on is always safe. `scalar`,
/// `avx2` and `avx512` give the same bits; so does `baseline` where the target has a fused
/// multiply-add (ARM), and elsewhere it agrees within 1e-12 of the sum of the absolute terms.
///
/// # Example
/// ```
/// use hashcost::Isa;
/// assert!(Isa::available().contains(&Isa::best()));
/// assert_eq!(Isa::named("scalar"), Ok(Isa::SCALAR));
/// assert!(Isa::named("mmx").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Path);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    Scalar,
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// One number at a time: the reference.
    pub const SCALAR: Self = Self(Path::Scalar);
    /// What every processor of the target has.
    pub const BASELINE: Self = Self(Path::Baseline);
    /// Names of all instruction sets, whether this processor has them or not.
    pub const NAMES: [&str; 4] = ["avx512", "avx2", "baseline", "scalar"];

    /// The widest instruction set of this processor.
    pub fn best() -> Self {
        Self::available()[0]
    }

    /// Every instruction set of this processor, the widest first.
    pub fn available() -> Vec<Self> {
        let mut found = Vec::with_capacity(4);
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            // Masks and 256-bit forms need all four.
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512bw");
            if avx512 && avx2 {
                found.push(Self(Path::Avx512));
            }
            if avx2 {
                found.push(Self(Path::Avx2));
            }
        }
        found.extend([Self::BASELINE, Self::SCALAR]);
        found
    }

    /// The instruction set of a name.
    ///
    /// # Errors
    /// [`Error::UnknownIsa`] for a name that is none of [`Isa::NAMES`], and for an instruction set
    /// that this processor does not have.
    pub fn named(name: &str) -> Result<Self, Error> {
        let available = Self::available();
        available.iter().find(|isa| isa.name() == name).copied().ok_or_else(|| Error::UnknownIsa {
            name: name.to_owned(),
            available: available.iter().map(|isa| isa.name()).collect(),
        })
    }

    /// Whether a multiply-add is one rounding: results are then those of [`Isa::SCALAR`] to the bit.
    pub fn fuses_multiply_add(self) -> bool {
        self != Self::BASELINE || cfg!(any(target_arch = "aarch64", target_feature = "fma"))
    }

    /// Its name: `avx512`, `avx2`, `baseline` or `scalar`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Path::Scalar => "scalar",
            Path::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => "avx512",
        }
    }
}

/// Makes streamed numbers visible to other threads before anything written later.
#[inline]
pub(crate) fn stream_fence(isa: Isa) {
    match isa.0 {
        Path::Scalar | Path::Baseline => {}
        // SAFETY: every x86-64 processor has SSE, and a fence touches no memory of ours.
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 | Path::Avx512 => unsafe { std::arch::x86_64::_mm_sfence() },
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! Eight lanes in AVX-512 and AVX2 registers, and stores past the caches.
    //!
    //! The carriers are named in the dispatch table of the parent module alone, inside functions that
    //! are compiled for their instruction set and run only where detection found it.

    #[allow(
        clippy::wildcard_imports,
        reason = "sixty instructions whose names say where they come from"
    )]
    use std::arch::x86_64::*;
    use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Sub};

    use crate::lanes::{Bits, Real, sealed::Sealed};

    /// Eight numbers in one 512-bit register.
    #[derive(Clone, Copy)]
    pub(super) struct Avx512(__m512d);

    /// Eight times 64 bits in one 512-bit register.
    #[derive(Clone, Copy)]
    pub(super) struct Avx512Bits(__m512i);

    /// Eight numbers in two 256-bit registers.
    #[derive(Clone, Copy)]
    pub(super) struct Avx2(__m256d, __m256d);

    /// Eight times 64 bits in two 256-bit registers.
    #[derive(Clone, Copy)]
    pub(super) struct Avx2Bits(__m256i, __m256i);

    /// An instruction between registers.
    macro_rules! register {
        ($instruction:expr) => {{
            // SAFETY: the instruction is one of the carrier's set, and values of the carrier exist
            // only where the processor has it (see the module).
            unsafe { $instruction }
        }};
    }

    /// An instruction that reads or writes the memory of a slice.
    macro_rules! memory {
        ($instruction:expr) => {{
            // SAFETY: as between registers; and the pointer is that of a slice cut to the lanes that
            // the instruction touches, at any alignment.
            unsafe { $instruction }
        }};
    }

    impl Sealed for Avx512 {}
    impl Sealed for Avx512Bits {}
    impl Sealed for Avx2 {}
    impl Sealed for Avx2Bits {}

    macro_rules! operators {
        ($($trait:ident $function:ident: $carrier:ident $one:ident, $pair:ident $half:ident;)+) => {$(
            impl $trait for $carrier {
                type Output = Self;
                #[inline(always)]
                fn $function(self, other: Self) -> Self {
                    Self(register!($one(self.0, other.0)))
                }
            }
            impl $trait for $pair {
                type Output = Self;
                #[inline(always)]
                fn $function(self, other: Self) -> Self {
                    Self(register!($half(self.0, other.0)), register!($half(self.1, other.1)))
                }
            }
        )+};
    }

    operators! {
        Add add: Avx512 _mm512_add_pd, Avx2 _mm256_add_pd;
        Sub sub: Avx512 _mm512_sub_pd, Avx2 _mm256_sub_pd;
        Mul mul: Avx512 _mm512_mul_pd, Avx2 _mm256_mul_pd;
        Div div: Avx512 _mm512_div_pd, Avx2 _mm256_div_pd;
        BitAnd bitand: Avx512Bits _mm512_and_si512, Avx2Bits _mm256_and_si256;
        BitOr bitor: Avx512Bits _mm512_or_si512, Avx2Bits _mm256_or_si256;
        BitXor bitxor: Avx512Bits _mm512_xor_si512, Avx2Bits _mm256_xor_si256;
    }

    impl Neg for Avx512 {
        type Output = Self;
        #[inline(always)]
        fn neg(self) -> Self {
            Self::splat(-0.0) - self
        }
    }

    impl Neg for Avx2 {
        type Output = Self;
        #[inline(always)]
        fn neg(self) -> Self {
            Self::splat(-0.0) - self
        }
    }

    impl Real for Avx512 {
        const LANES: usize = 8;
        type Mask = __mmask8;
        type Bits = Avx512Bits;

        #[inline(always)]
        fn splat(value: f64) -> Self {
            Self(register!(_mm512_set1_pd(value)))
        }

        #[inline(always)]
        fn load(values: &[f64]) -> Self {
            let values = &values[..8];
            Self(memory!(_mm512_loadu_pd(values.as_ptr())))
        }

        #[inline(always)]
        fn store(self, values: &mut [f64]) {
            let values = &mut values[..8];
            memory!(_mm512_storeu_pd(values.as_mut_ptr(), self.0));
        }

        #[inline(always)]
        fn stream(self, values: &mut [f64]) {
            let values = &mut values[..8];
            if values.as_ptr().addr().is_multiple_of(align_of::<__m512d>()) {
                // SAFETY: as for other stores, and the place is aligned as this one needs.
                unsafe { _mm512_stream_pd(values.as_mut_ptr(), self.0) };
            } else {
                self.store(values);
            }
        }

        #[inline(always)]
        fn mul_add(self, factor: Self, summand: Self) -> Self {
            Self(register!(_mm512_fmadd_pd(self.0, factor.0, summand.0)))
        }

        #[inline(always)]
        fn max(self, other: Self) -> Self {
            Self(register!(_mm512_max_pd(self.0, other.0)))
        }

        #[inline(always)]
        fn min(self, other: Self) -> Self {
            Self(register!(_mm512_min_pd(self.0, other.0)))
        }

        #[inline(always)]
        fn sqrt(self) -> Self {
            Self(register!(_mm512_sqrt_pd(self.0)))
        }

        #[inline(always)]
        fn le(self, other: Self) -> __mmask8 {
            register!(_mm512_cmp_pd_mask::<_CMP_LE_OQ>(self.0, other.0))
        }

        #[inline(always)]
        fn gt(self, other: Self) -> __mmask8 {
            register!(_mm512_cmp_pd_mask::<_CMP_GT_OQ>(self.0, other.0))
        }

        #[inline(always)]
        fn select(mask: __mmask8, yes: Self, no: Self) -> Self {
            Self(register!(_mm512_mask_blend_pd(mask, no.0, yes.0)))
        }

        #[inline(always)]
        fn any(mask: __mmask8) -> bool {
            mask != 0
        }

        #[inline(always)]
        fn add_where(self, mask: __mmask8, term: Self) -> Self {
            Self(register!(_mm512_mask_add_pd(self.0, mask, self.0, term.0)))
        }

        #[inline(always)]
        fn mul_add_where(self, mask: __mmask8, a: Self, b: Self) -> Self {
            Self(register!(_mm512_mask3_fmadd_pd(a.0, b.0, self.0, mask)))
        }

        #[inline(always)]
        fn select_bits(mask: __mmask8, yes: Avx512Bits, no: Avx512Bits) -> Avx512Bits {
            Avx512Bits(register!(_mm512_mask_blend_epi64(mask, no.0, yes.0)))
        }

        #[inline(always)]
        fn pick(table: &[f64; 16], patterns: Avx512Bits) -> Self {
            let (low, high) = (Self::load(table), Self::load(&table[8..]));
            Self(register!(_mm512_permutex2var_pd(low.0, patterns.0, high.0)))
        }

        #[inline(always)]
        fn to_bits(self) -> Avx512Bits {
            Avx512Bits(register!(_mm512_castpd_si512(self.0)))
        }

        #[inline(always)]
        fn from_bits(bits: Avx512Bits) -> Self {
            Self(register!(_mm512_castsi512_pd(bits.0)))
        }
    }

    impl Bits for Avx512Bits {
        #[inline(always)]
        fn splat(value: u64) -> Self {
            Self(register!(_mm512_set1_epi64(value.cast_signed())))
        }

        #[inline(always)]
        fn load(values: &[u64]) -> Self {
            let values = &values[..8];
            Self(memory!(_mm512_loadu_epi64(values.as_ptr().cast())))
        }

        #[inline(always)]
        fn store(self, values: &mut [u64]) {
            let values = &mut values[..8];
            memory!(_mm512_storeu_epi64(values.as_mut_ptr().cast(), self.0));
        }

        #[inline(always)]
        fn wrapping_add(self, other: Self) -> Self {
            Self(register!(_mm512_add_epi64(self.0, other.0)))
        }

        #[inline(always)]
        fn wrapping_sub(self, other: Self) -> Self {
            Self(register!(_mm512_sub_epi64(self.0, other.0)))
        }

        #[inline(always)]
        fn shl(self, bits: u32) -> Self {
            Self(register!(_mm512_sll_epi64(self.0, _mm_cvtsi32_si128(bits.cast_signed()))))
        }

        #[inline(always)]
        fn shr(self, bits: u32) -> Self {
            Self(register!(_mm512_srl_epi64(self.0, _mm_cvtsi32_si128(bits.cast_signed()))))
        }

        #[inline(always)]
        fn mul_low32(self, other: Self) -> Self {
            Self(register!(_mm512_mul_epu32(self.0, other.0)))
        }
    }

    impl Real for Avx2 {
        const LANES: usize = 8;
        type Mask = (__m256d, __m256d);
        type Bits = Avx2Bits;

        #[inline(always)]
        fn splat(value: f64) -> Self {
            let half = register!(_mm256_set1_pd(value));
            Self(half, half)
        }

        #[inline(always)]
        fn load(values: &[f64]) -> Self {
            let (low, high) = values[..8].split_at(4);
            Self(memory!(_mm256_loadu_pd(low.as_ptr())), memory!(_mm256_loadu_pd(high.as_ptr())))
        }

        #[inline(always)]
        fn store(self, values: &mut [f64]) {
            let (low, high) = values[..8].split_at_mut(4);
            memory!(_mm256_storeu_pd(low.as_mut_ptr(), self.0));
            memory!(_mm256_storeu_pd(high.as_mut_ptr(), self.1));
        }

        #[inline(always)]
        fn stream(self, values: &mut [f64]) {
            let (low, high) = values[..8].split_at_mut(4);
            if low.as_ptr().addr().is_multiple_of(align_of::<__m256d>()) {
                // SAFETY: as for other stores, and both places are aligned as these need.
                unsafe {
                    _mm256_stream_pd(low.as_mut_ptr(), self.0);
                    _mm256_stream_pd(high.as_mut_ptr(), self.1);
                }
            } else {
                memory!(_mm256_storeu_pd(low.as_mut_ptr(), self.0));
                memory!(_mm256_storeu_pd(high.as_mut_ptr(), self.1));
            }
        }

        #[inline(always)]
        fn mul_add(self, factor: Self, summand: Self) -> Self {
            Self(
                register!(_mm256_fmadd_pd(self.0, factor.0, summand.0)),
                register!(_mm256_fmadd_pd(self.1, factor.1, summand.1)),
            )
        }

        #[inline(always)]
        fn max(self, other: Self) -> Self {
            Self(
                register!(_mm256_max_pd(self.0, other.0)),
                register!(_mm256_max_pd(self.1, other.1)),
            )
        }

        #[inline(always)]
        fn min(self, other: Self) -> Self {
            Self(
                register!(_mm256_min_pd(self.0, other.0)),
                register!(_mm256_min_pd(self.1, other.1)),
            )
        }

        #[inline(always)]
        fn sqrt(self) -> Self {
            Self(register!(_mm256_sqrt_pd(self.0)), register!(_mm256_sqrt_pd(self.1)))
        }

        #[inline(always)]
        fn le(self, other: Self) -> Self::Mask {
            (
                register!(_mm256_cmp_pd::<_CMP_LE_OQ>(self.0, other.0)),
                register!(_mm256_cmp_pd::<_CMP_LE_OQ>(self.1, other.1)),
            )
        }

        #[inline(always)]
        fn gt(self, other: Self) -> Self::Mask {
            (
                register!(_mm256_cmp_pd::<_CMP_GT_OQ>(self.0, other.0)),
                register!(_mm256_cmp_pd::<_CMP_GT_OQ>(self.1, other.1)),
            )
        }

        #[inline(always)]
        fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
            Self(
                register!(_mm256_blendv_pd(no.0, yes.0, mask.0)),
                register!(_mm256_blendv_pd(no.1, yes.1, mask.1)),
            )
        }

        #[inline(always)]
        fn any(mask: Self::Mask) -> bool {
            let either = register!(_mm256_or_pd(mask.0, mask.1));
            register!(_mm256_movemask_pd(either)) != 0
        }

        #[inline(always)]
        fn add_where(self, mask: Self::Mask, term: Self) -> Self {
            self + Self(
                register!(_mm256_and_pd(mask.0, term.0)),
                register!(_mm256_and_pd(mask.1, term.1)),
            )
        }

        #[inline(always)]
        fn mul_add_where(self, mask: Self::Mask, a: Self, b: Self) -> Self {
            let a =
                Self(register!(_mm256_and_pd(mask.0, a.0)), register!(_mm256_and_pd(mask.1, a.1)));
            a.mul_add(b, self)
        }

        #[inline(always)]
        fn select_bits(mask: Self::Mask, yes: Avx2Bits, no: Avx2Bits) -> Avx2Bits {
            Self::select(mask, Self::from_bits(yes), Self::from_bits(no)).to_bits()
        }

        #[inline(always)]
        fn to_bits(self) -> Avx2Bits {
            Avx2Bits(register!(_mm256_castpd_si256(self.0)), register!(_mm256_castpd_si256(self.1)))
        }

        #[inline(always)]
        fn from_bits(bits: Avx2Bits) -> Self {
            Self(register!(_mm256_castsi256_pd(bits.0)), register!(_mm256_castsi256_pd(bits.1)))
        }
    }

    impl Bits for Avx2Bits {
        #[inline(always)]
        fn splat(value: u64) -> Self {
            let half = register!(_mm256_set1_epi64x(value.cast_signed()));
            Self(half, half)
        }

        #[inline(always)]
        fn load(values: &[u64]) -> Self {
            let (low, high) = values[..8].split_at(4);
            Self(
                memory!(_mm256_loadu_si256(low.as_ptr().cast())),
                memory!(_mm256_loadu_si256(high.as_ptr().cast())),
            )
        }

        #[inline(always)]
        fn store(self, values: &mut [u64]) {
            let (low, high) = values[..8].split_at_mut(4);
            memory!(_mm256_storeu_si256(low.as_mut_ptr().cast(), self.0));
            memory!(_mm256_storeu_si256(high.as_mut_ptr().cast(), self.1));
        }

        #[inline(always)]
        fn wrapping_add(self, other: Self) -> Self {
            Self(
                register!(_mm256_add_epi64(self.0, other.0)),
                register!(_mm256_add_epi64(self.1, other.1)),
            )
        }

        #[inline(always)]
        fn wrapping_sub(self, other: Self) -> Self {
            Self(
                register!(_mm256_sub_epi64(self.0, other.0)),
                register!(_mm256_sub_epi64(self.1, other.1)),
            )
        }

        #[inline(always)]
        fn shl(self, bits: u32) -> Self {
            let count = register!(_mm_cvtsi32_si128(bits.cast_signed()));
            Self(
                register!(_mm256_sll_epi64(self.0, count)),
                register!(_mm256_sll_epi64(self.1, count)),
            )
        }

        #[inline(always)]
        fn shr(self, bits: u32) -> Self {
            let count = register!(_mm_cvtsi32_si128(bits.cast_signed()));
            Self(
                register!(_mm256_srl_epi64(self.0, count)),
                register!(_mm256_srl_epi64(self.1, count)),
            )
        }

        #[inline(always)]
        fn mul_low32(self, other: Self) -> Self {
            Self(
                register!(_mm256_mul_epu32(self.0, other.0)),
                register!(_mm256_mul_epu32(self.1, other.1)),
            )
        }
    }
}

/// One safe function per kernel that runs it on the path of an [`Isa`].
macro_rules! dispatched {
    ($(
        $(#[$about:meta])*
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $out:ty)?;
        scalar $scalar:path; baseline $baseline:path; avx2 $avx2:path; avx512 $avx512:path;
    )+) => {$(
        $(#[$about])*
        pub(crate) fn $name(isa: Isa, $($argument: $type),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) $(-> $out)? {
                $avx2($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
            fn avx512($($argument: $type),*) $(-> $out)? {
                $avx512($($argument),*)
            }

            match isa.0 {
                Path::Scalar => $scalar($($argument),*),
                Path::Baseline => $baseline($($argument),*),
                // SAFETY: these variants exist only where detection found the features, and the
                // kernel itself is safe code.
                #[cfg(target_arch = "x86_64")]
                Path::Avx2 => unsafe { avx2($($argument),*) },
                #[cfg(target_arch = "x86_64")]
                Path::Avx512 => unsafe { avx512($($argument),*) },
            }
        }
    )+};
}

dispatched! {
    /// [`cost::cost_rows`] through the caches. Memory is the limit, and stores of 512 bits reached
    /// a tenth less of it than those of 256.
    fn cost_rows(rows: CostRows<'_>, out: &mut [f64]);
    scalar cost::cost_rows::<f64, false>;
    baseline cost::cost_rows::<Lanes, false>;
    avx2 cost::cost_rows::<Avx2, false>;
    avx512 cost::cost_rows::<Avx2, false>;

    /// [`cost::cost_rows`] past the caches, where the set can; [`stream_fence`] comes after it.
    fn cost_rows_streamed(rows: CostRows<'_>, out: &mut [f64]);
    scalar cost::cost_rows::<f64, true>;
    baseline cost::cost_rows::<Lanes, true>;
    avx2 cost::cost_rows::<Avx2, true>;
    avx512 cost::cost_rows::<Avx512, true>;

    /// [`cost::reduce_block`], as many registers of prices side by side as the set has room for.
    fn reduce_block(
        machines: Machines<'_>,
        limit_usd_per_btc: f64,
        prices_usd_per_mwh: &[f64],
        out: [&mut [f64]; 3],
    );
    scalar cost::reduce_block::<f64, 4>;
    baseline cost::reduce_block::<Lanes, 1>;
    avx2 cost::reduce_block::<Avx2, 1>;
    avx512 cost::reduce_block::<Avx512, 4>;

    /// [`dispatch::dispatch_block`], as many registers of hours side by side as the set has room
    /// for.
    fn dispatch_block(
        ladders: LadderRows<'_>,
        block: HourBlock<'_>,
        sums: &mut [f64],
        hours: &mut [u32],
    );
    scalar dispatch::dispatch_block::<f64, 8, 8, false>;
    baseline dispatch::dispatch_block::<Lanes, 1, 1, true>;
    avx2 dispatch::dispatch_block::<Avx2, 2, 1, true>;
    avx512 dispatch::dispatch_block::<Avx512, 4, 1, true>;

    /// [`dispatch::dispatch_general_block`], likewise.
    fn dispatch_general_block(
        ladders: LadderRows<'_>,
        block: HourBlock<'_>,
        sums: &mut [f64],
        hours: &mut [u32],
    );
    scalar dispatch::dispatch_general_block::<f64, 8, 8>;
    baseline dispatch::dispatch_general_block::<Lanes, 1, 1>;
    avx2 dispatch::dispatch_general_block::<Avx2, 1, 1>;
    avx512 dispatch::dispatch_general_block::<Avx512, 2, 1>;

    /// [`paths::value_paths`] by Box and Muller.
    fn value_drawn_paths(
        dynamics: &Dynamics,
        flows: Flows<'_>,
        source: Drawn,
        first_path: u64,
        out: [&mut [f64]; USES],
    );
    scalar paths::value_paths::<f64, Drawn, 1>;
    baseline paths::value_paths::<Lanes, Drawn, 1>;
    avx2 paths::value_paths::<Avx2, Drawn, 1>;
    avx512 paths::value_paths::<Avx512, Drawn, 2>;

    /// [`paths::value_paths`] by the inverse of the distribution.
    fn value_inverted_paths(
        dynamics: &Dynamics,
        flows: Flows<'_>,
        source: Inverted,
        first_path: u64,
        out: [&mut [f64]; USES],
    );
    scalar paths::value_paths::<f64, Inverted, 1>;
    baseline paths::value_paths::<Lanes, Inverted, 1>;
    avx2 paths::value_paths::<Avx2, Inverted, 1>;
    avx512 paths::value_paths::<Avx512, Inverted, 2>;

    /// [`paths::value_paths`] on points of the caller.
    fn value_given_paths(
        dynamics: &Dynamics,
        flows: Flows<'_>,
        source: Given<'_>,
        first_path: u64,
        out: [&mut [f64]; USES],
    );
    scalar paths::value_paths::<f64, Given<'_>, 1>;
    baseline paths::value_paths::<Lanes, Given<'_>, 1>;
    avx2 paths::value_paths::<Avx2, Given<'_>, 1>;
    avx512 paths::value_paths::<Avx512, Given<'_>, 2>;

    /// [`paths::trace_paths`] by Box and Muller.
    fn trace_drawn_paths(
        dynamics: &Dynamics,
        months: &[MonthFlows],
        source: Drawn,
        first_path: u64,
        out: [&mut [f64]; 3],
    );
    scalar paths::trace_paths::<f64, Drawn>;
    baseline paths::trace_paths::<Lanes, Drawn>;
    avx2 paths::trace_paths::<Avx2, Drawn>;
    avx512 paths::trace_paths::<Avx512, Drawn>;

    /// [`response::respond_block`].
    fn respond_block(calendar: Calendar<'_>, rules: &Rules, columns: &mut [f64]);
    scalar response::respond_block::<f64>;
    baseline response::respond_block::<Lanes>;
    avx2 response::respond_block::<Avx2>;
    avx512 response::respond_block::<Avx512>;

    /// [`limits::multiply_adds`].
    fn multiply_adds(steps: usize, out: &mut [f64]);
    scalar limits::multiply_adds::<f64>;
    baseline limits::multiply_adds::<Lanes>;
    avx2 limits::multiply_adds::<Avx2>;
    avx512 limits::multiply_adds::<Avx512>;

    /// [`limits::fill_streamed`]; [`stream_fence`] comes after it.
    fn fill_streamed(value: f64, out: &mut [f64]);
    scalar limits::fill_streamed::<f64>;
    baseline limits::fill_streamed::<Lanes>;
    avx2 limits::fill_streamed::<Avx2>;
    avx512 limits::fill_streamed::<Avx512>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_instruction_sets_translate() {
        for isa in Isa::available() {
            assert_eq!(Isa::named(isa.name()), Ok(isa));
            assert!(Isa::NAMES.contains(&isa.name()));
        }
        let Err(error) = Isa::named("AVX-512") else { panic!("accepted") };
        assert!(error.to_string().contains("baseline"), "{error}");
    }
}
