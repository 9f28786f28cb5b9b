//! The mirror of `[[site.offer]]`: what every offer has, and what each kind adds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{
    AnnualRateFrac, CriticalMw, Frac, GrossPerCritical, Months, Pue, UsdPerGpu, UsdPerGpuH,
    UsdPerKwMonth, UsdPerMw, UsdPerMwYear, WPerGpu,
};

use super::edge::{FirstOfMonth, Id, N, Q};

/// An offer for high-performance computing at a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Offer {
    /// A tenant leases critical MW.
    Colocation(Colocation),
    /// The owner runs GPUs and sells their hours.
    GpuCloud(GpuCloud),
}

/// An offer's struct with the keys that all kinds share, then its own. serde can neither flatten
/// a shared struct and refuse unknown keys at once, so the shared fields are written out here.
macro_rules! offers {
    ($($(#[$doc:meta])* $name:ident { $($own:tt)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Id by which addresses name it.
            pub id: Id,
            /// Tenant behind the offer, one of `[[tenant]]`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub tenant: Option<Id>,
            /// Offers of one group at a site exclude each other.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub group: Option<Id>,
            /// Whether it has to be taken.
            pub must: bool,
            /// Sizes in which it can be taken, in IT load.
            pub critical_mw: Blocks,
            /// Power at the meter for one MW of IT load; sizes MW, never energy.
            pub gross_per_critical: Q<GrossPerCritical>,
            /// Cost of the hall per MW of IT load.
            pub capex_usd_per_critical_mw: Q<UsdPerMw>,
            /// Shares of that cost by month from commitment; equal parts where this is left out.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            pub capex_schedule_frac: Vec<Q<Frac>>,
            /// Months from commitment to the first month in service.
            pub months_to_deliver: N<Months>,
            /// Share of the displaced machines that mine on until the hall is in service.
            pub mining_during_build_frac: Q<Frac>,
            /// First month in which one may commit.
            pub commit_from: FirstOfMonth,
            /// Last month in which one may commit.
            pub commit_until: FirstOfMonth,
            /// Share of its load that may be curtailed.
            pub curtailable_frac: Q<Frac>,
            /// Average load as a share of the critical MW.
            pub load_factor_frac: Q<Frac>,
            /// Energy at the meter per energy of the IT load; bills MWh, never sizes MW.
            pub pue: Q<Pue>,
            /// What the owner pays each year to run the hall, power apart.
            pub opex_usd_per_critical_mw_year: Q<UsdPerMwYear>,
            /// Growth of that cost.
            pub opex_growth_frac: Q<AnnualRateFrac>,
            /// Months over which tax law depreciates the hall.
            pub hall_life_months: N<Months>,
            /// How the contract comes to be signed; without this table it is signed already.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub signing: Option<Signing>,
            /// Money that the customer pays at commitment and gets credited later.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub prepayment: Option<Prepayment>,
            $($own)*
        }

        impl $name {
            /// What all kinds of offer share.
            pub fn terms(&self) -> Terms<'_> {
                Terms {
                    id: &self.id,
                    tenant: self.tenant.as_ref(),
                    group: self.group.as_ref(),
                    must: self.must,
                    critical_mw: &self.critical_mw,
                    gross_per_critical: self.gross_per_critical,
                    capex_usd_per_critical_mw: self.capex_usd_per_critical_mw,
                    capex_schedule_frac: &self.capex_schedule_frac,
                    months_to_deliver: self.months_to_deliver,
                    mining_during_build_frac: self.mining_during_build_frac,
                    commit_from: self.commit_from,
                    commit_until: self.commit_until,
                    curtailable_frac: self.curtailable_frac,
                    hall_life_months: self.hall_life_months,
                    signing: self.signing.as_ref(),
                    prepayment: self.prepayment.as_ref(),
                }
            }
        }
    )*};
}

/// What all kinds of offer share and the plan needs apart from the contract itself.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each field is described where the offer's own field stands")]
pub struct Terms<'a> {
    pub id: &'a Id,
    pub tenant: Option<&'a Id>,
    pub group: Option<&'a Id>,
    pub must: bool,
    pub critical_mw: &'a Blocks,
    pub gross_per_critical: Q<GrossPerCritical>,
    pub capex_usd_per_critical_mw: Q<UsdPerMw>,
    pub capex_schedule_frac: &'a [Q<Frac>],
    pub months_to_deliver: N<Months>,
    pub mining_during_build_frac: Q<Frac>,
    pub commit_from: FirstOfMonth,
    pub commit_until: FirstOfMonth,
    pub curtailable_frac: Q<Frac>,
    pub hall_life_months: N<Months>,
    pub signing: Option<&'a Signing>,
    pub prepayment: Option<&'a Prepayment>,
}

impl Offer {
    /// What all kinds of offer share.
    pub fn terms(&self) -> Terms<'_> {
        match self {
            Self::Colocation(offer) => offer.terms(),
            Self::GpuCloud(offer) => offer.terms(),
        }
    }
}

offers! {
    /// A tenant leases critical MW.
    Colocation {
        /// Who pays for what.
        pub lease: Lease,
        /// Rent of the first year, nominal, as quoted.
        pub rent_first_usd_per_kw_month: Q<UsdPerKwMonth>,
        /// Yearly step of the rent.
        pub escalator_frac: Q<AnnualRateFrac>,
        /// Months of the base term.
        pub term_months: N<Months>,
        /// Shares of the rent in the first months of service, before it is paid in full.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub ramp_frac: Vec<Q<Frac>>,
        /// First months of service without rent; the last of them may be a fraction.
        pub free_months: Q<Months>,
        /// Renewals at the tenant's option: shown apart, worth nothing in the base case.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub renewals_months: Vec<N<Months>>,
        /// Share of the capital that the tenant pays.
        pub tenant_capex_frac: Q<Frac>,
        /// Yearly probability that the tenant defaults.
        pub default_hazard_per_year: Q<Frac>,
        /// Months without rent after a default.
        pub relet_delay_months: N<Months>,
        /// Share of the contract rent that a new tenant pays after a default.
        pub relet_frac: Q<Frac>,
        /// Share of the contract rent that a guarantor makes good.
        pub backstop_frac: Q<Frac>,
    }
    /// The owner runs GPUs and sells their hours.
    GpuCloud {
        /// GPU of the built-in table, for power and price that are not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub gpu: Option<String>,
        /// Power of one GPU with its share of server, network and storage.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub allin_w_per_gpu: Option<Q<WPerGpu>>,
        /// Price of one GPU with its share of the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub gpu_capex_usd_per_gpu: Option<Q<UsdPerGpu>>,
        /// Network and storage as a share of that price, on top of it.
        pub network_storage_frac: Q<Frac>,
        /// Price under contract.
        pub contract_usd_per_gpu_h: Q<UsdPerGpuH>,
        /// Share of the GPUs that is under contract.
        pub contract_mix_frac: Q<Frac>,
        /// Months that the contract runs; afterwards its share sells at spot.
        pub contract_months: N<Months>,
        /// Price of an hour without contract.
        pub spot_usd_per_gpu_h: Q<UsdPerGpuH>,
        /// Month of that price.
        pub spot_date: FirstOfMonth,
        /// How fast that price falls, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub spot_decay: Option<SpotDecay>,
        /// How fast that price falls a year, in place of the word.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub spot_decay_frac: Option<Q<AnnualRateFrac>>,
        /// Share of the hours without contract that are sold.
        pub utilisation_frac: Q<Frac>,
        /// Share of the hours in which GPUs can be used.
        pub availability_frac: Q<Frac>,
        /// Staff, software, maintenance and insurance as a share of revenue.
        pub opex_revenue_frac: Q<Frac>,
        /// Credits for missed service levels as a share of revenue.
        pub sla_credit_frac: Q<Frac>,
        /// Months of service.
        pub term_months: N<Months>,
        /// Life of a GPU.
        pub gpu_life_months: N<Months>,
        /// What GPUs fetch at the end of their life, as a share of their price.
        pub resale_frac: Q<Frac>,
        /// New GPUs at the end of the old ones' life; without this table there are none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub refresh: Option<Refresh>,
    }
}

/// Sizes from `min` to `max` in steps, in critical MW.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Blocks {
    /// Smallest size.
    pub min: Q<CriticalMw>,
    /// Step between sizes.
    pub step: Q<CriticalMw>,
    /// Largest size.
    pub max: Q<CriticalMw>,
}

/// How an offer comes to be signed: a constant hazard within a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// Probability that it is signed within the window.
    pub probability_frac: Q<Frac>,
    /// Months of the window, in whole quarters.
    pub window_months: N<Months>,
    /// Whether one builds before or after the signature.
    pub commit: Commit,
    /// Share of the contract's revenue that a hall earns if it was built and nobody signed.
    pub relet_frac: Q<Frac>,
}

/// When one commits to an offer that is not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Commit {
    /// In the quarter after the signature.
    AfterSign,
    /// When it looks best, signed or not.
    OnSpec,
}

/// Money that the customer pays at commitment: a loan, credited in equal parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prepayment {
    /// Amount per MW of IT load.
    pub usd_per_critical_mw: Q<UsdPerMw>,
    /// Months in service before the first credit.
    pub credit_from_month: N<Months>,
    /// Months over which it is credited.
    pub credit_months: N<Months>,
}

/// Who pays for what in a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lease {
    /// The tenant pays power, plant, tax and insurance.
    TripleNet,
    /// The tenant pays power, the owner the rest.
    ModifiedGross,
    /// The owner pays everything.
    Gross,
}

/// How fast the price of a GPU-hour falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpotDecay {
    /// Fast.
    Bear,
    /// In between.
    Base,
    /// Not at all.
    Bull,
}

/// New GPUs at the end of the old ones' life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// Price of a new GPU with its share of server, network and storage.
    pub gpu_capex_usd_per_gpu: Q<UsdPerGpu>,
    /// Cost of fitting the hall to it per MW of IT load.
    pub hall_refit_usd_per_critical_mw: Q<UsdPerMw>,
    /// What an hour of the new GPU fetches when it is installed; that of the old one on its path
    /// where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot_usd_per_gpu_h: Option<Q<UsdPerGpuH>>,
}
