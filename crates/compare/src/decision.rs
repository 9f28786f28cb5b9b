//! The decision for one site: every plan valued, the best one, and what stands beside it.

use finance::{Irr, irr_annual_of_monthly, mirr, payback_periods};

use crate::{
    Error,
    choice::{Choice, Chooser, Outcome, Worth},
    course::{Blocked, Course, Limit},
    error::Conflict,
    flows::SiteFlows,
    ledger::Ledger,
    offer::Use,
    site::{MiningPolicy, Site},
    world::World,
};

/// Values closer than this, relative to the larger one, are a tie.
pub const TIE_REL: f64 = 1e-9;

/// The decision for a site.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteDecision {
    /// What to do.
    pub choice: Choice,
    /// Its expected value, USD.
    pub npv_usd: f64,
    /// Its value if everything is signed; `None` where nothing waits for a signature.
    pub npv_if_signed_usd: Option<f64>,
    /// How the signatures may turn out, and what then happens.
    pub outcomes: Vec<Outcome>,
    /// Expected cash flows by use; their values add up to `npv_usd`.
    pub flows: SiteFlows,
    /// Cash flows if everything is signed, in the earliest quarter where that is open.
    pub flows_if_signed: SiteFlows,
    /// By machine class and month: share of its machines that is not displaced, expected over what
    /// may be signed.
    pub mining_frac: Vec<Vec<f64>>,
    /// Capital put into halls if everything is signed, USD.
    pub capex_usd: f64,
    /// The best way of mining on, which every offer has to beat, and its value in USD.
    pub best_mining: (MiningPolicy, f64),
    /// Its net flow at each time, `[months + 1]`, USD.
    pub best_mining_net_usd: Vec<f64>,
    /// Annual rate of return of the expected flows over those of the best mining policy.
    pub irr: Irr,
    /// Modified rate of return of the same flows, annual, costs and returns carried at the plan's
    /// discount rate: one number where there are several rates of return.
    pub mirr_frac: Option<f64>,
    /// Months from the first capital spent until the same flows have paid it back.
    pub payback_months: Option<f64>,
    /// The pure plans beside it, those that exist.
    pub alternatives: Vec<Alternative>,
    /// Capital that `hold_share` spends per EH/s and year, USD: the melting ice cube.
    pub hold_share_usd_per_eh_year: Option<f64>,
    /// Offers that no schedule can take.
    pub excluded: Vec<Excluded>,
    /// Plans valued.
    pub plans: usize,
}

/// A pure plan beside the best one.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// `mining_refresh`, `all_colocation`, `all_gpu_cloud`, `idle`, `sale`.
    pub name: String,
    /// What it would be.
    pub choice: Choice,
    /// Its expected value, USD.
    pub npv_usd: f64,
}

/// An offer that no schedule can take.
#[derive(Clone, Debug, PartialEq)]
pub struct Excluded {
    /// Index into the site's offers.
    pub offer: usize,
    /// Why.
    pub blocked: Blocked,
}

/// A choice with its worth and what it asks of what sites share.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SiteOption {
    pub(crate) choice: Choice,
    pub(crate) worth: Worth,
    pub(crate) capex_usd: f64,
}

/// Whether a choice with its value and capital is better than another.
///
/// Values within [`TIE_REL`] are a tie: keeping mining wins, then less capital, then the one seen
/// first.
pub(crate) fn better(new: (f64, &Choice, f64), old: (f64, &Choice, f64)) -> bool {
    let tie = TIE_REL * new.0.abs().max(old.0.abs());
    if (new.0 - old.0).abs() > tie {
        return new.0 > old.0;
    }
    let keeps_mining = |c: &Choice| c.picks.is_empty() && c.exit.is_none();
    match (keeps_mining(new.1), keeps_mining(old.1)) {
        (true, false) => true,
        (false, true) => false,
        _ => new.2 < old.2,
    }
}

/// What is known about a site when every choice has been valued once.
pub(crate) struct SiteStudy<'a> {
    pub(crate) chooser: Chooser<'a>,
    pub(crate) excluded: Vec<Excluded>,
    /// The best policy for every set of picks and every exit, in the order of enumeration.
    pub(crate) options: Vec<SiteOption>,
    pub(crate) plans: usize,
    /// Value of keeping mining by policy, in the site's order.
    mining: Vec<(MiningPolicy, f64)>,
}

impl<'a> SiteStudy<'a> {
    /// Values every choice of a site whose halls cost at most `most_capex_usd`.
    pub(crate) fn new(ledger: &'a Ledger<'a>, most_capex_usd: f64) -> Result<Self, Error> {
        let site = ledger.site;
        let all = Chooser::new(ledger, (0..site.offers.len()).collect());
        let mut excluded = Vec::new();
        let mut admitted = Vec::new();
        for (index, offer) in site.offers.iter().enumerate() {
            let least_capex = offer.size.min_critical_mw * ledger.hall_capex_usd(index);
            let blocked =
                all.blocked(index).or((least_capex > most_capex_usd).then_some(Blocked {
                    limit: Limit::Capital,
                    needed: least_capex,
                    available: most_capex_usd,
                }));
            match blocked {
                None => admitted.push(index),
                Some(blocked) if offer.must => {
                    return Err(Error::Infeasible(vec![
                        must(site, index),
                        match blocked.limit {
                            Limit::Capital => Conflict::SharedLimit {
                                path: "capital.available_usd".to_owned(),
                                upper: most_capex_usd,
                            },
                            limit => Conflict::SiteLimit { site: site.id.clone(), limit },
                        },
                    ]));
                }
                Some(blocked) => excluded.push(Excluded { offer: index, blocked }),
            }
        }
        let chooser = Chooser::new(ledger, admitted);
        let mut options: Vec<SiteOption> = Vec::new();
        let mut plans = 0;
        chooser.each(|choice, worth| {
            plans += 1;
            // Policies of one set of picks come one after another: keep the best of them.
            if let Some(last) = options.last_mut()
                && last.choice.picks == choice.picks
                && last.choice.exit == choice.exit
            {
                let tie = TIE_REL * worth.npv_usd.abs().max(last.worth.npv_usd.abs());
                if worth.npv_usd > last.worth.npv_usd + tie {
                    *last = SiteOption { choice: choice.clone(), worth, ..*last };
                }
                return;
            }
            let capex_usd = chooser.capex_if_signed_usd(choice);
            options.push(SiteOption { choice: choice.clone(), worth, capex_usd });
        })?;
        if options.is_empty() {
            return Err(Error::Infeasible(conflict(ledger)));
        }
        let mining = site
            .policies
            .iter()
            .filter_map(|policy| {
                let course = Course { policy: *policy, commitments: Vec::new(), exit: None };
                ledger.npv_usd(&course).ok().map(|value| (*policy, value))
            })
            .collect();
        Ok(Self { chooser, excluded, options, plans, mining })
    }

    /// The best option.
    pub(crate) fn best(&self) -> usize {
        let mut best = 0;
        for (i, option) in self.options.iter().enumerate().skip(1) {
            let of = |o: &'_ SiteOption| (o.worth.npv_usd, o.capex_usd);
            let (new, old) = (of(option), of(&self.options[best]));
            if better((new.0, &option.choice, new.1), (old.0, &self.options[best].choice, old.1)) {
                best = i;
            }
        }
        best
    }

    /// The best way of mining on.
    pub(crate) fn best_mining(&self) -> (MiningPolicy, f64) {
        let mut best = self.mining[0];
        for (policy, value) in &self.mining[1..] {
            if *value > best.1 + TIE_REL * value.abs().max(best.1.abs()) {
                best = (*policy, *value);
            }
        }
        best
    }

    /// The full decision for one of the options.
    pub(crate) fn decide(&self, option: usize) -> Result<SiteDecision, Error> {
        let ledger = self.chooser.ledger;
        let SiteOption { choice, worth, .. } = self.options[option].clone();
        let unfit = |_| Error::Infeasible(conflict(ledger));
        let outcomes = self.chooser.outcomes(&choice).map_err(unfit)?;
        self.decided(choice, worth, outcomes)
    }

    /// The full decision for a choice whose outcomes are known.
    pub(crate) fn decided(
        &self,
        choice: Choice,
        worth: Worth,
        outcomes: Vec<Outcome>,
    ) -> Result<SiteDecision, Error> {
        let ledger = self.chooser.ledger;
        let unfit = |_| Error::Infeasible(conflict(ledger));
        let mut courses = Vec::with_capacity(outcomes.len());
        for outcome in &outcomes {
            let flows = ledger.flows(&outcome.course).map_err(unfit)?;
            courses.push((outcome.probability_frac, flows));
        }
        let mining_frac = mining_frac(ledger, &outcomes).map_err(unfit)?;
        let flows = SiteFlows::expected(&courses);
        // Signatures are listed early before late and never last: the first outcome has them all.
        let flows_if_signed = courses[0].1.clone();
        let best_mining = self.best_mining();
        let mining_on = Course { policy: best_mining.0, commitments: Vec::new(), exit: None };
        let mining_flows = ledger.flows(&mining_on).map_err(unfit)?;
        let best_mining_net_usd = mining_flows.net_usd();
        let increment: Vec<f64> =
            flows.net_usd().iter().zip(&best_mining_net_usd).map(|(a, b)| a - b).collect();
        Ok(SiteDecision {
            npv_usd: worth.npv_usd,
            npv_if_signed_usd: worth.npv_if_signed_usd,
            outcomes,
            capex_usd: self.chooser.capex_if_signed_usd(&choice),
            irr: irr_annual_of_monthly(&increment),
            mirr_frac: mirr_annual_of_monthly(&increment, ledger.world.money.discount_rate_frac),
            payback_months: payback_from_first_capital(&increment),
            best_mining,
            best_mining_net_usd,
            alternatives: self.alternatives(),
            hold_share_usd_per_eh_year: hold_share_usd_per_eh_year(ledger),
            excluded: self.excluded.clone(),
            plans: self.plans,
            mining_frac,
            flows,
            flows_if_signed,
            choice,
        })
    }

    fn alternatives(&self) -> Vec<Alternative> {
        let site = self.chooser.ledger.site;
        let mut alternatives: Vec<Alternative> = self
            .mining
            .iter()
            .map(|(policy, npv_usd)| Alternative {
                name: format!("mining_{}", policy.as_str()),
                choice: Choice { policy: *policy, picks: Vec::new(), exit: None },
                npv_usd: *npv_usd,
            })
            .collect();
        for pure in [Use::Colocation, Use::GpuCloud] {
            let critical_mw = |o: &SiteOption| -> Option<f64> {
                let picks = &o.choice.picks;
                let all_pure = picks.iter().all(|p| site.offers[p.offer].deal.use_of_mw() == pure);
                (!picks.is_empty() && all_pure).then(|| picks.iter().map(|p| p.critical_mw).sum())
            };
            let most = self.options.iter().filter_map(critical_mw).fold(0.0, f64::max);
            let best = self
                .options
                .iter()
                .filter(|o| critical_mw(o).is_some_and(|mw| mw >= most))
                .max_by(|a, b| a.worth.npv_usd.total_cmp(&b.worth.npv_usd));
            alternatives.extend(best.map(|o| named(format!("all_{}", pure.as_str()), o)));
        }
        for exit in [Use::Idle, Use::Sale] {
            let best = self
                .options
                .iter()
                .filter(|o| o.choice.exit.is_some_and(|e| e.to == exit))
                .max_by(|a, b| a.worth.npv_usd.total_cmp(&b.worth.npv_usd));
            alternatives.extend(best.map(|o| named(exit.as_str().to_owned(), o)));
        }
        alternatives
    }
}

/// Share of each machine class that is not displaced, by month, expected over outcomes.
fn mining_frac(ledger: &Ledger<'_>, outcomes: &[Outcome]) -> Result<Vec<Vec<f64>>, Blocked> {
    let site = ledger.site;
    let mut stays = vec![vec![1.0; ledger.world.months()]; site.machines.len()];
    for outcome in outcomes {
        let departures = ledger.departures(&outcome.course)?;
        for ((class, left), months) in site.machines.iter().zip(departures).zip(&mut stays) {
            let mw = class.gross_mw(site.mining_overhead);
            for (month, leaving_mw) in left.into_iter().filter(|(_, mw)| *mw > 0.0) {
                let gone = outcome.probability_frac * leaving_mw / mw;
                months.iter_mut().skip(month).for_each(|share| *share -= gone);
            }
        }
    }
    // Sums of parts may end a rounding below nothing.
    stays.iter_mut().flatten().for_each(|share| *share = share.clamp(0.0, 1.0));
    Ok(stays)
}

fn named(name: String, option: &SiteOption) -> Alternative {
    Alternative { name, choice: option.choice.clone(), npv_usd: option.worth.npv_usd }
}

fn must(site: &Site, offer: usize) -> Conflict {
    Conflict::MustOffer { site: site.id.clone(), offer: site.offers[offer].id.clone() }
}

/// The smallest set of must-have offers and limits of a site that contradict each other.
///
/// One demand after another is dropped for good if the rest still contradicts itself without it.
fn conflict(ledger: &Ledger<'_>) -> Vec<Conflict> {
    let site = ledger.site;
    let mut musts: Vec<usize> = (0..site.offers.len()).filter(|o| site.offers[*o].must).collect();
    let feasible = |musts: &[usize], lifted: &[Limit]| {
        let mut free = site.clone();
        for limit in lifted {
            match limit {
                Limit::ApprovedMw => free.approved_gross_mw = f64::INFINITY,
                Limit::EnergisedMw => free.energised = vec![(0, f64::INFINITY)],
                Limit::CurtailableShare => free.curtailable_min_frac = 0.0,
                Limit::Group => free.offers.iter_mut().for_each(|o| o.group = None),
                _ => {}
            }
        }
        let ledger = Ledger::new(&free, ledger.world);
        let mut found = false;
        // Only the demanded offers: whatever else could be taken would only make it harder.
        let chooser = Chooser::new(&ledger, musts.to_vec());
        let counted = chooser.each(|_, _| found = true);
        found || counted.is_err()
    };
    let mut i = 0;
    while i < musts.len() {
        let mut fewer = musts.clone();
        fewer.remove(i);
        if feasible(&fewer, &[]) {
            i += 1;
        } else {
            musts = fewer;
        }
    }
    // What has to be lifted for the demands to fit; a limit whose lifting is not needed drops out.
    let mut lifted =
        vec![Limit::Group, Limit::CurtailableShare, Limit::ApprovedMw, Limit::EnergisedMw];
    let mut i = 0;
    while i < lifted.len() {
        let mut fewer = lifted.clone();
        fewer.remove(i);
        if feasible(&musts, &fewer) {
            lifted = fewer;
        } else {
            i += 1;
        }
    }
    musts
        .into_iter()
        .map(|offer| must(site, offer))
        .chain(lifted.into_iter().map(|limit| Conflict::SiteLimit { site: site.id.clone(), limit }))
        .collect()
}

/// Modified rate of return of monthly flows, annual effective, financed and reinvested at a rate.
fn mirr_annual_of_monthly(flows_usd: &[f64], rate_annual_frac: f64) -> Option<f64> {
    let months = units::constants::MONTHS_PER_YEAR;
    let monthly = (1.0 + rate_annual_frac).powf(1.0 / months) - 1.0;
    mirr(flows_usd, monthly, monthly).map(|rate| (1.0 + rate).powf(months) - 1.0)
}

/// Months from the first negative flow to the end of the payback.
fn payback_from_first_capital(increment_usd: &[f64]) -> Option<f64> {
    let first = increment_usd.iter().position(|usd| *usd < 0.0)?;
    payback_periods(&increment_usd[first..])
}

/// Capital of `hold_share` per EH/s and year over the horizon, USD.
fn hold_share_usd_per_eh_year(ledger: &Ledger<'_>) -> Option<f64> {
    let site = ledger.site;
    if !site.policies.contains(&MiningPolicy::HoldShare) {
        return None;
    }
    let months = ledger.world.months();
    let (mut capex_usd, mut eh_months) = (0.0, 0.0);
    for (class, machines) in site.machines.iter().enumerate() {
        let place = ledger.place(MiningPolicy::HoldShare, class)?;
        let mw = machines.gross_mw(site.mining_overhead);
        for m in 0..months {
            capex_usd += mw * place.capex_usd[m];
            eh_months += mw * place.th_per_s[m + 1] / units::constants::TH_PER_EH;
        }
    }
    (eh_months > 0.0).then(|| capex_usd / (eh_months / units::constants::MONTHS_PER_YEAR))
}

/// Decides for one site on its own: no budget, no tenant caps.
///
/// # Errors
/// [`Error::Infeasible`] if an offer that must be taken cannot be; [`Error::TooManyPlans`] if the
/// site has more plans than are enumerated.
pub fn decide_site(site: &Site, world: &World) -> Result<SiteDecision, Error> {
    let ledger = Ledger::new(site, world);
    let study = SiteStudy::new(&ledger, f64::INFINITY)?;
    study.decide(study.best())
}
