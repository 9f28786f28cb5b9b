//! The routes of the interface: one table, from which the router and the published document are
//! made, so that neither can know a route that the other does not.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{
    answers::{KeptFile, Machines, PlanAnswer, ReadPlan, Version},
    arguments::{
        BridgeKeys, CompaniesKeys, CostKeys, DispatchKeys, ExplainKeys, FileKeys, FrontierKeys,
        GpuKeys, HalvingKeys, ImpliedKeys, LeaseKeys, MapKeys, Nothing, RunKeys, SensitivityKeys,
        StrikesKeys, WorkbookKeys,
    },
    jobs::{self, Answer, Job},
    refusal::Refusal,
};
use crate::result::{
    BridgeResult, CheckResult, CompaniesResult, CostResult, DispatchResult, ExplainResult,
    FrontierResult, GpuResult, HalvingResult, ImpliedResult, LeaseResult, MapResult, RunResult,
    SensitivityResult, StrikesResult,
};

/// The methods that a route answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Methods {
    /// Arguments in the query, no effects.
    Get,
    /// Arguments in a body of JSON.
    Post,
    /// Either.
    Both,
}

impl Methods {
    pub(crate) const fn get(self) -> bool {
        matches!(self, Self::Get | Self::Both)
    }

    pub(crate) const fn post(self) -> bool {
        matches!(self, Self::Post | Self::Both)
    }
}

/// How much work an answer is on the plan that the server was started with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Well under a millisecond or two: answered at once, beside whatever else is going on.
    Light,
    /// A job: it needs a place.
    Heavy,
}

/// What is sent back.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// JSON of this schema.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// A file of this content type.
    File(&'static str),
    /// A JSON document whose schema is a standard of its own.
    Document,
}

/// A route.
pub(crate) struct Route {
    /// Its path.
    pub(crate) path: &'static str,
    /// How it is asked.
    pub(crate) methods: Methods,
    /// What it does, in a sentence.
    pub(crate) summary: &'static str,
    /// Whether it takes a plan.
    pub(crate) plan: bool,
    /// Whether its body may carry a file.
    pub(crate) upload: bool,
    /// How much work it is.
    pub(crate) weight: Weight,
    /// Schema of its arguments, the plan's keys apart.
    pub(crate) arguments: fn(&mut SchemaGenerator) -> Schema,
    /// What it answers.
    pub(crate) form: Form,
    /// The work.
    pub(crate) run: fn(&Job<'_>) -> Result<Answer, Refusal>,
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

const fn route(
    methods: Methods,
    path: &'static str,
    summary: &'static str,
    arguments: fn(&mut SchemaGenerator) -> Schema,
    form: Form,
    run: fn(&Job<'_>) -> Result<Answer, Refusal>,
) -> Route {
    let (plan, upload, weight) = (false, false, Weight::Light);
    Route { path, methods, summary, plan, upload, weight, arguments, form, run }
}

impl Route {
    const fn with_plan(self) -> Self {
        Self { plan: true, ..self }
    }

    const fn heavy(self) -> Self {
        Self { weight: Weight::Heavy, ..self }
    }

    const fn upload(self) -> Self {
        Self { upload: true, ..self }
    }
}

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

use Form::{Document, File, Json};
use Methods::{Both, Get, Post};

/// Every route under `/api/v1`.
#[rustfmt::skip]
pub(crate) static ROUTES: &[Route] = &[
    route(Get, "/api/v1/version", "Version of the engine.", of::<Nothing>, Json(of::<Version>), jobs::version),
    route(Get, "/api/v1/openapi.json", "This document.", of::<Nothing>, Document, jobs::openapi),
    route(Get, "/api/v1/schema/input", "JSON Schema of plans.", of::<Nothing>, Document, jobs::schema_input),
    route(Get, "/api/v1/schema/output", "JSON Schema of answers.", of::<Nothing>, Document, jobs::schema_output),
    route(Get, "/api/v1/plan", "The plan that the server was started with.", of::<Nothing>, Json(of::<PlanAnswer>), jobs::plan),
    route(Get, "/api/v1/machines", "Names in the built-in tables.", of::<Nothing>, Json(of::<Machines>), jobs::machines),
    route(Get, "/api/v1/check", "Published figures beside the engine's.", of::<Nothing>, Json(of::<CheckResult>), jobs::check).heavy(),
    route(Both, "/api/v1/cost", "Cost to mine by machine and power price.", of::<CostKeys>, Json(of::<CostResult>), jobs::cost).with_plan(),
    route(Both, "/api/v1/lease", "Reads or writes a lease: rent, value, renewals.", of::<LeaseKeys>, Json(of::<LeaseResult>), jobs::lease),
    route(Both, "/api/v1/gpu", "Completes the figures of a GPU cloud.", of::<GpuKeys>, Json(of::<GpuResult>), jobs::gpu),
    route(Both, "/api/v1/halving", "Cost to mine through the halvings.", of::<HalvingKeys>, Json(of::<HalvingResult>), jobs::halving).with_plan().heavy(),
    route(Both, "/api/v1/strikes", "Strike prices of machine settings.", of::<StrikesKeys>, Json(of::<StrikesResult>), jobs::strikes),
    route(Post, "/api/v1/bridge", "One cost under each definition.", of::<BridgeKeys>, Json(of::<BridgeResult>), jobs::bridge),
    route(Post, "/api/v1/companies", "Listed miners as sums of their parts.", of::<CompaniesKeys>, Json(of::<CompaniesResult>), jobs::companies).heavy(),
    route(Post, "/api/v1/implied", "What the price of a share holds.", of::<ImpliedKeys>, Json(of::<ImpliedResult>), jobs::implied).heavy(),
    route(Post, "/api/v1/run", "Decides for every site of a plan.", of::<RunKeys>, Json(of::<RunResult>), jobs::run).with_plan().heavy(),
    route(Post, "/api/v1/explain", "Why the plan decides as it does.", of::<ExplainKeys>, Json(of::<ExplainResult>), jobs::explain).with_plan().heavy(),
    route(Post, "/api/v1/frontier", "Value of all sites over one limit.", of::<FrontierKeys>, Json(of::<FrontierResult>), jobs::frontier).with_plan().heavy(),
    route(Post, "/api/v1/dispatch", "Runs a site hour by hour.", of::<DispatchKeys>, Json(of::<DispatchResult>), jobs::dispatch).with_plan().heavy(),
    route(Post, "/api/v1/sensitivity", "Moves one input at a time and decides again.", of::<SensitivityKeys>, Json(of::<SensitivityResult>), jobs::sensitivity).with_plan().heavy(),
    route(Post, "/api/v1/map", "Decides at every pair of values of two inputs.", of::<MapKeys>, Json(of::<MapResult>), jobs::map).with_plan().heavy(),
    route(Post, "/api/v1/report", "The report as one page.", of::<Nothing>, File("text/html; charset=utf-8"), jobs::report).with_plan().heavy(),
    route(Post, "/api/v1/workbook", "The chosen plan as a workbook.", of::<Nothing>, File(XLSX), jobs::workbook).with_plan().heavy(),
    route(Post, "/api/v1/csv", "The main rows of a run.", of::<Nothing>, File("text/csv; charset=utf-8"), jobs::csv).with_plan().heavy(),
    route(Post, "/api/v1/plan/read", "Reads a plan file.", of::<FileKeys>, Json(of::<ReadPlan>), jobs::plan_read).heavy().upload(),
    route(Post, "/api/v1/plan/toml", "The merged plan as TOML.", of::<Nothing>, File("text/plain; charset=utf-8"), jobs::plan_toml).with_plan().heavy(),
    route(Post, "/api/v1/workbook/read", "Reads the inputs of a workbook back.", of::<WorkbookKeys>, Json(of::<ReadPlan>), jobs::workbook_read).heavy().upload(),
    route(Post, "/api/v1/files", "Keeps a file for later requests.", of::<FileKeys>, Json(of::<KeptFile>), jobs::keep_file).heavy().upload(),
];
