// SPDX-License-Identifier: Apache-2.0
//! SM3's compression function for several messages at once, a message in each lane of a vector:
//! written once over any vector of 32-bit words.

use super::sm3::{States, T};

/// `L` words side by side. A value exists only where the processor can work on it.
pub(in crate::low) trait Words<const L: usize>: Copy {
    /// Proof that the processor can.
    type Cpu: Copy;

    fn splat(cpu: Self::Cpu, word: u32) -> Self;
    fn read(cpu: Self::Cpu, words: &[u32; L]) -> Self;
    fn write(self, words: &mut [u32; L]);
    /// Block `at` of each message, as sixteen big-endian words: word j of all of them in vector j.
    fn load(cpu: Self::Cpu, messages: &[&[u8]; L], at: usize) -> [Self; 16];

    fn add(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn turn<const N: i32>(self) -> Self;
    /// x ^ y ^ z.
    fn parity(self, y: Self, z: Self) -> Self;
    /// Bit by bit what two of three say.
    fn majority(self, y: Self, z: Self) -> Self;
    /// Bit by bit y where self is set, else z.
    fn choose(self, y: Self, z: Self) -> Self;
}

/// Takes the same number of whole blocks of each message into its state. To be compiled with the
/// instructions of its caller.
#[inline(always)]
pub(in crate::low) fn compress<W: Words<L>, const L: usize>(
    cpu: W::Cpu,
    state: &mut States<L>,
    messages: &[&[u8]; L],
    blocks: usize,
) {
    let mut s: [W; 8] = core::array::from_fn(|i| W::read(cpu, &state.0[i]));
    for at in 0..blocks {
        let mut w = W::load(cpu, messages, at);
        let before = s;
        all_rounds::<W, L>(cpu, &mut s, &mut w);
        s = core::array::from_fn(|i| s[i].xor(before[i]));
    }
    for (words, word) in state.0.iter_mut().zip(s) {
        word.write(words);
    }
}

/// The 64 rounds, four at a time: after four the words of the state stand where they stood, and
/// every index is known when this is compiled.
#[inline(always)]
fn all_rounds<W: Words<L>, const L: usize>(cpu: W::Cpu, s: &mut [W; 8], w: &mut [W; 16]) {
    four_rounds::<W, L, 0>(cpu, s, w);
    four_rounds::<W, L, 4>(cpu, s, w);
    four_rounds::<W, L, 8>(cpu, s, w);
    four_rounds::<W, L, 12>(cpu, s, w);
    four_rounds::<W, L, 16>(cpu, s, w);
    four_rounds::<W, L, 20>(cpu, s, w);
    four_rounds::<W, L, 24>(cpu, s, w);
    four_rounds::<W, L, 28>(cpu, s, w);
    four_rounds::<W, L, 32>(cpu, s, w);
    four_rounds::<W, L, 36>(cpu, s, w);
    four_rounds::<W, L, 40>(cpu, s, w);
    four_rounds::<W, L, 44>(cpu, s, w);
    four_rounds::<W, L, 48>(cpu, s, w);
    four_rounds::<W, L, 52>(cpu, s, w);
    four_rounds::<W, L, 56>(cpu, s, w);
    four_rounds::<W, L, 60>(cpu, s, w);
}

/// Rounds J to J + 3.
#[inline(always)]
fn four_rounds<W: Words<L>, const L: usize, const J: usize>(
    cpu: W::Cpu,
    s: &mut [W; 8],
    w: &mut [W; 16],
) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *s;
    macro_rules! round {
        ($j:expr, $a:ident, $b:ident, $c:ident, $d:ident, $e:ident, $f:ident, $g:ident, $h:ident) => {
            let turned = $a.turn::<12>();
            let ss1 = $e.add(W::splat(cpu, T[$j])).add(turned).turn::<7>();
            let ss2 = ss1.xor(turned);
            let ff = if $j < 16 { $a.parity($b, $c) } else { $a.majority($b, $c) };
            let gg = if $j < 16 { $e.parity($f, $g) } else { $e.choose($f, $g) };
            let (now, later) = (w[$j % 16], w[($j + 4) % 16]);
            let tt2 = gg.add($h.add(now)).add(ss1);
            $d = ff.add($d.add(now.xor(later))).add(ss2);
            $h = tt2.parity(tt2.turn::<9>(), tt2.turn::<17>());
            $b = $b.turn::<9>();
            $f = $f.turn::<19>();
            if $j < 52 {
                w[$j % 16] = expand(w, $j);
            }
        };
    }
    round!(J, a, b, c, d, e, f, g, h);
    round!(J + 1, d, a, b, c, h, e, f, g);
    round!(J + 2, c, d, a, b, g, h, e, f);
    round!(J + 3, b, c, d, a, f, g, h, e);
    *s = [a, b, c, d, e, f, g, h];
}

/// Word j + 16 of the message, from words j to j + 15 in their ring (GB/T 32905-2016 clause 5.3.2).
#[inline(always)]
fn expand<W: Words<L>, const L: usize>(w: &[W; 16], j: usize) -> W {
    let x = w[j % 16].parity(w[(j + 7) % 16], w[(j + 13) % 16].turn::<15>());
    let p1 = x.parity(x.turn::<15>(), x.turn::<23>());
    p1.parity(w[(j + 3) % 16].turn::<7>(), w[(j + 10) % 16])
}
