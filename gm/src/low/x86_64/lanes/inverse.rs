// SPDX-License-Identifier: Apache-2.0
//! Inverses in the field: one exponentiation for all (Montgomery's trick).

use super::field::Fe;
use super::prime::Prime;

/// Puts the inverse in the place of each element, of which there are at most `MOST`, lane by lane. In a
/// lane where one of them is 0, all become 0.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn invert_all<P: Prime, const MOST: usize>(elements: &mut [Fe<P>]) {
    debug_assert!(elements.len() <= MOST + 1);
    let Some((first, rest)) = elements.split_first_mut() else { return };
    // On the way forward each place gets the product of what is before it and itself.
    let mut own = [Fe::one(); MOST];
    let mut product = *first;
    for (element, own) in rest.iter_mut().zip(&mut own) {
        *own = *element;
        *element = product;
        product = product.mul(*own);
    }
    let mut inverse = invert(product);
    for (element, own) in rest.iter_mut().zip(own).rev() {
        *element = element.mul(inverse);
        inverse = inverse.mul(own);
    }
    *first = inverse;
}

/// a^(p - 2), which is 1/a (Fermat), four bits of the exponent at a time.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn invert<P: Prime>(a: Fe<P>) -> Fe<P> {
    let mut powers = [Fe::one(); 16];
    for i in 1..16 {
        powers[i] = powers[i - 1].mul(a);
    }
    // Both primes end in 1111..., so nothing is borrowed.
    let mut exponent = P::P;
    exponent[0] -= 2;
    let mut power = Fe::one();
    for limb in exponent.iter().rev() {
        for at in (0..13).rev() {
            for _ in 0..4 {
                power = power.square();
            }
            power = power.mul(powers[(limb >> (4 * at) & 15) as usize]);
        }
    }
    power
}
