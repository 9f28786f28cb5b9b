//! The cheapest way to meet needs by date from sources with limits.
//!
//! Money raised in a month meets needs of that month or later: successive shortest paths over sources
//! and months to one need after another, each over what earlier ones have left or can be given in
//! exchange.

/// Amounts below this are rounding, USD.
const NOTHING_USD: f64 = 1e-7;
/// Costs that differ by less, relative to the largest, are the same.
const COST_HAIR: f64 = 1e-13;

/// What one source can give.
///
/// # Shapes
/// Columns: `[months]`.
#[expect(clippy::struct_field_names, reason = "names carry their unit")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Supply {
    /// Most in all, USD.
    pub(crate) most_usd: f64,
    /// Most in each month, USD.
    pub(crate) most_by_month_usd: Vec<f64>,
    /// What a dollar costs in each month.
    pub(crate) cost_per_usd: Vec<f64>,
}

struct Edge {
    from: usize,
    to: usize,
    left_usd: f64,
    cost: f64,
}

/// What each source gives in each month, `[sources][months]`, USD: as much of the needs as there
/// are sources for, at the least cost.
pub(crate) fn transport(supplies: &[Supply], need_usd: &[f64]) -> Vec<Vec<f64>> {
    // What comes after the last need is not needed.
    let months = need_usd.iter().rposition(|usd| *usd > 0.0).map_or(0, |last| last + 1);
    let month = |t: usize| 1 + supplies.len() + t;
    let mut edges: Vec<Edge> = Vec::new();
    let mut join = |from, to, left_usd, cost| {
        edges.push(Edge { from, to, left_usd, cost });
        edges.push(Edge { from: to, to: from, left_usd: 0.0, cost: -cost });
    };
    for (index, supply) in supplies.iter().enumerate() {
        join(0, 1 + index, supply.most_usd, 0.0);
    }
    // Direct edges come before those that carry over: of equal costs the later raise wins.
    for (index, supply) in supplies.iter().enumerate() {
        for t in 0..months {
            join(1 + index, month(t), supply.most_by_month_usd[t], supply.cost_per_usd[t]);
        }
    }
    for t in 1..months {
        join(month(t - 1), month(t), f64::INFINITY, 0.0);
    }
    let hair = COST_HAIR * edges.iter().map(|edge| edge.cost.abs()).fold(0.0, f64::max);
    // Early needs first: if money is short it is missing late.
    for (t, need_usd) in need_usd[..months].iter().enumerate() {
        let mut need_usd = *need_usd;
        while need_usd > NOTHING_USD
            && let Some(path) = shortest(&edges, month(months), month(t), hair)
        {
            let left_usd = path.iter().map(|edge| edges[*edge].left_usd);
            let usd = left_usd.fold(need_usd, f64::min);
            need_usd -= usd;
            for edge in path {
                edges[edge].left_usd -= usd;
                edges[edge ^ 1].left_usd += usd;
            }
        }
    }
    let first = 2 * supplies.len();
    (0..supplies.len())
        .map(|index| {
            let at = |t: usize| edges[first + 2 * (index * months + t) + 1].left_usd;
            (0..need_usd.len()).map(|t| if t < months { at(t) } else { 0.0 }).collect()
        })
        .collect()
}

/// The cheapest path with something left from node 0 to an end, last edge first.
fn shortest(edges: &[Edge], nodes: usize, end: usize, hair: f64) -> Option<Vec<usize>> {
    let mut cost = vec![f64::INFINITY; nodes];
    let mut by = vec![usize::MAX; nodes];
    cost[0] = 0.0;
    for _ in 0..nodes {
        let mut moved = false;
        for (index, edge) in edges.iter().enumerate() {
            let reached = cost[edge.from] + edge.cost;
            if edge.left_usd > NOTHING_USD && reached < cost[edge.to] - hair {
                (cost[edge.to], by[edge.to]) = (reached, index);
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    if cost[end].is_infinite() {
        return None;
    }
    let mut path = Vec::new();
    let mut node = end;
    // A path visits a node once; rounding must not send it round in a circle.
    while node != 0 && path.len() <= nodes {
        path.push(by[node]);
        node = edges[by[node]].from;
    }
    (node == 0).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supply(most_usd: f64, cost_per_usd: &[f64]) -> Supply {
        let most_by_month_usd = vec![most_usd; cost_per_usd.len()];
        Supply { most_usd, most_by_month_usd, cost_per_usd: cost_per_usd.to_vec() }
    }

    #[test]
    fn a_cheap_source_goes_where_it_saves_most() {
        let supplies = [supply(10.0, &[1.0, 1.0]), supply(20.0, &[1.1, 1.5])];
        let given = transport(&supplies, &[10.0, 10.0]);
        // Money of month 0 can wait, so that none of the second source need cost 1.5.
        assert_eq!(given[1], [10.0, 0.0]);
        assert_eq!(given[0].iter().sum::<f64>(), 10.0);
        let cheap = [supply(10.0, &[1.0, 1.0]), supply(20.0, &[1.1, 1.05])];
        assert_eq!(transport(&cheap, &[10.0, 10.0])[0], [10.0, 0.0]);
    }

    #[test]
    fn what_is_not_there_is_not_given() {
        let supplies = [supply(7.0, &[1.0, 1.0])];
        let given = transport(&supplies, &[5.0, 5.0]);
        assert_eq!(given[0].iter().sum::<f64>(), 7.0);
        let later = Supply { most_by_month_usd: vec![0.0, 7.0], ..supplies[0].clone() };
        assert_eq!(transport(&[later], &[5.0, 5.0]), [[0.0, 5.0]]);
        let needs = transport(&supplies, &[5.0, 5.0]);
        assert_eq!(needs, [[5.0, 2.0]]);
        assert_eq!(transport(&[], &[5.0]), Vec::<Vec<f64>>::new());
    }
}
