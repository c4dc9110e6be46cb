// SPDX-License-Identifier: Apache-2.0
//! Division steps with conditional moves: a shorter chain of dependent instructions than masks have.
//! Any x86-64 has them.

use core::arch::asm;

/// Twenty division steps on packed words, as in `portable/sm2_inverse.rs`.
#[inline(always)]
pub(super) fn batch(zeta: &mut i64, f: &mut i64, g: &mut i64) {
    // SAFETY: touches registers only, all of which are declared; needs no feature.
    unsafe {
        asm!(
            ".rept 20",
            // s = g + f, h = f and ζ unchanged; but if δ > 0, which is ζ < 0, s = g − f, h = g and ζ
            // complemented. All of this takes effect if g is odd; m is the mask of that.
            "lea {s}, [{f} + {g}]",
            "mov {n}, {g}",
            "sub {n}, {f}",
            "mov {h}, {f}",
            "mov {m}, {g}",
            "and {m}, 1",
            "neg {m}",
            "mov {c}, {z}",
            "sar {c}, 63",
            "cmovs {s}, {n}",
            "cmovs {h}, {g}",
            "and {c}, {m}",
            "xor {z}, {c}",
            "test {g:e}, 1",
            "cmovnz {f}, {h}",
            "cmovnz {g}, {s}",
            "dec {z}",
            "sar {g}, 1",
            ".endr",
            z = inout(reg) *zeta, f = inout(reg) *f, g = inout(reg) *g,
            s = out(reg) _, n = out(reg) _, h = out(reg) _, c = out(reg) _, m = out(reg) _,
            options(pure, nomem, nostack),
        );
    }
}
