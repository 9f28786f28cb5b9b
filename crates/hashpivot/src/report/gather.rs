//! What a report is made of: the decision, and the answers of other commands that explain it.

use compare::Watch;

use crate::dispatch::{DispatchArguments, dispatch};
use crate::error::Error;
use crate::explain::explain_watched;
use crate::halving::{HalvingArguments, halving};
use crate::input::contract::Tariff;
use crate::input::{Loaded, Sources, numbers};
use crate::published;
use crate::result::{
    About, CheckResult, DispatchResult, ExplainResult, HalvingResult, MapResult, RunResult,
    SensitivityResult,
};
use crate::sensitivity::{
    MapArguments, PRICE_OF_BITCOIN, ReadFile, SensitivityArguments, main_input, map, sensitivity,
};

/// Sites up to which every number is moved and a map is drawn for each: more is no board's report, and
/// would take minutes.
const MOST_SITES: usize = 8;
/// Values along each side of a map.
const MAP_STEPS: usize = 9;

/// The contents of a report. Only the decision is always there; a chapter whose answer is missing is
/// left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The decision: `run`.
    pub run: RunResult,
    /// Why: `explain`.
    pub explanation: Option<ExplainResult>,
    /// One input at a time: `sensitivity`.
    pub sensitivity: Option<SensitivityResult>,
    /// Two inputs: `map`, one a site with offers, in file order with the site's id.
    pub maps: Vec<(String, MapResult)>,
    /// Hour by hour: `dispatch`, one a site whose power has no single price.
    pub hours: Vec<DispatchResult>,
    /// The lines of the network: `halving`.
    pub halving: Option<HalvingResult>,
    /// Published figures: `check`.
    pub check: Option<CheckResult>,
}

impl From<RunResult> for Report {
    /// The decision alone.
    fn from(run: RunResult) -> Self {
        Self {
            run,
            explanation: None,
            sensitivity: None,
            maps: Vec::new(),
            hours: Vec::new(),
            halving: None,
            check: None,
        }
    }
}

impl Report {
    /// What each answer of the report says about itself.
    pub(super) fn answers(&self) -> Vec<&About> {
        let mut answers = vec![&self.run.about];
        answers.extend(self.explanation.iter().map(|a| &a.about));
        answers.extend(self.sensitivity.iter().map(|a| &a.about));
        answers.extend(self.maps.iter().map(|(_, a)| &a.about));
        answers.extend(self.hours.iter().map(|a| &a.about));
        answers.extend(self.halving.iter().map(|a| &a.about));
        answers.extend(self.check.iter().map(|a| &a.about));
        answers
    }

    /// A decision with all that explains it. Reasons, moved inputs and maps are left out for plans of
    /// more than eight sites.
    ///
    /// # Errors
    /// As the commands behind it.
    pub fn gather(
        sources: &Sources,
        read: &ReadFile<'_>,
        loaded: &Loaded,
        run: RunResult,
        watch: &Watch,
    ) -> Result<Self, Error> {
        let mut report = Self::from(run);
        watch.expect(3);
        report.check = Some(published::check());
        report.halving = Some(halving(Some(loaded), &HalvingArguments::default())?);
        watch.step()?;
        for site in &loaded.plan.site {
            if matches!(site.tariff, Tariff::Flat { .. }) || site.machine.is_empty() {
                continue;
            }
            let asked = DispatchArguments { site: Some(site.id.0.clone()), ..Default::default() };
            report.hours.push(dispatch(loaded, &asked)?);
        }
        watch.step()?;
        if loaded.plan.site.len() > MOST_SITES {
            return Ok(report);
        }
        report.explanation = Some(explain_watched(loaded, None, watch)?);
        watch.step()?;
        let all = SensitivityArguments::default();
        report.sensitivity = Some(sensitivity(sources, read, &all, watch)?);
        let known = numbers(loaded);
        for site in &loaded.plan.site {
            let Some(path) = main_input(&known, &format!("site.{}.offer.", site.id)) else {
                continue;
            };
            let side = |path: &str| {
                let field = known.iter().find(|field| field.path == path)?;
                let (low, high) = (0.5 * field.value, (1.5 * field.value).min(field.maximum));
                Some(format!("{path}={low}..{high}:{MAP_STEPS}"))
            };
            let asked = MapArguments { x: side(PRICE_OF_BITCOIN), y: side(&path) };
            report.maps.push((site.id.0.clone(), map(sources, read, &asked, watch)?));
        }
        Ok(report)
    }
}
