//! Writes random medium programmes as MPS files, with our own answers in a table beside them, for
//! a solver outside to check: `write_mps DIRECTORY`.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use hashpivot_tests::programmes::{linear, medium, portfolio};
use programme::backend::{Effort, Outcome, default_for};
use programme::mps;

fn write(directory: &Path) -> Result<usize, Box<dyn std::error::Error>> {
    fs::create_dir_all(directory)?;
    let mut programmes = Vec::new();
    for seed in 1000..1030 {
        programmes.push((format!("medium-{seed}"), medium(seed, 6, 4)));
        programmes.push((format!("portfolio-{seed}"), portfolio(seed)));
        programmes.push((format!("linear-{seed}"), linear(seed, 40, 60)));
    }
    let mut table = String::from("file,outcome,objective\n");
    for (name, programme) in &programmes {
        let mut text = String::new();
        mps::write(programme, &mut text)?;
        fs::write(directory.join(format!("{name}.mps")), text)?;
        let line = match default_for(programme).solve(programme, &Effort::default())? {
            Outcome::Solved(solution) => format!("{name}.mps,solved,{:?}\n", solution.objective),
            Outcome::Infeasible => format!("{name}.mps,infeasible,\n"),
            other => return Err(format!("{name}: {other:?}").into()),
        };
        table.push_str(&line);
    }
    fs::write(directory.join("answers.csv"), table)?;
    Ok(programmes.len())
}

fn main() -> ExitCode {
    let Some(directory) = std::env::args_os().nth(1) else {
        eprintln!("usage: write_mps DIRECTORY");
        return ExitCode::from(2);
    };
    match write(Path::new(&directory)) {
        Ok(count) => {
            println!("{count} programmes written");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
