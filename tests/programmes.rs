//! Random programmes for tests: small portfolios that can be enumerated, linear programmes that
//! have a choice, medium portfolios of sites and quarters.
//!
//! Numbers are multiples of 1/8 of moderate size unless said otherwise, so that sums of products
//! are exact. The same seed gives the same programme everywhere.

use programme::{Column, Programme, Row};

/// A small generator of random numbers (`SplitMix64`).
pub struct Random(u64);

impl Random {
    /// A stream of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap_or(0)
    }

    /// A number from 0 up to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A multiple of 1/8 between two whole numbers, ends included.
    pub fn eighths(&mut self, low: i32, high: i32) -> f64 {
        let steps = usize::try_from((high - low) * 8 + 1).unwrap_or(1);
        f64::from(low) + self.below(steps) as f64 / 8.0
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Some of a number of columns, each with a factor between two whole numbers.
    fn some_of(
        &mut self,
        columns: usize,
        percent: usize,
        (low, high): (i32, i32),
    ) -> Vec<(usize, f64)> {
        let mut entries = Vec::new();
        for column in 0..columns {
            if self.chance(percent) {
                entries.push((column, self.eighths(low, high)));
            }
        }
        entries
    }
}

/// Up to 16 binaries under budgets, one-of groups and demands; about one in eight has no choice.
pub fn portfolio(seed: u64) -> Programme {
    let mut random = Random::new(seed);
    let count = 1 + random.below(16);
    let mut programme = Programme::new(format!("portfolio {seed}"));
    for index in 0..count {
        let mut column = Column::binary(format!("offer {index}"), random.eighths(-20, 100));
        match random.below(25) {
            0 => column.lower = 1.0,
            1 => column.upper = 0.0,
            _ => {}
        }
        programme.column(column);
    }
    for budget in 0..=random.below(4) {
        let entries = random.some_of(count, 80, (0, 40));
        let all: f64 = entries.iter().map(|(_, factor)| factor).sum();
        let limit = (all * random.unit() * 8.0).round() / 8.0;
        programme.row(Row::at_most(format!("budget {budget}"), limit, entries));
    }
    for group in 0..random.below(3) {
        let entries: Vec<(usize, f64)> =
            (0..count).filter_map(|column| random.chance(30).then_some((column, 1.0))).collect();
        let name = format!("one of {group}");
        let equal = random.chance(40);
        programme.row(if equal {
            Row::equal(name, 1.0, entries)
        } else {
            Row::at_most(name, 1.0, entries)
        });
    }
    if random.chance(30) {
        let entries: Vec<(usize, f64)> =
            (0..count).map(|column| (column, random.eighths(0, 10))).collect();
        let all: f64 = entries.iter().map(|(_, factor)| factor).sum();
        let least = (all * random.unit() * 4.0).round() / 8.0;
        let most = if random.chance(50) { f64::INFINITY } else { least + random.eighths(0, 20) };
        programme.row(Row { lower: least, ..Row::at_most("tenant", most, entries) });
    }
    programme
}

/// The best of all choices of binaries, one after the other; none where none keeps the limits.
///
/// Exact for programmes whose sums of products are.
pub fn best_of_all(programme: &Programme) -> Option<f64> {
    let count = programme.columns.len();
    let mut in_rows: Vec<Vec<(usize, f64)>> = vec![Vec::new(); count];
    for (row, limit) in programme.rows.iter().enumerate() {
        for (column, factor) in &limit.entries {
            in_rows[*column].push((row, *factor));
        }
    }
    let mut chosen = vec![false; count];
    let mut sums = vec![0.0; programme.rows.len()];
    let mut worth = 0.0;
    let mut best = None;
    for step in 0_u32..1 << count {
        // Gray code: each choice differs from the one before in one column.
        if step > 0 {
            let column = step.trailing_zeros() as usize;
            chosen[column] = !chosen[column];
            let sign = if chosen[column] { 1.0 } else { -1.0 };
            worth += sign * programme.columns[column].objective;
            for (row, factor) in &in_rows[column] {
                sums[*row] += sign * factor;
            }
        }
        let columns = programme.columns.iter().zip(&chosen).all(|(column, chosen)| {
            let value = f64::from(u8::from(*chosen));
            (column.lower..=column.upper).contains(&value)
        });
        let rows = programme
            .rows
            .iter()
            .zip(&sums)
            .all(|(row, sum)| (row.lower..=row.upper).contains(sum));
        if columns && rows && best.is_none_or(|best| worth > best) {
            best = Some(worth);
        }
    }
    best
}

/// A linear programme with boxes around its columns that has a choice; some limits are tight at
/// it, some rows are equalities, some doubled.
pub fn linear(seed: u64, rows: usize, columns: usize) -> Programme {
    let mut random = Random::new(seed);
    let mut programme = Programme::new(format!("linear {seed}"));
    let mut choice = Vec::new();
    for index in 0..columns {
        let lower = random.eighths(-10, 10);
        let upper = lower + random.eighths(0, 20);
        let objective = random.eighths(-10, 10);
        programme.column(Column::continuous(format!("x{index}"), objective, lower, upper));
        choice.push(lower + ((upper - lower) * random.unit() * 8.0).floor() / 8.0);
    }
    for index in 0..rows {
        let entries = random.some_of(columns, 60, (-8, 8));
        let at: f64 = entries.iter().map(|(column, factor)| factor * choice[*column]).sum();
        let slack = if random.chance(30) { 0.0 } else { random.eighths(0, 30) };
        let name = format!("r{index}");
        let row = match random.below(5) {
            0 => Row::at_least(name, at - slack, entries),
            1 => Row::equal(name, at, entries),
            2 => {
                Row { lower: at - slack, ..Row::at_most(name, at + random.eighths(0, 9), entries) }
            }
            _ => Row::at_most(name, at + slack, entries),
        };
        if random.chance(10) {
            let again = format!("r{index} again");
            programme.row(Row { name: again, ..row.clone() });
        }
        programme.row(row);
    }
    programme
}

/// A portfolio of sites and quarters: in each site at most one of the quarters to start in, a
/// fixed part and megawatts up to a size, capital by date, a tenant's cap and crews.
///
/// Two columns per site and quarter, half of them binary. Numbers of any size.
pub fn medium(seed: u64, sites: usize, quarters: usize) -> Programme {
    let mut random = Random::new(seed);
    let mut programme = Programme::new(format!("medium {seed}"));
    let mut capital: Vec<Vec<(usize, f64)>> = vec![Vec::new(); quarters];
    let mut crews: Vec<Vec<(usize, f64)>> = vec![Vec::new(); quarters];
    let mut tenant = Vec::new();
    let mut all_capital = 0.0;
    let mut all_gross_mw = 0.0;
    for site in 0..sites {
        let size_gross_mw = 20.0 + 180.0 * random.unit();
        let fixed_musd = 5.0 + 40.0 * random.unit();
        let capex_musd_per_gross_mw = 8.0 + 4.0 * random.unit();
        let worth_musd_per_gross_mw = 0.5 + 4.0 * random.unit();
        all_capital += fixed_musd + capex_musd_per_gross_mw * size_gross_mw;
        all_gross_mw += size_gross_mw;
        let mut starts = Vec::new();
        for quarter in 0..quarters {
            let later = 1.0 - 0.04 * quarter as f64;
            let of = format!("site {site}, quarter {quarter}");
            let start =
                programme.column(Column::binary(format!("start {of}"), -fixed_musd * later));
            let worth = worth_musd_per_gross_mw * later;
            let size = Column::continuous(format!("size {of}"), worth, 0.0, size_gross_mw);
            let size = programme.column(size);
            let entries = vec![(size, 1.0), (start, -size_gross_mw)];
            programme.row(Row::at_most(format!("only where started: {of}"), 0.0, entries));
            starts.push((start, 1.0));
            tenant.push((size, 1.0));
            crews[quarter].push((size, 1.0));
            for date in &mut capital[quarter..] {
                date.push((start, fixed_musd));
                date.push((size, capex_musd_per_gross_mw));
            }
        }
        programme.row(Row::at_most(format!("once: site {site}"), 1.0, starts));
    }
    for (quarter, entries) in capital.into_iter().enumerate() {
        let limit = all_capital * 0.5 * (quarter + 1) as f64 / quarters as f64;
        programme.row(Row::at_most(format!("capital by {quarter}"), limit, entries));
    }
    for (quarter, entries) in crews.into_iter().enumerate() {
        let limit = all_gross_mw * 0.7 / quarters as f64;
        programme.row(Row::at_most(format!("crews in {quarter}"), limit, entries));
    }
    programme.row(Row::at_most("tenant", all_gross_mw * 0.45, tenant));
    programme
}
