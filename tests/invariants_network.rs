//! What must hold of the network whatever its size and whenever one looks: subsidy, retarget,
//! reward, and the path through the halvings.
//!
//! Each property says the economics in words; its number is that of the project's catalogue of
//! invariants. `bit` means the same number or the same order with no tolerance at all.
#![expect(
    clippy::unwrap_used,
    reason = "inputs are drawn inside the ranges that the engine allows"
)]

use hashcost::network::{
    btc_per_th_day, btc_per_th_day_of_hashrate, difficulty_from_bits, hashprice_usd_per_ph_day,
    hashrate_th_per_s, mean_subsidy_btc, next_bits, retarget, simulate_retargets,
    steady_blocks_per_day, steady_spacing_s, subsidy_btc, subsidy_sat, total_supply_sat,
};
use hashcost::projection::{
    DEFAULT_TREND, Line, PathColumns, Start, TrendRates, bank_usd_per_btc, fees_implied_btc,
    mechanical_usd_per_btc, project,
};
use hashpivot_tests::{cond, config, linear, ordered, rel, same_bits, scale, subsidy};
use proptest::prelude::*;
use units::CalendarMonth;

proptest! {
    #![proptest_config(config())]

    /// 7, exact: the subsidy is 50 BTC cut in half every 210,000 blocks and rounded down to whole
    /// satoshi, until nothing is left.
    #[test]
    fn the_subsidy_is_halved_by_height(height in prop_oneof![0_u64..8_000_000, 0_u64..1 << 40]) {
        let halvings = u32::try_from(height / 210_000).unwrap();
        let expected = 2_u128.checked_pow(halvings).map_or(0, |cut| 5_000_000_000 / cut);
        prop_assert_eq!(u128::from(subsidy_sat(height)), expected);
        prop_assert!(subsidy_sat(height + 1) <= subsidy_sat(height));
    }

    /// 8, exact: coins issued by any height never exceed the 2,099,999,997,690,000 satoshi that
    /// will ever be, and reach them when the subsidy ends.
    #[test]
    fn supply_is_limited(height in 0_u64..8_000_000) {
        let mined = |height: u64| -> u64 {
            (0..=height / 210_000)
                .map(|epoch| (height - 210_000 * epoch).min(210_000) * subsidy_sat(210_000 * epoch))
                .sum()
        };
        prop_assert!(mined(height) <= total_supply_sat());
        prop_assert_eq!(total_supply_sat(), 2_099_999_997_690_000);
        if height >= 6_930_000 {
            prop_assert_eq!(mined(height), total_supply_sat());
        }
        // What a month's blocks pay is what its two parts pay.
        let first = height / 3;
        let pays = |from: u64, to: u64| mean_subsidy_btc(from, to - from) * (to - from) as f64;
        let parts = pays(0, first) + pays(first, height);
        prop_assert!(rel(parts, pays(0, height), 16.0));
    }

    /// 9, bit: no period, however fast or slow or badly dated, moves difficulty by more than 4.
    #[test]
    fn a_retarget_moves_difficulty_by_four_at_most(
        difficulty in scale(1.0, 1e18),
        seconds in -(1_i64 << 40)..1 << 60,
        size in 0x04_u32..=0x1c,
        mantissa in 0x8000_u32..=0x7f_ffff,
    ) {
        let next = retarget(difficulty, seconds as f64);
        prop_assert!(next >= difficulty * 0.25 && next <= difficulty * 4.0);
        let bits = (size << 24) | mantissa;
        let (before, after) = (
            difficulty_from_bits(bits).unwrap(),
            difficulty_from_bits(next_bits(bits, 0, seconds).unwrap()).unwrap(),
        );
        // The compact form cuts the target to 16 bits at worst: difficulty comes out that much up.
        let cut = 1.0 + 1.0 / 32_768.0;
        prop_assert!(after >= (before * 0.25).max(1.0) && after <= before * 4.0 * cut);
    }

    /// 10, bit: a period of two weeks leaves difficulty alone; 2,016 blocks of ten minutes raise it
    /// by 2016/2015, because the protocol measures one interval less than it wants.
    #[test]
    fn the_off_by_one_of_the_retarget_is_kept(
        difficulty in scale(1.0, 1e18),
        start in 0_i64..4_000_000_000,
        size in 0x04_u32..=0x1c,
        mantissa in 0x8000_u32..=0x7f_ffff,
    ) {
        prop_assert!(same_bits(retarget(difficulty, 1_209_600.0), difficulty));
        let raised = difficulty * (2_016.0 / 2_015.0);
        prop_assert!(same_bits(retarget(difficulty, 2_015.0 * 600.0), raised));
        let bits = (size << 24) | mantissa;
        prop_assert_eq!(next_bits(bits, start, start + 1_209_600).unwrap(), bits);
    }

    /// 10, rel 1e-12: at constant hash rate blocks settle at 600.298 s after one retarget, as long
    /// as the first period was not off by more than the protocol corrects at once.
    #[test]
    fn block_times_settle_at_constant_hash_rate(
        difficulty in scale(1e6, 1e16),
        surprise in scale(0.26, 3.9),
        periods in 2_usize..12,
    ) {
        let hashrate = vec![hashrate_th_per_s(difficulty) * surprise; periods];
        let path = simulate_retargets(difficulty, &hashrate).unwrap();
        for spacing in &path.spacing_s[1..] {
            prop_assert!((spacing / steady_spacing_s() - 1.0).abs() < 1e-12);
        }
        for (spacing, a_day) in path.spacing_s.iter().zip(&path.blocks_per_day) {
            prop_assert!(rel(spacing * a_day, 86_400.0, 4.0));
        }
    }

    /// 11, cond(n): miners share the reward by hash rate; all of them together get all of it.
    #[test]
    fn shares_of_the_reward_sum_to_the_whole(
        miners in prop::collection::vec(scale(1e-3, 1e9), 1..200),
        subsidy in subsidy(),
        fees in linear(0.0, 50.0),
    ) {
        let all: f64 = miners.iter().sum();
        let b = btc_per_th_day_of_hashrate(all, subsidy, fees);
        let earned: f64 = miners.iter().map(|th| th * b).sum();
        let a_day = 144.0 * (subsidy + fees);
        prop_assert!(cond(earned, a_day, 4.0 + 2.0 * miners.len() as f64, a_day));
    }

    /// 12, bit and rel 1e-6: hash rate that one adds dilutes itself; twice the machines earn less
    /// than twice the coins, and the next TH/s earns what the others leave it.
    #[test]
    fn revenue_is_concave_in_own_hash_rate(
        others in scale(1e3, 5e9),
        own in scale(1e2, 5e8),
        subsidy in subsidy(),
        fees in linear(0.0, 50.0),
    ) {
        let revenue = |own: f64| own * btc_per_th_day_of_hashrate(others + own, subsidy, fees);
        prop_assert!(revenue(2.0 * own) <= 2.0 * revenue(own));
        let step = 1e-4 * (others + own);
        let slope = (revenue(own + step) - revenue(own - step)) / (2.0 * step);
        let next = 144.0 * (subsidy + fees) * others / (others + own) / (others + own);
        prop_assert!((slope / next - 1.0).abs() < 1e-6);
    }

    /// Reward, rel(8): a TH/s earns its share of 144 blocks a day; twice the difficulty halves it.
    #[test]
    fn reward_is_shared_by_difficulty(
        difficulty in scale(1.0, 5e17),
        subsidy in subsidy(),
        fees in linear(0.0, 50.0),
    ) {
        let b = btc_per_th_day(difficulty, subsidy, fees);
        prop_assert!(same_bits(btc_per_th_day(2.0 * difficulty, subsidy, fees), b / 2.0));
        prop_assert!(rel(b * hashrate_th_per_s(difficulty), 144.0 * (subsidy + fees), 8.0));
    }

    /// 10, rel 1e-12: whatever the first period was, blocks settle at 1,209,600 s by 2,015 intervals
    /// and not at 600 s; what a retarget cannot correct at once, the next ones do.
    #[test]
    fn block_times_settle_after_any_surprise(
        difficulty in scale(1e6, 1e12),
        surprise in scale(1e-3, 1e3),
    ) {
        let hashrate = vec![hashrate_th_per_s(difficulty) * surprise; 12];
        let path = simulate_retargets(difficulty, &hashrate).unwrap();
        // Five steps of 4 reach a factor of 1,000; one more settles.
        for (spacing, a_day) in path.spacing_s.iter().zip(&path.blocks_per_day).skip(6) {
            prop_assert!((spacing / (1_209_600.0 / 2_015.0) - 1.0).abs() < 1e-12, "{spacing}");
            prop_assert!((a_day / (86_400.0 * 2_015.0 / 1_209_600.0) - 1.0).abs() < 1e-12);
        }
        let last = path.spacing_s[11];
        prop_assert!((last - 600.298).abs() < 1e-3 && last > 600.29);
    }

    /// 10, rel 1e-9: with hash rate that grows by r in steps at the retargets, a day has
    /// 143.929 (1 + r) blocks in every period after the first.
    #[test]
    fn growth_brings_blocks_forward(
        difficulty in scale(1e6, 1e14),
        growth in linear(-0.2, 0.3),
        periods in 2_i32..40,
    ) {
        let start = hashrate_th_per_s(difficulty);
        let hashrate: Vec<f64> =
            (0..periods).map(|period| start * (1.0 + growth).powf(f64::from(period))).collect();
        let path = simulate_retargets(difficulty, &hashrate).unwrap();
        let expected = 86_400.0 * 2_015.0 / 1_209_600.0 * (1.0 + growth);
        prop_assert!(rel(steady_blocks_per_day(growth), expected, 8.0));
        for a_day in &path.blocks_per_day[1..] {
            prop_assert!((a_day / expected - 1.0).abs() < 1e-9, "{a_day}, {expected} expected");
        }
    }

    /// 9, bit: ten times the hash rate raise difficulty by exactly 4 and then by 2.5, a tenth of it
    /// by 1/4 and then 1/2.5; two retargets after the jump blocks come as before it.
    #[test]
    fn a_jump_is_clamped_and_made_good(
        difficulty in scale(1e6, 1e14),
        before in 2_usize..8,
        up in any::<bool>(),
    ) {
        let factor = if up { 10.0 } else { 0.1 };
        let now = hashrate_th_per_s(difficulty);
        let hashrate: Vec<f64> =
            (0..before + 6).map(|p| if p < before { now } else { now * factor }).collect();
        let path = simulate_retargets(difficulty, &hashrate).unwrap();
        let ratio = |period: usize| path.difficulty[period] / path.difficulty[period - 1];
        let steady = 1_209_600.0 / 2_015.0;
        prop_assert!((ratio(before) - 1.0).abs() < 1e-12, "difficulty learns of it a period late");
        prop_assert!((path.spacing_s[before] * factor / steady - 1.0).abs() < 1e-12);
        let (clamped, rest) = if up { (4.0, 2.5) } else { (0.25, 0.4) };
        prop_assert!(same_bits(ratio(before + 1), clamped), "{}", ratio(before + 1));
        prop_assert!((ratio(before + 2) / rest - 1.0).abs() < 1e-12, "{}", ratio(before + 2));
        for period in before + 2..before + 6 {
            prop_assert!((path.spacing_s[period] / steady - 1.0).abs() < 1e-12);
        }
    }

    /// 9, bit: beyond the clamp the protocol's integers do not look at the clock either.
    #[test]
    fn the_protocol_clamps_a_jump(
        start in 0_i64..4_000_000_000,
        size in 0x05_u32..=0x1b,
        mantissa in 0x8000_u32..=0x7f_ffff,
        fast in 0_i64..302_400,
        slow in 4_838_400_i64..1 << 40,
    ) {
        let bits = (size << 24) | mantissa;
        let after = |seconds| next_bits(bits, start, start + seconds).unwrap();
        prop_assert_eq!(after(fast), after(302_400));
        prop_assert_eq!(after(slow), after(4_838_400));
        prop_assert_eq!(after(302_400 * 4), bits);
        // A target of a multiple of 4 that stays in 24 bits is cut and raised without a rest.
        let even = (size << 24) | (mantissa & 0x1f_fffc) | 0x10_0000;
        let ratio = |seconds| {
            let next = next_bits(even, start, start + seconds).unwrap();
            difficulty_from_bits(next).unwrap() / difficulty_from_bits(even).unwrap()
        };
        prop_assert!(rel(ratio(fast), 4.0, 4.0) && rel(ratio(slow), 0.25, 4.0));
    }

    /// 7, exact: block 1,049,999 is the last of 3.125 BTC and block 1,050,000 the first of 1.5625;
    /// a run of blocks around them pays the mean of both, weighted by blocks.
    #[test]
    fn the_halving_of_2028_is_a_block(before in 0_u64..20_000, after in 0_u64..20_000) {
        prop_assert_eq!([subsidy_sat(1_049_999), subsidy_sat(1_050_000)], [312_500_000, 156_250_000]);
        prop_assert!(same_bits(subsidy_btc(1_049_999), 3.125));
        prop_assert!(same_bits(subsidy_btc(1_050_000), 1.562_5));
        let mean = mean_subsidy_btc(1_050_000 - before, before + after);
        if before == 0 {
            prop_assert!(same_bits(mean, 1.562_5));
        } else if after == 0 {
            prop_assert!(same_bits(mean, 3.125));
        } else {
            let (before, after) = (before as f64, after as f64);
            let expected = (before * 3.125 + after * 1.562_5) / (before + after);
            prop_assert!(rel(mean, expected, 2.0), "{mean}, {expected} expected");
            prop_assert!(mean < 3.125 && mean > 1.562_5);
        }
    }
}

/// A start of a projection between 2009 and 2040.
fn start() -> impl Strategy<Value = Start> {
    (
        2009_i32..2040,
        1_u32..=12,
        0_u64..2_000_000,
        scale(1e3, 1e16),
        scale(1e-4, 50.0),
        scale(1e2, 1e8),
    )
        .prop_map(
            |(year, month, height, difficulty, fees_btc_per_block, price_usd_per_btc)| Start {
                month: CalendarMonth::new(year, month).unwrap(),
                height,
                difficulty,
                fees_btc_per_block,
                price_usd_per_btc,
            },
        )
}

/// Yearly rates of a trend.
fn trend() -> impl Strategy<Value = TrendRates> {
    let rate = || linear(-0.3, 0.5);
    (rate(), rate(), rate(), rate(), rate()).prop_map(
        |(hashrate, efficiency, power, price, fees)| TrendRates {
            hashrate_growth_frac: hashrate,
            efficiency_frac: efficiency,
            power_growth_frac: power,
            price_growth_frac: price,
            fees_growth_frac: fees,
        },
    )
}

proptest! {
    #![proptest_config(config())]

    /// Mechanical, bit: if nothing moves but the subsidy, a stated cost moves by (S + F) / (S' + F)
    /// and by nothing else; a trend with rates of zero is that line.
    #[test]
    fn a_mechanical_projection_moves_the_subsidy_alone(
        start in start(),
        months in 1_usize..240,
        cost in scale(1e2, 1e7),
    ) {
        let path = project(&start, &Line::Mechanical, months).unwrap();
        let still = TrendRates {
            hashrate_growth_frac: 0.0,
            efficiency_frac: 0.0,
            power_growth_frac: 0.0,
            price_growth_frac: 0.0,
            fees_growth_frac: 0.0,
        };
        prop_assert_eq!(&path, &project(&start, &Line::Trend(still), months).unwrap());
        let carried = path.anchored_usd_per_btc(cost);
        prop_assert!(same_bits(carried[0], cost));
        for (m, carried) in carried.iter().enumerate() {
            prop_assert!(same_bits(path.difficulty[m], start.difficulty));
            prop_assert!(same_bits(path.price_usd_per_btc[m], start.price_usd_per_btc));
            prop_assert!(same_bits(path.fees_btc[m], start.fees_btc_per_block));
            let expected = mechanical_usd_per_btc(
                cost,
                path.subsidy_btc[0],
                path.subsidy_btc[m],
                start.fees_btc_per_block,
            );
            prop_assert!(rel(*carried, expected, 16.0));
        }
        prop_assert!(path.subsidy_btc.is_sorted_by(|a, b| a >= b));
        // A month has its own days, and a day 144 blocks.
        let mut month = start.month;
        for heights in path.height.windows(2) {
            prop_assert!(same_bits(heights[1] - heights[0], 6.0 * month.hours()));
            month = month.plus(1);
        }
        prop_assert!(path.bank_usd_per_btc().is_sorted(), "only the subsidy moves, and it falls");
    }

    /// 7, rel(1): from any height, the halving falls in the month that holds block 1,050,000, and a
    /// month pays what its blocks pay one by one.
    #[test]
    fn a_projection_halves_in_the_month_of_the_block(
        start in start(),
        height in prop_oneof![
            8 => 840_000_u64..=1_050_000,
            // Months of 28 to 31 days that end on the halving, and their neighbours.
            1 => (28_u64..=31, 0_u64..3).prop_map(|(days, off)| 1_050_001 - 144 * days - off),
            1 => 1_049_998_u64..=1_050_000,
        ],
    ) {
        let path = project(&Start { height, ..start }, &Line::Mechanical, 60).unwrap();
        let mut first = height;
        let mut month = start.month;
        let mut halvings = 0;
        for m in 0..60 {
            let next = first + u64::from(month.days()) * 144;
            prop_assert_eq!(height_at(&path.height, m), first);
            let paid_sat: u64 = (first..next).map(subsidy_sat).sum();
            let mean = paid_sat as f64 / ((next - first) as f64 * 1e8);
            prop_assert!(rel(path.subsidy_btc[m], mean, 1.0), "month {m}");
            if next <= 1_050_000 {
                prop_assert!(same_bits(path.subsidy_btc[m], 3.125), "month {m}");
            } else if first >= 1_050_000 && next <= 1_260_000 {
                prop_assert!(same_bits(path.subsidy_btc[m], 1.562_5), "month {m}");
            } else if first < 1_050_000 {
                halvings += 1;
                prop_assert!(path.subsidy_btc[m] < 3.125 && path.subsidy_btc[m] > 1.562_5);
            }
            first = next;
            month = month.plus(1);
        }
        // None where a month ends on the block itself, and never two.
        prop_assert!(halvings <= 1);
    }

    /// A longer look changes nothing, bit: the first months of a projection do not depend on how
    /// many follow; a path given month by month is the trend that wrote it.
    #[test]
    fn projections_agree_with_their_parts(
        start in start(),
        rates in trend(),
        months in 2_usize..180,
        cut in 1_usize..180,
    ) {
        let cut = cut.min(months);
        let path = project(&start, &Line::Trend(rates), months).unwrap();
        let short = project(&start, &Line::Trend(rates), cut).unwrap();
        prop_assert_eq!(&short.height[..], &path.height[..cut]);
        prop_assert_eq!(&short.difficulty[..], &path.difficulty[..cut]);
        prop_assert_eq!(&short.btc_per_th_day[..], &path.btc_per_th_day[..cut]);
        prop_assert_eq!(&short.hashprice_usd_per_ph_day[..], &path.hashprice_usd_per_ph_day[..cut]);
        let columns = PathColumns {
            hashrate_eh_per_s: path
                .hashrate_eh_per_s
                .iter()
                .map(|eh| eh.clamp(1e-3, 1e5))
                .collect(),
            price_usd_per_btc: path
                .price_usd_per_btc
                .iter()
                .map(|usd| usd.clamp(1.0, 1e8))
                .collect(),
            fees_btc: path.fees_btc.iter().map(|btc| btc.min(50.0)).collect(),
            j_per_th_index: path.j_per_th_index.clone(),
            power_index: path.power_index.clone(),
            ..PathColumns::default()
        };
        let given = project(&start, &Line::Path(columns.clone()), months).unwrap();
        prop_assert_eq!(&given.subsidy_btc, &path.subsidy_btc);
        for m in 0..months {
            let b = btc_per_th_day_of_hashrate(
                columns.hashrate_eh_per_s[m] * 1e6,
                path.subsidy_btc[m],
                columns.fees_btc[m],
            );
            prop_assert!(rel(given.btc_per_th_day[m], b, 8.0));
            let hashprice =
                hashprice_usd_per_ph_day(given.btc_per_th_day[m], columns.price_usd_per_btc[m]);
            prop_assert!(same_bits(given.hashprice_usd_per_ph_day[m], hashprice));
        }
        // Starting over where the path stands in some month gives the heights from there on.
        let later = Start {
            month: start.month.plus(i32::try_from(cut).unwrap() - 1),
            height: height_at(&path.height, cut - 1),
            ..start
        };
        let rest = project(&later, &Line::Mechanical, months - cut + 1).unwrap();
        prop_assert_eq!(&rest.height[..], &path.height[cut - 1..]);
        prop_assert_eq!(&rest.subsidy_btc[..], &path.subsidy_btc[cut - 1..]);
    }

    /// Trend, bit: a network that grows faster pays every miner less each month, and its coins cost
    /// more; better machines and cheaper power bring the cost down again.
    #[test]
    fn growth_of_the_network_is_dilution(
        start in start(),
        (slow, fast) in ordered(linear(-0.3, 0.5)),
        month in 0_usize..180,
    ) {
        let [slow, fast] = [slow, fast].map(|hashrate_growth_frac| {
            let rates = TrendRates { hashrate_growth_frac, ..DEFAULT_TREND };
            project(&start, &Line::Trend(rates), month + 1).unwrap()
        });
        prop_assert!(fast.btc_per_th_day[month] <= slow.btc_per_th_day[month]);
        prop_assert!(fast.hashprice_usd_per_ph_day[month] <= slow.hashprice_usd_per_ph_day[month]);
        prop_assert!(fast.bank_usd_per_btc()[month] >= slow.bank_usd_per_btc()[month]);
        prop_assert!(fast.average_usd_per_btc()[month] <= fast.bank_usd_per_btc()[month]);
        let b = slow.btc_per_th_day[month];
        prop_assert!(bank_usd_per_btc(b, 0.9, 1.0) <= bank_usd_per_btc(b, 1.0, 1.0));
        prop_assert!(bank_usd_per_btc(b, 1.0, 0.9) <= bank_usd_per_btc(b, 1.0, 1.0));
    }

    /// The published pair, rel 1e-9: the fee level that a step of cost implies is the one that
    /// brings that step about.
    #[test]
    fn implied_fees_undo_the_halving(
        cost in scale(1e2, 1e7),
        fees in scale(1e-3, 50.0),
        subsidy in subsidy(),
    ) {
        let after = mechanical_usd_per_btc(cost, subsidy, subsidy / 2.0, fees);
        let implied = fees_implied_btc(cost, after, subsidy, subsidy / 2.0);
        // Large fees drown the subsidy, and with it the digits from which they are recovered.
        prop_assert!((implied / fees - 1.0).abs() < 1e-12 * (1.0 + fees / subsidy).powf(2.0) * 1e3);
    }
}

/// The whole height of a month.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "heights are whole and small"
)]
fn height_at(heights: &[f64], month: usize) -> u64 {
    heights[month] as u64
}
