// SPDX-License-Identifier: Apache-2.0
//! Two sets of times, and whether they differ.

/// Times of the two classes, in nanoseconds.
pub(crate) struct Times {
    pub(crate) classes: [Vec<u32>; 2],
}

/// The crop with the largest |t|.
pub(crate) struct Found {
    pub(crate) t: f64,
    /// How many of the times it looks at, the fastest ones.
    pub(crate) percent: f64,
    pub(crate) medians: [u32; 2],
}

/// What is slower than most was interrupted: differences show in the fastest part of all times. Each of
/// these is looked at.
const PERCENTS: [f64; 8] = [25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 100.0];

impl Times {
    pub(crate) fn compare(mut self) -> Found {
        self.classes.iter_mut().for_each(|class| class.sort_unstable());
        let mut all = self.classes.concat();
        all.sort_unstable();
        let medians = [0, 1].map(|i: usize| at_percent(&self.classes[i], 50.0));
        let mut found = Found { t: 0.0, percent: 100.0, medians };
        for percent in PERCENTS {
            // One bound for both, so that a crop favours neither.
            let bound = at_percent(&all, percent);
            let t = welch(&self.classes.each_ref().map(|class| cropped(class, bound)));
            if t.abs() > found.t.abs() {
                (found.t, found.percent) = (t, percent);
            }
        }
        found
    }
}

fn at_percent(sorted: &[u32], percent: f64) -> u32 {
    let place = (sorted.len() as f64 * percent / 100.0) as usize;
    sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

fn cropped(sorted: &[u32], bound: u32) -> &[u32] {
    &sorted[..sorted.partition_point(|time| *time <= bound)]
}

/// Welch's t.
fn welch(classes: &[&[u32]; 2]) -> f64 {
    if classes.iter().any(|class| class.len() < 2) {
        return 0.0;
    }
    let [(first, first_error), (second, second_error)] = classes.map(mean_and_error);
    let error = first_error + second_error;
    if error > 0.0 {
        (first - second) / error.sqrt()
    } else if first == second {
        0.0
    } else {
        f64::INFINITY
    }
}

/// The mean, and its variance.
fn mean_and_error(times: &[u32]) -> (f64, f64) {
    let count = times.len() as f64;
    let mean = times.iter().map(|time| f64::from(*time)).sum::<f64>() / count;
    let squares: f64 = times.iter().map(|time| (f64::from(*time) - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}
