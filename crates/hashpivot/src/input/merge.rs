//! Layers of a plan: overlay files and `--set path=value` over the base.

use units::{Code, Violation};

use super::read;
use super::tree::{Faults, Node, Origin, SET, Texts, Value, position, segments};

/// Lays `over` on `base`: tables key by key, lists of tables by their ids, everything else whole.
pub(crate) fn overlay(base: &mut Node, over: Node) {
    match (&mut base.value, over.value) {
        (Value::Table(_), Value::Table(entries)) => {
            for entry in entries {
                match base.get_mut(&entry.key) {
                    Some(below) => overlay(below, entry.node),
                    None => base.set(&entry.key, entry.node),
                }
            }
        }
        (Value::Array(below), Value::Array(above))
            if above.iter().all(|e| e.id().is_some()) && below.iter().all(|e| e.id().is_some()) =>
        {
            for element in above {
                match below.iter_mut().find(|e| e.id() == element.id()) {
                    Some(same) => overlay(same, element),
                    None => below.push(element),
                }
            }
        }
        (below, above) => {
            *below = above;
            base.origin = over.origin;
        }
    }
}

/// Applies one `path=value`.
pub(crate) fn set(root: &mut Node, assignment: &str, texts: &mut Texts, faults: &mut Faults) {
    let file = texts.add(SET, assignment);
    let whole = Origin { file, start: 0, end: assignment.len() };
    let Some((path, text)) = assignment.split_once('=') else {
        let violation = Violation::new(Code::Syntax, assignment)
            .allowed("must be path=value")
            .hint("as in site.cedar-fork.mining_overhead=1.06");
        return faults.push(whole, violation);
    };
    let start = path.len() + 1;
    let (path, word) = (path.trim(), text.trim());
    let node = read::toml_value(text.trim(), file, start).or_else(|| {
        // Words need no quotes here, as shells take quotes away.
        let bare = word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_alphanumeric() || "-_./ +".contains(c));
        bare.then(|| Node { value: Value::Text(word.into()), origin: whole })
    });
    let Some(mut node) = node else {
        let hint = super::hint::number(word).unwrap_or_default();
        let violation = Violation::new(Code::Syntax, path)
            .value(word)
            .allowed("must be a number, a word, or a value in TOML")
            .hint(hint);
        return faults.push(whole, violation);
    };
    node.origin = Origin { file, start, end: assignment.len() };
    let segments = segments(path);
    match place(root, &segments, whole) {
        Some(slot) => *slot = node,
        None => faults.push(whole, no_such_place(root, path, &segments)),
    }
}

/// The value at a path; keys that are missing are made, elements of lists are not.
fn place<'a>(node: &'a mut Node, segments: &[&str], origin: Origin) -> Option<&'a mut Node> {
    let Some((segment, rest)) = segments.split_first() else { return Some(node) };
    if let Value::Table(_) = node.value
        && node.get(segment).is_none()
    {
        // A key that the plan leaves to its default; a wrong one is refused by the schema.
        node.set(segment, Node { value: Value::Table(Vec::new()), origin });
    }
    let below = match &mut node.value {
        Value::Table(entries) => {
            entries.iter_mut().find(|e| e.key == *segment).map(|e| &mut e.node)
        }
        Value::Array(elements) => position(elements, segment).map(|at| &mut elements[at]),
        _ => None,
    };
    place(below?, rest, origin)
}

/// Says how far a path leads, and what would lead on.
fn no_such_place(root: &Node, path: &str, segments: &[&str]) -> Violation {
    let mut node = root;
    for segment in segments {
        let Some(below) = node.below(segment) else {
            let known = children(node);
            let nearest = super::hint::word(segment, known.iter().map(String::as_str));
            let hint = nearest.map(|word| format!("did you mean {word}?")).unwrap_or_default();
            let allowed = if known.is_empty() {
                format!("nothing stands below this value, so there is no {segment}")
            } else {
                format!("{segment} must be one of {}", known.join(", "))
            };
            return Violation::new(Code::UnknownReference, path).allowed(allowed).hint(hint);
        };
        node = below;
    }
    Violation::new(Code::UnknownReference, path)
}

fn children(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Table(entries) => entries.iter().map(|e| e.key.clone()).collect(),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .map(|(i, e)| e.id().map_or_else(|| format!("[{i}]"), str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}
