// SPDX-License-Identifier: Apache-2.0
//! The field of SM2 with `mulx`, `adcx` and `adox`: products in rows, with one carry chain for the
//! low and one for the high halves.
//!
//! The same numbers and bounds as in `portable/sm2_field.rs`. The compiler places none of the
//! carries, and no branch. A block needs at most thirteen registers, so that it also compiles where
//! a frame pointer and a base pointer are kept.

use crate::low::cpu::Adx;
use crate::low::portable::sm2_field::{Limbs, P};
use core::arch::asm;

/// The square of the four limbs behind a: six products once and doubled, four squares. To t0 to t7.
/// Uses lo, hi and rdx.
macro_rules! square {
    () => {
        concat!(
            "mov rdx, qword ptr [{a}]\n",
            "mulx {t2}, {t1}, qword ptr [{a} + 8]\n",
            "mulx {t3}, {lo}, qword ptr [{a} + 16]\n",
            "add {t2}, {lo}\n",
            "mulx {t4}, {lo}, qword ptr [{a} + 24]\n",
            "adc {t3}, {lo}\n",
            "adc {t4}, 0\n",
            "mov rdx, qword ptr [{a} + 8]\n",
            "xor {t5:e}, {t5:e}\n",
            "mulx {hi}, {lo}, qword ptr [{a} + 16]\n",
            "adcx {t3}, {lo}\n",
            "adox {t4}, {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{a} + 24]\n",
            "adcx {t4}, {lo}\n",
            "adox {t5}, {hi}\n",
            "mov rdx, qword ptr [{a} + 16]\n",
            "mulx {t6}, {lo}, qword ptr [{a} + 24]\n",
            "adc {t5}, {lo}\n",
            "adc {t6}, 0\n",
            "mov rdx, qword ptr [{a}]\n",
            "xor {t7:e}, {t7:e}\n",
            "mulx {hi}, {t0}, rdx\n",
            "adcx {t1}, {t1}\n",
            "adox {t1}, {hi}\n",
            "mov rdx, qword ptr [{a} + 8]\n",
            "mulx {hi}, {lo}, rdx\n",
            "adcx {t2}, {t2}\n",
            "adox {t2}, {lo}\n",
            "adcx {t3}, {t3}\n",
            "adox {t3}, {hi}\n",
            "mov rdx, qword ptr [{a} + 16]\n",
            "mulx {hi}, {lo}, rdx\n",
            "adcx {t4}, {t4}\n",
            "adox {t4}, {lo}\n",
            "adcx {t5}, {t5}\n",
            "adox {t5}, {hi}\n",
            "mov rdx, qword ptr [{a} + 24]\n",
            "mulx {hi}, {lo}, rdx\n",
            "adcx {t6}, {t6}\n",
            "adox {t6}, {lo}\n",
            "adcx {t7}, {t7}\n",
            "adox {t7}, {hi}\n",
        )
    };
}

/// The product of four limbs, each loaded to rdx by a line of its own, and the four behind b: to t0
/// to t7. Uses lo and hi.
macro_rules! product {
    ($load0:expr, $load1:expr, $load2:expr, $load3:expr) => {
        concat!(
            $load0,
            "mulx {t1}, {t0}, qword ptr [{b}]\n",
            "mulx {t2}, {lo}, qword ptr [{b} + 8]\n",
            "add {t1}, {lo}\n",
            "mulx {t3}, {lo}, qword ptr [{b} + 16]\n",
            "adc {t2}, {lo}\n",
            "mulx {t4}, {lo}, qword ptr [{b} + 24]\n",
            "adc {t3}, {lo}\n",
            "adc {t4}, 0\n",
            $load1,
            "xor {t5:e}, {t5:e}\n",
            "mulx {hi}, {lo}, qword ptr [{b}]\n",
            "adcx {t1}, {lo}\n",
            "adox {t2}, {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{b} + 8]\n",
            "adcx {t2}, {lo}\n",
            "adox {t3}, {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{b} + 16]\n",
            "adcx {t3}, {lo}\n",
            "adox {t4}, {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{b} + 24]\n",
            "adcx {t4}, {lo}\n",
            "adox {t5}, {hi}\n",
            "adc {t5}, 0\n",
            $load2,
            "xor {t6:e}, {t6:e}\n",
            "mulx {hi}, {lo}, qword ptr [{b}]\n",
            "adcx {t2}, {lo}\n",
            "adox {t3}, {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{b} + 8]\n",
            "adcx {t3}, {lo}\n",
            "adox {t4}, {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{b} + 16]\n",
            "adcx {t4}, {lo}\n",
            "adox {t5}, {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{b} + 24]\n",
            "adcx {t5}, {lo}\n",
            "adox {t6}, {hi}\n",
            "adc {t6}, 0\n",
            $load3,
            "xor {t7:e}, {t7:e}\n",
            "mulx {hi}, {lo}, qword ptr [{b}]\n",
            "adcx {t3}, {lo}\n",
            "adox {t4}, {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{b} + 8]\n",
            "adcx {t4}, {lo}\n",
            "adox {t5}, {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{b} + 16]\n",
            "adcx {t5}, {lo}\n",
            "adox {t6}, {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{b} + 24]\n",
            "adcx {t6}, {lo}\n",
            "adox {t7}, {hi}\n",
            "adc {t7}, 0\n",
        )
    };
}

/// The reduction of t0 to t7, below p·2²⁵⁶, to t0 to t3. Each of four steps clears the limb u by adding
/// u·(p + 1) − u, where u·(p + 1) = z·2¹⁹² − y·2⁶⁴ with y = u·(2³² − 1) and z = u·(2⁶⁴ − 2³²): the ports of
/// products have room where those of carries have none. Then the sum with the upper half, and with
/// the upper half + 2²⁵⁶ − p, which is taken if it carries. Uses a, b, lo, hi and rdx.
macro_rules! reduction {
    () => {
        concat!(
            "mov {a:e}, 0xffffffff\n",
            "mov {b}, 0xffffffff00000000\n",
            "mov rdx, {t0}\n",
            "mulx {hi}, {lo}, {a}\n",
            "sub {t1}, {lo}\n",
            "sbb {t2}, {hi}\n",
            "mulx {t0}, {lo}, {b}\n",
            "sbb {lo}, 0\n",
            "sbb {t0}, 0\n",
            "add {t3}, {lo}\n",
            "adc {t0}, 0\n",
            "mov rdx, {t1}\n",
            "mulx {hi}, {lo}, {a}\n",
            "sub {t2}, {lo}\n",
            "sbb {t3}, {hi}\n",
            "mulx {t1}, {lo}, {b}\n",
            "sbb {lo}, 0\n",
            "sbb {t1}, 0\n",
            "add {t0}, {lo}\n",
            "adc {t1}, 0\n",
            "mov rdx, {t2}\n",
            "mulx {hi}, {lo}, {a}\n",
            "sub {t3}, {lo}\n",
            "sbb {t0}, {hi}\n",
            "mulx {t2}, {lo}, {b}\n",
            "sbb {lo}, 0\n",
            "sbb {t2}, 0\n",
            "add {t1}, {lo}\n",
            "adc {t2}, 0\n",
            "mov rdx, {t3}\n",
            "mulx {hi}, {lo}, {a}\n",
            "sub {t0}, {lo}\n",
            "sbb {t1}, {hi}\n",
            "mulx {t3}, {lo}, {b}\n",
            "sbb {lo}, 0\n",
            "sbb {t3}, 0\n",
            "add {t2}, {lo}\n",
            "adc {t3}, 0\n",
            "mov rdx, 0x100000000\n",
            "mov {lo:e}, 0xffffffff\n",
            "mov {a}, {t4}\n",
            "mov {b}, {t5}\n",
            "mov {hi}, {t6}\n",
            "add {a}, 1\n",
            "adc {b}, {lo}\n",
            "mov {lo}, {t7}\n",
            "adc {hi}, 0\n",
            "adc {lo}, rdx\n",
            "add {t4}, {t0}\n",
            "adc {t5}, {t1}\n",
            "adc {t6}, {t2}\n",
            "adc {t7}, {t3}\n",
            "add {t0}, {a}\n",
            "adc {t1}, {b}\n",
            "adc {t2}, {hi}\n",
            "adc {t3}, {lo}\n",
            "cmovnc {t0}, {t4}\n",
            "cmovnc {t1}, {t5}\n",
            "cmovnc {t2}, {t6}\n",
            "cmovnc {t3}, {t7}\n",
        )
    };
}

/// Subtracts the eight limbs behind a from t0 to t7, and adds p·2²⁵⁶ if that borrows. Uses lo, hi and
/// rdx.
macro_rules! subtraction {
    () => {
        concat!(
            "sub {t0}, qword ptr [{a}]\n",
            "sbb {t1}, qword ptr [{a} + 8]\n",
            "sbb {t2}, qword ptr [{a} + 16]\n",
            "sbb {t3}, qword ptr [{a} + 24]\n",
            "sbb {t4}, qword ptr [{a} + 32]\n",
            "sbb {t5}, qword ptr [{a} + 40]\n",
            "sbb {t6}, qword ptr [{a} + 48]\n",
            "sbb {t7}, qword ptr [{a} + 56]\n",
            "mov {lo}, 0xffffffff00000000\n",
            "mov {hi}, 0xfffffffeffffffff\n",
            "sbb rdx, rdx\n",
            "and {lo}, rdx\n",
            "and {hi}, rdx\n",
            "add {t4}, rdx\n",
            "adc {t5}, {lo}\n",
            "adc {t6}, rdx\n",
            "adc {t7}, {hi}\n",
        )
    };
}

/// a·b/R mod p, for a, b < p.
#[inline(always)]
pub(super) fn mul(_: Adx, a: &Limbs, b: &Limbs) -> Limbs {
    let (t0, t1, t2, t3);
    // SAFETY: the token proves ADX and BMI2. Reads the limbs behind the pointers, writes nothing but
    // registers, all of which are declared.
    unsafe {
        asm!(
            product!(
                "mov rdx, qword ptr [{a}]\n",
                "mov rdx, qword ptr [{a} + 8]\n",
                "mov rdx, qword ptr [{a} + 16]\n",
                "mov rdx, qword ptr [{a} + 24]\n"
            ),
            reduction!(),
            a = inout(reg) a.as_ptr() => _, b = inout(reg) b.as_ptr() => _,
            t0 = out(reg) t0, t1 = out(reg) t1, t2 = out(reg) t2, t3 = out(reg) t3,
            t4 = out(reg) _, t5 = out(reg) _, t6 = out(reg) _, t7 = out(reg) _,
            lo = out(reg) _, hi = out(reg) _, out("rdx") _,
            options(pure, readonly, nostack),
        );
    }
    [t0, t1, t2, t3]
}

/// a²/R mod p, for a < p.
#[inline(always)]
pub(super) fn sqr(_: Adx, a: &Limbs) -> Limbs {
    let (t0, t1, t2, t3);
    // SAFETY: as in `mul`.
    unsafe {
        asm!(
            square!(),
            reduction!(),
            a = inout(reg) a.as_ptr() => _, b = out(reg) _,
            t0 = out(reg) t0, t1 = out(reg) t1, t2 = out(reg) t2, t3 = out(reg) t3,
            t4 = out(reg) _, t5 = out(reg) _, t6 = out(reg) _, t7 = out(reg) _,
            lo = out(reg) _, hi = out(reg) _, out("rdx") _,
            options(pure, readonly, nostack),
        );
    }
    [t0, t1, t2, t3]
}

/// a·b, not reduced.
#[inline(always)]
pub(super) fn mul_wide(_: Adx, a: &Limbs, b: &Limbs) -> [u64; 8] {
    let (t0, t1, t2, t3, t4, t5, t6, t7);
    // SAFETY: as in `mul`.
    unsafe {
        asm!(
            product!(
                "mov rdx, qword ptr [{a}]\n",
                "mov rdx, qword ptr [{a} + 8]\n",
                "mov rdx, qword ptr [{a} + 16]\n",
                "mov rdx, qword ptr [{a} + 24]\n"
            ),
            a = in(reg) a.as_ptr(), b = in(reg) b.as_ptr(),
            t0 = out(reg) t0, t1 = out(reg) t1, t2 = out(reg) t2, t3 = out(reg) t3,
            t4 = out(reg) t4, t5 = out(reg) t5, t6 = out(reg) t6, t7 = out(reg) t7,
            lo = out(reg) _, hi = out(reg) _, out("rdx") _,
            options(pure, readonly, nostack),
        );
    }
    [t0, t1, t2, t3, t4, t5, t6, t7]
}

/// a², not reduced.
#[inline(always)]
pub(super) fn sqr_wide(_: Adx, a: &Limbs) -> [u64; 8] {
    let (t0, t1, t2, t3, t4, t5, t6, t7);
    // SAFETY: as in `mul`.
    unsafe {
        asm!(
            square!(),
            a = in(reg) a.as_ptr(),
            t0 = out(reg) t0, t1 = out(reg) t1, t2 = out(reg) t2, t3 = out(reg) t3,
            t4 = out(reg) t4, t5 = out(reg) t5, t6 = out(reg) t6, t7 = out(reg) t7,
            lo = out(reg) _, hi = out(reg) _, out("rdx") _,
            options(pure, readonly, nostack),
        );
    }
    [t0, t1, t2, t3, t4, t5, t6, t7]
}

/// (a·b − m)/R mod p, for a, b < p and m < p·R. The pointers to a and m stand in memory, because there
/// is no register left for a third one.
#[inline(always)]
pub(super) fn mul_sub(_: Adx, a: &Limbs, b: &Limbs, m: &[u64; 8]) -> Limbs {
    let pointers = [a.as_ptr(), m.as_ptr()];
    let (t0, t1, t2, t3);
    // SAFETY: as in `mul`; both pointers behind `a` come from references that live.
    unsafe {
        asm!(
            product!(
                "mov rdx, qword ptr [{a}]\nmov rdx, qword ptr [rdx]\n",
                "mov rdx, qword ptr [{a}]\nmov rdx, qword ptr [rdx + 8]\n",
                "mov rdx, qword ptr [{a}]\nmov rdx, qword ptr [rdx + 16]\n",
                "mov rdx, qword ptr [{a}]\nmov rdx, qword ptr [rdx + 24]\n"
            ),
            "mov {a}, qword ptr [{a} + 8]",
            subtraction!(),
            reduction!(),
            a = inout(reg) pointers.as_ptr() => _, b = inout(reg) b.as_ptr() => _,
            t0 = out(reg) t0, t1 = out(reg) t1, t2 = out(reg) t2, t3 = out(reg) t3,
            t4 = out(reg) _, t5 = out(reg) _, t6 = out(reg) _, t7 = out(reg) _,
            lo = out(reg) _, hi = out(reg) _, out("rdx") _,
            options(pure, readonly, nostack),
        );
    }
    [t0, t1, t2, t3]
}

/// a + b mod p, for a, b < p.
#[inline(always)]
pub(super) fn add(a: &Limbs, b: &Limbs) -> Limbs {
    let [mut t0, mut t1, mut t2, mut t3] = *a;
    // SAFETY: reads four limbs behind the pointer, writes nothing but registers.
    unsafe {
        asm!(
            "add {t0}, qword ptr [{b}]",
            "adc {t1}, qword ptr [{b} + 8]",
            "adc {t2}, qword ptr [{b} + 16]",
            "adc {t3}, qword ptr [{b} + 24]",
            "mov {c:e}, 0",
            "adc {c}, 0",
            "mov {s0}, {t0}",
            "mov {s1}, {t1}",
            "mov {s2}, {t2}",
            "mov {s3}, {t3}",
            "sub {s0}, -1",
            "sbb {s1}, {p1}",
            "sbb {s2}, -1",
            "sbb {s3}, {p3}",
            "sbb {c}, 0",
            "cmovnc {t0}, {s0}",
            "cmovnc {t1}, {s1}",
            "cmovnc {t2}, {s2}",
            "cmovnc {t3}, {s3}",
            b = in(reg) b.as_ptr(), p1 = in(reg) P[1], p3 = in(reg) P[3],
            t0 = inout(reg) t0, t1 = inout(reg) t1, t2 = inout(reg) t2, t3 = inout(reg) t3,
            s0 = out(reg) _, s1 = out(reg) _, s2 = out(reg) _, s3 = out(reg) _, c = out(reg) _,
            options(pure, readonly, nostack),
        );
    }
    [t0, t1, t2, t3]
}

/// a − b mod p, for a, b < p.
#[inline(always)]
pub(super) fn sub(a: &Limbs, b: &Limbs) -> Limbs {
    let [mut t0, mut t1, mut t2, mut t3] = *a;
    // SAFETY: as in `add`.
    unsafe {
        asm!(
            "sub {t0}, qword ptr [{b}]",
            "sbb {t1}, qword ptr [{b} + 8]",
            "sbb {t2}, qword ptr [{b} + 16]",
            "sbb {t3}, qword ptr [{b} + 24]",
            "sbb {m}, {m}",
            "and {p1}, {m}",
            "and {p3}, {m}",
            "add {t0}, {m}",
            "adc {t1}, {p1}",
            "adc {t2}, {m}",
            "adc {t3}, {p3}",
            b = in(reg) b.as_ptr(), p1 = inout(reg) P[1] => _, p3 = inout(reg) P[3] => _,
            t0 = inout(reg) t0, t1 = inout(reg) t1, t2 = inout(reg) t2, t3 = inout(reg) t3,
            m = out(reg) _,
            options(pure, readonly, nostack),
        );
    }
    [t0, t1, t2, t3]
}
