// SPDX-License-Identifier: Apache-2.0
//! Points of SM2's curve, and of P-256, by the batch: what is asked of those who work on eight at once.
#![cfg_attr(
    not(all(target_arch = "x86_64", target_feature = "sse2", feature = "std")),
    allow(dead_code) // What is asked for is named all the same.
)]

#[cfg(all(target_arch = "x86_64", target_feature = "sse2", feature = "std"))]
use super::{cpu::Ifma, x86_64};

use zeroize::Zeroize;

/// A number of 256 bits in four words, the least first.
pub(crate) type Number = [u64; 4];

/// Whether \[s\]G + \[t\]Q has this abscissa, or this other one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check {
    /// Q, a point of the curve.
    pub(crate) key: [Number; 2],
    /// Between 1 and n - 1.
    pub(crate) s: Number,
    /// Between 1 and n - 1.
    pub(crate) t: Number,
    /// Below p.
    pub(crate) x: [Number; 2],
}

/// Eight points, one for each lane, in a sum over steps.
#[derive(Clone)]
pub(crate) struct Step {
    /// x and y in Montgomery form with R = 2^256, as the tables of SM2 hold them.
    pub(crate) points: [[u64; 8]; 8],
    /// The lanes whose point is subtracted.
    pub(crate) negative: u8,
    /// The lanes that begin with this step; whatever they summed before is forgotten.
    pub(crate) begin: u8,
}

/// A digit ±(2·index + 1) of a number.
#[derive(Clone, Copy, Debug, Default, Zeroize)]
pub(crate) struct Digit {
    pub(crate) index: u64,
    /// 1 or 0.
    pub(crate) negative: u64,
}

/// What became of a [`Check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Holds,
    Fails,
    /// The formulas met a point that is added to itself: ask one by one.
    Unsure,
}

/// Who works on eight points at once on this processor, if anybody does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PointLanes {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2", feature = "std"))]
    cpu: Ifma,
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2", feature = "std")))]
    nobody: core::convert::Infallible,
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2", feature = "std"))]
impl PointLanes {
    pub(crate) fn detect() -> Option<Self> {
        Some(Self { cpu: Ifma::detect()? })
    }

    /// \[k\]G for each k, which is between 1 and n - 1. Constant time.
    pub(crate) fn base_times(self, scalars: &[Number], out: &mut [[Number; 2]]) {
        x86_64::lanes::base_times(self.cpu, scalars, out);
    }

    /// \[k\]Q for each k, which is between 1 and n - 1, and its Q. Constant time.
    pub(crate) fn times(self, scalars: &[Number], points: &[[Number; 2]], out: &mut [[Number; 2]]) {
        x86_64::lanes::times(self.cpu, scalars, points, out);
    }

    /// The multiple of a point, x and y, whose digits of six bits are given from the uppermost down: X, Y, Z.
    /// All of them are in Montgomery form with R = 2^256. Z is 0 if anywhere two points were equal or
    /// opposite. Constant time.
    pub(crate) fn multiply(self, digits: &[Digit], point: &[Number; 2]) -> [Number; 3] {
        x86_64::quad::multiply(self.cpu, digits, point)
    }

    /// a b / 2^260 modulo p for a, b < p, by four lanes whose operands are not reduced alike.
    #[cfg(feature = "harness")]
    pub(crate) fn products(self, a: &Number, b: &Number) -> [Number; 4] {
        x86_64::quad::products(self.cpu, a, b)
    }

    /// The sums of all steps in lanes 0 and 1, 2 and 3, 4 and 5, 6 and 7, in Jacobian coordinates and
    /// in Montgomery form with R = 2^256. Z is 0 if anywhere two points were equal or opposite.
    /// Constant time.
    pub(crate) fn sum(self, steps: &[Step]) -> [[Number; 3]; 4] {
        x86_64::lanes::sum(self.cpu, steps)
    }

    pub(crate) fn check(self, checks: &[Check], verdicts: &mut [Verdict]) {
        x86_64::lanes::check(self.cpu, checks, verdicts);
    }

    /// The same on P-256, whose keys need not be on the curve: such a check fails.
    pub(crate) fn check_p256(self, checks: &[Check], verdicts: &mut [Verdict]) {
        x86_64::lanes::check_p256(self.cpu, checks, verdicts);
    }
}

/// Nobody: without the standard library the tables of the lanes have no place to be made once.
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2", feature = "std")))]
impl PointLanes {
    pub(crate) fn detect() -> Option<Self> {
        None
    }

    pub(crate) fn base_times(self, _: &[Number], _: &mut [[Number; 2]]) {
        match self.nobody {}
    }

    pub(crate) fn times(self, _: &[Number], _: &[[Number; 2]], _: &mut [[Number; 2]]) {
        match self.nobody {}
    }

    pub(crate) fn multiply(self, _: &[Digit], _: &[Number; 2]) -> [Number; 3] {
        match self.nobody {}
    }

    #[cfg(feature = "harness")]
    pub(crate) fn products(self, _: &Number, _: &Number) -> [Number; 4] {
        match self.nobody {}
    }

    pub(crate) fn sum(self, _: &[Step]) -> [[Number; 3]; 4] {
        match self.nobody {}
    }

    pub(crate) fn check(self, _: &[Check], _: &mut [Verdict]) {
        match self.nobody {}
    }

    pub(crate) fn check_p256(self, _: &[Check], _: &mut [Verdict]) {
        match self.nobody {}
    }
}

#[cfg(all(test, target_arch = "x86_64", target_feature = "sse2", feature = "std"))]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use sm2::elliptic_curve::ops::Reduce;
    use sm2::elliptic_curve::sec1::ToSec1Point;
    use sm2::{ProjectivePoint, Scalar};

    const N: Number = [
        0x53bb_f409_39d5_4123,
        0x7203_df6b_21c6_052b,
        0xffff_ffff_ffff_ffff,
        0xffff_fffe_ffff_ffff,
    ];

    fn bytes(number: Number) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (place, word) in bytes.chunks_exact_mut(8).zip(number.iter().rev()) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        bytes
    }

    fn number(bytes: &[u8]) -> Number {
        core::array::from_fn(|i| {
            let at = 24 - 8 * i;
            u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap())
        })
    }

    fn scalar(number: Number) -> Scalar {
        <Scalar as Reduce<sm2::FieldBytes>>::reduce(&bytes(number).into())
    }

    fn affine(point: ProjectivePoint) -> [Number; 2] {
        let point = point.to_affine().to_sec1_point(false);
        [number(point.x().unwrap()), number(point.y().unwrap())]
    }

    /// Numbers that look random, below 2^255.
    fn numbers(count: usize, seed: u64) -> Vec<Number> {
        let mut state = seed;
        let mut word = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        (0..count).map(|_| [word(), word(), word(), word() >> 1]).collect()
    }

    /// Around 0, n, every window's edge and every limb's, and those that make the last step of a
    /// multiplication add a point to itself.
    fn edges() -> Vec<Number> {
        let mut edges = vec![[1, 0, 0, 0], [2, 0, 0, 0], [3, 0, 0, 0]];
        for less in 1..70 {
            edges.push([N[0] - less, N[1], N[2], N[3]]);
        }
        for bit in 0..255 {
            let mut one = [0; 4];
            one[bit / 64] = 1u64 << (bit % 64);
            edges.push(one);
            // One less: all bits below.
            let mut ones = [0; 4];
            ones[..bit / 64].fill(u64::MAX);
            ones[bit / 64] = (1 << (bit % 64)) - 1;
            edges.push(if bit == 0 { [5, 0, 0, 0] } else { ones });
        }
        edges
    }

    fn lanes() -> Option<PointLanes> {
        let lanes = PointLanes::detect();
        if lanes.is_none() {
            std::println!("no AVX-512 IFMA here: not run");
        }
        lanes
    }

    #[test]
    fn base_times_equals_another_implementation() {
        let Some(lanes) = lanes() else { return };
        let scalars: Vec<Number> = edges().into_iter().chain(numbers(400, 7)).collect();
        let mut points = vec![[[0; 4]; 2]; scalars.len()];
        lanes.base_times(&scalars, &mut points);
        for (k, point) in scalars.iter().zip(points) {
            assert_eq!(point, affine(ProjectivePoint::GENERATOR * scalar(*k)), "{k:x?}");
        }
    }

    #[test]
    fn times_equals_another_implementation() {
        let Some(lanes) = lanes() else { return };
        let scalars: Vec<Number> = edges().into_iter().chain(numbers(200, 9)).collect();
        let bases: Vec<_> = numbers(scalars.len(), 11)
            .into_iter()
            .map(|k| ProjectivePoint::GENERATOR * scalar(k))
            .collect();
        let plain: Vec<_> = bases.iter().map(|base| affine(*base)).collect();
        let mut points = vec![[[0; 4]; 2]; scalars.len()];
        lanes.times(&scalars, &plain, &mut points);
        for ((k, base), point) in scalars.iter().zip(bases).zip(points) {
            assert_eq!(point, affine(base * scalar(*k)), "{k:x?}");
        }
    }

    #[test]
    fn a_check_says_what_another_implementation_says() {
        let Some(lanes) = lanes() else { return };
        let mut checks = Vec::new();
        let mut expected = Vec::new();
        for (i, [s, t, d, other]) in numbers(4 * 90, 13).as_chunks().0.iter().enumerate() {
            let key = ProjectivePoint::GENERATOR * scalar(*d);
            let sum = affine(ProjectivePoint::GENERATOR * scalar(*s) + key * scalar(*t));
            let x = match i % 3 {
                0 => [sum[0], *other],
                1 => [*other, sum[0]],
                _ => [*other, sum[1]],
            };
            checks.push(Check { key: affine(key), s: *s, t: *t, x });
            expected.push(if i % 3 == 2 { Verdict::Fails } else { Verdict::Holds });
        }
        // [s]G + [t]Q with both summands the same, or each other's negative.
        for key in [[1, 0, 0, 0], [N[0] - 1, N[1], N[2], N[3]]] {
            let s = checks[0].s;
            let key = affine(ProjectivePoint::GENERATOR * scalar(key));
            checks.push(Check { key, s, t: s, x: [[1, 0, 0, 0]; 2] });
            expected.push(Verdict::Unsure);
        }
        for count in [0, 1, 7, 8, 9, checks.len()] {
            let mut verdicts = vec![Verdict::Unsure; count];
            lanes.check(&checks[..count], &mut verdicts);
            assert_eq!(verdicts, expected[..count]);
        }
    }

    /// Not a test: prints cycles of one operation in a batch of 64 (`cargo test --release -p gmca-gm
    /// --lib cycles -- --ignored --nocapture`).
    #[test]
    #[ignore = "measures"]
    fn cycles() {
        let lanes = lanes().unwrap();
        let scalars = numbers(64, 7);
        let mut points = vec![[[0; 4]; 2]; 64];
        lanes.base_times(&scalars, &mut points);
        let bases = points.clone();
        let check =
            |i: usize| Check { key: bases[i], s: scalars[i], t: scalars[63 - i], x: [[1; 4]; 2] };
        let checks: Vec<Check> = (0..64).map(check).collect();
        let mut verdicts = vec![Verdict::Unsure; 64];
        let measure = |name: &str, f: &mut dyn FnMut()| {
            let mut times: Vec<f64> = (0..400)
                .map(|_| {
                    let start = std::time::Instant::now();
                    f();
                    start.elapsed().as_nanos() as f64 / 64.0
                })
                .collect();
            times.sort_by(f64::total_cmp);
            std::println!("{name}: {:.0} ns, {:.0} at best", times[40], times[0]);
        };
        measure("base", &mut || lanes.base_times(&scalars, &mut points));
        measure("times", &mut || lanes.times(&scalars, &bases, &mut points));
        measure("check", &mut || lanes.check(&checks, &mut verdicts));
    }
}
