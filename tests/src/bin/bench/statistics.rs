//! What benchmarks say of many values. There is always one at least.

/// Of values that chance takes something away from by slices: the one in the middle would tell of those alone that lost as
/// many as most.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The value in the middle.
pub fn median(values: &[f64]) -> f64 {
    percentile(values, 50)
}

/// The value that `percent` of all are below.
pub fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[(values.len() * percent / 100).min(values.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_values_does_not_matter() {
        let values = [5.0, 1.0, 4.0, 2.0];
        assert_eq!((mean(&values), median(&values)), (3.0, 4.0));
        assert_eq!([0, 95, 100].map(|percent| percentile(&values, percent)), [1.0, 5.0, 5.0]);
    }
}
