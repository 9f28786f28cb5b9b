//! All positive roots of a polynomial, with multiplicity, for cash flows of any length.
//!
//! With v = 1/(1+r) a present value is a polynomial p in v, and every rate above -1 is a positive
//! v. Divide p by `v^a`, with a between two neighbouring flows of opposite sign, and differentiate:
//! the result is, but for a power of v, `q = sum of (i - a) c_i v^i`, which has exactly one sign
//! change less. Between neighbouring roots of q the quotient rises or falls throughout, so p has at
//! most one root there. Descending until no sign change is left, and climbing back with bisection,
//! finds every root; there are never more levels than sign changes, and an ordinary investment has
//! one of those.

use std::cmp::Ordering;

/// A positive root and how often it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PositiveRoot {
    pub(crate) v: f64,
    pub(crate) multiplicity: usize,
}

/// A turning point whose value is below this share of the sum of absolute terms touches zero:
/// changing each flow by a few units in its last place would make it exact.
const TOUCHES_ZERO: f64 = 8.881_784_197_001_252e-16; // 2^-50

/// Ends of the search. A rate beyond them would be 10^300, or as near to -1.
const SMALLEST_V: f64 = 1e-300;
const LARGEST_V: f64 = 1e300;

/// Every positive root of `sum of coefficients[i] v^i`, rising.
///
/// At most as many as the coefficients have sign changes, counted with multiplicity, and an even
/// number less if fewer. Scaling all coefficients by a power of two or by -1 changes no bit.
pub(crate) fn positive_roots(coefficients: &[f64]) -> Vec<PositiveRoot> {
    let mut levels = vec![normalised(coefficients.to_vec())];
    while let Some(q) = levels.last().and_then(|p| one_sign_change_less(p)) {
        levels.push(q);
    }
    levels.iter().rev().fold(Vec::new(), |separators, p| roots_between(p, &separators))
}

/// Number of sign changes in a column, zeros skipped.
pub(crate) fn sign_changes(column: &[f64]) -> usize {
    change_positions(column).len()
}

/// Half-way indices of the sign changes in a column, zeros skipped.
fn change_positions(column: &[f64]) -> Vec<f64> {
    let mut changes = Vec::new();
    let mut last: Option<(usize, f64)> = None;
    for (i, &c) in column.iter().enumerate().filter(|(_, c)| **c != 0.0) {
        if let Some((j, before)) = last
            && (before < 0.0) != (c < 0.0)
        {
            changes.push(f64::midpoint(j as f64, i as f64));
        }
        last = Some((i, c));
    }
    changes
}

/// Scaled by a power of two so that the largest entry is near 1, then without zeros at either end.
fn normalised(mut column: Vec<f64>) -> Vec<f64> {
    let largest = column.iter().fold(0.0_f64, |m, c| m.max(c.abs()));
    // The exponent field of a number, mirrored, is that of its reciprocal's power of two.
    let exponent_field = largest.to_bits() >> 52;
    let scale = f64::from_bits(2046_u64.saturating_sub(exponent_field).max(1) << 52);
    for c in &mut column {
        *c *= scale;
    }
    column.truncate(column.iter().rposition(|c| *c != 0.0).map_or(0, |i| i + 1));
    column.drain(..column.iter().position(|c| *c != 0.0).unwrap_or(0));
    column
}

/// `(i - a) c_i` for the middle sign change of p, or `None` if p has none.
fn one_sign_change_less(p: &[f64]) -> Option<Vec<f64>> {
    let changes = change_positions(p);
    let a = *changes.get(changes.len() / 2)?;
    Some(normalised(p.iter().enumerate().map(|(i, c)| (i as f64 - a) * c).collect()))
}

/// Roots of p, given those of its descendant q, between which p has at most one root.
fn roots_between(p: &[f64], separators: &[PositiveRoot]) -> Vec<PositiveRoot> {
    let (Some(&first), Some(&last)) = (p.first(), p.last()) else { return Vec::new() };
    let mut roots = Vec::new();
    // Where p was last known not to vanish, its sign there, and the turning points since then that
    // touch zero: only rounding makes neighbours of those, so together they are one root.
    let mut left = (SMALLEST_V, sign_of(first));
    let mut touching: Vec<PositiveRoot> = Vec::new();
    let ends = separators.iter().map(|s| (*s, sign_at_turn(p, s.v)));
    let infinity = PositiveRoot { v: LARGEST_V, multiplicity: 0 };
    for (right, sign) in ends.chain([(infinity, sign_of(last))]) {
        if sign == Ordering::Equal {
            touching.push(right);
            continue;
        }
        if let (Some(lowest), Some(highest)) = (touching.first(), touching.last()) {
            let multiplicity = touching.iter().map(|t| t.multiplicity).sum::<usize>() + 1;
            // A root of odd order changes the sign, one of even order does not.
            let odd = left.1 != sign;
            let multiplicity = multiplicity - usize::from((multiplicity % 2 == 1) != odd);
            roots.push(PositiveRoot { v: (lowest.v * highest.v).sqrt(), multiplicity });
            touching.clear();
        } else if left.1 != sign {
            roots.push(PositiveRoot { v: bisect(p, left, right.v), multiplicity: 1 });
        }
        left = (right.v, sign);
    }
    roots
}

/// The root of p between a point where it has the given sign and one where it has the other.
fn bisect(p: &[f64], (low, sign_low): (f64, Ordering), high: f64) -> f64 {
    // The bits of positive numbers are ordered as the numbers are: halving them takes at most 62
    // steps from any pair of ends to neighbouring numbers, whatever the scale.
    let (mut low, mut high) = (low.to_bits(), high.to_bits());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match sign(p, f64::from_bits(middle)) {
            Ordering::Equal => return f64::from_bits(middle),
            s if s == sign_low => low = middle,
            _ => high = middle,
        }
    }
    let (low, high) = (f64::from_bits(low), f64::from_bits(high));
    if precise_value(p, low).abs() <= precise_value(p, high).abs() { low } else { high }
}

/// Sign of p at v.
fn sign(p: &[f64], v: f64) -> Ordering {
    let (value, magnitude) = value_and_magnitude(p, v);
    // Two roundings a step, and as many in the sum of absolute terms: twice that is safe.
    let uncertainty = 4.0 * p.len() as f64 * f64::EPSILON * magnitude;
    if value.abs() > uncertainty { sign_of(value) } else { sign_of(precise_value(p, v)) }
}

/// Sign of p at a turning point, `Equal` if it touches zero there.
fn sign_at_turn(p: &[f64], v: f64) -> Ordering {
    let (_, magnitude) = value_and_magnitude(p, v);
    let value = precise_value(p, v);
    if value.abs() <= TOUCHES_ZERO * magnitude { Ordering::Equal } else { sign_of(value) }
}

fn sign_of(value: f64) -> Ordering {
    value.partial_cmp(&0.0).unwrap_or(Ordering::Equal)
}

/// Coefficients in the order in which Horner's scheme takes them, and its argument in (0, 1]:
/// above 1 the mirrored polynomial in 1/v, which has the same sign and cannot overflow.
fn horner_order(p: &[f64], v: f64) -> (impl Iterator<Item = f64>, f64) {
    let mirrored = v > 1.0;
    let last = p.len() - 1;
    let order = (0..p.len()).map(move |i| p[if mirrored { i } else { last - i }]);
    (order, if mirrored { 1.0 / v } else { v })
}

/// Value of p, but for a positive factor, and the sum of its absolute terms with the same factor.
fn value_and_magnitude(p: &[f64], v: f64) -> (f64, f64) {
    let (order, x) = horner_order(p, v);
    order.fold((0.0, 0.0), |(value, magnitude), c| (value * x + c, magnitude * x + c.abs()))
}

/// Value of p, but for a positive factor, as if computed with twice the digits and then rounded
/// (compensated Horner scheme of Graillat, Langlois and Louvet).
fn precise_value(p: &[f64], v: f64) -> f64 {
    let (order, x) = horner_order(p, v);
    let (value, correction) = order.fold((0.0_f64, 0.0), |(value, correction), c| {
        let product = value * x;
        let product_error = value.mul_add(x, -product);
        let sum = product + c;
        let bound = sum - product;
        let sum_error = (product - (sum - bound)) + (c - bound);
        (sum, correction * x + (product_error + sum_error))
    });
    value + correction
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Coefficients of the product of `(v - root)`.
    fn from_roots(roots: &[f64]) -> Vec<f64> {
        let mut p = vec![1.0];
        for root in roots {
            p.push(0.0);
            for i in (0..p.len()).rev() {
                p[i] = if i > 0 { p[i - 1] } else { 0.0 } - root * p[i];
            }
        }
        p
    }

    fn check(p: &[f64], expected: &[(f64, usize)], tolerance: f64) {
        let found = positive_roots(p);
        let found: Vec<_> = found.iter().map(|r| (r.v, r.multiplicity)).collect();
        assert_eq!(found.len(), expected.len(), "{p:?}: {found:?}");
        for (f, e) in found.iter().zip(expected) {
            assert!((f.0 / e.0 - 1.0).abs() < tolerance && f.1 == e.1, "{f:?} instead of {e:?}");
        }
        let total: usize = found.iter().map(|r| r.1).sum();
        let changes = sign_changes(p);
        assert!(
            total <= changes && (changes - total).is_multiple_of(2),
            "{total} roots, {changes} changes"
        );
    }

    #[test]
    fn known_roots_are_found_with_their_multiplicity() {
        check(&from_roots(&[0.5, 1.0, 2.0]), &[(0.5, 1), (1.0, 1), (2.0, 1)], 1e-15);
        check(&from_roots(&[0.9, 0.9]), &[(0.9, 2)], 1e-12);
        check(&from_roots(&[0.9, 0.9, 0.9]), &[(0.9, 3)], 1e-5);
        check(&from_roots(&[0.25, 0.25, 1.0, 4.0, 4.0]), &[(0.25, 2), (1.0, 1), (4.0, 2)], 1e-7);
        check(&from_roots(&[-1.0, -2.0]), &[], 1.0);
        check(&[1.0, -1.0, 1.0], &[], 1.0);
        check(&[-1e-8, 0.0, 1e9], &[(10.0_f64.powf(-8.5), 1)], 1e-13);
        let eight: Vec<f64> = (1..=8).map(|k| 0.6 + 0.1 * f64::from(k)).collect();
        let expected: Vec<_> = eight.iter().map(|v| (*v, 1)).collect();
        check(&from_roots(&eight), &expected, 1e-6);
    }

    #[test]
    fn one_sign_change_has_one_root_at_any_length() {
        for months in [1, 2, 180, 600] {
            let mut p = vec![1.0; months + 1];
            p[0] = -0.75 * months as f64;
            check(&p, &[(positive_roots(&p)[0].v, 1)], 1e-15);
            let v = positive_roots(&p)[0].v;
            assert!(value_and_magnitude(&p, v).0.abs() < 1e-9 * months as f64);
        }
    }

    #[test]
    fn scaling_by_powers_of_two_and_by_minus_one_changes_no_bit() {
        let p = [-125.62, -1_525.72, 64_963.7, -52_895.58, -30_508.03, -95.36, 13_871.37];
        let reference = positive_roots(&p);
        for factor in [-1.0, 2.0, 0.125, 1_073_741_824.0, -9.313_225_746_154_785e-10] {
            let scaled: Vec<f64> = p.iter().map(|c| c * factor).collect();
            assert_eq!(positive_roots(&scaled), reference, "{factor}");
        }
    }

    #[test]
    fn signs_that_alternate_every_month_are_still_solved() {
        let p: Vec<f64> = (0..=120).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        check(&p, &[], 1.0);
        let q: Vec<f64> = (0..120).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        check(&q, &[(1.0, 1)], 1e-15);
    }
}
