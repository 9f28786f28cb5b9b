//! Machine classes from a CSV file: one row a setting, the settings of a class one after the other.

use compare::operation::{RunningClass, StartTerms};
use hashcost::Curve;
use serde::Deserialize;
use units::{Code, Overhead, PowerW, Quantity, ThPerS, Violation};

use super::read::decode;

/// Most faults that are listed.
const MAX_FAULTS: usize = 1_000;

#[derive(Deserialize)]
struct Row<'a> {
    name: &'a str,
    hashrate_th_per_s: f64,
    power_w: f64,
}

/// Classes of one machine each, without site overhead.
///
/// # Errors
/// Every row that cannot be read, is out of range, or draws no more than the one before it.
pub fn read_classes(name: &str, bytes: &[u8]) -> Result<Vec<RunningClass>, Vec<Violation>> {
    let text = decode(name, bytes).map_err(|violation| vec![*violation])?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    check_columns(name, &header)?;
    let mut faults = Vec::new();
    let mut classes: Vec<(String, Vec<(ThPerS, PowerW)>)> = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        let line = usize::try_from(reader.position().line()).unwrap_or(0);
        let fault = |violation: Violation| violation.at(name, line, 1);
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Err(error) => {
                let violation =
                    Violation::new(Code::Syntax, "").allowed(format!("not CSV: {error}"));
                faults.push(fault(violation));
                break;
            }
            Ok(true) => {}
        }
        if faults.len() >= MAX_FAULTS {
            break;
        }
        let (class, th, power) = match typed(&record, &header) {
            Ok(typed) => typed,
            Err(violation) => {
                faults.push(fault(*violation));
                continue;
            }
        };
        match classes.last_mut() {
            Some((before, settings)) if before == class => {
                if settings.last().is_some_and(|(_, before)| power.get() <= before.get()) {
                    let violation = Violation::new(Code::Conflict, "power_w")
                        .value(power.get())
                        .unit("W")
                        .allowed("power must rise within a ladder")
                        .hint("rows of a class stand together, by rising power");
                    faults.push(fault(violation));
                }
                settings.push((th, power));
            }
            _ => classes.push((class.to_owned(), vec![(th, power)])),
        }
    }
    if classes.is_empty() && faults.is_empty() {
        faults.push(
            Violation::new(Code::Missing, "").allowed("needs data rows, has 0").at(name, 1, 1),
        );
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let Ok(overhead) = Overhead::new(1.0) else { return Err(Vec::new()) };
    classes
        .into_iter()
        .map(|(class, settings)| {
            let curve = Curve::new(&settings, 0.0).map_err(|error| {
                vec![
                    Violation::new(Code::Conflict, class.as_str())
                        .hint(error.to_string())
                        .at(name, 0, 0),
                ]
            })?;
            Ok(RunningClass {
                name: class,
                units: 1.0,
                uptime_frac: 1.0,
                curve,
                overhead,
                variable_usd_per_th_day: 0.0,
                starts: StartTerms::default(),
                heat: None,
            })
        })
        .collect()
}

/// # Errors
/// Every column that is not there.
fn check_columns(name: &str, header: &csv::StringRecord) -> Result<(), Vec<Violation>> {
    let missing: Vec<Violation> = ["name", "hashrate_th_per_s", "power_w"]
        .iter()
        .filter(|column| !header.iter().any(|found| found == **column))
        .map(|column| {
            Violation::new(Code::Missing, *column)
                .allowed("this column must be given")
                .hint(format!("found {}", header.iter().collect::<Vec<_>>().join(", ")))
                .at(name, 1, 1)
        })
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

/// Class, hash rate and power of a row.
fn typed<'a>(
    record: &'a csv::StringRecord,
    header: &'a csv::StringRecord,
) -> Result<(&'a str, ThPerS, PowerW), Box<Violation>> {
    let row: Row<'_> = record.deserialize(Some(header)).map_err(|error| {
        Violation::new(Code::Type, "")
            .allowed("needs a name and two numbers")
            .hint(error.to_string())
    })?;
    let out = |column| {
        move |out: units::OutOfRange| {
            let violation = Violation::new(Code::Range, column).value(out.value);
            violation.allowed(out.allowed).unit(out.unit).hint(out.hint)
        }
    };
    let th = ThPerS::checked(row.hashrate_th_per_s).map_err(out("hashrate_th_per_s"))?;
    let power = PowerW::checked(row.power_w).map_err(out("power_w"))?;
    Ok((row.name, th, power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_read_and_slips_are_named() {
        let good = "name,point,hashrate_th_per_s,power_w\na,1,50,1000\na,2,90,2100\nb,1,200,3500\n";
        let classes = read_classes("c.csv", good.as_bytes()).unwrap();
        assert_eq!((classes.len(), classes[0].curve.points().len()), (2, 2));
        for (text, line, says) in [
            ("name,power_w\na,1\n", 1, "must be given"),
            ("name,hashrate_th_per_s,power_w\na,50,1000\na,60,900\n", 3, "must rise"),
            ("name,hashrate_th_per_s,power_w\na,50,1.5\na,x,2000\n", 3, "two numbers"),
            ("name,hashrate_th_per_s,power_w\na,200000000000,1000\n", 2, "looks like H/s"),
            ("name,hashrate_th_per_s,power_w\n", 1, "0"),
        ] {
            let faults = read_classes("c.csv", text.as_bytes()).unwrap_err();
            assert_eq!(faults[0].line, line, "{faults:?}");
            assert!(faults[0].to_string().contains(says), "{}", faults[0]);
        }
    }
}
