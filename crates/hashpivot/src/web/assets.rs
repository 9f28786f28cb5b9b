//! The page's own files, built into the program.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use units::Code;

use super::{files, refusal::Refusal};

/// A file of the page.
struct Asset {
    name: &'static str,
    bytes: &'static [u8],
}

/// Names the files of `page/`, each once.
macro_rules! assets {
    ($($name:literal),* $(,)?) => {
        &[$(Asset { name: $name, bytes: include_bytes!(concat!("page/", $name)) }),*]
    };
}

/// Every file of `page/`, the note on what is vendored apart.
static ASSETS: &[Asset] = assets![
    "address.js",
    "api.js",
    "app.css",
    "charts.js",
    "curves.js",
    "decision.js",
    "dom.js",
    "engine.js",
    "faults.js",
    "field.js",
    "files.js",
    "form.js",
    "format.js",
    "index.html",
    "main.js",
    "scenarios.js",
    "schema.js",
    "sidebar.js",
    "state.js",
    "svg.js",
    "tabs.js",
    "theme.js",
    "url.js",
    "usual.js",
    "vendor/LICENSE",
    "vendor/uPlot.iife.min.js",
    "vendor/uPlot.min.css",
    "view_mining.js",
    "view_money.js",
    "view_risk.js",
    "view_trace.js",
];

/// Where the page's files come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assets {
    /// A folder in the place of the files built in, so that a page in the making needs no build.
    #[cfg(debug_assertions)]
    pub(crate) folder: Option<std::path::PathBuf>,
}

impl Assets {
    /// A file by its name, as it is sent.
    pub(crate) fn answer(&self, name: &str, asked: &HeaderMap) -> Response {
        match self.bytes(name) {
            Some(bytes) => of_bytes(name, &bytes, asked),
            None => {
                Refusal::new(StatusCode::NOT_FOUND, Code::UnknownReference, name, "no such file")
                    .into_response()
            }
        }
    }

    #[cfg(debug_assertions)]
    fn bytes(&self, name: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
        use std::path::Component;
        let Some(folder) = &self.folder else { return built_in(name).map(Into::into) };
        let path = std::path::Path::new(name);
        let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
        if plain { std::fs::read(folder.join(path)).ok().map(Into::into) } else { None }
    }

    #[cfg(not(debug_assertions))]
    #[expect(clippy::unused_self, reason = "a debug build looks into its folder")]
    fn bytes(&self, name: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
        built_in(name).map(Into::into)
    }
}

fn built_in(name: &str) -> Option<&'static [u8]> {
    ASSETS.iter().find(|asset| asset.name == name).map(|asset| asset.bytes)
}

fn of_bytes(name: &str, bytes: &[u8], asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", files::id(bytes));
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    let unchanged = known.flat_map(|tags| tags.split(',')).any(|one| one.trim() == tag);
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(bytes.to_vec()))
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use sha2::{Digest, Sha256};

    use super::*;

    fn names(folder: &Path, before: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{before}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                names(&entry.path(), &format!("{name}/"), found);
            } else if !name.ends_with("VENDOR.toml") {
                found.insert(name);
            }
        }
    }

    #[test]
    fn every_file_of_the_page_is_built_in() {
        let mut found = BTreeSet::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/page");
        names(&folder, "", &mut found);
        let table: BTreeSet<String> = ASSETS.iter().map(|asset| asset.name.to_owned()).collect();
        assert_eq!(found, table);
        assert_eq!(table.len(), ASSETS.len(), "a name stands twice");
    }

    #[test]
    fn code_of_others_is_unchanged() {
        let table: toml::Table = toml::from_str(include_str!("page/vendor/VENDOR.toml")).unwrap();
        let files = table["file"].as_array().unwrap();
        assert_eq!(files.len(), ASSETS.iter().filter(|a| a.name.starts_with("vendor/")).count());
        for file in files {
            let name = format!("vendor/{}", file["name"].as_str().unwrap());
            let asset = ASSETS.iter().find(|asset| asset.name == name).unwrap();
            let sum = crate::output::hexadecimal(&Sha256::digest(asset.bytes));
            assert_eq!(sum, file["sha256"].as_str().unwrap(), "{name}");
        }
    }
}
