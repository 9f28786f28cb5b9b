//! Linear least squares on a tall, thin matrix by Householder reflections.

/// A reflected column shorter than this share of the whole one is a sum of those before it.
const COLLINEAR: f64 = 1e-9;

/// Coefficients of a linear regression, with what is known of their errors.
#[derive(Clone, Debug, PartialEq)]
pub struct LeastSquares<const N: usize> {
    /// One coefficient a regressor.
    pub coefficients: [f64; N],
    /// Their plain standard errors: residuals taken as independent and of one size. Residuals of
    /// spans that overlap are not independent, and for them these are too small.
    pub standard_errors: [f64; N],
    /// Standard deviation of the residuals, in units of the regressand; here a logarithm.
    pub residual_log_error: f64,
}

impl<const N: usize> LeastSquares<N> {
    /// The regressand that the regression expects.
    pub fn predict(&self, row: &[f64; N]) -> f64 {
        self.coefficients.iter().zip(row).map(|(b, x)| b * x).sum()
    }
}

/// The regression of `y` on `rows`: the coefficients with the smallest sum of squared residuals.
///
/// # Formula
/// `Q R = X` by `N` Householder reflections, `R b = Q' y`. Standard error of coefficient `j`:
/// `s sqrt(((X'X)^-1)_jj)` with `(X'X)^-1 = R^-1 R^-T` and `s^2 = |y - X b|^2 / (rows - N)`.
///
/// # Special cases
/// `None` with no more rows than coefficients, and where a column is a sum of others.
pub(super) fn least_squares<const N: usize>(
    rows: &[[f64; N]],
    y: &[f64],
) -> Option<LeastSquares<N>> {
    if rows.len() <= N || rows.len() != y.len() {
        return None;
    }
    let mut r = rows.to_vec();
    let mut turned = y.to_vec();
    for k in 0..N {
        let whole = dot(rows.iter().map(|row| row[k] * row[k]));
        let below = dot(r[k..].iter().map(|row| row[k] * row[k]));
        if below.sqrt() <= COLLINEAR * whole.sqrt() {
            return None;
        }
        // Away from zero: the difference loses no digits.
        let diagonal = -below.sqrt().copysign(r[k][k]);
        let mut mirror: Vec<f64> = r[k..].iter().map(|row| row[k]).collect();
        mirror[0] -= diagonal;
        let half = dot(mirror.iter().map(|v| v * v)) / 2.0;
        for column in k..N {
            let along = dot(mirror.iter().zip(&r[k..]).map(|(v, row)| v * row[column])) / half;
            for (v, row) in mirror.iter().zip(&mut r[k..]) {
                row[column] -= along * v;
            }
        }
        let along = dot(mirror.iter().zip(&turned[k..]).map(|(v, y)| v * y)) / half;
        for (v, y) in mirror.iter().zip(&mut turned[k..]) {
            *y -= along * v;
        }
    }
    let inverse = inverse_of_triangle::<N>(&r);
    let coefficients: [f64; N] =
        std::array::from_fn(|i| dot((i..N).map(|j| inverse[i][j] * turned[j])));
    // Below the triangle stands what no coefficient can reach.
    let squares = dot(turned[N..].iter().map(|y| y * y));
    let residual = (squares / (rows.len() - N) as f64).sqrt();
    let standard_errors =
        std::array::from_fn(|i| residual * dot(inverse[i].iter().map(|x| x * x)).sqrt());
    Some(LeastSquares { coefficients, standard_errors, residual_log_error: residual })
}

/// The inverse of the upper triangle in the first `N` rows.
fn inverse_of_triangle<const N: usize>(r: &[[f64; N]]) -> [[f64; N]; N] {
    let mut inverse = [[0.0; N]; N];
    for column in 0..N {
        inverse[column][column] = 1.0 / r[column][column];
        for i in (0..column).rev() {
            let sum = dot((i + 1..=column).map(|j| r[i][j] * inverse[j][column]));
            inverse[i][column] = -sum / r[i][i];
        }
    }
    inverse
}

/// A sum in the order given.
fn dot(terms: impl Iterator<Item = f64>) -> f64 {
    terms.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows without a pattern, and a regressand made of known coefficients plus `noise`.
    fn made(noise: f64) -> (Vec<[f64; 3]>, Vec<f64>) {
        let wave = |i: usize, turn: f64| (i as f64 * turn).sin();
        let rows: Vec<[f64; 3]> =
            (0..40).map(|i| [1.0, wave(i, 1.7), wave(i, 0.9) - 4.0]).collect();
        let y = rows
            .iter()
            .enumerate()
            .map(|(i, x)| 0.25 - 3.0 * x[1] + 0.5 * x[2] + noise * wave(i, 5.3))
            .collect();
        (rows, y)
    }

    #[test]
    fn known_coefficients_come_back() {
        let (rows, y) = made(0.0);
        let fit = least_squares(&rows, &y).unwrap();
        for (found, put_in) in fit.coefficients.iter().zip([0.25, -3.0, 0.5]) {
            assert!((found - put_in).abs() < 1e-13, "{:?}", fit.coefficients);
        }
        assert!(fit.residual_log_error < 1e-14 && fit.standard_errors.iter().all(|e| *e < 1e-14));
    }

    #[test]
    fn residuals_are_orthogonal_to_every_regressor() {
        let (rows, y) = made(0.3);
        let fit = least_squares(&rows, &y).unwrap();
        let residuals: Vec<f64> =
            rows.iter().zip(&y).map(|(row, y)| y - fit.predict(row)).collect();
        for k in 0..3 {
            let along: f64 = rows.iter().zip(&residuals).map(|(row, e)| row[k] * e).sum();
            assert!(along.abs() < 1e-12, "regressor {k}: {along}");
        }
        let squares: f64 = residuals.iter().map(|e| e * e).sum();
        assert!((fit.residual_log_error - (squares / 37.0).sqrt()).abs() < 1e-14);
    }

    #[test]
    fn standard_errors_are_those_of_the_textbook() {
        // A straight line: slope's variance s^2 / Sxx, intercept's s^2 (1/n + mean^2 / Sxx).
        let rows: Vec<[f64; 2]> = (0..5_u8).map(|i| [1.0, f64::from(i) + 2.0]).collect();
        let fit = least_squares(&rows, &[1.0, 3.0, 2.0, 5.0, 4.0]).unwrap();
        assert!((fit.coefficients[1] - 0.8).abs() < 1e-14);
        assert!((fit.coefficients[0] + 0.2).abs() < 1e-14);
        let variance: f64 = 3.6 / 3.0;
        assert!((fit.standard_errors[1] - (variance / 10.0).sqrt()).abs() < 1e-14);
        assert!((fit.standard_errors[0] - (variance * (0.2 + 1.6)).sqrt()).abs() < 1e-14);
    }

    #[test]
    fn what_has_no_single_answer_has_none() {
        let twice: Vec<[f64; 2]> = (0..9_u8).map(|i| [f64::from(i), 3.0 * f64::from(i)]).collect();
        assert_eq!(least_squares(&twice, &[1.0; 9]), None);
        assert_eq!(least_squares(&[[1.0, 0.0]; 9], &[1.0; 9]), None);
        assert_eq!(least_squares(&[[1.0, 0.0], [1.0, 2.0]], &[1.0; 2]), None);
    }
}
